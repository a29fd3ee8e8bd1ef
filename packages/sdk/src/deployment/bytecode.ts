/**
 * Changing an address in compiled Move modules. Format: Move binary format, `move-binary-format/src/file_format_common.rs`:
 * 4 bytes magic, u32 version, ULEB table count, then (kind u8, offset ULEB, length ULEB) for each table; offsets count from
 * the end of these headers.
 */
import { blake2b256, fromHex, toHex } from '@atoma/base';

/** Table kind of the address pool. */
const ADDRESS_IDENTIFIERS = 8;
const MAGIC_AND_VERSION = 8;
const ADDRESS_BYTES = 32;

/** A cursor over bytes. */
interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

const readUleb = (reader: Reader): number => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = reader.bytes[reader.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return value;
  }
};

/** Where the address pool lies: offset and length in bytes; length 0 when the module has none. */
const addressTable = (bytes: Uint8Array): { readonly offset: number; readonly length: number } => {
  const reader: Reader = { bytes, at: MAGIC_AND_VERSION };
  const tables = Array.from({ length: readUleb(reader) }, () => ({
    kind: bytes[reader.at++],
    offset: readUleb(reader),
    length: readUleb(reader),
  }));
  const found = tables.find(({ kind }) => kind === ADDRESS_IDENTIFIERS);
  return { offset: reader.at + (found?.offset ?? 0), length: found?.length ?? 0 };
};

/** The module's address pool, `0x` and 64 hex digits each. */
export const addressIdentifiers = (module: Uint8Array): readonly string[] => {
  const { offset, length } = addressTable(module);
  return Array.from({ length: length / ADDRESS_BYTES }, (_, i) => {
    const start = offset + i * ADDRESS_BYTES;
    return `0x${toHex(module.subarray(start, start + ADDRESS_BYTES))}`;
  });
};

/** A copy of the module with every pool entry `from` replaced by `to` (both `0x` and 64 hex digits). */
export const replaceAddress = (module: Uint8Array, from: string, to: string): Uint8Array => {
  const patched = module.slice();
  const { offset } = addressTable(module);
  addressIdentifiers(module).forEach((address, i) => {
    if (address === from) patched.set(fromHex(to) as Uint8Array, offset + i * ADDRESS_BYTES);
  });
  return patched;
};

/**
 * Digest of a package as an upgrade ticket carries it: BLAKE2b-256 over the byte-wise sorted list of the modules' hashes and
 * the dependencies' ids. Source: sui-types `MovePackage::compute_digest_for_modules_and_deps`.
 */
export const packageDigest = (modules: readonly Uint8Array[], dependencies: readonly string[]): Uint8Array => {
  const parts = [
    ...modules.map((module) => toHex(blake2b256(module))),
    ...dependencies.map((id) => id.slice(2)),
  ].sort();
  return blake2b256(...parts.map((part) => fromHex(part) as Uint8Array));
};
