// Holds the dashboards to what a reader sees in Grafana.
import { columns, dashboards, dressed, lines, panelsOf, shown, textOf, theme, type Panel } from './grafana';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldType, formattedValueToString, getFieldDisplayName, MappingType, toDataFrame, type Field } from '@grafana/data';

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
        // Where the text has the colour, it must be seen.
        assert.equal(/^(#00000000|rgba\(0,0,0,0\))$/.test(color ?? ''), panel.options['colorMode'] === 'background');
        assert.match(text, /\p{L}/u, 'a text says that there is no value');
        // What is not known is neither disabled nor none.
        assert.doesNotMatch(text, /yet|today|enabled|configured|[还未]/, 'a cause that is not known');
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

test('graphs of which less is worse have the lowest line first in the legend', () => {
  const graphs = panelsOf('timeseries').filter(([name]) => /: (Quality|质量$|每日质量|每日到达率|每日点击率|Received of sent|Clicked of received|(Delivery|Click) rate)/.test(name));
  assert.ok(graphs.length >= 8, `${graphs.length} graphs`);
  for (const [name, panel] of graphs) {
    const { sortBy, sortDesc, calcs } = panel.options['legend'] as { sortBy: string; sortDesc: boolean; calcs: string[] };
    assert.deepEqual([sortBy, sortDesc, calcs], ['Last *', false, ['lastNotNull', 'min']], name);
  }
});

test('endpoints that fail are orange, and red if values of one are lost', () => {
  const tiles = panelsOf('stat').filter(([name]) => /: (Endpoints that fail|失败的接口)$/.test(name));
  assert.equal(tiles.length, 14);
  for (const [name, panel] of tiles) {
    for (const [state, value, wanted] of [['fails', 0, 'green'], ['fails', 4, 'orange'], ['lost', 4, 'red']] as const) {
      const frame = series(value);
      frame.fields[1]!.config = { displayNameFromDS: state };
      const [tile] = shown(panel, [frame]);
      assert.deepEqual([tile!.text, tile!.color], [String(value), colour(wanted)], name);
    }
  }
});

test('a fact has one colour: what is lost is red, what is worth a look is orange', () => {
  const facts: [title: RegExp, value: number, colour: string][] = [
    [/^(Tags that failed|计算失败的标签)$/, 1, 'orange'],
    [/^(Configuration not loaded|配置加载失败)$/, 1, 'orange'],
    [/^(Quotas used up|用尽的配额)$/, 1, 'red'],
    [/^(Subscription ends in|订阅剩余时间)$/, 6 * 86400, 'orange'],
    [/^(Subscription ends in|订阅剩余时间)$/, 0, 'red'],
  ];
  for (const [title, value, wanted] of facts) {
    const tiles = panelsOf('stat').filter(([, panel]) => title.test(panel.title));
    assert.ok(tiles.length >= 2);
    for (const [name, panel] of tiles) assert.equal(shown(panel, [series(value)])[0]!.color, colour(wanted), name);
  }
});

test('endpoints of which samples are dropped stand before those that are well', () => {
  const tables = panelsOf('table').filter(([, { title }]) => /^(Endpoints|接口)$/.test(title));
  assert.equal(tables.length, 12);
  for (const [name, panel] of tables) {
    const order = (panel.options['sortBy'] as { displayName: string; desc: boolean }[]).map(({ displayName, desc }) => [displayName, desc]);
    const [state, dropped] = name.startsWith('zh/') ? ['状态', '丢弃'] : ['State', 'Dropped'];
    assert.deepEqual(order.slice(0, 2), [[state, false], [dropped, true]], name);
  }
});

test('what is not known of live events is no verdict', () => {
  const verdicts = panelsOf('stat').filter(([name]) => /(Empty live events|没有观众的直播活动)$/.test(name));
  assert.equal(verdicts.length, 4);
  for (const [name, panel] of verdicts) {
    const [value] = shown(panel, [series(-1)]);
    assert.ok(!judging.includes(value!.color ?? ''), `${name}: the colour is ${value!.color}`);
    assert.match(value!.text, /^(audience unknown|观众数未知)$/, name);
  }
});

/** Tables whose texts, not whose numbers, say what is wrong. */
const sayByTexts = /: (What is wrong now|Alerts that fire or are pending|What fails now, and why|Instances|当前异常|触发或.*的告警|当前失败及原因|实例)$/;

for (const [name, panel] of panelsOf('table')) {
  test(`${name}: an empty table does not say that all is well`, () => {
    assert.doesNotMatch(panel.fieldConfig.defaults.noValue ?? '', /nothing (fails|is)|no alert|没有(失败|异常)|没有触发/);
  });

  test(`${name}: ids and names are no quantities`, async () => {
    const texts = ['4990000', '05', '1e3', '0x10'];
    for (const text of texts) {
      const fields = (await columns(panel, () => text, 1, 'another')).filter(({ type }) => type === FieldType.string);
      assert.ok(fields.length > 0);
      for (const field of fields) {
        assert.equal(formattedValueToString(textOf(field)), text, `the column ${getFieldDisplayName(field)}`);
      }
    }
  });

  test(`${name}: the columns fit on the screen, and those that matter on a telephone`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const widths = fields.map(({ config }) => {
      const { width, minWidth } = (config.custom ?? {}) as { width?: number; minWidth?: number };
      return width ?? minWidth ?? assert.fail('a column without a width');
    });
    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
    assert.ok(sum(widths) <= (1500 * panel.gridPos.w) / 24, `${sum(widths)} pixels`);
    // Names say little without what is shown of them; of what is wrong, the texts say it.
    const isState = (field: (typeof fields)[number]) => ['State', '状态', 'Used', '已使用'].includes(getFieldDisplayName(field));
    const first = fields.findIndex(({ type }) => type === FieldType.number);
    const matters = Math.max(1, sayByTexts.test(name) ? 0 : first, fields.findIndex(isState));
    const upTo = sum(widths.slice(0, matters + 1));
    assert.ok(upTo <= 380, `${upTo} pixels up to ${getFieldDisplayName(fields[matters]!)}`);
  });

  test(`${name}: the values stand beside the only name of a line`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const names = fields.filter(({ type }) => type === FieldType.string);
    if (names.length > 1 || panel.title.includes('${funnel}')) return;
    assert.notEqual((names[0]!.config.custom as { width?: number }).width, undefined);
  });

  test(`${name}: ids stand behind the values`, async () => {
    const fields = await columns(panel, () => 'x', 1);
    const names = fields.map((field) => getFieldDisplayName(field));
    const id = names.findIndex((column) => /^id$| id$/i.test(column));
    const lastValue = fields.map(({ type }) => type).lastIndexOf(FieldType.number);
    assert.ok(id === -1 || id > lastValue, names.join(', '));
  });

  test(`${name}: every query has its column`, async () => {
    const fields = await columns(panel, () => 'x', 1, 'another');
    const names = fields.map((field) => getFieldDisplayName(field));
    assert.equal(new Set(names).size, names.length, names.join(', '));
    assert.ok(!names.some((column) => column.startsWith('Value #') || column === 'Time'), names.join(', '));
    // The columns of a funnel are those that its configuration names.
    assert.equal(names.includes('another'), panel.title.includes('${funnel}'), names.join(', '));
    const sorted = (panel.options['sortBy'] ?? []) as { displayName: string }[];
    for (const { displayName } of sorted) assert.ok(names.includes(displayName), `sorted by ${displayName}, which is none of ${names.join(', ')}`);
  });
}

