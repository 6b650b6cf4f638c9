// Draws a dashboard as Grafana does, with Grafana's own libraries: queries go to a real Prometheus; units, mappings, transformations and
// empty states are those of @grafana/data, tables, graphs, tiles and gauges those of @grafana/ui. Bar charts and state timelines are in
// no library of Grafana on npm: they are drawn here, plainly. The address says what to draw.
const React = require('react');
const { createRoot } = require('react-dom/client');
const D = require('@grafana/data');
const UI = require('@grafana/ui');
const { TableNG } = require('@grafana/ui/unstable');
const { initPluginTranslations } = require('@grafana/i18n');

const { dashboard: name, mode, width: pageWidth, prometheus, scraped } = Object.fromEntries(new URLSearchParams(location.search));
const width = Number(pageWidth);
const phone = width < 769;
const theme = D.createTheme({ colors: { mode } });
const now = Math.floor(Date.now() / 1000);

// What Grafana registers in its application, beside editors.
const properties = ['unit', 'decimals', 'min', 'max', 'noValue', 'mappings', 'thresholds', 'links', 'color', 'displayName'];
const custom = [
  'width', 'minWidth', 'hidden', 'hideFrom', 'filterable', 'cellOptions', 'align', 'drawStyle', 'lineInterpolation', 'lineWidth', 'fillOpacity',
  'axisSoftMax', 'barAlignment', 'barWidthFactor', 'spanNulls', 'showPoints', 'pointSize', 'stacking', 'thresholdsStyle',
];
const property = (path, isCustom) => ({
  id: isCustom ? `custom.${path}` : path, path, name: path, isCustom,
  process: (value) => value, shouldApply: () => true, override: () => null, editor: () => null,
});
D.standardFieldConfigEditorRegistry.setInit(() => [...properties.map((p) => property(p, false)), ...custom.map((p) => property(p, true))]);
const { mergeTransformer, groupByTransformer, convertFieldTypeTransformer, organizeFieldsTransformer, sortByTransformer } = D.standardTransformers;
D.standardTransformersRegistry.setInit(() =>
  [mergeTransformer, groupByTransformer, convertFieldTypeTransformer, organizeFieldsTransformer, sortByTransformer].map((t) => ({
    id: t.id, name: t.name, transformation: async () => t, editor: () => null,
  })),
);

const variables = { account: '.+', vendor: '.+', instance: '.+', funnel: 'stream', __rate_interval: `${2 * scraped}s` };
const interpolated = (text, more = {}) => text.replace(/\$\{(\w+)\}|\$(\w+)/g, (all, a, b) => ({ ...variables, ...more })[a ?? b] ?? all);
const replaceVariables = (text) => interpolated(text);

async function ask(path, parameters) {
  const answer = await fetch(`${prometheus}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const { status, data, error } = await answer.json();
  if (status !== 'success') throw new Error(`${error}: ${parameters.query.slice(0, 200)}`);
  return data.result;
}

const seconds = (text) => parseInt(text) * { s: 1, m: 60, h: 3600, d: 86400 }[text.at(-1)];

/** The last whole step of the browser's day before a time, as Grafana takes it: a step of a day begins at midnight. */
function aligned(time, step) {
  const offset = -60 * new Date().getTimezoneOffset();
  return Math.floor((time + offset) / step) * step - offset;
}

/** The span of a panel's graph: the dashboard's, in whole steps. */
function span(panel, dashboard) {
  const step = panel.interval === '1d' ? 86400 : 600;
  const from = dashboard.time.from === 'now-30d' ? now - 30 * 86400 : now - 86400;
  return { start: aligned(from, step), end: aligned(now, step), step, from: D.dateTime(from * 1000), to: D.dateTime(now * 1000) };
}

const legendOf = (format, labels) =>
  format?.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '') ?? D.formatLabels(labels);

/** The answer to one query as Grafana's Prometheus makes frames of it. */
function frames(panel, target, result) {
  if (target.format !== 'table') {
    return result.map(({ metric, values, value }) => {
      const points = values ?? [value];
      return D.toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: D.FieldType.time, values: points.map(([at]) => at * 1000), config: { interval: values && 1000 * 600 } },
          {
            name: 'Value', type: D.FieldType.number, values: points.map(([, v]) => Number(v)), labels: metric,
            config: { displayNameFromDS: legendOf(target.legendFormat, metric) },
          },
        ],
      });
    });
  }
  if (result.length === 0) return [];
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return [D.toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: D.FieldType.time, values: result.map(({ value }) => value[0] * 1000) },
      ...labels.map((label) => ({ name: label, type: D.FieldType.string, values: result.map(({ metric }) => metric[label] ?? '') })),
      {
        name: panel.targets.length > 1 ? `Value #${target.refId}` : 'Value', type: D.FieldType.number,
        values: result.map(({ value }) => Number(value[1])),
      },
    ],
  })];
}

