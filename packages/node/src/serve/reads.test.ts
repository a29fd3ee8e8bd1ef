/** Answers to signed questions, and what owners and parties send in: who gets what, page by page, and nothing to anybody else. */
import { fromBase64, messageSigner, receiptLayout, SEALED_TYPE, toBase64 } from '@atoma/sdk';
import { beforeEach, expect, test } from 'vitest';
import type { StackRow } from '../store/types.ts';
import { chatOf, type Desk, keyOf, NOON, openDesk } from '../testing/desk.ts';
import { openDeskChannel, postSealed } from '../testing/history.ts';
import { describeModels, describeNode } from './describe.ts';
import type { Asked, Capacity } from './inquiry.ts';
import { createRateLimits } from './rate.ts';
import {
  handOff,
  importReceipts,
  listReceipts,
  type ReadAnswer,
  readEvidence,
  readFreshEvidence,
  readInputs,
  readLeaves,
  readProof,
  readReceipt,
  readStack,
  readTranscript,
  takeEvidence,
} from './reads.ts';
import { encodeRequest } from './transcript.ts';

let desk: Desk;
let id: bigint;
beforeEach(async () => {
  desk = await openDesk();
  id = desk.sell();
  for (const question of ['a', 'b', 'c']) await desk.post(id, chatOf(question));
});
const asking = async (...capacities: readonly Capacity[]): Promise<Asked> => ({
  inquiry: { stack: id } as Asked['inquiry'],
  ...{ signer: '0xsigner', capacities: new Set(capacities), stack: await desk.store.findStack(id) },
  ...{ drawn: false, audit: null },
});
const owner = () => asking('owner');
const codeOf = (answer: ReadAnswer): string => (answer.kind === 'problem' ? answer.code : answer.kind);
const jsonOf = (answer: ReadAnswer) => (answer.kind === 'json' ? answer.json : {}) as Record<string, unknown>;
const textOf = async (answer: ReadAnswer): Promise<string> => {
  let text = '';
  if (answer.kind === 'text') for await (const part of answer.parts) text += part;
  return text;
};

test('what is an owner’s is shown to owners alone', async () => {
  const { node } = desk;
  for (const asked of [
    await asking('buyer', 'attester', 'juror', 'challenger'),
    { ...(await owner()), stack: undefined },
  ]) {
    const all = [
      readStack(asked),
      await readReceipt(node, asked, ''),
      await listReceipts(node, asked, 0),
      await readLeaves(node, asked),
      await readProof(node, asked, 0),
      await handOff(node, asked, Buffer.from('{}')),
      await importReceipts(node, asked, Buffer.from('{}')),
      await readFreshEvidence(node, asked, undefined, { allow: () => true }),
    ];
    expect(all.map(codeOf)).toEqual(Array(8).fill('not_entitled'));
  }
});

test('a stack: its meter as its owner sees it', async () => {
  const row = (await desk.store.findStack(id)) as StackRow;
  expect(jsonOf(readStack(await owner()))).toEqual({
    ...{
      stack: '1',
      task: '1',
      state: 'open',
      units: '100000',
      price: '100',
      consumed: String(row.consumed),
      reserved: '0',
    },
    ...{
      remaining: String(100_000n - row.consumed),
      requests: 3,
      claimed: null,
      expiry_epoch: '14',
      notice_epoch: null,
    },
    last_receipt_hash: Buffer.from(row.lastReceiptHash).toString('hex'),
  });
  const asked = await owner();
  const later = { ...asked, stack: { ...row, claimed: 5n, noticeEpoch: 6n, reserved: 7n } };
  expect(jsonOf(readStack(later))).toMatchObject({
    claimed: '5',
    notice_epoch: '6',
    remaining: String(100_000n - row.consumed - 7n),
  });
});

