import { bcs } from '@mysten/sui/bcs';
import { expect, test } from 'vitest';
import { type Body, decodePure, encodeTyped, typeText, valueText } from './move-values.ts';

const datatype = (typeName: string, ...typeParameters: Body[]): Body => ({
  $kind: 'datatype',
  datatype: { typeName, typeParameters },
});
const option = (inner: Body): Body => datatype('0x1::option::Option', inner);
const bytes: Body = { $kind: 'vector', vector: { $kind: 'u8' } };

test.each([
  [bcs.u64().serialize(5n).toBytes(), { $kind: 'u64' } as Body, '5'],
  [bcs.bool().serialize(true).toBytes(), { $kind: 'bool' } as Body, 'true'],
  [bcs.string().serialize('Grüße').toBytes(), datatype('0x1::string::String'), 'Grüße'],
  [bcs.option(bcs.u64()).serialize(7n).toBytes(), option({ $kind: 'u64' }), '7'],
  [bcs.option(bcs.u64()).serialize(null).toBytes(), option({ $kind: 'u64' }), 'none'],
  [bcs.vector(bcs.u8()).serialize([1, 2, 3, 255]).toBytes(), bytes, '0x010203ff'],
  [
    bcs.vector(bcs.u64()).serialize([1n, 2n]).toBytes(),
    { $kind: 'vector', vector: { $kind: 'u64' } } as Body,
    '[1, 2]',
  ],
])('bytes are read by their type, and typed text makes the same bytes', (encoded, body, text) => {
  expect(decodePure(encoded, body)).toBe(text);
  const typed = text === 'none' ? '' : text;
  expect(encodeTyped(typed, body)).toEqual(encoded);
});

test('what does not fit its type, or has none that is known, is shown as hex', () => {
  expect(decodePure(Uint8Array.of(1, 2), { $kind: 'u64' })).toBe('0x0102');
  expect(decodePure(Uint8Array.of(1, 2), datatype('0x2::coin::Coin', { $kind: 'u64' }))).toBe('0x0102');
  expect(encodeTyped('1', datatype('0x2::coin::Coin'))).toBeUndefined();
  expect(typeText(datatype('0x2::coin::Coin', { $kind: 'typeParameter', index: 0 }))).toBe('coin::Coin<T0>');
  expect(valueText([[1, 2], 'a'])).toBe('[[1, 2], a]');
});
