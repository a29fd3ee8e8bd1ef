import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { makePrivateDirectory } from '../config/home.ts';
import { cliError } from '../kernel/cli-errors.ts';
import * as s from '../kernel/schema.ts';
import { fits } from '../kernel/schema-faults.ts';
import { writeNamedFile } from '../kernel/write-file.ts';

/** What makes up an embedded ledger: its data and the record of what is published on it. */
const parts = ['ledger', 'deployment.json'] as const;

const filesBelow = (directory: string): readonly string[] =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
    : [];

/** Bytes of all files below a directory. */
export const sizeOf = (directory: string): number =>
  filesBelow(directory).reduce((sum, file) => sum + statSync(file).size, 0);

/** Removes the ledger from a directory. */
export const removeLedger = (directory: string): void => {
  for (const part of parts) rmSync(join(directory, part), { recursive: true, force: true });
};

/** Copies a closed ledger; the target appears whole or not at all. */
export const copyLedger = (from: string, to: string): void => {
  const temporary = `${to}.${process.pid}.tmp`;
  makePrivateDirectory(temporary);
  for (const part of parts) cpSync(join(from, part), join(temporary, part), { recursive: true });
  makePrivateDirectory(to);
  putLedger(temporary, to);
};

/** The ledger's file in a directory of copies. */
export const ledgerFileOf = (directory: string): string => join(directory, 'ledger', 'ledger.sqlite');

/** Copies a ledger that is in use: `write` makes its file; the target appears whole or not at all. */
export const copyOpenLedger = async (
  from: string,
  to: string,
  write: (file: string) => Promise<unknown>,
): Promise<void> => {
  const temporary = `${to}.${process.pid}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  makePrivateDirectory(temporary);
  makePrivateDirectory(join(temporary, 'ledger'));
  try {
    await write(ledgerFileOf(temporary));
    copyFileSync(join(from, 'deployment.json'), join(temporary, 'deployment.json'));
    makePrivateDirectory(to);
    putLedger(temporary, to);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};

/** Moves a ledger into a directory in place of the one there. */
export const putLedger = (from: string, to: string): void => {
  removeLedger(to);
  for (const part of parts) renameSync(join(from, part), join(to, part));
  rmSync(from, { recursive: true, force: true });
};

const magic = 'atoma-ledger/1';

/** Writes a closed ledger into one gzip file: a JSON head with names and sizes, then the files. */
export const writeArchive = (from: string, file: string): number => {
  const files = parts.flatMap((part) => (part === 'ledger' ? filesBelow(join(from, part)) : [join(from, part)]));
  const bodies = files.map((path) => readFileSync(path));
  const entries = files.map((path, at) => ({ name: relative(from, path), size: bodies[at]?.length ?? 0 }));
  const head = Buffer.from(`${JSON.stringify({ format: magic, entries })}\n`);
  const packed = gzipSync(Buffer.concat([head, ...bodies]), { level: 6 });
  writeNamedFile(file, packed, 0o600);
  return packed.length;
};

interface ArchiveHead {
  readonly format: string;
  readonly entries: readonly { readonly name: string; readonly size: number }[];
}

const headSchema = s.record({
  format: { type: 'string', const: magic },
  entries: s.list(s.record({ name: s.text('Path.'), size: s.integer('Bytes.') }), 'Its files.'),
});

const badArchive = (file: string, why: string, cause?: unknown) => cliError('BAD_ARCHIVE', { file, why }, cause);

const unpack = (file: string): Buffer => {
  try {
    return gunzipSync(readFileSync(file));
  } catch (error) {
    throw badArchive(file, (error as Error).message, error);
  }
};

const isSafeName = (name: string): boolean => name === 'deployment.json' || /^ledger\/(?!\.\.?$)[\w.-]+$/.test(name);

const headOf = (file: string, bytes: Buffer, end: number): ArchiveHead => {
  let head: unknown;
  try {
    head = JSON.parse(bytes.subarray(0, end).toString('utf8'));
  } catch (error) {
    throw badArchive(file, 'its head cannot be read.', error);
  }
  if (!fits<ArchiveHead>(headSchema, head) || !head.entries.every(({ name, size }) => isSafeName(name) && size >= 0))
    throw badArchive(file, 'it is of another format.');
  if (head.entries.reduce((total, { size }) => total + size, end + 1) !== bytes.length)
    throw badArchive(file, 'it is cut off, or something was added to it.');
  const missing = parts.find((part) => !head.entries.some(({ name }) => name.split('/')[0] === part));
  if (missing !== undefined) throw badArchive(file, `it holds no ${missing}.`);
  return head;
};

/** Unpacks an archive into a directory of its own. */
const unpackInto = (file: string, temporary: string): void => {
  const bytes = unpack(file);
  const end = bytes.indexOf(10);
  const head = headOf(file, bytes, end);
  rmSync(temporary, { recursive: true, force: true });
  let at = end + 1;
  for (const { name, size } of head.entries) {
    const path = join(temporary, name);
    makePrivateDirectory(dirname(path));
    writeFileSync(path, bytes.subarray(at, at + size), { mode: 0o600 });
    at += size;
  }
};

/** Reads an archive and puts its ledger into a directory in place of the one there. */
export const readArchive = (file: string, to: string): void => {
  const temporary = `${to}.${process.pid}.tmp`;
  unpackInto(file, temporary);
  makePrivateDirectory(to);
  chmodSync(to, 0o700);
  putLedger(temporary, to);
};

/** Puts a copy in the place of a ledger that is in use: `load` brings its file in. */
export const putIntoOpenLedger = async (
  copy: string,
  to: string,
  load: (file: string) => Promise<unknown>,
): Promise<void> => {
  await load(ledgerFileOf(copy));
  copyFileSync(join(copy, 'deployment.json'), join(to, 'deployment.json'));
};

/** Reads an archive into a ledger that is in use. */
export const readArchiveIntoOpen = async (
  file: string,
  to: string,
  load: (file: string) => Promise<unknown>,
): Promise<void> => {
  const temporary = `${to}.${process.pid}.tmp`;
  try {
    unpackInto(file, temporary);
    await putIntoOpenLedger(temporary, to, load);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
};
