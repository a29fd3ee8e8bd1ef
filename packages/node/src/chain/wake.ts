/** Tells when something happened in the market. A hint to look sooner, never the source of what is applied. */
import type { Atoma } from '@atoma/sdk';

/** Pauses between attempts to subscribe, ms. */
const [FIRST_MS, MOST_MS] = [1_000, 30_000];

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

/** Calls `wake` for every event of the market until the signal aborts. Networks without subscriptions are asked again now and then. */
export const watchMarket = async (atoma: Atoma, wake: () => void, signal: AbortSignal): Promise<void> => {
  const eventType = `${atoma.deployment.originalPackageId}::events`;
  for (let failures = 0; !signal.aborted; failures++) {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const call = atoma.client.subscriptionService.subscribeEvents(
        {
          filter: {
            terms: [
              {
                literals: [{ negated: false, predicate: { oneofKind: 'eventType', eventType: { eventType } } }],
              },
            ],
          },
        },
        { abort: attempt.signal },
      );
      for await (const frame of call.responses) {
        failures = 0;
        if (frame.event) wake();
      }
    } catch {
      // whatever ended it, the rounds go on by themselves
    } finally {
      signal.removeEventListener('abort', stop);
    }
    await wait(Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(failures, 5)), signal);
  }
};
