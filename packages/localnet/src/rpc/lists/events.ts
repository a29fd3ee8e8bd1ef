import { GrpcTypes } from '@mysten/sui/grpc';
import { eventMessage } from '../convert/event.ts';
import { transactionIndex } from '../convert/executed.ts';
import { type EventRecord, listEvents as readEvents } from '../ledger-functions.ts';
import { type Mask, parseMask, project, wants } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { SCAN_CHUNK } from '../rpc-params.ts';
import type { Draft } from '../transport/proto.ts';
import type { Position } from './cursor.ts';
import { eventFilter } from './filter.ts';
import { eventHint } from './hint.ts';
import { rangeOf, transactionCount, transactionsBefore } from './range.ts';
import { type Row, scan } from './scan.ts';

/** Fields of an event when the caller names none. */
export const EVENT_DEFAULTS = ['package_id', 'module', 'sender', 'event_type', 'contents'];

/** An open interval of the chain and the way through it. */
export interface Interval {
  readonly after: Position;
  readonly before: Position;
  readonly descending: boolean;
}

/** Events of an interval that an index can tell apart from others; the filter decides which of them match. */
export function* eventRows(
  context: RpcContext,
  interval: Interval,
  filter: GrpcTypes.EventFilter | undefined,
): Generator<Row<EventRecord>> {
  const hint = eventHint(filter);
  let { after, before } = interval;
  while (true) {
    const { descending } = interval;
    const chunk = readEvents(context.ledger, {
      after,
      before,
      descending,
      limit: SCAN_CHUNK,
      ...(hint ? { filter: hint } : {}),
    });
    for (const item of chunk) yield { sequence: item.sequence, index: item.index, checkpoint: item.checkpoint, item };
    const last = chunk.at(-1);
    if (!last || chunk.length < SCAN_CHUNK) return;
    if (descending) before = last;
    else after = last;
  }
}

/** The wanted fields of an event with its place. */
export const placedEventMessage = (context: RpcContext, event: EventRecord, mask: Mask): Draft<'Event'> => {
  const { checkpoint, transaction: digest, index } = event;
  const position = wants(mask, 'transactionIndex') ? transactionIndex(context, checkpoint, digest) : 0;
  const place = { checkpoint, digest, transactionIndex: position, index };
  return project(GrpcTypes.Event, eventMessage(context, event, mask, place), mask);
};

/** `LedgerService.ListEvents`. */
export async function* listEvents(
  context: RpcContext,
  request: GrpcTypes.ListEventsRequest,
  signal: AbortSignal,
): AsyncGenerator<Draft<'ListEventsResponse'>> {
  const mask = parseMask(GrpcTypes.Event, request.readMask, EVENT_DEFAULTS);
  const matches = eventFilter(request.filter);
  const range = rangeOf(request, (checkpoint) => transactionsBefore(context, checkpoint), transactionCount(context));
  for (const { item, ...frame } of scan(range, eventRows(context, range, request.filter), matches)) {
    signal.throwIfAborted();
    yield item ? { ...frame, event: placedEventMessage(context, item, mask) } : frame;
  }
}
