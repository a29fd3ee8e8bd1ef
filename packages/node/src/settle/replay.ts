/** Running a stack's requests again, for attesters and jurors of level 1. */
import { isAtomaError } from '@atoma/base';
import { requestHash } from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import type { TokenStep } from '../engine/types.ts';
import { nodeError } from '../node-errors.ts';
import { ownFaults } from '../serve/engine-problem.ts';
import { type Plan, planRequest } from '../serve/plan.ts';
import type { Problem } from '../serve/problem.ts';
import {
  closeChoices,
  createProduct,
  measureProduct,
  type Product,
  productHash,
  productWork,
  takeEvent,
} from '../serve/produce.ts';
import { bodyMediaType } from '../serve/transcript.ts';
import type { SketchProfile } from '../sketch/sketch-profile.ts';
import { readTrace } from '../sketch/trace.ts';
import type { CheckedRequest } from './holding.ts';

/** What a stack's requests are planned with. */
export interface ReplayTask {
  readonly role: number;
  readonly model: string;
}

/** Steps of a request whose claimed tokens were evaluated. */
export interface Evaluated {
  readonly profile: SketchProfile;
  /** By choice. */
  readonly steps: readonly (readonly TokenStep[])[];
  /** Whether the answer follows from the request: it ends where it says, and each token is the one that had to be chosen. */
  readonly follows: boolean;
}

/**
 * What an engine of the same profile makes of a request; null: the request, or what is claimed of its answer, shows by itself that it
 * can never have been served so.
 */
export type Replayed =
  /** Of an engine that repeats answers bit by bit. */
  | { readonly kind: 'repeated'; readonly workHash: Uint8Array; readonly units: bigint; readonly text: string }
  | {
      readonly kind: 'evaluated';
      readonly contentHash: Uint8Array;
      readonly units: bigint;
      /** What was claimed, as a person reads it; empty for what is no text. Above, what was repeated. */
      readonly text: string;
      readonly evaluated: Evaluated;
    }
  | null;

/** What is to be run again. */
export interface ReplayRow {
  readonly request: CheckedRequest;
  readonly cut: readonly number[] | null;
  /** The trace its node shows; undefined: none. */
  readonly trace: Uint8Array | undefined;
  /** Evaluates claimed tokens one after another; in one go otherwise. */
  readonly stepwise?: boolean;
}

const refused = (found: Problem): null => {
  if (ownFaults.has(found.code)) throw nodeError('ENGINE', { engine: 'replay', why: found.code });
  return null;
};

const plan = (engines: EngineSet, task: ReplayTask, { envelope, envelopeBytes, body }: CheckedRequest) =>
  planRequest(engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: requestHash(envelopeBytes),
    body,
    contentType: bodyMediaType(body),
    task: { ...task, level: 1 },
    remoteMedia: false,
  });

/** The tokens a trace claims; null for what is no trace of this request. */
const claimOf = (trace: Uint8Array, profile: SketchProfile, choices: number): readonly (readonly number[])[] | null => {
  const read = readTrace(trace, profile);
  return read?.length === choices ? read.map(({ tokens }) => tokens) : null;
};

/** Throws where this node's own engine computes what is no number: that says nothing of whoever served. */
const evaluatedOf = (product: Product, profile: SketchProfile): Evaluated => {
  const { steps, whole } = product;
  if (steps.some((choice) => choice.some(({ values }) => !values.every(Number.isFinite))))
    throw nodeError('ENGINE', { engine: 'replay', why: 'it computed values that are no numbers' });
  const gaps = steps.flatMap((choice) => choice.map(({ gap = 0 }) => gap));
  return { profile, steps, follows: whole && gaps.every((gap) => gap <= profile.gap) };
};

const textOf = ({ choices }: Product): string => choices.map(({ content, refusal }) => content + refusal).join('\n');

const execute = async (work: Plan, model: string, cut: readonly number[] | null): Promise<Product> => {
  const product = createProduct(work, { id: '', created: 0, model, chat: true, includeUsage: false });
  const { signal } = new AbortController();
  for await (const event of work.served.engine.run({ ...work.request, stream: false }, { ...work.limit, cut }, signal))
    takeEvent(product, event);
  product.complete = cut === null;
  closeChoices(product, 'stop');
  return product;
};

/** Runs a request again; undefined while the trace that it needs is missing. Throws where this node cannot. */
export const replayRow = async (
  engines: EngineSet,
  task: ReplayTask,
  { request, cut, trace, stepwise = false }: ReplayRow,
): Promise<Replayed | undefined> => {
  const planned = await plan(engines, task, request);
  if (planned.kind === 'problem') return refused(planned);
  const work = planned.value;
  const { steps: wanted, model } = work.request;
  const { sketch } = work.served.model;
  if (!wanted || !sketch) {
    const product = await execute(work, model, cut);
    const { units } = await measureProduct(product);
    return { kind: 'repeated', workHash: productWork(product).workHash, units, text: textOf(product) };
  }
  if (!trace) return undefined;
  const claimed = claimOf(trace, sketch, work.request.n);
  if (!claimed) return null;
  const claiming = { ...work, request: { ...work.request, steps: { ...wanted, claimed, stepwise } } };
  try {
    const product = await execute(claiming, model, cut);
    const { units } = await measureProduct(product);
    const evaluated = evaluatedOf(product, sketch);
    return { kind: 'evaluated', contentHash: productHash(product), units, text: textOf(product), evaluated };
  } catch (error) {
    if (isAtomaError(error, 'ENGINE_REJECTED')) return null;
    throw error;
  }
};

/** What an engine here answers to a request, without regard to what is claimed; null where it gives none. */
export const answerAgain = async (
  engines: EngineSet,
  task: ReplayTask,
  { request, cut }: Omit<ReplayRow, 'trace' | 'stepwise'>,
): Promise<string | null> => {
  const planned = await plan(engines, task, request);
  if (planned.kind === 'problem') return null;
  const { steps: _, ...freely } = planned.value.request;
  try {
    return textOf(await execute({ ...planned.value, request: freely }, freely.model, cut));
  } catch (error) {
    if (isAtomaError(error)) return null;
    throw error;
  }
};
