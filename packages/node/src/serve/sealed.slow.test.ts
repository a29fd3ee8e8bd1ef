import { blake2b256 } from '@atoma/base';
import {
  blindContentHash,
  type Content,
  channelKid,
  envelopeLayout,
  equalBytes,
  fromBase64,
  type Receipt,
  receiptLayout,
  receiptSigners,
  refusalLayout,
  SEALED_TYPE,
  signRequest,
  toBase64,
} from '@atoma/sdk';
import { createBrowserAnswerOpener, readChannelKey, sealRequestInBrowser } from '@atoma/sdk/sealed';
import type { Signer } from '@mysten/sui/cryptography';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import type { Engine } from '../engine/types.ts';
import { askSealed, type OpenedAnswer, openBytes, sealFor, sendSealed, shownKey } from '../testing/sealed.ts';
import { openChannel, openServing, type ServingFixture } from '../testing/serving-fixture.ts';

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user', content: 'ping' }], max_tokens: 40 };
let node: ServingFixture;
let task: bigint;
let clear: bigint;

beforeAll(async () => {
  node = await openServing({ confidential: true });
  task = await node.task({ role: 0, model, level: 2 });
  clear = await node.task({ role: 0, model });
});
afterAll(() => node.close());

const endOf = ({ end }: OpenedAnswer): Record<string, unknown> =>
  JSON.parse(Buffer.from(end?.data as Uint8Array).toString('utf8')) as Record<string, unknown>;
const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer());
const enclaveKey = async (): Promise<Uint8Array> => {
  const json = (await (await fetch(`${node.url}/v1/evidence`)).json()) as { enclave_key: string };
  return Buffer.from(json.enclave_key, 'hex');
};
const receiptOf = (answer: OpenedAnswer): Receipt =>
  receiptLayout.decode(fromBase64(String(endOf(answer).receipt)) as Uint8Array);
const errorOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { error: { code: string } }).error.code;

test('a whole answer: sealed from its head to a receipt that both keys sign, its content behind a blind', async () => {
  const stack = await node.stack(task);
  const request = await sealFor(node, stack, ask);
  const response = await sendSealed(node, request);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, SEALED_TYPE]);
  expect(response.headers.get('atoma-receipt')).toBeNull();
  const answer = openBytes(request, await bytesOf(response));
  expect(answer).toMatchObject({ ended: true, head: { status: 200, content_type: 'application/json' } });
  const { choices } = JSON.parse(answer.text) as { choices: { message: { content: string } }[] };
  const text = choices[0]?.message.content ?? '';
  expect(text).toMatch(/\w/);

  const end = endOf(answer);
  const [receipt, signature] = [end.receipt, end.signature].map((text) => fromBase64(String(text)) as Uint8Array) as [
    Uint8Array,
    Uint8Array,
  ];
  const signers = await receiptSigners(receipt, signature);
  expect(signers?.address).toBe(node.nodeAddress);
  expect(Buffer.from(signers?.enclaveKey as Uint8Array)).toEqual(Buffer.from(await enclaveKey()));
  const content: Content = { kind: 'chat', choices: [{ index: 0, text, reasoning: '', toolCalls: [] }] };
  expect(Buffer.from(receiptOf(answer).contentHash)).toEqual(Buffer.from(blindContentHash(request.secrets, content)));
});

