/** Event logs and images as a boot makes them, for tests. */

/** An event to be logged. */
export interface LoggedEvent {
  /** 1 to 4: RTMR0 to RTMR3. */
  readonly index: number;
  readonly type?: number;
  /** SHA-384, hexadecimal. */
  readonly digest: string;
  readonly data?: string;
}

const u16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);

/** Makes a log whose header names SHA-256 and SHA-384; every event has digests of both. */
export const makeEventLog = (events: readonly LoggedEvent[]): Buffer => {
  const sizes = Buffer.concat([u32(2), u16(0x0b), u16(32), u16(0x0c), u16(48)]);
  const spec = Buffer.concat([Buffer.from('Spec ID Event03\0'), u32(0), Buffer.of(0, 2, 0, 2), sizes, Buffer.of(0)]);
  const header = Buffer.concat([u32(0), u32(3), Buffer.alloc(20), u32(spec.length), spec]);
  const rows = events.map(({ index, type = 0x80000003, digest, data = '' }) => {
    const digests = Buffer.concat([u32(2), u16(0x0b), Buffer.alloc(32, 1), u16(0x0c), Buffer.from(digest, 'hex')]);
    return Buffer.concat([u32(index), u32(type), digests, u32(data.length), Buffer.from(data)]);
  });
  return Buffer.concat([header, ...rows]);
};

/** Makes a PE file of 64 bits with two sections; what its hash leaves out can be chosen. */
export const makeImage = ({ checksum = 0, signature = '' } = {}): Buffer => {
  const signed = Buffer.from(signature);
  const [start, optionalBytes, headerBytes] = [0x80, 112 + 16 * 8, 0x400];
  const bytes = Buffer.alloc(headerBytes + 0x600);
  bytes.write('MZ');
  bytes.writeUInt32LE(start, 0x3c);
  bytes.write('PE\0\0', start);
  bytes.writeUInt16LE(2, start + 6);
  bytes.writeUInt16LE(optionalBytes, start + 20);
  const optional = start + 24;
  bytes.writeUInt16LE(0x20b, optional);
  bytes.writeUInt32LE(headerBytes, optional + 60);
  bytes.writeUInt32LE(checksum, optional + 64);
  bytes.writeUInt32LE(16, optional + 108);
  if (signed.length > 0) {
    bytes.writeUInt32LE(bytes.length, optional + 112 + 32);
    bytes.writeUInt32LE(signed.length, optional + 112 + 36);
  }
  for (const [i, [at, size]] of [
    [0x600, 0x400],
    [0x400, 0x200],
  ].entries()) {
    const row = optional + optionalBytes + 40 * i;
    bytes.writeUInt32LE(size as number, row + 16);
    bytes.writeUInt32LE(at as number, row + 20);
  }
  bytes.fill('second', 0x600);
  bytes.fill('first', 0x400, 0x600);
  return Buffer.concat([bytes, signed]);
};