test('the channels of pushes have the names of their services', async () => {
  const tables = panelsOf('table').filter(([, panel]) => JSON.stringify(panel.transformations).includes('"channel"'));
  assert.ok(tables.length > 1);
  for (const [name, panel] of tables) {
    const [channel, xiaomi] = name.startsWith('zh/') ? ['通道', '小米'] : ['Channel', 'Xiaomi'];
    const field = (await columns(panel, () => 'xm', 1)).find((column) => getFieldDisplayName(column) === channel);
    assert.equal(formattedValueToString(textOf(field!)), xiaomi, name);
  }
});

test('what has one cause is one line of what is wrong, with the first time of all', async () => {
  const tables = panelsOf('table').filter(([name]) => /(What is wrong now|当前异常)$/.test(name));
  assert.equal(tables.length, 2);
  for (const [name, panel] of tables) {
    const labels = {
      severity: ['1', '1', '2'],
      what: ['push quota is used up', 'push quota is used up', 'endpoint fails'],
      vendor: ['getui', 'getui', 'getui'],
      account: ['news', 'news', 'news'],
      where: ['Xiaomi general', 'vivo general', 'push_day timeout'],
      runbook: ['getuipushquotaexhausted', 'getuipushquotaexhausted', 'engageendpointdown'],
    };
    const fields = await lines(panel, labels, [1_700_000_060_000, 1_700_000_000_000, 1_700_000_120_000]);
    const column = (...names: string[]) => fields.find((field) => names.includes(getFieldDisplayName(field)))!;
    // Prometheus answers in another order each time.
    const places = name.startsWith('zh/') ? 'vivo general、Xiaomi general' : 'vivo general, Xiaomi general';
    const joined = new Map(column('What', '异常').values.map((what, i) => [what, column('Where', '位置').values[i]]));
    assert.deepEqual(Object.fromEntries(joined), { 'push quota is used up': places, 'endpoint fails': 'push_day timeout' }, name);
    assert.deepEqual(column('Since', '开始时间').values.slice().sort(), [1_700_000_000_000, 1_700_000_120_000], name);
    const [first, second] = fields.map((field) => getFieldDisplayName(field));
    assert.deepEqual([first, second], name.startsWith('zh/') ? ['异常', '账号'] : ['What', 'Account'], `${name}: what a phone shows`);
  }
});

