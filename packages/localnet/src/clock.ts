import { type Batch, commitBatch, newBatch, objectIn, runSystemTransaction } from './internal/commit.ts';
import { clockObject, randomInnerObject, randomObject, SYSTEM, systemStateObject } from './internal/genesis.ts';
import { derive } from './internal/keys.ts';
import { change, headOf, type Ledger, type LedgerState, stateOf } from './internal/state.ts';
import type { ChainClock } from './internal/store/checkpoint-rows.ts';
import { ledgerError } from './ledger-errors.ts';
import type { Digest } from './types.ts';

/** Time of the next checkpoint, ms: never before the last one's. */
export const nextTimestamp = (state: LedgerState): number => {
  const head = headOf(state);
  if (state.forcedTimeMs !== undefined) return state.forcedTimeMs;
  return state.clockMode === 'logical'
    ? head.timestampMs + 1
    : Math.max(head.timestampMs, Date.now() + head.clock.offsetMs);
};

/** Writes the batch's time into the Clock object, by a commit prologue as on Sui. No Move code runs. */
export const tickClock = (state: LedgerState, batch: Batch, clock: ChainClock): Digest => {
  const round = headOf(state).sequence + 1;
  const kind = { kind: 'clock', epoch: clock.epoch, round, timestampMs: batch.timestampMs } as const;
  return runSystemTransaction(state, batch, kind, [clockObject(batch.timestampMs)]).digest;
};

/** True when the Clock object does not show the batch's time yet. */
export const isClockBehind = (state: LedgerState, batch: Batch): boolean => {
  const contents = objectIn(state, batch, SYSTEM.clock)?.contents;
  return contents === undefined || Buffer.from(contents).readBigUInt64LE(32) !== BigInt(batch.timestampMs);
};

/** Draws the next randomness: 32 bytes of BLAKE2b over seed, epoch and round, written as on Sui by a transaction of its own. */
export const drawRandomness = (state: LedgerState, batch: Batch, clock: ChainClock): ChainClock => {
  const { epoch, randomRound: round } = clock;
  const bytes = derive(state.seed, 'randomness', epoch, round);
  const objects = [randomObject(), randomInnerObject(epoch, round, bytes)];
  runSystemTransaction(state, batch, { kind: 'randomness', epoch, round, bytes }, objects);
  return { ...clock, randomRound: round + 1 };
};

const wholeFrom = (what: string, least: number, given: number): void => {
  if (!Number.isSafeInteger(given) || given < least)
    throw ledgerError('BAD_ARGUMENT', { what, expected: `a whole number from ${least}`, given });
};

/** The new time and the transaction that wrote it into the Clock object. */
export interface ClockStep {
  readonly timestampMs: number;
  readonly digest: Digest;
  readonly checkpoint: number;
}

/** Moves the chain's time ahead by `ms` (at least 1) in a checkpoint of its own; the wall clock goes on from there. */
export const advanceClock = (ledger: Ledger, ms: number): ClockStep => {
  wholeFrom('The time to advance, in ms,', 1, ms);
  const state = stateOf(ledger);
  return change(state, () => {
    const head = headOf(state);
    const offsetMs =
      state.clockMode === 'logical' ? 0 : Math.max(head.clock.offsetMs, head.timestampMs - Date.now()) + ms;
    const target =
      state.forcedTimeMs ??
      (state.clockMode === 'logical' ? head.timestampMs + ms : Math.max(head.timestampMs + ms, Date.now() + offsetMs));
    const clock = { ...head.clock, offsetMs };
    const batch = newBatch(target);
    const digest = tickClock(state, batch, clock);
    const { sequence } = commitBatch(state, batch, { clock });
    return { timestampMs: target, digest, checkpoint: sequence };
  });
};

/** Ends the current epoch `count` times (default once); each step is one checkpoint and costs the same however many objects live. */
export const advanceEpoch = (ledger: Ledger, count = 1): { readonly epoch: number; readonly checkpoint: number } => {
  wholeFrom('The number of epochs', 1, count);
  const state = stateOf(ledger);
  return change(state, () => {
    for (let i = 0; i < count; i++) endEpoch(state);
    const head = headOf(state);
    return { epoch: head.clock.epoch, checkpoint: head.sequence };
  });
};

const endEpoch = (state: LedgerState): void => {
  const head = headOf(state);
  const batch = newBatch(nextTimestamp(state));
  const clock = { ...head.clock, epoch: head.clock.epoch + 1, epochStartMs: batch.timestampMs, randomRound: 0 };
  const gas = head.endOfEpoch ? undefined : head.epochRollingGas;
  const change = {
    kind: 'epoch',
    epoch: clock.epoch,
    protocolVersion: state.protocol.version,
    timestampMs: batch.timestampMs,
    storageCharge: gas?.storageCost ?? 0n,
    computationCharge: gas?.computationCost ?? 0n,
    storageRebate: gas?.storageRebate ?? 0n,
    nonRefundable: gas?.nonRefundableStorageFee ?? 0n,
  } as const;
  runSystemTransaction(state, batch, change, [systemStateObject()]);
  commitBatch(state, batch, { clock, endOfEpoch: true });
};
