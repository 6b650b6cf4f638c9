// A push goes through stages; every report of GeTui counts the messages that reached each.
import type { ValueColumn } from '../../panels/table';
import { latest, ratio } from '../../promql';

export const stages = ['deliverable', 'sent', 'received', 'displayed', 'clicked'] as const;

/** The figures of a kind of push, by the labels it has, with the parts that tell how it went. */
export function stageColumns(push: string, ...by: string[]): ValueColumn[] {
  const stage = (name: string) => latest(`getui_${push}_${name}`, ...by);
  return [
    ...stages.map((name) => ({ name: name.charAt(0).toUpperCase() + name.slice(1), expr: stage(name) })),
    { name: 'Received of sent', expr: ratio(stage('received'), stage('sent')), unit: 'percentunit', decimals: 1 },
    { name: 'Clicked of received', expr: ratio(stage('clicked'), stage('received')), unit: 'percentunit', decimals: 2 },
  ];
}
