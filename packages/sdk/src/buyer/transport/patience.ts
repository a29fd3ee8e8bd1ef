/** Bounds how long work about all stacks waits for one node. */
import type { Transport } from './http.ts';

/** What the answers of one address may take, all stacks together, ms: the windows of other nodes' stacks run on meanwhile. */
export const PATIENCE_MS = 120_000;

/** The same transport until an address has used up its time: from then on it counts as silent. Make one for each look at all stacks. */
export const patient = (send: Transport, now: () => number): Transport => {
  const spent = new Map<string, number>();
  const timed = async <Value>(url: string, work: () => Promise<Value>): Promise<Value> => {
    const since = now();
    try {
      return await work();
    } finally {
      spent.set(url, (spent.get(url) ?? 0) + Math.max(0, now() - since));
    }
  };
  return async (request) => {
    const { url } = request;
    if ((spent.get(url) ?? 0) >= PATIENCE_MS)
      throw new DOMException('its answers took too long: it is asked again later', 'TimeoutError');
    const answer = await timed(url, () => send(request));
    async function* body(): AsyncGenerator<Uint8Array> {
      const pieces = answer.body[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = await timed(url, () => pieces.next());
          if (done) return;
          yield value;
        }
      } finally {
        await pieces.return?.();
      }
    }
    return {
      status: answer.status,
      header: (name) => answer.header(name),
      body: body(),
      bytes: () => timed(url, () => answer.bytes()),
      cancel: () => answer.cancel(),
    };
  };
};
