/**
 * The embedded ledger: open it in a process, execute transactions, serve it.
 * @module @atoma/localnet
 */
export type { MovePackage } from '@atoma/move-engine';
export { allowGasless } from './allow-gasless.ts';
export { type AutoAdvanceOptions, advanceEpochIfDue, startAutoAdvance } from './auto-advance.ts';
export { advanceClock, advanceEpoch, type ClockStep } from './clock.ts';
export { executeTransaction } from './execute.ts';
export { readFramework } from './framework.ts';
export { fundAddress, treasuryAddress } from './fund.ts';
export type { FrameworkPackage } from './internal/genesis.ts';
export { objectBcs } from './internal/object-bcs.ts';
export type { Ledger } from './internal/state.ts';
export {
  type Argument,
  type CallInput,
  type Command,
  decodeTransaction,
  type Expiration,
  type ObjectReference,
  type TransactionData,
} from './internal/transaction-data.ts';
export { closeLedger, type OpenOptions, openLedger } from './ledger.ts';
export { ledgerError } from './ledger-errors.ts';
export {
  type CoinBalance,
  type EventCursor,
  type EventFilter,
  type EventQuery,
  type EventRecord,
  listBalances,
  listChildren,
  listEvents,
  listOwnedObjects,
  listTransactions,
  type OwnedQuery,
  type TransactionFilter,
  type TransactionQuery,
} from './lists.ts';
export {
  chainState,
  changeCounter,
  getCheckpoint,
  getObject,
  getPackage,
  getTransaction,
  ledgerVm,
  listObjectsOfType,
  listPackageVersions,
} from './reads.ts';
export { type Replay, replayLedger } from './replay.ts';
export { restoreCopy } from './restore-copy.ts';
export { createRpc, embeddedFetch, embeddedTransport, type RpcTransport } from './rpc/index.ts';
export { type LedgerServer, type ServeOptions, serveLedger } from './server.ts';
export { simulateTransaction } from './simulate.ts';
export {
  exportLedger,
  importLedger,
  ledgerSize,
  markStart,
  resetLedger,
  resetToStart,
  restoreCheckpoint,
  startOf,
  stateDigest,
  takeSnapshot,
} from './snapshot.ts';
export { submitTransaction } from './submit.ts';
export type * from './types.ts';
