// Pieces of PromQL. Two replicas of the exporter, or of Prometheus behind one query layer, give each series twice; so every
// selector is aggregated to the labels that the dashboards speak of before anything else is done with it.

/** Which accounts: the dashboard's variable. */
export const accounts = 'account=~"$account"';

/** The newest figures of a family by account and the given labels. */
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

/** When the day began that a window's figures are of. */
export function dayStart(vendor: string, window: string): string {
  return latest(`${vendor}_${window}_start_timestamp_seconds`);
}

/**
 * The date that a window's figures are of, in the label `day` of a series per account. The day's noon has the same date in UTC as in
 * the account's time zone, whatever that is, so that the date is right in every browser's time zone.
 */
export function day(vendor: string, window: string): string {
  const noon = `(${dayStart(vendor, window)} + 43200)`;
  const date = `10000 * year${noon} + 100 * month${noon} + day_of_month${noon}`;
  return `label_replace(count_values by (account) ("day", ${date}), "day", "$1-$2-$3", "day", "(....)(..)(..)")`;
}

/**
 * A family with labels of an info family added, matched on the account and the label `key`. While two replicas differ about a name,
 * one of them is taken; what has no info gets the key as its first label.
 */
export function named(expr: string, info: string, key: string, ...labels: [string, ...string[]]): string {
  const one = `topk by (account, ${key}) (1, max by (account, ${[key, ...labels].join(', ')}) (${info}{${accounts}}))`;
  const match = `on (account, ${key})`;
  return `${expr} * ${match} group_left (${labels.join(', ')}) ${one} or ${match} label_replace(${expr}, "${labels[0]}", "$1", "${key}", "(.*)")`;
}

/** A count that is 0, and not absent, as long as `known` has series. */
export function countOf(expr: string, known: string): string {
  return `count(${expr}) or 0 * count(${known})`;
}

/**
 * Completes a query: where it finds nothing, one series of value -1 says so in a label, but only if `known` has series. What
 * nobody has asked for is not well.
 */
export function otherwise(label: string, text: string, known: string): string {
  return ` or on () label_replace(0 * count(${known}) - 1, "${label}", "${text}", "", "")`;
}
