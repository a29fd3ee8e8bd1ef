/** Whom a buyer seals requests to: evidence held against the chain, keys held against the evidence, each believed for its time. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { toHex } from '@atoma/base';
import { advanceClock } from '@atoma/localnet';
import { fromBase58 } from '@mysten/sui/utils';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { executedResult } from '../../context/write.ts';
import { jsonAnswer, openScriptedMarket, type ScriptedMarket, type ScriptedNode } from '../../testing/scripted-node.ts';
import { toBase64 } from '../../wire/headers.ts';
import { type ChannelKeyRecord, channelKeyLayout, channelKid } from '../../wire/sealed/channel-key.ts';
import {
  type Binding,
  bindingLayout,
  documentLayout,
  type EvidenceDocument,
  type EvidenceQuestion,
  type EvidenceVerdict,
  enclaveKeyHash,
  evidenceHash,
  gpuHash,
  reportData,
  signRaw,
} from '../../wire/sealed/evidence.ts';
import { setNodeKeyCommitment } from '../../writes/set-node-key-commitment.ts';
import { updateNodeUrl } from '../../writes/update-node-url.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import { createChannels } from './channels.ts';
import type { ConfidentialPolicy } from './check.ts';
import { type LookParameters, lookAtEvidence } from './look.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const filled = (byte: number, length = 32): Uint8Array => new Uint8Array(length).fill(byte);
const makeEnclave = () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { key: new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)), secret: privateKey };
};

let market: ScriptedMarket;
let node: ScriptedNode;
let context: BuyerContext;
const enclave = makeEnclave();
const start = 1_700_000_000_000;
const clock = { ms: start };
let checkpoint: { sequence: bigint; digest: Uint8Array };

/** What the node shows; changed by a test. */
let shown: {
  binding: Partial<Binding>;
  document: Partial<EvidenceDocument>;
  keys: readonly (readonly [Partial<ChannelKeyRecord>, KeyObject?])[];
  answer: ((json: Record<string, unknown>) => ReturnType<typeof jsonAnswer>) | undefined;
};
/** What the judge was asked, and says. */
const questions: EvidenceQuestion[] = [];
let verdict: EvidenceVerdict;
const policy = (more: Partial<ConfidentialPolicy> = {}): ConfidentialPolicy => ({
  judge: (question) => {
    questions.push(question);
    return verdict;
  },
  ...more,
});

const newest = async () => {
  const { response } = await node.operator.client.ledgerService.getCheckpoint({
    checkpointId: { oneofKind: undefined },
  });
  const { sequenceNumber = 0n, digest = '' } = response.checkpoint ?? {};
  return { sequence: sequenceNumber, digest: fromBase58(digest) };
};
const commit = async (keyHash: Uint8Array, evidenceHash: Uint8Array) =>
  executedResult(await setNodeKeyCommitment(node.operator, { nodeSmallId: node.id, keyHash, evidenceHash }));

const keyRecord = (change: Partial<ChannelKeyRecord>): Uint8Array =>
  channelKeyLayout.encode({
    ...context.ids,
    node: node.id,
    key: filled(1),
    notBeforeMs: BigInt(start - MINUTE),
    notAfterMs: BigInt(start + 60 * MINUTE),
    ...change,
  });
const evidenceOver = (nonce: Uint8Array) => {
  const gpu = filled(9, 3);
  const binding = bindingLayout.encode({
    ...context.ids,
    ...{ node: node.id, enclaveKey: enclave.key, kind: 'tdx', gpuHash: gpuHash(gpu) },
    ...{ weightsRoot: filled(11), configHash: filled(12) },
    ...{ checkpoint: checkpoint.sequence, checkpointDigest: checkpoint.digest },
    ...shown.binding,
  });
  const parts = { quote: filled(1, 2), collateral: filled(2, 2), eventLog: filled(3, 2) };
  const document = documentLayout.encode({ binding, gpu, nonce, ...parts, ...shown.document });
  const channel_keys = shown.keys.map(([change, secret = enclave.secret]) => {
    const record = keyRecord(change);
    return { record: toBase64(record), signature: toBase64(signRaw(secret, record)) };
  });
  return { document: toBase64(document), channel_keys };
};

