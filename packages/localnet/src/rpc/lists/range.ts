import { GrpcTypes } from '@mysten/sui/grpc';
import type { CheckpointRecord } from '../../types.ts';
import { placeOf } from '../convert/address.ts';
import { chainState, getCheckpoint } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { DEFAULT_PAGE_SIZE, MAX_LIST_ITEMS } from '../rpc-params.ts';
import { comparePositions, decodeCursor, type Position, WHOLE } from './cursor.ts';

type Reason = GrpcTypes.QueryEndReason;
const reasons = GrpcTypes.QueryEndReason;

/** An open interval of the chain, the order to read it in, and why reading ends at its far side. */
export interface Range {
  readonly after: Position;
  readonly before: Position;
  readonly descending: boolean;
  readonly limit: number;
  readonly endReason: Reason;
}

/** The parts of a list request that select a range. */
export interface RangeRequest {
  readonly startCheckpoint?: bigint;
  readonly endCheckpoint?: bigint;
  readonly options?: GrpcTypes.QueryOptions;
}

interface Bound {
  readonly position: Position;
  readonly reason: Reason;
}

const tightest = (bounds: readonly (Bound | undefined)[], better: (a: Position, b: Position) => boolean): Bound =>
  bounds
    .filter((bound): bound is Bound => bound !== undefined)
    .reduce((best, bound) => (better(bound.position, best.position) ? bound : best));

const cursorBound = (bytes: Uint8Array | undefined): Bound | undefined => {
  const position = decodeCursor(bytes);
  return position && { position, reason: reasons.CURSOR_BOUND };
};

/**
 * The interval a request asks for. `startOf` gives the first sequence number at or after a checkpoint, one past the
 * newest for a checkpoint that does not exist yet.
 */
export const rangeOf = (request: RangeRequest, startOf: (checkpoint: number) => number, end: number): Range => {
  const { options } = request;
  const descending = options?.ordering === GrpcTypes.Ordering.DESCENDING;
  const start = placeOf(request.startCheckpoint ?? 0n);
  const lower = tightest(
    [
      { position: { sequence: startOf(start) - 1, index: WHOLE }, reason: reasons.CHECKPOINT_BOUND },
      cursorBound(options?.after),
    ],
    (a, b) => comparePositions(a, b) > 0,
  );
  const upper = tightest(
    [
      { position: { sequence: end, index: 0 }, reason: reasons.LEDGER_TIP },
      request.endCheckpoint === undefined
        ? undefined
        : {
            position: { sequence: startOf(placeOf(request.endCheckpoint)), index: 0 },
            reason: reasons.CHECKPOINT_BOUND,
          },
      cursorBound(options?.before),
    ],
    (a, b) => comparePositions(a, b) < 0,
  );
  return {
    after: lower.position,
    before: upper.position,
    descending,
    limit: Math.min(options?.limit || DEFAULT_PAGE_SIZE, MAX_LIST_ITEMS),
    endReason: (descending ? lower : upper).reason,
  };
};

/** Transactions of all checkpoints before the given one: the sequence number its first transaction has. */
export const transactionsBefore = (context: RpcContext, checkpoint: number): number => {
  if (checkpoint === 0) return 0;
  const tip = chainState(context.ledger).checkpoint;
  return (getCheckpoint(context.ledger, Math.min(checkpoint - 1, tip)) as CheckpointRecord).networkTotalTransactions;
};

/** Transactions so far: one past the newest sequence number. */
export const transactionCount = (context: RpcContext): number =>
  transactionsBefore(context, chainState(context.ledger).checkpoint + 1);
