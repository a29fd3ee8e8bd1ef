/** What payments are, and what is done with them. */
import type { Atoma, Buyer, PaymentRequirements, SuiPayment } from '@atoma/sdk';
import type { Books } from '../books.ts';
import type { GatewayStore, PaymentRow } from '../store/types.ts';

/** How payments are taken, and what those without a key may ask. */
export interface PaymentOptions {
  /** Requests an address may send a minute without paying. Default 240. */
  readonly asksPerMinute?: number;
  /** Base units of TOMA: less than this is owed to a payer on and sent with what is added later. Default 0.001 TOMA. */
  readonly leastRefund?: bigint;
  /** So long a payment whose request was not answered may be sent again before it goes back, ms. Default ten minutes. */
  readonly retryMs?: number;
  /** After this it goes back however little it is, ms. Default a week. */
  readonly smallMs?: number;
}

/** A payment that holds, and may be used by whoever has it here until it is released. */
export interface HeldPayment {
  readonly kind: 'held';
  readonly row: PaymentRow;
  /** Writes down the envelopes that are about to be signed for it. */
  readonly use: (tag: string) => Promise<void>;
  /** Lets go of it; `answered`: nothing more is done for it. */
  readonly release: (answered: boolean) => Promise<void>;
}

/** What became of a payment that was sent. */
export type TakenPayment =
  | HeldPayment
  /** A request with it is under way, or its refund. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'refused'; readonly reason: string; readonly payer: string };

/** Takes payments and gives back what was not used. */
export interface Payments {
  /** What is to be paid. */
  readonly requirements: (amount: bigint, extra: Readonly<Record<string, unknown>>) => PaymentRequirements;
  /** Checks and executes a payment, or finds it; `fault`: why a new one does not do. Throws `NETWORK_*` when the chain cannot say; then nothing is lost. */
  readonly take: (
    payment: SuiPayment,
    requirements: PaymentRequirements,
    fault: string | undefined,
  ) => Promise<TakenPayment>;
  /** Looks after all payments once: gives back what is due, finishes what was interrupted. Returns how many were closed. */
  readonly settle: () => Promise<number>;
}

/** What they are kept in. */
export interface PaymentsParameters extends Omit<PaymentOptions, 'asksPerMinute'> {
  readonly atoma: Atoma;
  readonly buyer: Pick<Buyer, 'context' | 'outbox'>;
  readonly store: GatewayStore;
  readonly books: Pick<Books, 'charged' | 'resumable'>;
  readonly now: () => number;
}

/** What the parts of payments share. */
export interface PaymentContext extends Required<PaymentsParameters> {
  readonly requirements: Payments['requirements'];
  /** Payments that a request or a refund has in hand. */
  readonly inHand: Set<string>;
  /** Writes a payment with what changed of it. */
  readonly change: (row: PaymentRow, patch: Partial<PaymentRow>) => Promise<PaymentRow>;
}
