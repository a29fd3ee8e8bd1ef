/** Opens the source of a kind of server. */
import { llamaServerLogits } from './llama-server.ts';
import { sglangLogits } from './sglang.ts';
import type { LogitServer, LogitSource, LogitTarget } from './types.ts';
import { vllmLogits } from './vllm.ts';

const sources: Readonly<Record<LogitServer, (target: LogitTarget) => LogitSource>> = {
  vllm: vllmLogits,
  sglang: sglangLogits,
  'llama-server': llamaServerLogits,
};

/** An address without the `/v1` that clients of the OpenAI API put behind it. */
export const baseUrl = (url: string): string => url.replace(/\/(v1\/?)?$/, '');

/** A server's logits, by its kind. */
export const openLogits = (kind: LogitServer, target: LogitTarget): LogitSource => sources[kind](target);
