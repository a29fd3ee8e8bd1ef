/** Which process runs the market of a home, and which ran it before: one that was killed must not keep the next one out. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Hold } from '@atoma/base';
import type { Store } from '@atoma/node';
import { holdPrivateFile, writePrivateFile } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import { untilGone } from './alive.ts';
import { answeringUp } from './running-market.ts';
import { upError } from './up-errors.ts';

/** Throws `UP_RUNNING` when a market is ready. */
export const refuseSecond = async (settings: Settings): Promise<void> => {
  const other = await answeringUp(settings);
  if (other) throw upError('RUNNING', { pid: other.pid, url: other.base_url });
};

const [OTHERS_MS, LOOK_MS] = [60_000, 50];

/**
 * Holds the market of a home for this process, whatever happens to it. Waits for one that ends, and for one that starts, which
 * throws `UP_RUNNING` as soon as it is ready, and `UP_IN_USE` if it takes longer.
 */
export const holdUp = async (settings: Settings): Promise<Hold> => {
  const { directory } = settings.home;
  for (const deadline = Date.now() + OTHERS_MS; ; await pause(LOOK_MS)) {
    const hold = holdPrivateFile(join(directory, 'up'));
    if (hold) return hold;
    await refuseSecond(settings);
    if (Date.now() > deadline) throw upError('IN_USE', { directory });
  }
};

const fileOf = (directory: string): string => join(directory, 'owner.pid');

/** Notes that this process works on the directory of the market it holds; gives the one before, if it did not end in order. */
export const takeDirectory = async (directory: string): Promise<number | null> => {
  const file = fileOf(directory);
  const last = existsSync(file) ? Number(readFileSync(file, 'utf8')) : null;
  if (last !== null) await untilGone(last);
  writePrivateFile(file, String(process.pid));
  return last;
};

/** Notes that it ended in order. */
export const leaveDirectory = (directory: string): void => rmSync(fileOf(directory), { force: true });

/** Drops the lease a gone process left on a node's ledger, which would last for seconds. */
export const dropLeaseOf = async (store: Store, pid: number | null): Promise<void> => {
  const instance = pid === null ? undefined : await store.getSetting('instance');
  if (instance !== undefined) await store.dropLease(`${instance}/${pid}`);
};