/** How wide a text is in a cell, with the space beside it. */
const pixels = (text: string) => [...text].reduce((sum, letter) => sum + (letter > '\u2e7f' ? 14 : 7.2), 12);

const widthOf = ({ config }: Field) => {
  const { width, minWidth } = (config.custom ?? {}) as { width?: number; minWidth?: number };
  return width ?? minWidth ?? 0;
};

for (const [name, panel] of panelsOf('table').filter(([title]) => /(What is wrong now|当前异常)$/.test(title))) {
  test(`${name}: what is wrong, and an alert without a kind, fits into its column`, async () => {
    const { expr } = panel.targets[0]!;
    const kinds = [...expr.matchAll(/"what", "([^"$]+)", "", ""/g), ...expr.matchAll(/"runbook", "\w+", "alertname", "(\w+)"/g)].map(([, text]) => text!);
    assert.ok(kinds.length > 30 && kinds.includes('AdspectClicksStopped'));
    const what = (await columns(panel, () => 'x', 1)).find((field) => ['What', '异常'].includes(getFieldDisplayName(field)))!;
    assert.deepEqual(kinds.filter((text) => pixels(text) > widthOf(what)), []);
  });
}

for (const [name, panel] of panelsOf('table')) {
  test(`${name}: ages fit into their columns`, async () => {
    for (const age of [3_599, 86_399, 28 * 86_400 - 1]) {
      for (const field of (await columns(panel, () => 'x', age)).filter(({ config }) => /^dtd/.test(config.unit ?? ''))) {
        const text = formattedValueToString(textOf(field));
        assert.ok(pixels(text) <= widthOf(field), `${text} in the column ${getFieldDisplayName(field)} of ${widthOf(field)} pixels`);
      }
    }
  });

  test(`${name}: the words of values fit into their columns`, async () => {
    for (const field of await columns(panel, () => 'x', 1)) {
      // Others grow with the screen.
      if ((field.config.custom as { width?: number }).width === undefined) continue;
      const words = (field.config.mappings ?? []).flatMap(({ type, options }) => (type === MappingType.ValueToText ? Object.values(options) : []));
      const cut = words.map(({ text }) => text ?? '').filter((text) => pixels(text) > widthOf(field));
      assert.deepEqual(cut, [], `the column ${getFieldDisplayName(field)} of ${widthOf(field)} pixels`);
    }
  });
}

