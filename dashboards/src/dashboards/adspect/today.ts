import { lines, steps } from '../../panels/lines';
import { stat } from '../../panels/stat';
import { table } from '../../panels/table';
import { accounts, highestNow, lowest } from '../../promql';
import { accountLabel } from '../../health';
import {
  allStreams, byStream, filtered, invalid, invalidOfAll, largest, legend, money, moneyNote, qualityOfAll, streamColumns, streamLabels, unfiltered, withName,
} from './stream';

const anew = 'It begins anew at midnight in the account’s time zone; where the line is broken, no value of the day was served.';
const noValues = 'no values';

const clicksToday = stat({
  title: 'Clicks today',
  description: 'Clicks since midnight in each account’s time zone, all streams of the chosen accounts.',
  unit: 'short',
  width: 6,
  noValue: 'no values',
  queries: [{ expr: `sum(${allStreams('today', 'clicks')})` }],
});

const qualityToday = stat({
  title: 'Quality today',
  description: 'Part of today’s clicks to which the money page was shown, all streams together.',
  unit: 'percentunit',
  width: 6,
  decimals: 1,
  noValue: noValues,
  queries: [{ expr: qualityOfAll('today') }],
});

const invalidToday = stat({
  title: 'Invalid traffic today',
  description:
    'Part of today’s clicks blocked as invalid traffic, general (GIVT) and sophisticated (SIVT). Without a colour: what is usual differs from account to account.',
  unit: 'percentunit',
  width: 6,
  decimals: 1,
  noValue: noValues,
  queries: [{ expr: invalidOfAll('today') }],
});

const conversionsToday = stat({
  title: 'Conversions today',
  description: 'Conversions since midnight, all streams of the chosen accounts.',
  unit: 'short',
  width: 6,
  noValue: 'no values',
  queries: [{ expr: `sum(${allStreams('today', 'conversions')})` }],
});

const todayTable = table({
  title: 'Streams',
  description: [
    'Each stream’s funnel since midnight. GIVT and SIVT: visitors blocked as general and as sophisticated invalid traffic; MIA: visitors who sent no fingerprint.',
    moneyNote,
  ],
  unit: 'short',
  width: 24,
  height: 10,
  labels: streamLabels,
  sort: [['Clicks', 'desc']],
  values: streamColumns('today'),
});

const clicksPerHour = lines({
  title: 'Clicks within an hour',
  description:
    'By how many clicks today’s count grew within the hour before, the ten streams with the most. Within the first hour after midnight, where the count begins anew, there may be none to show.',
  unit: 'short',
  width: 12,
  min: 0,
  queries: [
    {
      expr: largest(`max by (account, stream_id) (round(delta(adspect_today_stream_clicks{${accounts}}[1h]))) >= 0`),
      legend,
    },
  ],
});

const invalidShare = lines({
  title: 'Invalid traffic',
  description: [
    'Part of today’s clicks blocked as invalid traffic, GIVT and SIVT together, the ten streams with the largest part. After midnight it is a part of few clicks.',
    unfiltered,
  ],
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: largest(filtered(invalid('today'))), legend }],
});

const qualityOfStreams = lines({
  title: 'Quality',
  description: [
    'Part of today’s clicks to which the money page was shown, the ten streams with the smallest part. After midnight it is a part of few clicks.',
    unfiltered,
  ],
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  lowestFirst: true,
  queries: [{ expr: withName(lowest(filtered(byStream('today', 'quality_ratio')))), legend }],
});

const clicksSinceMidnight = steps({
  title: 'Clicks since midnight',
  description: ['Clicks of today as they grew, the ten streams with the most now.', anew],
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withName(highestNow(byStream('today', 'clicks'))), legend }],
});

const profit = `(${byStream('today', 'revenue')} - ${byStream('today', 'expenses')})`;

const profitSinceMidnight = steps({
  title: 'Profit since midnight, in the account’s currency',
  description: [
    'The conversions’ payouts less the clicks’ costs of today, the ten streams with the largest profit or loss now.',
    anew,
  ],
  ...money,
  width: 24,
  queries: [{ expr: withName(highestNow(profit, `abs(${profit})`)), legend }],
});

export const funnelTable = table({
  title: 'Clicks of the funnel “${funnel}”',
  description:
    'Today’s clicks of the funnel chosen above, by its own columns, the 100 largest. Replicas of the exporter have a line each if they carry a label that is not known here.',
  // The funnel's own columns may be ids.
  unit: 'string',
  width: 24,
  labels: [accountLabel],
  anyLabels: true,
  sort: [['Clicks', 'desc']],
  values: [
    {
      name: 'Clicks',
      unit: 'short',
      expr: `topk(100, max without (job, instance, namespace, pod, service, endpoint, container, prometheus, prometheus_replica, replica, cluster) (adspect_today_\${funnel}_clicks{${accounts}}))`,
    },
  ],
});

/** The row of today’s streams. */
export const today = [
  clicksToday,
  qualityToday,
  invalidToday,
  conversionsToday,
  todayTable,
  clicksPerHour,
  clicksSinceMidnight,
  invalidShare,
  qualityOfStreams,
  profitSinceMidnight,
];
