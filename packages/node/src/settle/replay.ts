/** Running a stack's requests again, for attesters and jurors of level 1. */
import { requestHash } from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { nodeError } from '../errors.ts';
import { planRequest } from '../serve/plan.ts';
import type { Problem, ProblemCode } from '../serve/problem.ts';
import { closeChoices, createProduct, measureProduct, productHash, takeEvent } from '../serve/produce.ts';
import { bodyMediaType } from '../serve/transcript.ts';
import type { CheckedRequest } from './holding.ts';

/** What a stack's requests are planned with. */
export interface ReplayTask {
  readonly role: number;
  readonly model: string;
}

/** What an engine of the same profile makes of a request; null: the request itself shows that it can never have been served. */
export type Replayed = { readonly contentHash: Uint8Array; readonly units: bigint } | null;

/** Refusals that speak of this node, not of the request. */
const ownFaults: ReadonlySet<ProblemCode> = new Set(['model_not_served', 'backend_unavailable']);

const refused = (found: Problem): null => {
  if (ownFaults.has(found.code)) throw nodeError('ENGINE', { engine: 'replay', why: found.code });
  return null;
};

/** Runs a request again. Throws where this node cannot. */
export const replayRow = async (
  engines: EngineSet,
  task: ReplayTask,
  { envelope, envelopeBytes, body }: CheckedRequest,
  cut: readonly number[] | null,
): Promise<Replayed> => {
  const planned = await planRequest(engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: requestHash(envelopeBytes),
    body,
    contentType: bodyMediaType(body),
    task: { ...task, level: 1 },
    remoteMedia: false,
  });
  if (planned.kind === 'problem') return refused(planned);
  const plan = planned.value;
  const frame = { id: '', created: 0, model: envelope.model, chat: true, includeUsage: false };
  const product = createProduct(plan, frame);
  const limit = { ...plan.limit, cut };
  const signal = new AbortController().signal;
  for await (const event of plan.served.engine.run({ ...plan.request, stream: false }, limit, signal))
    takeEvent(product, event);
  product.complete = cut === null;
  closeChoices(product, 'stop');
  const { units } = await measureProduct(product);
  return { contentHash: productHash(product), units };
};