test('amounts of money and hours have one number of decimals, and separate thousands', async () => {
  const amounts = ['Profit', 'Revenue', 'Expenses', 'Balance', 'Hours played', 'Hours watched', '利润', '收入', '支出', '余额', '播放小时数', '观看小时数'];
  const seen = new Set<string>();
  for (const [name, panel] of panelsOf('table')) {
    for (const value of [253, 202.5, -85.25, 23_114.26]) {
      for (const field of (await columns(panel, () => 'x', value)).filter((column) => amounts.includes(getFieldDisplayName(column)))) {
        seen.add(getFieldDisplayName(field));
        const text = formattedValueToString(textOf(field));
        assert.equal(text, { 253: '253', 202.5: '203', [-85.25]: '-85', 23_114.26: '23,114' }[value], `${name}: ${getFieldDisplayName(field)}`);
      }
    }
  }
  assert.deepEqual([...seen].sort(), [...amounts].sort());
  const graphs = panelsOf('timeseries').filter(([name]) => /: (Profit|.*利润)/.test(name));
  assert.equal(graphs.length, 4);
  for (const [name, panel] of graphs) {
    const texts = [1_101, 99.9].map((value) => formattedValueToString(textOf(dressed(panel, [series(value)])[0]!.fields[1]!)));
    assert.deepEqual(texts, ['1,101', '100'], name);
  }
});

test('users of the day before are told apart by their lines, and are in no legend', () => {
  const panels = panelsOf('timeseries').filter(([name]) => /getui\.json: (Users online|在线用户数)$/.test(name));
  assert.equal(panels.length, 2);
  for (const [name, panel] of panels) {
    const frames = ['A', 'B'].map((refId) => ({ ...series(1), refId }));
    const [today, before] = dressed(panel, frames).map(({ fields }) => fields[1]!.config.custom as Record<string, any> | undefined);
    assert.equal(today?.['lineStyle'], undefined, name);
    assert.equal(before?.['lineStyle'].fill, 'dash', name);
    assert.deepEqual([before?.['hideFrom'].legend, before?.['hideFrom'].viz], [true, false], name);
  }
});

test('where less is worse, the legend begins with the lowest line', () => {
  const panels = panelsOf('timeseries').filter(([name]) => /adspect\.json: (Quality|质量)$/.test(name));
  assert.equal(panels.length, 2);
  for (const [name, { options }] of panels) {
    const { sortDesc, calcs } = options['legend'] as { sortDesc: boolean; calcs: string[] };
    assert.deepEqual([sortDesc, calcs], [false, ['lastNotNull', 'min']], name);
  }
});

test('a phone shows whose event has how many sessions', async () => {
  for (const [name, panel] of panelsOf('table').filter(([title]) => /quanshi\.json: (Events|直播活动)$/.test(title))) {
    const fields = (await columns(panel, () => 'x', 1)).slice(0, 3).map((field) => getFieldDisplayName(field));
    assert.deepEqual(fields, name.startsWith('zh/') ? ['直播活动', '账号', '在线'] : ['Event', 'Account', 'Open']);
    // Without reports no event has a number of sessions.
    const sorted = (panel.options['sortBy'] as { displayName: string }[]).map(({ displayName }) => displayName);
    assert.deepEqual(sorted, name.startsWith('zh/') ? ['在线', '开始'] : ['Open', 'Start']);
  }
});

