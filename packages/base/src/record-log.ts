/**
 * A file of records that only grows, in front of a database: appending is one `write`, and survives the end of the process, not a power
 * cut. Before each payload lie its `length`, `~length` and CRC-32 (u32, little endian). The first payload, the head, is a text that says
 * what the others are: the length of a JSON text (u32), that text, and bytes whose lengths it gives.
 */
import { closeSync, constants, fchmodSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

/** A log that is written to, by one process at a time. Errors are those of node:fs. */
export interface RecordLog {
  /** Writes a record; it then survives the end of the process. When this throws the log is as it was. */
  readonly append: (record: LogRecord) => void;
  /** Bytes of records behind the head. */
  readonly size: () => number;
  /** Forgets all records: the database has them. */
  readonly empty: () => void;
  readonly close: () => void;
}

/** What one record says. */
export interface LogRecord {
  /** Anything JSON can tell. */
  readonly values: unknown;
  readonly blobs: readonly (Uint8Array | null)[];
}

/** What a log holds. */
export interface FoundRecords {
  /** Undefined when there is no log. */
  readonly head: string | undefined;
  /** In the order they were written. One whose write never returned is not among them. */
  readonly records: readonly LogRecord[];
  /** Where a record is not what was written, bytes from the beginning; nothing after it was read. Undefined: nowhere. */
  readonly damagedAt: number | undefined;
}

/** Bytes before the payload. */
const FRAME = 12;

/** Records up to this size are put together in one buffer, over the one before. */
const SCRATCH_BYTES = 64 * 1_024;

/** Frames a payload of `length` bytes that `fill` writes from where it is told. */
const framed = (scratch: Buffer, length: number, fill: (record: Buffer, at: number) => void): Buffer => {
  const size = FRAME + length;
  const record = size <= scratch.length ? scratch.subarray(0, size) : Buffer.allocUnsafe(size);
  fill(record, FRAME);
  record.writeUInt32LE(length, 0);
  record.writeUInt32LE(~length >>> 0, 4);
  record.writeUInt32LE(crc32(record.subarray(FRAME)), 8);
  return record;
};

const framedRecord = (scratch: Buffer, { values, blobs }: LogRecord): Buffer => {
  const text = JSON.stringify([values, blobs.map((blob) => blob?.length ?? null)]);
  const textLength = Buffer.byteLength(text);
  const length = blobs.reduce((sum, blob) => sum + (blob?.length ?? 0), 4 + textLength);
  return framed(scratch, length, (record, from) => {
    record.writeUInt32LE(textLength, from);
    record.write(text, from + 4);
    let at = from + 4 + textLength;
    for (const blob of blobs) {
      if (blob) record.set(blob, at);
      at += blob?.length ?? 0;
    }
  });
};

const decode = (payload: Buffer): LogRecord => {
  let at = 4;
  const take = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(payload.subarray(at - length, at));
  };
  const text = new TextDecoder().decode(take(payload.readUInt32LE(0)));
  const [values, lengths]: readonly [unknown, unknown] = JSON.parse(text);
  return {
    values,
    blobs: (Array.isArray(lengths) ? lengths : []).map((length) => (typeof length === 'number' ? take(length) : null)),
  };
};

/** Starts a log, 0600 and empty: what it held must be in the database. */
export const openRecordLog = (path: string, head: string): RecordLog => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);
  let size = 0;
  /** Part of a record may lie behind the end of the log. */
  let torn = true;
  const cut = (): void => {
    ftruncateSync(fd, size);
    torn = false;
  };
  const write = (record: Buffer): void => {
    if (torn) cut();
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
    const title = Buffer.from(head);
    write(framed(scratch, title.length, (record, at) => void record.set(title, at)));
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  const empty = size;
  return {
    append: (record) => write(framedRecord(scratch, record)),
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
  return { head: head?.toString(), records: records.map(decode), damagedAt };
};
