import { createHash, createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { getBytes, getLength, getList, getRaw, getText, getU8, getU16, type Reader, refuse } from './bcs-reader.ts';
import { signingMessage } from './keys.ts';
import { tryRead } from './transaction-data.ts';

/** Flags of Sui's signature schemes (`sui-types/src/crypto.rs`). */
const FLAG = { ed25519: 0, secp256k1: 1, secp256r1: 2, multisig: 3, zkLogin: 5, passkey: 6 } as const;

/** DER prefixes of public keys (SubjectPublicKeyInfo) for raw Ed25519 keys and compressed curve points. */
const SPKI: Readonly<Record<number, Buffer>> = {
  [FLAG.ed25519]: Buffer.from('302a300506032b6570032100', 'hex'),
  [FLAG.secp256k1]: Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex'),
  [FLAG.secp256r1]: Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
};

/** Half the order of each curve: Sui accepts only signatures whose s is in the lower half. */
const HALF_ORDER: Readonly<Record<number, Buffer>> = {
  [FLAG.secp256k1]: Buffer.from('7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0', 'hex'),
  [FLAG.secp256r1]: Buffer.from('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8', 'hex'),
};

/** y coordinates of Ed25519 points of small order; a signature by such a key proves nothing, so they are no keys here. */
const SMALL_ORDER = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

const isSmallOrder = (key: Uint8Array): boolean => {
  const copy = Uint8Array.from(key);
  copy[31] = (copy[31] as number) & 0x7f;
  return SMALL_ORDER.has(toHex(copy));
};

const imported = new Map<string, KeyObject>();

const importKey = (flag: number, key: Uint8Array): KeyObject | undefined => {
  const name = `${flag}${toHex(key)}`;
  const known = imported.get(name);
  if (known) return known;
  if (flag === FLAG.ed25519 && isSmallOrder(key)) return undefined;
  try {
    const made = createPublicKey({ key: Buffer.concat([SPKI[flag] as Buffer, key]), format: 'der', type: 'spki' });
    if (imported.size > 10_000) imported.clear();
    imported.set(name, made);
    return made;
  } catch {
    return undefined; // not a point of the curve
  }
};

/** One signature that is still to be verified. */
interface Unverified {
  readonly flag: number;
  /** Raw public key. */
  readonly key: Uint8Array;
  readonly message: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** What is said when it does not verify. */
  readonly fault: string;
}

/** Who a serialized signature is said to be by, and what proves it. */
interface Claim {
  readonly address: Address;
  readonly unverified: readonly Unverified[];
}

/** Algorithm, data, key and signature for node:crypto. */
type Verification = readonly [null | 'sha256', Uint8Array, KeyObject | VerifyKeyObjectInput, Uint8Array];

/** What node:crypto is to verify: curves hash with SHA-256 first, as Sui does. Undefined: it cannot be valid. */
const verification = ({ flag, key, message, signature }: Unverified): Verification | undefined => {
  const imported = importKey(flag, key);
  if (!imported) return undefined;
  if (flag === FLAG.ed25519) return [null, message, imported, signature];
  if (Buffer.compare(signature.subarray(32), HALF_ORDER[flag] as Buffer) > 0) return undefined;
  return ['sha256', message, { key: imported, dsaEncoding: 'ieee-p1363' }, signature];
};

const verifyNow = (one: Unverified): void => {
  const call = verification(one);
  if (!call || !verify(...call)) throw bad(one.fault);
};

/** The same on a thread of Node's pool. */
const verifyInPool = (one: Unverified): Promise<void> =>
  new Promise((resolve, reject) => {
    const call = verification(one);
    if (!call) return reject(bad(one.fault));
    verify(...call, (error, isValid) => {
      if (error || !isValid) reject(bad(one.fault));
      else resolve();
    });
  });

const KEY_LENGTH: Readonly<Record<number, number>> = { 0: 32, 1: 33, 2: 33, 6: 33 };

const addressOfKey = (flag: number, key: Uint8Array): Address => toHex(blake2b256(Uint8Array.of(flag), key));

const bad = (reason: string) => ledgerError('BAD_SIGNATURE', { reason });

const claimSimple = (flag: number, body: Uint8Array, message: Uint8Array): Claim => {
  const keyLength = KEY_LENGTH[flag] as number;
  if (body.length !== 64 + keyLength) throw bad(`it has ${body.length} bytes, ${64 + keyLength} are expected.`);
  const key = body.subarray(64);
  const fault = 'it does not match the transaction and its public key.';
  return {
    address: addressOfKey(flag, key),
    unverified: [{ flag, key, message, signature: body.subarray(0, 64), fault }],
  };
};

interface Passkey {
  readonly authenticatorData: Uint8Array;
  readonly clientDataJson: string;
  readonly userSignature: Uint8Array;
}

const getPasskey = (r: Reader): Passkey => ({
  authenticatorData: getBytes(r),
  clientDataJson: getText(r),
  userSignature: getBytes(r),
});

/** Challenge of WebAuthn client data, or undefined when it is no `webauthn.get` (https://www.w3.org/TR/webauthn-2/). */
const challengeOf = (clientDataJson: string): Buffer | undefined => {
  try {
    const data = JSON.parse(clientDataJson);
    return data.type === 'webauthn.get' && typeof data.challenge === 'string'
      ? Buffer.from(data.challenge, 'base64url')
      : undefined;
  } catch {
    return undefined;
  }
};

const claimPasskey = (body: Uint8Array, message: Uint8Array, fault: string): Unverified => {
  const passkey = tryRead(body, getPasskey);
  if ('bcsFault' in passkey) throw bad(`${passkey.bcsFault}.`);
  const { authenticatorData, clientDataJson, userSignature } = passkey;
  if (userSignature.length !== 98 || userSignature[0] !== FLAG.secp256r1) throw bad('a passkey signs with secp256r1.');
  const challenge = challengeOf(clientDataJson);
  if (challenge === undefined || Buffer.compare(challenge, message) !== 0) throw bad(fault);
  return {
    flag: FLAG.secp256r1,
    key: userSignature.subarray(65),
    message: Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJson, 'utf8').digest()]),
    signature: userSignature.subarray(1, 65),
    fault,
  };
};

