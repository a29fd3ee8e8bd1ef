/** A node that keeps its list of rows from its buyer alone: who checks the settlement has it, and gives it. */
import {
  createBuyer,
  createTransport,
  envelopeLayout,
  executedResult,
  getDispute,
  getStack,
  getTicket,
  openJournal,
  setConfig,
  type Transport,
} from '@atoma/sdk';
import { expect, test } from 'vitest';
import { checkedRows } from '../serve/audit.ts';
import type { LeafRow } from '../store/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { type Lie, lyingStore, settleShown } from '../testing/liar.ts';
import { sampleSize } from './inputs.ts';

const N = 1_000_000n;
const PROMPTS = Array.from({ length: 12 }, (_, i) => `${i} tell a story of a node that settles what it served`);

/** Nobody signed the last row. */
const invent: Lie = (leaves) =>
  leaves.map((leaf) => (leaf.index === PROMPTS.length ? { ...leaf, signature: new Uint8Array(97) } : leaf));

/** Bills the last row, which its buyer asked for and got no receipt of, above what the request allows. */
const overbill: Lie = (leaves) =>
  leaves.map((leaf) =>
    leaf.index === PROMPTS.length ? { ...leaf, units: envelopeLayout.decode(leaf.envelope).maxUnits + 1n } : leaf,
  );

/** Bills all that was allowed, but for the rows whose receipts its buyer shows without knowing the list. */
const billMost: Lie = (leaves) => {
  const dearest = [...leaves].sort((a, b) => Number(b.units - a.units)).slice(0, 8);
  const most = (leaf: LeafRow) => ({ ...leaf, units: envelopeLayout.decode(leaf.envelope).maxUnits });
  return leaves.map((leaf) => (dearest.some(({ index }) => index === leaf.index) ? leaf : most(leaf)));
};

/** Settles the first two rows in the other order. */
const swap: Lie = (leaves) =>
  leaves.map((leaf, i) => (i < 2 && leaves.length > 1 ? { ...(leaves[1 - i] as LeafRow), index: i } : leaf));

/** The cheapest row came to something else than its buyer got, and signed for. */
const alter: Lie = (leaves) => {
  const cheapest = [...leaves].sort((a, b) => Number(a.units - b.units))[0]?.index;
  const altered = new Uint8Array(32).fill(7);
  return leaves.map((leaf) => (leaf.index === cheapest ? { ...leaf, contentHash: altered } : leaf));
};

interface CaseOptions {
  readonly level: 0 | 1;
  readonly lie: Lie;
  /** A row beside those whose receipts its buyer has: a request of another journal, or one that it got no answer to. */
  readonly extra?: 'foreign' | 'unanswered';
  /** Whether the node answers everybody but its buyer. Default: it does. */
  readonly hides?: boolean;
}

/** A settlement that lies, and its buyer. */
const openCase = async ({ level, lie, extra, hides = true }: CaseOptions) => {
  let isTurned = false;
  let isLost = false;
  let silent = '';
  const fleet = await openFleet({
    ...{ nodes: 8, level },
    daemon: () => ({
      policy: { allowPrivateNodes: true, giveUpMs: 0 },
      store: lyingStore(() => (isTurned ? lie : undefined)),
    }),
  });
  executedResult(await setConfig(fleet.market.publisher, { name: 'jurors', value: 3n }));
  const before = await fleet.toma(fleet.buyer);
  const { send, close } = createTransport({ allowPrivate: true });
  const transport: Transport = async (request) => {
    if (request.url !== silent || (isLost && request.method === 'GET')) return send(request);
    if (isLost) await (await send(request)).bytes();
    isLost = false;
    throw new Error('socket hang up');
  };
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: {
      allowPrivateNodes: true,
      stackUnits: N,
      nodePolicy: 'any',
      answerMs: 60_000,
      stacksPerRequest: 1,
      autoPurchase: false,
    },
    transport,
  });
  const endpoint = '/v1/chat/completions';
  await buyer.buy(await buyer.plan({ model: fleet.model, endpoint, vision: false, units: N, tenant: '' }));
  await fleet.tick();
  const ask = (content: string) =>
    buyer.fetch(`http://atoma.invalid${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: fleet.model, messages: [{ role: 'user', content }], max_tokens: 40 }),
    });
  for (const content of PROMPTS) expect((await ask(content)).status).toBe(200);
  const [own] = await buyer.stacks();
  const stack = own?.stack as bigint;
  const server = fleet.byNode(own?.node as bigint);
  const url = `http://127.0.0.1:${server.port}`;
  if (extra === 'unanswered') {
    [isLost, silent] = [true, url];
    expect((await ask('x')).status).not.toBe(200);
  }
  // The node could make such a row by itself; what the journal of its buyer does not know looks the same.
  if (extra === 'foreign') await askOnce(fleet, stack, server, 'x', undefined, { max_tokens: 1 });
  [isTurned, silent] = [true, hides ? url : ''];
  await settleShown(fleet, stack, server);
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const units = (await server.store.listLeaves(stack)).map((leaf) => leaf.units);
  const size = sampleSize(await getStack(fleet.buyer, { stackSmallId: stack }));
  const drawn = checkedRows({ seed: ticket.auditSeed, size, named: [] }, stack, units).has(PROMPTS.length);
  const end = async () => {
    await buyer.close();
    await close();
    await fleet.close();
  };
  return { fleet, buyer, stack, before, drawn, end };
};