test('a receipt: of what was answered, refused, released or is under way', async () => {
  const [leaf] = await desk.store.listLeaves(id);
  const of = async (requestId: string) => jsonOf(await readReceipt(desk.node, await owner(), requestId));
  expect(await of(leaf?.requestId ?? '')).toEqual({
    ...{ request_id: leaf?.requestId, state: 'receipt', refusal: null, refusal_signature: null },
    ...{
      receipt: toBase64(leaf?.receipt ?? new Uint8Array()),
      signature: toBase64(leaf?.receiptSignature ?? new Uint8Array()),
    },
  });
  const refused = await desk.sign(id, { ...chatOf('a'), colour: 'red' });
  await desk.send(refused);
  const name = Buffer.from(refused.envelope.requestId).toString('hex');
  expect(await of(name)).toMatchObject({
    state: 'refused',
    receipt: null,
    signature: null,
    refusal: expect.any(String),
    refusal_signature: expect.any(String),
  });
  const input = (await desk.store.findRequest(id, leaf?.requestId ?? '')) as NonNullable<
    Awaited<ReturnType<typeof desk.store.findRequest>>
  >;
  const open = { ...input, requestId: 'f'.repeat(32), body: new Uint8Array(), now: NOON };
  await desk.store.reserve({ ...open, bound: 5n });
  expect(await of(open.requestId)).toMatchObject({ state: 'pending' });
  await desk.store.release(id, open.requestId, 'crash', NOON);
  expect(await of(open.requestId)).toMatchObject({ state: 'released' });
  expect(codeOf(await readReceipt(desk.node, await owner(), '0'.repeat(32)))).toBe('receipt_unknown');
});

test('receipts are listed with the envelopes they are for', async () => {
  const leaves = await desk.store.listLeaves(id);
  const list = async (from: number) =>
    jsonOf(await listReceipts(desk.node, await owner(), from)) as {
      receipts: Record<string, string>[];
      next: number | null;
    };
  const { receipts, next } = await list(0);
  expect(next).toBeNull();
  expect(receipts.map((each) => each.envelope)).toEqual(leaves.map(({ envelope }) => toBase64(envelope)));
  expect(receipts[0]).toMatchObject({
    state: 'receipt',
    envelope_signature: toBase64(leaves[0]?.signature ?? new Uint8Array()),
  });
  expect((await list(2)).receipts).toHaveLength(1);
  expect((await list(Number.NaN)).receipts).toHaveLength(3);
  const many = Array.from({ length: 500 }, (_, index) => ({
    ...(leaves[0] as NonNullable<(typeof leaves)[0]>),
    index,
  }));
  desk.store.listLeaves = async (_, from = 0) => (from === 0 ? many : []);
  expect((await list(0)).next).toBe(500);
});

test('leaves and proofs are given once the stack is settled', async () => {
  const { node, store } = desk;
  expect(codeOf(await readLeaves(node, await owner()))).toBe('stack_settling');
  expect(codeOf(await readProof(node, await owner(), 0))).toBe('stack_settling');
  const leaves = await store.listLeaves(id);
  for (const state of ['settled', 'disputed', 'closed'] as const) {
    await store.moveStack(id, ['open', 'settled', 'disputed'], state);
    const { leaves: shown, ...rest } = JSON.parse(await textOf(await readLeaves(node, await owner())));
    expect(rest).toEqual({ stack: '1', attesters: 1 });
    expect(
      shown.map((each: { units: string; content_hash: string; cut: unknown }) => [
        each.units,
        each.content_hash,
        each.cut,
      ]),
    ).toEqual(
      leaves.map(({ units, contentHash }) => [String(units), `0x${Buffer.from(contentHash).toString('hex')}`, null]),
    );
    const proof = jsonOf(await readProof(node, await owner(), 1));
    expect(proof).toMatchObject({ leaf_count: 3, attesters: 1 });
    expect(JSON.stringify(proof)).toContain(Buffer.from(leaves[1]?.requestHash ?? []).toString('hex'));
  }
  for (const index of [3, -1, 0.5]) expect(codeOf(await readProof(node, await owner(), index))).toBe('receipt_unknown');
  expect(codeOf(await readProof(node, await owner(), 2))).toBe('json');
});

