/** Logits of claimed tokens from a server of the checker's own, by the fields each kind of server has for them. */
import { isAtomaError } from '@atoma/base';
import { MOST_CANDIDATES } from '../../sketch/choose.ts';
import { engineError } from '../engine-errors.ts';
import { isRecord, type Json } from '../upstream/json.ts';

/** Claimed tokens behind a prompt, and what is wanted in front of each. */
export interface LogitQuestion {
  /** Ids, as the server's own tokenizer gives them. */
  readonly prompt: readonly number[];
  readonly claimed: readonly number[];
  /** Ids whose logits are wanted, by position. */
  readonly named: readonly (readonly number[])[];
  readonly signal: AbortSignal;
}

/** What is wanted behind ids. */
export interface NextQuestion {
  readonly ids: readonly number[];
  /** Ids whose logits are wanted besides those of the likeliest. */
  readonly named: readonly number[];
  readonly signal: AbortSignal;
}

/** Logits by id, each position up to a constant of its own: differences of log-probabilities are differences of logits. */
export type PositionLogits = ReadonlyMap<number, number>;

/** How one kind of server is asked: what it told by position, whether or not that is all that was wanted. */
export interface LogitAdapter {
  readonly score: (question: LogitQuestion) => Promise<readonly PositionLogits[]>;
  readonly next: (question: NextQuestion) => Promise<PositionLogits>;
}

/** A server that tells logits. */
export interface LogitSource extends LogitAdapter {
  readonly kind: LogitServer;
  /** One map for each claimed token, with at least the named ids. Throws `ENGINE_FAILED`, `ENGINE_UNAVAILABLE`. */
  readonly score: (question: LogitQuestion) => Promise<readonly PositionLogits[]>;
  /** What comes next: at least the named ids and the likeliest that may be chosen. Throws the same. */
  readonly next: (question: NextQuestion) => Promise<PositionLogits>;
}

/** Kinds of servers. Ollama is none: it tells no ids of tokens, so nobody can hold its answers against a model's values. */
export type LogitServer = (typeof logitServers)[number];

/** Their names. */
export const logitServers = ['vllm', 'sglang', 'llama-server'] as const;

/** Where a server is. */
export interface LogitTarget {
  /** Base URL without `/v1`. */
  readonly url: string;
  /** Name it knows the model by. */
  readonly model: string;
  /** Size of the vocabulary. */
  readonly vocabulary: number;
  readonly apiKey?: string;
}

/** What cannot be read of a server's answer. */
export const unreadable = (model: string, why: string): Error => engineError('FAILED', { model, why });

/** Longest time for one answer: an evaluation of claimed tokens, or one more token. */
const ANSWER_MS = 120_000;

const parsed = (text: string, model: string): Json => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    // Servers write what is no number as NaN, which is no JSON.
    throw engineError('FAILED', { model, why: 'its answer is no JSON' }, cause);
  }
  if (!isRecord(json)) throw unreadable(model, 'its answer is no JSON object');
  return json;
};

/** Posts JSON and reads the answer. */
export const post = async (
  { url, model, apiKey }: LogitTarget,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<Json> => {
  const headers = { 'content-type': 'application/json', ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) };
  const late = AbortSignal.timeout(ANSWER_MS);
  const either = AbortSignal.any([signal, late]);
  try {
    const answer = await fetch(`${url}${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal: either,
    });
    if (answer.status === 429 || answer.status === 503) throw engineError('OVERLOADED', { model });
    if (!answer.ok) throw unreadable(model, `status ${answer.status}`);
    return parsed(await answer.text(), model);
  } catch (cause) {
    if (isAtomaError(cause)) throw cause;
    throw late.aborted
      ? engineError('TIMEOUT', { model, ms: ANSWER_MS }, cause)
      : engineError('UNAVAILABLE', { model }, cause);
  }
};

/** An id and its log-probability, as they are told. */
export type ToldLogit = readonly [id: unknown, logprob: unknown];

/**
 * What servers write for a probability of zero: vLLM -9999, llama-server the lowest float (a logit more than 87 below the likeliest one
 * underflows there). It says nothing of the logit, so the id counts as not told.
 */
const FLOOR = -9_999;

/**
 * A position as servers write it, by ids and log-probabilities: the likeliest, and named ones besides. Ids beyond the tokenizer's are left out: vocabularies are padded, and no
 * answer can have them. Throws `ENGINE_FAILED` for what is no number, and for fewer ids than may be chosen from.
 */
export const readPosition = (
  likeliest: readonly ToldLogit[],
  { model, vocabulary }: LogitTarget,
  named: readonly ToldLogit[] = [],
): PositionLogits => {
  const [logits, least] = [new Map<number, number>(), Math.min(MOST_CANDIDATES, vocabulary)];
  const { length } = likeliest;
  if (length < least) throw unreadable(model, `it told ${length} of the ${least} likeliest ids of a position`);
  for (const [id, logprob] of [...likeliest, ...named]) {
    if (!Number.isSafeInteger(id) || (id as number) < 0) throw unreadable(model, 'an id of a token is no whole number');
    if (typeof logprob !== 'number' || !Number.isFinite(logprob))
      throw unreadable(model, 'a log-probability is no number');
    if ((id as number) < vocabulary && logprob > FLOOR) logits.set(id as number, logprob);
  }
  if (logits.size === 0) throw unreadable(model, 'it told no logits');
  return logits;
};

/** The position, if it has every named id. Throws `ENGINE_FAILED`. */
export const completeNext = (
  position: PositionLogits,
  { named, signal, ids }: NextQuestion,
  target: LogitTarget,
): PositionLogits => {
  // Any token stands for the one to come: what is wanted lies in front of it.
  const [found] = complete([position], { prompt: ids, claimed: [0], named: [named], signal }, target);
  return found as PositionLogits;
};

/** Refuses positions that lack a named id: a server may be set up to tell fewer than it is asked for. */
export const complete = (
  positions: readonly PositionLogits[],
  { named, claimed }: LogitQuestion,
  { model }: LogitTarget,
): readonly PositionLogits[] => {
  if (positions.length !== claimed.length)
    throw unreadable(model, `it told ${positions.length} positions of ${claimed.length}`);
  for (const [i, ids] of named.entries()) {
    const missing = ids.find((id) => !positions[i]?.has(id));
    if (missing !== undefined) throw unreadable(model, `it told no logit of id ${missing} at position ${i}`);
  }
  return positions;
};
