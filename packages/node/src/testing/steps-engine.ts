/** A model by formula whose answers are checked by their values: what a language model shows to checks, in no time and without weights. */

import type { Engine, EngineEvent, TokenStep } from '../engine/types.ts';
import { pairsNeeded } from '../sketch/pairs.ts';
import { profileName, type SketchProfile, sketchProfile } from '../sketch/sketch-profile.ts';

/** Name of the model. */
export const FORMULA = 'formula';

/** Its profile. */
export const formulaProfile: SketchProfile = sketchProfile.parse({
  kind: 'sketch/1',
  model: FORMULA,
  ...{ weights: 'a'.repeat(64), tokenizer: 'b'.repeat(64), template: 'c'.repeat(64) },
  ...{ context: 512, kv: 'f16', live: Array.from({ length: 64 }, (_, id) => id) },
  ...{ values: 64, step: 0.01, low_bits: 2, corrects: 8, degree: 8 },
  ...{ gap: 0.1, juror: 0.002, attester: 0.003, cap: 0.08, least_values: 50 },
});

/** How its values are computed: another `weights` is another model, another `noise` another machine. */
export interface Formula {
  readonly weights: number;
  readonly noise: number;
}

const WORDS = ['one ', 'two ', 'three ', 'four ', 'five ', 'six ', 'seven ', 'eight.'];

const logitDifference = ({ weights, noise }: Formula, seed: number, position: number, pair: number): number =>
  9 * Math.sin(weights + seed + position * 101 + pair * 7) + noise * 0.0002 * Math.sin(position * 3 + pair * 5 + noise);

const stepOf = (formula: Formula, challenge: string, position: number): TokenStep => ({
  token: position,
  values: Array.from({ length: pairsNeeded(formulaProfile.values, position) }, (_, pair) =>
    logitDifference(formula, Number.parseInt(challenge.slice(0, 8), 16) / 2 ** 20, position, pair),
  ),
});

/** The model, as `formula` says at the moment of each request: of an answer it makes, or of claimed tokens in one go or stepwise. */
export const formulaEngine = (formula: (claimed: boolean, stepwise: boolean) => Formula): Engine => ({
  id: FORMULA,
  models: async () => [
    {
      name: FORMULA,
      roles: [0],
      contextLength: 512,
      tokenizer: null,
      profile: profileName(formulaProfile),
      sketch: formulaProfile,
      imagePartUnits: 0n,
    },
  ],
  measure: async () => ({ prompt: 3n, exact: true }),
  run: async function* ({ steps }): AsyncGenerator<EngineEvent> {
    for (const [position, content] of WORDS.entries())
      yield {
        type: 'delta',
        choice: 0,
        content,
        units: 1,
        ...(steps
          ? {
              steps: [stepOf(formula(steps.claimed !== undefined, steps.stepwise ?? false), steps.challenge, position)],
            }
          : {}),
      };
    yield { type: 'finish', choice: 0, reason: 'stop', ...(steps?.claimed ? { whole: true } : {}) };
    yield { type: 'usage', prompt: 3n, completion: BigInt(WORDS.length) };
  },
  health: async () => ({ healthy: true, detail: FORMULA }),
  close: async () => undefined,
});
