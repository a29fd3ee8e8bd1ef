/** Which process works on a kept market; a process that was killed must not keep the next one out. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '@atoma/node';
import { writePrivateFile } from '../config/home.ts';
import { isAlive, untilGone } from './alive.ts';
import { upError } from './up-errors.ts';

const fileOf = (directory: string): string => join(directory, 'owner.pid');

/** Takes the directory for this process; gives the process that held it and is gone. Throws `UP_IN_USE`. */
export const takeDirectory = async (directory: string): Promise<number | null> => {
  const file = fileOf(directory);
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
  if (last !== null && last !== process.pid && isAlive(last)) throw upError('IN_USE', { directory, pid: last });
  if (last !== null) await untilGone(last);
  writePrivateFile(file, String(process.pid));
  return last;
};

/** Gives the directory back. */
export const leaveDirectory = (directory: string): void => rmSync(fileOf(directory), { force: true });

/** Drops the lease a gone process left on a node's ledger, which would last for seconds. */
export const dropLeaseOf = async (store: Store, pid: number | null): Promise<void> => {
  const instance = pid === null ? undefined : await store.getSetting('instance');
  if (instance !== undefined) await store.dropLease(`${instance}/${pid}`);
};
