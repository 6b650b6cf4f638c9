// The funnel "stream", which accounts have without a configuration of their own; its streams get the names that Adspect knows.
import type { ValueColumn } from '../../panels/table';
import { latest, named, ratio, total } from '../../promql';

type Window = 'today' | 'yesterday';

export const byStream = (window: Window, figure: string): string => latest(`adspect_${window}_stream_${figure}`, 'stream_id');

export const allStreams = (window: Window, figure: string): string => total(`adspect_${window}_stream_${figure}`, 'stream_id');

export const withName = (expr: string): string => named(`(${expr})`, 'adspect_stream_info', 'stream_id', 'stream');

/** Invalid traffic, general and sophisticated, as a part of the clicks. */
export const invalid = (window: Window): string =>
  ratio(`(${byStream(window, 'givt')} + ${byStream(window, 'sivt')})`, byStream(window, 'clicks'));

export const invalidOfAll = (window: Window): string =>
  ratio(`(${allStreams(window, 'givt')} + ${allStreams(window, 'sivt')})`, allStreams(window, 'clicks'));

export const legend = '{{account}} {{stream}}';

export const streamLabels = [
  { label: 'stream', name: 'Stream' },
  { label: 'stream_id', name: 'Stream id' },
];

export const streamColumns = (window: Window): ValueColumn[] => [
  { name: 'Clicks', expr: withName(byStream(window, 'clicks')) },
  { name: 'Uniques', expr: withName(byStream(window, 'uniques')) },
  { name: 'Fingerprints', expr: withName(byStream(window, 'fingerprints')) },
  { name: 'Money page', expr: withName(byStream(window, 'money_hits')) },
  { name: 'Safe page', expr: withName(byStream(window, 'safe_hits')) },
  { name: 'GIVT', expr: withName(byStream(window, 'givt')) },
  { name: 'SIVT', expr: withName(byStream(window, 'sivt')) },
  { name: 'No fingerprint', expr: withName(byStream(window, 'mia')) },
  { name: 'Invalid', expr: withName(invalid(window)), unit: 'percentunit', decimals: 1 },
  { name: 'Quality', expr: withName(byStream(window, 'quality_ratio')), unit: 'percentunit', decimals: 1 },
  { name: 'Conversions', expr: withName(byStream(window, 'conversions')) },
  { name: 'Expenses', expr: withName(byStream(window, 'expenses')), decimals: 2 },
  { name: 'Revenue', expr: withName(byStream(window, 'revenue')), decimals: 2 },
];