beforeAll(async () => {
  market = await openScriptedMarket('channels');
  node = await market.addNode([]);
  ({ context } = await market.buyer());
  await commit(enclaveKeyHash(enclave.key), filled(1));
  checkpoint = await newest();
});
afterAll(() => market.close());
beforeEach(() => {
  clock.ms = start;
  questions.length = 0;
  verdict = { kind: 'accepted', label: 'said with every answer' };
  shown = { binding: {}, document: {}, keys: [[{}]], answer: undefined };
  node.asked.length = 0;
  node.script = ({ path }) => {
    if (!path.includes('evidence')) return undefined;
    const nonce = Buffer.from(path.split('nonce=')[1] ?? toHex(filled(0)), 'hex');
    const json = evidenceOver(new Uint8Array(nonce));
    return shown.answer?.(json) ?? jsonAnswer(json);
  };
});

const open = (own: ConfidentialPolicy | null = policy()) =>
  createChannels({ ...context, now: () => clock.ms, cacheMs: 1_000 }, own ?? undefined);
const own = (stack = 1n) => ({ node: node.id, stack, digest: null });
const evidenceAsked = () => node.asked.flatMap(({ path }) => (path.includes('evidence') ? [path.split('?')[0]] : []));

test('accepted evidence opens a channel: the key, who signs receipts, and what is said of it', async () => {
  const { find } = open();
  expect(await find(own(7n))).toEqual({
    kind: 'open',
    channel: {
      kid: channelKid(keyRecord({})),
      publicKey: filled(1),
      enclaveKey: enclave.key,
      kind: 'tdx',
      label: 'said with every answer',
    },
  });
  expect(evidenceAsked()).toEqual(['/v1/stacks/7/evidence']);
  const [question] = questions;
  const nonce = Buffer.from(node.asked.at(-1)?.path.split('nonce=')[1] ?? '', 'hex');
  const { document } = evidenceOver(new Uint8Array(nonce));
  const { binding } = documentLayout.decode(new Uint8Array(Buffer.from(document, 'base64')));
  expect(question).toMatchObject({ kind: 'tdx', at: new Date(start), configHash: filled(12), weightsRoot: filled(11) });
  expect([question?.quote, question?.collateral, question?.eventLog]).toEqual([
    filled(1, 2),
    filled(2, 2),
    filled(3, 2),
  ]);
  expect(Buffer.from(question?.reportData ?? []).equals(reportData(binding, nonce))).toBe(true);
});

test('questions at once are one; evidence is believed for a day, and asked for again after it or when it is forgotten', async () => {
  const { find, forget } = open();
  shown.keys = [[{ notAfterMs: BigInt(start + 9 * DAY) }]];
  await Promise.all([find(own()), find(own()), find(own(2n))]);
  clock.ms = start + DAY - 1;
  expect((await find(own())).kind).toBe('open');
  expect(evidenceAsked()).toEqual(['/v1/stacks/1/evidence']);
  clock.ms = start + DAY;
  await find(own());
  expect(evidenceAsked()).toHaveLength(2);
  await find(own());
  expect(evidenceAsked()).toHaveLength(2);
  forget(node.id);
  await find(own());
  expect(evidenceAsked()).toHaveLength(3);
});

test('a key in its last minute is not used: the next comes without a quote, signed by the same environment', async () => {
  const { find } = open();
  await find(own());
  clock.ms = start + 59 * MINUTE - 1;
  await find(own());
  expect(evidenceAsked()).toHaveLength(1);
  clock.ms = start + 59 * MINUTE;
  shown.keys = [[{ key: filled(2), notAfterMs: BigInt(start + 120 * MINUTE) }]];
  expect(await find(own())).toMatchObject({ channel: { publicKey: filled(2) } });
  expect(evidenceAsked()).toEqual(['/v1/stacks/1/evidence', '/v1/evidence']);
  expect(questions).toHaveLength(1);
});

test('where the next key is of another environment, its evidence is asked for', async () => {
  const { find } = open();
  await find(own());
  clock.ms = start + 60 * MINUTE;
  const other = makeEnclave();
  shown.keys = [[{ notAfterMs: BigInt(start + 120 * MINUTE) }, other.secret]];
  expect(await find(own())).toEqual({ kind: 'refused', why: 'it shows no channel key that holds now' });
  expect(evidenceAsked()).toEqual(['/v1/stacks/1/evidence', '/v1/evidence', '/v1/stacks/1/evidence']);
});

