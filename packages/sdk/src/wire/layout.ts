/**
 * Strict BCS structs: a fixed list of fields behind a 16-byte ASCII domain that names both the message and its version.
 * Decoding accepts exactly one encoding of each value: minimal ULEB128 lengths, valid UTF-8, no bytes left over.
 */
import { wireError } from './wire-errors.ts';

/** How one field is encoded. */
export interface FieldType<Value> {
  /** Most bytes it takes. */
  readonly most: number;
  write(into: Uint8Array, at: number, value: Value): number;
  read(from: Uint8Array, at: number, fail: Fail): readonly [Value, number];
}
type Fail = (why: string) => never;
type Fields = Readonly<Record<string, FieldType<unknown>>>;

/** The record a list of fields encodes. */
export type RecordOf<F> = { readonly [K in keyof F]: F[K] extends FieldType<infer Value> ? Value : never };

const need = (from: Uint8Array, at: number, length: number, fail: Fail): void => {
  if (at + length > from.length) fail(`${at + length - from.length} more bytes are needed`);
};

/** Exactly `length` bytes, without a length prefix. */
export const raw = (length: number): FieldType<Uint8Array> => ({
  most: length,
  write: (into, at, value) => {
    if (value.length !== length)
      throw wireError('MALFORMED', {
        what: 'value',
        field: `${length} raw bytes`,
        why: `it has ${value.length} bytes`,
      });
    into.set(value, at);
    return at + length;
  },
  read: (from, at, fail) => {
    need(from, at, length, fail);
    return [from.slice(at, at + length), at + length];
  },
});

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Unsigned 64-bit integer, little endian. */
export const u64: FieldType<bigint> = {
  most: 8,
  write: (into, at, value) => {
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw wireError('MALFORMED', { what: 'value', field: 'u64', why: `${value} does not fit 64 bits` });
    viewOf(into).setBigUint64(at, value, true);
    return at + 8;
  },
  read: (from, at, fail) => {
    need(from, at, 8, fail);
    return [viewOf(from).getBigUint64(at, true), at + 8];
  },
};

/** One byte. */
export const u8: FieldType<number> = {
  most: 1,
  write: (into, at, value) => {
    into[at] = value;
    return at + 1;
  },
  read: (from, at, fail) => {
    need(from, at, 1, fail);
    return [from[at] as number, at + 1];
  },
};

/** Minimal ULEB128 of a length below 2^32. */
export const ulebBytes = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Uint8Array.of(...bytes, rest);
};

const readUleb = (from: Uint8Array, start: number, fail: Fail): readonly [number, number] => {
  let value = 0;
  for (let at = start, shift = 0; shift <= 28; at++, shift += 7) {
    need(from, at, 1, fail);
    const byte = from[at] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) {
      if (byte === 0 && shift > 0) fail('its length is not minimal ULEB128');
      return [value, at + 1];
    }
  }
  return fail('its length is out of range');
};

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 text of at most `max` bytes behind its length. */
export const text = (max: number): FieldType<string> => ({
  most: ulebBytes(max).length + max,
  write: (into, at, value) => {
    const bytes = encoder.encode(value);
    const { length } = bytes;
    if (length > max)
      throw wireError('MALFORMED', { what: 'value', field: 'text', why: `${length} bytes exceed ${max}` });
    const prefix = ulebBytes(length);
    into.set(prefix, at);
    into.set(bytes, at + prefix.length);
    return at + prefix.length + length;
  },
  read: (from, at, fail) => {
    const [length, start] = readUleb(from, at, fail);
    if (length > max) fail(`${length} bytes exceed ${max}`);
    need(from, start, length, fail);
    try {
      return [decoder.decode(from.subarray(start, start + length)), start + length];
    } catch {
      return fail('it is not valid UTF-8');
    }
  },
});

/** At most `max` bytes behind their length. */
export const sized = (max: number): FieldType<Uint8Array> => ({
  most: ulebBytes(max).length + max,
  write: (into, at, value) => {
    if (value.length > max)
      throw wireError('MALFORMED', { what: 'value', field: 'bytes', why: `${value.length} bytes exceed ${max}` });
    const prefix = ulebBytes(value.length);
    into.set(prefix, at);
    into.set(value, at + prefix.length);
    return at + prefix.length + value.length;
  },
  read: (from, at, fail) => {
    const [length, start] = readUleb(from, at, fail);
    if (length > max) fail(`${length} bytes exceed ${max}`);
    need(from, start, length, fail);
    return [from.slice(start, start + length), start + length];
  },
});

/** Encoder and strict decoder of one message. */
export interface Layout<Value> {
  encode(value: Value): Uint8Array;
  /** Throws `WIRE_MALFORMED`; detail `field` names the field in snake case. */
  decode(bytes: Uint8Array): Value;
}

/** What {@link layout} declares. */
export interface LayoutParameters<F extends Fields> {
  /** Name in error messages. */
  readonly what: string;
  /** 16 ASCII characters. */
  readonly domain: string;
  readonly fields: F;
  /** Rules beyond the encoding; returns the field at fault and why, or undefined. */
  readonly rule?: (value: RecordOf<F>) => readonly [keyof F & string, string] | undefined;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Declares a message. */
export const layout = <const F extends Readonly<Record<string, FieldType<unknown>>>>(
  parameters: LayoutParameters<F>,
): Layout<RecordOf<F>> => {
  const domain = encoder.encode(parameters.domain);
  const failing =
    (field: string) =>
    (why: string): never => {
      throw wireError('MALFORMED', { what: parameters.what, field: snake(field), why });
    };
  const fields = Object.entries(parameters.fields).map(([name, type]) => [name, type, failing(name)] as const);
  const failDomain = failing('domain');
  const failEnd = failing('end');
  const check = (value: RecordOf<F>): void => {
    const broken = parameters.rule?.(value);
    if (broken) failing(broken[0])(broken[1]);
  };
  let scratch: Uint8Array | undefined;
  const makeScratch = (): Uint8Array => {
    const made = new Uint8Array(fields.reduce((sum, [, type]) => sum + type.most, domain.length));
    made.set(domain);
    return made;
  };
  const encode = (value: RecordOf<F>): Uint8Array => {
    check(value);
    scratch ??= makeScratch();
    const record = value as Readonly<Record<string, unknown>>;
    let at = domain.length;
    for (const [name, type] of fields) at = type.write(scratch, at, record[name]);
    return scratch.slice(0, at);
  };
  const decode = (bytes: Uint8Array): RecordOf<F> => {
    if (bytes.length < domain.length || domain.some((byte, i) => bytes[i] !== byte))
      failDomain(`it does not begin with ${parameters.domain}`);
    const record: Record<string, unknown> = {};
    let at = domain.length;
    for (const [name, type, fail] of fields) [record[name], at] = type.read(bytes, at, fail);
    if (at !== bytes.length) failEnd(`${bytes.length - at} bytes are left over`);
    const value = record as RecordOf<F>;
    check(value);
    return value;
  };
  return { encode, decode };
};
