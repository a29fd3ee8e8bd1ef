/** When a stack is settled, and what is frozen of it. */
import { leafHash } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { epochOf } from '../../../sdk/src/testing/shown-chain.ts';
import { createAnswer } from '../serve/answer.ts';
import { inputsOf } from '../serve/transcript.ts';
import type { LeafRow, StackRow } from '../store/types.ts';
import { chatOf } from '../testing/desk.ts';
import { proofOver } from '../testing/history.ts';
import { requestInput, stackTerms } from '../testing/ledger-fixtures.ts';
import { openRound, type Round } from '../testing/round.ts';
import { freezeStack, retireStacks, runTriggers, triggerOf } from './freeze.ts';

const HOUR_MS = 3_600_000;
const policy = { fillPermille: 50, idleMs: HOUR_MS, marginEpochs: 4n, minFee: 0n };

/** A node that served three questions of a stack of its own. */
const openServed = async (change: Partial<typeof policy> = {}) => {
  const round = await openRound({ node: 1n, policy: { ...policy, ...change } });
  const { desk } = round;
  const id = desk.sell();
  const signer = desk.node.identity.signer.address;
  desk.shown.set(id, {
    ...(desk.shown.get(id) as NonNullable<ReturnType<typeof desk.shown.get>>),
    nodeAddress: signer,
  });
  for (const question of ['a', 'b', 'c']) expect((await desk.post(id, chatOf(question))).status).toBe(200);
  const row = (await desk.store.findStack(id)) as StackRow;
  return { ...round, id, row, draining: new Map<bigint, number>() };
};

test('a stack is settled for one reason at a time: notice, age, fill, idleness', async () => {
  const { settle, row, desk } = await openServed();
  const due = (change: Partial<StackRow>, epoch = 0n) => triggerOf(settle, { ...row, ...change }, epochOf(epoch));
  expect(due({})).toBeUndefined();
  expect(due({ noticeEpoch: 3n }, 12n)).toBe('notice');
  expect([due({}, 9n), due({}, 10n)]).toEqual([undefined, 'age']); // it expires in epoch 14
  const left = (permille: bigint) => ({ units: 1_000n, consumed: 1_000n - permille, reserved: 0n });
  expect([due(left(50n)), due(left(49n))]).toEqual([undefined, 'fill']);
  expect(due({ ...left(50n), reserved: 1n })).toBe('fill');
  expect([due({ shortages: 1 }), due({ shortages: 2 })]).toEqual([undefined, 'fill']);
  desk.clock.now = row.lastRequestMs + HOUR_MS - 1;
  expect(due({})).toBeUndefined();
  desk.clock.now++;
  expect(due({})).toBe('idle');
  // Nothing to settle for: unused, or not worth its transaction.
  expect(due({ consumed: 0n })).toBeUndefined();
  const poor = { ...settle, policy: { ...settle.policy, minFee: row.consumed * row.price + 1n } };
  expect(triggerOf(poor, row, epochOf(0n))).toBeUndefined();
  const fair = { ...settle, policy: { ...settle.policy, minFee: row.consumed * row.price } };
  expect(triggerOf(fair, row, epochOf(0n))).toBe('idle');
});

test('what is frozen is what was served, and its claim is noted', async () => {
  const { settle, desk, id, row, draining, steps, intents } = await openServed();
  expect(await freezeStack(settle, id, 'operator', draining)).toBe(true);
  const leaves = await desk.store.listLeaves(id);
  const proof = proofOver(id, leaves.map(leafHash), row.consumed);
  const base64 = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('base64');
  expect(await intents()).toEqual([
    {
      ...{ kind: 'settle', subject: String(id), stack: String(id), units: String(row.consumed) },
      ...{ total: String(row.consumed), merkleRoot: base64(proof.merkleRoot), leaf: base64(proof.leaves[0]) },
      ...{ proof: base64(proof.committedStackProof), inputs: base64(await inputsOf(desk.store, row)) },
    },
  ]);
  expect(steps).toEqual(['settle:before-freeze', 'settle:intent']);
  expect(await desk.store.findStack(id)).toMatchObject({ state: 'settling', claimed: row.consumed });
  expect(draining.size).toBe(0);
});

test('a fee below the smallest is given up, which frees the bond', async () => {
  const frozenFor = async (more: bigint) => {
    const served = await openServed();
    const minFee = served.row.consumed * served.row.price + more;
    const settle = { ...served.settle, policy: { ...served.settle.policy, minFee } };
    await freezeStack(settle, served.id, 'age', served.draining);
    const [{ units, total }] = (await served.intents()) as [Record<string, string>];
    const { claimed } = (await served.desk.store.findStack(served.id)) as StackRow;
    return [units === total, units === '0', String(claimed) === units];
  };
  expect(await frozenFor(0n)).toEqual([true, false, true]);
  expect(await frozenFor(1n)).toEqual([false, true, true]);
});

