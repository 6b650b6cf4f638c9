import {
  BarGaugeDisplayMode,
  BarGaugeNamePlacement,
  BarGaugeSizing,
  BarGaugeValueMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTextDisplayOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as BarChartBuilder } from '@grafana/grafana-foundation-sdk/barchart';
import { PanelBuilder as BarGaugeBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import { absent, colourBySeries, colourByThreshold, dress, type About } from './about';
import { instantQuery, tableQuery, type Query } from './query';
import { say } from '../words';
import { merged, type ValueColumn } from './table';

/** Values side by side, one bar a series. */
export function bars(about: About & { queries: Query[]; longNames?: boolean }): BarGaugeBuilder {
  const panel = dress(new BarGaugeBuilder(), about, 8)
    .colorScheme(colourByThreshold)
    .mappings(absent(about))
    .orientation(VizOrientation.Horizontal)
    .displayMode(BarGaugeDisplayMode.Basic)
    .valueMode(BarGaugeValueMode.Color)
    .showUnfilled(true)
    // Two bars are no higher than ten.
    .sizing(BarGaugeSizing.Manual)
    .minVizHeight(16)
    .maxVizHeight(60)
    .namePlacement(about.longNames ? BarGaugeNamePlacement.Top : BarGaugeNamePlacement.Auto)
    // Few bars would get letters that fill them; larger ones would not fit where Grafana puts the names of many.
    .text(new VizTextDisplayOptionsBuilder().titleSize(12).valueSize(about.longNames ? 14 : 18))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''));
  about.queries.forEach((q, i) => panel.withTarget(instantQuery(q, i)));
  return panel;
}

/** A day by its hours, in the order of the label `hour`; each query is one row of bars and keeps that label alone. */
export function hours(about: About & { values: ValueColumn[]; stacked?: boolean }): BarChartBuilder {
  const panel = dress(new BarChartBuilder(), about, 10)
    .colorScheme(colourBySeries)
    .xField(say('Hour'))
    .orientation(VizOrientation.Vertical)
    .stacking(about.stacked ? StackingMode.Normal : StackingMode.None)
    .showValue(VisibilityMode.Never)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .legend(
      new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]),
    )
    .transformations([
      ...merged({ labels: [{ label: 'hour', name: 'Hour' }], values: about.values }),
      { id: 'sortBy', options: { fields: {}, sort: [{ field: say('Hour') }] } },
    ]);
  // The hours are names, not values of the panel's unit.
  panel.overrideByName(say('Hour'), [{ id: 'unit', value: 'string' }]);
  about.values.forEach(({ expr }, i) => panel.withTarget(tableQuery({ expr }, i)));
  return panel;
}
