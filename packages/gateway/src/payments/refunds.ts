/** What was paid and not used goes back: once, whatever happens in between. */
import { toHex } from '@atoma/base';
import { buildPayout, findPayment, randomId } from '@atoma/sdk';
import { sumOf } from '../books.ts';
import type { PaymentRow, PaymentState } from '../store/types.ts';
import type { PaymentContext, Payments } from './types.ts';

const OUTBOX_KIND = 'x402-refund';
/** One that was never seen on the chain is forgotten after this, ms: its transaction's inputs are long used. */
const FORGET_MS = 7 * 86_400_000;
/** Payers of one transaction. */
const PAYEES = 100;
const live: readonly PaymentState[] = ['taken', 'paid', 'answered', 'refunding'];

const keyAndId = (tag: string): { readonly key: string; readonly id: string } => {
  const at = tag.indexOf(':');
  return { key: tag.slice(0, at), id: tag.slice(at + 1) };
};

/** A payment that was interrupted while it was executed: what the chain knows decides. */
const look = async ({ atoma, requirements, change, now }: PaymentContext, row: PaymentRow): Promise<void> => {
  const found = await findPayment(atoma, row.digest, requirements(row.amount, {}));
  if (found) await change(row, { state: found.kind === 'settled' ? 'paid' : 'void' });
  else if (now() - row.createdMs > FORGET_MS) await change(row, { state: 'void' });
};

/** What a payment did not cover; undefined while that may still change. */
const owed = async ({ books }: PaymentContext, row: PaymentRow): Promise<bigint | undefined> => {
  if ((await books.resumable(row.tags)).kind === 'running') return undefined;
  const { cost } = sumOf(await Promise.all(row.tags.map((tag) => books.charged(keyAndId(tag)))));
  return cost < row.amount ? row.amount - cost : 0n;
};

const send = ({ atoma, buyer }: PaymentContext, batch: string, rows: readonly PaymentRow[]): Promise<unknown> => {
  const sums = Map.groupBy(rows, ({ payer }) => payer);
  const to = [...sums].map(([address, own]) => ({
    address,
    amount: own.reduce((sum, { refund }) => sum + (refund ?? 0n), 0n),
  }));
  return buyer.outbox.run({
    kind: OUTBOX_KIND,
    subject: batch,
    frozen: JSON.stringify(to.map(({ address, amount }) => [address, String(amount)])),
    cost: 0n,
    build: () => buildPayout(atoma, to),
    changes: async () => [],
  });
};

/** Ends rows whose refund is in the outbox, or takes them back where it is not. */
const finish = async (context: PaymentContext, batch: string, rows: readonly PaymentRow[]): Promise<number> => {
  const { buyer, change } = context;
  const { journal } = await buyer.context();
  const stage = (await journal.findOutbox(OUTBOX_KIND, batch))?.stage;
  if (stage === 'built' || stage === 'submitted') await send(context, batch, rows);
  const after = (await journal.findOutbox(OUTBOX_KIND, batch))?.stage;
  if (after === 'built' || after === 'submitted') return 0;
  const back = { state: 'answered', refund: null, batch: null } as const;
  for (const row of rows) await change(row, after === 'confirmed' ? { state: 'closed' } : back);
  return after === 'confirmed' ? rows.length : 0;
};

/** Sends back what is owed to payers who are owed enough, or have waited long enough. */
const refund = async (context: PaymentContext, due: readonly PaymentRow[]): Promise<number> => {
  const { leastRefund, smallMs, change, now } = context;
  const payers = [...Map.groupBy(due, ({ payer }) => payer).values()].filter(
    (rows) =>
      rows.reduce((sum, row) => sum + (row.refund ?? 0n), 0n) >= leastRefund ||
      rows.some(({ createdMs }) => now() - createdMs >= smallMs),
  );
  const rows = payers.slice(0, PAYEES).flat();
  if (rows.length === 0) return 0;
  const batch = toHex(randomId());
  const marked: PaymentRow[] = [];
  for (const row of rows) marked.push(await change(row, { state: 'refunding', batch }));
  let closed = 0;
  try {
    await send(context, batch, marked);
  } finally {
    closed = await finish(context, batch, marked);
  }
  return closed;
};

/** Looks after all payments once; returns how many were closed. */
const settleOnce = async (context: PaymentContext): Promise<number> => {
  const { store, inHand, change, now, retryMs } = context;
  const list = () => store.listPayments({ states: live, limit: Number.MAX_SAFE_INTEGER });
  const digests = new Set((await list()).map(({ digest }) => digest).filter((digest) => !inHand.has(digest)));
  for (const digest of digests) inHand.add(digest);
  try {
    let closed = 0;
    // What was in hand while the list was read may have changed since. Who waits longest comes first.
    const rows = (await list()).filter(({ digest }) => digests.has(digest)).reverse();
    for (const [batch, own] of Map.groupBy(
      rows.filter(({ state }) => state === 'refunding'),
      (row) => String(row.batch),
    ))
      closed += await finish(context, batch, own);
    for (const row of rows) if (row.state === 'taken') await look(context, row);
    const due: PaymentRow[] = [];
    for (const row of rows) {
      const over = row.state === 'answered' || (row.state === 'paid' && now() - row.changedMs >= retryMs);
      const left = over ? (row.refund ?? (await owed(context, row))) : undefined;
      if (left === undefined) continue;
      if (left === 0n) closed++;
      const state = left === 0n ? 'closed' : 'answered';
      const ended = row.refund === left && row.state === state ? row : await change(row, { state, refund: left });
      if (left > 0n) due.push(ended);
    }
    return closed + (await refund(context, due));
  } finally {
    for (const digest of digests) inHand.delete(digest);
  }
};

/** Makes {@link Payments.settle}: one look at a time. */
export const createRefunds = (context: PaymentContext): Payments['settle'] => {
  let settling: Promise<number> | undefined;
  return () => {
    settling ??= settleOnce(context).finally(() => {
      settling = undefined;
    });
    return settling;
  };
};
