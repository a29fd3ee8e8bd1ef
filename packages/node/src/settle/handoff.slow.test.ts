/** A stack that changes hands: its buyer knows what is used before it pays, and nobody else's requests can be billed to it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAtomaError } from '@atoma/base';
import {
  type Atoma,
  BASE_UNITS,
  type Buyer,
  checkHandoff,
  createBuyer,
  executedResult,
  faucet,
  fromBase64,
  getTicket,
  listStackBadges,
  messageSigner,
  openJournal,
  setConfig,
  startAttestationDispute,
  updateStackOwner,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { StackRow, Store } from '../store/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { wireIds } from '../testing/serving-fixture.ts';
import { inquire } from './outgoing.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-handoff-'));
let stacks = 0;
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const [P, N] = [100n, 1_000_000n];
const MOST_EPOCHS = 8;

type Used = Pick<StackRow, 'nextLeaf' | 'consumed'>;

/** A ledger whose node says at a handoff what `said` makes of what is used. */
const understating = (said: (used: Used, store: Store, stack: bigint) => Promise<Used>): Store => {
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return {
    ...store,
    handOff: async (stack, owner, now, sign) => {
      const row = (await store.findStack(stack)) as StackRow;
      const lie = await said(row, store, stack);
      return store.handOff(stack, owner, now, () => sign(lie));
    },
  };
};

/** Honest nodes where `said` is left out. Five make a jury beside server and attester, eight a second one. */
const openMarket = async (level: number, nodes: number, said?: Parameters<typeof understating>[0]) => {
  const fleet = await openFleet({
    nodes,
    level,
    daemon: () => ({
      policy: { allowPrivateNodes: true, giveUpMs: 0 },
      ...(said ? { store: understating(said) } : {}),
    }),
  });
  executedResult(await setConfig(fleet.market.publisher, { name: 'jurors', value: 3n }));
  const heir = fleet.market.actor();
  executedResult(await faucet(heir, { amount: 10n * BASE_UNITS }));
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const prompt of ['one', 'two, and a little more', 'three']) await askOnce(fleet, stack, server, prompt);
  return { fleet, heir, stack, server, journal: join(directory, `${stacks++}.sqlite`) };
};

type Market = Awaited<ReturnType<typeof openMarket>>;

const buyerOf = async (atoma: Atoma, path = ':memory:'): Promise<Buyer> =>
  createBuyer({
    atoma,
    journal: await openJournal({ path }),
    policy: { allowPrivateNodes: true, stackUnits: N, nodePolicy: 'any', answerMs: 20_000 },
  });

/** The badge goes over and its new holder makes itself the recorded owner. */
const sell = async (fleet: Fleet, from: Atoma, to: Atoma, stack: bigint): Promise<void> => {
  const badge = (await listStackBadges(from)).find(({ smallId }) => smallId === stack);
  const tx = new Transaction();
  tx.transferObjects([badge?.badgeId as string], to.sender as string);
  await from.client.signAndExecuteTransaction({ transaction: tx, signer: from.signer as Signer });
  executedResult(await updateStackOwner(to, { stackSmallId: stack }));
  await fleet.tick();
};

/** The heir takes the stack over and uses it: how it is told, and its buyer. */
const takeOver = async ({ fleet, heir, stack, journal }: Market) => {
  const seller = await buyerOf(fleet.buyer);
  const { shown: handoff } = await seller.handOff(stack, heir.sender as string);
  const buyer = await buyerOf(heir, journal);
  const told = await buyer.takeOver(handoff); // before it pays
  await sell(fleet, fleet.buyer, heir, stack);
  await buyer.close();
  await seller.close();
  return { handoff, told };
};

/** The node has seen who holds the badge. */
const untilServed = async ({ heir, stack, server }: Market): Promise<void> => {
  const row = (await server.store.findStack(stack)) as StackRow;
  const entitled = () => server.node.stacks.entitle(row, heir.sender as string, Date.now());
  await expect.poll(entitled).toMatchObject({ kind: 'ok' });
};

/** The heir's buyer, started after it has the badge. */
const useIt = async (market: Market, handoff: Uint8Array) => {
  const { fleet, heir, journal } = market;
  await untilServed(market);
  const buyer = await buyerOf(heir, journal);
  await buyer.takeOver(handoff);
  const answer = await buyer.fetch('http://atoma.invalid/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: fleet.model, messages: [{ role: 'user', content: 'mine' }], max_tokens: 20 }),
  });
  expect(answer.status).toBe(200);
  return buyer;
};

const settle = async (fleet: Fleet, server: Daemon, stack: bigint): Promise<void> => {
  await server.settleStack(stack);
  await fleet.tick(2);
};

const decide = async (fleet: Fleet) => {
  const resolved = async () => (await fleet.events('DisputeResolvedEvent'))[0]?.data;
  for (let epoch = 0; epoch < MOST_EPOCHS && !(await resolved()); epoch++) {
    await fleet.tick(3);
    fleet.market.nextEpoch();
  }
  return resolved();
};

