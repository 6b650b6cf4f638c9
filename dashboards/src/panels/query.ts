// What is asked of Prometheus.
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** The Prometheus that the reader chose. */
export const datasource: DataSourceRef = { type: 'prometheus', uid: '${datasource}' };

/** A query and what to call its series. */
export interface Query {
  expr: string;
  legend?: string;
}

/** A, B, C … */
export function refId(i: number): string {
  return String.fromCharCode(65 + i);
}

function query(q: Query, i: number): DataqueryBuilder {
  const target = new DataqueryBuilder().refId(refId(i)).datasource(datasource).expr(q.expr);
  return q.legend === undefined ? target : target.legendFormat(q.legend);
}

export const rangeQuery = (q: Query, i: number): DataqueryBuilder => query(q, i).range().format(PromQueryFormat.TimeSeries);
export const instantQuery = (q: Query, i: number): DataqueryBuilder => query(q, i).instant().format(PromQueryFormat.TimeSeries);
export const tableQuery = (q: Query, i: number): DataqueryBuilder => query(q, i).instant().format(PromQueryFormat.Table);