/** The step of a graph where there is no point: Grafana breaks the line there. */
function withGaps(frame, step) {
  const [time, value] = frame.fields;
  const times = [], values = [];
  time.values.forEach((at, i) => {
    if (i > 0 && at - time.values[i - 1] > 1000 * step) {
      times.push(time.values[i - 1] + 1000 * step);
      values.push(null);
    }
    times.push(at);
    values.push(value.values[i]);
  });
  return { ...frame, length: times.length, fields: [{ ...time, values: times }, { ...value, values }] };
}

async function load(panel, dashboard) {
  const { start, end, step } = span(panel, dashboard);
  const range = { __range: dashboard.time.from.replace('now-', ''), __interval: `${step}s` };
  const answers = await Promise.all(panel.targets.map(async (target) => {
    const query = interpolated(target.expr, range);
    return frames(panel, target, await (target.instant
      ? ask('query', { query, time: String(now) })
      : ask('query_range', { query, start: String(start), end: String(end), step: String(step) })));
  }));
  let data = answers.flat();
  if (panel.type === 'timeseries') data = data.map((frame) => withGaps(frame, step));
  if (panel.transformations?.length) {
    data = await new Promise((resolve, reject) => {
      D.transformDataFrame(panel.transformations, data).subscribe({ next: resolve, error: reject });
    });
  }
  const dressed = D.applyFieldOverrides({ data, fieldConfig: panel.fieldConfig, replaceVariables, theme, timeZone: 'browser' });
  D.cacheFieldDisplayNames(dressed);
  return dressed;
}

/** The marks of a dashboard's graphs: a time, or one after the other that are no more than a step apart, as Grafana joins them. */
async function loadMarks(dashboard) {
  const { from } = span({}, dashboard);
  const answers = await Promise.all((dashboard.annotations?.list ?? []).filter(({ expr, enable }) => expr && enable).map(async (annotation) => {
    const step = seconds(annotation.step);
    const result = await ask('query_range', {
      query: interpolated(annotation.expr), start: String(aligned(from.unix(), step)), end: String(aligned(now, step)), step: String(step),
    });
    const marks = [];
    for (const { values } of result) {
      const last = () => marks.at(-1);
      const before = marks.length;
      for (const [at, value] of values) {
        const time = annotation.useValueForTime ? Math.floor(Number(value)) : 1000 * at;
        if (!annotation.useValueForTime && !(Number(value) > 0)) continue;
        if (marks.length > before && last().end + 1000 * step >= time) last().end = time;
        else marks.push({ time, end: time, color: theme.visualization.getColorByName(annotation.iconColor) });
      }
    }
    return marks;
  }));
  return answers.flat().filter(({ time, end }) => end >= from.valueOf() && time <= 1000 * now);
}

/** Draws marks into a graph: broken lines with a triangle below, and stretches of time with a bar below. */
function drawMarks(plot, marks) {
  const { ctx, bbox: { left, top, width, height } } = plot;
  const line = (x) => {
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
  };
  for (const { time, end, color } of marks) {
    const x = Math.max(left, plot.valToPos(time, 'x', true)), right = Math.min(left + width, plot.valToPos(end, 'x', true));
    ctx.save();
    ctx.lineWidth = 2;
    ctx.setLineDash([5, 5]);
    ctx.strokeStyle = ctx.fillStyle = color;
    line(x);
    if (end > time) {
      line(right);
      ctx.fillRect(x, top + height, right - x, 5);
      ctx.globalAlpha = 0.1;
      ctx.fillRect(x, top, right - x, height);
    } else {
      ctx.beginPath();
      ctx.moveTo(x, top + height);
      ctx.lineTo(x - 5, top + height + 5);
      ctx.lineTo(x + 5, top + height + 5);
      ctx.fill();
    }
    ctx.restore();
  }
}

