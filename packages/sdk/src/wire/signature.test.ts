import { fromHex, toHex } from '@atoma/base';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../vectors/envelope.json' with { type: 'json' };
import {
  messageSigner,
  parseSignature,
  personalMessageDigest,
  signMessage,
  verifyEd25519,
  verifyPersonalMessage,
} from './signature.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const buyer = Ed25519Keypair.fromSecretKey(bytes(vectors.keys.buyer_secret));
const node = Ed25519Keypair.fromSecretKey(bytes(vectors.keys.node_secret));

test('addresses, digests and signatures equal the vectors', () => {
  expect(messageSigner(buyer).address).toBe(`0x${vectors.keys.buyer_address.replace('0x', '')}`);
  for (const row of vectors.requests) {
    expect(toHex(personalMessageDigest(bytes(row.envelope)))).toBe(row.signed_digest);
    expect(toHex(messageSigner(buyer).sign(bytes(row.envelope)).slice(1, 65))).toBe(row.buyer_sig64);
    expect(toHex(messageSigner(node).sign(bytes(row.receipt)).slice(1, 65))).toBe(row.node_sig64);
  }
  const { refusal, inquiry_get } = vectors.messages;
  expect(toHex(messageSigner(node).sign(bytes(refusal.bytes)).slice(1, 65))).toBe(refusal.sig64);
  expect(toHex(messageSigner(buyer).sign(bytes(inquiry_get.bytes)).slice(1, 65))).toBe(inquiry_get.sig64);
});

test('the fast signer and any Sui wallet produce the same signature', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (message) => {
      const { signature } = await buyer.signPersonalMessage(message);
      expect(Buffer.from(messageSigner(buyer).sign(message)).toString('base64')).toBe(signature);
    }),
    { numRuns: 30 },
  );
});

test('a signature verifies for its message and its key only', () => {
  const message = bytes(vectors.requests[0]?.envelope ?? '');
  const parsed = parseSignature(messageSigner(buyer).sign(message));
  expect(parsed.address).toBe(buyer.toSuiAddress());
  expect(verifyEd25519(message, parsed)).toBe(true);
  expect(verifyEd25519(Uint8Array.of(...message, 0), parsed)).toBe(false);
  const other = parseSignature(messageSigner(node).sign(message));
  expect(verifyEd25519(message, { ...parsed, publicKey: other.publicKey })).toBe(false);
  const flipped = parsed.signature.slice();
  flipped[10] = (flipped[10] as number) ^ 1;
  expect(verifyEd25519(message, { ...parsed, signature: flipped })).toBe(false);
});

test.each([
  ['secp256k1', new Secp256k1Keypair()],
  ['secp256r1', new Secp256r1Keypair()],
] as const)('%s signatures are verified through the general path', async (scheme, signer) => {
  const message = Uint8Array.of(1, 2, 3);
  const parsed = parseSignature(await signMessage(signer, message));
  expect([parsed.scheme, parsed.address]).toEqual([scheme, signer.toSuiAddress()]);
  expect(await verifyPersonalMessage(message, parsed)).toBe(true);
  expect(await verifyPersonalMessage(Uint8Array.of(1, 2, 4), parsed)).toBe(false);
  expect(() => messageSigner(signer)).toThrowError(expect.objectContaining({ code: 'WIRE_SIGNER_SCHEME' }));
});

test('the secp256k1 vector verifies', async () => {
  const parsed = parseSignature(bytes(vectors.secp256k1.serialized));
  expect(parsed.address).toBe(vectors.secp256k1.address);
  expect(await verifyPersonalMessage(bytes(vectors.requests[0]?.envelope ?? ''), parsed)).toBe(true);
});

test.each(vectors.refused_signatures)('a signature is refused: $name', ({ code, bytes: hex }) => {
  expect(() => parseSignature(bytes(hex))).toThrowError(expect.objectContaining({ code }));
});
