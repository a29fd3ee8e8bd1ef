import { GrpcTypes } from '@mysten/sui/grpc';
import type { CheckpointRecord } from '../../types.ts';
import { checkpointMessage } from '../convert/checkpoint.ts';
import { chainState, getCheckpoint, getTransaction } from '../ledger-functions.ts';
import { parseMask } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { MAX_SCANNED_ROWS } from '../rpc-params.ts';
import type { Draft } from '../transport/proto.ts';
import { encodeCursor } from './cursor.ts';
import { candidate, type TransactionPredicate, transactionFilter } from './filter.ts';
import { type Range, rangeOf } from './range.ts';
import { farSide, watermarkAt } from './scan.ts';
import { ITSELF } from './transactions.ts';

const reasons = GrpcTypes.QueryEndReason;

/** Fields of a checkpoint when the caller names none. */
export const CHECKPOINT_DEFAULTS = ['sequence_number', 'digest'];

/** Whether any transaction of a checkpoint matches. */
export const checkpointMatches = (context: RpcContext, record: CheckpointRecord, matches: TransactionPredicate) =>
  record.contents.some(({ transaction }) => {
    const executed = getTransaction(context.ledger, transaction);
    return executed !== undefined && matches(candidate(executed));
  });

/** Checkpoint numbers inside a range, in its order. */
function* numbersIn({ after, before, descending }: Range): Generator<number> {
  const first = after.index < ITSELF ? after.sequence : after.sequence + 1;
  const last = before.index > ITSELF ? before.sequence : before.sequence - 1;
  if (descending) for (let number = last; number >= first; number--) yield number;
  else for (let number = first; number <= last; number++) yield number;
}

const watermark = (number: number): Draft<'Watermark'> => ({
  cursor: encodeCursor({ sequence: number, index: ITSELF }),
  checkpoint: BigInt(number),
});

/** `LedgerService.ListCheckpoints`. */
export async function* listCheckpoints(
  context: RpcContext,
  request: GrpcTypes.ListCheckpointsRequest,
  signal: AbortSignal,
): AsyncGenerator<Draft<'ListCheckpointsResponse'>> {
  const mask = parseMask(GrpcTypes.Checkpoint, request.readMask, CHECKPOINT_DEFAULTS);
  const matches = request.filter ? transactionFilter(request.filter) : undefined;
  const end = chainState(context.ledger).checkpoint + 1;
  const range = rangeOf(request, (checkpoint) => Math.min(checkpoint, end), end);
  let sent = 0;
  let scanned = 0;
  let last = watermarkAt(farSide(range), undefined);
  for (const number of numbersIn(range)) {
    signal.throwIfAborted();
    const record = getCheckpoint(context.ledger, number) as CheckpointRecord;
    last = watermark(number);
    scanned += 1;
    if (!matches || checkpointMatches(context, record, matches)) {
      sent += 1;
      const frame = { checkpoint: checkpointMessage(context, record, mask), watermark: last };
      if (sent === range.limit) return yield { ...frame, end: { reason: reasons.ITEM_LIMIT } };
      yield frame;
    }
    if (scanned === MAX_SCANNED_ROWS) return yield { watermark: last, end: { reason: reasons.SCAN_LIMIT } };
  }
  yield { watermark: last, end: { reason: range.endReason } };
}
