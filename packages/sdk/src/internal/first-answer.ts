/** Asking several until one has the answer. */

/**
 * Asks `items` in their order, `width` of them at once, until one gives an answer, and aborts the signals of the others then: who is slow keeps
 * nobody else from being asked. Undefined where none of them has one. Rejects when `ask` does.
 */
export const firstAnswer = async <Item, Answer>(
  items: readonly Item[],
  width: number,
  ask: (item: Item, signal: AbortSignal) => Promise<Answer | undefined>,
): Promise<Answer | undefined> => {
  const stop = new AbortController();
  const rest = items.values();
  const { promise: found, resolve } = Promise.withResolvers<Answer>();
  const askOn = async (): Promise<void> => {
    for (const item of rest) {
      const answer = await ask(item, stop.signal);
      if (answer !== undefined) return resolve(answer);
      if (stop.signal.aborted) return;
    }
  };
  const nobody = Promise.all(Array.from({ length: width }, askOn)).then(() => undefined);
  try {
    return await Promise.race([found, nobody]);
  } finally {
    stop.abort();
  }
};
