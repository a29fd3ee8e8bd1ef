import { GrpcTypes } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { advanceClock, chainState } from '../../index.ts';
import { createdOf, execute, type Network, newAccount, openNetwork, publishDemo } from '../../testing/network.ts';

let network: Network;
let alice: Ed25519Keypair;
let bob: Ed25519Keypair;
let packageId: string;
let counter: string;
const COUNT = 6;

const increment = (account: Ed25519Keypair) =>
  execute(network, account, (t) =>
    t.moveCall({ target: `${packageId}::demo::increment`, arguments: [t.object(counter)] }),
  );

beforeAll(async () => {
  network = await openNetwork('list tests');
  [alice, bob] = [newAccount(network), newAccount(network)];
  ({ packageId } = await publishDemo(network, alice));
  counter = createdOf(
    await execute(network, alice, (t) => t.moveCall({ target: `${packageId}::demo::create` })),
    '::demo::Counter',
  );
  for (let i = 0; i < COUNT; i++) await increment(i % 2 === 0 ? alice : bob);
  await execute(network, alice, (t) =>
    t.moveCall({ target: `${packageId}::demo::box_event`, arguments: [t.pure.u64(10)] }),
  );
});

afterAll(() => network.close());

const reasons = GrpcTypes.QueryEndReason;
const collect = async <T>(stream: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const item of stream) all.push(item);
  return all;
};
const valuesOf = (events: { json: unknown }[]) => events.map(({ json }) => (json as { value: string }).value);

describe('events', () => {
  const eventType = () => `${packageId}::demo::Incremented`;

  test('come in order, with their place and JSON', async () => {
    const { events, hasNextPage } = await network.client.listEvents({ filter: { eventType: eventType() } });
    expect(valuesOf(events)).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(hasNextPage).toBe(false);
    expect(events[0]).toMatchObject({ packageId, module: 'demo', sender: alice.toSuiAddress(), eventIndex: 0 });
    expect(Number(events[1]!.checkpoint)).toBeGreaterThan(Number(events[0]!.checkpoint));
  });

  test.each(['ascending', 'descending'] as const)('pages in %s order leave nothing out', async (order) => {
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 9; page++) {
      const { events, hasNextPage, endCursor }: Awaited<ReturnType<typeof network.client.listEvents>> =
        await network.client.listEvents({
          filter: { eventType: eventType() },
          limit: 2,
          order,
          ...(cursor ? { [order === 'ascending' ? 'after' : 'before']: cursor } : {}),
        });
      seen.push(...valuesOf(events));
      if (!hasNextPage) break;
      cursor = endCursor as string;
    }
    const all = ['1', '2', '3', '4', '5', '6'];
    expect(seen).toEqual(order === 'ascending' ? all : all.reverse());
  });

  test.each([
    ['a sender', () => ({ sender: bob.toSuiAddress() }), 3],
    ['a module', () => ({ emitModule: `${packageId}::demo` }), 8],
    ['a type of all instantiations', () => ({ eventType: `${packageId}::demo::Boxed` }), 2],
    ['one instantiation', () => ({ eventType: `${packageId}::demo::Boxed<u64>` }), 1],
    ['types of a module', () => ({ eventType: `${packageId}::demo` }), 8],
    ['nothing that exists', () => ({ emitModule: `0x2::demo` }), 0],
  ] as const)('are filtered by %s', async (_what, filter, count) => {
    const { events } = await network.client.listEvents({ filter: filter() as never });
    expect(events).toHaveLength(count);
  });

  test('of two events of one transaction each is a page of its own', async () => {
    const filter = { eventType: `${packageId}::demo::Boxed` };
    const first = await network.client.listEvents({ filter, limit: 1 });
    expect(first.hasNextPage).toBe(true);
    const second = await network.client.listEvents({ filter, limit: 1, after: first.endCursor as string });
    expect([first.events[0]!.eventIndex, second.events[0]!.eventIndex]).toEqual([0, 1]);
    expect(second.hasNextPage).toBe(false);
  });
});

describe('the end of a list', () => {
  const listEvents = (request: Parameters<typeof network.client.ledgerService.listEvents>[0]) =>
    collect(network.client.ledgerService.listEvents(request).responses);

  test('is told exactly once: with the last item at the limit, alone otherwise', async () => {
    const limited = await listEvents({ options: { limit: 2 } });
    expect(limited.map((frame) => [frame.event !== undefined, frame.end?.reason])).toEqual([
      [true, undefined],
      [true, reasons.ITEM_LIMIT],
    ]);
    const all = await listEvents({});
    expect(all.filter(({ end }) => end)).toHaveLength(1);
    expect([all.at(-1)?.event, all.at(-1)?.end?.reason]).toEqual([undefined, reasons.LEDGER_TIP]);
    for (const { watermark } of all) expect(watermark?.cursor?.length).toBeGreaterThan(0);
  });

  test('names the bound that ended it', async () => {
    const all = await listEvents({});
    const cursor = all[2]!.watermark!.cursor!;
    const before = await listEvents({ options: { before: cursor } });
    expect([before.filter(({ event }) => event).length, before.at(-1)?.end?.reason]).toEqual([2, reasons.CURSOR_BOUND]);
    const after = await listEvents({ options: { after: cursor, ordering: GrpcTypes.Ordering.DESCENDING } });
    expect([after.filter(({ event }) => event).length, after.at(-1)?.end?.reason]).toEqual([
      all.length - 1 - 3,
      reasons.CURSOR_BOUND,
    ]);
    const checkpoint = BigInt(all[1]!.event!.checkpoint ?? 0n) || (await checkpointOf(1));
    const bounded = await listEvents({ endCheckpoint: checkpoint + 1n });
    expect([bounded.filter(({ event }) => event).length, bounded.at(-1)?.end?.reason]).toEqual([
      2,
      reasons.CHECKPOINT_BOUND,
    ]);
  });

  const checkpointOf = async (index: number) => {
    const { events } = await network.client.listEvents({});
    return BigInt(events[index]!.checkpoint as string);
  };

  test('a cursor of someone else is refused', async () => {
    await expect(listEvents({ options: { after: new Uint8Array([1]) } })).rejects.toMatchObject({
      meta: { 'error-code': 'RPC_BAD_CURSOR' },
    });
  });
});

