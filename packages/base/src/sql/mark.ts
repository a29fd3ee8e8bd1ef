/**
 * A small file beside a database that belongs to none of its copies: how many rows the database held that are never deleted, 20 digits, then
 * inode and time of birth of its file. An older database that was put back holds fewer; a copy is another file.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';

/** A mark that is kept up to date, by one process at a time. Errors are those of node:fs. */
export interface Mark {
  /** Notes how many rows the database holds. */
  readonly note: (rows: bigint) => void;
  readonly close: () => void;
}

const DIGITS = 20;

const digits = (rows: bigint): string => String(rows).padStart(DIGITS, '0');

/** Path of the mark of a database. */
export const markOf = (path: string): string => `${path}-mark`;

const statOf = (path: string): BigIntStats => statSync(path, { bigint: true });

/** Starts the mark of a database of so many rows, 0600. */
export const openMark = (path: string, rows: bigint): Mark => {
  const { ino, birthtimeNs } = statOf(path);
  const fd = openSync(markOf(path), constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    fchmodSync(fd, 0o600);
    const text = `${digits(rows)} ${ino} ${birthtimeNs}\n`;
    // One write over the same bytes: a mark that fits stays one, whenever the process is killed.
    writeSync(fd, text, 0);
    if (fstatSync(fd).size > text.length) ftruncateSync(fd, text.length);
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

/** What a mark says: rows, inode and time of birth of the file it lies beside; undefined without one. Errors are those of node:fs. */
export const readMark = (
  path: string,
): { readonly rows: bigint; readonly inode: string; readonly born: string } | undefined => {
  try {
    const [, rows, inode, born] = /^(\d{20}) (\d+) (\d+)\n$/.exec(readFileSync(markOf(path), 'utf8')) ?? [];
    return rows && inode && born ? { rows: BigInt(rows), inode, born } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Why a database of so many rows is not the one its mark was left beside; undefined: it is. */
export const differsFromMark = (path: string, rows: bigint): string | undefined => {
  const mark = readMark(path);
  if (!mark) return `the file ${markOf(path)} beside it is missing`;
  const { ino, birthtimeNs, ctimeNs } = statOf(path);
  // Where a system keeps no time of birth, the time of the last change may stand in its place.
  const sameBirth = mark.born === String(birthtimeNs) || birthtimeNs === ctimeNs;
  if (mark.inode !== String(ino) || !sameBirth) return 'it is a copy, or was moved to another file system';
  return rows < mark.rows ? `it is an older copy: it holds ${rows} requests, and held ${mark.rows}` : undefined;
};