test('who buys a stack is told what is used, alone can use the rest, and finds the settlement right', async () => {
  const market = await openMarket(1, 5);
  const { fleet, heir, stack, server } = market;
  const { consumed } = (await server.store.findStack(stack)) as StackRow;
  const { handoff, told } = await takeOver(market);
  expect(told).toMatchObject({ stack, owner: heir.sender, rows: 3n, used: consumed, left: N - consumed, price: P });
  const buyer = await useIt(market, handoff);
  expect(await askOnce(fleet, stack, server, 'the seller again')).toBe('error not_stack_owner');
  expect((await buyer.stacks())[0]).toMatchObject({ stack, usedBefore: consumed, complete: true });
  await settle(fleet, server, stack);
  const [step] = await buyer.watchOnce();
  const { numClaimedComputeUnits } = await getTicket(heir, { stackSmallId: stack });
  expect(step).toMatchObject({ did: 'accepted', finding: { claimed: numClaimedComputeUnits } });
  expect(step?.finding?.known).toBe(numClaimedComputeUnits);
  // The same exhibit against an honest node costs who shows it the bond.
  executedResult(
    await startAttestationDispute(heir, {
      stackSmallId: stack,
      attestationCommitment: new Uint8Array(32).fill(1),
      receipts: [handoff],
    }),
  );
  expect(await decide(fleet)).toMatchObject({
    outcome: 1,
    nodeFee: numClaimedComputeUnits * P,
    challengerBondReturned: 0n,
  });
  await buyer.close();
  await fleet.close();
});

test.each([0, 1])(
  'level %i: requests of the seller that its node did not tell of cost that node its bond',
  async (level) => {
    const market = await openMarket(level, 8, async (_, store, stack) => {
      const [first] = await store.listLeaves(stack, 0, 1);
      return { nextLeaf: 1, consumed: first?.units as bigint };
    });
    const { fleet, stack, server } = market;
    const { handoff, told } = await takeOver(market);
    expect(told.rows).toBe(1n);
    const buyer = await useIt(market, handoff);
    await settle(fleet, server, stack);
    const [step] = await buyer.watchOnce();
    expect(step).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
    expect(await decide(fleet)).toMatchObject({ outcome: 2, nodeFee: 0n, nodeBondReturned: 0n });
    expect((await fleet.events('DisputeResolvedEvent'))[0]?.data.userRefundAmount).toBeGreaterThanOrEqual(P * N);
    await buyer.close();
    await fleet.close();
  },
);

test('a node that told of fewer units for the same rows is convicted by its own list', async () => {
  const market = await openMarket(1, 5, async ({ nextLeaf, consumed }) => ({ nextLeaf, consumed: consumed / 2n }));
  const { fleet, stack, server } = market;
  const { handoff } = await takeOver(market);
  const buyer = await useIt(market, handoff);
  await settle(fleet, server, stack);
  const [step] = await buyer.watchOnce();
  expect(step).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
  expect(await decide(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
  await buyer.close();
  await fleet.close();
});

test('a node signs no handoff to a former owner, none to two, and none for who does not own the stack', async () => {
  const market = await openMarket(0, 1);
  const { fleet, heir, stack, server } = market;
  const third = fleet.market.actor();
  const ask = async (who: Atoma, owner: unknown): Promise<string> => {
    try {
      const answer = await inquire({
        ...wireIds(fleet.market),
        url: `http://127.0.0.1:${server.port}`,
        node: server.settle.nodeId,
        stack,
        path: `/v1/stacks/${stack}/handoff`,
        signer: messageSigner(who.signer as Signer),
        now: Date.now(),
        body: new TextEncoder().encode(JSON.stringify({ owner })),
        allowPrivate: true,
        limit: 10_000,
        timeoutMs: 60_000,
      });
      return (JSON.parse(Buffer.from(answer).toString('utf8')) as { handoff: string }).handoff;
    } catch (error) {
      if (isAtomaError(error)) return error.message;
      throw error;
    }
  };
  expect(await ask(heir, heir.sender)).toContain('403');
  expect(await ask(fleet.buyer, 'me')).toContain('400');
  const first = await ask(fleet.buyer, heir.sender);
  expect(await ask(fleet.buyer, heir.sender)).toBe(first);
  expect(await ask(fleet.buyer, third.sender)).toContain('403');
  await sell(fleet, fleet.buyer, heir, stack);
  await untilServed(market);
  expect(await ask(heir, fleet.buyer.sender)).toContain('403');
  const next = await ask(heir, third.sender);
  expect((await checkHandoff(third, fromBase64(next) as Uint8Array)).owner).toBe(third.sender);
  await expect(checkHandoff(third, new Uint8Array(249))).rejects.toMatchObject({ code: 'WIRE_MALFORMED' });
  const forged = Uint8Array.from(fromBase64(next) as Uint8Array, (byte, i) => (i === 240 ? byte ^ 1 : byte));
  await expect(checkHandoff(third, forged)).rejects.toMatchObject({ code: 'BUYER_HANDOFF' });
  await fleet.close();
});
