import { bls12_381 } from '@noble/curves/bls12-381.js';
import { nativeCosts } from '../../native-costs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import {
  attempt,
  blsScalars,
  type Group,
  g1,
  g2,
  gt,
  pairing,
  refuse,
  ristretto,
  ristrettoScalars,
  writable,
} from './groups.ts';
import type { NativeContext, Natives } from './registry.ts';
import { toVector } from './std.ts';

/** Groups by their number in `sui::group_ops`; number 4 is G1 uncompressed, for sums and conversions only. */
const GROUPS: Readonly<Record<number, Group<unknown>>> = {
  0: blsScalars as Group<unknown>,
  1: g1 as Group<unknown>,
  2: g2 as Group<unknown>,
  3: gt as Group<unknown>,
  5: ristrettoScalars as Group<unknown>,
  6: ristretto,
};
const [G1, UNCOMPRESSED] = [1, 4];
const UNCOMPRESSED_BYTES = 96;
const { ZERO } = bls12_381.G1.Point;

/** Codes of `sui::group_ops`. */
const INVALID = 1;
const TOO_LONG = 2;

const MOST_PRODUCTS = 32;
const MOST_TERMS = 1_200;

const costs = nativeCosts.groups;
type Costs = Readonly<Record<number, number>>;

const element = <E>(group: Group<E>, bytes: readonly number[]): E => {
  if (bytes.length !== group.size) refuse();
  return group.decode(Uint8Array.from(bytes));
};

/** Charges and returns what `work` gives, as a vector; what cannot be worked out is invalid input. */
const answer = (
  { abort }: NativeContext,
  s: RunState,
  cost: number | undefined,
  work: () => Uint8Array,
): readonly number[] => {
  const result = cost === undefined ? undefined : attempt(work);
  chargeNative(s, cost ?? 0, result ? result.length + 2 : nothing);
  return result ? toVector(result) : abort(INVALID);
};

/** An operation of two elements. */
const binary =
  (cost: Costs, operate: <E>(group: Group<E>, a: readonly number[], b: readonly number[]) => E) =>
  (context: NativeContext) =>
  (s: RunState, type: number, a: readonly number[], b: readonly number[]) => {
    const group = GROUPS[type];
    return answer(context, s, group && cost[type], () =>
      (group as Group<unknown>).encode(operate(group as Group<unknown>, a, b)),
    );
  };

const inverse = (group: Group<unknown>, scalar: readonly number[]): bigint =>
  group.field.inv(element(group.scalars, scalar)); // throws for zero

/** Additions that a sum of `count` products takes, by the window of the usual method (`multi_scalar.c` of blst). */
const additions = (count: number): number => {
  const bits = Math.floor(Math.log2(count));
  const window = bits === 0 ? 1 : bits <= 4 ? 2 : bits <= 12 ? bits - 2 : bits - 3;
  return Math.ceil(255 / window) * (count + 2 ** window + 1);
};

const parts = (bytes: readonly number[], size: number): number[][] =>
  Array.from({ length: bytes.length / size }, (_, at) => bytes.slice(at * size, (at + 1) * size));

const sumOfProducts =
  ({ abort }: NativeContext) =>
  (s: RunState, type: number, scalars: readonly number[], points: readonly number[]) => {
    const group = type === 1 || type === 2 ? (GROUPS[type] as Group<unknown>) : undefined;
    const refuse = (code: number): never => {
      chargeNative(s, 0, nothing);
      return abort(code);
    };
    if (!group) return refuse(INVALID);
    const [count, others] = [scalars.length / 32, points.length / group.size];
    if (count === 0 || others !== count || !Number.isInteger(count)) return refuse(INVALID);
    if (count > MOST_PRODUCTS) return refuse(TOO_LONG);
    const { base, perAddition } = costs.products[type as 1 | 2];
    const decoding = count * (costs.validate[0] + costs.validate[type as 1 | 2]);
    const factors = parts(scalars, 32).map((bytes) => element(group.scalars, bytes));
    const elements = attempt(() => parts(points, group.size).map((bytes) => element(group, bytes)));
    if (!elements) {
      chargeNative(s, decoding, nothing);
      return abort(INVALID);
    }
    const products = elements.map((point, at) => group.scale(point, factors[at] as bigint));
    chargeNative(s, decoding + base + perAddition * additions(count), group.size + 2);
    return toVector(group.encode(products.reduce((sum, product) => group.add(sum, product))));
  };

