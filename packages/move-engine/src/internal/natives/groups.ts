import { bls12_381 } from '@noble/curves/bls12-381.js';
import { ristretto255 } from '@noble/curves/ed25519.js';

/** What bytes that are no element come to. */
export const refuse = (): never => {
  throw 'not an element';
};

/** What `work` gives; undefined when bytes were refused, by us or by noble's curves. */
export const attempt = <Result>(work: () => Result): Result | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/** A prime field as noble's curves have it. */
interface Scalars {
  readonly ORDER: bigint;
  readonly inv: (value: bigint) => bigint;
  readonly create: (value: bigint) => bigint;
}

/** A group, written additively, with the encoding `sui::group_ops` gives its elements. */
export interface Group<Element> {
  /** Length of an encoded element. */
  readonly size: number;
  /** Reads an element of {@link size} bytes; throws when there is none. Whether it lies in the subgroup is not looked at. */
  readonly decode: (bytes: Uint8Array) => Element;
  readonly encode: (element: Element) => Uint8Array;
  /** Whether bytes from outside are a canonical encoding of a member; absent where nobody may ask. */
  readonly holds?: (bytes: Uint8Array) => boolean;
  readonly add: (a: Element, b: Element) => Element;
  readonly sub: (a: Element, b: Element) => Element;
  readonly scale: (element: Element, scalar: bigint) => Element;
  /** Hashes to the group, where it can. */
  readonly hash?: (message: Uint8Array) => Element;
  readonly scalars: Group<bigint>;
  readonly field: Scalars;
}

const bigEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

const toBigEndian = (value: bigint, size: number): Uint8Array =>
  Buffer.from(value.toString(16).padStart(2 * size, '0'), 'hex');

/** The scalars of a group: 32 bytes, in one order or the other. */
const scalarGroup = (field: Scalars, isLittleEndian: boolean): Group<bigint> => {
  const turned = (bytes: Uint8Array): Uint8Array => (isLittleEndian ? Uint8Array.from(bytes).reverse() : bytes);
  const group: Group<bigint> = {
    size: 32,
    decode: (bytes) => field.create(bigEndian(turned(bytes))),
    encode: (scalar) => turned(toBigEndian(scalar, 32)),
    holds: (bytes) => bigEndian(turned(bytes)) < field.ORDER,
    add: (a, b) => field.create(a + b),
    sub: (a, b) => field.create(a - b),
    scale: (a, b) => field.create(a * b),
    get scalars() {
      return group;
    },
    field,
  };
  return group;
};

/** What the points of noble's curves can do. */
interface Point<P> {
  readonly add: (other: P) => P;
  readonly subtract: (other: P) => P;
  readonly multiplyUnsafe: (scalar: bigint) => P;
  readonly is0: () => boolean;
  readonly assertValidity: () => void;
  readonly toBytes: () => Uint8Array;
}

/** The point at infinity may come out of a sum with coordinates that cannot be written. */
export const writable = <P extends Point<P>>(point: P, zero: P): P => (point.is0() ? zero : point);

const pointGroup = <P extends Point<P>>(
  size: number,
  zero: P,
  decode: (bytes: Uint8Array) => P,
  scalars: Group<bigint>,
  hash?: (message: Uint8Array) => P,
): Group<P> => ({
  size,
  decode,
  encode: (point) => writable(point, zero).toBytes(),
  holds: (bytes) => {
    const point = decode(bytes);
    if (!point.is0()) point.assertValidity();
    return true;
  },
  add: (a, b) => a.add(b),
  sub: (a, b) => a.subtract(b),
  scale: (point, scalar) => point.multiplyUnsafe(scalar),
  ...(hash ? { hash } : {}),
  scalars,
  field: scalars.field,
});

const { G1, G2, fields } = bls12_381;
const { Fp, Fp12, Fr } = fields;
type Target = typeof Fp12.ONE;

/** The scalars of BLS12-381, big end first. */
export const blsScalars = scalarGroup(Fr, false);

/** Points of BLS12-381's first group in 48 bytes (the compressed form of ZCash). */
export const g1 = pointGroup(
  48,
  G1.Point.ZERO,
  (bytes) => G1.Point.fromBytes(bytes),
  blsScalars,
  (message) => G1.hashToCurve(message, { DST: 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_' }),
);

/** Points of its second group in 96 bytes. */
export const g2 = pointGroup(
  96,
  G2.Point.ZERO,
  (bytes) => G2.Point.fromBytes(bytes),
  blsScalars,
  (message) => G2.hashToCurve(message, { DST: 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_' }),
);

/** The twelve coordinates of an element in the order of Sui's encoding: by power of w (w * w = v), then real part first. */
const coordinates = ({ c0, c1 }: Target): bigint[] =>
  [c0.c0, c1.c0, c0.c1, c1.c1, c0.c2, c1.c2].flatMap((pair) => [pair.c0, pair.c1]);

const targetOf = (coordinate: readonly bigint[]): Target => {
  const pair = (at: number) => ({ c0: coordinate[2 * at] as bigint, c1: coordinate[2 * at + 1] as bigint });
  const half = (at: number) => ({ c0: pair(at), c1: pair(at + 2), c2: pair(at + 4) });
  return { c0: half(0), c1: half(1) } as Target;
};

const coordinateAt = (bytes: Uint8Array, at: number): bigint => {
  const value = bigEndian(bytes.subarray(48 * at, 48 * at + 48));
  return Fp.isValid(value) ? value : refuse();
};

/** Where pairings of BLS12-381 lie: twelve coordinates of 48 bytes, big end first. The operation is multiplication. */
export const gt: Group<Target> = {
  size: 576,
  decode: (bytes) => targetOf(Array.from({ length: 12 }, (_, at) => coordinateAt(bytes, at))),
  encode: (element) => Buffer.concat(coordinates(element).map((value) => toBigEndian(value, 48))),
  add: (a, b) => Fp12.mul(a, b),
  sub: (a, b) => Fp12.mul(a, Fp12.inv(b)),
  scale: (element, scalar) => Fp12.pow(element, scalar),
  scalars: blsScalars,
  field: Fr,
};

/** e(a, b); a point at infinity gives one. */
export const pairing = (a: ReturnType<typeof g1.decode>, b: ReturnType<typeof g2.decode>): Target =>
  a.is0() || b.is0() ? Fp12.ONE : bls12_381.pairing(a, b);

/** Scalars of Ristretto255 (RFC 9496), little end first. */
export const ristrettoScalars = scalarGroup(ristretto255.Point.Fn, true);

/** Its points. */
export const ristretto = pointGroup(
  32,
  ristretto255.Point.ZERO,
  (bytes) => ristretto255.Point.fromBytes(bytes),
  ristrettoScalars,
) as Group<unknown>;
