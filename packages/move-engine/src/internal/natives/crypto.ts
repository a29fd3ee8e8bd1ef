import { createPublicKey, verify } from 'node:crypto';
import { blake2b256 } from '@atoma/base';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256, sha3_256 } from '@noble/hashes/sha3.js';
import { nativeCosts } from '../../native-costs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { ecvrfVerify } from './ecvrf.ts';
import { attempt } from './groups.ts';
import type { Natives } from './registry.ts';
import { type ByteCost, chargeBytes, toVector } from './std.ts';

const bytesOf = (value: number[]): Uint8Array => Uint8Array.from(value);

/** DER prefix of an Ed25519 SubjectPublicKeyInfo. */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

const opensslVerify = (signature: number[], key: number[], message: number[]): boolean => {
  const publicKey = createPublicKey({ key: Buffer.concat([ed25519Prefix, bytesOf(key)]), format: 'der', type: 'spki' });
  return verify(null, bytesOf(message), publicKey, bytesOf(signature));
};

/**
 * Sui verifies by the rules of ZIP-215. OpenSSL is ten times as fast and accepts nothing those rules refuse, but it does
 * refuse points of small order; so what it refuses is looked at again.
 */
const ed25519Verify = (signature: number[], key: number[], message: number[]): boolean => {
  if (signature.length !== 64 || key.length !== 32) return false;
  if (attempt(() => opensslVerify(signature, key, message))) return true;
  return attempt(() => ed25519.verify(bytesOf(signature), bytesOf(message), bytesOf(key), { zip215: true })) ?? false;
};

/** Hash functions of the ecdsa modules by their number. */
const k1Hash = (kind: number): ((data: Uint8Array) => Uint8Array) | undefined =>
  ({ 0: keccak_256, 1: sha256 })[kind] as ((data: Uint8Array) => Uint8Array) | undefined;

type Curve = typeof secp256k1 | typeof p256;

const ecdsaVerify = (curve: Curve, signature: number[], key: number[], digest: Uint8Array): boolean =>
  signature.length === 64 &&
  (attempt(() => curve.verify(bytesOf(signature), digest, bytesOf(key), { prehash: false, lowS: true })) ?? false);

/** Compressed key from r || s || v; v may carry Ethereum's 27 or 35 offsets. */
const recover = (curve: Curve, signature: number[], digest: Uint8Array): number[] | undefined =>
  attempt(() => {
    const v = signature[64] as number;
    const recovery = v >= 27 ? (v >= 35 ? (v - 1) % 2 : v - 27) : v;
    const recovered = curve.recoverPublicKey(Uint8Array.from([recovery, ...signature.slice(0, 64)]), digest, {
      prehash: false,
    });
    return toVector(curve.Point.fromBytes(recovered).toBytes(true));
  });

/** Price of an ecdsa native under hash number `kind`. */
const ecdsaCost = (base: number, kind: number): ByteCost => ({
  base,
  perByte: nativeCosts.perByte,
  perBlock: nativeCosts.perByte,
  blockBytes: nativeCosts.ecdsaBlockBytes[kind] ?? 64,
});

const ecdsaNatives = (module: 'ecdsa_k1' | 'ecdsa_r1', prefix: string, curve: Curve): Natives => {
  const hashOf =
    module === 'ecdsa_k1' ? k1Hash : (kind: number) => (kind === 0 ? keccak_256 : kind === 1 ? sha256 : undefined);
  return {
    [`2::${module}::${prefix}_ecrecover`]:
      ({ abort }) =>
      (s: RunState, signature: number[], message: number[], kind: number) => {
        const hash = hashOf(kind);
        if (!hash) {
          chargeNative(s, nativeCosts.invalidArguments, nothing);
          return abort(0);
        }
        const key = signature.length === 65 ? recover(curve, signature, hash(bytesOf(message))) : undefined;
        chargeBytes(s, ecdsaCost(nativeCosts.recover[module], kind), message.length, key ? 35 : nothing);
        return key ?? abort(signature.length === 65 ? 0 : 1);
      },
    [`2::${module}::${prefix}_verify`]:
      () => (s: RunState, signature: number[], key: number[], message: number[], kind: number) => {
        const hash = hashOf(kind);
        if (hash) chargeBytes(s, ecdsaCost(nativeCosts.verify[module], kind), message.length, 8);
        else chargeNative(s, nativeCosts.invalidArguments, 8);
        return hash ? ecdsaVerify(curve, signature, key, hash(bytesOf(message))) : false;
      },
  };
};

/** Hashes and signatures of the Sui framework. */
export const cryptoNatives: Natives = {
  '2::hash::blake2b256': () => (s: RunState, data: number[]) => {
    chargeBytes(s, nativeCosts.blake2b, data.length, 34);
    return toVector(blake2b256(bytesOf(data)));
  },
  '2::hash::keccak256': () => (s: RunState, data: number[]) => {
    chargeBytes(s, nativeCosts.keccak, data.length, 34);
    return toVector(keccak_256(bytesOf(data)));
  },
  '2::hmac::hmac_sha3_256': () => (s: RunState, key: number[], message: number[]) => {
    const { base, perByte, perBlock, blockBytes } = nativeCosts.hmac;
    const length = key.length + message.length;
    const blocks = Math.floor((length + 2 * blockBytes - 2) / blockBytes);
    chargeNative(s, base + perByte * length + perBlock * blocks, 34);
    return toVector(hmac(sha3_256, bytesOf(key), bytesOf(message)));
  },
  '2::ed25519::ed25519_verify': () => (s: RunState, signature: number[], key: number[], message: number[]) => {
    chargeBytes(s, nativeCosts.ed25519, message.length, 8);
    return ed25519Verify(signature, key, message);
  },
  '2::ecdsa_k1::decompress_pubkey':
    ({ abort }) =>
    (s: RunState, key: number[]) => {
      const point = attempt(() => toVector(secp256k1.Point.fromBytes(bytesOf(key)).toBytes(false)));
      chargeNative(s, nativeCosts.decompress, point ? 67 : nothing);
      return point ?? abort(2);
    },
  '2::ecvrf::ecvrf_verify':
    ({ abort }) =>
    (s: RunState, output: number[], message: number[], key: number[], proof: number[]) => {
      const isHash = output.length === 64;
      const result = isHash && ecvrfVerify(bytesOf(output), bytesOf(message), bytesOf(key), bytesOf(proof));
      const returns = isHash && typeof result === 'boolean';
      chargeBytes(s, nativeCosts.ecvrf, message.length, returns ? 8 : nothing);
      if (!isHash) return abort(1);
      if (typeof result === 'boolean') return result;
      return abort(result === 'badKey' ? 2 : 3);
    },
  ...ecdsaNatives('ecdsa_k1', 'secp256k1', secp256k1),
  ...ecdsaNatives('ecdsa_r1', 'secp256r1', p256),
};
