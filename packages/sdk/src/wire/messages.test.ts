import { fromHex, isAtomaError, toHex } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import vectors from '../vectors/envelope.json' with { type: 'json' };
import type { Layout } from './layout.ts';
import {
  addressLayout,
  type Envelope,
  envelopeLayout,
  HANDOFF_BYTES,
  handoffLayout,
  inquiryLayout,
  MAX_ENVELOPE_BYTES,
  receiptHash,
  receiptLayout,
  refusalLayout,
  requestHash,
} from './messages.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const layouts: Readonly<Record<string, Layout<unknown>>> = {
  envelope: envelopeLayout,
  receipt: receiptLayout,
  refusal: refusalLayout,
  inquiry: inquiryLayout,
  address: addressLayout,
};

test.each(vectors.requests)('envelope and receipt of request $request_id equal the vectors', (row) => {
  const envelope = envelopeLayout.decode(bytes(row.envelope));
  expect(envelope).toEqual({
    chainId: bytes(vectors.chain_id),
    packageId: bytes(vectors.package),
    stack: 7n,
    node: 3n,
    endpoint: vectors.endpoint,
    model: vectors.model,
    requestId: bytes(row.request_id),
    timestampMs: BigInt(row.timestamp_ms),
    maxUnits: BigInt(row.max_units),
    bodyHash: bytes(row.body_hash),
  });
  expect(toHex(envelopeLayout.encode(envelope))).toBe(row.envelope);
  expect(toHex(requestHash(bytes(row.envelope)))).toBe(row.request_hash);
  const receipt = receiptLayout.decode(bytes(row.receipt));
  expect(toHex(receiptLayout.encode(receipt))).toBe(row.receipt);
  expect(toHex(receiptHash(bytes(row.receipt)))).toBe(row.receipt_hash);
  expect([receipt.units, receipt.cumulativeUnits]).toEqual([BigInt(row.units), BigInt(row.cumulative_units)]);
});

test('the second receipt names the first', () => {
  const [first, second] = vectors.requests;
  expect(toHex(receiptLayout.decode(bytes(second?.receipt ?? '')).previous)).toBe(first?.receipt_hash);
});

test('a handoff is its domain, its fields in order and nothing else', () => {
  const le = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    return bytes;
  };
  const [chainId, packageId, owner] = [1, 2, 3].map((each) => new Uint8Array(32).fill(each)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const encoded = handoffLayout.encode({
    ...{ chainId, packageId, owner, stack: 4n, node: 5n },
    ...{ rows: 6n, units: 2n ** 63n, timestampMs: 7n },
  });
  const domain = Buffer.from('atoma/handoff/v1');
  const fields = [chainId, packageId, le(4n), le(5n), owner, le(6n), le(2n ** 63n), le(7n)];
  expect(Buffer.from(encoded)).toEqual(Buffer.concat([domain, ...fields]));
  expect(encoded).toHaveLength(HANDOFF_BYTES);
});

test.each(Object.entries(vectors.messages))('%s reads and writes the vector', (name, row) => {
  const each = layouts[name.split('_')[0] as string] as Layout<unknown>;
  expect(toHex(each.encode(each.decode(bytes(row.bytes))))).toBe(row.bytes);
});

test.each(vectors.refused)('$message is refused: $name', ({ message, field, bytes: hex }) => {
  const decode = () => (layouts[message] as Layout<unknown>).decode(bytes(hex));
  expect(decode).toThrowError(
    expect.objectContaining({ code: 'WIRE_MALFORMED', details: expect.objectContaining({ field }) }),
  );
});

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const fixed = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  chainId: fixed(32),
  packageId: fixed(32),
  stack: u64,
  node: u64,
  endpoint: fc.stringMatching(/^\/[a-z0-9/_]{0,63}$/),
  model: fc.string({ unit: 'grapheme', maxLength: 24 }).filter((text) => Buffer.byteLength(text) <= 128),
  requestId: fixed(16),
  timestampMs: u64,
  maxUnits: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
  bodyHash: fixed(32),
});

test('every envelope round trips within the size limit', () => {
  fc.assert(
    fc.property(anyEnvelope, (envelope) => {
      const encoded = envelopeLayout.encode(envelope);
      expect(envelopeLayout.decode(encoded)).toEqual(envelope);
      expect(encoded.length).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    }),
  );
});

test('no two byte strings decode to the same envelope', () => {
  fc.assert(
    fc.property(anyEnvelope, fc.nat(), fc.integer({ min: 1, max: 255 }), (envelope, at, flip) => {
      const encoded = envelopeLayout.encode(envelope);
      const changed = encoded.slice();
      const place = at % changed.length;
      changed[place] = (changed[place] as number) ^ flip;
      try {
        expect(toHex(envelopeLayout.encode(envelopeLayout.decode(changed)))).toBe(toHex(changed));
      } catch (error) {
        expect(isAtomaError(error, 'WIRE_MALFORMED')).toBe(true);
      }
    }),
  );
});

test('values that do not fit their field are refused when encoding', () => {
  const good = envelopeLayout.decode(bytes(vectors.requests[0]?.envelope ?? ''));
  const bad: readonly Partial<Envelope>[] = [
    { chainId: new Uint8Array(31) },
    { stack: -1n },
    { node: 2n ** 64n },
    { endpoint: `/${'a'.repeat(64)}` },
    { endpoint: '/v1?x' },
    { model: 'm'.repeat(129) },
    { maxUnits: 0n },
  ];
  for (const part of bad)
    expect(() => envelopeLayout.encode({ ...good, ...part })).toThrowError(
      expect.objectContaining({ code: 'WIRE_MALFORMED' }),
    );
});
