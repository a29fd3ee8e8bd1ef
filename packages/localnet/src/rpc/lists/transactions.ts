import { GrpcTypes } from '@mysten/sui/grpc';
import type { TransactionRecord } from '../../types.ts';
import { executedMessage } from '../convert/executed.ts';
import { listTransactions as readTransactions } from '../ledger-functions.ts';
import { parseMask } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { SCAN_CHUNK } from '../rpc-params.ts';
import type { Draft } from '../transport/proto.ts';
import type { Interval } from './events.ts';
import { candidate, transactionFilter } from './filter.ts';
import { transactionHint } from './hint.ts';
import { rangeOf, transactionCount, transactionsBefore } from './range.ts';
import { type Row, scan } from './scan.ts';

/** Index of a transaction's own position: its cursors name no event. */
export const ITSELF = 1;

/** Transactions of an interval that an index can tell apart from others; the filter decides which of them match. */
export function* transactionRows(
  context: RpcContext,
  interval: Interval,
  filter: GrpcTypes.TransactionFilter | undefined,
): Generator<Row<TransactionRecord>> {
  const hint = transactionHint(filter);
  const { descending } = interval;
  let after = interval.after.index < ITSELF ? interval.after.sequence - 1 : interval.after.sequence;
  let before = interval.before.index > ITSELF ? interval.before.sequence + 1 : interval.before.sequence;
  while (true) {
    const bounds = { after, before, descending, limit: SCAN_CHUNK };
    const chunk = readTransactions(context.ledger, hint ? { ...bounds, filter: hint } : bounds);
    for (const item of chunk) yield { sequence: item.sequence, index: ITSELF, checkpoint: item.checkpoint, item };
    const last = chunk.at(-1);
    if (!last || chunk.length < SCAN_CHUNK) return;
    if (descending) before = last.sequence;
    else after = last.sequence;
  }
}

/** `LedgerService.ListTransactions`. */
export async function* listTransactions(
  context: RpcContext,
  request: GrpcTypes.ListTransactionsRequest,
  signal: AbortSignal,
): AsyncGenerator<Draft<'ListTransactionsResponse'>> {
  const mask = parseMask(GrpcTypes.ExecutedTransaction, request.readMask, ['digest']);
  const isWanted = transactionFilter(request.filter);
  const range = rangeOf(request, (checkpoint) => transactionsBefore(context, checkpoint), transactionCount(context));
  const rows = transactionRows(context, range, request.filter);
  for (const { item, ...frame } of scan(range, rows, (record) => isWanted(candidate(record)))) {
    signal.throwIfAborted();
    yield item ? { ...frame, transaction: executedMessage(context, item, mask, 'with-place') } : frame;
  }
}
