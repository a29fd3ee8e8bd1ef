/** A check that takes for ever: the node that owes it goes on serving, settling and claiming its own. */
import { executedResult, getTicket, reclaimStack, requestStackRefund } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';

const BAIT = 'bait';
/** Price of a unit in a fleet. */
const P = 100n;

test('own stacks are settled and claimed while a replay does not end', async () => {
  let release: () => void = () => undefined;
  const forever = new Promise<void>((resolve) => {
    release = resolve;
  });
  let serving = -1;
  const slow = (i: number): Engine => {
    const honest = createBuiltinEngine();
    return {
      ...honest,
      run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
        if (serving >= 0 && i !== serving && JSON.stringify(request.body).includes(BAIT)) await forever;
        yield* honest.run(request, limit, signal);
      },
    };
  };
  const fleet = await openFleet({
    nodes: 4,
    level: 1,
    alwaysAttest: true,
    engine: slow,
    daemon: () => ({ policy: { allowPrivateNodes: true, checkMs: 100 } }),
  });
  const { stack, server } = await fleet.buy();
  const own = new Map<(typeof fleet.daemons)[number], bigint>();
  for (let i = 0; i < 40 && own.size < 4; i++) {
    const bought = await fleet.buy();
    if (!own.has(bought.server)) own.set(bought.server, bought.stack);
  }
  await fleet.tick();
  for (const [by, id] of own) if (by !== server) await askOnce(fleet, id, by, 'honest work');
  await askOnce(fleet, stack, server, BAIT);
  serving = fleet.daemons.indexOf(server);
  await server.settleStack(stack);
  await server.tick();
  const attester = fleet.byNode((await getTicket(fleet.buyer, { stackSmallId: stack })).attesters[0] as bigint);
  const mine = own.get(attester) as bigint;
  await attester.tick();
  expect([...attester.settle.underWay.keys()]).toEqual([`attest/${stack}`]);
  executedResult(await requestStackRefund(fleet.buyer, { stackSmallId: mine }));
  for (let round = 0; round < 3; round++) await attester.tick();
  const { numClaimedComputeUnits } = await getTicket(fleet.buyer, { stackSmallId: mine });
  expect(numClaimedComputeUnits).toBeGreaterThan(0n);
  // The check goes on where it was, and is met as soon as it ends.
  release();
  await attester.settle.underWay.get(`attest/${stack}`);
  for (let round = 0; round < 2; round++) await attester.tick();
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  // The buyer takes nothing back of what it used, and the attester is paid for its own stack.
  await fleet.tick(2);
  for (const { settle } of fleet.daemons) await Promise.all(settle.underWay.values());
  await fleet.tick(2);
  fleet.market.nextEpoch(2);
  expect(await reclaimStack(fleet.buyer, { stackSmallId: mine })).toMatchObject({ kind: 'failed' });
  await fleet.tick(2);
  const claims = await fleet.events('StackSettlementTicketClaimedEvent');
  expect(claims.find(({ data }) => data.stackSmallId === mine)?.data).toMatchObject({
    selectedNodeId: attester.settle.nodeId,
    nodeFee: numClaimedComputeUnits * P,
  });
  await fleet.close();
});
