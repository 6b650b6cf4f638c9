import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  ReduceDataOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import type { ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { absent, colourByThreshold, dress, type About } from './about';
import { instantQuery, type Query } from './query';

interface Stat extends About {
  queries: Query[];
  /** Values that are no counts. */
  texts?: ValueMapping[];
}

/** Values as they are now, without a judgement unless one is set: a query of now, for the last point of a range may be long gone. */
export function stat(about: Stat): PanelBuilder {
  return shown(about, about.judgement === undefined ? BigValueColorMode.None : BigValueColorMode.Value);
}

/** A value that says by its background whether something is wrong. */
export function verdict(about: Stat & Required<Pick<About, 'judgement' | 'noValue'>>): PanelBuilder {
  return shown(about, BigValueColorMode.Background);
}

/** Texts that stand in the legends. */
export function names(about: Stat): PanelBuilder {
  return shown(about, BigValueColorMode.None).textMode(BigValueTextMode.Name);
}

function shown(about: Stat, color: BigValueColorMode): PanelBuilder {
  const panel = dress(new PanelBuilder(), about, 3)
    .graphMode(BigValueGraphMode.None)
    .colorMode(color)
    .colorScheme(colourByThreshold)
    .mappings([...(about.texts ?? []), ...absent(about, color === BigValueColorMode.Background ? 'transparent' : 'text')])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false).fields(''));
  about.queries.forEach((q, i) => panel.withTarget(instantQuery(q, i)));
  return panel;
}