test('brands and regions have their names', async () => {
  const cases = [
    ['brand', 'huawei', 'Huawei', '华为'],
    ['country', 'local_network', 'local network', '局域网'],
    ['province', 'other', 'other', '其他'],
  ] as const;
  for (const [label, value, english, chinese] of cases) {
    const tables = panelsOf('table').filter(([, panel]) => JSON.stringify(panel.transformations).includes(`"${label}"`));
    assert.ok(tables.length > 1, label);
    for (const [name, panel] of tables) {
      const shown = (await columns(panel, (of) => (of === label ? value : 'x'), 1)).map((field) => formattedValueToString(textOf(field)));
      assert.ok(shown.includes(name.startsWith('zh/') ? chinese : english), `${name}: ${shown.join(', ')}`);
    }
  }
});

const linked = panelsOf('table').filter(([, panel]) => JSON.stringify(panel).includes('__data.fields.vendor'));

test('tables of several vendors link to the dashboards of the vendors', () => {
  assert.ok(linked.length > 8);
});

for (const [name, panel] of linked) {
  test(`${name}: the vendor has its name, and the links have its id`, async () => {
    const chinese = name.startsWith('zh/');
    const fields = await columns(panel, (label) => (/^vendor/.test(label) ? 'sensorsdata' : 'ebiz'), 1);
    const vendor = fields.find((field) => getFieldDisplayName(field) === (chinese ? '服务商' : 'Vendor'))!;
    assert.equal(formattedValueToString(textOf(vendor)), chinese ? '神策' : 'Sensors Data');
    const links = fields.flatMap((field) => field.getLinks!({ valueRowIndex: 0 })).filter(({ href }) => href.startsWith('/d/'));
    assert.ok(links.length > 1);
    for (const { href } of links) {
      assert.ok(href.startsWith(chinese ? '/d/engage-zh-sensorsdata?' : '/d/engage-sensorsdata?'), href);
      assert.ok(href.includes('&var-account=ebiz&'), href);
    }
    assert.match(panel.targets.map(({ expr }) => expr).join(), /"vendor_name", "\$1", "vendor"/);
  });
}

test('tiles about endpoints open the endpoints of their vendor', () => {
  const tiles = panelsOf('stat').filter(
    ([name]) => /: (Endpoints that fail|Accounts refused|Samples dropped|失败的接口|凭证被拒绝的账号|丢弃的样本)$/.test(name) && !/exporter\.json/.test(name),
  );
  assert.equal(tiles.length, 36);
  for (const [name, { fieldConfig }] of tiles) {
    const [, language = '', board] = /^(zh\/)?(\w+)\.json/.exec(name)!;
    const vendor = board === 'overview' ? '$__all' : board;
    const { url } = (fieldConfig.defaults.links as { url: string }[])[0]!;
    assert.ok(url.startsWith(`/d/engage-${language.replace('/', '-')}exporter?\${datasource:queryparam}&var-vendor=${vendor}&`), `${name}: ${url}`);
  }
});

for (const [name, panel] of panelsOf('table', 'timeseries', 'barchart', 'state-timeline', 'stat', 'bargauge')) {
  test(`${name}: where nothing is known, it says so in its language`, () => {
    assert.match(panel.fieldConfig.defaults.noValue ?? '', name.startsWith('zh/') ? /\p{Script=Han}/u : /\w/);
  });
}

for (const [name, panel] of panelsOf('barchart')) {
  test(`${name}: hours of the day have no unit`, () => {
    const frame = toDataFrame({
      fields: [
        { name: 'hour', type: FieldType.string, values: ['00', '23'], config: { displayName: panel.options['xField'] as string } },
        { name: 'Value #A', type: FieldType.number, values: [1, 2], config: { displayName: 'Today' } },
      ],
    });
    const hour = dressed(panel, [frame])[0]!.fields[0]!;
    assert.deepEqual(hour.values.map((value) => formattedValueToString(hour.display!(value))), ['00', '23']);
  });
}

