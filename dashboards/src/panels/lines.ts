import {
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
import { colourBySeries, dress, type About } from './about';
import { rangeQuery, type Query } from './query';

interface Lines extends About {
  queries: Query[];
  stacked?: boolean;
}

/** Figures over time. Where there are none the line breaks: a gap is shown as a gap. */
export function lines(about: Lines): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 8)
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
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    );
  about.queries.forEach((q, i) => panel.withTarget(rangeQuery(q, i)));
  return panel;
}

/** Figures that change in steps within the day and begin anew at midnight: nothing is drawn between two of them that was not there. */
export function steps(about: Lines): PanelBuilder {
  return lines(about).lineInterpolation(LineInterpolation.StepAfter);
}

/**
 * Figures of whole days, over the last 30. A day's figure is served during the next day (of `settled`: two days later) and stands
 * there as a step.
 */
export function days(about: Lines): PanelBuilder {
  return steps(about).timeFrom('30d').interval('1h');
}
