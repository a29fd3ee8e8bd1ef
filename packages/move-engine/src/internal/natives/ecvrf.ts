import { createHash } from 'node:crypto';
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';

/**
 * ECVRF-RISTRETTO255-SHA512 with Sui's suite string: draft-irtf-cfrg-vrf-15 section 5 over ristretto255, as in
 * fastcrypto's `vrf.rs`.
 */
const suite = Buffer.from('sui_vrf');
const domain = 'ECVRF_ristretto255_XMD:SHA-512_R255MAP_RO_sui_vrf';
const { Point } = ristretto255;
type Point = InstanceType<typeof Point>;

const digest = (...parts: readonly Uint8Array[]): Buffer => createHash('sha512').update(Buffer.concat(parts)).digest();

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

const encodeToCurve = (key: Uint8Array, message: Uint8Array): Point => {
  const uniform = expand_message_xmd(Buffer.concat([key, message]), domain, 64, sha512);
  return ristretto255_hasher.deriveToCurve?.(uniform) as Point;
};

const challenge = (points: readonly Point[]): Buffer =>
  digest(suite, Uint8Array.of(2), ...points.map((point) => point.toBytes()), Uint8Array.of(0)).subarray(0, 16);

/** A public key that is a group element other than the identity, or undefined. */
const decodeKey = (key: Uint8Array): Point | undefined => {
  try {
    return Point.fromBytes(key);
  } catch {
    return undefined;
  }
};

/** Parts of a proof: gamma (32 bytes), challenge (16), scalar below the group order (32); undefined when malformed. */
const decodeProof = (
  proof: Uint8Array,
): { readonly gamma: Point; readonly c: Uint8Array; readonly s: bigint } | undefined => {
  if (proof.length !== 80) return undefined;
  const gamma = decodeKey(proof.subarray(0, 32));
  const s = littleEndian(proof.subarray(48));
  return gamma && s < Point.Fn.ORDER ? { gamma, c: proof.subarray(32, 48), s } : undefined;
};

/** Whether `output` is the function's value for `message`. */
const verifyOutput = (
  output: Uint8Array,
  message: Uint8Array,
  key: Point,
  { gamma, c, s }: NonNullable<ReturnType<typeof decodeProof>>,
): boolean => {
  if (key.is0()) return false;
  const h = encodeToCurve(key.toBytes(), message);
  const scalar = littleEndian(c);
  const times = (point: Point, by: bigint): Point => (by === 0n ? Point.ZERO : point.multiply(by));
  const u = times(Point.BASE, s).subtract(times(key, scalar));
  const v = times(h, s).subtract(times(gamma, scalar));
  const value = digest(suite, Uint8Array.of(3), gamma.toBytes(), Uint8Array.of(0));
  return challenge([key, h, gamma, u, v]).equals(c) && value.equals(output);
};

/** Whether `output` is the function's value for `message` under the key, or which input is malformed. */
export const ecvrfVerify = (
  output: Uint8Array,
  message: Uint8Array,
  key: Uint8Array,
  proof: Uint8Array,
): boolean | 'badKey' | 'badProof' => {
  const point = decodeKey(key);
  if (!point) return 'badKey';
  const parts = decodeProof(proof);
  return parts ? verifyOutput(output, message, point, parts) : 'badProof';
};
