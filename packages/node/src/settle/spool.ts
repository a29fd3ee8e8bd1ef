/** Lines of unknown length on disk instead of in memory. The file has no name: whatever ends the process, nothing is left behind. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { nodeError } from '../errors.ts';

/** A line and where it lies. */
export interface SpooledLine {
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** Bytes that were written once and are read line by line. */
export interface Spool {
  readonly write: (part: Uint8Array) => void;
  /** Lines without their line feeds, from a position on; a last one without line feed is not a line. */
  readonly lines: (from?: number) => AsyncGenerator<SpooledLine>;
  /** Bytes at a position. */
  readonly read: (at: number, length: number) => Buffer;
  readonly size: () => number;
  readonly close: () => void;
}

const CHUNK = 256 * 1024;
const LINE_FEED = 0x0a;

const onDisk = <Value>(work: () => Value): Value => {
  try {
    return work();
  } catch (cause) {
    throw nodeError('SPOOL', { path: tmpdir(), why: (cause as Error).message }, cause);
  }
};

const openNameless = (): number => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-node-'));
  try {
    return openSync(join(directory, 'spool'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** Opens an empty one in the directory for temporary files. It and `write` throw `NODE_SPOOL`. */
export const openSpool = (): Spool => {
  const file = onDisk(openNameless);
  let size = 0;
  const read = (at: number, length: number): Buffer => {
    const bytes = Buffer.alloc(Math.min(length, size - at));
    let filled = 0;
    while (filled < bytes.length) filled += readSync(file, bytes, filled, bytes.length - filled, at + filled);
    return bytes;
  };
  async function* lines(from = 0): AsyncGenerator<SpooledLine> {
    let rest: Buffer = Buffer.alloc(0);
    for (let at = from, start = from; at < size; ) {
      const chunk = read(at, CHUNK);
      at += chunk.length;
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let begin = 0;
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED, begin)) {
        yield { text: rest.toString('utf8', begin, end), at: start + begin, length: end - begin };
        begin = end + 1;
      }
      rest = rest.subarray(begin);
      start += begin;
      await nextTurn();
    }
  }
  return {
    write: (part) => {
      for (let done = 0; done < part.length; )
        done += onDisk(() => writeSync(file, part, done, part.length - done, size + done));
      size += part.length;
    },
    lines,
    read,
    size: () => size,
    close: () => closeSync(file),
  };
};
