/** What a watchtower does about a stack, under which policy, and in which epoch. */
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { computeStackProof } from '../../commitment/proof.ts';
import { executedResult } from '../../context/write.ts';
import type { EventOf } from '../../events/decode.ts';
import { listEvents } from '../../events/list.ts';
import { getBalances } from '../../reads/balances.ts';
import { findDispute } from '../../reads/disputes.ts';
import { findStack, type Stack } from '../../reads/stacks.ts';
import {
  chatBody,
  isWork,
  jsonAnswer,
  openScriptedMarket,
  piecesAnswer,
  receiptHeaders,
  type ScriptedMarket,
  type ScriptedNode,
} from '../../testing/scripted-node.ts';
import { toBase64 } from '../../wire/headers.ts';
import { handoffLayout, receiptLayout } from '../../wire/messages.ts';
import { faucet } from '../../writes/faucet.ts';
import { startAttestationDispute } from '../../writes/start-attestation-dispute.ts';
import { trySettleStack } from '../../writes/try-settle-stack.ts';
import { updateStackOwner } from '../../writes/update-stack-owner.ts';
import { disputeBond } from './case.ts';
import { evidenceLines } from './jury-evidence.ts';
import type { SettlementFinding, WatchPolicy, WatchStep } from './watchtower.ts';

let market: ScriptedMarket;
let nodes: readonly ScriptedNode[];
const down = new Set<bigint>();
beforeAll(async () => {
  market = await openScriptedMarket('watchtower');
  const task = await market.task({ model: 'm' });
  const made: ScriptedNode[] = [];
  for (let i = 0; i < 6; i++) made.push(await market.addNode([[task, 100n]]));
  nodes = made;
});
afterAll(() => market.close());
beforeEach(() => {
  down.clear();
  for (const node of nodes)
    node.script = () => {
      if (down.has(node.id)) throw new DOMException('socket hang up', 'NetworkError');
      return undefined;
    };
});

const body = Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20 }));
const ask = { endpoint: '/v1/chat/completions', contentType: 'application/json', body };

/** A buyer with a stack that served so many requests, of 9 units each. */
const served = async (requests = 1) => {
  const made = await market.buyer();
  const { buyer, context } = made;
  await buyer.buy(await buyer.plan({ model: 'm', endpoint: ask.endpoint, vision: false, units: 1n, tenant: '' }));
  for (let i = 0; i < requests; i++) await buyer.deliver(ask);
  const [own] = context.book.list();
  const stack = own?.stack as bigint;
  const node = nodes.find(({ id }) => id === own?.node) as ScriptedNode;
  const leaves = node.served
    .filter(({ envelope }) => envelope.stack === stack)
    .map(({ receipt }) => receiptLayout.decode(receipt.bytes));
  /** The node settles, for these units and this history in place of the true ones. */
  const settle = async (claimed?: bigint, history = leaves.map((leaf) => ({ ...leaf }))) => {
    if (claimed !== undefined && history[0]) history[0] = { ...history[0], units: claimed - 9n * BigInt(requests - 1) };
    const proof = computeStackProof({ history: { leaves: history }, stackSmallId: stack, attesters: 1 });
    const { committedStackProof, stackMerkleLeaf, units: numClaimedComputeUnits } = proof;
    const settlement = { stackSmallId: stack, numClaimedComputeUnits, committedStackProof, stackMerkleLeaf };
    return executedResult(await trySettleStack(node.operator, settlement));
  };
  const watch = async (policy: Partial<WatchPolicy> = {}): Promise<WatchStep> =>
    (await buyer.watchOnce(policy))[0] as WatchStep;
  return { ...made, stack, node, settle, watch };
};

test('the bond of a dispute is its share of the value, rounded up, the least one at least', () => {
  const bond = (value: bigint): bigint =>
    disputeBond({
      terms: { minimumDisputeBond: 50n, disputeBond: 100n },
      pricePerComputeUnit: 1n,
      numComputeUnits: value,
    } as Stack);
  expect([bond(0n), bond(500n), bond(501n), bond(510n), bond(511n)]).toEqual([50n, 50n, 51n, 51n, 52n]);
});

