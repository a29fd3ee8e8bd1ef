import { bls12_381 } from '@noble/curves/bls12-381.js';
import { bn254 } from '@noble/curves/bn254.js';
import { nativeCosts } from '../../native-costs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { attempt, g1, g2, refuse } from './groups.ts';
import type { NativeContext, Natives } from './registry.ts';
import { toVector } from './std.ts';

/** Codes of `sui::groth16`. */
const INVALID_KEY = 0;
const INVALID_CURVE = 1;
const TOO_MANY_INPUTS = 2;

const MOST_INPUTS = 8;
const SCALAR_BYTES = 32;

/** A point as noble's curves have it. */
interface Point<P> {
  readonly add: (other: P) => P;
  readonly negate: () => P;
  readonly multiplyUnsafe: (scalar: bigint) => P;
  readonly is0: () => boolean;
}

interface Reader<P> {
  readonly size: number;
  /** Reads a point of the subgroup; throws when the bytes are none. */
  readonly read: (bytes: Uint8Array) => P;
  readonly write: (point: P) => Uint8Array;
}

/** A pairing with the encodings of arkworks' compressed form. */
interface Curve<A extends Point<A>, B extends Point<B>> {
  readonly first: Reader<A>;
  readonly second: Reader<B>;
  /** Order of the groups. */
  readonly order: bigint;
  /** Product of pairings; points at infinity count as one. */
  readonly pairings: (pairs: readonly { g1: A; g2: B }[]) => unknown;
  /** An element of the target group: its coordinates from the innermost out, little end first. */
  readonly writeTarget: (value: unknown) => Uint8Array;
  /** Whether proofs over no input at all can hold. */
  readonly allowsNoInput: boolean;
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex') || '0'}`);

const toLittleEndian = (value: bigint, size: number): Uint8Array =>
  Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex').reverse();

/** Coordinates of an element of a tower of fields, from the innermost out. */
const coordinates = (value: unknown): bigint[] =>
  typeof value === 'bigint' ? [value] : Object.values(value as object).flatMap(coordinates);

const targetWriter = (size: number) => (value: unknown) =>
  Buffer.concat(coordinates(value).map((one) => toLittleEndian(one, size)));

const member = <P extends { readonly is0: () => boolean; readonly assertValidity: () => void }>(point: P): P => {
  if (!point.is0()) point.assertValidity();
  return point;
};

const bls: Curve<ReturnType<typeof g1.decode>, ReturnType<typeof g2.decode>> = {
  first: { size: 48, read: (bytes) => member(g1.decode(bytes)), write: g1.encode },
  second: { size: 96, read: (bytes) => member(g2.decode(bytes)), write: g2.encode },
  order: bls12_381.fields.Fr.ORDER,
  pairings: (pairs) => bls12_381.pairingBatch(pairs.filter((pair) => !pair.g1.is0() && !pair.g2.is0())),
  writeTarget: targetWriter(48),
  allowsNoInput: false,
};

const { Fp, Fp2, Fr } = bn254.fields;
type BnFirst = typeof bn254.G1.Point.BASE;
type BnSecond = typeof bn254.G2.Point.BASE;
type Pair = typeof Fp2.ONE;

/** Flags in the last byte of a point of BN254: y is the larger of the two, and the point at infinity. */
const LARGER = 0x80;
const INFINITY = 0x40;

/** Splits the flags off; a point at infinity has no coordinates. */
const unflagged = (bytes: Uint8Array): { readonly x: Uint8Array; readonly flags: number } => {
  const x = Uint8Array.from(bytes);
  const last = x.length - 1;
  const flags = (x[last] as number) & (LARGER | INFINITY);
  x[last] = (x[last] as number) & ~(LARGER | INFINITY);
  if (flags === (LARGER | INFINITY) || (flags === INFINITY && x.some((byte) => byte !== 0))) refuse();
  return { x, flags };
};

const canonical = (bytes: Uint8Array): bigint => {
  const value = littleEndian(bytes);
  if (value >= Fp.ORDER) refuse();
  return value;
};

const isLarger = (y: bigint): boolean => y > Fp.neg(y);
const isPairLarger = (y: Pair): boolean => (y.c1 === 0n ? isLarger(y.c0) : isLarger(y.c1));

const flagged = (x: Uint8Array, flag: number): Uint8Array => {
  x[x.length - 1] = (x[x.length - 1] as number) | flag;
  return x;
};

const bnFirst: Reader<BnFirst> = {
  size: 32,
  read: (bytes) => {
    const { x, flags } = unflagged(bytes);
    if (flags === INFINITY) return bn254.G1.Point.ZERO;
    const value = canonical(x);
    const root = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(value), value), 3n)); // throws off the curve
    const y = isLarger(root) === (flags === LARGER) ? root : Fp.neg(root);
    return bn254.G1.Point.fromAffine({ x: value, y });
  },
  write: (point) => {
    if (point.is0()) return flagged(new Uint8Array(32), INFINITY);
    const { x, y } = point.toAffine();
    return flagged(toLittleEndian(x, 32), isLarger(y) ? LARGER : 0);
  },
};

