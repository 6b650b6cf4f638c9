import {
  BarAlignment,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  LineInterpolation,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import { say } from '../words';
import { colourBySeries, dress, type About } from './about';
import { rangeQuery, type Query } from './query';

interface Lines extends About {
  queries: Query[];
  stacked?: boolean;
  /** The legend begins with the lowest line, and has the smallest values: where less is worse. */
  lowestFirst?: boolean;
}

/** Values over time. Where there are none the line breaks: a gap is shown as a gap. */
export function lines(about: Lines): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 10)
    .colorScheme(colourBySeries)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(LineInterpolation.Linear)
    .lineWidth(1)
    .fillOpacity(about.stacked ? 30 : 0)
    .spanNulls(false)
    .showPoints(VisibilityMode.Auto)
    .stacking(new StackingConfigBuilder().mode(about.stacked ? StackingMode.Normal : StackingMode.None).group('A'))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(about.judgement ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .sortBy('Last *')
        .sortDesc(!about.lowestFirst)
        .calcs(['lastNotNull', about.lowestFirst ? 'min' : 'max']),
    );
  // No colour that a series could have, and the same one in all graphs.
  if (about.stacked) panel.overrideByName(say('others'), [{ id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: '#8e8e8e' } }]);
  about.queries.forEach((q, i) => panel.withTarget(rangeQuery(q, i)));
  return panel;
}

/** Values that change in steps within the day and begin anew at midnight: no line leads from one to the next. */
export function steps(about: Lines): PanelBuilder {
  return lines(about).lineInterpolation(LineInterpolation.StepAfter);
}

/** Values of whole days, each as a bar that begins where its day begins. */
export function days(about: Lines): PanelBuilder {
  return lines(about)
    .interval('1d')
    .drawStyle(GraphDrawStyle.Bars)
    .barAlignment(BarAlignment.After)
    .barWidthFactor(0.8)
    .fillOpacity(70)
    .lineWidth(0)
    .showPoints(VisibilityMode.Never);
}

/** Values of whole days that cannot be stacked: a point where the day begins. */
export function dayPoints(about: Lines): PanelBuilder {
  return lines(about).interval('1d').showPoints(VisibilityMode.Always).pointSize(6);
}