test('a transcript goes to attesters and jurors of a settlement, with the rows they check', async () => {
  const { node } = desk;
  const audit = {
    seed: new Uint8Array(32),
    size: { samples: 0, share: 0 },
    named: [{ rows: [1n], namedUnits: 10_000n }],
  };
  const read = async (asked: Asked) => {
    const answer = await readTranscript(node, asked);
    return answer.kind === 'text' ? (await textOf(answer)).split('\n') : codeOf(answer);
  };
  expect(await read({ ...(await asking('owner', 'buyer', 'challenger')), audit })).toBe('not_entitled');
  expect(await read(await asking('attester'))).toBe('not_entitled');
  for (const capacity of ['attester', 'juror'] as const) {
    const lines = await read({ ...(await asking(capacity)), audit });
    expect(lines).toHaveLength(4);
  }
  const checked = desk.sell({ level: 1 });
  for (const question of ['a', 'b']) await desk.post(checked, chatOf(question));
  const asked = { ...(await asking('juror')), stack: await desk.store.findStack(checked), audit };
  const [first, second] = (await read(asked)) as string[];
  expect([first?.includes('"body"'), second?.includes('"body"')]).toEqual([false, true]);
});

test('rows of a stack that others serve are passed on, from memory or as they were written down', async () => {
  const foreign = { ...(await asking('juror')), stack: undefined };
  expect(codeOf(await readTranscript(desk.node, foreign))).toBe('not_entitled');
  const source = desk.node.identity.signer.address;
  const evidence = {
    stack: id,
    kind: 'transcript' as const,
    digest: 'd',
    payload: Buffer.from('kept\n'),
    receivedMs: 0,
  };
  await desk.store.addEvidence({ ...evidence, source: '0xother', digest: 'e' });
  expect(codeOf(await readTranscript(desk.node, foreign))).toBe('not_entitled');
  await desk.store.addEvidence({ ...evidence, source });
  expect(await textOf(await readTranscript(desk.node, foreign))).toBe('kept\n');
  const lines = async function* () {
    yield 'held\n';
  };
  desk.node.relayed.set(id, { lines, isOwner: async () => false, entries: () => undefined });
  expect(await textOf(await readTranscript(desk.node, foreign))).toBe('held\n');
});

test('the list of a stack that this node checks is for its recorded owner, once somebody gave it', async () => {
  const lists = createRateLimits<bigint>(1, 10);
  const ask = async (...capacities: Capacity[]) =>
    readInputs(desk.node, { ...(await asking(...capacities)), stack: undefined }, lists);
  const entry = { requestHash: new Uint8Array(32).fill(1), units: 7n, cut: [3], blind: new Uint8Array(32).fill(2) };
  const lines = async function* () {};
  const isOwner = async (address: string): Promise<boolean> => address === '0xsigner';
  expect(codeOf(await ask('buyer'))).toBe('not_entitled');
  desk.node.relayed.set(id, { lines, isOwner, entries: () => undefined });
  expect(codeOf(await ask('buyer'))).toBe('not_entitled');
  desk.node.relayed.set(id, { lines, isOwner, entries: () => [entry, { ...entry, cut: null }] });
  for (const other of ['attester', 'juror', 'challenger', 'owner'] as const)
    expect(codeOf(await ask(other))).toBe('not_entitled');
  const row = { request_hash: `0x${'01'.repeat(32)}`, units: '7', cut: [3], blind: `0x${'02'.repeat(32)}` };
  expect(JSON.parse(await textOf(await ask('buyer')))).toEqual({ inputs: [row, { ...row, cut: null }] });
  expect(codeOf(await ask('buyer'))).toBe('rate_limited');
});

