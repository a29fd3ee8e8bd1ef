/** Every function of the ledger the RPC calls, in one place. Beside them it shares the ledger's BCS and type helpers. */
export { advanceClock } from '../clock.ts';
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
export { submitTransaction } from '../submit.ts';
