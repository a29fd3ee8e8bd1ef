import { toHex } from '@atoma/base';

/** What the reader throws on a short or malformed input; the module loader turns it into ENGINE_BAD_MODULE. */
export interface MalformedBinary {
  readonly malformed: string;
}

/** True for what {@link malformed} throws. */
export const isMalformed = (error: unknown): error is MalformedBinary =>
  typeof error === 'object' && error !== null && 'malformed' in error;

/** Throws that the binary is malformed and why. */
export const malformed = (reason: string): never => {
  const error: MalformedBinary = { malformed: reason };
  throw error;
};

/** Cursor over bytes of a module. */
export interface Reader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;
}

/** A cursor over `bytes[at, end)`. */
export const reader = (bytes: Uint8Array, at = 0, end = bytes.length): Reader => ({ bytes, at, end });

/** Next byte. */
export const u8 = (r: Reader): number => (r.at < r.end ? (r.bytes[r.at++] as number) : malformed('unexpected end'));

/** Unsigned LEB128 of at most 32 bits, minimal form. */
export const uleb = (r: Reader): number => {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = u8(r);
    value += (byte & 0x7f) * scale;
    if (value > 0xffffffff) malformed('number above 32 bits');
    if (byte < 0x80) return byte === 0 && scale > 1 ? malformed('number not in minimal form') : value;
  }
};

/** An index or count of at most 65,535. */
export const index16 = (r: Reader): number => {
  const value = uleb(r);
  return value <= 0xffff ? value : malformed('index above 16 bits');
};

/** Next `length` bytes, a view. */
export const take = (r: Reader, length: number): Uint8Array => {
  if (length > r.end - r.at) malformed('unexpected end');
  r.at += length;
  return r.bytes.subarray(r.at - length, r.at);
};

/** Little-endian integer of `width` bytes. */
export const littleEndian = (r: Reader, width: number): bigint => {
  const bytes = Uint8Array.from(take(r, width)).reverse();
  return BigInt(`0x${toHex(bytes)}`);
};

/** Counted list: uleb count, then items. */
export const list = <T>(r: Reader, item: (r: Reader) => T): T[] => {
  const items: T[] = [];
  for (let left = index16(r); left > 0; left--) items.push(item(r));
  return items;
};

/** Items until the end of the table. */
export const table = <T>(r: Reader, item: (r: Reader) => T): T[] => {
  const items: T[] = [];
  while (r.at < r.end) items.push(item(r));
  return items;
};
