/**
 * The form of a sealed answer: 0x01 || rn || frames. A frame is u32le of its sealed length, whose top bit marks the final one, and
 * AES-128-GCM over u8 type || u32le n || data || zeros. Without a cipher, so that daemons and browsers share it.
 */
import { wireError } from '../wire-errors.ts';
import { isZero, joinBytes, SEALED_VERSION } from './inner.ts';

/** What a frame carries; `receipt` and `problem` are final. */
export const frameTypes = { head: 0, data: 1, receipt: 2, problem: 3, padding: 4 } as const;

/** Name of a frame's type. */
export type FrameType = keyof typeof frameTypes;

/** An opened frame. */
export interface Frame {
  readonly type: FrameType;
  readonly data: Uint8Array;
}

/** Bytes of the random part that answer keys follow from. */
export const RN_BYTES = 32;
const PREFIX_BYTES = 1 + RN_BYTES;
const TAG_BYTES = 16;
/** u8 type, u32le length. */
const HEAD_BYTES = 5;
const STEP_BYTES = 256;
/** Data of one frame; more is cut into several. */
export const MOST_FRAME_DATA = 65_536 - HEAD_BYTES;
const FINAL = 0x8000_0000;
/** Values of 32 bits: an index is written as two of them. */
const WORD = 2 ** 32;
const encoder = new TextEncoder();
const AAD = encoder.encode('atoma/l2/frame/1');
const names = Object.keys(frameTypes) as readonly FrameType[];

/** Names under which the keys of an attempt are derived. */
export const ANSWER_LABELS = {
  key: encoder.encode('atoma/l2/v1 key'),
  nonce: encoder.encode('atoma/l2/v1 nonce'),
} as const;

/** Whether a frame of this type ends an answer. */
export const isFinal = (type: FrameType): boolean => type === 'receipt' || type === 'problem';

/** What is wrong with an answer that is not the one that was sealed. */
export const changedAnswer = () => wireError('SEALED', { why: 'the answer was changed, cut or reordered on its way' });

/** base XOR (0^4 || u64be index), 12 bytes. */
export const frameNonce = (base: Uint8Array, index: number): Uint8Array<ArrayBuffer> => {
  const nonce = new Uint8Array(base.length);
  nonce.set(base);
  const view = new DataView(nonce.buffer);
  view.setUint32(4, view.getUint32(4) ^ Math.floor(index / WORD));
  view.setUint32(8, view.getUint32(8) ^ (index % WORD));
  return nonce;
};

/** "atoma/l2/frame/1" || u64le index || u8 final. */
export const frameAad = (index: number, final: boolean): Uint8Array<ArrayBuffer> => {
  const aad = new Uint8Array(AAD.length + 9);
  aad.set(AAD);
  const view = new DataView(aad.buffer);
  view.setUint32(AAD.length, index % WORD, true);
  view.setUint32(AAD.length + 4, Math.floor(index / WORD), true);
  aad[AAD.length + 8] = final ? 1 : 0;
  return aad;
};

/** The text of a frame. */
export const packFrame = (type: FrameType, data: Uint8Array): Uint8Array => {
  const plain = new Uint8Array(Math.ceil((HEAD_BYTES + data.length) / STEP_BYTES) * STEP_BYTES);
  plain[0] = frameTypes[type];
  new DataView(plain.buffer).setUint32(1, data.length, true);
  plain.set(data, HEAD_BYTES);
  return plain;
};

/** A frame as it travels. */
export const frameBytes = (sealed: Uint8Array, final: boolean): Uint8Array => {
  const head = new DataView(new ArrayBuffer(4));
  head.setUint32(0, (sealed.length | (final ? FINAL : 0)) >>> 0, true);
  return joinBytes(new Uint8Array(head.buffer), sealed);
};

/** Reads the text of the frame at a place. Throws `WIRE_SEALED`. */
export const readFrame = (plain: Uint8Array, index: number, final: boolean): Frame => {
  if (plain.length < HEAD_BYTES) throw changedAnswer();
  const type = names.find((name) => frameTypes[name] === plain[0]);
  const end = HEAD_BYTES + new DataView(plain.buffer, plain.byteOffset, HEAD_BYTES).getUint32(1, true);
  const right =
    type !== undefined &&
    isFinal(type) === final &&
    (type === 'head') === (index === 0) &&
    plain.length === Math.ceil(end / STEP_BYTES) * STEP_BYTES &&
    isZero(plain.subarray(end));
  if (!right) throw changedAnswer();
  return { type, data: plain.subarray(HEAD_BYTES, end) };
};

/** A frame that has come whole, still sealed. */
export interface SealedFrame {
  readonly rn: Uint8Array<ArrayBuffer>;
  readonly index: number;
  readonly final: boolean;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

/** Cuts the bytes of an answer into frames as they come. */
export interface FrameCutter {
  /** The next frame that is whole; undefined while bytes are missing. Throws `WIRE_SEALED`, also for bytes behind the final frame. */
  readonly next: () => SealedFrame | undefined;
  readonly add: (bytes: Uint8Array) => void;
}

/** Starts with the first byte of an answer. */
export const createFrameCutter = (): FrameCutter => {
  let waiting: Uint8Array<ArrayBuffer> = new Uint8Array();
  let rn: Uint8Array<ArrayBuffer> | undefined;
  let index = 0;
  let ended = false;
  return {
    add: (bytes) => {
      waiting = joinBytes(waiting, bytes);
    },
    next: () => {
      if (!rn) {
        if (waiting.length < PREFIX_BYTES) return undefined;
        if (waiting[0] !== SEALED_VERSION) throw changedAnswer();
        rn = waiting.slice(1, PREFIX_BYTES);
        waiting = waiting.subarray(PREFIX_BYTES);
      }
      if (ended && waiting.length > 0) throw changedAnswer();
      if (waiting.length < 4) return undefined;
      const marked = new DataView(waiting.buffer, waiting.byteOffset, 4).getUint32(0, true);
      const length = marked & ~FINAL;
      if (length < STEP_BYTES + TAG_BYTES || length > HEAD_BYTES + MOST_FRAME_DATA + TAG_BYTES) throw changedAnswer();
      if (waiting.length < 4 + length) return undefined;
      const sealed = waiting.subarray(4, 4 + length);
      waiting = waiting.subarray(4 + length);
      ended = marked >= FINAL;
      return { rn, index: index++, final: ended, sealed };
    },
  };
};