interface MultisigMember {
  readonly flag: number;
  readonly key: Uint8Array;
  readonly weight: number;
}

/** Variant numbers of `CompressedSignature` and `PublicKey` to flags. */
const VARIANT_FLAGS = [FLAG.ed25519, FLAG.secp256k1, FLAG.secp256r1, FLAG.zkLogin, FLAG.passkey];

const getFlag = (r: Reader): number => VARIANT_FLAGS[getLength(r)] ?? refuse('unknown scheme in a multisig');

const getPartial = (r: Reader): { readonly flag: number; readonly bytes: Uint8Array } => {
  const flag = getFlag(r);
  return { flag, bytes: flag === FLAG.zkLogin || flag === FLAG.passkey ? getBytes(r) : getRaw(r, 64) };
};

const getMember = (r: Reader): MultisigMember => {
  const flag = getFlag(r);
  const key = flag === FLAG.zkLogin ? getBytes(r) : getRaw(r, KEY_LENGTH[flag] as number);
  return { flag, key, weight: getU8(r) };
};

const getMultisig = (r: Reader) => ({
  signatures: getList(r, getPartial),
  bitmap: getU16(r),
  members: getList(r, getMember),
  threshold: getU16(r),
});

const MAX_MEMBERS = 10;

const multisigAddress = (members: readonly MultisigMember[], threshold: number): Address =>
  toHex(
    blake2b256(
      Uint8Array.of(FLAG.multisig, threshold & 255, threshold >> 8),
      ...members.flatMap((member) => [Uint8Array.of(member.flag), member.key, Uint8Array.of(member.weight)]),
    ),
  );

const claimPartial = (member: MultisigMember, bytes: Uint8Array, message: Uint8Array, fault: string): Unverified => {
  const { flag, key } = member;
  if (flag === FLAG.zkLogin) throw ledgerError('UNSUPPORTED', { feature: 'zkLogin signatures' });
  if (flag !== FLAG.passkey) return { flag, key, message, signature: bytes, fault };
  const claim = claimPasskey(bytes.subarray(1), message, fault);
  if (Buffer.compare(claim.key, key) !== 0) throw bad(fault);
  return claim;
};

