/**
 * Steps of the work under llama.cpp: each token in turn with the logits its request names, or claimed tokens in one evaluation.
 * The library gives probabilities of the whole vocabulary, or of the candidates that are left by its samplers. A bias lifts the
 * named ids above all others, so that they and the likeliest of the rest are left; differences of logarithms are differences of logits.
 */
import type { ControlledEvaluateInputItem, LlamaContextSequence, LlamaModel, Token } from 'node-llama-cpp';
import { type Chooser, createChooser, type Logits, MOST_CANDIDATES } from '../../sketch/choose.ts';
import { type Pair, pairsAt, pairsNeeded } from '../../sketch/pairs.ts';
import type { SketchProfile } from '../../sketch/sketch-profile.ts';
import { engineError } from '../engine-errors.ts';
import type { EngineRequest, StepsWanted, TokenStep } from '../types.ts';
import { choiceRule } from './choice-rule.ts';
import type { Library } from './library.ts';

/** What the named logits are lifted by. Differences of logits of one position stay below it. */
const LIFT = 40;
/** Smallest probability whose float32 has all its digits. */
const LEAST = 2 ** -126;

/** A token and what is behind it. */
export interface Stepped {
  readonly token: Token;
  readonly step: TokenStep;
}

/** What steps are made with. */
export interface Stepping {
  readonly library: Library;
  readonly model: LlamaModel;
  readonly profile: SketchProfile;
  readonly wanted: StepsWanted;
  readonly request: EngineRequest;
  readonly choice: number;
  /** Once it aborts no more steps come. */
  readonly signal: AbortSignal;
}

type Options = Exclude<ControlledEvaluateInputItem, Token>[1];

/** Asks for the logits of `ids` and of the likeliest others. */
const asking = ({ library, model }: Stepping, ids: ReadonlySet<number>): Options => {
  const tokenBias = library.TokenBias.for(model).set([...ids] as Token[], { logit: LIFT });
  return {
    generateNext: {
      probabilities: true,
      options: { temperature: 1, topK: ids.size + MOST_CANDIDATES, topP: 1, minP: 0, tokenBias },
    },
  };
};

/** The logits of an answer, up to a constant. Throws `ENGINE_FAILED` for what is no number. */
const logitsOf = (
  { model, request }: Stepping,
  probabilities: ReadonlyMap<Token, number> | undefined,
  ids: ReadonlySet<number>,
): Logits => {
  const found = new Map<number, number>();
  for (const [id, probability] of probabilities ?? []) {
    if (Number.isNaN(probability))
      throw engineError('FAILED', { model: request.model, why: 'it computed values that are no numbers' });
    const lifted = ids.has(id) && !model.isEogToken(id);
    found.set(id, Math.log(Math.max(probability, LEAST)) - (lifted ? LIFT : 0));
  }
  if (found.size === 0) throw engineError('FAILED', { model: request.model, why: 'it computed no values' });
  return found;
};

/** An id that is not among what was given lies far below it. */
const differences = (logits: Logits, pairs: readonly Pair[]): readonly number[] => {
  const low = Math.min(...logits.values());
  return pairs.map(([a, b]) => (logits.get(a) ?? low) - (logits.get(b) ?? low));
};

const pairsOf = ({ profile, wanted, choice }: Stepping, position: number, count: number): readonly Pair[] =>
  pairsAt(Buffer.from(wanted.challenge, 'hex'), choice, position, count, profile.live);

/**
 * Has a prompt evaluated batch by batch, so that it can be given up in between; gives the rest of it, at most a batch, and all of it where
 * it was given up.
 */
export const readAhead = async (
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  signal: AbortSignal,
): Promise<readonly Token[]> => {
  const { batchSize } = sequence.context;
  let done = 0;
  for (; prompt.length - done > batchSize && !signal.aborted; done += batchSize)
    await sequence.evaluateWithoutGeneratingNewTokens(prompt.slice(done, done + batchSize));
  return prompt.slice(done);
};

