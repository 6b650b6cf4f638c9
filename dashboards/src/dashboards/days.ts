// Which day a row of a dashboard is about.
import { names } from '../panels/stat';
import { day } from '../promql';

/** A line of dates above the figures of a window, one an account. */
export function dayOf(vendor: string, window: string, title: string, description: string) {
  return names({
    title,
    description: `${description} The date is that of the account’s time zone.`,
    unit: 'none',
    width: 24,
    height: 3,
    noValue: 'no figures of such a day at present',
    queries: [{ expr: day(vendor, window), legend: '{{account}}: {{day}}' }],
  });
}

export const yesterdayOf = (vendor: string) =>
  dayOf(vendor, 'yesterday', 'Yesterday is', 'The last whole day. Its figures are served until the next midnight and never longer.');
