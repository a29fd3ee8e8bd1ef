/** The note by which the process that serves the embedded ledger is found. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../up/alive.ts';
import type { Settings } from './settings.ts';

/** What a process that serves the embedded ledger leaves for the others. */
export interface Server {
  readonly pid: number;
  readonly url: string;
}

/** The file by which a serving process is found. */
export const serverFile = (settings: Settings): string => join(settings.home.embedded, 'server.json');

/** The process that serves the embedded ledger now, if one does. A stale note of a dead one is removed. */
export const runningServer = (settings: Settings): Server | undefined => {
  const file = serverFile(settings);
  if (!existsSync(file)) return undefined;
  try {
    const server = JSON.parse(readFileSync(file, 'utf8')) as Server;
    if (isAlive(server.pid)) return server;
  } catch {
    // An unreadable note says as much as none.
  }
  rmSync(file, { force: true });
  return undefined;
};