/** Generates token by token. */
export async function* generateSteps(
  stepping: Stepping,
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
): AsyncGenerator<Stepped> {
  const chooser = createChooser(choiceRule(stepping.request, stepping.model, stepping.choice));
  const made: number[] = [];
  const { signal } = stepping;
  let next = await readAhead(sequence, prompt, signal);
  for (let position = 0; !signal.aborted; position++) {
    const pairs = pairsOf(stepping, position, pairsNeeded(stepping.profile.values, position));
    const ids = new Set(pairs.flat());
    const last = next.at(-1) as Token;
    const given = await sequence.controlledEvaluate([...next.slice(0, -1), [last, asking(stepping, ids)]]);
    const logits = logitsOf(stepping, given.at(-1)?.next.probabilities, ids);
    const token = chooser.choose(logits, made) as Token;
    yield { token, step: { token, values: differences(logits, pairs) } };
    made.push(token);
    next = [token];
  }
}

const claimedStep = (
  chooser: Chooser,
  logits: Logits,
  pairs: readonly Pair[],
  made: readonly number[],
  token: number,
): TokenStep => {
  const gap = Math.min(chooser.gap(logits, made, token), Number.MAX_VALUE);
  const values = differences(logits, pairs);
  return gap === 0 ? { token, values } : { token, values, gap };
};

/** An input in parts: after each its evaluation can be given up. */
const batches = (input: readonly ControlledEvaluateInputItem[], size: number): ControlledEvaluateInputItem[][] =>
  Array.from({ length: Math.ceil(input.length / size) }, (_, i) => input.slice(i * size, (i + 1) * size));

/** What the library gives for the positions of an input from `first` on: in one go, or as it would while making them. Undefined: given up. */
const evaluate = async (
  { signal, wanted }: Stepping,
  sequence: LlamaContextSequence,
  input: readonly ControlledEvaluateInputItem[],
  first: number,
): Promise<readonly (ReadonlyMap<Token, number> | undefined)[] | undefined> => {
  const { batchSize } = sequence.context;
  const parts = wanted.stepwise
    ? [...batches(input.slice(0, first + 1), batchSize), ...batches(input.slice(first + 1), 1)]
    : batches(input, batchSize);
  const given = [];
  for (const part of parts) {
    if (signal.aborted) return undefined;
    // What is told ends with the last token of the part that something was asked of.
    const told = await sequence.controlledEvaluate(part);
    given.push(...part.map((_, i) => told[i]));
  }
  return given.slice(first).map((each) => each?.next.probabilities);
};

/** Evaluates claimed tokens. */
export async function* scoreSteps(
  stepping: Stepping,
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  claimed: readonly number[],
): AsyncGenerator<Stepped> {
  if (claimed.length === 0) return;
  const chooser = createChooser(choiceRule(stepping.request, stepping.model, stepping.choice));
  const { values } = stepping.profile;
  // The positions the sketch is made of are known here: as many pairs as fall on one, no more.
  const most = Math.ceil(values / claimed.length);
  const asked = claimed.map((token, position) => {
    const pairs = pairsOf(stepping, position, most);
    return { pairs, ids: new Set([...pairs.flat(), token]) };
  });
  const tokens = [...prompt, ...(claimed.slice(0, -1) as Token[])];
  const first = prompt.length - 1;
  const input = tokens.map((token, i): ControlledEvaluateInputItem => {
    const here = asked[i - first];
    return here ? [token, asking(stepping, here.ids)] : token;
  });
  const given = await evaluate(stepping, sequence, input, first);
  if (!given) return;
  for (const [position, token] of claimed.entries()) {
    const here = asked[position] as (typeof asked)[number];
    const logits = logitsOf(stepping, given[position], here.ids);
    const step = claimedStep(chooser, logits, here.pairs, claimed.slice(0, position), token);
    yield { token: token as Token, step };
  }
}
