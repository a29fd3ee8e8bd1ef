/** Writes that nobody waits for: they are begun once a client has its answer, and the gateway does not stop before they are done. */
import type { Logger } from 'pino';

/** The writes under way. */
export interface Background {
  /** Takes one in; `what` is logged when it fails. */
  readonly add: (what: string, work: Promise<unknown>) => void;
  /** Resolves when all of them are done. */
  readonly idle: () => Promise<void>;
}

/** Makes an empty list. */
export const createBackground = (log: Logger): Background => {
  const pending = new Set<Promise<unknown>>();
  return {
    add: (what, work) => {
      const watched = work
        .catch((error: unknown) => log.error({ err: error }, what))
        .finally(() => pending.delete(watched));
      pending.add(watched);
    },
    idle: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
};
