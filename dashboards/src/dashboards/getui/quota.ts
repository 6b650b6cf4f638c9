// Push quotas of today. A quota is one of an account, a channel and a kind.
import { left, redFromOne } from '../../colours';
import { mapping } from '../../panels/states';
import { bars } from '../../panels/bars';
import { steps } from '../../panels/lines';
import { stat, verdict } from '../../panels/stat';
import { table } from '../../panels/table';
import { accounts, countOf, dayStart, latest } from '../../promql';
import { accountLabel } from '../../health';

const quota = (figure: string) => latest(`getui_push_quota_${figure}`, 'channel', 'kind');
const limit = `(${quota('limit')} > 0)`;

/** Part of each quota that is left; of channels that do not tell it, what was not yet requested. */
const leftOf = `${quota('remaining')} / ${limit} or clamp_min(1 - ${quota('requested')} / ${limit}, 0)`;

/** What each quota's use would be at midnight, as a part of its limit. Within the first hour nothing can be told: it counts as a whole one. */
const pace = `(1 - (${leftOf})) * on (account) group_left () (86400 / clamp_min(time() - ${dayStart('getui', 'today')}, 3600))`;

const legend = '{{account}} {{channel}} {{kind}}';

export const usedUp = (width: number) =>
  verdict({
    title: 'Quotas used up',
    description:
      'Push quotas that are used up today. Red from 1: pushes through that channel are refused until midnight in the account’s time zone.',
    unit: 'none',
    width,
    judgement: redFromOne,
    noValue: 'no quotas',
    queries: [
      { expr: countOf(`${quota('exhausted')} == 1`, `getui_push_quota_exhausted{${accounts}}`) },
    ],
  });

export const lowestLeft = (width: number) =>
  verdict({
    title: 'GeTui: least quota left',
    description:
      'What is left of the push quota that is nearest to its end; of channels that do not tell it (vivo), what was not yet requested. Orange below 10 %. Red at 0: pushes through that channel are refused until midnight.',
    unit: 'percentunit',
    width,
    decimals: 0,
    judgement: left,
    noValue: 'no quotas',
    queries: [{ expr: `min(${leftOf})` }],
  });

export const midnightPace = (width: number) =>
  stat({
    title: 'Highest use at midnight',
    description:
      'The part of its limit that the busiest quota would have used by midnight if the day went on as it went so far. Orange from 100 %: it would be used up before. Pushes seldom spread evenly, so it warns only.',
    unit: 'percentunit',
    width,
    decimals: 0,
    judgement: { base: 'green', from: [[1, 'orange']] },
    noValue: 'no quotas',
    queries: [{ expr: `max(${pace})` }],
  });

const quotaLeft = bars({
  title: 'Quota left',
  description:
    'What is left of today’s push quotas; of channels that do not tell it (vivo), what was not yet requested. Orange below 10 %. Red at 0: pushes through that channel are refused until midnight.',
  unit: 'percentunit',
  width: 8,
  height: 10,
  min: 0,
  max: 1,
  judgement: left,
  noValue: 'no quotas',
  queries: [{ expr: `sort(${leftOf})`, legend }],
});

const quotaUsed = steps({
  title: 'Quota used since midnight',
  description:
    'Part of each push quota that is used. It falls to 0 at midnight in the account’s time zone; where the line is broken, no figure of the day was at hand.',
  unit: 'percentunit',
  width: 16,
  height: 10,
  min: 0,
  queries: [{ expr: `1 - (${leftOf})`, legend }],
});

const quotaTable = table({
  title: 'Quotas',
  description:
    'Today’s push quotas in full. “Requested” may exceed the limit where that counts arrivals. Red under State: used up, pushes are refused until midnight. Orange under “at midnight”: at today’s pace it would be used up before.',
  unit: 'short',
  width: 24,
  labels: [accountLabel, { label: 'channel', name: 'Channel' }, { label: 'kind', name: 'Kind' }],
  values: [
    { name: 'State', expr: quota('exhausted'), texts: mapping({ 0: ['open', 'green'], 1: ['used up', 'red'] }) },
    { name: 'Limit', expr: quota('limit') },
    { name: 'Remaining', expr: quota('remaining') },
    { name: 'Requested', expr: quota('requested') },
    { name: 'Left', expr: leftOf, unit: 'percentunit', decimals: 1, judgement: left },
    {
      name: 'Used at midnight, at this pace',
      expr: pace,
      unit: 'percentunit',
      decimals: 0,
      judgement: { base: 'text', from: [[1, 'orange']] },
    },
  ],
});

/** The row of quotas. */
export const quotas = [quotaLeft, quotaUsed, quotaTable];