test('of several keys the one that holds longest is taken; what is not signed, not of the node or not yet valid is none', async () => {
  const later = (minutes: number) => BigInt(start + minutes * MINUTE);
  shown.keys = [
    [{ key: filled(3), notAfterMs: later(70) }],
    [{ key: filled(4), notAfterMs: later(90) }],
    [{ key: filled(5), notAfterMs: later(80) }],
    [{ key: filled(6), notAfterMs: later(99) }, makeEnclave().secret],
    [{ key: filled(7), notAfterMs: later(99), node: 99n }],
    [{ key: filled(8), notAfterMs: later(99), chainId: filled(1) }],
    [{ key: filled(9), notAfterMs: later(99), packageId: filled(1) }],
    [{ key: filled(10), notAfterMs: later(99), notBeforeMs: later(2) }],
  ];
  expect(await open().find(own())).toMatchObject({ channel: { publicKey: filled(4) } });
  shown.keys = shown.keys.slice(3);
  expect(await open().find(own())).toEqual({ kind: 'refused', why: 'it shows no channel key that holds now' });
  shown.answer = (json) => jsonAnswer({ ...json, channel_keys: 'none' });
  expect((await open().find(own())).kind).toBe('refused');
});

const whyNot = async (change: Partial<typeof shown>, asks: ConfidentialPolicy = policy()): Promise<string> => {
  Object.assign(shown, change);
  const outcome = await open(asks).find(own());
  return outcome.kind === 'refused' ? outcome.why : 'open';
};

test.each<[why: RegExp, change: () => Partial<typeof shown>]>([
  [/about another market/, () => ({ binding: { chainId: filled(1) } })],
  [/about another market/, () => ({ binding: { packageId: filled(1) } })],
  [/about node 99/, () => ({ binding: { node: 99n } })],
  [/evidence of the GPUs is not the one/, () => ({ document: { gpu: filled(1, 3) } })],
  [/names another key/, () => ({ binding: { enclaveKey: filled(1) } })],
  [/over another nonce/, () => ({ document: { nonce: filled(1) } })],
  [/names a checkpoint that this chain does not have/, () => ({ binding: { checkpointDigest: filled(1) } })],
  [/cannot be read/, () => ({ answer: () => jsonAnswer({}) })],
  [/^busy$/, () => ({ answer: () => jsonAnswer({ error: { message: 'busy' } }, { status: 503 }) })],
  [/answers 404 when asked/, () => ({ answer: () => jsonAnswer({}, { status: 404 }) })],
])('refused, and nothing is opened: %s', async (why, change) => {
  expect(await whyNot(change())).toMatch(why);
});

test('what the judge refuses is told by all its reasons', async () => {
  verdict = { kind: 'refused', reasons: ['too old.', 'debug mode.'] };
  expect(await whyNot({})).toBe('too old. debug mode.');
});

test('without a policy nothing is asked', async () => {
  const { find, preview } = open(null);
  const why = 'no policy says which evidence is accepted';
  expect([await find(own()), await preview(node.id)]).toEqual([{ kind: 'refused', why }, why]);
  expect(evidenceAsked()).toEqual([]);
});

test('published evidence is judged before a purchase, once a while, and not at all where a channel is open', async () => {
  const { find, preview, forget } = open();
  expect(await preview(node.id)).toBe(undefined);
  clock.ms = start + 999;
  await preview(node.id);
  expect(evidenceAsked()).toEqual(['/v1/evidence']);
  clock.ms = start + 1_000;
  verdict = { kind: 'refused', reasons: ['too old.'] };
  expect([await preview(node.id), evidenceAsked().length]).toEqual(['too old.', 2]);
  forget(node.id);
  shown.answer = () => jsonAnswer({ error: {} });
  expect(await preview(node.id)).toBe('it answers 0 when asked for evidence');
  forget(node.id);
  shown.answer = () => jsonAnswer({ error: { message: 'not yet' } });
  expect(await preview(node.id)).toBe('not yet');
  forget(node.id);
  node.script = () => {
    throw new DOMException('socket hang up', 'NetworkError');
  };
  expect(await preview(node.id)).toBe('socket hang up');
  const asked = node.asked.length;
  const met = open();
  node.script = ({ path }) =>
    path.includes('evidence') ? jsonAnswer(evidenceOver(Buffer.from(path.split('nonce=')[1] ?? '', 'hex'))) : undefined;
  verdict = { kind: 'accepted', label: null };
  shown.answer = undefined;
  expect(await met.find(own())).toMatchObject({ kind: 'open', channel: { label: null } });
  expect([await met.preview(node.id), node.asked.length]).toEqual([undefined, asked + 1]);
  expect((await find(own())).kind).toBe('open');
});

const look = (more: Partial<LookParameters> = {}) =>
  lookAtEvidence({
    ...{ atoma: context.atoma, nodeSmallId: node.id, policy: policy(), allowPrivate: false, transport: market.send },
    ...more,
  });

