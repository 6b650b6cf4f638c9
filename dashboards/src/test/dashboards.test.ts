// Holds the dashboards to what a reader sees in Grafana.
import { columns, dashboards, dressed, panelsOf, shown, textOf, theme, type Panel } from './grafana';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldType, formattedValueToString, getFieldDisplayName, toDataFrame } from '@grafana/data';

const colour = (name: string) => theme.visualization.getColorByName(name);
const judging = ['green', 'orange', 'red', 'yellow'].map(colour);

const series = (value: number | null) =>
  toDataFrame({
    fields: [
      { name: 'Time', type: FieldType.time, values: [1_700_000_000_000] },
      { name: 'Value', type: FieldType.number, values: [value] },
    ],
  });

const absences: [string, ReturnType<typeof series>[]][] = [
  ['no answer', []],
  ['an empty answer', [toDataFrame({ fields: [] })]],
  ['no number', [series(NaN)]],
  ['null', [series(null)]],
];

for (const [name, panel] of panelsOf('stat', 'bargauge', 'gauge')) {
  for (const [kind, data] of absences) {
    test(`${name}: ${kind} is no verdict`, () => {
      const values = shown(panel, data);
      assert.ok(values.length > 0);
      for (const { color, text } of values) {
        assert.ok(!judging.includes(color ?? ''), `the colour is ${color}`);
        assert.match(text, /[a-z]/, 'a text says that there is no value');
        assert.doesNotMatch(text, /\d/);
      }
    });
  }
}

for (const [name, panel] of panelsOf('stat')) {
  if (panel.options['colorMode'] !== 'background') continue;
  test(`${name}: a verdict has a colour for a value`, () => {
    for (const value of [0, 1, 1e9]) {
      for (const { color } of shown(panel, [series(value)])) assert.ok(judging.includes(color ?? ''), `${value} has the colour ${color}`);
    }
  });
}

for (const [name, panel] of panelsOf('table')) {
  test(`${name}: an empty table does not say that all is well`, () => {
    assert.doesNotMatch(panel.fieldConfig.defaults.noValue ?? '', /nothing (fails|is)|no alert/);
  });

  test(`${name}: ids and names are no quantities`, async () => {
    const texts = ['4990000', '05', '1e3', '0x10'];
    for (const text of texts) {
      const fields = (await columns(panel, () => text, 1)).filter(({ type }) => type === FieldType.string);
      assert.ok(fields.length > 0);
      for (const field of fields) {
        assert.equal(formattedValueToString(textOf(field)), text, `the column ${getFieldDisplayName(field)}`);
      }
    }
  });

  test(`${name}: the columns fit on the screen, and the first two on a telephone`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const widths = fields.map(({ config }) => {
      const { width, minWidth } = (config.custom ?? {}) as { width?: number; minWidth?: number };
      return width ?? minWidth ?? assert.fail('a column without a width');
    });
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    assert.ok(sum(widths) <= (1500 * panel.gridPos.w) / 24, `${sum(widths)} pixels`);
    assert.ok(sum(widths.slice(0, 2)) <= 400, `${sum(widths.slice(0, 2))} pixels of the first two`);
  });

  test(`${name}: ids stand behind the values`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const names = fields.map((field) => getFieldDisplayName(field));
    const id = names.findIndex((column) => /^id$| id$/i.test(column));
    const lastValue = fields.map(({ type }) => type).lastIndexOf(FieldType.number);
    assert.ok(id === -1 || id > lastValue, names.join(', '));
  });

  test(`${name}: every query has its column`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const names = fields.map((field) => getFieldDisplayName(field));
    assert.equal(new Set(names).size, names.length, names.join(', '));
    assert.ok(!names.some((column) => column.startsWith('Value #') || column === 'Time'), names.join(', '));
    const sorted = (panel.options['sortBy'] ?? []) as { displayName: string }[];
    for (const { displayName } of sorted) assert.ok(names.includes(displayName), `sorted by ${displayName}, which is none of ${names.join(', ')}`);
  });
}

test('the channels of pushes have the names of their services', async () => {
  const tables = panelsOf('table').filter(([, panel]) => JSON.stringify(panel.transformations).includes('"channel"'));
  assert.ok(tables.length > 1);
  for (const [name, panel] of tables) {
    const field = (await columns(panel, () => 'xm', 1)).find((column) => getFieldDisplayName(column) === 'Channel');
    assert.equal(formattedValueToString(textOf(field!)), 'Xiaomi', name);
  }
});

for (const [name, panel] of panelsOf('barchart')) {
  test(`${name}: hours of the day have no unit`, () => {
    const frame = toDataFrame({
      fields: [
        { name: 'hour', type: FieldType.string, values: ['00', '23'], config: { displayName: 'Hour' } },
        { name: 'Value #A', type: FieldType.number, values: [1, 2], config: { displayName: 'Today' } },
      ],
    });
    const hour = dressed(panel, [frame])[0]!.fields[0]!;
    assert.deepEqual(hour.values.map((value) => formattedValueToString(hour.display!(value))), ['00', '23']);
  });
}

for (const [name, panel] of panelsOf('state-timeline')) {
  test(`${name}: a failure is red`, () => {
    // With thresholds, Grafana merges equal neighbours by them and takes their colours.
    assert.ok(!(panel.options['mergeValues'] && panel.fieldConfig.defaults.color?.mode === 'thresholds'));
    const field = dressed(panel, [series(0)])[0]!.fields[1]!;
    assert.deepEqual([0, 1].map((value) => field.display!(value).color), [colour('red'), colour('green')]);
  });
}

const unitOf = ({ fieldConfig: { defaults, overrides } }: Panel) => [
  defaults.unit,
  ...overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit').map(({ value }) => value as string)),
];

test('hours watched are hours, not weeks or years', () => {
  const hours = panelsOf('table', 'timeseries', 'stat', 'bargauge', 'barchart').filter(([, panel]) => unitOf(panel).includes('suffix:h'));
  assert.ok(hours.length > 3);
  for (const [name, panel] of hours.filter(([, { type }]) => type !== 'table')) {
    const field = dressed(panel, [series(20_000)])[0]!.fields[1]!;
    assert.match(formattedValueToString(textOf(field)), /^20000(\.0)? ?h$/, name);
  }
  for (const [name, panel] of panelsOf('table', 'timeseries', 'stat', 'bargauge', 'barchart')) {
    assert.ok(!unitOf(panel).includes('h'), `${name}: Grafana makes years of the unit h`);
  }
});

for (const [file, { templating }] of dashboards) {
  test(`${file}: the data source is Grafana's default one`, () => {
    const { current } = templating.list.find(({ name }) => name === 'datasource')!;
    assert.deepEqual([current?.text, current?.value], ['default', 'default']);
  });
}