test.each<[what: string, policy: (bond: bigint, asked: unknown[]) => Partial<WatchPolicy>, did: string, asked: number]>(
  [
    ['nothing is disputed with `off`', () => ({ mode: 'off' }), 'declined', 0],
    ['an over-claim below the least is let pass', () => ({ minimumOverClaim: 92n }), 'declined', 0],
    ['a bond above the most is not paid', (bond) => ({ maxBond: bond - 1n }), 'declined', 0],
    ['nobody agrees where nobody is asked', () => ({ mode: 'ask' }), 'declined', 0],
    ['a person says no', (_, asked) => ({ mode: 'ask', confirm: async (it) => asked.push(it) < 0 }), 'declined', 1],
    ['the least over-claim, at the most bond', (bond) => ({ minimumOverClaim: 91n, maxBond: bond }), 'disputed', 0],
    ['a person says yes', (_, asked) => ({ mode: 'ask', confirm: async (it) => asked.push(it) > 0 }), 'disputed', 1],
  ],
)('a claim of 100 units for 9: %s', async (_, policy, did, asked) => {
  const { settle, watch, stack, context, of } = await served();
  await settle(100n);
  const bond = disputeBond((await findStack(context.atoma, { stackSmallId: stack })) as Stack);
  const questions: unknown[] = [];
  const step = await watch(policy(bond, questions));
  expect(step).toMatchObject({
    ...{ stack, did },
    finding: { finding: 'overClaim', action: 'dispute', claimed: 100n, known: 9n, open: 0n, bond },
  });
  expect(questions).toEqual(asked === 0 ? [] : [step.finding]);
  expect(of('settlement')).toMatchObject([{ stack, finding: 'overClaim', claimed: 100n, known: 9n }]);
  expect(of('disputed')).toHaveLength(did === 'disputed' ? 1 : 0);
  expect(context.book.find(stack)?.stage).toBe('settled');
  if (did === 'declined') expect(await watch()).toEqual({ stack, did: 'nothing', finding: null });
});

test('jurors are given the evidence until each has it; then the dispute is resolved in its time', async () => {
  const { settle, watch, stack, context, of } = await served(2);
  await settle(100n);
  expect((await watch()).did).toBe('disputed');
  const jurors = of('disputed')[0]?.jurors ?? [];
  expect(jurors.length).toBeGreaterThan(2);
  const lines: string[] = [];
  const takes = (some: readonly bigint[]) => {
    for (const node of nodes)
      node.script = (request) => {
        if (!request.path.startsWith('/v1/disputes/') || !some.includes(node.id)) return undefined;
        lines.push(Buffer.from(request.body as Uint8Array).toString('utf8'));
        return jsonAnswer({});
      };
  };
  takes([]);
  expect((await watch()).did).toBe('nothing');
  takes(jurors.slice(1));
  expect((await watch()).did).toBe('evidence');
  expect((await watch()).did).toBe('nothing');
  takes(jurors);
  expect((await watch()).did).toBe('evidence');
  expect(lines).toHaveLength(jurors.length);
  expect(new Set(lines)).toEqual(new Set([await evidenceLines(context, stack)]));
  const asked = nodes.flatMap((node) => node.asked).length;
  expect((await watch()).did).toBe('nothing');
  expect(nodes.flatMap((node) => node.asked).length).toBe(asked);
  for (let epoch = 0; epoch < 4; epoch++) market.market.nextEpoch();
  expect((await watch()).did).toBe('resolved');
});

/** Somebody disputes first, and shows nothing. */
const disputedByAnother = async (stackSmallId: bigint): Promise<void> => {
  const accomplice = await market.wallet(1_000n * 1_000_000_000n);
  const accusation = { stackSmallId, attestationCommitment: new Uint8Array(32) };
  executedResult(await startAttestationDispute(accomplice, accusation));
};

