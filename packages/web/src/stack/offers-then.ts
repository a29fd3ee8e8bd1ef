/** Who offered a task when a stack of it was bought, from the events before: what the rows of now no longer say. */
import type { AtomaEvent, EventKind } from '@atoma/sdk';
import type { PageProps } from '../pages/props.ts';

type Chain = Pick<PageProps, 'reads' | 'atoma'>;

/** An offer as it stood. */
export interface Offer {
  readonly node: bigint;
  /** Base units. */
  readonly price: bigint;
  readonly mostUnits: bigint;
}

/** Events an offer follows from. */
const KINDS: readonly EventKind[] = [
  'NodeSubscribedToTaskEvent',
  'NodeSubscriptionUpdatedEvent',
  'NodeUnsubscribedFromTaskEvent',
];

/** Events of a kind that are read at most. */
const MOST = 1_000;

const placeOf = ({ checkpoint, eventIndex }: AtomaEvent): readonly [number, number] => [
  Number(checkpoint ?? Number.MAX_SAFE_INTEGER),
  eventIndex,
];

const byPlace = (a: AtomaEvent, b: AtomaEvent): number => {
  const [[checkpointA, indexA], [checkpointB, indexB]] = [placeOf(a), placeOf(b)];
  return checkpointA - checkpointB || indexA - indexB;
};

/** Offers of a task after these events, cheapest first; the events in any order. */
export const offersAfter = (events: readonly AtomaEvent[], task: bigint): readonly Offer[] => {
  const offers = new Map<bigint, Omit<Offer, 'node'>>();
  for (const event of [...events].sort(byPlace)) {
    switch (event.kind) {
      case 'NodeSubscribedToTaskEvent':
      case 'NodeSubscriptionUpdatedEvent': {
        const { nodeSmallId, taskSmallId, pricePerComputeUnit: price, maxNumComputeUnits: mostUnits } = event.data;
        if (taskSmallId === task) offers.set(nodeSmallId, { price, mostUnits });
        break;
      }
      case 'NodeUnsubscribedFromTaskEvent':
        if (event.data.taskSmallId === task) offers.delete(event.data.nodeSmallId);
        break;
      default:
    }
  }
  return [...offers]
    .map(([node, offer]) => ({ node, ...offer }))
    .sort((a, b) => Number(a.price - b.price) || Number(a.node - b.node));
};

/** Events of a kind before a checkpoint; null where there are too many for a page. */
const eventsBefore = async (
  { reads, atoma }: Chain,
  kind: EventKind,
  checkpoint: number,
): Promise<readonly AtomaEvent[] | null> => {
  const found: AtomaEvent[] = [];
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof reads.listEvents>> = await reads.listEvents(atoma, {
      kind,
      ...(after === null ? {} : { after }),
    });
    const before = page.events.filter((event) => placeOf(event)[0] < checkpoint);
    found.push(...before);
    if (found.length > MOST) return null;
    if (!page.hasMore || before.length < page.events.length) return found;
    after = page.cursor;
  }
};

/** Offers of a task before a checkpoint; null where too much has happened for a page. */
export const readOffersThen = async (
  chain: Chain,
  task: bigint,
  checkpoint: bigint,
): Promise<readonly Offer[] | null> => {
  const lists = await Promise.all(KINDS.map((kind) => eventsBefore(chain, kind, Number(checkpoint))));
  return lists.some((list) => list === null)
    ? null
    : offersAfter(
        lists.flatMap((list) => list ?? []),
        task,
      );
};
