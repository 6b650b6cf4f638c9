// The funnel "stream", which accounts have without a configuration of their own; its streams get the names that Adspect knows.
import { accountLabel } from '../../health';
import type { LabelColumn, ValueColumn } from '../../panels/table';
import { accounts, highest, latest, named, ratio, ratioOfSums, total } from '../../promql';

type Window = 'today' | 'yesterday';

export const byStream = (window: Window, value: string): string => latest(`adspect_${window}_stream_${value}`, 'stream_id');

export const allStreams = (window: Window, value: string): string => total(`adspect_${window}_stream_${value}`, 'stream_id');

export const withName = (expr: string): string => named(`(${expr})`, 'adspect_stream_info', 'stream_id', 'stream');

/** The ten largest, by name. */
export const largest = (expr: string): string => withName(highest(expr));

/** Streams whose traffic Adspect filters: all visitors of the others are shown the same page, whoever they are. */
export const filtered = (expr: string): string =>
  `${expr} unless on (account, stream_id) adspect_stream_info{${accounts}, mode=~"Review|Money|White"} @ end()`;

export const unfiltered = 'Without streams that do not filter (mode Review, Money or White).';

/** Invalid traffic, general and sophisticated, as a part of the clicks. */
export const invalid = (window: Window): string =>
  ratio(`(${byStream(window, 'givt')} + ${byStream(window, 'sivt')})`, byStream(window, 'clicks'));

export const invalidOfAll = (window: Window): string =>
  ratioOfSums(`${byStream(window, 'givt')} + ${byStream(window, 'sivt')}`, byStream(window, 'clicks'));

export const qualityOfAll = (window: Window): string =>
  ratioOfSums(byStream(window, 'money_hits'), byStream(window, 'clicks'));

export const legend = '{{account}} {{stream}}';

// The id of a stream is a UUID that fills a fifth of the screen and says nothing beside the name.
export const streamLabels: LabelColumn[] = [
  { label: 'stream', name: 'Stream', width: 170 },
  { ...accountLabel, width: 120 },
  { label: 'stream_id', name: 'Stream id', last: true, hidden: true },
];

// Whole units: with decimals, Grafana's only unit that separates thousands leaves out those that are 0.
export const money = { unit: 'locale', decimals: 0 } as const;
const moneyColumn = { ...money, width: 95 } as const;

/** What is worth a look first, then the rest of the funnel. Adspect does not say which currency an account has. */
export const streamColumns = (window: Window): ValueColumn[] => {
  const part = (value: string) => byStream(window, value);
  return [
    // The names come with one query for all columns, of every stream that has any value.
    {
      name: 'Stream',
      hidden: true,
      expr: withName(`max by (account, stream_id) ({__name__=~"adspect_${window}_stream_.+", ${accounts}})`),
    },
    { name: 'Clicks', expr: part('clicks'), width: 80 },
    { name: 'Quality', expr: part('quality_ratio'), unit: 'percentunit', decimals: 1 },
    { name: 'Invalid', expr: invalid(window), unit: 'percentunit', decimals: 1 },
    { name: 'Profit', expr: `${part('revenue')} - ${part('expenses')}`, ...moneyColumn },
    { name: 'ROI', expr: ratio(`(${part('revenue')} - ${part('expenses')})`, part('expenses')), unit: 'percentunit', decimals: 0 },
    { name: 'Revenue', expr: part('revenue'), ...moneyColumn },
    { name: 'Expenses', expr: part('expenses'), ...moneyColumn },
    { name: 'Conversions', expr: part('conversions') },
    { name: 'Uniques', expr: part('uniques') },
    { name: 'Money page', expr: part('money_hits') },
    { name: 'Safe page', expr: part('safe_hits') },
    { name: 'GIVT', expr: part('givt') },
    { name: 'SIVT', expr: part('sivt') },
    { name: 'MIA', expr: part('mia') },
  ];
};

export const moneyNote =
  'Profit is revenue less expenses, ROI is profit as a part of expenses. Money is in the currency of each account, which Adspect’s API does not name.';