describe('transactions and checkpoints', () => {
  test('are filtered by sender and by call, down to the function', async () => {
    const list = async (filter: object) =>
      (await network.client.listTransactions({ filter: filter as never })).transactions.length;
    expect(await list({ sender: bob.toSuiAddress() })).toBe(3);
    expect(await list({ function: `${packageId}::demo::increment` })).toBe(COUNT);
    expect(await list({ function: packageId })).toBe(COUNT + 2);
    expect(await list({ function: `${packageId}::demo::nothing` })).toBe(0);
  });

  test('carry what was asked of them', async () => {
    const { transactions } = await network.client.listTransactions({
      filter: { sender: bob.toSuiAddress() },
      include: { effects: true, transaction: true },
      order: 'descending',
      limit: 1,
    });
    const tx = transactions[0]!.Transaction!;
    expect(tx.transaction?.sender).toBe(bob.toSuiAddress());
    expect(tx.effects?.transactionDigest).toBe(tx.digest);
    expect(tx.checkpoint).not.toBeNull();
  });

  test('checkpoints list from genesis to the tip without gaps', async () => {
    const frames = await collect(network.client.ledgerService.listCheckpoints({ options: { limit: 1000 } }).responses);
    const numbers = frames.flatMap(({ checkpoint }) => checkpoint?.sequenceNumber ?? []);
    const tip = chainState(network.ledger).checkpoint;
    expect(numbers).toEqual(Array.from({ length: tip + 1 }, (_, i) => BigInt(i)));
    expect(frames.at(-1)?.end?.reason).toBe(reasons.LEDGER_TIP);
  });
});

describe('subscriptions', () => {
  test('deliver what happens after them, filtered ones begin with progress alone', async () => {
    const controller = new AbortController();
    const { client } = network;
    const filter = GrpcTypes.EventFilter.create({
      terms: [
        {
          literals: [
            { predicate: { oneofKind: 'eventType', eventType: { eventType: `${packageId}::demo::Incremented` } } },
          ],
        },
      ],
    });
    const call = client.subscriptionService.subscribeEvents(
      { filter, readMask: { paths: ['json', 'event_index', 'checkpoint'] } },
      { abort: controller.signal },
    );
    const frames: GrpcTypes.SubscribeEventsResponse[] = [];
    const reading = (async () => {
      for await (const frame of call.responses) {
        frames.push(frame);
        if (frames.filter(({ event }) => event).length === 2) controller.abort();
      }
    })().catch((error: { code: string }) => error.code);
    await expect.poll(() => frames.length).toBe(1);
    await increment(alice);
    advanceClock(network.ledger, 5);
    await increment(bob);
    expect(await reading).toBe('CANCELLED');
    expect(frames[0]!.event).toBeUndefined();
    expect(frames.filter(({ event }) => event)).toHaveLength(2);
    for (const { watermark } of frames) expect(watermark?.cursor).toBeDefined();
  });

  test('a reader that begins when all is done misses nothing', async () => {
    const controller = new AbortController();
    const call = network.client.subscriptionService.subscribeTransactions(
      { readMask: { paths: ['digest'] } },
      { abort: controller.signal },
    );
    await call.headers;
    const digests: string[] = [];
    for (let i = 0; i < 5; i++) digests.push((await increment(alice)).digest);
    const seen: string[] = [];
    for await (const { transaction } of call.responses) {
      seen.push(transaction!.digest as string);
      if (digests.every((digest) => seen.includes(digest))) break;
    }
    controller.abort();
    expect(seen.filter((digest) => digests.includes(digest))).toEqual(digests);
  });

  test('checkpoints follow without gaps, also those of other callers of the ledger', async () => {
    const controller = new AbortController();
    const call = network.client.subscriptionService.subscribeCheckpoints({}, { abort: controller.signal });
    await call.headers;
    const tip = chainState(network.ledger).checkpoint;
    for (let i = 0; i < 3; i++) advanceClock(network.ledger, 1);
    const seen: number[] = [];
    for await (const { cursor, checkpoint } of call.responses) {
      expect(checkpoint?.sequenceNumber).toBe(cursor);
      seen.push(Number(cursor));
      if (seen.length === 3) break;
    }
    controller.abort();
    expect(seen).toEqual([tip + 1, tip + 2, tip + 3]);
  });
});
