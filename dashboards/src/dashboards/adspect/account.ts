// Streams, saved queries, the click log and the account itself. The last two are read only where the configuration turns them on.
import { left } from '../../colours';
import { steps } from '../../panels/lines';
import { stat, verdict } from '../../panels/stat';
import { latest, ratio } from '../../promql';

const onRequest = 'not turned on';

export const savedQueriesLeft = verdict({
  title: 'Room for saved queries',
  description:
    'What is left of the saved queries that an account may have. Orange below 10 %. Red at 0: Adspect saves no further one until another is deleted.',
  unit: 'percentunit',
  width: 4,
  decimals: 0,
  judgement: left,
  noValue: 'no account',
  queries: [
    { expr: `1 - ${ratio(latest('adspect_saved_queries'), latest('adspect_saved_queries_limit'))}`, legend: '{{account}}' },
  ],
});

export const expiry = verdict({
  title: 'Subscription ends in',
  description:
    'Time until the subscription of the account ends, where the endpoint account is turned on. Orange from two weeks before. Red from three days before: after its end nothing is filtered or read.',
  unit: 'dtdurations',
  width: 4,
  decimals: 0,
  judgement: { base: 'red', from: [[3 * 86400, 'orange'], [14 * 86400, 'green']] },
  noValue: onRequest,
  queries: [{ expr: `${latest('adspect_account_expiry_timestamp_seconds')} - time()`, legend: '{{account}}' }],
});

export const lastEvent = stat({
  title: 'Newest event',
  description:
    'Time since the newest event of today in the click log, over all streams, where the endpoint click_log is turned on. If it grows while ads run, clicks no longer arrive. Without a colour: only you know whether ads run.',
  unit: 'dtdurations',
  width: 4,
  decimals: 0,
  noValue: onRequest,
  queries: [
    { expr: `time() - max by (account) (${latest('adspect_last_event_timestamp_seconds', 'stream_id', 'stage')})`, legend: '{{account}}' },
  ],
});

const streamModes = stat({
  title: 'Streams by mode',
  description: 'Number of streams in each mode, all chosen accounts.',
  unit: 'short',
  width: 8,
  height: 8,
  noValue: 'no account',
  queries: [{ expr: `sum by (mode) (${latest('adspect_streams', 'mode')})`, legend: '{{mode}}' }],
});

const savedQueries = stat({
  title: 'Saved queries',
  description: 'Saved queries of the account; the limit is 100.',
  unit: 'short',
  width: 4,
  height: 8,
  noValue: 'no account',
  queries: [{ expr: latest('adspect_saved_queries'), legend: '{{account}}' }],
});

const balance = stat({
  title: 'Balance',
  description: 'Balance of the account in its currency, where the endpoint account is turned on.',
  unit: 'short',
  width: 4,
  height: 8,
  decimals: 2,
  noValue: onRequest,
  queries: [{ expr: latest('adspect_account_balance'), legend: '{{account}}' }],
});

const logEvents = steps({
  title: 'Events in the click log since midnight',
  description:
    'Events of today by the stage of the check and the page shown, where the endpoint click_log is turned on. They begin anew at midnight in the account’s time zone.',
  unit: 'short',
  width: 8,
  min: 0,
  queries: [
    {
      expr: `sum by (account, stage, page) (${latest('adspect_today_log_events', 'stream_id', 'stage', 'page')})`,
      legend: '{{account}} {{stage}}, {{page}} page',
    },
  ],
});

/** The row of the account. */
export const account = [streamModes, savedQueries, balance, logEvents];
