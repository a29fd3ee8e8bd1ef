import { Field } from '@noble/curves/abstract/modular.js';
import { grainGenConstants, poseidon } from '@noble/curves/abstract/poseidon.js';
import { nativeCosts } from '../../native-costs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import type { Natives } from './registry.ts';

/** The scalars of BN254. */
const Fr = Field(0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n);

/** Partial rounds by number of inputs (circomlib's Poseidon over the scalars of BN254, which zkLogin and fastcrypto use). */
const PARTIAL_ROUNDS = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

type Permutation = ReturnType<typeof poseidon>;
const permutations = new Map<number, Permutation>();

/** The permutation for a number of inputs; its constants take up to a quarter of a second to make, once. */
const permutationOf = (inputs: number): Permutation => {
  const known = permutations.get(inputs);
  if (known) return known;
  const options = {
    Fp: Fr,
    t: inputs + 1,
    roundsFull: 8,
    roundsPartial: PARTIAL_ROUNDS[inputs - 1] as number,
    sboxPower: 5,
  };
  const made = poseidon({ ...options, ...grainGenConstants(options) });
  permutations.set(inputs, made);
  return made;
};

/** Codes of `sui::poseidon`. */
const NON_CANONICAL = 0;
const TOO_MANY = 2;

const littleEndian = (bytes: readonly number[]): bigint =>
  bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

const toLittleEndian = (value: bigint): number[] =>
  Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));

/** The Poseidon hash over the scalars of BN254, of 1 to 16 of them, 32 bytes each at most, little end first. */
export const poseidonNatives: Natives = {
  '2::poseidon::poseidon_bn254_internal':
    ({ abort }) =>
    (s: RunState, data: readonly (readonly number[])[]) => {
      const { base, perBlock } = nativeCosts.poseidon;
      const isTooMany = data.length > PARTIAL_ROUNDS.length;
      chargeNative(s, isTooMany ? base : base + perBlock * data.length, isTooMany ? nothing : 34);
      if (isTooMany) abort(TOO_MANY);
      if (data.length === 0 || data.some((bytes) => bytes.length > 32)) abort(NON_CANONICAL);
      const inputs = data.map(littleEndian);
      if (inputs.some((input) => input >= Fr.ORDER)) abort(NON_CANONICAL);
      return toLittleEndian(permutationOf(inputs.length)([0n, ...inputs])[0] as bigint);
    },
};
