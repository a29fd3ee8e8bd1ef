import type { AtomaError } from '@atoma/base';
import { cliError } from './cli-errors.ts';

/** The parts of the errors of Node and SQLite that are read. */
interface Fault {
  readonly code?: unknown;
  readonly errcode?: unknown;
  readonly path?: unknown;
  readonly syscall?: unknown;
  readonly port?: unknown;
  readonly cause?: unknown;
}

type Name =
  | 'DISK_FULL'
  | 'READ_ONLY'
  | 'NO_PERMISSION'
  | 'WRONG_KIND'
  | 'PATH_TOO_LONG'
  | 'PORT_TAKEN'
  | 'PORT_REFUSED'
  | 'TOO_MANY_FILES';

const byCode: Readonly<Record<string, Name>> = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EFBIG: 'DISK_FULL',
  EROFS: 'READ_ONLY',
  EACCES: 'NO_PERMISSION',
  EPERM: 'NO_PERMISSION',
  ENOTDIR: 'WRONG_KIND',
  EISDIR: 'WRONG_KIND',
  EEXIST: 'WRONG_KIND',
  ELOOP: 'WRONG_KIND',
  ENAMETOOLONG: 'PATH_TOO_LONG',
  EMFILE: 'TOO_MANY_FILES',
  ENFILE: 'TOO_MANY_FILES',
  EADDRINUSE: 'PORT_TAKEN',
};

/** Primary result codes of SQLite (sqlite.org/rescode.html): PERM, READONLY, IOERR, FULL, CANTOPEN. */
const bySqlite: Readonly<Record<number, Name>> = {
  3: 'NO_PERMISSION',
  8: 'READ_ONLY',
  10: 'DISK_FULL',
  13: 'DISK_FULL',
  14: 'NO_PERMISSION',
};

const nameOf = ({ code, errcode, syscall }: Fault): Name | undefined => {
  if (syscall === 'listen' && code === 'EACCES') return 'PORT_REFUSED';
  if (syscall === 'mkdir' && code === 'ENOENT') return 'NO_PERMISSION'; // what is above is there: this system makes nothing here
  if (typeof errcode === 'number') return bySqlite[errcode & 0xff];
  return typeof code === 'string' && Object.hasOwn(byCode, code) ? byCode[code] : undefined;
};

/**
 * The fault of this computer behind an error, its causes looked through: full disk, read-only file system, missing permission, a
 * port in use. Undefined when it is about something else. `home` is named where the system names no file, as SQLite does not.
 */
export const systemFault = (thrown: unknown, home: string): AtomaError | undefined => {
  for (let at = thrown; typeof at === 'object' && at !== null; at = (at as Fault).cause) {
    const fault = at as Fault;
    const name = nameOf(fault);
    if (name === undefined) continue;
    const path = typeof fault.path === 'string' && fault.path !== '' ? fault.path : home;
    return cliError(name, { path, port: String(fault.port ?? ''), why: (at as Error).message }, thrown);
  }
  return undefined;
};