test('a stream: head, text as it comes, receipt last; the same bytes for a second reader and for a retry', async () => {
  const stack = await node.stack(task);
  const request = await sealFor(node, stack, { ...ask, stream: true });
  const [one, two] = await Promise.all([sendSealed(node, request), sendSealed(node, request)]);
  const [first, second] = [await bytesOf(one), await bytesOf(two)];
  const answer = openBytes(request, first);
  expect(answer.head).toEqual({ status: 200, content_type: 'text/event-stream' });
  expect(answer.text).toMatch(/^data: \{/);
  expect(answer.text).not.toContain('atoma.receipt');
  expect(answer.end?.type).toBe('receipt');
  expect(equalBytes(first, second)).toBe(true);
  const retried = await sendSealed(node, request);
  expect(retried.headers.get('atoma-replayed')).toBe('1');
  expect(equalBytes(await bytesOf(retried), first)).toBe(true);
  expect((await node.store.findStack(stack))?.nextLeaf).toBe(1);
});

test('what is at fault inside a sealed request is said inside a sealed answer, with its refusal, and again for a retry', async () => {
  const stack = await node.stack(task);
  const request = await sealFor(node, stack, { ...ask, secret_member: 1 });
  const first = await bytesOf(await sendSealed(node, request));
  expect(Buffer.from(first).toString('latin1')).not.toContain('secret_member');
  const answer = openBytes(request, first);
  expect(answer.head).toMatchObject({ status: 400 });
  const end = endOf(answer) as { problem: { error: { code: string; param: string } }; refusal: string };
  expect(end.problem.error).toMatchObject({ code: 'unsupported_parameter', param: 'secret_member' });
  expect(refusalLayout.decode(fromBase64(end.refusal) as Uint8Array).code).toBe('unsupported_parameter');
  expect(equalBytes(await bytesOf(await sendSealed(node, request)), first)).toBe(true);
  expect(
    JSON.stringify(
      await node.store.findRequest(stack, Buffer.from(request.envelope.requestId).toString('hex')),
      (_, each) => (typeof each === 'bigint' ? String(each) : each),
    ),
  ).not.toContain('secret_member');
});

test('downgrade: a stack of level 2 takes nothing in clear, and no other stack takes what is sealed', async () => {
  const stack = await node.stack(task);
  const body = new TextEncoder().encode(JSON.stringify(ask));
  const to = {
    chainId: node.chainId,
    packageId: node.packageId,
    node: node.nodeId,
    signer: node.buyer.signer as Signer,
    endpoint: '/v1/chat/completions',
    model,
    maxUnits: 1_000n,
  };
  const plain = { ...(await signRequest({ ...to, stack, body })), body };
  expect(await errorOf(await sendSealed(node, plain, { contentType: 'application/json' }))).toBe(
    'sealed_body_required',
  );
  const unopened = { ...(await signRequest({ ...to, stack, body })), body };
  expect(await errorOf(await sendSealed(node, unopened))).toBe('sealed_body_required');
  const other = await sealFor(node, await node.stack(clear), ask);
  expect(await errorOf(await sendSealed(node, other))).toBe('unsupported_media');
});

test('replay and transplant: a sealed body serves its own envelope and signer only', async () => {
  const stack = await node.stack(task);
  const request = await sealFor(node, stack, ask);
  await (await sendSealed(node, request)).arrayBuffer();
  // The same body under an envelope with another id, signed by its own buyer.
  const again = await signRequest({
    chainId: node.chainId,
    packageId: node.packageId,
    stack,
    node: node.nodeId,
    signer: node.buyer.signer as Signer,
    endpoint: '/v1/chat/completions',
    model,
    maxUnits: 1_024n,
    body: request.body,
  });
  const answer = await sendSealed(node, { ...again, body: request.body });
  expect(answer.headers.get('atoma-refusal')).not.toBeNull();
  expect(await errorOf(answer)).toBe('sealed_body_malformed');
  expect((await node.store.findStack(stack))?.nextLeaf).toBe(1);
});

test('key substitution: what is sealed to a key of the operator’s own is not opened', async () => {
  const stack = await node.stack(task);
  const theirs = await sealFor(node, stack, ask, {
    kid: channelKid(new Uint8Array(120)),
    publicKey: new Uint8Array(32).fill(9),
  });
  expect(await errorOf(await sendSealed(node, theirs))).toBe('channel_key_gone');
  const mixed = await sealFor(node, stack, ask, {
    kid: (await shownKey(node.url)).kid,
    publicKey: new Uint8Array(32).fill(9),
  });
  expect(await errorOf(await sendSealed(node, mixed))).toBe('sealed_body_malformed');
});

test('a body changed on its way is refused before it is opened', async () => {
  const request = await sealFor(node, await node.stack(task), ask);
  const body = new Uint8Array(request.body);
  body[200] = (body[200] as number) ^ 1;
  expect(await errorOf(await sendSealed(node, { ...request, body }))).toBe('body_hash_mismatch');
});

test('two prompts of one class cannot be told apart by what travels', async () => {
  const stack = await node.stack(task);
  const sizes = async (content: string) => {
    const request = await sealFor(node, stack, { ...ask, max_tokens: 1, messages: [{ role: 'user', content }] });
    const answer = await bytesOf(await sendSealed(node, request));
    return [request.body.length, request.envelopeBytes.length, answer.length];
  };
  expect(await sizes('yes')).toEqual(await sizes('a much longer question about something private'));
});

/** A node of its own, whose clock a test may set forward. */
const withClock = async (
  run: (own: ServingFixture, stack: bigint, at: (offset: number) => number) => Promise<void>,
): Promise<void> => {
  const own = await openServing({ confidential: true });
  const stack = await own.stack(await own.task({ role: 0, model, level: 2 }));
  try {
    await run(own, stack, (offset) => {
      own.clock.offset = offset;
      return Date.now() + offset;
    });
  } finally {
    await own.close();
  }
};

test('renewal of keys loses no request, and a key that is gone costs nothing', async () => {
  const hour = 3_600_000;
  await withClock(async (own, stack, at) => {
    const old = await shownKey(own.url);
    const late = await sealFor(own, stack, ask, { ...old, timestampMs: at(hour + 60_000) });
    expect(openBytes(late, await bytesOf(await sendSealed(own, late))).end?.type).toBe('receipt');
    expect((await shownKey(own.url)).kid).not.toEqual(old.kid);
    expect((await askSealed(own, stack, ask, { timestampMs: at(hour + 60_000) })).end?.type).toBe('receipt');
    const gone = await sealFor(own, stack, ask, { ...old, timestampMs: at(2 * hour) });
    const refused = await sendSealed(own, gone);
    expect(refused.headers.get('atoma-refusal')).not.toBeNull();
    expect(await errorOf(refused)).toBe('channel_key_gone');
    expect((await own.store.findStack(stack))?.nextLeaf).toBe(2);
  });
});

test('evidence that expires mid-stack ends new requests before a key outlives it, not answers that were given', async () => {
  const day = 86_400_000;
  await withClock(async (own, stack, at) => {
    const key = await shownKey(own.url);
    const request = await sealFor(own, stack, ask, key);
    const first = await bytesOf(await sendSealed(own, request));
    const last = await sealFor(own, stack, ask, { timestampMs: at(day - 60_000) });
    expect(openBytes(last, await bytesOf(await sendSealed(own, last))).end?.type).toBe('receipt');
    const time = at(day + 1_000);
    const shown = (await (await fetch(`${own.url}/v1/evidence`)).json()) as { channel_keys: unknown[] };
    expect(shown.channel_keys).toEqual([]);
    const refused = await sendSealed(own, await sealFor(own, stack, ask, { ...key, timestampMs: time }));
    expect(refused.headers.get('atoma-refusal')).not.toBeNull();
    expect(await errorOf(refused)).toBe('evidence_expired');
    expect(equalBytes(await bytesOf(await sendSealed(own, request)), first)).toBe(true);
  });
});

/** Sealed answers by what their keys follow from, frame by frame: the same place under the same keys holds the same bytes, or keys leak. */
const createNonceCheck = () => {
  const seen = new Map<string, string>();
  let attempts = 0;
  return {
    attempts: () => attempts,
    take: (bytes: Uint8Array): void => {
      const answer = Buffer.from(bytes);
      const rn = answer.toString('hex', 1, 33);
      if (!seen.has(`${rn}/0`)) attempts++;
      for (let [at, index] = [33, 0]; at + 4 <= answer.length; index++) {
        const end = at + 4 + (answer.readUInt32LE(at) & 0x7fff_ffff);
        if (end > answer.length) break; // a reader that left in the middle of a frame
        const frame = answer.toString('hex', at, end);
        expect(seen.get(`${rn}/${index}`) ?? frame).toBe(frame);
        seen.set(`${rn}/${index}`, frame);
        at = end;
      }
    },
  };
};

/** Reads until `enough` bytes are there, then leaves. */
const readSome = async (response: Response, enough: number): Promise<Uint8Array> => {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const parts: Uint8Array[] = [];
  for (let size = 0; size < enough; ) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value);
    size += value.length;
  }
  await reader.cancel();
  return Buffer.concat(parts);
};