function Empty({ panel, height }) {
  return <div style={{ textAlign: 'center', paddingTop: height / 2 - 12, color: theme.colors.text.secondary }}>
    {panel.fieldConfig.defaults.noValue ?? 'No data'}
  </div>;
}

function Values({ panel, data, width, height }) {
  const values = D.getFieldDisplayValues({
    data, fieldConfig: panel.fieldConfig, reduceOptions: panel.options.reduceOptions, replaceVariables, theme,
  });
  if (panel.type === 'stat') {
    return <UI.VizRepeater source={values} getValues={() => values} width={width} height={height} orientation="auto" itemSpacing={3}
      minVizWidth={75} renderCounter={1} renderValue={({ value: { display }, width, height, count }) =>
        <UI.BigValue value={display} count={count} width={width} height={height} theme={theme} colorMode={panel.options.colorMode}
          graphMode="none" justifyMode="auto" textMode={panel.options.textMode ?? 'auto'} />} />;
  }
  return <UI.VizRepeater source={values} getValues={() => values} width={width} height={height} orientation="horizontal" itemSpacing={10}
    minVizHeight={panel.options.minVizHeight} maxVizHeight={panel.options.maxVizHeight} renderCounter={1} autoGrid={false} getAlignmentFactors={D.getDisplayValueAlignmentFactors}
    renderValue={({ value: { display, field, view, colIndex }, width, height, alignmentFactors }) =>
      <UI.BarGauge value={display} field={field} display={view?.getFieldDisplayProcessor(colIndex)} width={width} height={height} theme={theme}
        orientation="horizontal" displayMode="basic" itemSpacing={8} lcdCellWidth={12} alignmentFactors={alignmentFactors} text={panel.options.text} namePlacement={panel.options.namePlacement} showUnfilled />} />;
}

function Table({ panel, data, width, height }) {
  if (!data[0]?.length) return <Empty panel={panel} height={height} />;
  return <TableNG data={data[0]} width={width} height={height} sortBy={panel.options.sortBy ?? []} noHeader={false}
    showTypeIcons={false} enableVirtualization={false} structureRev={1} fieldConfig={panel.fieldConfig}
    getActions={() => []} replaceVariables={replaceVariables} />;
}

const marked = new WeakSet();

function Graph({ panel, dashboard, data, marks, width, height }) {
  if (data.length === 0) return <Empty panel={panel} height={height} />;
  const { from, to } = span(panel, dashboard);
  let seriesIndex = 0;
  const coloured = data.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) =>
      field.type === D.FieldType.number ? { ...field, state: { ...field.state, seriesIndex: seriesIndex++ } } : field),
  }));
  return <UI.TimeSeries frames={coloured} structureRev={1} timeRange={{ from, to, raw: { from, to } }} timeZone="browser" width={width}
    height={height} legend={panel.options.legend} theme={theme} options={panel.options} renderers={[]} tweakScale={(s) => s} tweakAxis={(a) => a}>
    {(config) => {
      if (!marked.has(config)) config.addHook('draw', (plot) => drawMarks(plot, marks));
      marked.add(config);
    }}
  </UI.TimeSeries>;
}

const colourOf = (i) => theme.visualization.getColorByName(theme.visualization.palette[i % theme.visualization.palette.length]);
const grey = { fontSize: 12, fill: theme.colors.text.primary, fontFamily: theme.typography.fontFamily };

function Legend({ items }) {
  return <div style={{ height: 24 }}><UI.VizLegend placement="bottom" displayMode="list" items={items.map(([label, color]) => ({ label, color, yAxis: 1 }))} /></div>;
}

