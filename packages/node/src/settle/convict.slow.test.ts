import { getConfig, getNode, getTicket } from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import type { Engine } from '../engine/types.ts';
import { askOnce, type Fleet, lyingEngine, openFleet } from '../testing/fleet.ts';
import { findingsAt } from './finding.ts';
import { findingsAmong } from './sold.ts';

const N = 1_000_000n;
const ESCROW = 120_000_000n;
/** Lies are told to prompts with it: to all of a stack, so that whichever rows a check draws show one. */
const BAIT = '...';
/** Tokens asked of the long requests; role and separator of their prompts. */
const [ANSWER, FRAME] = [20, 2];
/** Long requests: each stays below 4 % of the stack. */
const LONG = 26n;

/** With room for prompts that use a whole stack up. */
const roomy = (engine: Engine): Engine => ({
  ...engine,
  models: async () => (await engine.models()).map((each) => ({ ...each, contextLength: 2_000_000 })),
  ...(engine.renew && { renew: async () => roomy(await (engine.renew as () => Promise<Engine>)()) }),
});

/** Uses a stack up to the last unit. */
const useUp = async (fleet: Fleet, stack: bigint, server: Daemon): Promise<void> => {
  await askOnce(fleet, stack, server, BAIT);
  for (let left = LONG; left > 0n; left--) {
    const free = N - ((await server.store.findStack(stack))?.consumed as bigint);
    const dots = Number(free / left) - ANSWER - FRAME;
    await askOnce(fleet, stack, server, '.'.repeat(dots), undefined, { max_tokens: ANSWER });
  }
  expect((await server.store.findStack(stack))?.consumed).toBe(N);
};

/** Buys, uses and settles stacks, at the market's own probability, until one needs attesters. */
const untilRequired = async (fleet: Fleet, lies: (server: Daemon) => void) => {
  for (let tries = 0; tries < 60; tries++) {
    const { stack, server } = await fleet.buy(N);
    lies(server);
    await server.tick();
    await useUp(fleet, stack, server);
    await server.tick();
    const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
    if (ticket.required) return { stack, server, attester: fleet.byNode(ticket.attesters[0] as bigint) };
  }
  throw new Error('no settlement was drawn for attestation');
};

const earnings = (fleet: Fleet): Promise<readonly bigint[]> =>
  Promise.all(
    fleet.daemons.map(async ({ settle }) => (await getNode(fleet.buyer, { nodeSmallId: settle.nodeId })).earnings),
  );
const nodeOf = (fleet: Fleet, daemon: Daemon) => getNode(fleet.buyer, { nodeSmallId: daemon.settle.nodeId });

test('level 1 by default settings: an altered answer is found out, and every amount is that of the table', async () => {
  let liar = -1;
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    engine: (i) => roomy(lyingEngine(BAIT, () => liar === i)),
  });
  const { stack, server, attester } = await untilRequired(fleet, (by) => {
    liar = fleet.daemons.indexOf(by);
  });
  const before = {
    buyer: await fleet.toma(fleet.buyer),
    pool: (await getConfig(fleet.buyer)).pool,
    earnings: await earnings(fleet),
    attester: await nodeOf(fleet, attester),
    liar: await nodeOf(fleet, server),
  };
  await attester.tick();
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('disputed');
  expect((await nodeOf(fleet, attester)).stake).toBe(before.attester.stake - 100_000_000n);
  const findings = findingsAt(attester, stack) as readonly { readonly own: string; readonly question: string }[];
  expect(findings[0]).toMatchObject({ as: 'attester', verdict: 'same', claimed: null, threshold: null });
  expect(findings[0]?.question).toContain(BAIT);
  expect(findings[0]?.own).not.toBe('');
  expect(findingsAt(server, stack)).toEqual([]);
  const [told] = await findingsAmong([attester, server], stack); // one owner of both knows what was sold, too
  expect([typeof told?.claimed, told?.claimed === told?.own]).toEqual(['string', false]);
  await fleet.tick();
  // The jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let round = 0; round < 4; round++) await fleet.tick();
  }
  const [resolved, ...more] = await fleet.events('DisputeResolvedEvent');
  expect(more).toEqual([]);
  expect(resolved?.data).toMatchObject({
    outcome: 0,
    nodeFee: 0n,
    userRefundAmount: ESCROW,
    jurorPay: 20_000_000n,
    challengerShare: 50_000_000n,
    poolAmount: 50_000_000n,
    nodeBondReturned: 0n,
    slashedJurors: [],
  });
  expect(await fleet.toma(fleet.buyer)).toBe(before.buyer + ESCROW);
  expect((await getConfig(fleet.buyer)).pool).toBe(before.pool + 50_000_000n);
  expect((await nodeOf(fleet, attester)).stake).toBe(before.attester.stake);
  const paid = (await earnings(fleet)).map((now, i) => now - (before.earnings[i] as bigint));
  const share = (daemon: Daemon): bigint => paid[fleet.daemons.indexOf(daemon)] as bigint;
  expect([share(attester), share(server)]).toEqual([50_000_000n, 0n]);
  expect(paid.filter((each) => each === 20_000_000n)).toHaveLength(5);
  expect(await nodeOf(fleet, server)).toMatchObject({
    reputation: 0,
    stake: before.liar.stake,
    bonded: before.liar.bonded - 200_000_000n,
  });
  await fleet.close();
});

test('the same run with honest nodes ends in a clean claim', async () => {
  const fleet = await openFleet({ nodes: 7, level: 1, engine: () => roomy(lyingEngine(BAIT, () => false)) });
  const { stack, server } = await untilRequired(fleet, () => undefined);
  const before = { buyer: await fleet.toma(fleet.buyer), pool: (await getConfig(fleet.buyer)).pool };
  await fleet.tick(2);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  fleet.market.nextEpoch(2);
  const wallet = await fleet.toma(server.settle.atoma);
  await server.tick();
  await server.tick();
  const claims = await fleet.events('StackSettlementTicketClaimedEvent');
  expect(claims.filter(({ data }) => data.stackSmallId === stack)).toMatchObject([
    { data: { numClaimedComputeUnits: N, nodeFee: 100_000_000n } },
  ]);
  const own = claims.filter(({ data }) => data.selectedNodeId === server.settle.nodeId).length;
  expect(await fleet.toma(server.settle.atoma)).toBe(wallet + BigInt(own) * 100_000_000n);
  expect(await fleet.toma(fleet.buyer)).toBe(before.buyer);
  expect((await getConfig(fleet.buyer)).pool).toBe(before.pool + BigInt(own) * 20_000_000n);
  expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
  await fleet.close();
});