test('no key and nonce seal two texts: two readers, cancel then rerun, keep-alive, error then success, a full disk', async () => {
  const words = ['one ', 'two ', 'three ', 'four ', 'five '];
  const behaviour: { wait?: (signal: AbortSignal) => Promise<void>; fail: boolean } = { fail: false };
  const builtin = createBuiltinEngine();
  const engine: Engine = {
    ...builtin,
    run: async function* (_request, _limit, signal) {
      yield { type: 'accepted' };
      if (behaviour.fail) throw new Error('out of memory');
      await behaviour.wait?.(signal);
      for (const content of words) yield { type: 'delta', choice: 0, content };
      yield { type: 'finish', choice: 0, reason: 'stop' };
    },
  };
  const own = await openServing({ confidential: true, engines: [engine], limits: { headMs: 1, keepAliveMs: 5 } });
  try {
    const stack = await own.stack(await own.task({ role: 0, model, level: 2 }));
    const check = createNonceCheck();
    const streamed = () => sealFor(own, stack, { ...ask, stream: true });
    const whole = async (request: Parameters<typeof sendSealed>[1]): Promise<Uint8Array> => {
      const bytes = await bytesOf(await sendSealed(own, request));
      check.take(bytes);
      return bytes;
    };

    // Nothing was made when its reader left: what it got is continued by the refusal, whenever it comes back.
    behaviour.wait = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error())));
    const left = await streamed();
    check.take(await readSome(await sendSealed(own, left), 700)); // head and keep-alives
    await expect.poll(() => own.node.running.size).toBe(0);
    delete behaviour.wait;
    const rerun = await whole(left);
    expect(openBytes(left, rerun).end?.type).toBe('problem');

    const two = await streamed();
    const both = await Promise.all([whole(two), whole(two)]);
    expect(equalBytes(both[0], both[1])).toBe(true);
    expect(equalBytes(await whole(two), both[0])).toBe(true);

    behaviour.fail = true;
    const failing = await streamed();
    const failed = await whole(failing);
    expect(openBytes(failing, failed).end?.type).toBe('problem');
    behaviour.fail = false;
    expect(equalBytes(await whole(failing), failed)).toBe(true);
    const next = await streamed();
    expect(openBytes(next, await whole(next)).end?.type).toBe('receipt');

    // The receipt was sealed when the disk was full: what is said instead is another attempt.
    const { commit } = own.node.store;
    Object.assign(own.node.store, {
      commit: async (input: Parameters<typeof commit>[0]) => {
        const { response, sign } = input;
        const place = { index: 9, cumulative: 9n, previous: new Uint8Array(32), requestHash: new Uint8Array(32) };
        const signed = sign(place);
        if (typeof response === 'function') response(signed.receipt, signed.signature);
        throw Object.assign(new Error('disk full'));
      },
    });
    const full = await sealFor(own, stack, ask);
    expect(openBytes(full, await whole(full)).end?.type).toBe('problem');
    Object.assign(own.node.store, { commit });
    expect(await own.node.store.listRequests({ stack, states: ['reserved'], limit: 1 })).toEqual([]);
    expect(check.attempts()).toBe(5);
  } finally {
    await own.close();
  }
});

