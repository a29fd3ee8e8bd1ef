/** What a boot measures of its files, so that a log can be held against the files of an image. */
import { createHash, type Hash } from 'node:crypto';
import { openReader } from '../bytes.ts';
import { demand } from '../reason.ts';

const sha384 = (): Hash => createHash('sha384');

/** Of a file as it lies, as Linux measures an initrd. SHA-384, hexadecimal. */
export const fileDigest = (bytes: Uint8Array): string => sha384().update(bytes).digest('hex');

/** Of a kernel's command line, as Linux's EFI stub measures it: UTF-16LE with its end. */
export const commandLineDigest = (text: string): string =>
  sha384()
    .update(Buffer.from(`${text}\0`, 'utf16le'))
    .digest('hex');

/** Where the parts of a PE file lie that its hash leaves out: checksum, entry of the signatures, the signatures. */
const layoutOf = (bytes: Buffer) => {
  demand(bytes.length > 0x40 && bytes.toString('latin1', 0, 2) === 'MZ', 'malformed', 'The image is no PE file.');
  const start = bytes.readUInt32LE(0x3c);
  const reader = openReader(bytes.subarray(start), 'image');
  demand(reader.take(4).toString('latin1') === 'PE\0\0', 'malformed', 'The image is no PE file.');
  reader.take(2);
  const sections = reader.u16();
  reader.take(12);
  const optionalBytes = reader.u16();
  reader.take(2);
  const optional = start + reader.at();
  const header = openReader(reader.take(optionalBytes), "image's header");
  const wide = header.u16() === 0x20b;
  header.take(58);
  const headerBytes = header.u32();
  const checksum = optional + 64;
  header.take(wide ? 44 : 28);
  const directories = header.u32();
  header.take(Math.min(directories, 4) * 8);
  const signatures = directories > 4 ? optional + header.at() : undefined;
  const signed = signatures === undefined ? 0 : header.take(8).readUInt32LE(4);
  const table = Array.from({ length: sections }, () => {
    const row = reader.take(40);
    return { size: row.readUInt32LE(16), at: row.readUInt32LE(20) };
  });
  return { checksum, signatures, signed, headerBytes, sections: table };
};

/**
 * Authenticode hash of a PE file (a kernel, or a unified kernel image with command line and initrd inside), as firmware measures what it
 * starts: without checksum and signatures. SHA-384, hexadecimal. Throws `Refusal` for what is no PE file.
 */
export const imageDigest = (bytes: Buffer): string => {
  const { checksum, signatures, signed, headerBytes, sections } = layoutOf(bytes);
  const hash = sha384().update(bytes.subarray(0, checksum));
  if (signatures === undefined) hash.update(bytes.subarray(checksum + 4, headerBytes));
  else hash.update(bytes.subarray(checksum + 4, signatures)).update(bytes.subarray(signatures + 8, headerBytes));
  let hashed = headerBytes;
  for (const { at, size } of sections.filter((each) => each.size > 0).sort((a, b) => a.at - b.at)) {
    demand(at + size <= bytes.length, 'malformed', 'The image ends within a section.');
    hash.update(bytes.subarray(at, at + size));
    hashed += size;
  }
  return hash.update(bytes.subarray(hashed, Math.max(hashed, bytes.length - signed))).digest('hex');
};
