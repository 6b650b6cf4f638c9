// Streams, saved queries, the click log and the account itself. The last two are read only if the configuration enables them.
import { left } from '../../colours';
import { longTime } from '../../panels/about';
import { bars } from '../../panels/bars';
import { steps } from '../../panels/lines';
import { verdict } from '../../panels/stat';
import { table } from '../../panels/table';
import { accountAlone } from '../../health';
import { latest, ratio } from '../../promql';
import { say, worded } from '../../words';

export const savedQueriesLeft = verdict({
  title: 'Room for saved queries',
  description:
    'What is left of the saved queries that an account may have, of the account with the least. Orange below 10 %. Red at 0: Adspect saves no further one until another is deleted.',
  unit: 'percentunit',
  width: 5,
  decimals: 0,
  judgement: left,
  noValue: 'no values',
  queries: [
    { expr: `min(1 - ${ratio(latest('adspect_saved_queries'), latest('adspect_saved_queries_limit'))})` },
  ],
});

export const expiry = verdict({
  title: 'Subscription ends in',
  description:
    'Time until the next subscription of an account ends, if the endpoint account is enabled. Orange from a week before. Red after its end: nothing is filtered or read.',
  unit: longTime,
  width: 5,
  decimals: 1,
  judgement: { base: 'red', from: [[1, 'orange'], [7 * 86400, 'green']] },
  noValue: 'no values',
  queries: [{ expr: `min(${latest('adspect_account_expiry_timestamp_seconds')}) - time()` }],
});

const streamModes = bars({
  title: 'Streams by mode',
  description: 'Number of streams in each mode, all chosen accounts.',
  unit: 'short',
  width: 12,
  height: 10,
  min: 0,
  judgement: { base: 'blue' },
  noValue: 'no values',
  queries: [{ expr: `sort_desc(${worded(`sum by (mode) (${latest('adspect_streams', 'mode')})`, 'mode')})`, legend: '{{mode}}' }],
});

const accountTable = table({
  title: 'Accounts',
  description:
    'Saved queries of each account, and its balance in its currency, the end of its subscription and the age of the newest event in its click log, if the endpoints account and click_log are enabled. If the newest event grows old while ads run, clicks no longer arrive.',
  unit: 'short',
  width: 24,
  height: 6,
  labels: [accountAlone],
  sort: [['Subscription ends', 'asc']],
  values: [
    { name: 'Subscription ends', expr: `1000 * ${latest('adspect_account_expiry_timestamp_seconds')}`, unit: 'time:YYYY-MM-DD', width: 160 },
    { name: 'Balance', expr: latest('adspect_account_balance'), unit: 'locale', decimals: 0, width: 110 },
    { name: 'Saved queries', expr: latest('adspect_saved_queries') },
    {
      name: 'Newest event',
      expr: `time() - max by (account) (${latest('adspect_last_event_timestamp_seconds', 'stream_id', 'stage')})`,
      unit: longTime,
      decimals: 1,
      width: 175,
    },
  ],
});

const logEvents = steps({
  title: 'Events in the click log since midnight',
  description:
    'Events of today by the stage of the check and the page shown, all chosen accounts, if the endpoint click_log is enabled. They begin anew at midnight in the account’s time zone.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    {
      expr: worded(`sum by (stage, page) (${latest('adspect_today_log_events', 'stream_id', 'stage', 'page')})`, 'stage', 'page'),
      legend: say('{{stage}}, {{page}} page'),
    },
  ],
});

/** The row of the account. */
export const account = [accountTable, streamModes, logEvents];
