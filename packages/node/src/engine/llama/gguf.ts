/**
 * What a GGUF file says of itself in front of its weights: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Every length is held
 * against the size of the file before anything is read by it, which the library does not do: a damaged one ended its process.
 */
import { readSync } from 'node:fs';

/** Head of a file. */
export interface GgufHead {
  /** Little-endian; that of a big-endian file is above 2^24. */
  readonly version: number;
  readonly tensors: number;
  /** Single values; texts of more than {@link MOST_TEXT} bytes are left out. */
  readonly values: ReadonlyMap<string, string | number | boolean>;
  /** Lengths of lists. */
  readonly lists: ReadonlyMap<string, number>;
}

const MOST_TEXT = 4_096;
const WINDOW = 1 << 20;
const [BOOL, STRING, ARRAY] = [7, 8, 9];
/** Bytes of a value by type; texts and lists begin with a length. */
const sizes: readonly (number | undefined)[] = [1, 1, 2, 2, 4, 4, 4, 1, undefined, undefined, 8, 8, 8];
/** Lists in lists are allowed; a file that nests them deeper than this is damaged. */
const DEEPEST = 4;

/** A place in the file. Past its end it gives zeros and is `over`. */
const openCursor = (fd: number, size: number) => {
  let [at, from, over] = [0, 0, false];
  let window = Buffer.alloc(0);
  const take = (length: number): Buffer => {
    if (over || length > size - at) {
      over = true;
      return Buffer.alloc(8);
    }
    if (at < from || at + length > from + window.length) {
      from = at;
      window = Buffer.alloc(Math.min(Math.max(WINDOW, length), size - at));
      if (readSync(fd, window, 0, window.length, at) < window.length) over = true;
    }
    at += length;
    return window.subarray(at - length - from, at - from);
  };
  return {
    take,
    over: (): boolean => over,
    skip: (length: number): void => {
      if (length > size - at) over = true;
      else at += length;
    },
    u32: (): number => take(4).readUInt32LE(0),
    /** Exact up to 2^53; what is larger is larger than any file. */
    u64: (): number => {
      const bytes = take(8);
      return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32;
    },
  };
};

type Cursor = ReturnType<typeof openCursor>;

const textAt = (cursor: Cursor): string | undefined => {
  const length = cursor.u64();
  if (length > MOST_TEXT) return void cursor.skip(length);
  return cursor.take(length).toString('utf8', 0, length);
};

const numberAt = (bytes: Buffer, type: number): number | boolean => {
  const readers: Readonly<Record<number, () => number>> = {
    0: () => bytes.readUInt8(0),
    1: () => bytes.readInt8(0),
    2: () => bytes.readUInt16LE(0),
    3: () => bytes.readInt16LE(0),
    4: () => bytes.readUInt32LE(0),
    5: () => bytes.readInt32LE(0),
    6: () => bytes.readFloatLE(0),
    10: () => Number(bytes.readBigUInt64LE(0)),
    11: () => Number(bytes.readBigInt64LE(0)),
    12: () => bytes.readDoubleLE(0),
  };
  return type === BOOL ? bytes.readUInt8(0) !== 0 : (readers[type]?.() ?? 0);
};

/** Goes over a list; its length, or undefined for what is no list. */
const listAt = (cursor: Cursor, depth = 0): number | undefined => {
  const [type, count] = [cursor.u32(), cursor.u64()];
  const each = sizes[type];
  if (each !== undefined) cursor.skip(count * each);
  else if ((type !== STRING && type !== ARRAY) || depth > DEEPEST) return undefined;
  else
    for (let i = 0; i < count && !cursor.over(); i++)
      if (type === STRING) cursor.skip(cursor.u64());
      else if (listAt(cursor, depth + 1) === undefined) return undefined;
  return count;
};

/** Reads the head of an open file of `size` bytes that begins with the magic; undefined where it is cut short or damaged. */
export const readGgufHead = (fd: number, size: number): GgufHead | undefined => {
  const cursor = openCursor(fd, size);
  cursor.skip(4);
  const version = cursor.u32();
  const [tensors, count] = [cursor.u64(), cursor.u64()];
  const values = new Map<string, string | number | boolean>();
  const lists = new Map<string, number>();
  // Other versions are laid out otherwise: that is for whoever asks to say.
  if (version !== 2 && version !== 3) return cursor.over() ? undefined : { version, tensors, values, lists };
  for (let i = 0; i < count && !cursor.over(); i++) {
    const key = textAt(cursor);
    const type = cursor.u32();
    const bytes = sizes[type];
    const value =
      type === STRING ? textAt(cursor) : bytes === undefined ? undefined : numberAt(cursor.take(bytes), type);
    const length = type === ARRAY ? listAt(cursor) : undefined;
    if (key === undefined || (bytes === undefined && type !== STRING && length === undefined)) return undefined;
    if (value !== undefined) values.set(key, value);
    if (length !== undefined) lists.set(key, length);
  }
  for (let i = 0; i < tensors && !cursor.over(); i++) {
    cursor.skip(cursor.u64());
    cursor.skip(8 * cursor.u32());
    cursor.skip(12);
  }
  return cursor.over() ? undefined : { version, tensors, values, lists };
};
