// The frame that all dashboards share: how they are named, found, linked and filtered.
// If the compiler reports TS2322 ("… is not assignable to type") for a text, add the text to dictionary.ts.
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
  type AnnotationQuery,
  type DashboardLink,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { datasource } from './panels/query';
import { dayStart } from './promql';
import { language, say, type Text } from './words';

/** The dashboards in the order of their links. A uid is an address that people keep: it never changes. A vendor's ends in its label. */
export const catalogue = {
  overview: { uid: 'engage-overview', title: 'Overview' },
  trends: { uid: 'engage-trends', title: 'Trends' },
  getui: { uid: 'engage-getui', title: 'GeTui' },
  polyv: { uid: 'engage-polyv', title: 'Polyv' },
  adspect: { uid: 'engage-adspect', title: 'Adspect' },
  sensorsdata: { uid: 'engage-sensorsdata', title: 'Sensors Data' },
  quanshi: { uid: 'engage-quanshi', title: 'Quanshi' },
  exporter: { uid: 'engage-exporter', title: 'Exporter' },
} as const satisfies Record<string, { uid: string; title: Text }>;

export type Name = keyof typeof catalogue;

/** The addresses of another language are others, so that both can be in one Grafana. */
const prefix = language === 'en' ? 'engage' : `engage-${language}`;
const uid = (name: Name): string => catalogue[name].uid.replace('engage', prefix);
const title = (name: Name): string => `Engage / ${say(catalogue[name].title)}`;

/** The address of the dashboard of a table line's vendor and account, with the time range and the datasource kept. */
export const vendorUrl = `/d/${prefix}-\${__data.fields.vendor}?\${datasource:queryparam}&var-account=\${__data.fields.account}&\${__url_time_range}`;

/** The address of what Exporter shows of the chosen accounts, at one vendor or at all, with the time range and the datasource kept. */
export const exporterUrl = (vendor = '$__all'): string =>
  `/d/${uid('exporter')}?\${datasource:queryparam}&var-vendor=${vendor}&\${account:queryparam}&\${__url_time_range}`;

/**
 * An empty dashboard; `which` selects the series of engage_endpoint_up whose accounts can be chosen, and may speak of the variables
 * `before`.
 */
export function board(name: Name, description: Text, which = '', ...before: QueryVariableBuilder[]): DashboardBuilder {
  const dashboard = new DashboardBuilder(title(name))
    .uid(uid(name))
    .description(say(description))
    .tags(['engage', name])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    // What is wrong should be seen soon. Vendors are read every five minutes or less often, but for GeTui's quotas.
    .refresh(['overview', 'exporter'].includes(name) ? '1m' : '5m')
    .links((Object.keys(catalogue) as Name[]).filter((other) => other !== name).map((other) => link(other, name)))
    .withVariable(
      new DatasourceVariableBuilder('datasource')
        .label(say('Data source'))
        .type('prometheus')
        .current({ selected: true, text: 'default', value: 'default' }),
    );
  before.forEach((v) => dashboard.withVariable(v));
  return dashboard.withVariable(variable('account', 'Account', `label_values(engage_endpoint_up${which}, account)`));
}

/** Adds a row with its panels from left to right. */
export function row(dashboard: DashboardBuilder, title: Text, ...panels: Builder<Panel>[]): void {
  dashboard.withRow(new RowBuilder(say(title)));
  panels.forEach((panel) => dashboard.withPanel(panel));
}

/** Adds a row that is closed at first: its panels ask nothing until it is opened. */
export function closedRow(dashboard: DashboardBuilder, title: Text, ...panels: Builder<Panel>[]): void {
  const closed = new RowBuilder(say(title)).collapsed(true);
  panels.forEach((panel) => closed.withPanel(panel));
  dashboard.withRow(closed);
}

/** A variable with any number of a query's values; all of them unless others are chosen. */
export function variable(name: string, label: Text, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(say(label))
    .datasource(datasource)
    .query(query)
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    // A regular expression of a thousand names would not fit into every proxy's idea of an address.
    .allValue('.+')
    // What a link brings from another vendor's dashboard is no account here: back to all.
    .allowCustomValue(false)
    .current({ selected: true, text: [say('All')], value: ['$__all'] });
}

interface Mark {
  name: Text;
  title: Text;
  text: string;
  color: string;
  expr: string;
  /** Whether the values are times, in milliseconds, at which the marks stand. */
  times: boolean;
}

function mark({ name, title, text, color, expr, times }: Mark): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder()
    .name(say(name))
    .datasource(datasource)
    .enable(true)
    .iconColor(color)
    .expr(expr)
    .step(times ? '10m' : '1m')
    .titleFormat(say(title))
    .textFormat(text)
    .useValueForTime(times);
}

/** Marks where the days of a vendor's accounts begin: there, all values of `today` begin anew. */
export const midnights = (vendor: string): Builder<AnnotationQuery> =>
  mark({
    name: 'Midnight',
    title: 'A new day',
    text: '{{account}}',
    color: 'blue',
    expr: `1000 * ${dayStart(vendor, 'today')}`,
    times: true,
  });

/** Marks of an exporter's life, beside which a change of its values is no wonder. */
export const exporterMarks: Builder<AnnotationQuery>[] = [
  mark({
    name: 'Exporter start',
    title: 'The exporter started',
    text: '{{instance}}',
    color: 'purple',
    expr: '1000 * max by (job, instance) (process_start_time_seconds and on (job, instance) engage_exporter_build_info)',
    times: true,
  }),
  mark({
    name: 'Reload',
    title: 'The configuration was loaded',
    text: '{{instance}}',
    color: 'yellow',
    expr: '1000 * max by (job, instance) (engage_config_last_reload_success_timestamp_seconds)',
    times: true,
  }),
];

/** Marks the time in which a push quota is used up. */
export const quotaMarks: Builder<AnnotationQuery> = mark({
  name: 'Quota used up',
  title: 'A push quota is used up',
  text: '{{account}} {{channel}} {{kind}}',
  color: 'red',
  expr: 'max by (account, channel, kind) (getui_push_quota_exhausted{account=~"$account"}) == 1',
  times: false,
});

function link(name: Name, from: Name): Builder<DashboardLink> {
  const { placement: _, ...shown } = new DashboardLinkBuilder(say(catalogue[name].title))
    .url(`/d/${uid(name)}`)
    .icon('dashboard')
    .tooltip(`${title(name)} (${say('same accounts')})`)
    // The trends are of thirty days, whatever the others show.
    .keepTime(![name, from].includes('trends'))
    .includeVars(true)
    .build();
  // The SDK would move the links into a menu.
  return { build: () => shown };
}
