import { ledgerError } from './errors.ts';
import type { Ledger } from './internal/state.ts';
import type { TransactionRecord } from './types.ts';

/** Executes. */
export const executeTransaction = (
  _ledger: Ledger,
  _transaction: Uint8Array,
  _signatures: readonly Uint8Array[],
): TransactionRecord => {
  throw ledgerError('UNSUPPORTED', { feature: 'execution' });
};
