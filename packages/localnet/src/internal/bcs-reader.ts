/** A position in BCS bytes. Every read throws a {@link BcsFault} when the bytes do not hold what is read. */
export interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** What the readers throw: a reason, without position in code and without a stack. Callers turn it into an error of theirs. */
export interface BcsFault {
  readonly bcsFault: string;
}

/** True for what the readers throw. */
export const isBcsFault = (thrown: unknown): thrown is BcsFault =>
  typeof thrown === 'object' && thrown !== null && 'bcsFault' in thrown;

/** Stops reading for `reason`. */
export const refuse = (reason: string): never => {
  throw { bcsFault: reason } satisfies BcsFault;
};

/** A reader at the start of `bytes`. */
export const newReader = (bytes: Uint8Array): Reader => ({
  bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
  at: 0,
});

const take = (r: Reader, count: number): number => {
  const at = r.at;
  if (at + count > r.bytes.length) refuse(`unexpected end at byte ${r.bytes.length}`);
  r.at = at + count;
  return at;
};

/** Refuses bytes left over. */
export const expectEnd = (r: Reader): void => {
  if (r.at !== r.bytes.length) refuse(`${r.bytes.length - r.at} bytes are left over`);
};

/** One byte. */
export const getU8 = (r: Reader): number => r.bytes[take(r, 1)] as number;

/** A byte that must be 0 or 1. */
export const getBool = (r: Reader): boolean => {
  const value = getU8(r);
  if (value > 1) refuse(`${value} is no bool`);
  return value === 1;
};

/** Two bytes, little-endian. */
export const getU16 = (r: Reader): number => r.bytes.readUInt16LE(take(r, 2));

/** Four bytes, little-endian. */
export const getU32 = (r: Reader): number => r.bytes.readUInt32LE(take(r, 4));

/** Eight bytes, little-endian. */
export const getU64 = (r: Reader): bigint => r.bytes.readBigUInt64LE(take(r, 8));

/** Eight bytes that must be at most 2^53-1: versions, times, counts. */
export const getSmallU64 = (r: Reader): number => {
  const at = take(r, 8);
  const high = r.bytes.readUInt32LE(at + 4);
  if (high >= 2 ** 21) refuse('a version, time or count exceeds 2^53-1');
  return high * 2 ** 32 + r.bytes.readUInt32LE(at);
};

/** ULEB128 of at most 32 bits in its shortest form. */
export const getLength = (r: Reader): number => {
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = getU8(r);
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) {
      if (shift > 0 && byte === 0) refuse('a length is not in its shortest form');
      if (value > 0xffffffff) refuse('a length exceeds 32 bits');
      return value;
    }
  }
  return refuse('a length exceeds 32 bits');
};

/** Arrays up to this long lie in the JavaScript heap, where copying byte by byte is quickest. */
const SHORT = 64;

/** `count` bytes in an own array. */
export const getRaw = (r: Reader, count: number): Uint8Array => {
  const { bytes } = r;
  const at = take(r, count);
  if (count > SHORT) return new Uint8Array(bytes.buffer.slice(bytes.byteOffset + at, bytes.byteOffset + at + count));
  const own = new Uint8Array(count);
  for (let i = 0; i < count; i++) own[i] = bytes[at + i] as number;
  return own;
};

/** Bytes behind their length. */
export const getBytes = (r: Reader): Uint8Array => getRaw(r, getLength(r));

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const isAscii = (bytes: Buffer, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) if ((bytes[i] as number) > 127) return false;
  return true;
};

/** UTF-8 text behind its length in bytes. */
export const getText = (r: Reader): string => {
  const length = getLength(r);
  const at = take(r, length);
  if (isAscii(r.bytes, at, at + length)) return r.bytes.toString('latin1', at, at + length); // names, nearly always
  try {
    return utf8.decode(r.bytes.subarray(at, at + length));
  } catch {
    return refuse('text is not UTF-8');
  }
};

/** Address or id as 64 hex digits. */
export const getAddress = (r: Reader): string => {
  const at = take(r, 32);
  return r.bytes.toString('hex', at, at + 32);
};

/** A list behind its length. A length beyond the remaining bytes is refused before anything is read. */
export const getList = <Item>(r: Reader, get: (r: Reader) => Item): Item[] => {
  const length = getLength(r);
  if (length > r.bytes.length - r.at) refuse(`a list of ${length} items does not fit the bytes`);
  const items: Item[] = [];
  for (let i = 0; i < length; i++) items.push(get(r));
  return items;
};

/** An option: undefined, or the value. */
export const getOption = <Item>(r: Reader, get: (r: Reader) => Item): Item | undefined =>
  getBool(r) ? get(r) : undefined;
