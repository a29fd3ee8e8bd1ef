/** Who is let in, at a desk: a request for work, and a signed question; what of each is looked at, and what is said where it is wrong. */

import { blake2b256 } from '@atoma/base';
import { headerNames, inquiryLayout, messageSigner, SEALED_TYPE, toBase64 } from '@atoma/sdk';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { beforeEach, expect, test } from 'vitest';
import {
  type Answered,
  type Change,
  chatOf,
  DESK,
  type Desk,
  keyOf,
  NOON,
  openDesk,
  readAll,
} from '../testing/desk.ts';
import { createInquiryCheck, type IncomingInquiry, type Parties } from './inquiry.ts';
import { problem } from './problem.ts';

let desk: Desk;
let stack: bigint;
beforeEach(async () => {
  desk = await openDesk({ limits: { slowSignaturesPerSecond: 2, jsonBytes: 1_000, multipartBytes: 2_000 } });
  stack = desk.sell();
});
const answerOf = ({ status, text }: Answered) => {
  const { error } = JSON.parse(text);
  return error ? [status, error.code, error.param] : [status];
};
const said = async (change: Change = {}, body: object = chatOf('a')) => answerOf(await desk.post(stack, body, change));
const other = new Uint8Array(32).fill(9);

test.each<[string, Change, unknown[]]>([
  ['as it should be', {}, [200]],
  ['with a charset', { headers: { 'content-type': 'Application/JSON; charset=utf-8' } }, [200]],
  ['of another chain', { chainId: other }, [403, 'wrong_network', 'chain_id']],
  ['of another market', { packageId: other }, [403, 'wrong_network', 'package_id']],
  ['for another node', { node: 9n }, [403, 'wrong_node', 'node']],
  [
    'sent elsewhere',
    { to: '/v1/completions', endpoint: '/v1/chat/completions' },
    [400, 'envelope_malformed', 'endpoint'],
  ],
  ['with a query', { query: '?a' }, [400, 'envelope_malformed', 'endpoint']],
  ['two minutes old', { timestampMs: NOON - 120_000 }, [200]],
  ['older', { timestampMs: NOON - 120_001 }, [401, 'timestamp_out_of_window', null]],
  ['from the future', { timestampMs: NOON + 120_001 }, [401, 'timestamp_out_of_window', null]],
  ['compressed', { headers: { 'content-encoding': 'gzip' } }, [415, 'unsupported_media', 'content-encoding']],
  ['without a type', { headers: { 'content-type': undefined } }, [415, 'unsupported_media', 'content-type']],
  ['of another type', { headers: { 'content-type': 'text/plain' } }, [415, 'unsupported_media', 'content-type']],
  ['as long as may be', { headers: { 'content-length': '1000' } }, [200]],
  ['longer', { headers: { 'content-length': '1001' } }, [413, 'body_too_large', null]],
  [
    'a form, which may be longer',
    { headers: { 'content-type': 'multipart/form-data; boundary=x', 'content-length': '2000' } },
    [200],
  ],
  [
    'a form that is too long',
    { headers: { 'content-type': 'Multipart/form-data; boundary=x', 'content-length': '2001' } },
    [413, 'body_too_large', null],
  ],
  [
    'sealed, and too long',
    { headers: { 'content-type': SEALED_TYPE, 'content-length': '2001' } },
    [413, 'body_too_large', null],
  ],
  ['without an envelope', { headers: { [headerNames.envelope]: undefined } }, [401, 'envelope_missing', null]],
  ['without a signature', { headers: { [headerNames.signature]: undefined } }, [401, 'envelope_missing', null]],
  [
    'with a long envelope',
    { headers: { [headerNames.envelope]: 'A'.repeat(4_000) } },
    [400, 'envelope_malformed', 'envelope'],
  ],
  [
    'with an envelope that is no base64',
    { headers: { [headerNames.envelope]: '!' } },
    [400, 'envelope_malformed', 'envelope'],
  ],
  [
    'with a signature that is no base64',
    { headers: { [headerNames.signature]: '!' } },
    [401, 'signature_invalid', null],
  ],
  [
    'with a short signature',
    { headers: { [headerNames.signature]: toBase64(new Uint8Array(9)) } },
    [401, 'signature_invalid', null],
  ],
  [
    'with an endless signature',
    { headers: { [headerNames.signature]: 'A'.repeat(9_000) } },
    [401, 'signature_invalid', null],
  ],
  [
    'signed by a group',
    { headers: { [headerNames.signature]: toBase64(Uint8Array.of(3, ...new Uint8Array(200))) } },
    [401, 'signature_scheme_unsupported', null],
  ],
  ['by somebody else', { signer: keyOf(4) }, [403, 'not_stack_owner', null]],
])('a request for work %s', async (_, change, wanted) => {
  const found = await said(change);
  expect(found.slice(0, 2)).toEqual(wanted.slice(0, 2));
  if (wanted[2] !== undefined) expect(found[2]).toBe(wanted[2]);
});

