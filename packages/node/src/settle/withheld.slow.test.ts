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

/** A settlement with more units than were signed for, behind a node that answers everybody but its buyer. */
const openCase = async (level: 0 | 1, lie: Lie, isOwn = false) => {
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
  if (isOwn) {
    [isLost, silent] = [true, url];
    expect((await ask('x')).status).not.toBe(200);
  } else await askOnce(fleet, stack, server, 'x', undefined, { max_tokens: 1 });
  // The node could make such a row by itself; what the journal of its buyer does not know looks the same.
  [isTurned, silent] = [true, url];
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
const openUndrawn = async (lie: Lie, isOwn: boolean, tries = 6): ReturnType<typeof openCase> => {
  const made = await openCase(1, lie, isOwn);
  if (!made.drawn || tries === 0) return made;
  await made.end();
  return openUndrawn(lie, isOwn, tries - 1);
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

test.each<[what: string, lie: Lie, isOwn: boolean, outcome: number]>([
  ['a row that nobody asked for', invent, false, 2],
  ['a request without a receipt, billed above what it allows', overbill, true, 0],
])(
  'level 1: %s, on a list kept from the buyer alone, is named with the list of a juror, and convicts',
  async (_, lie, isOwn, outcome) => {
    const { fleet, buyer, stack, before, drawn, end } = await openUndrawn(lie, isOwn);
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
    expect(await decided(fleet)).toMatchObject({ outcome, nodeFee: 0n, nodeBondReturned: 0n });
    // What the named row costs is its jurors', whatever it shows.
    expect(await fleet.toma(fleet.buyer)).toBeGreaterThanOrEqual(before - (evidence?.bond as bigint));
    await end();
  },
);

test('level 0: units that no shown receipt denies, on a list kept from the buyer alone, are denied with the list of a juror', async () => {
  const { fleet, buyer, stack, before, end } = await openCase(0, billMost);
  const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
  expect(await look()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
  expect(await getDispute(fleet.buyer, { stackSmallId: stack })).toMatchObject({ rows: [], waits: true });
  await fleet.tick();
  expect(await look()).toMatchObject({ did: 'shown', finding: { action: 'show' } });
  expect(await decided(fleet)).toMatchObject({ outcome: 0, nodeFee: 0n, nodeBondReturned: 0n });
  expect(await fleet.toma(fleet.buyer)).toBe(before);
  await end();
});
