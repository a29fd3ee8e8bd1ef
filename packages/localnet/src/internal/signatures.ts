import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../errors.ts';
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

/** True when `signature` (64 bytes) by the raw public key covers `message`; curves hash it with SHA-256 first, as Sui does. */
const verifyRaw = (flag: number, key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  const imported = importKey(flag, key);
  if (!imported) return false;
  if (flag === FLAG.ed25519) return verify(null, message, imported, signature);
  if (Buffer.compare(signature.subarray(32), HALF_ORDER[flag] as Buffer) > 0) return false;
  return verify('sha256', message, { key: imported, dsaEncoding: 'ieee-p1363' }, signature);
};

const KEY_LENGTH: Readonly<Record<number, number>> = { 0: 32, 1: 33, 2: 33, 6: 33 };

const addressOfKey = (flag: number, key: Uint8Array): Address => toHex(blake2b256(Uint8Array.of(flag), key));

const bad = (reason: string) => ledgerError('BAD_SIGNATURE', { reason });

const checkSimple = (flag: number, body: Uint8Array, message: Uint8Array): Address => {
  const keyLength = KEY_LENGTH[flag] as number;
  if (body.length !== 64 + keyLength) throw bad(`it has ${body.length} bytes, ${64 + keyLength} are expected.`);
  const key = body.subarray(64);
  if (!verifyRaw(flag, key, message, body.subarray(0, 64)))
    throw bad('it does not match the transaction and its public key.');
  return addressOfKey(flag, key);
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

const checkPasskey = (body: Uint8Array, message: Uint8Array): { readonly key: Uint8Array; readonly valid: boolean } => {
  const passkey = tryRead(body, getPasskey);
  if ('bcsFault' in passkey) throw bad(`${passkey.bcsFault}.`);
  const { authenticatorData, clientDataJson, userSignature } = passkey;
  if (userSignature.length !== 98 || userSignature[0] !== FLAG.secp256r1) throw bad('a passkey signs with secp256r1.');
  const key = userSignature.subarray(65);
  const challenge = challengeOf(clientDataJson);
  const payload = Buffer.concat([authenticatorData, createHash('sha256').update(clientDataJson, 'utf8').digest()]);
  const valid =
    challenge !== undefined &&
    Buffer.compare(challenge, message) === 0 &&
    verifyRaw(FLAG.secp256r1, key, payload, userSignature.subarray(1, 65));
  return { key, valid };
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

const partialIsValid = (member: MultisigMember, bytes: Uint8Array, message: Uint8Array): boolean => {
  if (member.flag === FLAG.zkLogin) throw ledgerError('UNSUPPORTED', { feature: 'zkLogin signatures' });
  if (member.flag !== FLAG.passkey) return verifyRaw(member.flag, member.key, message, bytes);
  const { key, valid } = checkPasskey(bytes.subarray(1), message);
  return valid && Buffer.compare(key, member.key) === 0;
};

const checkMultisig = (body: Uint8Array, message: Uint8Array): Address => {
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
  signing.forEach((member, i) => {
    const partial = signatures[i] as { flag: number; bytes: Uint8Array };
    if (partial.flag !== member.flag || !partialIsValid(member, partial.bytes, message))
      throw bad(`signature ${i} of the multisig does not match.`);
  });
  const weight = signing.reduce((sum, member) => sum + member.weight, 0);
  if (weight < threshold) throw bad(`weight ${weight} is below the threshold ${threshold}.`);
  return multisigAddress(members, threshold);
};

/** Address that a valid serialized signature (flag first) proves for the message; throws LEDGER_BAD_SIGNATURE. */
export const signerOf = (signature: Uint8Array, message: Uint8Array): Address => {
  const flag = signature[0];
  const body = signature.subarray(1);
  if (flag === FLAG.ed25519 || flag === FLAG.secp256k1 || flag === FLAG.secp256r1)
    return checkSimple(flag, body, message);
  if (flag === FLAG.multisig) return checkMultisig(body, message);
  if (flag === FLAG.zkLogin) throw ledgerError('UNSUPPORTED', { feature: 'zkLogin signatures' });
  if (flag !== FLAG.passkey) throw bad('its scheme is unknown.');
  const { key, valid } = checkPasskey(body, message);
  if (!valid) throw bad('the passkey signature does not match the transaction and its public key.');
  return addressOfKey(FLAG.passkey, key);
};

/** Requires exactly one valid signature by each of `signers` over the transaction. */
export const checkSignatures = (
  transaction: Uint8Array,
  signatures: readonly Uint8Array[],
  signers: readonly Address[],
): void => {
  if (signatures.length !== signers.length)
    throw ledgerError('SIGNATURE_COUNT', { expected: signers.length, actual: signatures.length });
  const message = signingMessage(transaction);
  const proven = new Set(signatures.map((signature) => signerOf(signature, message)));
  const missing = signers.find((signer) => !proven.has(signer));
  if (missing !== undefined) throw ledgerError('SIGNER_MISSING', { signer: `0x${missing}` });
};