test('an envelope says which of its members is wrong; a body is the one it was signed for', async () => {
  const request = await desk.sign(stack, chatOf('a'));
  const send = async (change: Change, body = request.body) =>
    answerOf(await readAll(await desk.send({ ...request, body }, change)));
  const cut = toBase64(request.envelopeBytes.subarray(0, 40));
  const [status, code, param] = await send({ headers: { [headerNames.envelope]: cut } });
  expect([status, code, typeof param]).toEqual([400, 'envelope_malformed', 'string']);
  expect(param).not.toBe('envelope');
  expect(await send({}, Buffer.from('{}'))).toEqual([401, 'body_hash_mismatch', null]);
  const signature = toBase64(messageSigner(desk.buyer).sign(Buffer.from('another')));
  expect(await send({ headers: { [headerNames.signature]: signature } })).toEqual([401, 'signature_invalid', null]);
  expect(await send({})).toEqual([200]);
});

test('the clock of the node is told to whoever’s differs', async () => {
  const { error } = JSON.parse((await desk.post(stack, chatOf('a'), { timestampMs: 5 })).text);
  expect(error).toMatchObject({ server_time_ms: NOON, retryable: 'new' });
});

test('a stack the chain does not show is unknown, and one of another node is its', async () => {
  expect(answerOf(await desk.post(77n, chatOf('a')))).toEqual([404, 'stack_unknown', null]);
  const shown = desk.shown.get(stack) as NonNullable<ReturnType<typeof desk.shown.get>>;
  desk.shown.set(78n, { ...shown, node: 9n });
  expect(answerOf(await desk.post(78n, chatOf('a')))).toEqual([403, 'wrong_node', null]);
});

test('signatures that are slow to verify are few a second', async () => {
  const slow = Secp256k1Keypair.generate();
  const owned = desk.sell({ owner: slow.toSuiAddress() });
  const codes: unknown[] = [];
  for (let i = 0; i < 3; i++) codes.push(answerOf(await desk.post(owned, chatOf('a'), { signer: slow }))[1]);
  expect(codes).toEqual([undefined, undefined, 'rate_limited']);
  for (let i = 0; i < 3; i++) expect(await said()).toEqual([200]);
});

/** A question about the stack, as its sender signs it. */
const inquiryOf = (
  change: Partial<Parameters<typeof inquiryLayout.encode>[0]> = {},
  sender = desk.buyer,
  more: Partial<IncomingInquiry> & { readonly headers?: Readonly<Record<string, string | undefined>> } = {},
): IncomingInquiry => {
  const path = '/v1/stacks/1';
  const bytes = inquiryLayout.encode({
    ...{ ...DESK, stack, path, timestampMs: BigInt(NOON), nonce: new Uint8Array(16), bodyHash: new Uint8Array(32) },
    ...change,
  });
  const headers: Readonly<Record<string, string | undefined>> = {
    [headerNames.inquiry]: toBase64(bytes),
    [headerNames.signature]: toBase64(messageSigner(sender).sign(bytes)),
    ...more.headers,
  };
  return { path, header: (name) => headers[name], body: new Uint8Array(), ...more };
};
const nobody: Parties = { buyer: null, attesters: [], jurors: [], challenger: null, audit: null };
const checkWith = (parties: Partial<Parties> = {}) =>
  createInquiryCheck(desk.node, async () => ({ ...nobody, ...parties }));

