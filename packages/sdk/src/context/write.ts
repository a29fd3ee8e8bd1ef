/** What every write takes and gives, whatever it does. */
import { type AtomaError, isAtomaError } from '@atoma/base';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { sdkError } from '../sdk-errors.ts';

/** Gas figures in MIST. */
export interface GasCost {
  readonly computation: bigint;
  readonly storage: bigint;
  readonly rebate: bigint;
  readonly nonRefundable: bigint;
  /** What the sender pays: computation + storage - rebate. */
  readonly net: bigint;
  /** Most it may spend. */
  readonly budget: bigint;
}

/** What a write costs its sender. */
export interface Cost {
  /** Change of the sender's TOMA in base units; negative is spent. */
  readonly toma: bigint;
  /** Change of the sender's SUI in MIST, gas included; negative is spent. */
  readonly sui: bigint;
  /** TOMA this call locks as bond or collateral (for a purchase the node's bond), null when it locks none. */
  readonly bond: bigint | null;
  readonly gas: GasCost;
}

interface Succeeded<Result> {
  readonly result: Result;
  readonly cost: Cost;
  /** Epoch it was executed or simulated in. */
  readonly epoch: bigint;
}

/** Signed, executed, successful. */
export interface ExecutedWrite<Result> extends Succeeded<Result> {
  readonly kind: 'executed';
  readonly digest: string;
}

/** Only simulated; the result is what would happen. Drawn ids are examples. */
export interface SimulatedWrite<Result> extends Succeeded<Result> {
  readonly kind: 'simulated';
  readonly digest: null;
}

/** `confirm` said no; nothing was sent. */
export interface DeclinedWrite<Result> extends Succeeded<Result> {
  readonly kind: 'declined';
  readonly digest: null;
}

/** Failed. With a digest it was executed and gas was paid; without one the simulation refused it and nothing was sent. */
export interface FailedWrite {
  readonly kind: 'failed';
  readonly digest: string | null;
  readonly failure: ExecutionFailure;
  readonly cost: Cost | null;
}

/** What became of a write. */
export type WriteOutcome<Result> = ExecutedWrite<Result> | SimulatedWrite<Result> | DeclinedWrite<Result> | FailedWrite;

/** How to run a write. */
export interface WriteOptions<Result> {
  /** Stop after the simulation. */
  readonly dryRun?: boolean;
  /** Called after a successful simulation; false stops before anything is signed. */
  readonly confirm?: (planned: SimulatedWrite<Result>) => boolean | Promise<boolean>;
  /** MIST; before the context's. Absent: the chain's estimate. */
  readonly gasBudget?: bigint;
  readonly signal?: AbortSignal;
}

/** `SDK_TRANSACTION_FAILED` for a failure of execution, which is its cause; for callers that want errors, not outcomes. */
export const failedCall = (label: string, failure: ExecutionFailure): AtomaError => {
  const { kind, sentence, remedy } = failure;
  const name = failure.kind === 'gas' ? 'gas' : failure.name;
  return sdkError('TRANSACTION_FAILED', { label, sentence, remedy, name, kind }, failure);
};

/** The failure a {@link failedCall} stands for; null for any other error. */
export const failureOf = (error: unknown): ExecutionFailure | null =>
  isAtomaError(error, 'SDK_TRANSACTION_FAILED') ? (error.cause as ExecutionFailure) : null;

/** The result of an executed write. Throws `SDK_TRANSACTION_FAILED`, `SDK_NOT_EXECUTED`. */
export const executedResult = <Result>(outcome: WriteOutcome<Result>, label = 'The call'): Result => {
  if (outcome.kind === 'executed') return outcome.result;
  if (outcome.kind !== 'failed') throw sdkError('NOT_EXECUTED', { label });
  throw failedCall(label, outcome.failure);
};
