/** Steps from a server that tells logits: of claimed tokens, or token by token. */
import { type ChoiceRule, createChooser } from '../../sketch/choose.ts';
import { type Pair, pairsAt, pairsNeeded } from '../../sketch/pairs.ts';
import type { SketchProfile } from '../../sketch/sketch-profile.ts';
import type { TokenStep } from '../types.ts';
import type { LogitQuestion, LogitSource, PositionLogits } from './types.ts';

/** What is to be evaluated. */
export interface SourceClaim {
  readonly profile: SketchProfile;
  /** Hash of the request. 32 bytes. */
  readonly challenge: Uint8Array;
  readonly choice: number;
  readonly prompt: readonly number[];
  readonly claimed: readonly number[];
  /** Asks for one token after another, as for an answer that is made. */
  readonly stepwise?: boolean;
  readonly rule: ChoiceRule;
  readonly signal: AbortSignal;
}

/** What is to be generated; without a profile no values are told. */
export type SourceWork = Omit<SourceClaim, 'claimed' | 'profile' | 'stepwise'> & {
  readonly profile: SketchProfile | undefined;
};

const difference = (logits: PositionLogits, [a, b]: Pair): number =>
  (logits.get(a) as number) - (logits.get(b) as number);

/** Generates token by token, without an end of its own. Throws what the source throws. */
export async function* generateBySource(source: LogitSource, p: SourceWork): AsyncGenerator<TokenStep> {
  const { profile, challenge, choice, prompt, rule, signal } = p;
  const chooser = createChooser(rule);
  const made: number[] = [];
  for (let position = 0; ; position++) {
    const pairs = profile
      ? pairsAt(challenge, choice, position, pairsNeeded(profile.values, position), profile.live)
      : [];
    const logits = await source.next({ ids: [...prompt, ...made], named: [...new Set(pairs.flat())], signal });
    const token = chooser.choose(logits, made);
    yield { token, values: pairs.map((pair) => difference(logits, pair)) };
    made.push(token);
  }
}

const askStepwise = async (
  source: LogitSource,
  { prompt, claimed, named, signal }: LogitQuestion,
): Promise<readonly PositionLogits[]> => {
  const positions: PositionLogits[] = [];
  for (const [i, ids] of named.entries())
    positions.push(await source.next({ ids: [...prompt, ...claimed.slice(0, i)], named: ids, signal }));
  return positions;
};

/** Evaluates claimed tokens by a server. Throws what the source throws. */
export const scoreBySource = async (source: LogitSource, p: SourceClaim): Promise<readonly TokenStep[]> => {
  const { profile, challenge, choice, prompt, claimed, rule, signal } = p;
  if (claimed.length === 0) return [];
  const most = Math.ceil(profile.values / claimed.length);
  const pairs = claimed.map((_, position) => pairsAt(challenge, choice, position, most, profile.live));
  const named = pairs.map((each, i) => [...new Set([...each.flat(), claimed[i] as number])]);
  const question = { prompt, claimed, named, signal };
  const positions = await (p.stepwise ? askStepwise(source, question) : source.score(question));
  const chooser = createChooser(rule);
  return claimed.map((token, i) => {
    const logits = positions[i] as PositionLogits;
    const values = (pairs[i] ?? []).map((pair) => difference(logits, pair));
    const gap = Math.min(chooser.gap(logits, claimed.slice(0, i), token), Number.MAX_VALUE);
    return gap === 0 ? { token, values } : { token, values, gap };
  });
};
