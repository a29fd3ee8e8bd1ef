/** What becomes of a settlement that somebody else disputes first, that has the wrong leaf, or that no attester looked at. */
import { executedResult, findTicket, getNode, getTicket, inputsUnavailable, startAttestationDispute } from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { settleByHand } from '../testing/settle.ts';
import { FORMULA, formulaEngine } from '../testing/steps-engine.ts';

/** S of a stack below 0.8 TOMA. */
const SLASH = 100_000_000n;

/** Which daemons answer, and check, with another model; `alike`: their machines compute bit by bit the same. */
const openWith = (
  cheats: ReadonlySet<number>,
  { nodes = 9, alike = false, minimumReputation = 0 } = {},
): Promise<Fleet> =>
  openFleet({
    ...{ nodes, minimumReputation },
    level: 1,
    alwaysAttest: true,
    model: FORMULA,
    engine: (i) => formulaEngine(() => ({ weights: cheats.has(i) ? 5 : 0, noise: alike ? 0 : i })),
  });

/** A stack served by a cheat, settled, with the attester that was drawn for it. */
const sold = async (fleet: Fleet, cheats: Set<number>) => {
  const { stack, server } = await fleet.buy();
  cheats.add(fleet.daemons.indexOf(server));
  await fleet.tick();
  for (const question of ['a', 'b']) await askOnce(fleet, stack, server, question);
  await server.settleStack(stack);
  await server.tick();
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  return { stack, server, attester: fleet.byNode(ticket.attesters[0] as bigint) };
};

/** The buyer disputes without a history of its own. */
const dispute = async (fleet: Fleet, stack: bigint): Promise<void> => {
  const attestationCommitment = inputsUnavailable();
  executedResult(await startAttestationDispute(fleet.buyer, { stackSmallId: stack, attestationCommitment }));
};

const decide = async (fleet: Fleet) => {
  await fleet.tick();
  // The jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let round = 0; round < 4; round++) await fleet.tick();
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  return resolved?.data;
};

const stakeOf = async (fleet: Fleet, { settle }: Daemon): Promise<bigint> =>
  (await getNode(fleet.buyer, { nodeSmallId: settle.nodeId })).stake;

test('an attester joins the buyer’s dispute with its own accusation, and has an outsider’s share', async () => {
  const cheats = new Set<number>();
  // No view of the rows is bound in a buyer's dispute: jurors go by the first they hold, which on other machines need not be the attester's.
  const fleet = await openWith(cheats, { alike: true });
  const { stack, attester } = await sold(fleet, cheats);
  await dispute(fleet, stack);
  const resolved = await decide(fleet);
  expect(await fleet.events('DisputeJoinedEvent')).toMatchObject([
    { data: { attesterNodeId: attester.settle.nodeId } },
  ]);
  // A tenth of what five jurors left of the bond.
  expect(resolved).toMatchObject({
    outcome: 0,
    challengerShare: 0n,
    shareNodeId: attester.settle.nodeId,
    joinedShare: 10_000_000n,
    slashedJurors: [],
  });
  await fleet.close();
});

test('an attester that confirms what a cheat sold is blamed by the rows that it repeated, too', async () => {
  const cheats = new Set<number>();
  const fleet = await openWith(cheats);
  const { stack, attester } = await sold(fleet, cheats);
  const place = fleet.daemons.indexOf(attester);
  cheats.add(place);
  await attester.tick();
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
  cheats.delete(place);
  const before = await stakeOf(fleet, attester);
  await dispute(fleet, stack);
  expect(await decide(fleet)).toMatchObject({ outcome: 0, slashedJurors: [] });
  expect((await fleet.events('DisputeVoteRevealedEvent')).map(({ data }) => data.blame)).toEqual(Array(5).fill(true));
  expect(await stakeOf(fleet, attester)).toBe(before - SLASH);
  await fleet.close();
});

test('a right root under a wrong leaf of its node is disputed, convicted, and its node evicted by who was paid for it', async () => {
  const fleet = await openWith(new Set(), { minimumReputation: 50 });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const question of ['a', 'b']) await askOnce(fleet, stack, server, question);
  await settleByHand(server, { id: stack, level: 1 }, { stackMerkleLeaf: new Uint8Array(32).fill(9) });
  await fleet.tick(2);
  const [opened] = await fleet.events('StackAttestationDisputeEvent');
  expect(opened?.data.attestationCommitment).not.toEqual(inputsUnavailable());
  expect(await decide(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
  await fleet.tick(2);
  expect(await fleet.events('NodeUnsubscribedFromTaskEvent')).toMatchObject([
    { data: { nodeSmallId: server.settle.nodeId, taskSmallId: fleet.task } },
  ]);
  await fleet.close();
});

test('after a third silence a jury of daemons looks at the rows, and convicts', async () => {
  const cheats = new Set<number>();
  const fleet = await openWith(cheats, { nodes: 10 });
  const { stack, server } = await sold(fleet, cheats);
  const silent = new Set<bigint>();
  for (let redraws = 0; redraws < 3; redraws++) {
    const { attesters } = await getTicket(fleet.buyer, { stackSmallId: stack });
    silent.add(attesters[0] as bigint);
    fleet.market.nextEpoch(2);
    await server.tick();
  }
  expect(silent.size).toBe(3);
  const [opened] = await fleet.events('StackAttestationDisputeEvent');
  expect(opened?.data).toMatchObject({ challengerNodeId: 0n, bond: 3n * SLASH });
  expect(await findTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'disputed' });
  const resolved = await decide(fleet);
  expect(resolved).toMatchObject({ outcome: 0, nodeFee: 0n, challengerShare: 0n, slashedJurors: [] });
  expect(resolved?.paidJurors).toHaveLength(5);
  await fleet.close();
});
