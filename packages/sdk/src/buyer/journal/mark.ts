/**
 * A small file beside a journal that belongs to none of its copies: how many requests the journal held, 20 digits, then inode and time of
 * birth of its file. An older journal that was put back holds fewer; a copy is another file.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';

/** A mark that is kept up to date, by one process at a time. Errors are those of node:fs. */
export interface Mark {
  /** Notes how many requests the journal holds: they are in its file. */
  readonly note: (requests: bigint) => void;
  readonly close: () => void;
}

const DIGITS = 20;

const digits = (requests: bigint): string => String(requests).padStart(DIGITS, '0');

/** Path of the mark of a journal. */
export const markOf = (path: string): string => `${path}-mark`;

const statOf = (path: string): BigIntStats => statSync(path, { bigint: true });

/** Starts the mark of a journal that is whole, 0600. */
export const openMark = (path: string, requests: bigint): Mark => {
  const { ino, birthtimeNs } = statOf(path);
  const fd = openSync(markOf(path), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    fchmodSync(fd, 0o600);
    ftruncateSync(fd, 0);
    writeSync(fd, `${digits(requests)} ${ino} ${birthtimeNs}\n`, 0);
    fsyncSync(fd);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    note: (count) => void writeSync(fd, digits(count), 0),
    close: () => closeSync(fd),
  };
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

/** Why a journal of so many requests is not the one its mark was left beside; undefined: it is. */
export const differsFromMark = (path: string, requests: bigint): string | undefined => {
  const [, held, inode, born] = /^(\d{20}) (\d+) (\d+)\n$/.exec(textOf(markOf(path))) ?? [];
  if (held === undefined) return `the file ${markOf(path)} beside it is missing`;
  const { ino, birthtimeNs, ctimeNs } = statOf(path);
  // Where a system keeps no time of birth, the time of the last change may stand in its place.
  const sameBirth = born === String(birthtimeNs) || birthtimeNs === ctimeNs;
  if (inode !== String(ino) || !sameBirth) return 'it is a copy, or was moved to another file system';
  if (requests >= BigInt(held)) return undefined;
  return `it holds ${requests} ${requests === 1n ? 'request' : 'requests'}, and held ${BigInt(held)}`;
};
