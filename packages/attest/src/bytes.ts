/** Reading binary structures: every read is bounded, and nothing may be left over. */
import { Refusal } from './reason.ts';

/** A place in a structure. */
export interface Reader {
  readonly take: (length: number) => Buffer;
  readonly u16: () => number;
  readonly u32: () => number;
  readonly u64: () => bigint;
  readonly at: () => number;
  /** Refuses bytes that no field accounts for. */
  readonly end: () => void;
}

/** Reads little-endian fields of `bytes`; `what` names it in refusals. */
export const openReader = (bytes: Buffer, what: string): Reader => {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length)
      throw new Refusal('malformed', `The ${what} ends after ${bytes.length} bytes, within a field.`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    take,
    u16: () => take(2).readUInt16LE(),
    u32: () => take(4).readUInt32LE(),
    u64: () => take(8).readBigUInt64LE(),
    at: () => at,
    end: () => {
      if (at !== bytes.length)
        throw new Refusal('malformed', `The ${what} has ${bytes.length - at} bytes after its last field.`);
    },
  };
};

/** Whether all bytes are zero. */
export const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