test('where somebody else disputed first and showed nothing the owner shows its receipts, once, and follows the dispute', async () => {
  const { settle, watch, stack, context, of } = await served(2);
  const { atoma, address } = context;
  await settle(100n);
  await disputedByAnother(stack);
  market.market.nextEpoch();
  const before = (await getBalances(atoma)).toma;
  expect(await watch()).toMatchObject({
    ...{ stack, did: 'shown' },
    finding: { finding: 'overClaim', action: 'show', claimed: 100n, known: 18n, bond: 0n },
  });
  expect((await getBalances(atoma)).toma).toBe(before);
  expect(await findDispute(atoma, { stackSmallId: stack })).toMatchObject({
    ...{ evidence: { owner: address, rows: [], namedUnits: 0n, bond: 0n }, disputeEpoch: market.market.epoch() },
  });
  const { events } = await listEvents(atoma, { kind: 'DisputeEvidenceEvent', order: 'descending' });
  const shown = (events[0] as EventOf<'DisputeEvidenceEvent'>).data.receipts;
  const own = await context.journal.listReceipts(stack);
  expect(shown.map((each) => Buffer.from(each).toString('hex')).sort()).toEqual(
    own.map(({ signature, receipt }) => Buffer.concat([signature, receipt]).toString('hex')).sort(),
  );
  expect(of('shown')).toEqual([{ kind: 'shown', stack, receipts: 2, bond: 0n }]);
  expect((await watch()).did).toBe('nothing');
  market.market.nextEpoch(4);
  expect((await watch()).did).toBe('resolved');
  expect(of('shown')).toHaveLength(1);
});

test.each<[what: string, policy: (asked: SettlementFinding[]) => Partial<WatchPolicy>, did: string]>([
  ['with `off`', () => ({ mode: 'off' }), 'declined'],
  ['below the least over-claim', () => ({ minimumOverClaim: 92n }), 'declined'],
  ['where nobody is asked', () => ({ mode: 'ask' }), 'declined'],
  ['when a person says no', (asked) => ({ mode: 'ask', confirm: async (it) => asked.push(it) < 0 }), 'declined'],
  ['when a person says yes', (asked) => ({ mode: 'ask', confirm: async (it) => asked.push(it) > 0 }), 'shown'],
  ['receipts cost nothing, whatever the most is', () => ({ maxBond: 0n }), 'shown'],
])('in a dispute of somebody else: %s', async (_, policy, did) => {
  const { settle, watch, stack } = await served();
  await settle(100n);
  await disputedByAnother(stack);
  const asked: SettlementFinding[] = [];
  const step = await watch(policy(asked));
  expect(step).toMatchObject({ did, finding: { action: 'show' } });
  for (const finding of asked) expect(finding).toEqual(step.finding);
  expect((await watch()).did).toBe('nothing'); // it is decided once
});

test('nothing is shown where nothing is wrong, too late, or in a dispute of its own', async () => {
  const right = await served();
  await right.settle();
  await disputedByAnother(right.stack);
  expect((await right.watch()).did).toBe('nothing');
  const own = await served();
  await own.settle(100n);
  expect([(await own.watch()).did, (await own.watch()).did]).toEqual(['disputed', 'nothing']);
  const late = await served();
  await late.settle(100n);
  await disputedByAnother(late.stack);
  market.market.nextEpoch(2);
  expect((await late.watch()).did).toBe('nothing');
  for (const { of } of [right, own, late]) expect(of('shown')).toEqual([]);
});

test('what could not be told is looked at again while it can be shown; and what was shown before the end is not shown again', async () => {
  const made = await served();
  const { settle, stack, watch, context } = made;
  await context.book.change(stack, { complete: false });
  await settle(100n);
  await disputedByAnother(stack);
  expect((await watch()).did).toBe('nothing');
  await context.book.change(stack, { complete: true });
  const put = context.journal.putSetting;
  Object.assign(context.journal, {
    putSetting: async (name: string, value: string) => {
      if (name.startsWith('shown/')) throw new Error('the process ends here');
      return put(name, value);
    },
  });
  await watch();
  expect(made.of('fault')).toMatchObject([{ why: 'the process ends here' }]);
  expect((await findDispute(context.atoma, { stackSmallId: stack }))?.evidence).not.toBeNull();
  Object.assign(context.journal, { putSetting: put });
  expect((await watch()).did).toBe('nothing');
  expect(made.of('shown')).toHaveLength(1);
});

