import { encodeEvents } from '../../internal/checkpoint-bcs.ts';
import type { LedgerEvent } from '../../types.ts';
import { type Mask, wants, within } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { Draft } from '../transport/proto.ts';
import { prefixed } from './address.ts';
import { jsonOfBcs } from './json.ts';

/** Where an event stands in the chain; only committed events have a place. */
export interface EventPlace {
  readonly checkpoint: number;
  readonly digest: string;
  /** Position of its transaction in the checkpoint. */
  readonly transactionIndex: number;
  /** Position in its transaction. */
  readonly index: number;
}

/** An event with the parts the mask wants; the caller projects. */
export const eventMessage = (
  context: RpcContext,
  event: LedgerEvent,
  mask: Mask | undefined,
  place?: EventPlace,
): Draft<'Event'> => {
  const draft: Draft<'Event'> = {
    packageId: prefixed(event.packageId),
    module: event.module,
    sender: prefixed(event.sender),
    eventType: event.type,
    contents: { name: event.type, value: event.contents },
  };
  if (wants(mask, 'json')) Object.assign(draft, jsonOfBcs(context.vm, event.type, event.contents));
  if (!place) return draft;
  return {
    ...draft,
    checkpoint: BigInt(place.checkpoint),
    transactionDigest: place.digest,
    transactionIndex: BigInt(place.transactionIndex),
    eventIndex: place.index,
  };
};

/** All events of a transaction. */
export const eventsMessage = (
  context: RpcContext,
  events: readonly LedgerEvent[],
  digest: string | null,
  mask: Mask,
): Draft<'TransactionEvents'> => {
  const draft: Draft<'TransactionEvents'> = {};
  if (digest !== null) draft.digest = digest;
  if (wants(mask, 'bcs')) draft.bcs = { name: 'TransactionEvents', value: encodeEvents(events) };
  if (wants(mask, 'events')) draft.events = events.map((event) => eventMessage(context, event, within(mask, 'events')));
  return draft;
};