test('a ledger that is set back does not make the environment run a prompt again', async () => {
  const stack = await node.stack(task);
  const request = await sealFor(node, stack, ask);
  await bytesOf(await sendSealed(node, request));
  const { findRequest } = node.node.store;
  const leaves = (await node.store.findStack(stack))?.nextLeaf;
  Object.assign(node.node.store, { findRequest: async () => undefined });
  try {
    const again = await sendSealed(node, request);
    expect([again.headers.get('atoma-refusal'), await errorOf(again)]).toEqual([null, 'request_id_reused']);
  } finally {
    Object.assign(node.node.store, { findRequest });
  }
  expect((await node.store.findStack(stack))?.nextLeaf).toBe(leaves);
});

test('new keys: the answer that was given is given again byte for byte, and what was sealed to the old key costs nothing', async () => {
  const first = await openServing({ confidential: true });
  try {
    const stack = await first.stack(await first.task({ role: 0, model, level: 2 }));
    const [kept, unsent] = [await sealFor(first, stack, { ...ask, stream: true }), await sealFor(first, stack, ask)];
    const bytes = await bytesOf(await sendSealed(first, kept));
    const { identity } = first.node;
    Object.assign(first.node, { confidential: await openChannel(first.operator, identity, Date.now) });
    expect(equalBytes(await bytesOf(await sendSealed(first, kept)), bytes)).toBe(true);
    const gone = await sendSealed(first, unsent);
    expect(gone.headers.get('atoma-refusal')).not.toBeNull();
    expect(await errorOf(gone)).toBe('channel_key_gone');
    expect((await first.store.findStack(stack))?.nextLeaf).toBe(1);
  } finally {
    await first.close();
  }
});

