// The dashboards' files as Grafana's own library understands them.
import './browser';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  applyFieldOverrides,
  createTheme,
  FieldType,
  getFieldDisplayValues,
  getFieldDisplayValuesProxy,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  toDataFrame,
  transformDataFrame,
  type DataFrame,
  type DataTransformerConfig,
  type DisplayValue,
  type Field,
  type FieldConfigSource,
  type InterpolateFunction,
} from '@grafana/data';

// Transformations ask the page whether it is one of scenes. The library loads without a page.
Object.defineProperty(globalThis, 'window', { value: {}, configurable: true });

export const theme = createTheme();

export interface Panel {
  title: string;
  type: string;
  gridPos: { w: number };
  fieldConfig: FieldConfigSource & { defaults: { custom?: Record<string, unknown> } };
  options: Record<string, unknown>;
  targets: { refId: string; expr: string }[];
  transformations?: DataTransformerConfig[];
  panels?: Panel[];
}

interface Dashboard {
  refresh: string;
  panels: Panel[];
  templating: { list: { name: string; current?: { text: unknown; value: unknown } }[] };
}

const folder = join(__dirname, '..', '..', '..');

/** The dashboards by the names of their files; those in Chinese stand in the folder zh. */
export const dashboards: [string, Dashboard][] = [...readdirSync(folder), ...readdirSync(join(folder, 'zh')).map((file) => `zh/${file}`)]
  .filter((file) => file.endsWith('.json'))
  .map((file) => [file, JSON.parse(readFileSync(join(folder, file), 'utf8')) as Dashboard]);

const all = (panels: Panel[]): Panel[] =>
  panels.flatMap((panel) => (panel.type === 'row' ? all(panel.panels ?? []) : [panel]));

/** Returns the panels of a kind, those of closed rows too, with names for the output of a test. */
export function panelsOf(...types: string[]): [string, Panel][] {
  return dashboards.flatMap(([file, { panels }]) =>
    all(panels)
      .filter(({ type }) => types.includes(type))
      .map((panel): [string, Panel] => [`${file}: ${panel.title}`, panel]),
  );
}

// Grafana registers these in its application, beside their editors.
const properties = ['unit', 'decimals', 'min', 'max', 'noValue', 'mappings', 'thresholds', 'links'];
const ofTables = ['width', 'minWidth', 'hideFrom', 'filterable', 'cellOptions', 'lineStyle'];
standardFieldConfigEditorRegistry.setInit(() =>
  [...properties.map((path) => ({ path, custom: false })), ...ofTables.map((path) => ({ path, custom: true }))].map(({ path, custom }) => ({
    id: custom ? `custom.${path}` : path,
    path,
    name: path,
    isCustom: custom,
    process: (value: unknown) => value,
    shouldApply: () => true,
    override: () => null,
    editor: () => null,
  })),
);
const { mergeTransformer, groupByTransformer, convertFieldTypeTransformer, organizeFieldsTransformer, sortByTransformer } = standardTransformers;
standardTransformersRegistry.setInit(() =>
  [mergeTransformer, groupByTransformer, convertFieldTypeTransformer, organizeFieldsTransformer, sortByTransformer].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation: async () => transformation,
    editor: () => null,
    imageDark: '',
    imageLight: '',
  })) as never,
);

/** What a panel of one value shows for frames. */
export function shown(panel: Panel, data: DataFrame[]): DisplayValue[] {
  return getFieldDisplayValues({
    data: dressed(panel, data),
    fieldConfig: panel.fieldConfig,
    reduceOptions: panel.options['reduceOptions'] as never,
    replaceVariables: (text) => text,
    theme,
  }).map(({ display }) => display);
}

/** Replaces what a link takes from a line, as Grafana does: by the text that the column shows. */
const replaceFields: InterpolateFunction = (text, variables) => {
  const { frame, rowIndex } = (variables?.['__dataContext']?.value ?? {}) as { frame?: DataFrame; rowIndex?: number };
  if (frame === undefined || rowIndex === undefined) return text;
  const fields = getFieldDisplayValuesProxy({ frame, rowIndex });
  return text.replace(/\$\{__data\.fields\.(\w+)\}/g, (_, label: string) => String(fields[label]));
};

/** Applies a panel's units, mappings, thresholds, widths and links to frames. */
export function dressed(panel: Panel, data: DataFrame[]): DataFrame[] {
  return applyFieldOverrides({ data, fieldConfig: panel.fieldConfig, replaceVariables: replaceFields, theme, timeZone: 'utc' });
}

/** An answer of Prometheus to a query in the form of a table, with these labels and values. */
function answer(refId: string, single: boolean, labels: Record<string, string[]>, values: number[]): DataFrame {
  return toDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: values.map(() => 1_700_000_000_000) },
      ...Object.entries(labels).map(([name, texts]) => ({ name, type: FieldType.string, values: texts })),
      { name: single ? 'Value' : `Value #${refId}`, type: FieldType.number, values },
    ],
  });
}

/**
 * The columns of a table whose every query has answered with all labels that the table names, and others, each with the text,
 * and with the value, in the order in which Grafana shows them.
 */
export async function columns(panel: Panel, text: (label: string) => string, value: number, ...others: string[]): Promise<Field[]> {
  const names = Object.keys(
    (panel.transformations?.find(({ id }) => id === 'organize')?.options as { renameByName: Record<string, string> }).renameByName,
  );
  const of = [...names.map((name) => name.replace(' (uniqueValues)', '')).filter((name) => !name.startsWith('Value')), ...others];
  const labels = Object.fromEntries(of.map((name) => [name, [text(name)]]));
  return lines(panel, labels, [value]);
}

/** The columns of a table whose every query has answered with these labels and values, one of each a line. */
export async function lines(panel: Panel, labels: Record<string, string[]>, values: number[]): Promise<Field[]> {
  const frames = panel.targets.map(({ refId }) => answer(refId, panel.targets.length === 1, labels, values));
  const merged = await new Promise<DataFrame[]>((resolve, reject) =>
    transformDataFrame(panel.transformations ?? [], frames).subscribe({ next: resolve, error: reject }),
  );
  return dressed(panel, merged)[0]!.fields.filter(({ config }) => !(config.custom as { hideFrom?: { viz: boolean } } | undefined)?.hideFrom?.viz);
}

/** The text of a field's first value. */
export function textOf(field: Field): DisplayValue {
  return field.display!(field.values[0]);
}
