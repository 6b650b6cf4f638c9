// The frame that all dashboards share: how they are named, found, linked and filtered.
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

/** The dashboards in the order of their links. A uid is an address that people keep: it never changes. A vendor's ends in its label. */
export const catalogue = {
  overview: { uid: 'engage-overview', title: 'Overview' },
  getui: { uid: 'engage-getui', title: 'GeTui' },
  polyv: { uid: 'engage-polyv', title: 'Polyv' },
  adspect: { uid: 'engage-adspect', title: 'Adspect' },
  sensorsdata: { uid: 'engage-sensorsdata', title: 'Sensors Data' },
  quanshi: { uid: 'engage-quanshi', title: 'Quanshi' },
  exporter: { uid: 'engage-exporter', title: 'Exporter' },
} as const;

export type Name = keyof typeof catalogue;

/** The address of the dashboard of a table line's vendor and account, with the time range and the datasource kept. */
export const vendorUrl = '/d/engage-${__data.fields.vendor}?${datasource:queryparam}&var-account=${__data.fields.account}&${__url_time_range}';

/**
 * An empty dashboard; `which` selects the series of engage_endpoint_up whose accounts can be chosen, and may speak of the variables
 * `before`.
 */
export function board(name: Name, description: string, which = '', ...before: QueryVariableBuilder[]): DashboardBuilder {
  const dashboard = new DashboardBuilder(`Engage / ${catalogue[name].title}`)
    .uid(catalogue[name].uid)
    .description(description)
    .tags(['engage', name])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .links((Object.keys(catalogue) as Name[]).filter((other) => other !== name).map(link))
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus').current({ selected: true, text: 'default', value: 'default' }));
  before.forEach((v) => dashboard.withVariable(v));
  return dashboard.withVariable(variable('account', 'Account', `label_values(engage_endpoint_up${which}, account)`));
}

/** Adds rows, in their order, with their panels from left to right. */
export function fill(dashboard: DashboardBuilder, rows: Record<string, Builder<Panel>[]>): DashboardBuilder {
  for (const [title, panels] of Object.entries(rows)) {
    dashboard.withRow(new RowBuilder(title));
    panels.forEach((panel) => dashboard.withPanel(panel));
  }
  return dashboard;
}

/** A variable with any number of a query's values; all of them unless others are chosen. */
export function variable(name: string, label: string, query: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
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
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

/** Marks where the days of a vendor's accounts begin: there, all figures of `today` begin anew. */
export function midnights(vendor: string): Builder<AnnotationQuery> {
  return new AnnotationQueryBuilder()
    .name('Midnight')
    .datasource(datasource)
    .enable(true)
    .iconColor('blue')
    .expr(`1000 * ${dayStart(vendor, 'today')}`)
    .step('10m')
    .titleFormat('A new day')
    .textFormat('{{account}}')
    .useValueForTime(true);
}

function link(name: Name): Builder<DashboardLink> {
  const { placement: _, ...shown } = new DashboardLinkBuilder(catalogue[name].title)
    .url(`/d/${catalogue[name].uid}`)
    .icon('dashboard')
    .tooltip(`Engage / ${catalogue[name].title}, same time and accounts`)
    .keepTime(true)
    .includeVars(true)
    .build();
  // The SDK would move the links into a menu.
  return { build: () => shown };
}
