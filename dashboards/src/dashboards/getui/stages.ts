// A push goes through stages; every report of GeTui counts the messages that reached each.
import { accountLabel } from '../../health';
import type { LabelColumn, ValueColumn } from '../../panels/table';
import { latest, ratio } from '../../promql';

export const stages = [
  ['deliverable', 'Deliverable'],
  ['sent', 'Sent'],
  ['received', 'Received'],
  ['displayed', 'Displayed'],
  ['clicked', 'Clicked'],
] as const;

/** A phone shows what was pushed, this, and the delivery rate. */
export const pushAccount: LabelColumn = { ...accountLabel, width: 100 };

/** The columns of a kind of push, by the labels that it has: first the parts that say how it went, then the counts. */
export function stageColumns(push: string, ...by: string[]): ValueColumn[] {
  const stage = (name: string) => latest(`getui_${push}_${name}`, ...by);
  return [
    { name: 'Delivery rate', expr: ratio(stage('received'), stage('sent')), unit: 'percentunit', decimals: 1 },
    { name: 'Click rate', expr: ratio(stage('clicked'), stage('received')), unit: 'percentunit', decimals: 2 },
    ...stages.map(([name, title]) => ({ name: title, expr: stage(name), width: 105 })),
  ];
}
