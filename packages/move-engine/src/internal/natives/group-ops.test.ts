import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { expect, test } from 'vitest';
import { nativeCosts } from '../../native-costs.ts';
import { createNativeCaller } from '../../testing/native-caller.ts';
import { groupNatives } from './group-ops.ts';

const { G1, G2 } = bls12_381;
const call = createNativeCaller(groupNatives, '2::group_ops::internal_');
const vector = (bytes: Uint8Array): number[] => [...bytes];
const scalar = (value: number | bigint): number[] => vector(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'));
const points = [
  [1, G1.Point],
  [2, G2.Point],
] as const;

test.each(points)('sums, differences, products and quotients of points agree: group %s', (type, { BASE, ZERO }) => {
  const [g, zero] = [vector(BASE.toBytes()), vector(ZERO.toBytes())];
  const two = call('add', type, g, g).value as number[];
  expect(two).toEqual(vector(BASE.double().toBytes()));
  expect(call('mul', type, scalar(2), g).value).toEqual(two);
  expect(call('div', type, scalar(2), two).value).toEqual(g);
  expect(call('sub', type, two, g).value).toEqual(g);
  expect(call('sub', type, g, g).value).toEqual(zero); // infinity has one encoding
  expect(call('mul', type, scalar(0), g).value).toEqual(zero);
  expect(call('div', type, scalar(0), g).abort).toBe(1);
  expect(call('add', type, g, g.slice(1)).abort).toBe(1);
  expect(call('multi_scalar_mul', type, [...scalar(3), ...scalar(4)], [...g, ...two]).value).toEqual(
    vector(BASE.multiply(11n).toBytes()),
  );
});

test('pairings are bilinear, and what lies where they lie is multiplied', () => {
  const [a, b] = [vector(G1.Point.BASE.toBytes()), vector(G2.Point.BASE.toBytes())];
  const target = call('pairing', 1, a, b).value as number[];
  // The generator of the target group as Sui's framework publishes it, its first and last coordinates.
  expect(Buffer.from(target).toString('hex').slice(0, 32)).toBe('1250ebd871fc0a92a7b2d83168d0d727');
  const six = call('pairing', 1, call('mul', 1, scalar(2), a).value, call('mul', 2, scalar(3), b).value).value;
  expect(call('mul', 3, scalar(6), target).value).toEqual(six);
  expect(call('div', 3, scalar(6), six).value).toEqual(target);
  const one = call('sub', 3, target, target).value as number[];
  expect(one.findIndex((byte) => byte !== 0)).toBe(47);
  expect(call('pairing', 1, vector(G1.Point.ZERO.toBytes()), b).value).toEqual(one);
  expect(call('add', 3, new Array(576).fill(0xff), target).abort).toBe(1);
  expect(call('pairing', 2, a, b).abort).toBe(1);
});

test('elements from outside are judged: length, curve, subgroup, order', () => {
  const valid = (type: number, bytes: Uint8Array | number[]) => call('validate', type, [...bytes]).value;
  const { ORDER } = bls12_381.fields.Fr;
  expect(valid(0, scalar(ORDER - 1n))).toBe(true);
  expect(valid(0, scalar(ORDER))).toBe(false);
  expect(valid(1, G1.Point.BASE.toBytes())).toBe(true);
  expect(valid(1, G1.Point.ZERO.toBytes())).toBe(true);
  expect(valid(1, G1.Point.BASE.toBytes(false))).toBe(false);
  const outside = Uint8Array.from({ length: 48 }, (_, at) => (at === 0 ? 0x80 : at === 47 ? 4 : 0)); // x = 4: on the curve, in no subgroup of the order
  expect(valid(1, outside)).toBe(false);
  expect(valid(3, new Uint8Array(576))).toBe(false);
  expect(valid(6, ristretto255.Point.BASE.toBytes())).toBe(true);
  expect(valid(6, new Uint8Array(32).fill(255))).toBe(false);
  expect(valid(9, [])).toBe(false);
});

test('uncompressed points are sums and conversions of compressed ones', () => {
  const [g, full] = [vector(G1.Point.BASE.toBytes()), vector(G1.Point.BASE.toBytes(false))];
  expect(call('convert', 1, 4, g).value).toEqual(full);
  expect(call('convert', 4, 1, full).value).toEqual(g);
  expect(call('convert', 4, 4, full).abort).toBe(1);
  expect(call('sum', 4, [full, full]).value).toEqual(vector(G1.Point.BASE.double().toBytes(false)));
  expect(call('sum', 4, []).value).toEqual(vector(G1.Point.ZERO.toBytes(false)));
  expect(call('sum', 4, new Array(1_201).fill(full)).abort).toBe(2);
});

test('Ristretto255 counts little end first', () => {
  const g = vector(ristretto255.Point.BASE.toBytes());
  const two = [2, ...new Array(31).fill(0)];
  expect(call('mul', 6, two, g).value).toEqual(call('add', 6, g, g).value);
  expect(call('mul', 5, two, two).value).toEqual([4, ...new Array(31).fill(0)]);
  expect(call('hash_to', 6, [1]).abort).toBe(1);
});

test('costs are those of the protocol', () => {
  const g = vector(G1.Point.BASE.toBytes());
  const { groups } = nativeCosts;
  expect(call('add', 1, g, g).units).toBe(groups.add[1]);
  expect(call('hash_to', 2, [1, 2, 3]).units).toBe(groups.hashTo[2] + 6);
  expect(call('hash_to', 2, []).units).toBe(0);
  // 896 additions for two products, as Sui's own table of the method says.
  const products = groups.products[1];
  expect(call('multi_scalar_mul', 1, [...scalar(1), ...scalar(2)], [...g, ...g]).units).toBe(
    2 * (groups.validate[0] + groups.validate[1]) + products.base + 896 * products.perAddition,
  );
  expect(call('multi_scalar_mul', 1, new Array(33 * 32).fill(0), new Array(33 * 48).fill(0)).abort).toBe(2);
});