test('who asks is known by its signature, and in which capacity', async () => {
  await desk.post(stack, chatOf('a'));
  const audit = { seed: other, size: { samples: 1, share: 1 }, named: [] };
  const owner = await checkWith({ audit })(inquiryOf());
  expect(owner).toMatchObject({
    kind: 'ok',
    value: { signer: desk.buyer.toSuiAddress(), audit, stack: { id: stack } },
  });
  const capacities = async (parties: Partial<Parties>, sender = keyOf(4)) => {
    const found = await checkWith(parties)(inquiryOf({}, sender));
    return found.kind === 'ok' ? [...found.value.capacities] : found.code;
  };
  const stranger = keyOf(4).toSuiAddress();
  expect(await capacities({}, desk.buyer)).toEqual(['owner']);
  expect(await capacities({})).toBe('not_entitled');
  expect(await capacities({ buyer: stranger })).toEqual(['buyer']);
  expect(await capacities({ attesters: ['0x1', stranger] })).toEqual(['attester']);
  expect(await capacities({ jurors: ['0x1', stranger] })).toEqual(['juror']);
  expect(await capacities({ challenger: stranger })).toEqual(['challenger']);
  const elsewhere = await checkWith({ jurors: [stranger] })(inquiryOf({ stack: 55n }, keyOf(4)));
  expect(elsewhere).toMatchObject({ value: { stack: undefined, drawn: false } });
  const own = desk.node.identity.signer.address;
  for (const drawn of [{ jurors: [own] }, { attesters: [own] }])
    expect(await checkWith({ ...drawn, buyer: stranger })(inquiryOf({}, keyOf(4)))).toMatchObject({
      value: { drawn: true },
    });
});

test.each<[string, Parameters<typeof inquiryOf>, string]>([
  ['of another chain', [{ chainId: other }], 'wrong_network'],
  ['of another market', [{ packageId: other }], 'wrong_network'],
  ['to another node', [{ node: 9n }], 'wrong_node'],
  ['for another address', [{ path: '/v1/stacks/2' }], 'envelope_malformed'],
  ['two minutes old', [{ timestampMs: BigInt(NOON - 120_000) }], 'ok'],
  ['that is old', [{ timestampMs: BigInt(NOON - 120_001) }], 'timestamp_out_of_window'],
  ['that is early', [{ timestampMs: BigInt(NOON + 120_001) }], 'timestamp_out_of_window'],
  ['with another body', [{}, undefined, { body: Buffer.from('x') }], 'body_hash_mismatch'],
  ['with its body', [{ bodyHash: blake2b256(Buffer.from('x')) }, undefined, { body: Buffer.from('x') }], 'ok'],
  ['without a body it names', [{ bodyHash: blake2b256(Buffer.from('x')) }], 'body_hash_mismatch'],
  ['without an inquiry', [{}, undefined, { headers: { [headerNames.inquiry]: undefined } }], 'envelope_missing'],
  ['without a signature', [{}, undefined, { headers: { [headerNames.signature]: '!' } }], 'envelope_missing'],
  ['of another form', [{}, undefined, { headers: { [headerNames.inquiry]: 'AAAA' } }], 'envelope_malformed'],
  ['with a short signature', [{}, undefined, { headers: { [headerNames.signature]: 'AAAA' } }], 'signature_invalid'],
  [
    'signed by a group',
    [{}, undefined, { headers: { [headerNames.signature]: toBase64(Uint8Array.of(3, 0)) } }],
    'signature_scheme_unsupported',
  ],
  [
    'signed otherwise',
    [{}, undefined, { headers: { [headerNames.signature]: toBase64(messageSigner(keyOf(3)).sign(other)) } }],
    'signature_invalid',
  ],
])('a question %s', async (_, [change, sender, more], wanted) => {
  const found = await checkWith({ buyer: desk.buyer.toSuiAddress() })(inquiryOf(change, sender ?? desk.buyer, more));
  expect(found.kind === 'ok' ? 'ok' : found.code).toBe(wanted);
});

test('a question is asked once', async () => {
  const check = checkWith({ buyer: desk.buyer.toSuiAddress() });
  expect((await check(inquiryOf())).kind).toBe('ok');
  expect(await check(inquiryOf())).toMatchObject({ code: 'envelope_malformed', param: 'nonce' });
  expect((await check(inquiryOf({ nonce: new Uint8Array(16).fill(1) }))).kind).toBe('ok');
  desk.clock.now += 239_999;
  expect(await check(inquiryOf({ timestampMs: BigInt(desk.clock.now) }))).toMatchObject({ param: 'nonce' });
  desk.clock.now += 1;
  expect((await check(inquiryOf({ timestampMs: BigInt(desk.clock.now) }))).kind).toBe('ok');
});

test('what is said of a problem', () => {
  expect(problem('rate_limited').retryAfterSeconds).toBe(1);
  expect(problem('not_found').retryAfterSeconds).toBeNull();
});
