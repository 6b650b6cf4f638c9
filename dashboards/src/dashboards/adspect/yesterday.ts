import { table } from '../../panels/table';
import { yesterdayOf } from '../days';
import { moneyNote, streamColumns, streamLabels } from './stream';

const yesterdayTable = table({
  title: 'Streams yesterday',
  description: ['Each stream’s funnel of yesterday, with the columns of today’s table.', moneyNote],
  unit: 'short',
  width: 24,
  height: 10,
  labels: streamLabels,
  sort: [['Clicks', 'desc']],
  values: streamColumns('yesterday'),
});

/** The row of yesterday. */
export const yesterday = [yesterdayOf('adspect'), yesterdayTable];
