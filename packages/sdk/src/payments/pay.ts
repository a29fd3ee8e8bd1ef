/** A request that pays for itself: sent, paid as its answer demands, and sent again with the payment. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Atoma } from '../context/atoma.ts';
import { sdkError } from '../sdk-errors.ts';
import { record } from '../wire/json.ts';
import {
  createPaymentScheme,
  isRequirements,
  type PayerOptions,
  type PaymentRequirements,
  paymentNetwork,
  X402_VERSION,
} from './x402.ts';

/** An answer, and what was paid for it. */
export interface PaidAnswer {
  readonly response: Response;
  /** Base units of TOMA; null when nothing was asked for. */
  readonly amount: bigint | null;
}

/** Sends of one payment: it counts once, so the same is sent again where no answer came, or the request of a lost one still runs. */
const SENDS = 4;
const RUNS = 409;
const PAUSE_MS = 500;

const demanded = (response: Response): readonly PaymentRequirements[] => {
  const header = response.headers.get('payment-required');
  if (header === null)
    throw sdkError('PAYMENT', { why: 'the answer demands one and does not say how (402 without PAYMENT-REQUIRED)' });
  try {
    const { accepts } = record(JSON.parse(Buffer.from(header, 'base64').toString('utf8')));
    if (Array.isArray(accepts)) return accepts.filter(isRequirements);
  } catch {
    // Told below.
  }
  throw sdkError('PAYMENT', { why: 'PAYMENT-REQUIRED cannot be read' });
};

/**
 * Fetches, paying up to `most` in TOMA by x402 (version 2, scheme exact) where that is demanded. Throws `SDK_PAYMENT` before anything is
 * signed, and what `fetch` throws when no answer came to several sends of the payment.
 */
export const payFetch = async (
  atoma: Atoma,
  options: PayerOptions,
  url: string,
  init: RequestInit,
): Promise<PaidAnswer> => {
  const first = await fetch(url, init);
  if (first.status !== 402) return { response: first, amount: null };
  const network = paymentNetwork(atoma.deployment);
  const accepts = demanded(first);
  const accepted = accepts.find((each) => each.scheme === 'exact' && each.network === network);
  if (!accepted) {
    const offered = accepts.map((each) => `${each.scheme} on ${each.network}`).join(', ');
    throw sdkError('PAYMENT', { why: `it can be made by ${offered || 'nothing'}, and not by exact on ${network}` });
  }
  await first.body?.cancel();
  const { payload } = await createPaymentScheme(atoma, options).createPaymentPayload(X402_VERSION, accepted);
  const headers = new Headers(init.headers);
  headers.set(
    'payment-signature',
    Buffer.from(JSON.stringify({ x402Version: X402_VERSION, accepted, payload })).toString('base64'),
  );
  for (let sent = 1; ; sent++) {
    try {
      const response = await fetch(url, { ...init, headers });
      if (response.status !== RUNS || sent === 1 || sent >= SENDS) return { response, amount: BigInt(accepted.amount) };
      await response.body?.cancel();
      await pause(PAUSE_MS);
    } catch (error) {
      if (sent >= SENDS || init.signal?.aborted) throw error;
      await pause(PAUSE_MS);
    }
  }
};
