import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import type { DashboardLink, DataTransformerConfig, DynamicConfigValue, ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table';
import { steps, type Judgement } from '../colours';
import { colourByThreshold, dress, type About } from './about';
import { refId, tableQuery } from './query';

/** A column that shows a label which the queries have in common. */
export interface LabelColumn {
  label: string;
  name: string;
  links?: Partial<DashboardLink>[];
}

/** A column that shows a query's values; `hidden` ones only bring labels. */
export interface ValueColumn {
  expr: string;
  name: string;
  unit?: string;
  decimals?: number;
  judgement?: Judgement;
  texts?: ValueMapping[];
  hidden?: boolean;
}

export interface Columns {
  labels: LabelColumn[];
  values: ValueColumn[];
}

const property = (id: string, value: unknown): DynamicConfigValue => ({ id, value });

/** One line for each label set that the queries have in common, one column for each query. */
export function table(about: About & Columns): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 8)
    .colorScheme(colourByThreshold)
    .filterable(true)
    .transformations(merged(about));
  about.values.forEach(({ expr }, i) => panel.withTarget(tableQuery({ expr }, i)));
  for (const { name, links } of about.labels) {
    // Any other unit makes a number of an id or a name that consists of digits.
    panel.overrideByName(name, [property('unit', 'string'), ...(links ? [property('links', links)] : [])]);
  }
  for (const { name, unit, decimals, judgement, texts, hidden } of about.values) {
    if (hidden) continue;
    const properties = [property('unit', unit ?? about.unit)];
    if (decimals !== undefined) properties.push(property('decimals', decimals));
    if (texts) properties.push(property('mappings', texts));
    if (judgement) {
      properties.push(property('thresholds', { mode: 'absolute', steps: steps(judgement) }));
    }
    if (judgement || texts) properties.push(property('custom.cellOptions', { type: TableCellDisplayMode.ColorText }));
    panel.overrideByName(name, properties);
  }
  return panel;
}

/** The queries' answers side by side, in the order of the columns. */
export function merged({ labels, values }: Columns): DataTransformerConfig[] {
  const exclude: Record<string, boolean> = { Time: true };
  const rename: Record<string, string> = {};
  const index: Record<string, number> = {};
  let column = 0;
  for (const { label, name } of labels) {
    rename[label] = name;
    index[label] = column++;
  }
  values.forEach(({ name, hidden }, i) => {
    // The only query's values are called without its letter.
    const field = values.length > 1 ? `Value #${refId(i)}` : 'Value';
    if (hidden) {
      exclude[field] = true;
    } else {
      rename[field] = name;
      index[field] = column++;
    }
  });
  return [
    { id: 'merge', options: {} },
    { id: 'organize', options: { excludeByName: exclude, indexByName: index, renameByName: rename } },
  ];
}
