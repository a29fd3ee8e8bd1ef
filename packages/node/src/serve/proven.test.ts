/** Requests on a connection whose signer has proven himself: the engine begins before the signature is checked, nothing leaves before. */
import { Agent, request } from 'node:http';
import { equalBytes, fromBase64, headerNames, receiptLayout, requestHash, signRequest, toBase64 } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';

const endpoint = '/v1/chat/completions';
let upstream: UpstreamServer;
let node: ServingFixture;
let task: bigint;

beforeAll(async () => {
  upstream = await startUpstream({ wordMs: 5, words: Array.from({ length: 40 }, (_, i) => ` word${i}`) });
  const model = { name: 'up', roles: [0], contextLength: 4096, tokenizer: 'bytes', profile: null };
  const targets = [{ url: upstream.url, concurrency: 8 }];
  node = await openServing({ engines: [createUpstreamEngine({ models: [{ ...model, targets }] })] });
  task = await node.task({ role: 0, model: 'up' });
});
afterAll(async () => {
  await node.close();
  await upstream.close();
});

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** One connection; requests go out one after the other. */
const connection = () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  const post = (headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Got> =>
    new Promise((resolve, reject) => {
      const all = { 'content-type': 'application/json', 'content-length': body.length, ...headers };
      const call = request(node.url + endpoint, { method: 'POST', agent, headers: all }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: String(Buffer.concat(parts)) }),
        );
      });
      call.on('socket', (socket) => sockets.add(socket));
      call.on('error', reject);
      call.end(body);
    });
  return { post, sockets, close: () => agent.destroy() };
};

/** A signed request, and the same with a signature that names its signer but is wrong. */
const made = async (stack: bigint, more: Readonly<Record<string, unknown>> = {}, maxUnits = 500n) => {
  const body = Buffer.from(
    JSON.stringify({ model: 'up', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }], ...more }),
  );
  const { signer } = node.buyer;
  const ids = { chainId: node.chainId, packageId: node.packageId, stack, node: node.nodeId };
  const signed = await signRequest({ ...ids, signer: signer as Ed25519Keypair, endpoint, model: 'up', body, maxUnits });
  const wrong = Uint8Array.from(signed.signature, (byte, i) => (i === 5 ? byte ^ 1 : byte));
  const forged = { ...signed.headers, [headerNames.signature]: toBase64(wrong) };
  const id = Buffer.from(signed.envelope.requestId).toString('hex');
  return { ...signed, body, forged, id };
};
const codeOf = ({ status, text }: Got): readonly [number, string] => [status, JSON.parse(text).error.code];
const receiptOf = ({ headers }: Got) =>
  receiptLayout.decode(fromBase64(String(headers[headerNames.receipt])) as Uint8Array);

test.each([false, true])(
  'a forged request is charged nowhere, leaves no row and stops the engine; streamed: %s',
  async (stream) => {
    const stack = await node.stack(task);
    const line = connection();
    const first = await made(stack);
    expect((await line.post(first.headers, first.body)).status).toBe(200);
    const [began, aborted] = [upstream.requests.length, upstream.aborted()];
    const second = await made(stack, { stream });
    const refused = await line.post(second.forged, second.body);
    expect(codeOf(refused)).toEqual([401, 'signature_invalid']);
    expect(refused.headers[headerNames.refusal]).toBeUndefined();
    expect(upstream.requests.length).toBeGreaterThan(began);
    if (stream) await expect.poll(() => upstream.aborted()).toBe(aborted + 1);
    expect(await node.store.findRequest(stack, second.id)).toBeUndefined();
    expect(await node.store.findStack(stack)).toMatchObject({ reserved: 0n, nextLeaf: 1 });
    const calls = upstream.requests.length;
    const third = await made(stack, { stream });
    expect(codeOf(await line.post(third.forged, third.body))).toEqual([401, 'signature_invalid']);
    expect(upstream.requests.length).toBe(calls); // the connection is not trusted any more
    expect((await line.post(second.headers, second.body)).status).toBe(200);
    expect((await line.post(third.headers, third.body)).status).toBe(200);
    expect(await node.store.findStack(stack)).toMatchObject({ reserved: 0n, nextLeaf: 3 });
    expect(line.sockets.size).toBe(1);
    expect(await node.store.checkInvariants({ chain: true })).toEqual([]);
    line.close();
  },
);

test('another signer on the connection is checked before anything else', async () => {
  const stack = await node.stack(task);
  const line = connection();
  const first = await made(stack);
  await line.post(first.headers, first.body);
  const calls = upstream.requests.length;
  const other = await signRequest({
    ...first.envelope,
    timestampMs: Number(first.envelope.timestampMs),
    signer: new Ed25519Keypair(),
    body: first.body,
    requestId: new Uint8Array(16).fill(7),
  });
  expect(codeOf(await line.post(other.headers, first.body))).toEqual([403, 'not_stack_owner']);
  expect(upstream.requests.length).toBe(calls);
  line.close();
});

test('a forged request that would be refused gets no signed refusal', async () => {
  const stack = await node.stack(task);
  const line = connection();
  const first = await made(stack);
  await line.post(first.headers, first.body);
  for (const [more, maxUnits] of [
    [{ no_such_parameter: 1 }, 500n],
    [{}, 1n],
    [{ max_tokens: 4_000 }, 9_000_000_000n],
  ] as const) {
    const again = await made(stack);
    await line.post(again.headers, again.body);
    const next = await made(stack, more, maxUnits);
    const refused = await line.post(next.forged, next.body);
    expect(codeOf(refused)).toEqual([401, 'signature_invalid']);
    expect(refused.headers[headerNames.refusal]).toBeUndefined();
    expect(await node.store.findRequest(stack, next.id)).toBeUndefined();
  }
  line.close();
});

test('a forged repetition gets neither the stored answer nor one under way', async () => {
  const stack = await node.stack(task);
  const line = connection();
  const first = await made(stack, { stream: true });
  expect((await line.post(first.headers, first.body)).status).toBe(200);
  expect(codeOf(await line.post(first.forged, first.body))).toEqual([401, 'signature_invalid']);
  const second = await made(stack, { stream: true });
  await line.post(second.headers, second.body);
  const other = connection();
  const third = await made(stack, { stream: true });
  const running = line.post(third.headers, third.body);
  await expect.poll(() => node.store.findRequest(stack, third.id)).toMatchObject({ state: 'reserved' });
  expect(codeOf(await other.post(third.forged, third.body))).toEqual([401, 'signature_invalid']);
  expect((await running).status).toBe(200);
  line.close();
  other.close();
});

test('honest requests on a proven connection are charged as any other', async () => {
  const stack = await node.stack(task);
  const line = connection();
  for (let n = 0; n < 3; n++) {
    const one = await made(stack);
    const got = await line.post(one.headers, one.body);
    const receipt = receiptOf(got);
    expect(receipt.index).toBe(BigInt(n));
    expect(equalBytes(receipt.requestHash, requestHash(one.envelopeBytes))).toBe(true);
  }
  line.close();
});
