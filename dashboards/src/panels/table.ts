import { TableCellDisplayMode, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, DataTransformerConfig, DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { steps, type Judgement } from '../colours';
import { labelTexts, language, say, type Text } from '../words';
import { absent, colourByThreshold, dress, inLanguage, longTime, type About } from './about';
import { refId, tableQuery } from './query';

/** A column that shows a label which the queries have in common. */
export interface LabelColumn {
  label: string;
  name: Text;
  links?: Partial<DashboardLink>[];
  /** At least so many pixels; ids are long and of little use, so they stand behind the values. */
  width?: number;
  /** Not wider on a wide screen, whose room is left to other columns. */
  fixed?: boolean;
  last?: boolean;
  /** One line has the values of all lines that differ in nothing but this label, and the smallest of their values. */
  joined?: boolean;
  /** A column that only links need. */
  hidden?: boolean;
  /** The label whose values this one repeats, to show names for them: links take the text that a column shows. */
  copyOf?: string;
  /** Where the values have their meanings, if not under the name of the label. */
  meaning?: string;
  texts?: ValueMapping[];
}

/** A column that shows a query's values; `hidden` ones only bring labels. */
export interface ValueColumn {
  expr: string;
  name: Text;
  unit?: string;
  decimals?: number;
  width?: number;
  judgement?: Judgement;
  texts?: ValueMapping[];
  /** A bar from 0 to 1 behind the value. */
  gauge?: boolean;
  hidden?: boolean;
}

export interface Columns {
  labels: LabelColumn[];
  /** Labels that are not named have columns, too. */
  anyLabels?: boolean;
  values: ValueColumn[];
}

interface Table extends About, Columns {
  /** The columns by which the lines are sorted at first, and the directions. */
  sort?: [Text, 'asc' | 'desc'][];
}

/** The unit of a time in milliseconds: a year that everybody knows takes the place of a column. */
export const shortTime = 'time:MM-DD HH:mm';

const property = (id: string, value: unknown): DynamicConfigValue => ({ id, value });

/** A line of a header takes 8 pixels a letter, 14 a Chinese one, and a value of a unit what its longest text takes. */
const widthOf = ({ name, unit, width }: ValueColumn): number =>
  width ?? Math.max(unit === shortTime ? 110 : unit === longTime ? (language === 'en' ? 100 : 125) : 72, [...say(name)].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 14 : 8), 24));

/** One line for each label set that the queries have in common, one column for each query. */
export function table(about: Table): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 8)
    .colorScheme(colourByThreshold)
    .transformations(merged(about));
  if (about.sort) panel.sortBy(about.sort.map(([column, order]) => new TableSortByFieldStateBuilder().displayName(say(column)).desc(order === 'desc')));
  about.values.forEach(({ expr }, i) => panel.withTarget(tableQuery({ expr: withCopies(expr, about.labels) }, i)));
  for (const { label, name, links, width, fixed, hidden, copyOf, meaning, texts } of about.labels) {
    // Any other unit makes a number of an id or a name that consists of digits.
    const properties = [property('unit', 'string'), property('noValue', '')];
    if (hidden) {
      // Grafana 13 has another name for it.
      properties.push(property('custom.hidden', true), property('custom.hideFrom', { viz: true, legend: false, tooltip: false }));
    } else {
      // A state needs no more room on a wide screen.
      properties.push(property(texts || fixed ? 'custom.width' : 'custom.minWidth', width ?? 120), property('custom.filterable', true));
    }
    const mappings = texts ?? (hidden ? [] : labelTexts(meaning ?? copyOf ?? label));
    if (mappings.length > 0) properties.push(property('mappings', mappings));
    if (texts) properties.push(property('custom.cellOptions', { type: TableCellDisplayMode.ColorText }));
    if (links) properties.push(property('links', links));
    panel.overrideByName(say(name), properties);
  }
  for (const column of about.values) {
    const { name, unit, decimals, judgement, texts, gauge, hidden } = column;
    if (hidden) continue;
    // An empty cell would get the text of an empty table.
    const properties = [property('unit', inLanguage(unit ?? about.unit)), property('custom.width', widthOf(column)), property('noValue', '–')];
    if (decimals !== undefined) properties.push(property('decimals', decimals));
    // A value that is not there would get the colour below the first threshold.
    const mappings = [...(texts ?? []), ...(judgement ? absent({ noValue: '–' }) : [])];
    if (mappings.length > 0) properties.push(property('mappings', mappings));
    if (judgement) {
      properties.push(property('thresholds', { mode: 'absolute', steps: steps(judgement) }));
    }
    if (gauge) {
      properties.push(property('min', 0), property('max', 1));
      properties.push(property('custom.cellOptions', { type: TableCellDisplayMode.Gauge, mode: 'basic', valueDisplayMode: 'text' }));
    } else if (judgement || texts) {
      properties.push(property('custom.cellOptions', { type: TableCellDisplayMode.ColorText }));
    }
    panel.overrideByName(say(name), properties);
  }
  return panel;
}

