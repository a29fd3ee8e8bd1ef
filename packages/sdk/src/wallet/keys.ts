/**
 * Secret keys and signers. Key classes are imported when a key is opened: they parse tables of constants that a command
 * without a key should not pay for.
 */
import { randomBytes } from 'node:crypto';
import { fromHex, isAtomaError } from '@atoma/base';
import type { Keypair, Signer } from '@mysten/sui/cryptography';
import { walletError } from '../sdk-errors.ts';
import { ed25519FromSecret } from './ed25519.ts';

/** Signature schemes a wallet key can have. */
export type KeyScheme = 'ed25519' | 'secp256k1' | 'secp256r1';

/** What may be told about a key. */
export interface KeyInfo {
  /** `0x` and 64 hex digits. */
  readonly address: string;
  readonly scheme: KeyScheme;
  /** Base64 of scheme flag and public key bytes, as Sui prints it. */
  readonly publicKey: string;
}

/** Scheme flags in Sui's serialized keys. */
const SCHEME_BY_FLAG: readonly KeyScheme[] = ['ed25519', 'secp256k1', 'secp256r1'];

/** Whether a value names a scheme. */
export const isKeyScheme = (value: unknown): value is KeyScheme => SCHEME_BY_FLAG.some((scheme) => scheme === value);

const SECRET_BYTES = 32;

const loadScheme = {
  secp256k1: async () => (await import('@mysten/sui/keypairs/secp256k1')).Secp256k1Keypair,
  secp256r1: async () => (await import('@mysten/sui/keypairs/secp256r1')).Secp256r1Keypair,
};

/** A new random key. */
export const generateKey = async (scheme: KeyScheme = 'ed25519'): Promise<Keypair> => {
  if (scheme === 'ed25519') return ed25519FromSecret(randomBytes(SECRET_BYTES));
  return (await loadScheme[scheme]()).generate();
};

/** The key of a scheme and its 32 secret bytes. */
export const keyFromBytes = async (scheme: KeyScheme, secret: Uint8Array): Promise<Keypair> => {
  if (secret.length !== SECRET_BYTES) throw walletError('SECRET', { why: `it has ${secret.length} bytes, not 32` });
  if (scheme === 'ed25519') return ed25519FromSecret(secret);
  return (await loadScheme[scheme]()).fromSecretKey(secret);
};

/** Bytes of base64 as the Sui tool reads it: the standard alphabet, padded. A letter that is none is not passed over. */
const fromBase64 = (text: string): Uint8Array => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return new Uint8Array(bytes);
  throw walletError('SECRET', { why: 'it is neither words nor hex, nor base64 with its padding' });
};

/** The key of a keystore entry: base64 of scheme flag and 32 bytes. Throws `WALLET_SECRET`. */
export const keyFromEntry = async (text: string): Promise<Keypair> => {
  const entry = fromBase64(text);
  const scheme = SCHEME_BY_FLAG[entry[0] ?? 255];
  if (entry.length !== SECRET_BYTES + 1) throw walletError('SECRET', { why: `it has ${entry.length} bytes, not 33` });
  if (!scheme) throw walletError('SECRET', { why: `scheme flag ${entry[0]} is unknown` });
  return keyFromBytes(scheme, entry.subarray(1));
};

/** Scheme flag and 32 secret bytes of a key, as keystores hold them. */
export const entryFromKey = async (key: Keypair): Promise<Uint8Array> => {
  const { decodeSuiPrivateKey } = await import('@mysten/sui/cryptography');
  const { scheme, secretKey } = decodeSuiPrivateKey(key.getSecretKey());
  return Uint8Array.of(SCHEME_BY_FLAG.indexOf(scheme.toLowerCase() as KeyScheme), ...secretKey);
};

/** Runs the decoder, whose own errors could quote the secret. */
const decoded = <Key>(decode: () => Key): Key => {
  try {
    return decode();
  } catch {
    throw walletError('SECRET', { why: 'its checksum does not fit: a letter is wrong, missing or too many' });
  }
};

