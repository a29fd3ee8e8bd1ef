/** Who answers at a node's address, what it says of itself, and how long either is believed. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executedResult } from '../context/write.ts';
import { jsonAnswer, openScriptedMarket, type ScriptedMarket, type ScriptedNode } from '../testing/scripted-node.ts';
import { toBase64 } from '../wire/headers.ts';
import { type AddressProof, addressLayout } from '../wire/messages.ts';
import { acquireStack } from '../writes/acquire-stack.ts';
import { permanentlyDisableNode } from '../writes/permanently-disable-node.ts';
import { updateNodeUrl } from '../writes/update-node-url.ts';
import type { BuyerContext } from './context.ts';
import { createDirectory, type Directory } from './directory.ts';
import { defaultPolicy } from './types.ts';

let market: ScriptedMarket;
let node: ScriptedNode;
let task: bigint;
let context: BuyerContext;
const clock = { ms: 1_000_000 };
beforeAll(async () => {
  market = await openScriptedMarket('directory');
  task = await market.task({ model: 'm' });
  node = await market.addNode([[task, 100n]]);
  ({ context } = await market.buyer());
});
afterAll(() => market.close());
beforeEach(() => {
  node.script = () => undefined;
  node.said = {};
  node.asked.length = 0;
});
const directory = (more: Partial<typeof defaultPolicy> = {}): Directory =>
  createDirectory({
    ...{ atoma: context.atoma, ids: context.ids, send: market.send, now: () => clock.ms },
    policy: { ...defaultPolicy, cacheMs: 1_000, ...more },
  });
/** The node proves itself, but for these members. */
const proving = (change: Partial<AddressProof>, more: Record<string, unknown> = {}, signer = node): void => {
  node.script = ({ path, url }) => {
    if (!path.startsWith('/v1/node?')) return undefined;
    const nonce = new Uint8Array(Buffer.from(path.split('nonce=')[1] ?? '', 'hex'));
    const proof = signer.sign(addressLayout.encode({ ...context.ids, node: node.id, url, nonce, ...change }));
    return jsonAnswer({ proof: toBase64(proof.bytes), signature: toBase64(proof.signature), ...more });
  };
};

test('a node that proves itself can be used; what it says of its models is kept', async () => {
  node.said = { profile: 'atoma-int/1', quantization: 'fp8', supported_parameters: ['seed', 7] };
  const status = await directory().status(node.id);
  expect(status).toMatchObject({ problem: null, node: { nodeSmallId: node.id, owner: node.operator.sender } });
  expect(status?.models).toEqual(
    new Map([['m', { profile: 'atoma-int/1', quantization: 'fp8', parameters: new Set(['seed', '7']) }]]),
  );
  expect(status?.latencyMs).toBeGreaterThan(0);
  expect(
    node.asked.map(({ path, method, timeoutMs, headers }) => [path.split('=')[0], method, timeoutMs, headers]),
  ).toEqual([
    ['/v1/node?nonce', 'GET', 5_000, { accept: 'application/json' }],
    ['/v1/models', 'GET', 5_000, { accept: 'application/json' }],
  ]);
  for (const { signal } of node.asked) expect(signal).toBeInstanceOf(AbortSignal); // a whole answer has its time, too
  node.said = { profile: 1, quantization: null, supported_parameters: 'seed' };
  expect((await directory().status(node.id))?.models.get('m')).toEqual({
    ...{ profile: null, quantization: null, parameters: null },
  });
});

test.each<[what: string, change: Partial<AddressProof>]>([
  ['an old nonce', { nonce: new Uint8Array(16) }],
  ['another chain', { chainId: new Uint8Array(32) }],
  ['another market', { packageId: new Uint8Array(32) }],
  ['another node', { node: 99n }],
])('a proof over %s shows another daemon', async (_, change) => {
  proving(change);
  expect(await directory().status(node.id)).toMatchObject({
    problem: expect.stringContaining('another daemon answers at https://'),
    models: new Map(),
  });
});

test('a proof of another key, or none, shows another daemon', async () => {
  proving({}, {}, await market.addNode([]));
  expect((await directory().status(node.id))?.problem).toContain('another daemon');
  for (const more of [{ proof: '!' }, { signature: '!' }, { signature: undefined }]) {
    proving({}, more);
    expect((await directory().status(node.id))?.problem).toContain('another daemon');
  }
  proving({}, { signature: toBase64(node.sign(new Uint8Array(1)).signature) });
  expect((await directory().status(node.id))?.problem).toContain('another daemon');
});

