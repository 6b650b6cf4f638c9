import {
  LegendDisplayMode,
  LegendPlacement,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import type { Colour } from '../colours';
import { say, type Text } from '../words';
import { colourBySeries, dress, type About } from './about';
import { rangeQuery, type Query } from './query';

/** Texts and colours of values. */
export function mapping(texts: Record<number, readonly [Text, Colour]>): ValueMapping[] {
  const options = Object.fromEntries(
    Object.entries(texts).map(([value, [text, color]], index) => [value, { text: say(text), color, index }]),
  );
  return [{ type: MappingType.ValueToText, options }];
}

/** States over time, one line a series. */
export function states(about: About & { queries: Query[]; texts: Record<number, readonly [Text, Colour]> }): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 8)
    // By thresholds, equal neighbours would be merged by them, and the mappings' colours lost.
    .colorScheme(colourBySeries)
    .mappings(mapping(about.texts))
    .mergeValues(true)
    .showValue(VisibilityMode.Never)
    .spanNulls(false)
    .perPage(20)
    // All endpoints are asked for, at each step.
    .interval('2m')
    .fillOpacity(70)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Single))
    .legend(
      new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true).calcs([]),
    );
  about.queries.forEach((q, i) => panel.withTarget(rangeQuery(q, i)));
  return panel;
}
