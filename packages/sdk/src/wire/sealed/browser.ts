/**
 * Sealing where there is no cipher of Node's: requests and answers of level 2 in a browser, by @hpke/core and WebCrypto. The bytes are those
 * of `request.ts` and `answer.ts`. A browser does not judge evidence of hardware: who uses this was told by somebody it
 * trusts which enclave key is the right one, and checks that this key signs channel keys and receipts.
 * @module @atoma/sdk/sealed
 */
import { Aes128Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core';
import { verifyDetached } from '../signature.ts';
import { wireError } from '../wire-errors.ts';
import { type ChannelKeyRecord, channelKeyLayout, channelKid } from './channel-key.ts';
import {
  ANSWER_LABELS,
  changedAnswer,
  createFrameCutter,
  type Frame,
  frameAad,
  frameNonce,
  readFrame,
} from './frame.ts';
import {
  EXPORTS,
  joinBytes,
  paddedInner,
  type RequestSecrets,
  type SealRequestParameters,
  sealedBody,
  sealedInfo,
} from './inner.ts';

export { blindContentHash } from './blind.ts';
export { type Frame, type FrameType, frameTypes } from './frame.ts';
export {
  type InnerRequest,
  type RequestSecrets,
  SEALED_TYPE,
  type SealRequestParameters,
  unitsClass,
} from './inner.ts';
export { type ReceiptSigners, receiptSigners } from './pair.ts';

/** A channel key whose signature was checked. */
export interface BrowserChannelKey {
  readonly kid: Uint8Array;
  readonly record: ChannelKeyRecord;
}

/** Reads a key of a node's `/v1/evidence` (`record` and `signature`, as bytes). Rejects with `WIRE_SEALED` where another key signed it. */
export const readChannelKey = async (
  record: Uint8Array,
  signature: Uint8Array,
  enclaveKey: Uint8Array,
): Promise<BrowserChannelKey> => {
  if (!(await verifyDetached(enclaveKey, record, signature)))
    throw wireError('SEALED', { why: 'its channel key is not signed by the environment' });
  return { kid: channelKid(record), record: channelKeyLayout.decode(record) };
};

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
const encoder = new TextEncoder();
const { subtle } = globalThis.crypto;
const own = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.from(bytes);

/** Seals a request for one envelope. Every call uses a fresh key: a retry sends the same bytes again. Throws `WIRE_SEALED`. */
export const sealRequestInBrowser = async ({
  kid,
  publicKey,
  signer,
  envelope,
  inner,
}: SealRequestParameters): Promise<{ readonly body: Uint8Array; readonly secrets: RequestSecrets }> => {
  const info = sealedInfo(kid, signer, envelope);
  const { plain, innerHash } = paddedInner(inner);
  try {
    const recipientPublicKey = await suite.kem.importKey('raw', own(publicKey).buffer, true);
    const context = await suite.createSenderContext({ recipientPublicKey, info });
    const derive = async (name: string): Promise<Uint8Array> =>
      new Uint8Array(await context.export(encoder.encode(name), 32));
    const enc = new Uint8Array(context.enc);
    const [answer, salt] = [await derive(EXPORTS.answer), await derive(EXPORTS.salt)];
    const text = new Uint8Array(await context.seal(own(plain)));
    return { body: sealedBody(kid, enc, text), secrets: { enc, answer, salt, innerHash } };
  } catch (cause) {
    throw wireError('SEALED', { why: 'its key is not usable' }, cause);
  }
};

const hmac = async (key: Uint8Array, message: Uint8Array): Promise<Uint8Array> => {
  const imported = await subtle.importKey('raw', own(key), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await subtle.sign('HMAC', imported, own(message)));
};

/** HKDF (RFC 5869) as the environment derives the keys of an attempt; at most 32 bytes each. */
const keysOf = async ({ enc, answer }: RequestSecrets, rn: Uint8Array) => {
  const prk = await hmac(joinBytes(enc, rn), answer);
  const expand = async (label: Uint8Array, length: number): Promise<Uint8Array<ArrayBuffer>> =>
    own((await hmac(prk, joinBytes(label, Uint8Array.of(1)))).subarray(0, length));
  const key = await subtle.importKey('raw', await expand(ANSWER_LABELS.key, 16), 'AES-GCM', false, ['decrypt']);
  return { key, base: await expand(ANSWER_LABELS.nonce, 12) };
};

/** Opens frames as their bytes come. */
export interface BrowserAnswerOpener {
  /**
   * Frames that are complete by now; wait for one call before the next. Rejects with `WIRE_SEALED` for anything that is not the next
   * frame of this answer.
   */
  readonly push: (bytes: Uint8Array) => Promise<readonly Frame[]>;
  /** Whether the final frame was there; an answer without it is none. */
  readonly ended: () => boolean;
}

/** Starts reading an answer to a request that was sealed here. */
export const createBrowserAnswerOpener = (secrets: RequestSecrets): BrowserAnswerOpener => {
  const cutter = createFrameCutter();
  let keys: Awaited<ReturnType<typeof keysOf>> | undefined;
  let ended = false;
  return {
    push: async (bytes) => {
      cutter.add(bytes);
      const frames: Frame[] = [];
      for (let next = cutter.next(); next; next = cutter.next()) {
        const { rn, index, final, sealed } = next;
        keys ??= await keysOf(secrets, rn);
        const { key, base } = keys;
        const iv = frameNonce(base, index);
        const opening = subtle.decrypt({ name: 'AES-GCM', iv, additionalData: frameAad(index, final) }, key, sealed);
        const plain = await opening.catch(() => {
          throw changedAnswer();
        });
        frames.push(readFrame(new Uint8Array(plain), index, final));
        ended = final;
      }
      return frames;
    },
    ended: () => ended,
  };
};