test('evidence is every request with its receipt, in order; of a sealed one the body stays with the buyer', async () => {
  const { context, stack } = await served(2);
  const { journal } = context;
  const first = (await journal.listReceipts(stack))[0] as NonNullable<unknown>;
  await journal.addForeignReceipt(stack, { ...(first as never as { index: number }), requestId: 'f' } as never, 1);
  const rows = async (of = journal) =>
    (await evidenceLines({ journal: of }, stack))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  expect((await rows()).map(({ index, authority, cut }) => [index, authority, cut])).toEqual([
    [0, 0, null],
    [1, 0, null],
  ]);
  const kept = {
    ...journal,
    listRequests: async (filter: Parameters<typeof journal.listRequests>[0]) =>
      (await journal.listRequests(filter)).map((row) => ({ ...row, body: Buffer.from('kept') })),
  };
  const at = (level: number) => ({
    ...kept,
    findStack: async (id: bigint) => ({ ...((await journal.findStack(id)) as NonNullable<unknown>), level }) as never,
  });
  expect((await rows(at(1)))[0]?.body).toBe(Buffer.from('kept').toString('base64'));
  expect((await rows(at(2)))[0]?.body).toBe('');
});

test('a claim below the receipts, or exactly theirs, is accepted and not looked at again', async () => {
  const under = await served();
  await under.settle(5n);
  expect(await under.watch()).toMatchObject({ did: 'accepted', finding: { finding: 'underClaim', known: 9n } });
  const exact = await served(2);
  await exact.settle();
  down.add(exact.node.id);
  expect(await exact.watch()).toMatchObject({ did: 'accepted', finding: { finding: 'exact', claimed: 18n } });
  expect(await exact.watch()).toMatchObject({ did: 'nothing' });
  expect(exact.of('settlement')).toHaveLength(1);
});

test('what only a journal of everything could prove is said once, and put to a person where one is asked', async () => {
  const { settle, watch, context, stack, of } = await served();
  await context.book.change(stack, { complete: false });
  await settle(100n);
  expect(await watch()).toMatchObject({ did: 'warned', finding: { finding: 'unprovable', action: 'warn' } });
  expect(await watch()).toEqual({ stack, did: 'nothing', finding: null });
  expect(of('settlement')).toHaveLength(1);
  const asked: unknown[] = [];
  const confirm: WatchPolicy['confirm'] = async (finding) => asked.push(finding) < 0;
  expect(await watch({ mode: 'ask', confirm })).toMatchObject({ did: 'declined', finding: { action: 'dispute' } });
  expect(asked).toHaveLength(1);
});

test('a root that whole receipts do not give is disputed though the units are right', async () => {
  const { settle, watch, node } = await served();
  const [leaf] = node.served.slice(-1).map(({ receipt }) => receiptLayout.decode(receipt.bytes));
  await settle(undefined, [{ ...(leaf as NonNullable<typeof leaf>), contentHash: new Uint8Array(32) }]);
  expect(await watch({ minimumOverClaim: 1_000n })).toMatchObject({
    did: 'disputed',
    finding: { finding: 'wrongRoot' },
  });
});

test('requests without an end count for the node, also when they come in late', async () => {
  const { settle, watch, node, buyer, context, stack } = await served();
  node.script = (request) => {
    if (!isWork(request) && !request.path.startsWith('/v1/receipts')) return undefined;
    throw new DOMException('socket hang up', 'NetworkError');
  };
  await buyer.deliver(ask).catch(() => undefined);
  const { exposure } = await context.journal.meters(stack);
  expect(exposure).toBeGreaterThan(0n);
  await settle(10n);
  expect(await watch()).toMatchObject({ did: 'warned', finding: { finding: 'withinBound', open: exposure } });
  const work = node.work().at(-1);
  node.script = () => undefined;
  node.bill(work as NonNullable<typeof work>, chatBody(), {
    units: 1n,
    promptUnits: 1n,
    completionUnits: 0n,
    cumulativeUnits: 10n,
  });
  expect((await watch()).finding).toMatchObject({ known: 10n, open: 0n });
});

/** One request that its node bills with these members, and shows where its receipts are listed alone. */
const withheld = async (change: Parameters<ScriptedNode['bill']>[2]) => {
  const made = await served(2);
  const { node, buyer, context, stack } = made;
  node.script = (request) => {
    if (!isWork(request) && !request.path.startsWith('/v1/receipts/')) return undefined;
    throw new DOMException('socket hang up', 'NetworkError');
  };
  await buyer.deliver(ask).catch(() => undefined);
  const work = node.work().at(-1) as NonNullable<unknown>;
  node.bill(work as ReturnType<ScriptedNode['work']>[0], chatBody(), change);
  return { ...made, open: (await context.journal.meters(stack)).exposure };
};

