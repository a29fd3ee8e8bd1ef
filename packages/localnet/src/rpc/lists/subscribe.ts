import { GrpcTypes } from '@mysten/sui/grpc';
import { restoresOf } from '../commits.ts';
import { checkpointMessage } from '../convert/checkpoint.ts';
import { executedMessage } from '../convert/executed.ts';
import { chainState, getCheckpoint } from '../ledger-functions.ts';
import { parseMask } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { Draft } from '../transport/proto.ts';
import { CHECKPOINT_DEFAULTS, checkpointMatches } from './checkpoints.ts';
import { type Position, WHOLE } from './cursor.ts';
import { EVENT_DEFAULTS, eventRows, type Interval, placedEventMessage } from './events.ts';
import { candidate, eventFilter, transactionFilter } from './filter.ts';
import { transactionCount } from './range.ts';
import { type Row, watermarkAt } from './scan.ts';
import { transactionRows } from './transactions.ts';

interface Followed<Item> {
  readonly item?: Item;
  readonly watermark: Draft<'Watermark'>;
}

/** A subscription cannot go on over a restore: what it already told did not happen. */
const rollbackGuard = (context: RpcContext): (() => void) => {
  const restores = restoresOf(context.ledger);
  return () => {
    if (restoresOf(context.ledger) === restores) return;
    throw rpcError('ROLLED_BACK', { checkpoint: chainState(context.ledger).checkpoint });
  };
};

type ReadRows<Item> = (interval: Interval) => Iterable<Row<Item>>;

/**
 * Follows the chain from a transaction count on. Everything is read from the store at the reader's own pace, so a slow
 * reader falls behind but never misses anything. Filtered streams begin with a frame of progress only, and get one
 * after each look that found nothing. While a transaction's items are sent, only earlier checkpoints are covered.
 */
async function* follow<Item>(
  context: RpcContext,
  start: number,
  isFiltered: boolean,
  rows: ReadRows<Item>,
  signal: AbortSignal,
): AsyncGenerator<Followed<Item>> {
  let next = start;
  const behind = (): Position => ({ sequence: next - 1, index: WHOLE });
  const assertNotRolledBack = rollbackGuard(context);
  const progress = () => ({ watermark: watermarkAt(behind(), chainState(context.ledger).checkpoint) });
  if (isFiltered) yield progress();
  while (!signal.aborted) {
    const count = transactionCount(context);
    assertNotRolledBack();
    if (count === next) {
      await context.nextCommit(signal);
      continue;
    }
    let found = 0;
    for (const row of rows({ after: behind(), before: { sequence: count, index: 0 }, descending: false })) {
      signal.throwIfAborted();
      found += 1;
      yield { item: row.item, watermark: watermarkAt(row, row.checkpoint === 0 ? undefined : row.checkpoint - 1) };
    }
    next = count;
    if (isFiltered && found === 0) yield progress();
  }
  signal.throwIfAborted();
}

function* filtered<Item>(rows: Iterable<Row<Item>>, matches: (item: Item) => boolean): Generator<Row<Item>> {
  for (const row of rows) if (matches(row.item)) yield row;
}

async function* mapped<From, To>(source: AsyncIterable<From>, convert: (from: From) => To): AsyncGenerator<To> {
  for await (const from of source) yield convert(from);
}

/** `SubscriptionService.SubscribeEvents`. The stream starts at the newest transaction of this moment. */
export const subscribeEvents = (
  context: RpcContext,
  request: GrpcTypes.SubscribeEventsRequest,
  signal: AbortSignal,
): AsyncIterable<Draft<'SubscribeEventsResponse'>> => {
  const mask = parseMask(GrpcTypes.Event, request.readMask, EVENT_DEFAULTS);
  const matches = eventFilter(request.filter);
  const rows = (interval: Interval) => filtered(eventRows(context, interval, request.filter), matches);
  const source = follow(context, transactionCount(context), request.filter !== undefined, rows, signal);
  return mapped(source, ({ item, watermark }) =>
    item ? { event: placedEventMessage(context, item, mask), watermark } : { watermark },
  );
};

/** `SubscriptionService.SubscribeTransactions`. */
export const subscribeTransactions = (
  context: RpcContext,
  request: GrpcTypes.SubscribeTransactionsRequest,
  signal: AbortSignal,
): AsyncIterable<Draft<'SubscribeTransactionsResponse'>> => {
  const mask = parseMask(GrpcTypes.ExecutedTransaction, request.readMask, ['digest']);
  const isWanted = transactionFilter(request.filter);
  const rows = (interval: Interval) =>
    filtered(transactionRows(context, interval, request.filter), (record) => isWanted(candidate(record)));
  const source = follow(context, transactionCount(context), request.filter !== undefined, rows, signal);
  return mapped(source, ({ item, watermark }) =>
    item ? { transaction: executedMessage(context, item, mask, 'with-place'), watermark } : { watermark },
  );
};

/** `SubscriptionService.SubscribeCheckpoints`. Without a filter every checkpoint is sent, in order and without gaps. */
export const subscribeCheckpoints = (
  context: RpcContext,
  request: GrpcTypes.SubscribeCheckpointsRequest,
  signal: AbortSignal,
): AsyncIterable<Draft<'SubscribeCheckpointsResponse'>> => {
  const mask = parseMask(GrpcTypes.Checkpoint, request.readMask, CHECKPOINT_DEFAULTS);
  const matches = request.filter && transactionFilter(request.filter);
  const start = chainState(context.ledger).checkpoint + 1;
  const isWanted = (record: Parameters<typeof checkpointMatches>[1]) =>
    !matches || checkpointMatches(context, record, matches);
  return followCheckpoints(context, start, matches !== undefined, signal, (number) => {
    const record = getCheckpoint(context.ledger, number)!;
    return isWanted(record) ? { checkpoint: checkpointMessage(context, record, mask) } : undefined;
  });
};

async function* followCheckpoints(
  context: RpcContext,
  start: number,
  isFiltered: boolean,
  signal: AbortSignal,
  read: (number: number) => Draft<'SubscribeCheckpointsResponse'> | undefined,
): AsyncGenerator<Draft<'SubscribeCheckpointsResponse'>> {
  let next = start;
  const assertNotRolledBack = rollbackGuard(context);
  if (isFiltered) yield { cursor: BigInt(start - 1) };
  while (!signal.aborted) {
    const tip = chainState(context.ledger).checkpoint;
    assertNotRolledBack();
    if (tip < next) await context.nextCommit(signal);
    for (; next <= tip; next++) {
      signal.throwIfAborted();
      const frame = read(next);
      if (frame || next === tip) yield { cursor: BigInt(next), ...frame };
    }
  }
  signal.throwIfAborted();
}
