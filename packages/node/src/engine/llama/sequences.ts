/** The contexts of a model: as many requests are computed at once as there are sequences, in the order they came. */
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';

/** Sequences that are lent. */
export interface Sequences {
  /** An empty one, when it is this request's turn. Rejects when `signal` aborts before. */
  readonly take: (signal: AbortSignal) => Promise<LlamaContextSequence>;
  readonly give: (sequence: LlamaContextSequence) => Promise<void>;
}

/** Lends the sequences of a context. */
export const openSequences = (context: LlamaContext): Sequences => {
  const free = Array.from({ length: context.totalSequences }, () => context.getSequence());
  const waiting: ((sequence: LlamaContextSequence) => void)[] = [];
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const sequence = free.pop();
        if (sequence) return resolve(sequence);
        const turn = (next: LlamaContextSequence): void => {
          signal.removeEventListener('abort', leave);
          resolve(next);
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(turn), 1);
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
        waiting.push(turn);
      }),
    give: async (sequence) => {
      await sequence.clearHistory();
      const turn = waiting.shift();
      if (turn) turn(sequence);
      else free.push(sequence);
    },
  };
};
