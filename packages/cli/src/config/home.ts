import { closeSync, lstatSync, openSync, renameSync, rmSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Hold, holdFile, makeDirectory } from '@atoma/base';
import { cliError } from '../kernel/cli-errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Where everything the program keeps lies: `$ATOMA_HOME`, or `~/.atoma`. */
export const homeDirectory = (env: Env): string =>
  env.ATOMA_HOME ? resolve(env.ATOMA_HOME) : join(env.HOME ?? homedir(), '.atoma');

const kindOf = (file: Stats): string => {
  if (file.isFIFO()) return 'a pipe';
  return file.isFile() ? 'a file' : 'a device or socket';
};

/** Throws `CLI_HOME_UNUSABLE` when something that is no directory has the place of the data directory. */
export const assertUsableHome = (directory: string): void => {
  const refuse = (what: string) => cliError('HOME_UNUSABLE', { path: directory, what });
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) throw refuse(kindOf(found));
  if (!found && lstatSync(directory, { throwIfNoEntry: false })) throw refuse('a link that leads nowhere');
};

/** The files and directories below the home directory. */
export interface HomeLayout {
  readonly directory: string;
  /** User settings, one JSON object. */
  readonly config: string;
  /** Networks the user added, by name. */
  readonly networks: string;
  /** One key file for each wallet. */
  readonly wallets: string;
  /** One record for each network (and for each further package named there). */
  readonly deployments: string;
  /** The embedded ledger: its data and the record of what is published on it. */
  readonly embedded: string;
  /** Named copies of the embedded ledger. */
  readonly snapshots: string;
}

/** The layout below `directory`. */
export const homeLayout = (directory: string): HomeLayout => ({
  directory,
  config: join(directory, 'config.json'),
  networks: join(directory, 'networks.json'),
  wallets: join(directory, 'wallets'),
  deployments: join(directory, 'deployments'),
  embedded: join(directory, 'embedded'),
  snapshots: join(directory, 'snapshots'),
});

/** A name given by people, without what a file system may not like. */
export const fileName = (name: string): string => name.replace(/[^A-Za-z0-9_.-]/g, '_');

/** Makes a directory (and those above it) that only its owner can enter. */
export const makePrivateDirectory = makeDirectory;

/** Writes a file only its owner can read, whole or not at all. */
export const writePrivateFile = (file: string, text: string): void => {
  makePrivateDirectory(dirname(file));
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
};

/** Holds `<path>.lock` for this process; makes its directory. Undefined when another process holds it, and does for `waitMs`. */
export const holdPrivateFile = (path: string, waitMs = 0): Hold | undefined => {
  makePrivateDirectory(dirname(path));
  closeSync(openSync(`${path}.lock`, 'a', 0o600)); // says what is wrong with the directory, which SQLite does not
  return holdFile(path, waitMs);
};
