import { bls12_381 } from '@noble/curves/bls12-381.js';
import { nativeCosts } from '../../native-costs.ts';
import type { RunState } from '../run/state.ts';
import type { Natives } from './registry.ts';
import { chargeBytes } from './std.ts';

type Scheme = typeof bls12_381.shortSignatures | typeof bls12_381.longSignatures;

interface Kind {
  readonly scheme: Scheme;
  readonly domain: string;
  readonly signatureBytes: number;
  readonly keyBytes: number;
  readonly readKey: (bytes: Uint8Array) => { readonly assertValidity: () => void; readonly is0: () => boolean };
}

const { G1, G2, shortSignatures, longSignatures } = bls12_381;

/** Signatures in the smaller group. */
const minSig: Kind = {
  scheme: shortSignatures,
  domain: 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_',
  signatureBytes: 48,
  keyBytes: 96,
  readKey: (bytes) => G2.Point.fromBytes(bytes),
};

/** Keys in the smaller group. */
const minPk: Kind = {
  scheme: longSignatures,
  domain: 'BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_',
  signatureBytes: 96,
  keyBytes: 48,
  readKey: (bytes) => G1.Point.fromBytes(bytes),
};

/** Whether a signature holds; keys and signatures outside their groups do not, nor the key that is no point. */
const holds = (kind: Kind, signature: number[], key: number[], message: number[]): boolean => {
  if (signature.length !== kind.signatureBytes || key.length !== kind.keyBytes) return false;
  try {
    const keyBytes = Uint8Array.from(key);
    const point = kind.readKey(keyBytes);
    point.assertValidity();
    if (point.is0()) return false;
    const scheme = kind.scheme as typeof shortSignatures;
    const signed = scheme.Signature.fromBytes(Uint8Array.from(signature));
    signed.assertValidity();
    return scheme.verify(signed, scheme.hash(Uint8Array.from(message), kind.domain), keyBytes);
  } catch {
    return false;
  }
};

/** Signatures over BLS12-381, by the draft of the IETF without augmentation. */
export const blsNatives: Natives = {
  '2::bls12381::bls12381_min_sig_verify':
    () => (s: RunState, signature: number[], key: number[], message: number[]) => {
      chargeBytes(s, nativeCosts.blsMinSig, message.length, 8);
      return holds(minSig, signature, key, message);
    },
  '2::bls12381::bls12381_min_pk_verify': () => (s: RunState, signature: number[], key: number[], message: number[]) => {
    chargeBytes(s, nativeCosts.blsMinPk, message.length, 8);
    return holds(minPk, signature, key, message);
  },
};
