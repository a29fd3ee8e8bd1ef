/** A sealed answer: each frame is sealed once, in order, and exactly one of them is final. */
import { randomBytes } from 'node:crypto';
import { wireError } from '../wire-errors.ts';
import {
  ANSWER_LABELS,
  changedAnswer,
  createFrameCutter,
  type Frame,
  type FrameType,
  frameAad,
  frameBytes,
  frameNonce,
  isFinal,
  MOST_FRAME_DATA,
  packFrame,
  RN_BYTES,
  readFrame,
} from './frame.ts';
import { expand, extract, gcmOpen, gcmSeal } from './hpke.ts';
import { joinBytes, type RequestSecrets, SEALED_VERSION } from './inner.ts';

const [KEY_BYTES, NONCE_BYTES] = [16, 12];

/** Keys of one attempt: `rn` is random, so that two attempts of one envelope never share a key. */
const keysOf = ({ enc, answer }: RequestSecrets, rn: Uint8Array) => {
  const prk = extract(joinBytes(enc, rn), answer);
  return { key: expand(prk, ANSWER_LABELS.key, KEY_BYTES), base: expand(prk, ANSWER_LABELS.nonce, NONCE_BYTES) };
};

/** Seals the frames of one attempt. */
export interface AnswerSealer {
  /** The bytes to append; the first call begins the answer. Throws `WIRE_SEALED` after the final frame. */
  readonly frame: (type: FrameType, data?: Uint8Array) => Uint8Array;
}

/** Starts an answer to a request. `observe` is told every nonce with its key; used to prove that none is used twice. */
export const createAnswerSealer = (
  secrets: RequestSecrets,
  observe: (key: Uint8Array, nonce: Uint8Array) => void = () => undefined,
): AnswerSealer => {
  const rn = randomBytes(RN_BYTES);
  const { key, base } = keysOf(secrets, rn);
  let index = 0;
  let ended = false;
  const seal = (type: FrameType, data: Uint8Array): Uint8Array => {
    if (ended) throw wireError('SEALED', { why: 'the answer has ended' });
    ended = isFinal(type);
    const nonce = frameNonce(base, index);
    observe(key, nonce);
    return frameBytes(gcmSeal(key, nonce, frameAad(index++, ended), packFrame(type, data)), ended);
  };
  return {
    frame: (type, data = new Uint8Array()) => {
      const parts: Uint8Array[] = index === 0 ? [Uint8Array.of(SEALED_VERSION), rn] : [];
      if (data.length > MOST_FRAME_DATA && isFinal(type)) throw wireError('SEALED', { why: 'its end is too large' });
      for (let at = 0; at === 0 || at < data.length; at += MOST_FRAME_DATA)
        parts.push(seal(type, data.subarray(at, at + MOST_FRAME_DATA)));
      return Buffer.concat(parts);
    },
  };
};

/** Opens frames as their bytes come. */
export interface AnswerOpener {
  /** Frames that are complete by now. Throws `WIRE_SEALED` for anything that is not the next frame of this answer. */
  readonly push: (bytes: Uint8Array) => readonly Frame[];
  /** Whether the final frame was there. */
  readonly ended: () => boolean;
}

/** Starts reading an answer to a request this side sealed. */
export const createAnswerOpener = (secrets: RequestSecrets): AnswerOpener => {
  const cutter = createFrameCutter();
  let keys: ReturnType<typeof keysOf> | undefined;
  let ended = false;
  return {
    push: (bytes) => {
      cutter.add(bytes);
      const frames: Frame[] = [];
      for (let next = cutter.next(); next; next = cutter.next()) {
        const { rn, index, final, sealed } = next;
        keys ??= keysOf(secrets, rn);
        const plain = gcmOpen(keys.key, frameNonce(keys.base, index), frameAad(index, final), sealed);
        if (!plain) throw changedAnswer();
        frames.push(readFrame(plain, index, final));
        ended = final;
      }
      return frames;
    },
    ended: () => ended,
  };
};
