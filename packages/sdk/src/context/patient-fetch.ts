/** `fetch` for calls to a chain: with a time limit, and with words instead of `fetch failed`. */
import { connectionFault } from '@atoma/base';

/** How long a call may take, answer included, in ms. */
const ANSWER_MS = 15_000;

/** Subscriptions stay open; everything else is a question with an answer. */
const isSubscription = (input: unknown): boolean => String(input).includes('.SubscriptionService/');

/** Begins the message of an error for a call that got no answer. */
export const NO_CONNECTION = 'no connection: ';

/** Name and password of an address: `fetch` refuses such addresses, and repeats them. */
const PASSWORD = /\/\/[^/\s]*@/;

/** The client would read a page that is not there as an object that is not there. */
const isNoPage = ({ headers, status }: Response): boolean =>
  status === 404 && !/^application\/grpc/.test(headers.get('content-type') ?? '');

const noConnection = (why: string, cause?: unknown): DOMException =>
  new DOMException(NO_CONNECTION + why, { name: 'NetworkError', cause });

const asked = async (answering: Promise<Response>, signal: AbortSignal | null | undefined): Promise<Response> => {
  try {
    return await answering;
  } catch (cause) {
    if (signal?.aborted) throw cause;
    const why = connectionFault(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw noConnection(why.replace(PASSWORD, '//'), cause);
  }
};

/** Wraps a `fetch`; `limitMs` is what a call may take. Its errors begin with {@link NO_CONNECTION} and say why. */
export const patientFetch =
  (fetch: typeof globalThis.fetch, limitMs = ANSWER_MS): typeof globalThis.fetch =>
  async (input, init) => {
    const limit = isSubscription(input) ? [] : [AbortSignal.timeout(limitMs)];
    const signals = [...limit, ...(init?.signal ? [init.signal] : [])];
    const signal = signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
    const answer = await asked(fetch(input, { ...init, ...signal }), init?.signal);
    if (!isNoPage(answer)) return answer;
    await answer.body?.cancel();
    throw noConnection('no Sui node answers there (HTTP 404)');
  };
