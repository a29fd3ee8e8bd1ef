import { fromHex } from '@atoma/base';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { expect, test } from 'vitest';
import vectors from '../vectors/envelope.json' with { type: 'json' };
import { answerContent } from './answer-content.ts';
import { envelopeLayout, type Receipt, type Refusal, receiptHash, receiptLayout, refusalLayout } from './messages.ts';
import { messageSigner } from './signature.ts';
import { compareReceipts, verifyReceipt, verifyRefusal } from './verify-answer.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const node = messageSigner(Ed25519Keypair.fromSecretKey(bytes(vectors.keys.node_secret)));
const [row] = vectors.requests as [(typeof vectors.requests)[number]];
const envelopeBytes = bytes(row.envelope);
const envelope = envelopeLayout.decode(envelopeBytes);
const content = answerContent(vectors.endpoint, new TextEncoder().encode(JSON.stringify(row.answer)));
const honest = receiptLayout.decode(bytes(row.receipt));
const signed = (receipt: Receipt) => {
  const encoded = receiptLayout.encode(receipt);
  return { bytes: encoded, signature: node.sign(encoded) };
};
const check = (receipt: Receipt) =>
  verifyReceipt({
    envelope,
    envelopeBytes,
    receipt: signed(receipt),
    nodeAddresses: [node.address],
    content,
    stackUnits: 1000n,
  });

test('the receipt of the vectors verifies', async () => {
  expect(await check(honest)).toEqual(honest);
});

test.each<[string, Partial<Receipt>]>([
  ['another chain', { chainId: new Uint8Array(32) }],
  ['another package', { packageId: new Uint8Array(32) }],
  ['another stack', { stack: 8n }],
  ['another node', { node: 4n }],
  ['another request id', { requestId: new Uint8Array(16) }],
  ['another request', { requestHash: new Uint8Array(32) }],
  ['another answer', { contentHash: new Uint8Array(32) }],
  ['fewer units than the rule gives', { units: 12n }],
  ['more than the stack holds', { cumulativeUnits: 1001n }],
])('a receipt is refused: %s', async (_, part) => {
  await expect(check({ ...honest, ...part })).rejects.toMatchObject({ code: 'WIRE_RECEIPT' });
});

test('a receipt of another key, or a changed one, is refused', async () => {
  const base = { envelope, envelopeBytes, content };
  const buyer = messageSigner(Ed25519Keypair.fromSecretKey(bytes(vectors.keys.buyer_secret)));
  await expect(
    verifyReceipt({ ...base, receipt: signed(honest), nodeAddresses: [buyer.address] }),
  ).rejects.toMatchObject({ code: 'WIRE_RECEIPT' });
  const forged = { bytes: receiptLayout.encode({ ...honest, index: 5n }), signature: signed(honest).signature };
  await expect(verifyReceipt({ ...base, receipt: forged, nodeAddresses: [node.address] })).rejects.toMatchObject({
    code: 'WIRE_RECEIPT',
  });
});

test('a refusal binds the request', async () => {
  const refusal = refusalLayout.decode(bytes(vectors.messages.refusal.bytes));
  const verify = (value: Refusal) => {
    const encoded = refusalLayout.encode(value);
    const signature = node.sign(encoded);
    return verifyRefusal({
      envelope,
      envelopeBytes,
      nodeAddresses: [node.address],
      refusal: { bytes: encoded, signature },
    });
  };
  expect((await verify(refusal)).code).toBe('stack_settling');
  await expect(verify({ ...refusal, stack: 9n })).rejects.toMatchObject({ code: 'WIRE_RECEIPT' });
});

test('receipts of one stack are compared by index, chain and sums', () => {
  const [a, b] = vectors.requests.map((each) => bytes(each.receipt)) as [Uint8Array, Uint8Array];
  const second = receiptLayout.decode(b);
  expect(compareReceipts(b, a)).toBe('consistent');
  expect(compareReceipts(a, a)).toBe('consistent');
  expect(compareReceipts(a, receiptLayout.encode({ ...honest, timestampMs: 1n }))).toBe('equivocation');
  expect(compareReceipts(a, receiptLayout.encode({ ...second, previous: new Uint8Array(32) }))).toBe('brokenChain');
  expect(compareReceipts(a, receiptLayout.encode({ ...second, cumulativeUnits: 25n }))).toBe('brokenChain');
  const later = { ...second, index: 4n, cumulativeUnits: 20n, previous: receiptHash(b) };
  expect(compareReceipts(a, receiptLayout.encode(later))).toBe('brokenChain');
  expect(compareReceipts(a, receiptLayout.encode({ ...later, cumulativeUnits: 24n }))).toBe('consistent');
});