test('a browser talks to a node by itself: sealed by WebCrypto, signed by its wallet, opened and checked there', async () => {
  const stack = await node.stack(task);
  const shown = (await (await fetch(`${node.url}/v1/evidence`)).json()) as {
    channel_keys: { record: string; signature: string }[];
  };
  const [key] = shown.channel_keys.map(({ record, signature }) => [fromBase64(record), fromBase64(signature)]);
  const { kid, record } = await readChannelKey(key?.[0] as Uint8Array, key?.[1] as Uint8Array, await enclaveKey());
  const wallet = node.buyer.signer as Signer;
  const envelope = {
    ...{ chainId: node.chainId, packageId: node.packageId, stack, node: node.nodeId },
    ...{ endpoint: '/v1/chat/completions', model, requestId: crypto.getRandomValues(new Uint8Array(16)) },
    ...{ timestampMs: BigInt(Date.now()), maxUnits: 1_024n },
  };
  const { body, secrets } = await sealRequestInBrowser({
    ...{ kid, publicKey: record.key, signer: wallet.toSuiAddress(), envelope },
    inner: { contentType: 'application/json', body: new TextEncoder().encode(JSON.stringify(ask)) },
  });
  const signed = envelopeLayout.encode({ ...envelope, bodyHash: blake2b256(body) });
  const headers = {
    'content-type': SEALED_TYPE,
    'atoma-envelope': toBase64(signed),
    'atoma-signature': (await wallet.signPersonalMessage(signed)).signature,
  };
  const url = node.url + envelope.endpoint;
  const answer = await fetch(url, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> });
  const opener = createBrowserAnswerOpener(secrets);
  const frames = await opener.push(await bytesOf(answer));
  expect(opener.ended()).toBe(true);
  const end = JSON.parse(new TextDecoder().decode(frames.at(-1)?.data)) as { receipt: string; signature: string };
  const [receipt, signature] = [fromBase64(end.receipt), fromBase64(end.signature)] as [Uint8Array, Uint8Array];
  const signers = await receiptSigners(receipt, signature);
  expect([signers?.address, Buffer.compare(signers?.enclaveKey as Uint8Array, await enclaveKey())]).toEqual([
    node.nodeAddress,
    0,
  ]);
});

test('the hash of what was sealed is what the buyer signed', async () => {
  const { envelope, body } = await sealFor(node, 1n, ask);
  expect(equalBytes(envelope.bodyHash, blake2b256(body))).toBe(true);
});
