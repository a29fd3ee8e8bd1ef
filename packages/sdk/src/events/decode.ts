/** Events of the market and of TOMA's faucet as data. */
import { normalizeStructTag } from '@mysten/sui/utils';
import type { Deployment } from '../deployment/record.ts';
import * as market from '../generated/bindings/atoma/events.ts';
import { FaucetEvent, FaucetSwitchedEvent, TomaPublishedEvent } from '../generated/bindings/toma/toma.ts';
import { resolvedLayout } from '../internal/layouts.ts';
import { sdkError } from '../sdk-errors.ts';

const coinEvents = { FaucetEvent, FaucetSwitchedEvent, TomaPublishedEvent };
const layouts = { ...market, ...coinEvents };
/** Of those whose fields an earlier contract wrote differently. */
const read = { ...layouts, DisputeResolvedEvent: resolvedLayout };

/** Name of an event struct of the contract. */
export type EventKind = keyof typeof layouts;

/** Fields of an event, in camelCase; u64 as bigint, byte vectors as Uint8Array. */
export type EventData<Kind extends EventKind> = (typeof layouts)[Kind]['$inferType'];

/** Where an event stands on the chain. */
export interface EventPlace {
  readonly digest: string;
  /** Index among the transaction's events. */
  readonly eventIndex: number;
  /** Checkpoint number, decimal; null before it is in one. */
  readonly checkpoint: string | null;
  readonly sender: string;
}

type Events = { readonly [Kind in EventKind]: EventPlace & { readonly kind: Kind; readonly data: EventData<Kind> } };

/** An event of a kind. */
export type EventOf<Kind extends EventKind> = Events[Kind];

/** Any event of the market or of TOMA; `kind` discriminates. */
export type AtomaEvent = EventOf<EventKind>;

/** An event as the chain client gives it; place fields only where the client knows them. */
export interface RawEvent {
  readonly eventType: string;
  readonly bcs: Uint8Array;
  readonly sender: string;
  readonly transactionDigest?: string;
  readonly eventIndex?: number;
  readonly checkpoint?: string | null;
}

/** Every kind of event, the market's first. */
export const eventKinds: readonly EventKind[] = Object.keys(layouts) as EventKind[];

/** The event type's full name on this deployment. */
export const eventType = (deployment: Deployment, kind: EventKind): string =>
  kind in coinEvents
    ? `${deployment.tomaOriginalPackageId}::toma::${kind}`
    : `${deployment.originalPackageId}::events::${kind}`;

const kindOf = (deployment: Deployment, type: string): EventKind | null => {
  const [address = '', module = '', name = ''] = normalizeStructTag(type).split('::');
  const { originalPackageId, packageId, tomaOriginalPackageId } = deployment;
  const isMarket = module === 'events' && (address === originalPackageId || address === packageId) && name in market;
  const isCoin = module === 'toma' && address === tomaOriginalPackageId && name in coinEvents;
  return isMarket || isCoin ? (name as EventKind) : null;
};

/** Decodes an event; null when it is not one of this deployment. Throws `SDK_DECODE` when its layout is another. */
export const decodeEvent = (deployment: Deployment, event: RawEvent): AtomaEvent | null => {
  const kind = kindOf(deployment, event.eventType);
  if (kind === null) return null;
  const { transactionDigest: digest = '', eventIndex = 0, checkpoint = null, sender } = event;
  try {
    return { kind, data: read[kind].parse(event.bcs), digest, eventIndex, checkpoint, sender } as AtomaEvent;
  } catch (cause) {
    throw sdkError('DECODE', { what: `Event ${event.eventType}` }, cause);
  }
};
