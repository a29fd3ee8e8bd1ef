/**
 * Payments by x402 and what is owed back of them. A payment counts for one request. It is written down before it is executed, so that a
 * crash leaves it either with its payer or known here: then its request is answered, or the money goes back.
 */
import { paymentNetwork, requireSender, tomaType } from '@atoma/sdk';
import { createRefunds } from './refunds.ts';
import { createTaker } from './take.ts';
import type { PaymentContext, Payments, PaymentsParameters } from './types.ts';

const MAX_TIMEOUT_SECONDS = 60;

/** Opens the payments. */
export const createPayments = ({
  leastRefund = 1_000_000n,
  retryMs = 600_000,
  smallMs = 7 * 86_400_000,
  ...p
}: PaymentsParameters): Payments => {
  const { atoma, store, now } = p;
  const payTo = requireSender(atoma);
  const network = paymentNetwork(atoma.deployment);
  const context: PaymentContext = {
    ...p,
    leastRefund,
    retryMs,
    smallMs,
    requirements: (amount, extra) => ({
      scheme: 'exact',
      network,
      asset: tomaType(atoma.deployment),
      amount: String(amount),
      payTo,
      maxTimeoutSeconds: MAX_TIMEOUT_SECONDS,
      extra,
    }),
    inHand: new Set(),
    change: async (row, patch) => {
      const next = { ...row, ...patch, changedMs: now() };
      await store.putPayment(next);
      return next;
    },
  };
  return { requirements: context.requirements, take: createTaker(context), settle: createRefunds(context) };
};
