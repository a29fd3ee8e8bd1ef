/** Reading events from the chain, in ledger order. */
import type { Atoma } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';
import { networkError } from '../sdk-errors.ts';
import { type AtomaEvent, decodeEvent, type EventKind, type EventOf, eventType } from './decode.ts';

/** Which events {@link listEvents} gives. */
export interface ListEventsParameters<Kind extends EventKind = EventKind> {
  /** Only this kind. */
  readonly kind?: Kind;
  /** Only events of TOMA's faucet (`toma`) instead of the market's. */
  readonly from?: 'market' | 'toma';
  /** Cursor of the page before; oldest first. */
  readonly after?: string;
  /** Cursor of the page before, newest first. */
  readonly before?: string;
  readonly order?: 'ascending' | 'descending';
  /** Events a page, at most 50. Default 50. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A page of events. */
export interface EventPage<Kind extends EventKind = EventKind> {
  readonly events: readonly EventOf<Kind>[];
  /** Pass as `after` (or `before`) to go on; null when nothing was read. */
  readonly cursor: string | null;
  readonly hasMore: boolean;
}

const typeFilter = (atoma: Atoma, { kind, from = 'market' }: ListEventsParameters): string => {
  if (kind !== undefined) return eventType(atoma.deployment, kind);
  return from === 'toma'
    ? `${requireId(atoma.deployment, 'tomaOriginalPackageId')}::toma`
    : `${atoma.deployment.originalPackageId}::events`;
};

const isOf =
  <Kind extends EventKind>(kind: Kind | undefined) =>
  (event: AtomaEvent): event is EventOf<Kind> =>
    kind === undefined || event.kind === kind;

/** One page of the market's events. */
export const listEvents = async <Kind extends EventKind = EventKind>(
  atoma: Atoma,
  parameters: ListEventsParameters<Kind> = {},
): Promise<EventPage<Kind>> => {
  const { after, before, order, limit, signal } = parameters;
  const call = atoma.client.listEvents({
    filter: { eventType: typeFilter(atoma, parameters) },
    ...(after !== undefined && { after }),
    ...(before !== undefined && { before }),
    ...(order && { order }),
    ...(limit !== undefined && { limit }),
    ...(signal && { signal }),
  });
  const page = await reach(atoma.deployment.network, call);
  const events = page.events
    .map((event) => decodeEvent(atoma.deployment, event))
    .filter((event) => event !== null)
    .filter(isOf(parameters.kind));
  return { events, cursor: page.endCursor, hasMore: page.hasNextPage };
};

/** Every event so far, of one kind where `kind` names it, oldest first. */
export const listAllEvents = async <Kind extends EventKind = EventKind>(
  atoma: Atoma,
  parameters: Pick<ListEventsParameters<Kind>, 'kind' | 'from' | 'signal'> = {},
): Promise<readonly EventOf<Kind>[]> => {
  const found: EventOf<Kind>[] = [];
  for (let after: string | null = null; ; ) {
    const page: EventPage<Kind> = await listEvents(atoma, { ...parameters, ...(after !== null && { after }) });
    found.push(...page.events);
    if (!page.hasMore) return found;
    after = page.cursor;
  }
};

/** The first event of a kind that `wanted` says yes to, in this order; no page is read beyond it. */
export const findEvent = async <Kind extends EventKind>(
  atoma: Atoma,
  kind: Kind,
  order: 'ascending' | 'descending',
  wanted: (event: EventOf<Kind>) => boolean,
): Promise<EventOf<Kind> | undefined> => {
  const from = order === 'ascending' ? 'after' : 'before';
  for (let cursor: string | null = null; ; ) {
    const page: EventPage<Kind> = await listEvents(atoma, { kind, order, ...(cursor !== null && { [from]: cursor }) });
    const found = page.events.find(wanted);
    if (found || !page.hasMore || page.cursor === null) return found;
    cursor = page.cursor;
  }
};

/** How {@link followEvents} goes on. */
export interface FollowEventsParameters extends Pick<ListEventsParameters, 'kind' | 'from' | 'after' | 'signal'> {
  /** Pause between looks when nothing new came, in ms. Default 1,000. */
  readonly pollMs?: number;
}

const pause = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(networkError('CANCELLED', {}, signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
  });

/**
 * Events as they happen, none left out: pages from the cursor on, then looks again every `pollMs`. Without `after` it starts
 * with the first event of all. Ends by throwing `NETWORK_CANCELLED` when the signal aborts.
 */
export async function* followEvents(
  atoma: Atoma,
  parameters: FollowEventsParameters = {},
): AsyncGenerator<AtomaEvent & { readonly cursor: string | null }> {
  const { pollMs = 1_000, after, ...rest } = parameters;
  for (let cursor = after ?? null; ; ) {
    const page = await listEvents(atoma, { ...rest, ...(cursor !== null && { after: cursor }) });
    cursor = page.cursor ?? cursor;
    for (const event of page.events) yield { ...event, cursor };
    if (!page.hasMore) await pause(pollMs, rest.signal);
  }
}
