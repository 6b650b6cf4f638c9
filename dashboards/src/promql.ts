// Pieces of PromQL. Two replicas of the exporter, or of Prometheus behind one query layer, give each series twice; so every
// selector is aggregated to the labels that the dashboards use before anything else is done with it.

import { say, severities, type Text } from './words';

/** Which accounts: the dashboard's variable. */
export const accounts = 'account=~"$account"';

/** The newest values of a family by account and the given labels. */
export function latest(family: string, ...by: string[]): string {
  return `max by (${['account', ...by].join(', ')}) (${family}{${accounts}})`;
}

/** The same where a condition on labels holds. */
export function latestWhere(family: string, where: string, ...by: string[]): string {
  return `max by (${['account', ...by].join(', ')}) (${family}{${accounts}, ${where}})`;
}

/** The sum over the given labels; a family never has a total beside its parts. */
export function total(family: string, ...by: string[]): string {
  return `sum by (account) (${latest(family, ...by)})`;
}

/** One part of another, without the parts of nothing. */
export function ratio(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** The same of sums, over the series that have both: accounts without the part are not in the whole either. */
export function ratioOfSums(part: string, whole: string, by = ''): string {
  return ratio(`sum${by} ((${part}) and (${whole}))`, `sum${by} ((${whole}) and (${part}))`);
}

/** When the day began that a window's values are of. */
export function dayStart(vendor: string, window: string): string {
  return latest(`${vendor}_${window}_start_timestamp_seconds`);
}

/**
 * The date that a window's values are of, in the label `day` of a series per account. The day's noon has the same date in UTC as in
 * the account's time zone, whatever that is, so that the date is right in every browser's time zone.
 */
export function day(vendor: string, window: string): string {
  const noon = `(${dayStart(vendor, window)} + 43200)`;
  const date = `10000 * year${noon} + 100 * month${noon} + day_of_month${noon}`;
  return `label_replace(count_values by (account) ("day", ${date}), "day", "$1-$2-$3", "day", "(....)(..)(..)")`;
}

/**
 * A family with labels of an info family added, matched on the account and the label `key`. The name is the one at the end of the
 * time range, or the last within a week before: a value that is older than its name, or outlives it, keeps the name. While two
 * replicas differ about a name, one of them is taken; what has no info gets the key as its first label.
 */
export function named(expr: string, info: string, key: string, ...labels: [string, ...string[]]): string {
  const match = `on (account, ${key})`;
  const known = names(info, key, ...labels);
  // Of equal values, topk chooses others each time it is asked: only what has no name is asked for again.
  return `${expr} * ${match} group_left (${labels.join(', ')}) ${known} or label_replace(${expr} unless ${match} ${known}, "${labels[0]}", "$1", "${key}", "(.*)")`;
}

/** The newest names by account and `key`, each with the value 1. */
export function names(info: string, key: string, ...labels: string[]): string {
  const by = ['account', key, ...labels].join(', ');
  const now = `max by (${by}) (${info}{${accounts}} @ end())`;
  const week = `max by (${by}) (last_over_time(${info}{${accounts}}[7d] @ end()))`;
  return `topk by (account, ${key}) (1, ${now} or on (account, ${key}) ${week})`;
}

const within = (aggregate: string, expr: string) => `${aggregate}_over_time((${expr})[$__range:$__interval] @ end())`;

/**
 * The ten series of a graph that are highest at some time of its range. Those that are highest at each time would be others at the
 * next, and all lines broken. Another expression may rank them: of equal values topk takes others each time, so `rank` leaves out
 * what many have, as in `x > 0`, or tells them apart.
 */
export function highest(expr: string, rank = expr): string {
  return `(${expr}) and topk(10, ${within('max', rank)})`;
}

/** The sum of all others, if there are any: that of a stack is the sum of all. */
export function others(expr: string, rank = expr): string {
  return `sum((${expr}) unless topk(10, ${within('max', rank)}))`;
}

/** The ten that are lowest. */
export function lowest(expr: string, rank = expr): string {
  return `(${expr}) and bottomk(10, ${within('min', rank)})`;
}

/** The series of a graph that are above 0 at some time of its range, and so fall to 0 again instead of ending. */
export function occurred(expr: string): string {
  return `(${expr}) and ${within('max', expr)} > 0`;
}

/** The severities of alerts as numbers, which can be sorted: the worst is the lowest. */
export function ranked(expr: string): string {
  return severities.reduce((inner, severity, i) => `label_replace(${inner}, "severity", "${i + 1}", "severity", "${severity}")`, expr);
}

/**
 * The ten series that are highest now, for values that start again each day: those that were highest yesterday evening say little of
 * today. What has no value now, or 0, comes after them, in the order of the highest values within the range.
 */
export function highestNow(expr: string, rank = expr): string {
  const now = `last_over_time((${rank})[1m:1m] @ end()) > 0`;
  return `(${expr}) and topk(10, ${now} or -1 / ${within('max', rank)})`;
}

/** A count that is 0, and not absent, as long as `known` has series. */
export function countOf(expr: string, known: string): string {
  return `count(${expr}) or 0 * count(${known})`;
}

/**
 * Completes a query: where it finds nothing, one series of value -1 says so in a label, but only if `known` has series. What
 * nobody has asked for is not well.
 */
export function otherwise(label: string, text: Text, known: string): string {
  return ` or on () label_replace(0 * count(${known}) - 1, "${label}", "${say(text)}", "", "")`;
}

/**
 * The value of each day at the time at which the day begins in the reader's time zone, in which Grafana places the steps of a day.
 * A day's value is served during the next day (`settled`: two days later), so it is looked for there, in the four half days in
 * which that may be for accounts of other time zones. A half day counts if all that is known of it is of the same day.
 */
export function byDay(vendor: string, window: 'yesterday' | 'settled', family: string, ...by: string[]): string {
  const start = `${vendor}_${window}_start_timestamp_seconds{${accounts}}`;
  const later = window === 'settled' ? 24 : 0;
  const halfDays = [24, 36, 48, 60].map((end) => {
    const range = `[12h] offset -${end + later}h`;
    return (
      `(max by (${['account', ...by].join(', ')}) (last_over_time(${family}{${accounts}}${range}))` +
      ` and on (account) min by (account) (min_over_time(${start}${range})) > time() - 43200` +
      ` and on (account) max by (account) (max_over_time(${start}${range})) <= time() + 43200)`
    );
  });
  return `(${halfDays.join(' or ')})`;
}

/** The sum of such values by account. */
export function totalByDay(vendor: string, window: 'yesterday' | 'settled', family: string, ...by: string[]): string {
  return `sum by (account) ${byDay(vendor, window, family, ...by)}`;
}