/** Bars by the hour, side by side or stacked. */
function Bars({ panel, data, width, height: h }) {
  const frame = data[0];
  if (!frame?.length) return <Empty panel={panel} height={h} />;
  const height = h - 28;
  const hour = frame.fields.find((field) => D.getFieldDisplayName(field) === panel.options.xField);
  const series = frame.fields.filter(({ type }) => type === D.FieldType.number);
  const stacked = panel.options.stacking === 'normal';
  const sums = hour.values.map((_, i) => series.reduce((sum, { values }) => (stacked ? sum + (values[i] ?? 0) : Math.max(sum, values[i] ?? 0)), 0));
  const top = Math.max(...sums) || 1;
  const rough = top / 4, power = 10 ** Math.floor(Math.log10(rough)), tick = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough);
  const left = 64, bottom = 20, plot = height - bottom - 8, slot = (width - left - 8) / hour.values.length;
  const y = (v) => 8 + plot - (v / (Math.ceil(top / tick) * tick)) * plot;
  return <>
    <svg width={width} height={height}>
      {Array.from({ length: Math.ceil(top / tick) + 1 }, (_, i) => i * tick).map((v) => <g key={v}>
        <line x1={left} x2={width} y1={y(v)} y2={y(v)} stroke={theme.colors.border.weak} />
        <text x={left - 6} y={y(v) + 4} textAnchor="end" {...grey}>{D.formattedValueToString(series[0].display(v))}</text>
      </g>)}
      {hour.values.map((text, i) => {
        let base = 0;
        return <g key={text}>
          {series.map(({ values }, s) => {
            const value = values[i] ?? 0;
            const bar = (slot * 0.8) / (stacked ? 1 : series.length);
            const rect = <rect key={s} x={left + i * slot + slot * 0.1 + (stacked ? 0 : s * bar)} width={bar} y={y(base + value)}
              height={y(base) - y(base + value)} fill={colourOf(s)} />;
            if (stacked) base += value;
            return rect;
          })}
          {(slot > 18 || i % 3 === 0) && <text x={left + (i + 0.5) * slot} y={height - 5} textAnchor="middle" {...grey}>
            {D.formattedValueToString(hour.display(text))}</text>}
        </g>;
      })}
    </svg>
    <Legend items={series.map((field, s) => [D.getFieldDisplayName(field, frame), colourOf(s)])} />
  </>;
}

/** A line of coloured stretches for each series; 20 of them, as a page of Grafana's has. */
function States({ panel, dashboard, data, marks, width, height: h }) {
  if (data.length === 0) return <Empty panel={panel} height={h} />;
  const { from, to, step } = span(panel, dashboard);
  const shown = data.slice(0, panel.options.perPage);
  const height = h - 48, left = phone ? 260 : 300, line = height / shown.length;
  const x = (at) => left + ((at - from.valueOf()) / (to.valueOf() - from.valueOf())) * (width - left - 8);
  const states = Object.values(panel.fieldConfig.defaults.mappings[0].options);
  return <>
    <svg width={width} height={h - 24}>
      {shown.map((frame, i) => {
        const [time, value] = frame.fields;
        return <g key={i}>
          <text x={left - 8} y={(i + 0.5) * line + 4} textAnchor="end" {...grey}>{D.getFieldDisplayName(value, frame)}</text>
          {time.values.map((at, k) => <rect key={k} x={x(at)} width={Math.max(0, x(Math.min(at + 1000 * step, to.valueOf())) - x(at) + 0.3)} y={i * line + 2}
            height={line - 4} fill={value.display(value.values[k]).color} fillOpacity={0.7} />)}
        </g>;
      })}
      {marks.map(({ time, color }, i) => <line key={`mark ${i}`} x1={x(Math.max(time, from.valueOf()))} x2={x(Math.max(time, from.valueOf()))} y1={0} y2={height}
        stroke={color} strokeWidth={2} strokeDasharray="5 5" />)}
      {(phone ? [0, 12] : [0, 6, 12, 18, 24]).map((hours) => <text key={hours} x={Math.min(x(from.valueOf() + hours * 3600e3), width - 24)} y={h - 30} textAnchor="middle" {...grey}>
        {D.dateTimeFormat(from.valueOf() + hours * 3600e3, { format: 'HH:mm' })}</text>)}
    </svg>
    <Legend items={states.map(({ text, color }) => [text, theme.visualization.getColorByName(color)])} />
  </>;
}

