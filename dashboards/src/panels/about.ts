// What every panel says of itself.
import type { DataSourceRef } from '@grafana/grafana-foundation-sdk/common';
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  type ThresholdsConfig,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { neutral, thresholds, type Colour, type Judgement } from '../colours';
import { language, say, type Text } from '../words';
import { datasource } from './query';

/** Grafana shortens large counts to "Mil" and "Bil", which are English words, or to the letters of SI. */
export const inLanguage = (unit: string): string => (unit === 'short' && language !== 'en' ? 'sishort' : unit);

export interface About {
  title: Text;
  /** One text, or several after each other. */
  description: Text | readonly Text[];
  unit: string;
  /** Of 24 columns. The widths of a line add up to 24. */
  width: number;
  height?: number;
  decimals?: number;
  min?: number;
  max?: number;
  judgement?: Judgement;
  /** The text shown where there is no series, if another one than "no values". */
  noValue?: Text;
}

// The SDK makes a builder class of its own for each kind of panel, without a common ancestor.
interface PanelBuilder {
  title(v: string): unknown;
  description(v: string): unknown;
  datasource(v: DataSourceRef): unknown;
  unit(v: string): unknown;
  decimals(v: number): unknown;
  min(v: number): unknown;
  max(v: number): unknown;
  span(v: number): unknown;
  height(v: number): unknown;
  noValue(v: string): unknown;
  thresholds(v: Builder<ThresholdsConfig>): unknown;
  colorScheme(v: FieldColorBuilder): unknown;
  withTarget(v: Builder<Dataquery>): unknown;
}

export function dress<P extends PanelBuilder>(panel: P, about: About, height: number): P {
  panel.title(say(about.title));
  panel.description(say(...[about.description].flat()));
  panel.datasource(datasource);
  panel.unit(inLanguage(about.unit));
  panel.span(about.width);
  panel.height(about.height ?? height);
  panel.thresholds(thresholds(about.judgement ?? neutral));
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  if (about.min !== undefined) panel.min(about.min);
  if (about.max !== undefined) panel.max(about.max);
  panel.noValue(say(about.noValue ?? 'no values'));
  return panel;
}

/**
 * Returns the mapping of a value that is not there. Grafana takes the colour below the first threshold otherwise, so that
 * no answer at all would look like the best one. Its colour says nothing: that of the page behind a value, else that of texts.
 */
export function absent({ noValue: text = '–' }: Pick<About, 'noValue'>, color: Colour = 'text'): ValueMapping[] {
  return [{ type: MappingType.SpecialValue, options: { match: SpecialValueMatch.NullAndNan, result: { text: say(text), color } } }];
}

/** The unit of an age or another long time in seconds. Grafana has words for it in English only: Chinese pages get "2 d 01:00:05". */
export const longTime = language === 'en' ? 'dtdurations' : 'dtdhms';

// Grafana's own units of time and of rates have English words, too, and its axes in minutes have odd steps.
export const unitSeconds = language === 'en' ? 'suffix:s' : 'suffix:秒';
export const unitHours = language === 'en' ? 'suffix:h' : 'suffix:小时';
export const unitMinutes = language === 'en' ? 'suffix:min' : 'suffix:分钟';
export const unitPerMinute = language === 'en' ? 'reqpm' : 'suffix:次/分';

export const colourByThreshold = new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
export const colourBySeries = new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic);
