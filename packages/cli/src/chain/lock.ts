import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makePrivateDirectory, writePrivateFile } from '../config/home.ts';
import { cliError } from '../kernel/cli-errors.ts';

/** How long a command waits for another process to finish with the ledger, in ms. */
const patienceMs = 20_000;
const noticeAfterMs = 1_000;

const isBusy = (error: unknown): boolean => /locked|busy/i.test(error instanceof Error ? error.message : '');

const holderOf = (directory: string): string => {
  try {
    return readFileSync(join(directory, 'holder'), 'utf8').trim();
  } catch {
    return 'an unknown process';
  }
};

/** Who is asking, for the message another process shows when it waits for us. */
export interface LockParameters {
  readonly directory: string;
  readonly command: string;
  readonly note: (text: string) => void;
  /** How long to wait, in ms. */
  readonly patience?: number;
}

/**
 * Holds the directory's lock until the returned function is called. It is SQLite's own file lock: the operating
 * system drops it when the process dies, so a crash never leaves a lock behind.
 */
export const lockDirectory = async ({
  directory,
  command,
  note,
  patience = patienceMs,
}: LockParameters): Promise<() => void> => {
  makePrivateDirectory(directory);
  const { DatabaseSync } = await import('node:sqlite');
  const file = join(directory, 'lock');
  closeSync(openSync(file, 'a', 0o600)); // SQLite itself would let others read it
  const database = new DatabaseSync(file);
  const started = Date.now();
  let noticed = false;
  for (;;) {
    try {
      database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      break;
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
    const waited = Date.now() - started;
    if (waited >= patience) {
      database.close();
      throw cliError('LEDGER_BUSY', { seconds: Math.round(waited / 1000), holder: holderOf(directory) });
    }
    if (!noticed && waited >= noticeAfterMs) {
      note(`waiting for ${holderOf(directory)} to finish with the embedded ledger ...`);
      noticed = true;
    }
    await sleep(15);
  }
  writePrivateFile(join(directory, 'holder'), `\`${command}\` (process ${process.pid})\n`);
  return () => {
    if (database.isOpen) database.close();
  };
};
