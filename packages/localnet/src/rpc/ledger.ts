/**
 * The functions of the ledger the RPC stands on, in one place: what is not listed here, the RPC does not touch.
 */
export { advanceClock } from '../clock.ts';
export { executeTransaction } from '../execute.ts';
export { fundAddress } from '../fund.ts';
export type { Ledger } from '../internal/state.ts';
export {
  type EventFilter,
  type EventRecord,
  listBalances,
  listChildren,
  listEvents,
  listOwnedObjects,
  listTransactions,
  type TransactionFilter,
} from '../lists.ts';
export {
  chainState,
  getCheckpoint,
  getObject,
  getPackage,
  getTransaction,
  ledgerVm,
  listObjectsOfType,
  listPackageVersions,
} from '../reads.ts';
export { simulateTransaction } from '../simulate.ts';
