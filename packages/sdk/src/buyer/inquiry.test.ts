/** Signed questions to a node, and what its answers say of a request. */
import { blake2b256 } from '@atoma/base';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import { jsonAnswer, piecesAnswer } from '../testing/scripted-node.ts';
import { fromBase64, headerNames } from '../wire/headers.ts';
import { inquiryLayout } from '../wire/messages.ts';
import { parseSignature, verifyPersonalMessage } from '../wire/signature.ts';
import { fateOf, inquire, signedPair } from './inquiry.ts';
import type { NodeAnswer, NodeRequest } from './transport/http.ts';

const ids = { chainId: new Uint8Array(32).fill(1), packageId: new Uint8Array(32).fill(2) };
const signer = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(3));
const directory = (url: string) =>
  ({ status: async () => ({ node: { url } }), clockOffsetMs: () => 500 }) as unknown as NonNullable<
    Parameters<typeof inquire>[0]['directory']
  >;

/** Asks, and tells what was sent. */
const asking = async (
  to: Partial<Parameters<typeof inquire>[1]> = {},
  body?: Uint8Array,
  answer: NodeAnswer = jsonAnswer({ ok: 1 }, { status: 202 }),
  known = directory('https://known.example'),
) => {
  const sent: NodeRequest[] = [];
  const send = async (request: NodeRequest): Promise<NodeAnswer> => {
    sent.push(request);
    return answer;
  };
  const context = { ids, signer, send, now: () => 1_000, directory: known };
  const result = await inquire(context, { node: 7n, stack: 8n, path: '/v1/x?y=1', ...to }, body);
  const [request] = sent as [NodeRequest];
  const bytes = fromBase64(request.headers[headerNames.inquiry] as string) as Uint8Array;
  return { result, request, bytes, inquiry: inquiryLayout.decode(bytes) };
};

test('a question is signed for one node, stack and path, by the node’s clock, and is not the same twice', async () => {
  const { result, request, bytes, inquiry } = await asking();
  expect(result).toEqual({ status: 202, json: { ok: 1 } });
  expect(inquiry).toMatchObject({ ...ids, node: 7n, stack: 8n, path: '/v1/x?y=1', timestampMs: 1_500n });
  expect(inquiry.bodyHash).toEqual(new Uint8Array(32));
  const parsed = parseSignature(fromBase64(request.headers[headerNames.signature] as string) as Uint8Array);
  expect([parsed.address, await verifyPersonalMessage(bytes, parsed)]).toEqual([signer.toSuiAddress(), true]);
  expect(request).toMatchObject({ url: 'https://known.example', path: '/v1/x?y=1', method: 'GET', timeoutMs: 10_000 });
  expect(request.signal).toBeInstanceOf(AbortSignal); // a whole answer has its time, too
  expect(['body' in request, Object.keys(request.headers)]).toEqual([
    false,
    [headerNames.inquiry, headerNames.signature],
  ]);
  expect((await asking()).inquiry.nonce).not.toEqual(inquiry.nonce);
});

test('an upload is signed with its hash; the digest of a purchase goes along where there is one', async () => {
  const body = Uint8Array.of(1, 2);
  const { request, inquiry } = await asking({ url: 'https://given.example', purchase: 'digest' }, body);
  expect(request).toMatchObject({ url: 'https://given.example', method: 'POST', body });
  expect([request.headers['content-type'], request.headers[headerNames.purchase]]).toEqual([
    'application/x-ndjson',
    'digest',
  ]);
  expect(inquiry.bodyHash).toEqual(blake2b256(body));
  expect(headerNames.purchase in (await asking({ purchase: null })).request.headers).toBe(false);
});

test('a node without an address, or whose answer is no JSON, is not reached', async () => {
  const nowhere = asking({}, undefined, undefined, directory(''));
  await expect(nowhere).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE', details: { why: 'it has no address' } });
  await expect(asking({}, undefined, piecesAnswer(['<html>']))).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE' });
});

const pair = { bytes: Uint8Array.of(1), signature: Uint8Array.of(2) };
test.each<[json: Record<string, unknown>, fate: unknown]>([
  [
    { receipt: 'AQ==', signature: 'Ag==' },
    { kind: 'receipt', receipt: pair },
  ],
  [
    { refusal: 'AQ==', refusal_signature: 'Ag==' },
    { kind: 'refused', refusal: pair },
  ],
  [{ receipt: 'AQ==', signature: '!', state: 'pending' }, { kind: 'pending' }],
  [{ receipt: 1, signature: 'Ag==', state: 'released' }, { kind: 'released' }],
  [{ refusal: 'AQ==', state: 'lost' }, { kind: 'unknown' }],
  [{}, { kind: 'unknown' }],
])('%j', (json, fate) => {
  expect(fateOf(json)).toEqual(fate);
});

test('two members are signed bytes when both are base64', () => {
  expect(signedPair('AQ==', 'Ag==')).toEqual(pair);
  expect([signedPair('AQ==', undefined), signedPair(undefined, 'Ag=='), signedPair('AQ', 'Ag==')]).toEqual([
    ...[undefined, undefined, undefined],
  ]);
});