function withCopies(expr: string, labels: LabelColumn[]): string {
  return labels.reduce(
    (inner, { label, copyOf }) => (copyOf ? `label_replace(${inner}, "${label}", "$1", "${copyOf}", "(.+)")` : inner),
    expr,
  );
}

/** Lines that differ only in a joined label become one. */
function grouped({ labels, values }: Columns): DataTransformerConfig[] {
  if (!labels.some(({ joined }) => joined)) return [];
  const fields: Record<string, { operation: string; aggregations: string[] }> = {};
  labels.forEach(({ label, joined }) => {
    fields[label] = joined ? { operation: 'aggregate', aggregations: ['uniqueValues'] } : { operation: 'groupby', aggregations: [] };
  });
  values.forEach((_, i) => {
    fields[valueField(values, i)] = { operation: 'aggregate', aggregations: ['min'] };
  });
  const conversions = labels
    .filter(({ joined }) => joined)
    .map(({ label }) => ({ targetField: joinedField(label), destinationType: 'string', joinWith: language === 'en' ? ', ' : '、' }));
  return [
    // Prometheus answers in another order each time.
    { id: 'sortBy', options: { fields: {}, sort: [{ field: labels.find(({ joined }) => joined)!.label }] } },
    { id: 'groupBy', options: { fields } },
    { id: 'convertFieldType', options: { fields: {}, conversions } },
  ];
}

/** What groupBy calls a label's values. */
const joinedField = (label: string): string => `${label} (uniqueValues)`;

/** Only one of several queries has its letter in the name of its values. */
const valueField = (values: ValueColumn[], i: number): string => (values.length > 1 ? `Value #${refId(i)}` : 'Value');

/** The queries' answers side by side, in the order of the columns: labels, values, labels that come last. */
export function merged(columns: Columns): DataTransformerConfig[] {
  const { labels, values, anyLabels } = columns;
  const group = grouped(columns);
  const exclude: Record<string, boolean> = { Time: true };
  const include: Record<string, boolean> = {};
  const rename: Record<string, string> = {};
  const index: Record<string, number> = {};
  let column = 0;
  const place = (field: string, name: Text) => {
    include[field] = true;
    rename[field] = say(name);
    index[field] = column++;
  };
  const placeLabel = ({ label, name, joined }: LabelColumn) => place(joined ? joinedField(label) : label, name);
  labels.filter(({ last }) => !last).forEach(placeLabel);
  values.forEach(({ name, hidden }, i) => {
    const field = valueField(values, i);
    if (hidden) exclude[field] = true;
    else place(group.length > 0 ? `${field} (min)` : field, name);
  });
  labels.filter(({ last }) => last).forEach(placeLabel);
  return [
    { id: 'merge', options: {} },
    ...group,
    // Labels that only bring columns together, such as the vendor on its own dashboard, have none.
    { id: 'organize', options: { includeByName: anyLabels ? {} : include, excludeByName: exclude, indexByName: index, renameByName: rename } },
  ];
}
