// Push quotas of today. A quota is one of an account, a channel and a kind.
import { left, redFromOne } from '../../colours';
import { mapping } from '../../panels/states';
import { steps } from '../../panels/lines';
import { verdict } from '../../panels/stat';
import { table } from '../../panels/table';
import { accounts, countOf, dayStart, highestNow, latest } from '../../promql';
import { accountLabel } from '../../health';
import { worded } from '../../words';

const quota = (value: string) => latest(`getui_push_quota_${value}`, 'channel', 'kind');
const limit = `(${quota('limit')} > 0)`;

/** Part of each quota that is left; of channels that do not say it, what was not yet requested. */
const leftOf = `${quota('remaining')} / ${limit} or clamp_min(1 - ${quota('requested')} / ${limit}, 0)`;

/**
 * What each quota's use would be at midnight, as a part of its limit. The night does not
 * predict the day: until 06:00, six hours count as over. What is used up has no forecast.
 */
const pace = `((1 - (${leftOf})) unless on (account, channel, kind) ${quota('exhausted')} == 1) * on (account) group_left () (86400 / clamp_min(time() - ${dayStart('getui', 'today')}, 6 * 3600))`;

export const enoughLeft = `(${leftOf}) >= 0.1`;

/** Quotas of which something is left, but less than a tenth. */
export const nearlyUsedUp = `((${leftOf}) < 0.1) > 0`;

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
    title: 'Least push quota left',
    description:
      'What is left of the push quota that is nearest to its end; of channels that do not say it (vivo), what was not yet requested. Orange below 10 %. Red at 0: pushes through that channel are refused until midnight.',
    unit: 'percentunit',
    width,
    decimals: 0,
    judgement: left,
    noValue: 'no quotas',
    queries: [{ expr: `min(${leftOf})` }],
  });

export const midnightPace = (width: number) =>
  verdict({
    title: 'Forecast for midnight',
    description:
      'The part of its limit that the busiest quota would have used by midnight if the day went on as it went so far; before 06:00, as if it were 06:00. Orange from 100 %: it would be used up before. Pushes seldom spread evenly, so it warns only. Used-up quotas are left out. Red: all are used up.',
    unit: 'percentunit',
    width,
    decimals: 0,
    judgement: { base: 'green', from: [[1, 'orange']] },
    noValue: 'no quotas',
    texts: mapping({ [-1]: ['used up', 'red'] }),
    queries: [{ expr: `max(${pace}) or 0 * count(${quota('exhausted')} == 1) - 1` }],
  });

const quotaTable = table({
  title: 'Quotas',
  description:
    'Today’s push quotas, the one that is used most first. “Requested” may exceed the limit where that counts arrivals; of channels that do not say what is left (vivo), what was not yet requested is taken as left. Orange under Used: from 90 %. Red: used up, pushes through that channel are refused until midnight. Orange under Forecast: at today’s pace it is used up before midnight; a quota that is used up has none.',
  unit: 'short',
  width: 24,
  height: 9,
  noValue: 'no quotas',
  labels: [
    // A phone shows these two and the use.
    { ...accountLabel, width: 110 },
    { label: 'channel', name: 'Channel', width: 100 },
    { label: 'kind', name: 'Kind', width: 130, last: true },
  ],
  sort: [['Used', 'desc']],
  values: [
    {
      name: 'Used',
      expr: `1 - (${leftOf})`,
      unit: 'percentunit',
      decimals: 1,
      judgement: { base: 'green', from: [[0.9, 'orange'], [0.9999, 'red']] },
      gauge: true,
      width: 170,
    },
    { name: 'State', expr: quota('exhausted'), texts: mapping({ 0: ['open', 'green'], 1: ['used up', 'red'] }) },
    { name: 'Forecast', expr: pace, unit: 'percentunit', decimals: 0, judgement: { base: 'text', from: [[1, 'orange']] } },
    { name: 'Remaining', expr: quota('remaining') },
    { name: 'Requested', expr: quota('requested') },
    { name: 'Limit', expr: quota('limit') },
  ],
});

const quotaUsed = steps({
  title: 'Quota used since midnight',
  description:
    'Part of each push quota that is used, the ten that are used most now. It falls to 0 at midnight in the account’s time zone; where the line is broken, no value of the day was served.',
  unit: 'percentunit',
  width: 12,
  min: 0,
  queries: [{ expr: worded(highestNow(`1 - (${leftOf})`), 'channel', 'kind'), legend }],
});

/** The panels of quotas. */
export const quotas = [quotaTable, quotaUsed];
