/** `fetch` for calls to a chain: with a time limit, and with words instead of `fetch failed`. */
import { connectionFault } from '@atoma/base';

/** How long a call may take, answer included, in ms. */
const ANSWER_MS = 15_000;

/** Subscriptions stay open; everything else is a question with an answer. */
const isSubscription = (input: unknown): boolean => String(input).includes('.SubscriptionService/');

/** Begins the message of an error for a call that got no answer. */
export const NO_CONNECTION = 'no connection: ';

/** Wraps a `fetch`; `limitMs` is what a call may take. Its errors begin with {@link NO_CONNECTION} and say why. */
export const patientFetch =
  (fetch: typeof globalThis.fetch, limitMs = ANSWER_MS): typeof globalThis.fetch =>
  async (input, init) => {
    const limit = isSubscription(input) ? [] : [AbortSignal.timeout(limitMs)];
    const signals = [...limit, ...(init?.signal ? [init.signal] : [])];
    try {
      return await fetch(input, { ...init, ...(signals.length > 0 && { signal: AbortSignal.any(signals) }) });
    } catch (cause) {
      if (init?.signal?.aborted) throw cause;
      const why = connectionFault(cause) ?? (cause instanceof Error ? cause.message : String(cause));
      throw new DOMException(NO_CONNECTION + why, { name: 'NetworkError', cause });
    }
  };
