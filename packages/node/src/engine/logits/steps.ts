/** Steps of claimed tokens from a server that tells logits. */
import { type ChoiceRule, createChooser } from '../../sketch/choose.ts';
import { pairsAt } from '../../sketch/pairs.ts';
import type { SketchProfile } from '../../sketch/profile.ts';
import type { TokenStep } from '../types.ts';
import type { LogitSource } from './types.ts';

/** What is to be evaluated. */
export interface SourceClaim {
  readonly profile: SketchProfile;
  /** Hash of the request. 32 bytes. */
  readonly challenge: Uint8Array;
  readonly choice: number;
  readonly prompt: readonly number[];
  readonly claimed: readonly number[];
  readonly rule: ChoiceRule;
  readonly signal: AbortSignal;
}

/** Evaluates claimed tokens by a server. Throws what the source throws. */
export const scoreBySource = async (source: LogitSource, p: SourceClaim): Promise<readonly TokenStep[]> => {
  const { profile, challenge, choice, prompt, claimed, rule, signal } = p;
  if (claimed.length === 0) return [];
  const most = Math.ceil(profile.values / claimed.length);
  const pairs = claimed.map((_, position) => pairsAt(challenge, choice, position, most, profile.live));
  const named = pairs.map((each, i) => [...new Set([...each.flat(), claimed[i] as number])]);
  const positions = await source.score({ prompt, claimed, named, signal });
  const chooser = createChooser(rule);
  return claimed.map((token, i) => {
    const logits = positions[i] as ReadonlyMap<number, number>;
    const values = (pairs[i] ?? []).map(([a, b]) => (logits.get(a) as number) - (logits.get(b) as number));
    const gap = Math.min(chooser.gap(logits, claimed.slice(0, i), token), Number.MAX_VALUE);
    return gap === 0 ? { token, values } : { token, values, gap };
  });
};