test('who sold the stack is refused its list, though remembered as its owner', async () => {
  desk.node.relayed.set(id, { lines: async function* () {}, isOwner: async () => false, entries: () => [] });
  const sold = { ...(await asking('buyer')), stack: undefined };
  expect(codeOf(await readInputs(desk.node, sold, createRateLimits(1, 10)))).toBe('not_entitled');
});

test('evidence is taken line by line, each once, and so much of one party', async () => {
  const [leaf] = await desk.store.listLeaves(id);
  const line = encodeRequest({
    envelope: leaf?.envelope ?? new Uint8Array(),
    signature: leaf?.signature ?? new Uint8Array(),
    body: null,
  });
  const send = async (text: string, signer = '0xsigner') =>
    takeEvidence(desk.node, { ...(await asking('buyer')), drawn: true, signer }, Buffer.from(text));
  // Whoever owns some stack could fill the disk of every node otherwise.
  for (const capacity of ['owner', 'buyer', 'challenger'] as const)
    expect(codeOf(await takeEvidence(desk.node, await asking(capacity), Buffer.from(line)))).toBe('not_entitled');
  expect(await desk.store.listEvidence(id)).toEqual([]);
  expect(jsonOf(await send(`${line}\n\n${line}\n`))).toEqual({ taken: 1, lines: 2 });
  expect(jsonOf(await send(line))).toEqual({ taken: 0, lines: 1 });
  expect(await desk.store.listEvidence(id)).toMatchObject([{ kind: 'row', source: '0xsigner', receivedMs: NOON }]);
  expect(await send(`${line}\nno row`)).toMatchObject({
    code: 'invalid_request',
    detail: 'line 1 is not a signed request',
  });
  const most = 64 * 1024 * 1024;
  desk.store.evidenceSizes = async () => new Map([['0xsigner', most - line.length]]);
  expect(codeOf(await send(line))).toBe('json');
  expect(codeOf(await send(`${line}\n`))).toBe('body_too_large');
  expect(codeOf(await send(`${line}\n`, '0xother'))).toBe('json');
  desk.store.evidenceSizes = async () =>
    new Map(Array.from({ length: 8 }, (_, n) => [`0x${n}`, n === 0 ? most - line.length : most]));
  expect(codeOf(await send(line, '0xother'))).toBe('json');
  expect(codeOf(await send(`${line}\n`, '0xother'))).toBe('body_too_large');
});