test('published evidence is shown as it came, with its keys, and with what a buyer would make of it', async () => {
  shown.keys = [[{}], [{ key: filled(2) }, makeEnclave().secret]];
  const bytes = new Uint8Array(Buffer.from(evidenceOver(filled(0)).document, 'base64'));
  await commit(enclaveKeyHash(enclave.key), evidenceHash(bytes));
  const seen = await look();
  expect(seen).toMatchObject({
    ...{ url: 'https://node-0.example', committed: true, refused: null, label: 'said with every answer' },
    ...{ document: { nonce: filled(0) }, binding: { node: node.id, kind: 'tdx', checkpoint: checkpoint.sequence } },
  });
  expect(Buffer.from(seen.bytes).equals(bytes)).toBe(true);
  const held = { notBeforeMs: start - MINUTE, notAfterMs: start + 60 * MINUTE };
  expect(seen.keys).toEqual([
    { kid: toHex(channelKid(keyRecord({}))), ...held, signed: true },
    { kid: toHex(channelKid(keyRecord({ key: filled(2) }))), ...held, signed: false },
  ]);
  expect(node.asked.map(({ path, method, headers, timeoutMs }) => [path, method, headers, timeoutMs])).toEqual([
    ['/v1/evidence', 'GET', {}, 10_000],
  ]);
  await commit(enclaveKeyHash(enclave.key), filled(1));
  verdict = { kind: 'refused', reasons: ['too old.'] };
  shown.answer = (json) => jsonAnswer({ ...json, channel_keys: null });
  expect(await look()).toMatchObject({ committed: false, refused: 'too old.', label: null, keys: [] });
  verdict = { kind: 'accepted', label: null };
  expect(await look()).toMatchObject({ refused: null, label: null });
});

test('a node that shows no evidence is told by what it says, and why it cannot be asked', async () => {
  const why = (more: Partial<LookParameters> = {}) =>
    look(more).then(
      () => 'shown',
      (error: { code: string; details: { node: bigint; why: string } }) => [error.code, error.details.why],
    );
  shown.answer = () => jsonAnswer({ error: { message: 'no enclave' } }, { status: 404 });
  expect(await why()).toEqual(['BUYER_UNREACHABLE', 'no enclave']);
  shown.answer = () => jsonAnswer({});
  expect(await why()).toEqual(['BUYER_UNREACHABLE', 'it has made no evidence yet']);
  shown.answer = () => jsonAnswer({ document: 'AAAA' });
  expect((await why())[0]).toBe('WIRE_MALFORMED');
  const failing = (error: Error) => ({ transport: () => Promise.reject(error) });
  expect(await why(failing(new Error('socket hang up')))).toEqual(['BUYER_UNREACHABLE', 'socket hang up']);
  const redirects = buyerError('URL_REFUSED', { url: 'u', why: 'it redirects' });
  expect(await why(failing(redirects))).toEqual(['BUYER_URL_REFUSED', 'it redirects']);
  const nowhere = await market.addNode([]);
  executedResult(await updateNodeUrl(nowhere.operator, { nodeSmallId: nowhere.id, url: '' }));
  expect(await why({ nodeSmallId: nowhere.id })).toEqual(['BUYER_UNREACHABLE', 'it has announced no address']);
});

test('the chain names the key and holds evidence, or nothing is sealed to the node', async () => {
  await commit(enclaveKeyHash(enclave.key), filled(0));
  expect(await whyNot({})).toBe('it has committed no evidence on chain');
  await commit(enclaveKeyHash(filled(1)), filled(1));
  expect(await whyNot({})).toMatch(/names another key/);
  await commit(enclaveKeyHash(enclave.key), filled(0).with(31, 1));
  expect(await whyNot({})).toBe('open');
  const silent = await market.addNode([]);
  silent.script = node.script;
  shown.binding = { node: silent.id };
  const outcome = await open().find({ ...own(), node: silent.id });
  expect(outcome).toEqual({ kind: 'refused', why: 'it has committed no evidence on chain' });
});

test('evidence is as old as the checkpoint it names, by the chain’s own time: two days at most, or what is asked for', async () => {
  const { ledger } = market.market;
  advanceClock(ledger, 30 * HOUR);
  expect(await whyNot({})).toBe('open');
  expect(await whyNot({}, policy({ maxAgeMs: 29 * HOUR }))).toMatch(/may be 30 hours old/);
  advanceClock(ledger, 20 * HOUR);
  expect(await whyNot({})).toMatch(/may be 50 hours old/);
  expect(await whyNot({}, policy({ maxAgeMs: 51 * HOUR }))).toBe('open');
  checkpoint = await newest();
  expect(await whyNot({}, policy({ maxAgeMs: 0 }))).toBe('open');
});
