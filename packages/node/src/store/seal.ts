/** Encryption of stored bodies and answers at rest: AES-256-GCM, nonce(12) || tag(16) || ciphertext. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { nodeError } from '../node-errors.ts';

/** Turns records into what lies on disk and back. */
export interface Sealer {
  readonly seal: (plain: Uint8Array) => Uint8Array;
  readonly open: (sealed: Uint8Array) => Uint8Array;
}

/** Leaves records as they are. */
export const noSeal: Sealer = { seal: (plain) => plain, open: (sealed) => sealed };

/** Seals with a key of 32 bytes. */
export const aesSeal = (key: Uint8Array): Sealer => ({
  seal: (plain) => {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  },
  open: (sealed) => {
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12));
      decipher.setAuthTag(sealed.subarray(12, 28));
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]);
    } catch (cause) {
      throw nodeError('SEAL', {}, cause);
    }
  },
});
