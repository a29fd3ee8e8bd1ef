/** Lines of unknown length on disk instead of in memory. The file has no name: whatever ends the process, nothing is left behind. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { nodeError } from '../node-errors.ts';

/** A line and where it lies. */
export interface SpooledLine {
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** Bytes that were written once and are read line by line. */
export interface Spool {
  readonly write: (part: Uint8Array) => void;
  /** Lines without their line feeds, from a position on, up to one of more than 128 MiB; a last one without line feed is not a line. */
  readonly lines: (from?: number) => AsyncGenerator<SpooledLine>;
  /** Bytes at a position. */
  readonly read: (at: number, length: number) => Buffer;
  readonly size: () => number;
  readonly close: () => void;
}

const CHUNK = 256 * 1024;
/** The largest body a node takes, as base64, with what is shown of its work: a giver of more would fill the memory of who reads it. */
const MAX_LINE = 128 * 1024 * 1024;
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
    let parts: Buffer[] = [];
    let held = 0;
    for (let at = from, start = from; at < size && held <= MAX_LINE; ) {
      const chunk = read(at, CHUNK);
      at += chunk.length;
      let begin = 0;
      for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, begin)) {
        const line = Buffer.concat([...parts, chunk.subarray(begin, end)]);
        yield { text: line.toString('utf8'), at: start, length: line.length };
        start += line.length + 1;
        begin = end + 1;
        [parts, held] = [[], 0];
      }
      parts.push(chunk.subarray(begin));
      held += chunk.length - begin;
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
