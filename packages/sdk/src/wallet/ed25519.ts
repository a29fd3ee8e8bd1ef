/**
 * Ed25519 keys on the runtime's own cryptography (RFC 8032: the same keys and signatures as any other implementation).
 * A command signs once or twice; parsing the tables of a JavaScript implementation would cost it more than all its work.
 */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { encodeSuiPrivateKey, Keypair, PublicKey, parseSerializedSignature } from '@mysten/sui/cryptography';

/** DER in front of 32 secret bytes (PKCS #8) and of 32 public bytes (SPKI), RFC 8410. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_FLAG = 0;

/** The 64 bytes of a signature given raw or in Sui's serialized form. */
const rawSignature = (signature: Uint8Array | string): Uint8Array => {
  if (typeof signature !== 'string') return signature;
  const parsed = parseSerializedSignature(signature);
  return parsed.signatureScheme === 'ED25519' ? parsed.signature : new Uint8Array();
};

/** An Ed25519 public key as Sui's signers carry it. */
class Ed25519NodePublicKey extends PublicKey {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    super();
    this.#bytes = bytes;
  }

  toRawBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes);
  }

  flag(): number {
    return ED25519_FLAG;
  }

  async verify(data: Uint8Array, signature: Uint8Array | string): Promise<boolean> {
    const key = createPublicKey({ key: Buffer.concat([SPKI, this.#bytes]), format: 'der', type: 'spki' });
    return verify(null, data, key, rawSignature(signature));
  }
}

/** An Ed25519 key that signs with the runtime's cryptography. */
class Ed25519NodeKeypair extends Keypair {
  readonly #secret: Uint8Array;
  readonly #key: KeyObject;
  readonly #publicKey: Ed25519NodePublicKey;

  constructor(secret: Uint8Array) {
    super();
    this.#secret = new Uint8Array(secret);
    this.#key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
    const spki = createPublicKey(this.#key).export({ format: 'der', type: 'spki' });
    this.#publicKey = new Ed25519NodePublicKey(new Uint8Array(spki.subarray(SPKI.length)));
  }

  getKeyScheme(): 'ED25519' {
    return 'ED25519';
  }

  getPublicKey(): PublicKey {
    return this.#publicKey;
  }

  getSecretKey(): string {
    return encodeSuiPrivateKey(this.#secret, 'ED25519');
  }

  async sign(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(sign(null, data, this.#key));
  }
}

/** The key of 32 secret bytes. */
export const ed25519FromSecret = (secret: Uint8Array): Keypair => new Ed25519NodeKeypair(secret);
