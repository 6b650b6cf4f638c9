// Which day a row of a dashboard is about.
import { names } from '../panels/stat';
import { day } from '../promql';
import { say, type Text } from '../words';

const noValue = 'no values of such a day at present';

/** A line of the dates that a window's values are of; accounts in different time zones may have different ones. */
export function dayOf(vendor: string, window: string, title: Text, description: Text) {
  return names({
    title,
    description: [
    description,
    'The date is that of the accounts’ time zones; two dates stand here while these differ.',
  ],
    unit: 'none',
    width: 24,
    height: 3,
    noValue,
    // The panel shows names alone, so that where there is no day a series has to say so.
    queries: [
      { expr: `count by (day) (${day(vendor, window)}) or on () label_replace(vector(0), "day", "${say(noValue)}", "", "")`, legend: '{{day}}' },
    ],
  });
}

export const yesterdayOf = (vendor: string) =>
  dayOf(vendor, 'yesterday', 'Yesterday is', 'The last whole day. Its values are served until the next midnight and never longer.');
