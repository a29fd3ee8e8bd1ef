/**
 * A sealed answer: 0x01 || rn || frames, each sealed once, in order, exactly one of them final. A frame is u32le of its sealed length,
 * whose top bit marks the final one, and AES-128-GCM over u8 type || u32le n || data || zeros.
 */
import { randomBytes } from 'node:crypto';
import { wireError } from '../errors.ts';
import { expand, extract, gcmOpen, gcmSeal, TAG_BYTES } from './hpke.ts';
import type { RequestSecrets } from './request.ts';

/** What a frame carries; `receipt` and `problem` are final. */
export const frameTypes = { head: 0, data: 1, receipt: 2, problem: 3, padding: 4 } as const;

/** Name of a frame's type. */
export type FrameType = keyof typeof frameTypes;

/** An opened frame. */
export interface Frame {
  readonly type: FrameType;
  readonly data: Uint8Array;
}

const VERSION = 0x01;
const [KEY_BYTES, NONCE_BYTES, RN_BYTES] = [16, 12, 32];
const PREFIX_BYTES = 1 + RN_BYTES;
/** u8 type, u32le length. */
const HEAD_BYTES = 5;
const STEP_BYTES = 256;
/** Data of one frame; more is cut into several. */
const MOST_DATA = 65_536 - HEAD_BYTES;
const FINAL = 0x8000_0000;
const AAD = new TextEncoder().encode('atoma/l2/frame/1');
const names = Object.keys(frameTypes) as readonly FrameType[];
const isFinal = (type: FrameType): boolean => type === 'receipt' || type === 'problem';

const encoder = new TextEncoder();

/** Keys of one attempt: `rn` is random, so that two attempts of one envelope never share a key. */
const keysOf = ({ enc, answer }: RequestSecrets, rn: Uint8Array) => {
  const prk = extract(Buffer.concat([enc, rn]), answer);
  return {
    key: expand(prk, encoder.encode('atoma/l2/v1 key'), KEY_BYTES),
    base: expand(prk, encoder.encode('atoma/l2/v1 nonce'), NONCE_BYTES),
  };
};

const nonceAt = (base: Uint8Array, index: number): Uint8Array => {
  const nonce = Buffer.from(base);
  nonce.writeBigUInt64BE(nonce.readBigUInt64BE(4) ^ BigInt(index), 4);
  return nonce;
};

const aadOf = (index: number, final: boolean): Uint8Array => {
  const aad = Buffer.alloc(AAD.length + 9);
  aad.set(AAD);
  aad.writeBigUInt64LE(BigInt(index), AAD.length);
  aad[AAD.length + 8] = final ? 1 : 0;
  return aad;
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
  const seal = (type: FrameType, data: Uint8Array): Buffer => {
    if (ended) throw wireError('SEALED', { why: 'the answer has ended' });
    ended = isFinal(type);
    const plain = Buffer.alloc(Math.ceil((HEAD_BYTES + data.length) / STEP_BYTES) * STEP_BYTES);
    plain[0] = frameTypes[type];
    plain.writeUInt32LE(data.length, 1);
    plain.set(data, HEAD_BYTES);
    const nonce = nonceAt(base, index);
    observe(key, nonce);
    const sealed = gcmSeal(key, nonce, aadOf(index, ended), plain);
    index++;
    const head = Buffer.alloc(4);
    head.writeUInt32LE((sealed.length | (ended ? FINAL : 0)) >>> 0);
    return Buffer.concat([head, sealed]);
  };
  return {
    frame: (type, data = new Uint8Array()) => {
      const parts: Uint8Array[] = index === 0 ? [Uint8Array.of(VERSION), rn] : [];
      if (data.length > MOST_DATA && isFinal(type)) throw wireError('SEALED', { why: 'its end is too large' });
      for (let at = 0; at === 0 || at < data.length; at += MOST_DATA)
        parts.push(seal(type, data.subarray(at, at + MOST_DATA)));
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

const changed = () => wireError('SEALED', { why: 'the answer was changed, cut or reordered on its way' });

const readFrame = (plain: Buffer, final: boolean): Frame => {
  const type = names.find((name) => frameTypes[name] === plain[0]);
  const length = plain.readUInt32LE(1);
  const end = HEAD_BYTES + length;
  const right =
    type !== undefined &&
    isFinal(type) === final &&
    plain.length === Math.ceil(end / STEP_BYTES) * STEP_BYTES &&
    plain.subarray(end).every((byte) => byte === 0);
  if (!right) throw changed();
  return { type, data: plain.subarray(HEAD_BYTES, end) };
};

/** Starts reading an answer to a request this side sealed. */
export const createAnswerOpener = (secrets: RequestSecrets): AnswerOpener => {
  let waiting: Buffer = Buffer.alloc(0);
  let keys: ReturnType<typeof keysOf> | undefined;
  let index = 0;
  let ended = false;
  const next = (): Frame | undefined => {
    if (!keys) {
      if (waiting.length < PREFIX_BYTES) return undefined;
      if (waiting[0] !== VERSION) throw changed();
      keys = keysOf(secrets, waiting.subarray(1, PREFIX_BYTES));
      waiting = waiting.subarray(PREFIX_BYTES);
    }
    if (ended && waiting.length > 0) throw changed();
    if (waiting.length < 4) return undefined;
    const marked = waiting.readUInt32LE(0);
    const length = marked & ~FINAL;
    if (length < STEP_BYTES + TAG_BYTES || length > HEAD_BYTES + MOST_DATA + TAG_BYTES) throw changed();
    if (waiting.length < 4 + length) return undefined;
    const final = marked >= FINAL;
    const plain = gcmOpen(keys.key, nonceAt(keys.base, index), aadOf(index, final), waiting.subarray(4, 4 + length));
    if (!plain) throw changed();
    waiting = waiting.subarray(4 + length);
    const frame = readFrame(plain, final);
    if ((frame.type === 'head') !== (index === 0)) throw changed();
    index++;
    ended = final;
    return frame;
  };
  return {
    push: (bytes) => {
      waiting = waiting.length === 0 ? Buffer.from(bytes) : Buffer.concat([waiting, bytes]);
      const frames: Frame[] = [];
      for (let frame = next(); frame; frame = next()) frames.push(frame);
      return frames;
    },
    ended: () => ended,
  };
};
