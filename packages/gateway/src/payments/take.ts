/** Taking a payment: read, looked up, checked, written down, executed. */
import { checkPayment, openPayment, type PaymentRequirements, type SuiPayment, settlePayment } from '@atoma/sdk';
import type { PaymentRow } from '../store/types.ts';
import type { HeldPayment, PaymentContext, Payments } from './types.ts';

const hold = ({ change, inHand }: PaymentContext, first: PaymentRow): HeldPayment => {
  let row = first;
  return {
    kind: 'held',
    row,
    use: async (tag) => {
      row = await change(row, { tags: [...row.tags, tag] });
    },
    release: async (answered) => {
      try {
        if (answered && row.state === 'paid') await change(row, { state: 'answered' });
      } finally {
        inHand.delete(row.digest);
      }
    },
  };
};

const newRow = (digest: string, payer: string, amount: bigint, nowMs: number): PaymentRow => ({
  digest,
  payer,
  amount,
  state: 'taken',
  tags: [],
  refund: null,
  batch: null,
  createdMs: nowMs,
  changedMs: nowMs,
});

/** Executes what is not known to be paid. */
const obtain = async (
  { atoma, store, change, now }: PaymentContext,
  payment: SuiPayment,
  wanted: PaymentRequirements,
  digest: string,
  payer: string,
  fault: string | undefined,
): Promise<PaymentRow | string> => {
  const known = await store.findPayment(digest);
  if (known && known.state !== 'taken' && known.state !== 'void') return known;
  if (known?.state !== 'taken' && fault !== undefined) return fault;
  const asked = { ...wanted, amount: known?.state === 'taken' ? String(known.amount) : wanted.amount };
  const checked = await checkPayment(atoma, payment, digest, asked);
  if (checked.kind === 'failed') return checked.reason;
  const row = newRow(digest, payer, BigInt(asked.amount), now());
  await store.putPayment(row);
  const settled = await settlePayment(atoma, payment, digest, asked);
  const paid = await change(row, { state: settled.kind === 'settled' ? 'paid' : 'void' });
  return settled.kind === 'settled' ? paid : settled.reason;
};

/** Makes {@link Payments.take}. */
export const createTaker =
  (context: PaymentContext): Payments['take'] =>
  async (payment, wanted, fault) => {
    const { inHand } = context;
    const open = await openPayment(payment);
    if (!open) return { kind: 'refused', reason: 'invalid_payload', payer: '' };
    const { digest, payer } = open;
    if (inHand.has(digest)) return { kind: 'busy' };
    inHand.add(digest);
    let held = false;
    try {
      const row = await obtain(context, payment, wanted, digest, payer, fault);
      if (typeof row === 'string') return { kind: 'refused', reason: row, payer };
      held = true;
      return hold(context, row);
    } finally {
      if (!held) inHand.delete(digest);
    }
  };
