import type { AtomaEvent } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { offersAfter, readOffersThen } from './offers-then.ts';

const event = (checkpoint: number, kind: string, data: object): AtomaEvent =>
  ({ kind, data, checkpoint: String(checkpoint), eventIndex: 0, digest: `t${checkpoint}` }) as unknown as AtomaEvent;
const offer = (node: bigint, price: bigint, task = 1n) => ({
  nodeSmallId: node,
  taskSmallId: task,
  pricePerComputeUnit: price,
  maxNumComputeUnits: 10n,
});

const history = [
  event(9, 'NodeUnsubscribedFromTaskEvent', { nodeSmallId: 2n, taskSmallId: 1n }),
  event(1, 'NodeSubscribedToTaskEvent', offer(1n, 30n)),
  event(2, 'NodeSubscribedToTaskEvent', offer(2n, 20n)),
  event(3, 'NodeSubscribedToTaskEvent', offer(3n, 10n, 2n)),
  event(4, 'NodeSubscriptionUpdatedEvent', offer(1n, 5n)),
];

test('offers follow from the events in the order of the ledger, of one task alone', () => {
  expect(offersAfter(history, 1n)).toEqual([{ node: 1n, price: 5n, mostUnits: 10n }]);
  expect(offersAfter(history.slice(1), 1n).map(({ node }) => node)).toEqual([1n, 2n]);
});

/** A chain of these events, three a page. */
const chain = (events: readonly AtomaEvent[]) => ({
  atoma: {} as never,
  reads: {
    listEvents: async (_: unknown, { kind, after }: { readonly kind: string; readonly after?: string }) => {
      const all = events.filter((one) => one.kind === kind);
      const from = Number(after ?? 0);
      return { events: all.slice(from, from + 3), cursor: String(from + 3), hasMore: from + 3 < all.length };
    },
  } as never,
});

test('only what came before the purchase counts, page by page; a busy market is told as too much', async () => {
  const sorted = [...history].sort((a, b) => Number(a.checkpoint) - Number(b.checkpoint));
  expect((await readOffersThen(chain(sorted), 1n, 4n))?.map(({ node, price }) => [node, price])).toEqual([
    [2n, 20n],
    [1n, 30n],
  ]);
  const busy = Array.from({ length: 1_200 }, (_, i) => event(i, 'NodeSubscribedToTaskEvent', offer(BigInt(i), 1n)));
  expect(await readOffersThen(chain(busy), 1n, 5_000n)).toBeNull();
  expect(await readOffersThen(chain(busy), 1n, 2n)).toHaveLength(2);
});
