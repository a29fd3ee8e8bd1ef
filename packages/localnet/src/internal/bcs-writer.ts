/** A growing byte buffer with the primitives of BCS (https://github.com/diem/bcs). */
export interface Writer {
  buffer: Buffer;
  length: number;
}

/** An empty writer; `size` is only a first guess. */
export const newWriter = (size = 512): Writer => ({ buffer: Buffer.allocUnsafe(size), length: 0 });

const reserve = (w: Writer, more: number): number => {
  const at = w.length;
  const needed = at + more;
  if (needed > w.buffer.length) {
    const grown = Buffer.allocUnsafe(Math.max(needed, w.buffer.length * 2));
    w.buffer.copy(grown, 0, 0, at);
    w.buffer = grown;
  }
  w.length = needed;
  return at;
};

/** What was written, in an own array. */
export const written = ({ buffer, length }: Writer): Uint8Array =>
  new Uint8Array(buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + length));

/** What was written, where it lies: for what is hashed or stored at once, and by a writer that writes no more. */
export const viewOf = ({ buffer, length }: Writer): Uint8Array =>
  new Uint8Array(buffer.buffer, buffer.byteOffset, length);

/** One byte. */
export const putU8 = (w: Writer, value: number): void => {
  const at = reserve(w, 1);
  w.buffer[at] = value;
};

/** Two bytes, little-endian. */
export const putU16 = (w: Writer, value: number): void => {
  const at = reserve(w, 2); // may replace the buffer: before it is read
  w.buffer.writeUInt16LE(value, at);
};

/** Four bytes, little-endian. */
export const putU32 = (w: Writer, value: number): void => {
  const at = reserve(w, 4);
  w.buffer.writeUInt32LE(value, at);
};

/** Eight bytes, little-endian; numbers up to 2^53-1. */
export const putU64 = (w: Writer, value: number | bigint): void => {
  const at = reserve(w, 8);
  if (typeof value === 'bigint') w.buffer.writeBigUInt64LE(value, at);
  else {
    w.buffer.writeUInt32LE(value >>> 0, at);
    w.buffer.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
  }
};

/** ULEB128, the length prefix of BCS. */
export const putLength = (w: Writer, value: number): void => {
  let rest = value;
  while (rest > 127) {
    putU8(w, (rest & 127) | 128);
    rest >>>= 7;
  }
  putU8(w, rest);
};

/** Bytes without a length. */
export const putRaw = (w: Writer, bytes: Uint8Array): void => {
  const at = reserve(w, bytes.length);
  w.buffer.set(bytes, at);
};

/** Bytes with their length before them. */
export const putBytes = (w: Writer, bytes: Uint8Array): void => {
  putLength(w, bytes.length);
  putRaw(w, bytes);
};

/** UTF-8 text with its length in bytes. */
export const putText = (w: Writer, text: string): void => {
  putBytes(w, Buffer.from(text, 'utf8'));
};

/** Address or id: 64 hex digits as 32 bytes. */
export const putAddress = (w: Writer, address: string): void => {
  const at = reserve(w, 32);
  w.buffer.write(address, at, 32, 'hex');
};

/** A list: its length, then each item. */
export const putList = <Item>(w: Writer, items: readonly Item[], put: (item: Item) => void): void => {
  putLength(w, items.length);
  for (const item of items) put(item);
};

/** An option: 0, or 1 and the value. */
export const putOption = <Item>(w: Writer, item: Item | null | undefined, put: (item: Item) => void): void => {
  if (item === null || item === undefined) putU8(w, 0);
  else {
    putU8(w, 1);
    put(item);
  }
};