const claimMultisig = (body: Uint8Array, message: Uint8Array): Claim => {
  const multisig = tryRead(body, getMultisig);
  if ('bcsFault' in multisig) throw bad(`${multisig.bcsFault}.`);
  const { signatures, bitmap, members, threshold } = multisig;
  const signing = members.filter((_, i) => (bitmap >> i) & 1);
  const total = members.reduce((sum, member) => sum + member.weight, 0);
  const names = new Set(members.map((member) => `${member.flag}${toHex(member.key)}`));
  if (members.length === 0 || members.length > MAX_MEMBERS || names.size !== members.length)
    throw bad(`a multisig has 1 to ${MAX_MEMBERS} different members.`);
  if (threshold === 0 || threshold > total || members.some((member) => member.weight === 0))
    throw bad('a multisig has weights and a threshold from 1 that the weights can reach.');
  if (bitmap >> members.length !== 0 || signing.length !== signatures.length)
    throw bad('the bitmap does not name one member for each signature.');
  const weight = signing.reduce((sum, member) => sum + member.weight, 0);
  if (weight < threshold) throw bad(`weight ${weight} is below the threshold ${threshold}.`);
  const unverified = signing.map((member, i) => {
    const fault = `signature ${i} of the multisig does not match.`;
    const partial = signatures[i] as { flag: number; bytes: Uint8Array };
    if (partial.flag !== member.flag) throw bad(fault);
    return claimPartial(member, partial.bytes, message, fault);
  });
  return { address: multisigAddress(members, threshold), unverified };
};

/** What a serialized signature (flag first) claims for the message; throws LEDGER_BAD_SIGNATURE when it is none. */
const claimOf = (signature: Uint8Array, message: Uint8Array): Claim => {
  const flag = signature[0];
  const body = signature.subarray(1);
  if (flag === FLAG.ed25519 || flag === FLAG.secp256k1 || flag === FLAG.secp256r1)
    return claimSimple(flag, body, message);
  if (flag === FLAG.multisig) return claimMultisig(body, message);
  if (flag === FLAG.zkLogin) throw ledgerError('UNSUPPORTED', { feature: 'zkLogin signatures' });
  if (flag !== FLAG.passkey) throw bad('its scheme is unknown.');
  const claim = claimPasskey(body, message, 'the passkey signature does not match the transaction and its public key.');
  return { address: addressOfKey(FLAG.passkey, claim.key), unverified: [claim] };
};

/** Address that a valid serialized signature proves for the message; throws LEDGER_BAD_SIGNATURE. */
export const signerOf = (signature: Uint8Array, message: Uint8Array): Address => {
  const { address, unverified } = claimOf(signature, message);
  unverified.forEach(verifyNow);
  return address;
};

/** What is to be verified of exactly one signature by each of `signers` over the transaction. */
const claimsOf = (
  transaction: Uint8Array,
  signatures: readonly Uint8Array[],
  signers: readonly Address[],
): readonly Unverified[] => {
  if (signatures.length !== signers.length)
    throw ledgerError('SIGNATURE_COUNT', { expected: signers.length, actual: signatures.length });
  const message = signingMessage(transaction);
  const claims = signatures.map((signature) => claimOf(signature, message));
  const missing = signers.find((signer) => !claims.some(({ address }) => address === signer));
  if (missing !== undefined) throw ledgerError('SIGNER_MISSING', { signer: `0x${missing}` });
  return claims.flatMap(({ unverified }) => unverified);
};

/** Requires exactly one valid signature by each of `signers` over the transaction. */
export const checkSignatures = (...given: Parameters<typeof claimsOf>): void => {
  claimsOf(...given).forEach(verifyNow);
};

/** {@link checkSignatures}, verifying on the threads of Node's pool. */
export const checkSignaturesInPool = async (...given: Parameters<typeof claimsOf>): Promise<void> => {
  await Promise.all(claimsOf(...given).map(verifyInPool));
};
