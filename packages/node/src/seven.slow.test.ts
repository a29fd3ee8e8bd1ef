/** Seven daemons, each a process with its wallet, one buyer, one chain. Tests end epochs; nobody does anything else by hand. */
import { type EventKind, getConfig, getNode, getTicket } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askOver,
  type Cheat,
  type NodeProcess,
  openProcessFleet,
  PRICE,
  type ProcessFleet,
} from './testing/processes.ts';

const PATIENCE_MS = 300_000;
const soon = { timeout: 90_000, interval: 100 };
const N = 1_000_000n;
/** A stack settles by itself because nobody uses it any more. */
const IDLE_MS = 400;

let fleet: ProcessFleet;
beforeAll(async () => {
  fleet = await openProcessFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    seed: 'seven',
    process: () => ({ idleMs: IDLE_MS }),
  });
}, PATIENCE_MS);
afterAll(() => fleet.close());

const stateOf = async (stack: bigint) => (await getTicket(fleet.buyer, { stackSmallId: stack })).state;
/** What the events of a stack say. */
const eventsOf = async (kind: EventKind, stack: bigint): Promise<readonly Readonly<Record<string, unknown>>[]> =>
  (await fleet.events(kind))
    .map(({ data }) => data as Readonly<Record<string, unknown>>)
    .filter(({ stackSmallId }) => stackSmallId === stack);

/** Buys a stack at a node that cheats like this, and uses it. */
const use = async (cheat: Cheat): Promise<{ stack: bigint; server: NodeProcess; units: bigint }> => {
  const { stack, server } = await fleet.buy(N);
  await server.tell({ cheat });
  let units = 0n;
  const ask = fleet.fetchFor(stack, server, (receipt) => {
    units = receipt.cumulativeUnits;
  });
  for (const prompt of ['explain receipts', 'who pays?'])
    expect(await askOver(ask, server, prompt)).toMatch(/^(?!error)/);
  return { stack, server, units };
};

test(
  'a stack of level 1 is settled, attested by another daemon that ran it again, and claimed',
  async () => {
    const money = await fleet.money();
    const { stack, server, units } = await use('none');
    await expect.poll(() => stateOf(stack).catch(() => 'not settled'), soon).toBe('clean');
    const [attested, ...more] = await eventsOf('NewStackSettlementAttestationEvent', stack);
    expect(more).toEqual([]);
    expect(attested?.attestationNodeId).not.toBe(server.id);
    fleet.market.nextEpoch(2);
    await expect.poll(async () => (await eventsOf('StackSettlementTicketClaimedEvent', stack)).length, soon).toBe(1);
    const [claimed] = await eventsOf('StackSettlementTicketClaimedEvent', stack);
    expect(claimed).toMatchObject({ numClaimedComputeUnits: units, nodeFee: units * PRICE });
    await expect.poll(async () => (await server.tell()).stacks[String(stack)]?.state, soon).toBe('closed');
    expect(await server.tell()).toMatchObject({
      openRows: 0,
      breaches: [],
      alarms: [],
      stacks: { [String(stack)]: { consumed: String(units), claimed: String(units), leaves: 2, reserved: '0' } },
    });
    expect(await fleet.money()).toBe(money);
  },
  PATIENCE_MS,
);

test.each(['otherOutput', 'inflatedUnits', 'inventedRoot'] as const)(
  'a daemon that cheats (%s) is disputed, judged by five others, and loses its bond',
  async (cheat) => {
    const money = await fleet.money();
    const buyerBefore = await fleet.toma(fleet.buyer);
    const { pool } = await getConfig(fleet.buyer);
    const { stack, server } = await use(cheat);
    await expect.poll(() => stateOf(stack).catch(() => 'not settled'), soon).toBe('disputed');
    const bonded = (await getNode(fleet.buyer, { nodeSmallId: server.id })).bonded;
    expect(bonded).toBeGreaterThan(0n);
    const [dispute] = await eventsOf('StackAttestationDisputeEvent', stack);
    expect(dispute?.jurors).toHaveLength(5);
    expect(dispute?.jurors).not.toContain(server.id);
    expect(dispute?.jurors).not.toContain(dispute?.challengerNodeId);
    fleet.market.nextEpoch();
    const votes = async () => (await eventsOf('DisputeVoteCommittedEvent', stack)).length;
    await expect.poll(votes, soon).toBe(5);
    fleet.market.nextEpoch(); // until then the jury waits for what the buyer may show
    await expect.poll(async () => (await eventsOf('DisputeResolvedEvent', stack)).length, soon).toBe(1);
    const [resolved] = await eventsOf('DisputeResolvedEvent', stack);
    expect(resolved).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [], nodeBondReturned: 0n });
    expect(resolved?.paidJurors).toHaveLength(5);
    const { jurorPay, challengerShare, poolAmount } = resolved as Record<
      'jurorPay' | 'challengerShare' | 'poolAmount',
      bigint
    >;
    expect(5n * jurorPay + challengerShare + poolAmount).toBe(bonded);
    expect(await getNode(fleet.buyer, { nodeSmallId: server.id })).toMatchObject({ reputation: 0, bonded: 0n });
    expect(await fleet.toma(fleet.buyer)).toBe(buyerBefore);
    expect((await getConfig(fleet.buyer)).pool).toBeGreaterThan(pool);
    expect(await fleet.money()).toBe(money);
    await expect
      .poll(async () => (await server.tell({ cheat: 'none' })).stacks[String(stack)]?.state, soon)
      .toBe('closed');
  },
  PATIENCE_MS,
);
