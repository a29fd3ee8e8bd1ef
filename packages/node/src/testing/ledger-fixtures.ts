/** Records the store's tests are made of; receipts are real, signed by a fixed key. */
import { blake2b256 } from '@atoma/base';
import { messageSigner, type Receipt, receiptHash, receiptLayout } from '@atoma/sdk';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import type { CommitInput, ReceiptPlace, RequestInput, StackTerms } from '../store/types.ts';

/** The key every receipt of the fixtures is signed with. */
export const fixtureSigner = messageSigner(Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(2)));

/** Terms of a stack of 1,000 units. */
export const stackTerms = (id: bigint, units = 1000n): StackTerms => ({
  id,
  task: 1n,
  role: 0,
  model: 'atoma/demo-chat',
  level: 0,
  owner: `0x${'11'.repeat(32)}`,
  badge: null,
  price: 100n,
  units,
  largestRequest: units,
  attesters: 1,
  purchaseEpoch: 0n,
  expiryEpoch: 14n,
  noticeEpoch: null,
});

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Request number `n` of a stack; `body` makes another envelope of the same id. */
export const requestInput = (stack: bigint, n: number, body = `body ${n}`): RequestInput => ({
  stack,
  requestId: n.toString(16).padStart(32, '0'),
  requestHash: blake2b256(bytesOf(`${stack}/${n}/${body}`)),
  envelope: bytesOf(`envelope ${n}`),
  signature: bytesOf(`signature ${n}`),
  authority: 0,
  badgeVersion: null,
  body: bytesOf(body),
  now: 1000 + n,
});

const zero = new Uint8Array(32);

/** Builds and signs the receipt of a commit. */
export const signPlace = (input: { stack: bigint; requestId: string; units: bigint }) => (place: ReceiptPlace) => {
  const receipt: Receipt = {
    chainId: zero,
    packageId: zero,
    stack: input.stack,
    node: 1n,
    index: BigInt(place.index),
    requestId: new Uint8Array(Buffer.from(input.requestId, 'hex')),
    requestHash: place.requestHash,
    contentHash: zero,
    promptUnits: input.units,
    completionUnits: 0n,
    units: input.units,
    cumulativeUnits: place.cumulative,
    previous: place.previous,
    timestampMs: 0n,
    flags: 0,
  };
  const bytes = receiptLayout.encode(receipt);
  return { receipt: bytes, signature: fixtureSigner.sign(bytes), hash: receiptHash(bytes) };
};

/** The commit of request `n` with so many units. */
export const commitInput = (stack: bigint, n: number, units: bigint): CommitInput => {
  const key = { stack, requestId: n.toString(16).padStart(32, '0'), units };
  return {
    ...key,
    promptUnits: units,
    completionUnits: 0n,
    contentHash: blake2b256(bytesOf(`content ${n}`)),
    work: null,
    cut: null,
    response: { status: 200, contentType: 'application/json', streamed: false, body: bytesOf(`{"n":${n}}`) },
    now: 2000 + n,
    sign: signPlace(key),
  };
};

/** A refusal record. */
export const refusalRecord = (code: string) => ({
  problem: JSON.stringify({ code }),
  status: 400,
  refusal: bytesOf(`refusal ${code}`),
  signature: bytesOf('signature'),
});
