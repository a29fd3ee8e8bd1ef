import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  AtomaError,
  blake2b256,
  defineErrors,
  fromHex,
  isAtomaError,
  loadFastBlake2b,
  openBlake2b256,
  toHex,
} from './index.ts';

test('both BLAKE2b implementations agree with noble on any split of the input', async () => {
  const check = () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (parts) => {
        expect(toHex(blake2b256(...parts))).toBe(toHex(blake2b(Buffer.concat(parts), { dkLen: 32 })));
      }),
    );
  check();
  await loadFastBlake2b();
  check();
});

test('streams hash their own input, side by side with others', async () => {
  const [a, b] = [await openBlake2b256(), await openBlake2b256()];
  const [first, second] = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
  a.update(first);
  b.update(second);
  expect(blake2b256(second)).toEqual(b.digest());
  a.update(second);
  expect(a.digest()).toEqual(blake2b256(first, second));
});

test('hex round trips and refuses what is not whole bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(`0x${toHex(bytes)}`)).toEqual(bytes);
    }),
  );
  for (const bad of ['0x1', 'zz', '0x0g', 'a']) expect(fromHex(bad)).toBeUndefined();
});

test('an error carries code, filled message and hint', () => {
  const errors = defineErrors('T', {
    TOO_BIG: { message: '{size} bytes exceed {limit}', hint: 'Send at most {limit} bytes.' },
  });
  const error = errors('TOO_BIG', { size: 10, limit: 5n });
  expect(error).toBeInstanceOf(AtomaError);
  expect([error.code, error.message, error.hint, error.retryable]).toEqual([
    'T_TOO_BIG',
    '10 bytes exceed 5',
    'Send at most 5 bytes.',
    false,
  ]);
  expect(isAtomaError(error, 'T_TOO_BIG')).toBe(true);
  expect(isAtomaError(error, 'T_OTHER')).toBe(false);
});
