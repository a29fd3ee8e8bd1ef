import { blake2b256 } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHashIndex } from './hash-index.ts';

test('hashes have the places they came in, once each, however alike they are', () => {
  const alike = fc
    .array(fc.nat(3), { minLength: 32, maxLength: 32 })
    .map((bytes) => Uint8Array.from(bytes, (byte) => byte << 6));
  const hash = fc.oneof(fc.uint8Array({ minLength: 32, maxLength: 32 }), alike);
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 200 }), hash, (hashes, other) => {
      const index = createHashIndex();
      const known: string[] = [];
      for (const each of hashes) {
        const key = each.join();
        expect(index.find(each)).toBe(known.indexOf(key));
        if (!known.includes(key)) known.push(key);
        expect(index.add(each)).toBe(known.indexOf(key));
        expect(index.size()).toBe(known.length);
      }
      expect(index.find(other)).toBe(known.indexOf(other.join()));
    }),
  );
});

test('it grows', () => {
  const hashes = Array.from({ length: 5_000 }, (_, i) => blake2b256(Uint8Array.of(i, i >> 8)));
  const index = createHashIndex();
  expect(hashes.map(index.add)).toEqual(hashes.map((_, i) => i));
  expect(hashes.map(index.find)).toEqual(hashes.map((_, i) => i));
  expect(index.find(new Uint8Array(32))).toBe(-1);
});
