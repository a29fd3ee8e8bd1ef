/**
 * A file of records that only grows, in front of a database: appending is one `write`, and survives the end of the process, not a power
 * cut. Before each payload lie its `length`, `~length` and CRC-32 (u32, little endian). The first record, the head, says what the
 * others are.
 */
import { closeSync, constants, fchmodSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** A log that is written to, by one process at a time. Errors are those of node:fs. */
export interface RecordLog {
  /** Writes the record made of these parts; it then survives the end of the process. When this throws the log is as it was. */
  readonly append: (parts: readonly Uint8Array[]) => void;
  /** Bytes of records behind the head. */
  readonly size: () => number;
  /** Forgets all records: the database has them. */
  readonly empty: () => void;
  readonly close: () => void;
}

/** What a log holds. */
export interface FoundRecords {
  /** Undefined when there is no log. */
  readonly head: Buffer | undefined;
  /** Payloads in the order they were written. One whose write never returned is not among them. */
  readonly records: readonly Buffer[];
  /** Where a record is not what was written, bytes from the beginning; nothing after it was read. Undefined: nowhere. */
  readonly damagedAt: number | undefined;
}

/** Bytes before the payload. */
const FRAME = 12;

const framed = (parts: readonly Uint8Array[]): Buffer => {
  const record = Buffer.concat([Buffer.alloc(FRAME), ...parts]);
  const length = record.length - FRAME;
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(~length >>> 0, 4);
  record.writeUInt32LE(crc32(record.subarray(FRAME)), 8);
  return record;
};

/** Starts a log, 0600 and empty: what it held must be in the database. */
export const openRecordLog = (path: string, head: Uint8Array): RecordLog => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let size = 0;
  /** Part of a record may lie behind the end of the log. */
  let torn = true;
  const cut = (): void => {
    ftruncateSync(fd, size);
    torn = false;
  };
  const append = (parts: readonly Uint8Array[]): void => {
    if (torn) cut();
    const record = framed(parts);
    try {
      for (let done = 0; done < record.length; ) done += writeSync(fd, record, done, record.length - done, size + done);
      size += record.length;
    } catch (error) {
      torn = true;
      try {
        cut();
      } catch {
        // The next write cuts first.
      }
      throw error;
    }
  };
  try {
    fchmodSync(fd, 0o600);
    append([head]);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const empty = size;
  return {
    append,
    size: () => size - empty,
    empty: () => {
      ftruncateSync(fd, empty);
      size = empty;
      torn = false;
    },
    close: () => closeSync(fd),
  };
};

const bytesOf = (path: string): Buffer => {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
};

/**
 * Reads a log. A record that the file ends within was never acted on, for its write had not returned: it is left out. Any other
 * record that is not whole is damage.
 */
export const readRecordLog = (path: string): FoundRecords => {
  const bytes = bytesOf(path);
  const payloads: Buffer[] = [];
  let damagedAt: number | undefined;
  for (let at = 0; at + FRAME <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    const sound = bytes.readUInt32LE(at + 4) === ~length >>> 0;
    const end = at + FRAME + length;
    if (sound && end > bytes.length) break;
    const payload = bytes.subarray(at + FRAME, end);
    if (!sound || crc32(payload) !== bytes.readUInt32LE(at + 8)) {
      damagedAt = at;
      break;
    }
    payloads.push(payload);
    at = end;
  }
  const [head, ...records] = payloads;
  return { head, records, damagedAt };
};
