/**
 * MRTD from a firmware file: what a TDX module measures while a guest's first pages are added, by the metadata of the file. Formats: Intel
 * TDX Virtual Firmware Design Guide, section 11 (metadata); Intel TDX Module Base Architecture Specification (TDH.MEM.PAGE.ADD,
 * TDH.MR.EXTEND). Integers are little-endian.
 */
import { createHash, type Hash } from 'node:crypto';
import { openReader } from '../bytes.ts';
import { demand } from '../reason.ts';

/** GUIDs as they lie in a file: the table at a firmware's end, and its entry that says where the metadata is. */
const TABLE = Buffer.from('de82b596b21ff745baeaa366c55a082d', 'hex');
const METADATA = Buffer.from('35657ae44a989847865e4685a7bf8ec2', 'hex');
/** Bytes behind the table (the reset vector), and of an entry's own length and GUID. */
const [BEHIND, ENTRY] = [0x20, 18];

const [PAGE, CHUNK, OPERATION] = [0x1000, 0x100, 0x80];
/** Attributes of a section: its content is measured; its pages are added by the guest itself, later. */
const [EXTEND, AUGMENT] = [0x1, 0x2];
/** Most that is read and hashed: bytes of a file, sections, pages. */
const [MOST_BYTES, MOST_SECTIONS, MOST_PAGES] = [64 * 1024 * 1024, 64, 65_536];

interface Section {
  readonly at: number;
  readonly address: bigint;
  readonly pages: number;
  readonly attributes: number;
}

/** Where the metadata begins, counted from the end of the file. */
const metadataOffset = (firmware: Buffer): number => {
  let end = firmware.length - BEHIND;
  demand(
    end >= ENTRY && firmware.subarray(end - 16, end).equals(TABLE),
    'malformed',
    'The file is no firmware: it does not end with a table of GUIDs.',
  );
  const begins = end - firmware.readUInt16LE(end - ENTRY);
  end -= ENTRY;
  while (end - ENTRY >= Math.max(begins, 0)) {
    const length = firmware.readUInt16LE(end - ENTRY);
    if (firmware.subarray(end - 16, end).equals(METADATA) && length >= ENTRY + 4)
      return end - ENTRY >= 4 ? firmware.readUInt32LE(end - ENTRY - 4) : 0;
    demand(length >= ENTRY, 'malformed', "The firmware's table has an entry without a length.");
    end -= length;
  }
  demand(false, 'malformed', 'The firmware has no metadata for TDX: it starts no such guest.');
};

const readSections = (firmware: Buffer): readonly Section[] => {
  demand(firmware.length <= MOST_BYTES, 'malformed', `The firmware has more than ${MOST_BYTES} bytes.`);
  const start = firmware.length - metadataOffset(firmware);
  demand(start >= 0 && start < firmware.length, 'malformed', "The firmware's metadata lies outside of it.");
  const reader = openReader(firmware.subarray(start), "firmware's metadata");
  demand(reader.take(4).toString('latin1') === 'TDVF', 'malformed', "The firmware's metadata does not begin as such.");
  reader.u32();
  const [version, count] = [reader.u32(), reader.u32()];
  demand(
    version === 1 && count <= MOST_SECTIONS,
    'malformed',
    `The firmware's metadata has version ${version}; 1 is read.`,
  );
  const sections = Array.from({ length: count }, () => {
    const [at, size, address, memory] = [reader.u32(), reader.u32(), reader.u64(), reader.u64()];
    reader.u32();
    const attributes = reader.u32();
    const extended = (attributes & EXTEND) !== 0;
    demand(
      memory % BigInt(PAGE) === 0n && (!extended || (BigInt(size) === memory && at + size <= firmware.length)),
      'malformed',
      'A section of the firmware does not fill its pages, or lies outside of the file.',
    );
    return { at, address, pages: Number(memory / BigInt(PAGE)), attributes };
  });
  const pages = sections.reduce((sum, each) => sum + each.pages, 0);
  demand(pages <= MOST_PAGES, 'malformed', `The firmware asks for ${pages} pages; ${MOST_PAGES} are measured at most.`);
  return sections;
};

const operation = (hash: Hash, name: string, address: bigint): void => {
  const bytes = Buffer.alloc(OPERATION);
  bytes.write(name);
  bytes.writeBigUInt64LE(address, 16);
  hash.update(bytes);
};

const measure = (firmware: Buffer, sections: readonly Section[], pageByPage: boolean): string => {
  const hash = createHash('sha384');
  for (const { at, address, pages, attributes } of sections) {
    const add = (page: number): void => {
      if ((attributes & AUGMENT) === 0) operation(hash, 'MEM.PAGE.ADD', address + BigInt(page * PAGE));
    };
    const extend = (page: number): void => {
      if ((attributes & EXTEND) === 0) return;
      for (let from = page * PAGE; from < (page + 1) * PAGE; from += CHUNK) {
        operation(hash, 'MR.EXTEND', address + BigInt(from));
        hash.update(firmware.subarray(at + from, at + from + CHUNK));
      }
    };
    for (let page = 0; page < pages; page++) {
      add(page);
      if (pageByPage) extend(page);
    }
    if (!pageByPage) for (let page = 0; page < pages; page++) extend(page);
  }
  return hash.digest('hex');
};

/** MRTD of a firmware, hexadecimal. */
export interface FirmwareMrtd {
  /** Where the host measures each page as it adds it. */
  readonly pageByPage: string;
  /** Where it adds all pages of a section before it measures them. */
  readonly sectionBySection: string;
}

/** Computes MRTD from a firmware file, for both orders that hosts measure in. Throws `Refusal` for a file without TDX metadata. */
export const firmwareMrtd = (firmware: Buffer): FirmwareMrtd => {
  const sections = readSections(firmware);
  return {
    pageByPage: measure(firmware, sections, true),
    sectionBySection: measure(firmware, sections, false),
  };
};