/** The seed draws the row once in twenty: then everybody asks for it by themselves, and nothing is left to show. */
const openUndrawn = async (options: CaseOptions, tries = 6): ReturnType<typeof openCase> => {
  const made = await openCase(options);
  if (!made.drawn || tries === 0) return made;
  await made.end();
  return openUndrawn(options, tries - 1);
};

/** The jury decides what it was shown. */
const decided = async (fleet: Fleet) => {
  const resolved = async () => (await fleet.events('DisputeResolvedEvent'))[0]?.data;
  for (let epoch = 0; epoch < 8 && !(await resolved()); epoch++) {
    await fleet.tick(3);
    fleet.market.nextEpoch();
  }
  return resolved();
};

test.each<[what: string, lie: Lie, extra: 'foreign' | 'unanswered', outcomes: readonly number[]]>([
  ['a row that nobody asked for', invent, 'foreign', [2]],
  // Jurors that do not wait have looked before the row was named: for them its request cannot be had.
  ['a request without a receipt, billed above what it allows', overbill, 'unanswered', [0, 2]],
])(
  'level 1: %s, on a list kept from the buyer alone, is named with the list of a juror, and convicts',
  async (_, lie, extra, outcomes) => {
    const { fleet, buyer, stack, before, drawn, end } = await openUndrawn({ level: 1, lie, extra });
    expect(drawn).toBe(false);
    const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
    const dispute = () => getDispute(fleet.buyer, { stackSmallId: stack });
    expect(await look()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
    expect(await dispute()).toMatchObject({ rows: [], waits: true });
    expect((await look())?.did).not.toBe('shown'); // nobody has the list yet
    await fleet.tick();
    expect(await look()).toMatchObject({ did: 'shown', finding: { action: 'show' } });
    const { evidence } = await dispute();
    expect(evidence).toMatchObject({ rows: [BigInt(PROMPTS.length)], owner: fleet.buyer.sender });
    expect((await look())?.did).not.toBe('shown');
    const resolved = await decided(fleet);
    expect(resolved).toMatchObject({ nodeFee: 0n, nodeBondReturned: 0n });
    expect(outcomes).toContain(resolved?.outcome);
    // What the named row costs is its jurors', whatever it shows.
    expect(await fleet.toma(fleet.buyer)).toBeGreaterThanOrEqual(before - (evidence?.bond as bigint));
    await end();
  },
);

test('level 0: units that no shown receipt denies, on a list kept from the buyer alone, are denied with the list of a juror', async () => {
  const { fleet, buyer, stack, before, end } = await openCase({ level: 0, lie: billMost, extra: 'foreign' });
  const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
  expect(await look()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
  expect(await getDispute(fleet.buyer, { stackSmallId: stack })).toMatchObject({ rows: [], waits: true });
  await fleet.tick();
  expect(await look()).toMatchObject({ did: 'shown', finding: { action: 'show' } });
  expect(await decided(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, nodeBondReturned: 0n });
  expect(await fleet.toma(fleet.buyer)).toBe(before);
  await end();
});

test('a row that came to something else than its receipt says is shown, though eight others are dearer, and convicts', async () => {
  const { fleet, buyer, stack, before, end } = await openCase({ level: 0, lie: alter, hides: false });
  const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
  expect(await look()).toMatchObject({ did: 'disputed', finding: { finding: 'wrongRoot' } });
  expect(await decided(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, nodeBondReturned: 0n });
  expect(await fleet.toma(fleet.buyer)).toBeGreaterThan(before);
  await end();
});

test.each<[what: string, options: CaseOptions, did: 'accepted' | 'warned']>([
  ['in another order, on a list that everybody has, at level 0', { level: 0, lie: swap, hides: false }, 'accepted'],
  ['in another order, on a list that everybody has, at level 1', { level: 1, lie: swap, hides: false }, 'accepted'],
  ['in another order, on a list kept from the buyer alone, at level 0', { level: 0, lie: swap }, 'warned'],
  ['in another order, on a list kept from the buyer alone, at level 1', { level: 1, lie: swap }, 'warned'],
  ['that came to something else, on a list kept from the buyer alone', { level: 0, lie: alter }, 'warned'],
])(
  'units that were signed for, in rows %s: the buyer risks no bond on what it cannot show, and pays them',
  async (_, options, did) => {
    const { fleet, buyer, stack, end } = await openCase(options);
    const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
    expect(await look()).toMatchObject({ did });
    await fleet.tick();
    await look();
    expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
    await end();
  },
);
