import type { Address } from '@atoma/move-engine';
import { drawRandomness, isClockBehind, nextTimestamp, tickClock } from './clock.ts';
import { digestText } from './internal/base58.ts';
import {
  type CheckView,
  checkExpiration,
  checkGasCoins,
  checkGasData,
  checkInputs,
  checkShape,
} from './internal/checks.ts';
import { addToBatch, type Batch, commitBatch, type Executed, newBatch, objectIn, recordOf } from './internal/commit.ts';
import { checkDenied } from './internal/deny-list.ts';
import { saltedDigest } from './internal/digests.ts';
import { execute, type Prepared } from './internal/execution.ts';
import { checkWithdrawals, settleFunds } from './internal/funds.ts';
import { checkGasless, checkGaslessObjects, gaslessTypes, isGasless } from './internal/gasless.ts';
import { SYSTEM } from './internal/genesis.ts';
import { checkReplay, limitsOf, payingFunds, paymentOf, paymentWithoutCoins } from './internal/payment.ts';
import { checkSignatures } from './internal/signatures.ts';
import { change, headOf, type Ledger, type LedgerState, packageOf, stateOf } from './internal/state.ts';
import type { ChainClock } from './internal/store/checkpoint-rows.ts';
import { readEnded, readVersion } from './internal/store/objects.ts';
import { readTransaction, wasReceived } from './internal/store/transaction-rows.ts';
import { decodeTransaction, type TransactionData } from './internal/transaction-data.ts';
import { ledgerError } from './ledger-errors.ts';
import { MAX_TRANSACTION_BYTES } from './params.ts';
import { chainIdOf } from './reads.ts';
import type { TransactionRecord } from './types.ts';

/** Decodes and bounds a transaction from outside. */
export const decodeChecked = (transaction: Uint8Array): TransactionData => {
  if (transaction.length > MAX_TRANSACTION_BYTES)
    throw ledgerError('SIZE_LIMIT', {
      limit: 'serialized transaction size, bytes,',
      value: `${transaction.length}, at most ${MAX_TRANSACTION_BYTES}`,
    });
  return decodeTransaction(transaction);
};

/** Who must sign: the sender, and the gas owner when that is somebody else. */
const signersOf = (data: TransactionData): readonly Address[] =>
  data.gas.owner === data.sender ? [data.sender] : [data.sender, data.gas.owner];

/** What the checks see: objects after the batch's earlier transactions. */
export const viewOf = (state: LedgerState, batch: Batch): CheckView => ({
  object: (id) => objectIn(state, batch, id),
  hasPackage: (id) => packageOf(state, id) !== undefined,
  version: (id, version) => readVersion(state.db, id, version),
  received: (id, version) => wasReceived(state.db, id, version, headOf(state).clock.epoch),
  ended: (id, initialVersion) => readEnded(state.db, id, initialVersion, headOf(state).clock.epoch),
});

/** Runs what must happen before a transaction that reads the time or the randomness. */
export const prologue = (state: LedgerState, batch: Batch, data: TransactionData): ChainClock => {
  const takes = (id: Address): boolean => data.inputs.some((input) => input.kind === 'shared' && input.id === id);
  const { clock } = headOf(state);
  if (takes(SYSTEM.clock) && isClockBehind(state, batch)) tickClock(state, batch, clock);
  return takes(SYSTEM.random) ? drawRandomness(state, batch, clock) : clock;
};

/** A transaction from outside, with what must be known before its turn. */
export type Submitted = Pick<Prepared, 'digest' | 'transaction' | 'signatures' | 'data'>;

/** Decodes a transaction and judges its shape. Signatures are checked by the caller. */
export const readSubmitted = (
  { protocol }: LedgerState,
  transaction: Uint8Array,
  signatures: readonly Uint8Array[],
): Submitted & { readonly signers: readonly Address[] } => {
  const data = decodeChecked(transaction);
  checkShape(data, protocol);
  const digest = digestText(saltedDigest('transaction', transaction));
  return { digest, transaction, signatures, data, signers: signersOf(data) };
};

/**
 * Checks, executes and stores a transaction with its checkpoint, durably, and returns its record. A transaction that was
 * executed before returns the stored record again. Throws a LEDGER error when a check fails; nothing is written then.
 * A Move abort is no error of this function: `effects.error` tells it. Who has many uses {@link submitTransaction}.
 */
export const executeTransaction = (
  ledger: Ledger,
  transaction: Uint8Array,
  signatures: readonly Uint8Array[],
): TransactionRecord => {
  const state = stateOf(ledger);
  const given = readSubmitted(state, transaction, signatures);
  checkSignatures(transaction, signatures, given.signers);
  return change(state, () => storeRun(state, run(state, given)));
};

/** Checks payment and inputs of a transaction that is to be executed by all rules. */
export const checkPaid = (
  state: LedgerState,
  batch: Batch,
  data: TransactionData,
): Pick<Prepared, 'inputs' | 'gas' | 'gasless'> => {
  const gasless = isGasless(data) ? gaslessTypes(state) : undefined;
  if (gasless) checkGasless(data, gasless);
  else checkGasData(data.gas);
  const view = viewOf(state, batch);
  const gas = data.gas.payment.length > 0 ? paymentOf(checkGasCoins(data.gas, view)) : paymentWithoutCoins(data);
  const inputs = checkInputs(data, data.sender, view);
  checkReplay(data, inputs);
  if (gasless) checkGaslessObjects(inputs, gasless);
  checkDenied(data, inputs, view.object);
  checkWithdrawals(data, payingFunds(gas), view.object);
  return { inputs, gas, ...(gasless ? { gasless } : {}) };
};

/** A transaction that was executed before, or has run on top of a checkpoint and is not stored yet. */
export type Run =
  | { readonly kind: 'known'; readonly record: TransactionRecord }
  | { readonly kind: 'new'; readonly executed: Executed; readonly batch: Batch; readonly clock: ChainClock };

/** Checks and executes a transaction on top of the latest checkpoint; stores nothing. */
export const run = (state: LedgerState, given: Submitted): Run => {
  const record = readTransaction(state.db, given.digest);
  if (record) return { kind: 'known', record };
  const { data } = given;
  const batch = newBatch(nextTimestamp(state));
  checkExpiration(data.expiration, headOf(state).clock.epoch, batch.timestampMs, chainIdOf(state));
  const clock = prologue(state, batch, data); // gone with the batch when a check below fails
  const paid = checkPaid(state, batch, data);
  const executed = execute(state, batch, clock, { ...given, ...paid, ...limitsOf(data), inspect: false });
  addToBatch(batch, executed);
  settleFunds(state, batch, executed);
  return { kind: 'new', executed, batch, clock };
};

/** Stores what {@link run} gave, in the write transaction of the same head. */
export const storeRun = (state: LedgerState, ran: Run): TransactionRecord => {
  if (ran.kind === 'known') return ran.record;
  const { executed, batch, clock } = ran;
  const checkpoint = commitBatch(state, batch, { clock });
  const after = batch.transactions.length - batch.transactions.indexOf(executed);
  return recordOf(executed, checkpoint.networkTotalTransactions - after, checkpoint);
};