const fromBech32 = async (secret: string): Promise<Keypair> => {
  const { decodeSuiPrivateKey } = await import('@mysten/sui/cryptography');
  const { scheme, secretKey } = decoded(() => decodeSuiPrivateKey(secret));
  return keyFromBytes(scheme.toLowerCase() as KeyScheme, secretKey);
};

/** Word counts of BIP-39: 128 to 256 bits of entropy. */
const MNEMONIC_LENGTHS = [12, 15, 18, 21, 24];

/** Throws `WALLET_SECRET` for what is no BIP-39 mnemonic; of its words only one that is in no mnemonic is repeated. */
const checkMnemonic = async (words: readonly string[]): Promise<void> => {
  const { validateMnemonic, wordlist } = await import('./bip39.ts');
  const refuse = (why: string) => walletError('SECRET', { why });
  if (!MNEMONIC_LENGTHS.includes(words.length))
    throw refuse(`it has ${words.length} words, and a mnemonic has ${MNEMONIC_LENGTHS.join(', ')}`);
  const unknown = words.findIndex((word) => !wordlist.includes(word));
  if (unknown >= 0) throw refuse(`word ${unknown + 1}, "${words[unknown]}", is not in the BIP-39 list`);
  if (!validateMnemonic(words.join(' '), wordlist))
    throw refuse('its checksum does not fit: a word is wrong or out of order');
};

const fromMnemonic = async (words: readonly string[]): Promise<Keypair> => {
  await checkMnemonic(words);
  const { Ed25519Keypair } = await import('@mysten/sui/keypairs/ed25519');
  return Ed25519Keypair.deriveKeypair(words.join(' '));
};

const decodeSecret = async (secret: string): Promise<Keypair> => {
  // Bech32 may be written in capitals, though not in both.
  const plain = secret === secret.toUpperCase() ? secret.toLowerCase() : secret;
  if (plain.startsWith('suiprivkey1')) return fromBech32(plain);
  if (/\s/.test(secret)) return fromMnemonic(secret.normalize('NFKD').toLowerCase().split(/\s+/));
  const [, digits] = /^(?:0[xX])?([0-9a-fA-F]{64})$/.exec(secret) ?? [];
  if (digits !== undefined) return keyFromBytes('ed25519', fromHex(digits) as Uint8Array);
  if (/^0x/i.test(secret)) throw walletError('SECRET', { why: 'after 0x come 64 hex digits' });
  return keyFromEntry(secret);
};

/**
 * The key of a secret in any usual form: `suiprivkey1...`, base64 of flag and 32 bytes, hex of 32 bytes (ed25519) or a
 * BIP-39 mnemonic in any case (ed25519, Sui's first path). Throws `WALLET_SECRET`, which never
 * contains the secret.
 */
export const keyFromSecret = async (secret: string): Promise<Keypair> => {
  try {
    return await decodeSecret(secret.trim());
  } catch (cause) {
    if (isAtomaError(cause, 'WALLET_SECRET')) throw cause;
    throw walletError('SECRET', { why: 'no form fits' });
  }
};

/** `keyFromSecret` as a signer. */
export const signerFromSecret = (secret: string): Promise<Signer> => keyFromSecret(secret);

/** Address, scheme and public key of a signer. Throws `WALLET_SCHEME` for multisig, zkLogin and passkey signers. */
export const describeSigner = (signer: Signer): KeyInfo => {
  const scheme = signer.getKeyScheme().toLowerCase();
  if (!SCHEME_BY_FLAG.includes(scheme as KeyScheme)) throw walletError('SCHEME', { scheme });
  return {
    address: signer.toSuiAddress(),
    scheme: scheme as KeyScheme,
    publicKey: signer.getPublicKey().toSuiPublicKey(),
  };
};

/** The secret as `suiprivkey1...`. Throws `WALLET_SCHEME` when the signer does not hold its secret. */
export const exportSecret = (signer: Signer): string => {
  if (!('getSecretKey' in signer)) throw walletError('SCHEME', { scheme: signer.getKeyScheme() });
  return (signer as Keypair).getSecretKey();
};
