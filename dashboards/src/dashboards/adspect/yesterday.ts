import { days } from '../../panels/lines';
import { table } from '../../panels/table';
import { accountLabel } from '../../health';
import { yesterdayOf } from '../days';
import { allStreams, byStream, invalid, legend, streamColumns, streamLabels, withName } from './stream';

const dayNote = 'A step stands where it was yesterday’s figure: one day after its own day.';

const yesterdayTable = table({
  title: 'Streams yesterday',
  description: 'Each stream’s funnel of yesterday, with the columns of today’s table. Money is in the account’s currency.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, ...streamLabels],
  values: streamColumns('yesterday'),
});

const clickDays = days({
  title: 'Clicks, day by day',
  description: `Clicks of each day by stream. ${dayNote}`,
  unit: 'short',
  width: 12,
  min: 0,
  queries: [{ expr: withName(byStream('yesterday', 'clicks')), legend }],
});

const qualityDays = days({
  title: 'Quality, day by day',
  description: `Part of each day’s clicks to which the money page was shown. ${dayNote}`,
  unit: 'percentunit',
  width: 12,
  min: 0,
  max: 1,
  queries: [{ expr: withName(byStream('yesterday', 'quality_ratio')), legend }],
});

const invalidDays = days({
  title: 'Invalid traffic, day by day',
  description: `Part of each day’s clicks blocked as invalid traffic, GIVT and SIVT together. ${dayNote}`,
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: withName(invalid('yesterday')), legend }],
});

const moneyDays = days({
  title: 'Expenses and revenue, day by day',
  description: `Costs and payouts of each day, in the account’s currency. ${dayNote}`,
  unit: 'short',
  width: 12,
  decimals: 2,
  queries: [
    { expr: allStreams('yesterday', 'revenue'), legend: '{{account}} revenue' },
    { expr: allStreams('yesterday', 'expenses'), legend: '{{account}} expenses' },
  ],
});

/** The row of yesterday. */
export const yesterday = [yesterdayOf('adspect'), yesterdayTable];

/** The row of the last days. */
export const dayByDay = [clickDays, qualityDays, invalidDays, moneyDays];