test('units that a receipt counts as used before it, and nobody signed for, are an over-claim', async () => {
  const { settle, watch, node, buyer, context, stack } = await served();
  node.script = (request) => {
    if (!isWork(request)) return undefined;
    const receipt = node.bill(request, chatBody(), { index: 2n, cumulativeUnits: 399_000n });
    return piecesAnswer([chatBody()], { 'content-type': 'application/json', ...receiptHeaders(receipt) });
  };
  await buyer.deliver(ask);
  node.script = () => undefined;
  expect(await context.journal.meters(stack)).toMatchObject({ charged: 18n, cumulative: 399_000n, exposure: 0n });
  await settle(399_000n);
  expect(await watch()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim', known: 18n } });
});

test('a receipt for more than its request allows is not taken from a list of receipts either', async () => {
  const { settle, watch, context, stack, open } = await withheld({
    units: 9_000n,
    promptUnits: 9_000n,
    completionUnits: 0n,
    cumulativeUnits: 9_018n,
  });
  await settle(9_018n);
  expect(await watch()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim', known: 18n, open } });
  expect(await context.journal.meters(stack)).toMatchObject({ charged: 18n, exposure: open });
});

test('a receipt that counts less than was used before it makes no true claim an over-claim', async () => {
  const { settle, watch } = await withheld({ cumulativeUnits: 9n });
  await settle(27n);
  expect((await watch()).did).toBe('warned');
});

/** A buyer whose node signs handoffs, and somebody who may get its stack. */
const handing = async () => {
  const made = await served();
  const { node, stack, context } = made;
  const heir = market.market.actor();
  executedResult(await faucet(heir, { amount: 1_000_000n }));
  node.script = ({ path, body: sent }) => {
    if (!path.endsWith('/handoff')) return undefined;
    const { owner } = JSON.parse(Buffer.from(sent as Uint8Array).toString('utf8')) as { owner: string };
    const used = { rows: 1n, units: 90n, timestampMs: 1n };
    const of = { ...context.ids, stack, node: node.id, owner: Buffer.from(owner.slice(2), 'hex') };
    const { signature, bytes } = node.sign(handoffLayout.encode({ ...of, ...used }));
    return jsonAnswer({ handoff: toBase64(Uint8Array.from([...signature, ...bytes])) });
  };
  return { ...made, heir };
};

test('who handed a stack off still watches it while it is the recorded owner: the sale may never come', async () => {
  const { buyer, stack, settle, watch, heir, context } = await handing();
  await buyer.handOff(stack, heir.sender as string);
  expect(context.book.find(stack)?.stage).not.toBe('open'); // no more requests
  expect((await watch()).did).toBe('nothing');
  await settle(100n);
  expect(await watch()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim', known: 9n } });
});

test('what the next owner of a stack uses is not disputed by who bought it first, with a handoff or without one', async () => {
  for (const hand of [true, false]) {
    const { buyer, stack, settle, watch, heir, context } = await handing();
    if (hand) await buyer.handOff(stack, heir.sender as string);
    const { atoma } = context;
    const tx = new Transaction();
    tx.transferObjects([context.book.find(stack)?.badge as string], heir.sender as string);
    await atoma.client.signAndExecuteTransaction({ transaction: tx, signer: atoma.signer as Signer });
    executedResult(await updateStackOwner(heir, { stackSmallId: stack }));
    await settle(100n);
    expect(await watch()).toEqual({ stack, did: 'ended', finding: null });
  }
});

test("a buyer that knows its stack whole takes no node's word of what is used in place of its receipts", async () => {
  const { buyer, stack, settle, watch, context } = await handing();
  await expect(buyer.handOff(stack, context.address)).rejects.toMatchObject({ code: 'BUYER_HANDOFF' });
  expect(await buyer.stacks()).toMatchObject([{ stack, used: 9n, usedBefore: 0n }]);
  await settle(99n);
  expect(await watch()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim', known: 9n } });
});

test('a settlement nobody disputed is finalized after its deadline, and the stack is over', async () => {
  const { settle, watch, stack, context } = await served();
  const { deadlineEpoch } = await settle();
  while (market.market.epoch() < deadlineEpoch) market.market.nextEpoch();
  expect((await watch()).did).toBe('nothing');
  market.market.nextEpoch();
  expect((await watch()).did).toBe('finalized');
  expect(await watch()).toEqual({ stack, did: 'ended', finding: null });
  expect([context.book.find(stack), (await context.journal.findStack(stack))?.stage]).toEqual([undefined, 'ended']);
});

test('a stack that was never used is asked back when its node cannot be reached an epoch later, and taken in its time', async () => {
  const { watch, node, stack, of, context } = await served(0);
  const rest = (): void => context.directory.refresh();
  down.add(node.id);
  rest();
  expect((await watch()).did).toBe('nothing'); // still the epoch of the purchase
  market.market.nextEpoch();
  expect((await watch({ noticeUnreachable: false })).did).toBe('nothing');
  down.clear();
  rest();
  context.directory.noteLatency(node.id, 1);
  expect((await watch()).did).toBe('nothing');
  down.add(node.id);
  rest();
  expect(await watch()).toEqual({ stack, did: 'noticed', finding: null });
  expect(of('notice')).toEqual([{ kind: 'notice', stack, reclaimEpoch: market.market.epoch() + 2n }]);
  expect(context.book.find(stack)).toMatchObject({ stage: 'notice', noticeEpoch: market.market.epoch() });
  market.market.nextEpoch();
  expect((await watch()).did).toBe('nothing');
  market.market.nextEpoch();
  expect((await watch()).did).toBe('reclaimed');
  expect(of('reclaimed')).toEqual([{ kind: 'reclaimed', stack, refund: 40_000_000n }]);
  expect(context.book.find(stack)).toBe(undefined);
});

test('a node that did something is not asked to give back because it rests', async () => {
  const { watch, node, context } = await served(1);
  market.market.nextEpoch();
  down.add(node.id);
  context.directory.refresh();
  expect((await watch()).did).toBe('nothing');
});

test('a fault on one stack is told and keeps no other from being looked at', async () => {
  const { buyer, context, of } = await served();
  await buyer.buy(await buyer.plan({ model: 'm', endpoint: ask.endpoint, vision: false, units: 1n, tenant: '' }));
  const { journal } = context;
  const [first, second] = await journal.listStacks();
  await journal.putStack({ ...(first as NonNullable<typeof first>), stack: -1n });
  const steps = await buyer.watchOnce();
  expect(steps.map(({ stack }) => stack)).toEqual([first?.stack, second?.stack]);
  expect(of('fault')).toMatchObject([{ what: 'watching stack -1' }]);
});

test('a node that takes its time with every answer does not keep the windows of other stacks waiting', async () => {
  const clock = { ms: Date.now() };
  const made = await market.buyer({}, { now: () => clock.ms });
  const { buyer, context, of } = made;
  const buy = async () =>
    buyer.buy(await buyer.plan({ model: 'm', endpoint: ask.endpoint, vision: false, units: 1n, tenant: '' }));
  for (let i = 0; i < 2; i++) await buy();
  const [slow, other] = await context.journal.listStacks();
  for (const each of [slow, other]) await nodes.find(({ id }) => id === each?.node)?.settle(each?.stack as bigint, 9n);
  const began = clock.ms;
  for (const node of nodes)
    node.script = ({ path }) => {
      const [, at] = path.split(`?stack=${slow?.stack}&from=`);
      if (at === undefined) return undefined;
      clock.ms += 40_000;
      return jsonAnswer({ receipts: [null], next: Number(at) + 1 });
    };
  const steps = await buyer.watchOnce();
  expect(steps.map(({ stack, did }) => [stack, did])).toEqual([slow, other].map((each) => [each?.stack, 'disputed']));
  expect(clock.ms - began).toBe(120_000);
  expect(of('fault')).toEqual([]);
});

test('a watch goes on until it is told to stop, and tells what it did, not that there was nothing to do', async () => {
  const { buyer, settle, context } = await served();
  await settle();
  const stop = new AbortController();
  const seen: string[] = [];
  let looks = 0;
  const list = context.journal.listStacks;
  Object.assign(context.journal, {
    listStacks: async (...all: Parameters<typeof list>) => {
      if (++looks === 3) stop.abort();
      return list(...all);
    },
  });
  await buyer.watch({ pollMs: 1, signal: stop.signal, onStep: ({ did }) => seen.push(did) });
  expect([looks, seen]).toEqual([3, ['accepted']]);
});