test('a lost history is taken back row by row, from receipts this node signed', async () => {
  const leaves = await desk.store.listLeaves(id);
  const rows = await Promise.all(
    leaves.map(async (leaf) => ({
      ...{ receipt: toBase64(leaf.receipt), receipt_signature: toBase64(leaf.receiptSignature) },
      ...{ envelope: toBase64(leaf.envelope), signature: toBase64(leaf.signature) },
      body: toBase64((await desk.store.findBody(id, leaf.requestId)) ?? new Uint8Array()),
    })),
  );
  const lost = await openDesk();
  const terms = desk.shown.get(id)?.terms as NonNullable<ReturnType<typeof desk.shown.get>>['terms'];
  const open = async (level = 0): Promise<StackRow> => {
    await lost.store.putStack({ ...terms, level }, NOON);
    await lost.store.moveStack(id, ['open'], 'quarantine');
    return (await lost.store.findStack(id)) as StackRow;
  };
  const stack = await open();
  const send = (value: unknown, change: Partial<StackRow> = {}) =>
    importReceipts(
      lost.node,
      {
        inquiry: { stack: id } as Asked['inquiry'],
        signer: '',
        capacities: new Set(['owner']),
        stack: { ...stack, ...change },
        drawn: false,
        audit: null,
      },
      Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    );
  const [first, ...rest] = rows as [(typeof rows)[0], ...(typeof rows)[0][]];
  const other = rows[1] as (typeof rows)[0];
  const forged = messageSigner(keyOf(9)).sign(fromBase64(first.receipt) as Uint8Array);
  expect(codeOf(await send({ rows: [] }, { state: 'open' }))).toBe('stack_settling');
  expect(codeOf(await send('{'))).toBe('invalid_request');
  expect(await send({ rows: [{ cut: [-1] }] })).toMatchObject({ code: 'invalid_request', param: 'rows.0.cut.0' });
  for (const bent of [
    { receipt: null },
    { receipt_signature: null },
    { envelope: null },
    { signature: null },
    { receipt_signature: toBase64(forged) },
    { signature: other.signature },
    { envelope: other.envelope, signature: other.signature, body: other.body },
    { body: other.body },
  ])
    expect(await send({ rows: [first, { ...first, ...bent }] })).toMatchObject({
      code: 'invalid_request',
      param: 'rows.1',
    });
  expect(await send({ rows: [first] }, { id: 9n })).toMatchObject({ param: 'rows.0' });
  expect(await send({ rows: [{ ...first, body: null }] }, { level: 1 })).toMatchObject({ param: 'rows.0' });
  expect(await send({ rows: [first] }, { level: 2 })).toMatchObject({ param: 'rows.0' });
  expect(codeOf(await send({ rows: [{ ...first, receipt: 'AAAA' }] }))).toBe('invalid_request');
  expect(codeOf(await send({ rows: rest }))).toBe('invalid_request'); // the first one is missing
  expect(jsonOf(await send({ rows: [first] }))).toEqual({ adopted: 1, reopened: false });
  expect(jsonOf(await send({ rows: [...rest].reverse(), complete: true }))).toEqual({ adopted: 2, reopened: true });
  expect(await lost.store.findStack(id)).toMatchObject({
    state: 'open',
    nextLeaf: 3,
    consumed: leaves.reduce((sum, { units }) => sum + units, 0n),
  });
  const [adopted] = await lost.store.listLeaves(id);
  expect(adopted).toMatchObject({
    requestId: leaves[0]?.requestId,
    units: leaves[0]?.units,
    cut: null,
    workDigest: null,
    traceHash: null,
  });
  expect(await lost.store.findBody(id, leaves[0]?.requestId ?? '')).toEqual(fromBase64(first.body));
  expect(receiptLayout.decode(adopted?.receipt ?? new Uint8Array()).index).toBe(0n);
});

test('a stack is handed to an address, and to nothing else', async () => {
  const heir = keyOf(8).toSuiAddress();
  const send = async (body: string) => handOff(desk.node, await owner(), Buffer.from(body));
  for (const body of [
    '{',
    '[]',
    '{}',
    '{"owner":"0x1"}',
    JSON.stringify({ owner: `${heir}0` }),
    JSON.stringify({ owner: heir.toUpperCase() }),
  ])
    expect(await send(body)).toMatchObject({ code: 'invalid_request', param: 'owner' });
  expect(jsonOf(await send(JSON.stringify({ owner: heir })))).toEqual({ handoff: expect.any(String) });
  const refused = await desk.post(id, chatOf('d'));
  expect([refused.status, JSON.parse(refused.text).error.code]).toEqual([403, 'not_stack_owner']);
});

test('evidence of an environment is shown where there is one; a fresh quote to owners, over bytes of theirs', async () => {
  expect(codeOf(await readEvidence(desk.node))).toBe('confidential_channel_unavailable');
  const quotes = { allow: () => true };
  expect(codeOf(await readFreshEvidence(desk.node, await owner(), '00'.repeat(32), quotes))).toBe(
    'confidential_channel_unavailable',
  );
  const sealed = await openDesk({ confidential: await openDeskChannel(() => NOON) });
  expect(jsonOf(await readEvidence(sealed.node))).toMatchObject({ node: '1', kind: 'rehearsal', channel_keys: [{}] });
  const fresh = async (nonce: string | undefined, allow = true) =>
    readFreshEvidence(sealed.node, await owner(), nonce, { allow: () => allow });
  for (const nonce of [undefined, '', '00', 'zz'.repeat(32), '00'.repeat(33)])
    expect(await fresh(nonce)).toMatchObject({ code: 'invalid_request', param: 'nonce' });
  expect(codeOf(await fresh('00'.repeat(32), false))).toBe('rate_limited');
  const [one, two] = [jsonOf(await fresh('01'.repeat(32))), jsonOf(await fresh('02'.repeat(32)))];
  expect(one.document).not.toBe(two.document);
});

