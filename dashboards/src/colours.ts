// Colours that judge. Grey and blue say nothing; whatever turns red says in its description why.
import { ThresholdsConfigBuilder, ThresholdsMode, type Threshold } from '@grafana/grafana-foundation-sdk/dashboard';

export type Colour = 'text' | 'blue' | 'green' | 'orange' | 'red' | 'transparent';

/** From which value on which colour holds; `base` holds below the first. */
export interface Judgement {
  base: Colour;
  from?: [number, Colour][];
}

/** Grafana would paint 80 and more red where a panel has no thresholds, so every panel gets some. */
export const neutral: Judgement = { base: 'text' };

/** Any at all is a failure. */
export const redFromOne: Judgement = { base: 'green', from: [[1, 'red']] };

/** Any at all is worth a look. */
export const orangeFromOne: Judgement = { base: 'green', from: [[1, 'orange']] };

/** What is left of something, 0–1. The first step lies just above 0: what rounds to nothing is nothing. */
export const left: Judgement = { base: 'red', from: [[0.0001, 'orange'], [0.1, 'green']] };

export function steps({ base, from = [] }: Judgement): Threshold[] {
  return [{ value: null, color: base }, ...from.map(([value, color]) => ({ value, color }))];
}

export function thresholds(judgement: Judgement): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(judgement));
}