const kinds = { stat: Values, bargauge: Values, table: Table, timeseries: Graph, barchart: Bars, 'state-timeline': States };

class Catch extends React.Component {
  state = {};
  static getDerivedStateFromError(error) { return { error }; }
  render() { return this.state.error ? <pre style={{ color: 'magenta' }}>{String(this.state.error.stack).slice(0, 500)}</pre> : this.props.children; }
}

function Page({ dashboard, contents, marks }) {
  const column = (width - 32 + 8) / 24;
  let bottom = 0;
  const placed = dashboard.panels.map((panel) => {
    const { x, y, w, h } = panel.gridPos;
    const place = phone
      ? { left: 8, top: bottom, width: width - 16, height: h * 38 - 8 }
      : { left: 16 + x * column, top: y * 38, width: w * column - 8, height: h * 38 - 8 };
    bottom = Math.max(bottom, place.top + place.height + 8);
    return [panel, place];
  });
  return <UI.ThemeContext.Provider value={theme}>
    <UI.GlobalStyles />
    <div style={{ width, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
      <div style={{ padding: '16px 16px 12px', fontSize: 18 }}>{dashboard.title}</div>
      <div style={{ padding: '0 16px 12px', fontSize: 12, color: theme.colors.text.secondary }}>
        {dashboard.templating.list.map(({ label, name, current }) => `${label ?? name}: ${[current.text].flat().join(', ')}`).join(' · ')}
      </div>
      <div style={{ position: 'relative', height: bottom + 16 }}>
        {placed.map(([panel, place]) => <div key={panel.id} style={{ position: 'absolute', ...place }}>
          {panel.type === 'row'
            ? <div data-row style={{ fontSize: 16, fontWeight: 500 }}>{panel.collapsed ? '▸' : '▾'} {panel.title}</div>
            : <UI.PanelChrome title={interpolated(panel.title)} width={place.width} height={place.height}>
              {(w, h) => <Catch>{React.createElement(kinds[panel.type], { panel, dashboard, data: contents.get(panel.id), marks, width: w, height: h })}</Catch>}
            </UI.PanelChrome>}
        </div>)}
      </div>
    </div>
  </UI.ThemeContext.Provider>;
}

/** With ?open, closed rows are drawn as open ones. */
function opened(dashboard) {
  if (!new URLSearchParams(location.search).has('open')) return dashboard;
  let below = 0;
  const panels = dashboard.panels.flatMap((panel) => {
    const moved = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + below } };
    if (!panel.collapsed) return [moved];
    const bottom = Math.max(...panel.panels.map(({ gridPos: { y, h } }) => y + h));
    const inside = panel.panels.map((p) => ({ ...p, gridPos: { ...p.gridPos, y: p.gridPos.y + below } }));
    below += bottom - panel.gridPos.y - 1;
    return [{ ...moved, collapsed: false }, ...inside];
  });
  return { ...dashboard, panels };
}

/** Grafana's font, which graphs need before they are drawn. */
async function loadFont() {
  const faces = Object.entries({ Regular: '400', Medium: '500' }).map(([name, weight]) =>
    new FontFace('Inter', `url(public/fonts/inter/Inter-${name}.woff2)`, { weight }));
  for (const face of await Promise.all(faces.map((face) => face.load()))) document.fonts.add(face);
}

async function draw() {
  await loadFont();
  await initPluginTranslations('grafana');
  const dashboard = opened(await (await fetch(`dashboards/${name}.json`)).json());
  const contents = new Map();
  await Promise.all(dashboard.panels.filter(({ type }) => type !== 'row').map(async (panel) => {
    contents.set(panel.id, await load(panel, dashboard));
  }));
  const marks = await loadMarks(dashboard);
  createRoot(document.getElementById('page')).render(<Page dashboard={dashboard} contents={contents} marks={marks} />);
  await document.fonts.ready;
  setTimeout(() => { document.title = 'drawn'; }, 1500);
}
draw().catch((error) => { document.title = `failed: ${error.stack}`; });