test('at level 2 a request is sealed, and so is its answer, whatever it is', async () => {
  const sealed = await openDesk({ confidential: await openDeskChannel(() => NOON) });
  const confidential = sealed.sell({ level: 2 });
  const { answered } = await postSealed(sealed, confidential, chatOf('a'));
  expect([answered.status, answered.headers['content-type']]).toEqual([200, SEALED_TYPE]);
  expect(answered.text).not.toContain('assistant');
  const [leaf] = await sealed.store.listLeaves(confidential);
  expect(leaf).toMatchObject({ index: 0, workDigest: null });
  expect(leaf?.receiptSignature.length).toBeGreaterThan(97);
  const refused = await postSealed(sealed, confidential, { ...chatOf('a'), colour: 'red' });
  expect([refused.answered.status, refused.answered.text.includes('colour')]).toEqual([200, false]);
  const clear = await sealed.post(confidential, chatOf('a'));
  expect(JSON.parse(clear.text).error.code).toBe('sealed_body_required');
  const plain = sealed.sell();
  const elsewhere = await postSealed(sealed, plain, chatOf('a'));
  expect(JSON.parse(elsewhere.answered.text).error.code).toBe('unsupported_media');
  const without = desk.sell({ level: 2 });
  expect(JSON.parse((await desk.post(without, chatOf('a'))).text).error.code).toBe('confidential_channel_unavailable');
});

test('a node says who it is, over bytes of whoever asks, and what it serves at what price', () => {
  const { node } = desk;
  const said = describeNode(node, 'ab'.repeat(16)) as Record<string, unknown>;
  expect(said).toMatchObject({
    node: '1',
    address: node.identity.signer.address,
    server_time_ms: NOON,
    limits: { in_flight: 256, json_bytes: 4_194_304, clock_window_ms: 120_000 },
  });
  expect(said.proof).not.toBe((describeNode(node, undefined) as Record<string, unknown>).proof);
  for (const nonce of ['', 'ab', 'zz'.repeat(16), 'ab'.repeat(17)])
    expect(describeNode(node, nonce)).toMatchObject({ code: 'invalid_request', param: 'nonce' });
  const offer = { task: 4n, role: 0, level: 1, model: 'atoma/demo-chat', price: 100n, maxUnits: 7n };
  const { data } = describeModels(node, [
    offer,
    { ...offer, task: 5n, model: '' },
    { ...offer, task: 6n, model: 'other' },
  ]) as { data: { id: string; atoma: Record<string, unknown> }[] };
  const [chat, embed] = data;
  expect(chat).toMatchObject({
    id: 'atoma/demo-chat',
    owned_by: 'builtin',
    atoma: { roles: [0], demo: true, quantization: null, context_length: 16_384 },
  });
  expect(chat?.atoma.offers).toEqual([
    { task: '4', role: 0, level: 1, price: '100', largest_stack: '7' },
    { task: '5', role: 0, level: 1, price: '100', largest_stack: '7' },
  ]);
  expect(embed?.atoma.offers).toEqual([expect.objectContaining({ task: '5' })]);
  const parameters = chat?.atoma.supported_parameters as string[];
  expect([
    parameters.includes('temperature'),
    parameters.includes('logprobs'),
    parameters.includes('encoding_format'),
  ]).toEqual([true, false, false]);
  expect(parameters).toEqual([...new Set(parameters)].sort());
});
