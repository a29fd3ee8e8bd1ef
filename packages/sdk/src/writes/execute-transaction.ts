import type { Transaction } from '@mysten/sui/transactions';
import type { Atoma } from '../context/atoma.ts';
import type { GasCost } from '../context/write.ts';
import type { AtomaEvent } from '../events/decode.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { eventsOf } from '../internal/results.ts';
import { buildTransaction, executeBytes } from '../internal/run-transaction.ts';

/** What a transaction of one's own did. */
export type TransactionOutcome =
  | {
      readonly kind: 'executed';
      readonly digest: string;
      /** Epoch it was executed in. */
      readonly epoch: bigint;
      readonly gas: GasCost;
      /** Events of this deployment, in order. */
      readonly events: readonly AtomaEvent[];
      /** Objects that it created. */
      readonly created: readonly { readonly id: string; readonly type: string }[];
    }
  /** With a digest it was executed and gas was paid; without one it was refused while it was built and nothing was sent. */
  | { readonly kind: 'failed'; readonly digest: string | null; readonly failure: ExecutionFailure };

/** How {@link executeTransaction} runs one. */
export interface ExecuteOptions {
  /** MIST; before the context's. Absent: the chain's estimate. */
  readonly gasBudget?: bigint;
  readonly signal?: AbortSignal;
}

/**
 * Builds, signs and sends a transaction of your own, such as several writes' commands (`add`) behind one another, and waits for it as
 * every write does. The chain simulates it only where it has to fill something in: objects, a budget, a price or coins for gas. Aborts of
 * the contract are outcomes. Throws `SDK_NO_SENDER`, `SDK_NO_SIGNER`, `SDK_INSUFFICIENT_SUI`, `NETWORK_*`.
 */
export const executeTransaction = async (
  atoma: Atoma,
  transaction: Transaction,
  { gasBudget, signal }: ExecuteOptions = {},
): Promise<TransactionOutcome> => {
  const built = await buildTransaction(atoma, transaction, gasBudget);
  if (built.kind === 'refused') return { kind: 'failed', digest: null, failure: built.failure };
  const ran = await executeBytes(atoma, built, signal);
  const { digest, epoch, gas, failure, changedObjects, objectTypes } = ran;
  if (failure) return { kind: 'failed', digest, failure };
  const created = changedObjects
    .filter(({ idOperation }) => idOperation === 'Created')
    .map(({ objectId }) => ({ id: objectId, type: objectTypes[objectId] ?? '' }));
  return { kind: 'executed', digest, epoch, gas, events: eventsOf(ran, atoma), created };
};