const uncompressed = (bytes: readonly number[]) => {
  if (bytes.length !== UNCOMPRESSED_BYTES) refuse();
  return bls12_381.G1.Point.fromBytes(Uint8Array.from(bytes));
};

const convert = (context: NativeContext) => (s: RunState, from: number, to: number, bytes: readonly number[]) => {
  if (from === G1 && to === UNCOMPRESSED)
    return answer(context, s, costs.toUncompressed, () => element(g1, bytes).toBytes(false));
  const cost = from === UNCOMPRESSED && to === G1 ? costs.fromUncompressed : undefined;
  return answer(context, s, cost, () => uncompressed(bytes).toBytes());
};

const sum = (context: NativeContext) => (s: RunState, type: number, terms: readonly (readonly number[])[]) => {
  if (type === UNCOMPRESSED && terms.length > MOST_TERMS) {
    chargeNative(s, 0, nothing);
    return context.abort(TOO_LONG);
  }
  const cost = type === UNCOMPRESSED ? costs.sum.base + costs.sum.perTerm * terms.length : undefined;
  return answer(context, s, cost, () =>
    writable(
      terms.reduce((total, term) => total.add(uncompressed(term)), ZERO),
      ZERO,
    ).toBytes(false),
  );
};

const validate = () => (s: RunState, type: number, bytes: readonly number[]) => {
  const cost = (costs.validate as Costs)[type];
  chargeNative(s, cost ?? 0, 8);
  const group = GROUPS[type];
  if (cost === undefined || bytes.length !== group?.size) return false;
  return attempt(() => group.holds?.(Uint8Array.from(bytes))) ?? false;
};

const hashTo = (context: NativeContext) => (s: RunState, type: number, message: readonly number[]) => {
  const base = (costs.hashTo as Costs)[type];
  const cost = base === undefined || message.length === 0 ? undefined : base + costs.hashPerByte * message.length;
  const group = GROUPS[type];
  return answer(context, s, cost, () => (group as Group<unknown>).encode(group?.hash?.(Uint8Array.from(message))));
};

const pair = (context: NativeContext) => (s: RunState, type: number, a: readonly number[], b: readonly number[]) =>
  answer(context, s, type === G1 ? costs.pairing : undefined, () => gt.encode(pairing(element(g1, a), element(g2, b))));

/** Arithmetic in the groups of BLS12-381 and Ristretto255, as `sui::bls12381` and `sui::ristretto255` use it. */
export const groupNatives: Natives = {
  '2::group_ops::internal_validate': validate,
  '2::group_ops::internal_add': binary(costs.add, (group, a, b) => group.add(element(group, a), element(group, b))),
  '2::group_ops::internal_sub': binary(costs.sub, (group, a, b) => group.sub(element(group, a), element(group, b))),
  '2::group_ops::internal_mul': binary(costs.mul, (group, a, b) =>
    group.scale(element(group, b), element(group.scalars, a)),
  ),
  '2::group_ops::internal_div': binary(costs.div, (group, a, b) =>
    group.scale(element(group, b), inverse(group as Group<unknown>, a)),
  ),
  '2::group_ops::internal_hash_to': hashTo,
  '2::group_ops::internal_multi_scalar_mul': sumOfProducts,
  '2::group_ops::internal_pairing': pair,
  '2::group_ops::internal_convert': convert,
  '2::group_ops::internal_sum': sum,
};
