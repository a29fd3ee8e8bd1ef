/** Opens the source of a kind of server. */
import { llamaServerLogits } from './llama-server.ts';
import { sglangLogits } from './sglang.ts';
import {
  complete,
  completeNext,
  type LogitAdapter,
  type LogitServer,
  type LogitSource,
  type LogitTarget,
} from './types.ts';
import { vllmLogits } from './vllm.ts';

const adapters: Readonly<Record<LogitServer, (target: LogitTarget) => LogitAdapter>> = {
  vllm: vllmLogits,
  sglang: sglangLogits,
  'llama-server': llamaServerLogits,
};

/** An address without the `/v1` that clients of the OpenAI API put behind it. */
export const baseUrl = (url: string): string => url.replace(/\/(v1\/?)?$/, '');

/** A server's logits, by its kind: all that is wanted of a position, or an error. */
export const openLogits = (kind: LogitServer, target: LogitTarget): LogitSource => {
  const adapter = adapters[kind](target);
  return {
    kind,
    next: async (question) => completeNext(await adapter.next(question), question, target),
    score: async (question) => complete(await adapter.score(question), question, target),
  };
};