test('a stack drains before it is frozen: what runs may end, and is stopped after its time', async () => {
  const { settle, desk, id, draining, intents } = await openServed({});
  await desk.store.reserve({ ...requestInput(id, 1), bound: 10n });
  const [answer, other] = [createAnswer(new Uint8Array(32), id), createAnswer(new Uint8Array(32), id + 1n)];
  desk.node.running.set('own', answer);
  desk.node.running.set('other', other);
  const began = desk.clock.now;
  const frozenAt = async (ms: number) => {
    desk.clock.now = began + ms;
    return freezeStack(settle, id, 'operator', draining);
  };
  const stopped = () => [answer.signal.aborted, other.signal.aborted];
  expect([await frozenAt(0), await desk.store.findStack(id)]).toMatchObject([false, { state: 'draining' }]);
  expect(draining.get(id)).toBe(began);
  expect([await frozenAt(59_999), stopped()]).toEqual([false, [false, false]]);
  expect([await frozenAt(60_000), stopped()]).toEqual([false, [true, false]]);
  expect(answer.signal.reason).toBe('settling');
  expect(await intents()).toEqual([]);
  await desk.store.release(id, requestInput(id, 1).requestId, 'cancelled', desk.clock.now);
  expect([await frozenAt(60_001), (await intents()).length]).toEqual([true, 1]);
});

test('an unknown stack is none', async () => {
  const { settle, draining } = await openServed();
  await expect(freezeStack(settle, 99n, 'operator', draining)).rejects.toMatchObject({ code: 'NODE_STACK_UNKNOWN' });
});

test('a history that is not what its receipts tell is not settled but kept, with an alarm', async () => {
  const bent = async (change: (leaf: LeafRow) => Partial<LeafRow>, keep = 3) => {
    const served = await openServed();
    const { store } = served.desk;
    const { listLeaves } = store;
    store.listLeaves = async (...all) =>
      (await listLeaves(...all)).map((leaf) => ({ ...leaf, ...change(leaf) })).slice(0, keep);
    served.desk.clock.now += HOUR_MS;
    await runTriggers(served.settle, epochOf(0n), served.draining);
    const { state } = (await store.findStack(served.id)) as StackRow;
    return [state, served.alarms.map(([kind]) => kind), (await served.intents()).length];
  };
  const kept = ['quarantine', ['ledger_breach'], 0];
  expect(await bent((leaf) => ({ units: leaf.units + 1n }))).toEqual(kept);
  expect(await bent(({ index }) => ({ index: index + 1 }))).toEqual(kept);
  expect(await bent(() => ({}), 2)).toEqual(kept);
  expect(await bent(() => ({}))).toEqual(['settling', [], 1]);
});

test('a round freezes every stack whose time has come, and goes on with those that drain', async () => {
  const { settle, desk, id, draining, intents } = await openServed();
  await desk.store.putStack(stackTerms(50n), 0);
  await desk.store.moveStack(50n, ['open'], 'draining');
  await runTriggers(settle, epochOf(0n), draining);
  expect((await intents()).map(({ subject }) => subject)).toEqual(['50']);
  await runTriggers(settle, epochOf(10n), draining);
  expect((await intents()).map(({ subject }) => subject)).toEqual(['50', String(id)]);
});

test('a stack nobody uses is given back where its bond keeps the node from serving others', async () => {
  const lies = async (node: object, change: Partial<{ consumed: boolean; reserved: boolean; early: boolean }> = {}) => {
    const round: Round = await openRound({ node: 1n, policy });
    const { store, clock } = round.desk;
    await store.putStack(stackTerms(1n), clock.now);
    if (change.reserved) await store.reserve({ ...requestInput(1n, 1), bound: 10n, now: clock.now });
    clock.now += change.early ? HOUR_MS - 1 : HOUR_MS;
    round.chain.show('nodes', 1n, node);
    await runTriggers(round.settle, epochOf(0n), new Map());
    return (await store.findStack(1n))?.state;
  };
  // A bond is 30; another one must leave a quarter of all stake free.
  const bonded = { bonded: 60n, openStacks: 2n };
  expect(await lies({ ...bonded, stake: 29n })).toBe('settling');
  expect(await lies({ ...bonded, stake: 59n })).toBe('settling'); // 4 * 29 < 119
  expect(await lies({ ...bonded, stake: 60n })).toBe('open'); // 4 * 30 = 120
  expect(await lies({ ...bonded, stake: 10_000n })).toBe('open');
  expect(await lies({ bonded: 0n, openStacks: 0n, stake: 0n })).toBe('open');
  expect(await lies({ ...bonded, stake: 29n }, { early: true })).toBe('open');
  expect(await lies({ ...bonded, stake: 29n }, { reserved: true })).toBe('open');
});

test('stacks bought under another address of the node go out of service', async () => {
  const { settle, desk, id } = await openServed();
  await desk.store.putStack(stackTerms(50n), 0);
  await desk.store.moveStack(50n, ['open'], 'quarantine');
  await retireStacks(settle);
  expect([(await desk.store.findStack(id))?.state, (await desk.store.findStack(50n))?.state]).toEqual([
    'draining',
    'quarantine',
  ]);
});
