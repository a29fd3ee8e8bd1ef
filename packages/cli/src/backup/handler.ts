/** `atoma backup` and `atoma restore`: everything the program keeps, copied while it runs, and put back. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { isSqlite, makeDirectory, sqliteDamage } from '@atoma/base';
import { markCopy } from '@atoma/node';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler } from '../kernel/command.ts';
import { counted, rowLines } from '../kernel/lines.ts';
import { version } from '../kernel/version.ts';
import { runningPrograms } from '../program/running-programs.ts';
import { copyFile, hashOf, isLogOf } from './copy.ts';
import type { backupFlags, restoreFlags } from './flags.ts';
import { filesOf, type Manifest, manifestOf, readBackup } from './manifest.ts';

/** Notes of programs that run, their locks, and what SQLite or a copy leaves behind: nothing to put back. */
const passing = [
  /(?:^|\/)running\//,
  /\.lock(?:-journal)?$/,
  /-(?:wal|shm|journal)$/,
  /-mark$/, // beside the original alone: a journal without it knows that it is a copy
  /\.tmp$/,
  /^up(?:\.json|\.log|-admin\.token)$/,
  /^embedded\/(?:lock|holder|server\.json)$/,
  /^completion\.json$/,
];

/** Where nodes keep their requests; a copy of that is marked as one. */
const isNodeLedger = (path: string): boolean => /(?:^node\/[^/]+|\/node-\d+)\.db$/.test(path);

/** Names of all files below a directory, those behind links too; a link to a directory it lies in ends there. */
const namesBelow = (directory: string, path = '', above: readonly string[] = []): readonly string[] => {
  const here = realpathSync(join(directory, path));
  if (above.includes(here)) return [];
  return readdirSync(here).flatMap((name) => {
    const found = statSync(join(here, name), { throwIfNoEntry: false });
    if (found?.isDirectory()) return namesBelow(directory, join(path, name), [...above, here]);
    return found?.isFile() ? [join(path, name)] : [];
  });
};

/** Files below a directory, the ledger last: what nodes and buyers wrote down is never ahead of its copy. */
const filesBelow = (directory: string): readonly string[] => {
  const isLedger = (path: string): number => Number(/^(?:embedded|up)\//.test(path));
  return namesBelow(directory)
    .filter((path) => !passing.some((each) => each.test(path)) && !isLogOf(join(directory, path)))
    .sort((a, b) => isLedger(a) - isLedger(b) || a.localeCompare(b));
};

const sumOf = (manifest: Manifest): number => manifest.files.reduce((sum, { bytes }) => sum + bytes, 0);

/** A folder nobody looks at yet, beside the one it becomes; what a killed process of the same number left there is removed. */
const stagingOf = (directory: string): string => {
  const staging = `${directory}.${process.pid}.partial`;
  rmSync(staging, { recursive: true, force: true });
  return staging;
};

/** Copies a home into such a folder. */
const copyHome = (home: string, staging: string): Manifest => {
  const files = filesOf(staging);
  const written = filesBelow(home).flatMap((path) => {
    const to = join(files, path);
    makeDirectory(dirname(to));
    const made = copyFile(join(home, path), to);
    if (isNodeLedger(path)) markCopy(to);
    return made;
  });
  const described = written.map((file) => {
    const damage = isSqlite(file) ? sqliteDamage(file) : undefined;
    if (damage !== undefined) throw cliError('BACKUP_BAD', { backup: file, why: damage });
    return { path: relative(files, file), bytes: statSync(file).size, sha256: hashOf(file) };
  });
  return { schema: 'atoma/backup/1', made_at: new Date().toISOString(), version: version(), files: described };
};

/** `atoma backup` */
export const backup: Handler<typeof backupFlags> = async (run, { directory }) => {
  const home = run.settings.home.directory;
  const to = resolve(run.io.cwd, directory);
  if (existsSync(to)) throw cliError('BACKUP_EXISTS', { backup: to });
  if (!existsSync(home)) throw cliError('BACKUP_EMPTY', { home });
  if (!relative(home, to).startsWith('..')) throw cliError('BACKUP_INSIDE', { home });
  const staging = stagingOf(to);
  try {
    makeDirectory(filesOf(staging));
    const manifest = copyHome(home, staging);
    if (manifest.files.length === 0) throw cliError('BACKUP_EMPTY', { home });
    writeFileSync(manifestOf(staging), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    renameSync(staging, to);
    return {
      data: { backup: to, made_at: manifest.made_at, files: manifest.files.length, bytes: sumOf(manifest) },
      short: to,
      lines: (paint) => [
        `${paint.green('done:')} ${counted(manifest.files.length, 'file')} of ${home}, checked`,
        ...rowLines(paint, [['backup', to]]),
        '  it holds private keys: keep it as safe as the wallet',
      ],
    };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
};

/** Where what was there before a restore is kept. */
const aside = (home: string): string => `${home}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;

/** What a system says of a directory that cannot be renamed, or beside which nothing can be made: a volume, or another's folder. */
const fixed: ReadonlySet<unknown> = new Set(['EBUSY', 'EXDEV', 'EROFS', 'EACCES', 'EPERM']);

/** Puts the files where the home is, which becomes `before`; all of it or nothing. Throws `CLI_RESTORE_FIXED`. */
const putBack = ({ files }: Manifest, from: string, home: string, before: string | null): void => {
  const staging = stagingOf(home);
  try {
    mkdirSync(staging, { mode: 0o700 });
    for (const { path } of files) {
      makeDirectory(dirname(join(staging, path)));
      copyFileSync(join(filesOf(from), path), join(staging, path));
      chmodSync(join(staging, path), 0o600);
    }
    if (before !== null) renameSync(home, before);
    renameSync(staging, home);
  } catch (error) {
    if (before !== null && existsSync(before) && !existsSync(home)) renameSync(before, home);
    const { code, message } = error as NodeJS.ErrnoException;
    throw fixed.has(code) ? cliError('RESTORE_FIXED', { home, why: message }, error) : error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
};

/** `atoma restore` */
export const restore: Handler<typeof restoreFlags> = async (run, { directory, replace, check }) => {
  const home = run.settings.home.directory;
  const from = resolve(run.io.cwd, directory);
  const manifest = readBackup(from);
  const facts = { backup: from, made_at: manifest.made_at, files: manifest.files.length, bytes: sumOf(manifest) };
  if (check)
    return {
      data: { ...facts, home: null, before: null },
      short: from,
      lines: (paint) => [`${paint.green('done:')} ${counted(facts.files, 'file')} of ${facts.made_at} are whole`],
    };
  const [running] = await runningPrograms(run.settings);
  if (running) throw cliError('STILL_RUNNING', { what: running.what, pid: running.pid });
  const taken = existsSync(home) && readdirSync(home).length > 0;
  if (taken && !replace) throw cliError('RESTORE_OVER', { home });
  const before = taken ? aside(home) : null;
  putBack(manifest, from, home, before);
  return {
    data: { ...facts, home, before },
    short: home,
    lines: (paint) => [
      `${paint.green('done:')} ${counted(facts.files, 'file')} of ${facts.made_at} are in ${home}`,
      ...(before === null ? [] : [`  what was there is in ${before}`]),
      '  a node asks the owners of its open stacks for receipts given since; `atoma node status` shows which',
    ],
  };
};
