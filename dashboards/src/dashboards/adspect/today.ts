import { lines, steps } from '../../panels/lines';
import { stat } from '../../panels/stat';
import { table } from '../../panels/table';
import { accounts } from '../../promql';
import { accountLabel } from '../../health';
import { allStreams, byStream, invalid, invalidOfAll, legend, streamColumns, streamLabels, withName } from './stream';

const anew = 'It begins anew at midnight in the account’s time zone; where the line is broken, no figure of the day was at hand.';

export const invalidToday = stat({
  title: 'Invalid traffic today',
  description:
    'Part of today’s clicks blocked as invalid traffic, general (GIVT) and sophisticated (SIVT). Without a colour: what is usual differs from account to account.',
  unit: 'percentunit',
  width: 4,
  decimals: 1,
  noValue: 'no clicks today',
  queries: [{ expr: invalidOfAll('today'), legend: '{{account}}' }],
});

const todayTable = table({
  title: 'Streams',
  description:
    'Each stream’s funnel since midnight. GIVT and SIVT: visitors blocked as general and as sophisticated invalid traffic. Money is in the account’s currency.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, ...streamLabels],
  values: streamColumns('today'),
});

const clicksToday = stat({
  title: 'Clicks today',
  description: 'Clicks since midnight in the account’s time zone, all streams.',
  unit: 'short',
  width: 6,
  height: 8,
  noValue: 'no account',
  queries: [{ expr: allStreams('today', 'clicks'), legend: '{{account}}' }],
});

const clicksPerHour = lines({
  title: 'Clicks within an hour',
  description:
    'By how many clicks today’s count grew within the hour before. Within the first hour after midnight, where the count begins anew, there may be none to show.',
  unit: 'short',
  width: 18,
  min: 0,
  queries: [
    {
      expr: withName(`max by (account, stream_id) (delta(adspect_today_stream_clicks{${accounts}}[1h])) >= 0`),
      legend,
    },
  ],
});

const invalidShare = lines({
  title: 'Invalid traffic',
  description: 'Part of today’s clicks blocked as invalid traffic, GIVT and SIVT together, by stream. After midnight it is a part of few clicks.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: withName(invalid('today')), legend }],
});

const qualityOfStreams = lines({
  title: 'Quality',
  description: 'Part of today’s clicks to which the money page was shown, by stream. After midnight it is a part of few clicks.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  queries: [{ expr: withName(byStream('today', 'quality_ratio')), legend }],
});

const clicksSinceMidnight = steps({
  title: 'Clicks since midnight',
  description: `Clicks of today by stream as they grew. ${anew}`,
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withName(byStream('today', 'clicks')), legend }],
});

const money = steps({
  title: 'Expenses and revenue since midnight',
  description: `The clicks’ costs and the conversions’ payouts of today, in the account’s currency. ${anew}`,
  unit: 'short',
  width: 12,
  decimals: 2,
  queries: [
    { expr: allStreams('today', 'revenue'), legend: '{{account}} revenue' },
    { expr: allStreams('today', 'expenses'), legend: '{{account}} expenses' },
  ],
});

export const funnelTable = table({
  title: 'Clicks of the funnel “${funnel}”',
  description:
    'Today’s clicks of the funnel chosen above, by its own columns, the 100 largest. Replicas of the exporter give a line each where they carry a label that is not known here.',
  unit: 'short',
  width: 24,
  labels: [accountLabel],
  values: [
    {
      name: 'Clicks',
      expr: `topk(100, max without (job, instance, namespace, pod, service, endpoint, container, prometheus, prometheus_replica, replica, cluster) (adspect_today_\${funnel}_clicks{${accounts}}))`,
    },
  ],
});

/** The row of today’s streams. */
export const today = [todayTable, clicksToday, clicksPerHour, invalidShare, qualityOfStreams, clicksSinceMidnight, money];
