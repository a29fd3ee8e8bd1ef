/**
 * Records of the log of intents: `length`, `~length` and CRC-32 of the payload (u32, little endian), then the payload. The first one
 * names the owner; the others are open requests: numbers, texts and lengths in JSON, bytes.
 */
import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type JournalRequest, noAnswer } from './types.ts';

/** What a log holds. */
export interface FoundIntents {
  /** Whose requests they are; undefined when there is no log. */
  readonly owner: string | undefined;
  /** In the order they were written, all of them open. A record whose write never returned is not among them. */
  readonly requests: readonly JournalRequest[];
  /** Where a record is not what was written, bytes from the beginning; nothing after it was read. Undefined: nowhere. */
  readonly damagedAt: number | undefined;
}

/** Bytes before the payload. */
const FRAME = 12;
/** Bytes of the numbers a request begins with: length of its texts, stack, max_units, time. */
const NUMBERS = 28;

/** Puts bytes into a record. */
export const framed = (parts: readonly Uint8Array[]): Buffer => {
  const record = Buffer.concat([Buffer.alloc(FRAME), ...parts]);
  const length = record.length - FRAME;
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(~length >>> 0, 4);
  record.writeUInt32LE(crc32(record.subarray(FRAME)), 8);
  return record;
};

/** The record of an open request. Throws a RangeError for numbers that the database would refuse later. */
export const encodeIntent = (r: JournalRequest): Buffer => {
  const { requestId, endpoint, model, tag, envelope, signature, body } = r;
  const lengths = [envelope.length, signature.length, body?.length ?? null];
  const texts = Buffer.from(JSON.stringify([requestId, endpoint, model, tag, ...lengths]));
  const numbers = Buffer.alloc(NUMBERS);
  numbers.writeUInt32LE(texts.length, 0);
  numbers.writeBigInt64LE(r.stack, 4);
  numbers.writeBigInt64LE(r.maxUnits, 12);
  numbers.writeBigInt64LE(BigInt(r.createdMs), 20);
  return framed([numbers, texts, envelope, signature, ...(body ? [body] : [])]);
};

const decode = (payload: Buffer): JournalRequest => {
  let at = NUMBERS;
  const take = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(payload.subarray(at - length, at));
  };
  const [requestId, endpoint, model, tag, envelope, signature, body] = JSON.parse(
    new TextDecoder().decode(take(payload.readUInt32LE(0))),
  ) as [string, string, string, string, number, number, number | null];
  return {
    requestId,
    stack: payload.readBigInt64LE(4),
    endpoint,
    model,
    maxUnits: payload.readBigInt64LE(12),
    envelope: take(envelope),
    signature: take(signature),
    body: body === null ? null : take(body),
    tag,
    stage: 'open',
    ...noAnswer,
    createdMs: Number(payload.readBigInt64LE(20)),
    finishedMs: null,
  };
};

const bytesOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};

/**
 * Reads a log. A record that the file ends within was never acted on, for its write had not returned: it is left out. Any other
 * record that is not whole is damage.
 */
export const readIntents = (path: string): FoundIntents => {
  const bytes = bytesOf(path);
  const payloads: Buffer[] = [];
  let damagedAt: number | undefined;
  for (let at = 0; at + FRAME <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const sound = bytes.readUInt32LE(at + 4) === ~length >>> 0;
    const end = at + FRAME + length;
    if (sound && end > bytes.length) break;
    const payload = bytes.subarray(at + FRAME, end);
    if (!sound || crc32(payload) !== bytes.readUInt32LE(at + 8)) {
      damagedAt = at;
      break;
    }
    payloads.push(payload);
    at = end;
  }
  const [owner, ...requests] = payloads;
  return { owner: owner?.toString(), requests: requests.map(decode), damagedAt };
};