for (const [name, panel] of panelsOf('state-timeline')) {
  test(`${name}: a failure is orange, and red where values are lost`, () => {
    // With thresholds, Grafana merges equal neighbours by them and takes their colours.
    assert.ok(!(panel.options['mergeValues'] && panel.fieldConfig.defaults.color?.mode === 'thresholds'));
    const field = dressed(panel, [series(0)])[0]!.fields[1]!;
    assert.deepEqual([-1, 0, 1].map((value) => field.display!(value).color), ['red', 'orange', 'green'].map(colour));
  });
}

const unitOf = ({ fieldConfig: { defaults, overrides } }: Panel) => [
  defaults.unit,
  ...overrides.flatMap(({ properties }) => properties.filter(({ id }) => id === 'unit').map(({ value }) => value as string)),
];

test('ages have no English words in Chinese', () => {
  const panels = panelsOf('table', 'timeseries', 'stat').filter(([name]) => name.startsWith('zh/'));
  const units = panels.flatMap(([, panel]) => unitOf(panel));
  assert.ok(units.includes('dtdhms'));
  assert.ok(!units.includes('dtdurations'));
  const field = dressed(panels.find(([, panel]) => panel.fieldConfig.defaults.unit === 'dtdhms')![1], [series(176_405)])[0]!.fields[1]!;
  assert.equal(formattedValueToString(textOf(field)), '2 d 01:00:05');
});

test('units have no English words in Chinese', () => {
  const panels = panelsOf('table', 'timeseries', 'stat', 'bargauge', 'barchart').filter(([name]) => name.startsWith('zh/'));
  for (const [name, panel] of panels) {
    for (const unit of unitOf(panel)) {
      const field = unit === undefined || panel.type === 'table' ? undefined : dressed(panel, [series(20_500_000)])[0]!.fields[1]!;
      assert.doesNotMatch(field === undefined ? '' : formattedValueToString(textOf(field)), /[a-z]{3}/, `${name}: ${unit}`);
      assert.ok(!['s', 'm', 'short', 'reqpm', 'suffix:h', 'suffix:s', 'suffix:min'].includes(unit ?? ''), `${name}: ${unit}`);
    }
  }
});

test('hours watched are hours, not weeks or years', () => {
  const hours = panelsOf('table', 'timeseries', 'stat', 'bargauge', 'barchart').filter(([, panel]) => unitOf(panel).some((unit) => /^suffix:(h|小时)$/.test(unit ?? '')));
  assert.ok(hours.length > 3);
  for (const [name, panel] of hours.filter(([, { type }]) => type !== 'table')) {
    const field = dressed(panel, [series(20_000)])[0]!.fields[1]!;
    assert.match(formattedValueToString(textOf(field)), /^20000(\.0)? ?(h|小时)$/, name);
  }
  for (const [name, panel] of panelsOf('table', 'timeseries', 'stat', 'bargauge', 'barchart')) {
    assert.ok(!unitOf(panel).includes('h'), `${name}: Grafana makes years of the unit h`);
  }
});

test('dashboards of vendors are not refreshed more often than most endpoints are read', () => {
  const often = dashboards.filter(([, { refresh }]) => refresh === '1m').map(([file]) => file);
  assert.deepEqual(often.sort(), ['exporter.json', 'overview.json', 'zh/exporter.json', 'zh/overview.json']);
  assert.ok(dashboards.every(([file, { refresh }]) => ['1m', /trends/.test(file) ? '' : '5m'].includes(refresh ?? '')));
});

for (const [file, { templating }] of dashboards) {
  test(`${file}: the data source is Grafana's default one`, () => {
    const { current } = templating.list.find(({ name }) => name === 'datasource')!;
    assert.deepEqual([current?.text, current?.value], ['default', 'default']);
  });
}