const bnSecond: Reader<BnSecond> = {
  size: 64,
  read: (bytes) => {
    const { x, flags } = unflagged(bytes);
    if (flags === INFINITY) return bn254.G2.Point.ZERO;
    const value = Fp2.create({ c0: canonical(x.subarray(0, 32)), c1: canonical(x.subarray(32)) });
    const root = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(value), value), bn254.G2.Point.CURVE().b as Pair));
    const y = isPairLarger(root) === (flags === LARGER) ? root : Fp2.neg(root);
    return member(bn254.G2.Point.fromAffine({ x: value, y }));
  },
  write: (point) => {
    if (point.is0()) return flagged(new Uint8Array(64), INFINITY);
    const { x, y } = point.toAffine();
    const bytes = Buffer.concat([toLittleEndian(x.c0, 32), toLittleEndian(x.c1, 32)]);
    return flagged(bytes, isPairLarger(y) ? LARGER : 0);
  },
};

const bn: Curve<BnFirst, BnSecond> = {
  first: bnFirst,
  second: bnSecond,
  order: Fr.ORDER,
  pairings: (pairs) => bn254.pairingBatch(pairs.filter((pair) => !pair.g1.is0() && !pair.g2.is0())),
  writeTarget: targetWriter(32),
  allowsNoInput: true,
};

/** Reads points one after the other; throws when bytes are missing. */
const takeFrom = (bytes: Uint8Array) => {
  let at = 0;
  return {
    take: <P>(reader: { readonly size: number; readonly read: (bytes: Uint8Array) => P }): P => {
      at += reader.size;
      if (at > bytes.length) refuse();
      return reader.read(bytes.subarray(at - reader.size, at));
    },
    left: () => bytes.length - at,
  };
};

const COUNT = { size: 8, read: littleEndian };

/** A verifying key in arkworks' form: alpha, beta, gamma, delta, and a point for the constant and for each input. */
const prepared = <A extends Point<A>, B extends Point<B>>(curve: Curve<A, B>, key: Uint8Array): Uint8Array[] => {
  const { first, second } = curve;
  const { take, left } = takeFrom(key);
  const [alpha, beta, gamma, delta] = [take(first), take(second), take(second), take(second)];
  const count = take(COUNT);
  if (BigInt(left()) !== count * BigInt(first.size) || (count === 0n && !curve.allowsNoInput)) refuse();
  const points = Array.from({ length: Number(count) }, () => first.write(take(first)));
  return [
    Buffer.concat(points),
    curve.writeTarget(curve.pairings([{ g1: alpha, g2: beta }])),
    second.write(gamma.negate()),
    second.write(delta.negate()),
  ];
};

interface Given {
  readonly points: Uint8Array;
  readonly alphaBeta: Uint8Array;
  readonly gamma: Uint8Array;
  readonly delta: Uint8Array;
  readonly inputs: Uint8Array;
  readonly proof: Uint8Array;
}

