/**
 * Reading what was computed, one sequence at a time. After an evaluation of several sequences the library (3.21.1) samples them on several
 * threads, and the first of them puts the rows of logits in order (llama.cpp's `output_reorder`) while others read them: about one token
 * in five thousand was chosen from the logits of another sequence. Its internals are reached for this alone, and looked at before.
 */
import type { LlamaContext } from 'node-llama-cpp';

type Sample = (...parameters: unknown[]) => Promise<unknown>;

const isContext = (value: unknown): value is { sampleToken: Sample } =>
  typeof value === 'object' && value !== null && 'sampleToken' in value && typeof value.sampleToken === 'function';

/** Has a context sample in turns. False: it is built otherwise, and only one sequence may be evaluated at a time. */
export const sampleInTurns = (context: LlamaContext): boolean => {
  const inner: unknown = Reflect.get(context, '_ctx');
  if (!isContext(inner)) return false;
  const sample = inner.sampleToken.bind(inner);
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: Sample = (...parameters) => {
    const next = last.then(() => sample(...parameters));
    last = next.catch(() => undefined);
    return next;
  };
  // A method of the addon cannot be assigned to; an own property goes before it.
  Object.defineProperty(inner, 'sampleToken', { value: inTurn, configurable: true });
  return true;
};