test('a clock that is wrong by more than half a minute is minded', async () => {
  for (const [said, offset] of [
    [clock.ms + 30_001, 30_001],
    [clock.ms - 30_001, -30_001],
    [clock.ms + 30_000, 0],
    ['soon', 5],
    [undefined, 5],
  ] as const) {
    proving({}, { server_time_ms: said });
    const known = directory();
    known.noteClock(node.id, 5);
    await known.status(node.id);
    expect([said, known.clockOffsetMs(node.id)]).toEqual([said, offset]);
  }
});

test('what the chain and a node say is believed for its time, or until it is refreshed', async () => {
  const { status, offers, tasks, config, refresh } = directory();
  const all = () => Promise.all([status(node.id), offers(task), tasks(), config()]);
  const [, sold, listed, market1] = await all();
  expect([sold.map(({ nodeSmallId }) => nodeSmallId), listed.map(({ taskSmallId }) => taskSmallId)]).toEqual([
    [node.id],
    [task],
  ]);
  clock.ms += 999;
  expect((await all())[3]).toBe(market1);
  expect(node.asked).toHaveLength(2);
  refresh();
  const [, , , market2] = await all();
  expect(market2).not.toBe(market1);
  expect(node.asked).toHaveLength(4);
});

test('a node that failed rests, with its reason; an answer ends that', async () => {
  const { status, noteFailure, noteLatency } = directory();
  await status(node.id);
  noteFailure(node.id, 'it broke off');
  const asked = node.asked.length;
  expect(await status(node.id)).toMatchObject({ problem: 'it broke off', models: new Map() });
  expect(node.asked).toHaveLength(asked);
  clock.ms += 1_000;
  expect((await status(node.id))?.problem).toBe(null);
  noteFailure(node.id, 'again');
  noteLatency(node.id, 5);
  expect((await status(node.id))?.problem).toBe(null);
});

test.each<[error: Error, why: string]>([
  [new DOMException('socket hang up', 'NetworkError'), 'socket hang up'],
  [new Error(''), 'it cannot be reached'],
])('a node that cannot be reached is told by the reason: %s', async (error, why) => {
  node.script = () => {
    throw error;
  };
  const { status, clockOffsetMs } = directory();
  expect(await status(node.id)).toMatchObject({ problem: why, latencyMs: null });
  expect(clockOffsetMs(node.id)).toBe(0);
  node.script = () => undefined;
  expect((await status(node.id))?.problem).not.toBe(null); // it rests
});

test('an address that is refused, that is not announced, and a node that is gone', async () => {
  const other = await market.addNode([]);
  const { operator, id: nodeSmallId } = other;
  executedResult(await updateNodeUrl(operator, { nodeSmallId, url: 'http://node.example' }));
  expect((await directory().status(nodeSmallId))?.problem).toBe('it is not https');
  executedResult(await updateNodeUrl(operator, { nodeSmallId, url: '' }));
  expect((await directory().status(nodeSmallId))?.problem).toBe('it has announced no address');
  executedResult(await permanentlyDisableNode(operator, { nodeSmallId }));
  expect((await directory().status(nodeSmallId))?.problem).toBe('it is disabled');
  expect(await directory().status(999n)).toBe(undefined);
});

test('who signs for a stack is what its purchase said, and is not asked twice', async () => {
  const { buyer, context: own } = await market.buyer();
  const plan = await buyer.plan({
    ...{ model: 'm', endpoint: '/v1/chat/completions', vision: false, units: 1n, tenant: '' },
  });
  const { stack } = await buyer.buy(plan);
  expect(await own.directory.stackSigner(stack)).toBe(node.operator.sender);
  const { stackSigner, noteStackSigner } = directory();
  expect(await stackSigner(stack)).toBe(node.operator.sender);
  expect(await stackSigner(999n)).toBe(undefined);
  noteStackSigner(999n, '0x1');
  expect(await stackSigner(999n)).toBe('0x1');
});

test('who signs for a stack that has ended, its purchase tells', async () => {
  const [first, second] = [await market.task({ model: 'a' }), await market.task({ model: 'b' })];
  const nodes = [await market.addNode([[first, 100n]]), await market.addNode([[second, 100n]])] as const;
  for (const [at, taskSmallId] of [first, second].entries()) {
    const seller = nodes[at] as ScriptedNode;
    const { stackSmallId } = executedResult(
      await acquireStack(context.atoma, {
        ...{ taskSmallId, numComputeUnits: 400_000n, pricePerComputeUnit: 100n, allowUnchecked: true },
      }),
    );
    await seller.settle(stackSmallId, 0n);
    expect(await directory().stackSigner(stackSmallId)).toBe(seller.operator.sender);
  }
});