const whole = <P>(reader: Reader<P>, bytes: Uint8Array): P[] => {
  if (bytes.length % reader.size !== 0) refuse();
  return Array.from({ length: bytes.length / reader.size }, (_, at) =>
    reader.read(bytes.subarray(at * reader.size, (at + 1) * reader.size)),
  );
};

const one = <P>(reader: Reader<P>, bytes: Uint8Array): P => {
  if (bytes.length !== reader.size) refuse();
  return reader.read(bytes);
};

/** Whether a proof holds (https://eprint.iacr.org/2016/260): e(a, b) e(inputs, -gamma) e(c, -delta) = e(alpha, beta). */
const verifies = <A extends Point<A>, B extends Point<B>>(curve: Curve<A, B>, given: Given): boolean => {
  const { first, second } = curve;
  const scalars = whole({ size: SCALAR_BYTES, read: littleEndian, write: () => new Uint8Array() }, given.inputs);
  const [constant, ...points] = whole(first, given.points);
  if (!constant || points.length !== scalars.length || scalars.some((scalar) => scalar >= curve.order)) return false;
  if (scalars.length === 0 && !curve.allowsNoInput) return false;
  const { take, left } = takeFrom(given.proof);
  const [a, b, c] = [take(first), take(second), take(first)];
  if (left() !== 0) return false;
  const inputs = points.reduce((sum, point, at) => sum.add(point.multiplyUnsafe(scalars[at] as bigint)), constant);
  const product = curve.pairings([
    { g1: a, g2: b },
    { g1: inputs, g2: one(second, given.gamma) },
    { g1: c, g2: one(second, given.delta) },
  ]);
  return Buffer.compare(curve.writeTarget(product), given.alphaBeta) === 0;
};

const over = <A extends Point<A>, B extends Point<B>>(curve: Curve<A, B>) => ({
  prepared: (key: Uint8Array) => prepared(curve, key),
  verifies: (given: Given) => verifies(curve, given),
});

/** Curves by their number in `sui::groth16`. */
const CURVES = [over(bls), over(bn)];

const refuseCurve = ({ abort }: NativeContext, s: RunState): never => {
  chargeNative(s, nativeCosts.invalidArguments, nothing);
  return abort(INVALID_CURVE);
};

const costs = nativeCosts.groth16;

const prepare = (context: NativeContext) => (s: RunState, number: number, key: readonly number[]) => {
  const curve = CURVES[number];
  if (!curve) return refuseCurve(context, s);
  const result = attempt(() => curve.prepared(Uint8Array.from(key)));
  const returned = result?.reduce((sum, part) => sum + part.length + 2, 2);
  chargeNative(s, costs.prepare[number] as number, returned ?? nothing);
  return result ? result.map(toVector) : context.abort(INVALID_KEY);
};

const verify =
  (context: NativeContext) =>
  (s: RunState, number: number, ...given: readonly number[][]) => {
    const curve = CURVES[number];
    if (!curve) return refuseCurve(context, s);
    const [points, alphaBeta, gamma, delta, inputs, proof] = given.map((bytes) => Uint8Array.from(bytes)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const perInput = (costs.perInput[number] as number) * Math.ceil(inputs.length / SCALAR_BYTES);
    const cost = (costs.verify[number] as number) + perInput + costs.perInputByte * inputs.length;
    const isTooMany = inputs.length > SCALAR_BYTES * MOST_INPUTS;
    chargeNative(s, cost, isTooMany ? nothing : 8);
    if (isTooMany) return context.abort(TOO_MANY_INPUTS);
    return attempt(() => curve.verifies({ points, alphaBeta, gamma, delta, inputs, proof })) ?? false;
  };

/** Groth16 proofs over BLS12-381 and BN254. */
export const groth16Natives: Natives = {
  '2::groth16::prepare_verifying_key_internal': prepare,
  '2::groth16::verify_groth16_proof_internal': verify,
};