for (const [name, panel] of panelsOf('table')) {
  test(`${name}: a cell without a value has no colour that judges`, async () => {
    for (const field of (await columns(panel, () => 'x', NaN)).filter(({ type }) => type === FieldType.number)) {
      if ((field.config.custom as { cellOptions?: unknown }).cellOptions === undefined) continue;
      assert.ok(!judging.includes(textOf(field).color ?? ''), `the column ${getFieldDisplayName(field)} is ${textOf(field).color}`);
    }
  });
}

test('no two values of a label have one name in a legend', () => {
  const expressions = dashboards.flatMap(([, dashboard]) => JSON.stringify(dashboard)).join();
  const names = [...expressions.matchAll(/, \\"(\w+)\\", \\"([^"\\]+)\\", \\"\1\\", \\"(\w+)\\"\)/g)];
  assert.ok(names.length > 50);
  const values = new Map(names.map(([, label, text]) => [`${label} ${text}`, new Set<string>()]));
  names.forEach(([, label, text, value]) => values.get(`${label} ${text}`)!.add(value!));
  assert.deepEqual([...values].filter(([, { size }]) => size > 1), []);
});

// What a reader sees of a dashboard, by the keys of its JSON. What is not here is for Grafana: units, kinds, addresses.
const visible = ['title', 'description', 'noValue', 'text', 'label', 'tooltip', 'titleFormat', 'displayName', 'xField'];

/** Names that are the same in Chinese. */
const names = /^(Engage \/ |Adspect|exporter|CPU|Goroutine|Go|job|ID|ROI|GIVT|SIVT|MIA|APNs|vivo|OPPO|iOS|Android|Mac|PC|MCU|WebRTC|\W)*(\((ios|apn|opg)\))?$/;

function* texts(node: unknown, key = ''): Generator<[key: string, text: string]> {
  if (typeof node === 'string') yield [key, node];
  else if (Array.isArray(node)) for (const one of node) yield* texts(one, key);
  else if (node !== null && typeof node === 'object') {
    for (const [inner, value] of Object.entries(node)) {
      if (inner === 'renameByName') yield* Object.values(value as Record<string, string>).map((text): [string, string] => ['title', text]);
      // The data source and the first funnel are values of Grafana and Adspect.
      else if (inner !== 'current') yield* texts(value, inner);
    }
  }
}

for (const [file, dashboard] of dashboards.filter(([name]) => name.startsWith('zh/'))) {
  test(`${file}: nothing is left in English`, () => {
    const shown = [...texts(dashboard)].filter(([key]) => visible.includes(key)).map(([, text]) => text);
    assert.ok(shown.length > 30);
    assert.deepEqual(shown.filter((text) => !/\p{Script=Han}/u.test(text) && !names.test(text)), []);
  });

  test(`${file}: the same panels as in English`, () => {
    const english = dashboards.find(([name]) => `zh/${name}` === file)![1];
    const shapes = ({ panels }: typeof dashboard) =>
      JSON.stringify(panels, ['type', 'gridPos', 'x', 'y', 'w', 'h', 'panels', 'unit', 'refId', 'targets', 'instant', 'fieldConfig', 'defaults']);
    const units = [['dtdhms', 'dtdurations'], ['sishort', 'short'], ['suffix:小时', 'suffix:h'], ['suffix:秒', 'suffix:s'], ['suffix:分钟', 'suffix:min'], ['suffix:次/分', 'reqpm']] as const;
    assert.equal(units.reduce((text, [chinese, other]) => text.replaceAll(chinese, other), shapes(dashboard)), shapes(english));
    const queries = (of: typeof dashboard) => [...texts(of)].filter(([key]) => key === 'expr').map(([, expr]) => expr.replace(/"[^"]*"/g, '""'));
    assert.ok(queries(english).length > 10);
    assert.deepEqual(queries(dashboard), queries(english));
  });
}
