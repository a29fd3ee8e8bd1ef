/** Firmware files with TDX metadata, for tests. */

/** A section of the metadata. */
export interface FirmwareSection {
  readonly at: number;
  readonly size: number;
  readonly address: bigint;
  readonly memory: bigint;
  /** 1: its content is measured; 2: its pages are added later. */
  readonly attributes: number;
}

const u16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const entry = (guid: string, data: Buffer): Buffer =>
  Buffer.concat([data, u16(data.length + 18), Buffer.from(guid, 'hex')]);

/** Makes a file of this content, then metadata, then the table that names it behind an entry of something else. */
export const makeFirmware = (
  content: Buffer,
  sections: readonly FirmwareSection[],
  { signature = 'TDVF', version = 1, name = '35657ae44a989847865e4685a7bf8ec2' } = {},
): Buffer => {
  const rows = sections.map(({ at, size, address, memory, attributes }) =>
    Buffer.concat([u32(at), u32(size), u64(address), u64(memory), u32(0), u32(attributes)]),
  );
  const head = [Buffer.from(signature), u32(16 + 32 * rows.length), u32(version), u32(rows.length)];
  const metadata = Buffer.concat([...head, ...rows]);
  const other = entry('11'.repeat(16), Buffer.alloc(7, 9));
  const behind = 32 + 18 + other.length + 22;
  const entries = Buffer.concat([entry(name, u32(behind + metadata.length)), other]);
  const table = Buffer.concat([
    entries,
    u16(entries.length + 18),
    Buffer.from('de82b596b21ff745baeaa366c55a082d', 'hex'),
  ]);
  return Buffer.concat([content, metadata, table, Buffer.alloc(32, 0x90)]);
};
