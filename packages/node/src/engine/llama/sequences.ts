/** The places of a model: as many requests are computed at once as there are, in the order they came. */
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';

/** Places that are lent. */
export interface Places<Place> {
  /** An empty one, when it is this request's turn. Rejects when `signal` aborts before. */
  readonly take: (signal: AbortSignal) => Promise<Place>;
  readonly give: (place: Place) => Promise<void>;
}

const openPlaces = <Place>(all: Place[], empty: (place: Place) => Promise<void>): Places<Place> => {
  const free = [...all];
  const waiting: ((place: Place) => void)[] = [];
  return {
    take: (signal) =>
      new Promise((resolve, reject) => {
        const place = free.pop();
        if (place !== undefined) return resolve(place);
        const turn = (next: Place): void => {
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
    give: async (place) => {
      await empty(place);
      const turn = waiting.shift();
      if (turn) turn(place);
      else free.push(place);
    },
  };
};

/** Lends that many sequences of a context. */
export const openSequences = (context: LlamaContext, count: number): Places<LlamaContextSequence> =>
  openPlaces(
    Array.from({ length: count }, () => context.getSequence()),
    (sequence) => sequence.clearHistory(),
  );

/** Lends places at a server, by number. */
export const openConnections = (parallel: number): Places<number> =>
  openPlaces(
    Array.from({ length: parallel }, (_, i) => i),
    async () => undefined,
  );
