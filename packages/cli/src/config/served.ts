/** The note by which the process that serves the embedded ledger is found. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as s from '../kernel/schema.ts';
import { isAlive } from '../up/alive.ts';
import { readNote } from './note.ts';
import type { Settings } from './settings.ts';

/** What a process that serves the embedded ledger leaves for the others. */
export interface Server {
  readonly pid: number;
  readonly url: string;
}

/** The file by which a serving process is found. */
export const serverFile = (settings: Settings): string => join(settings.home.embedded, 'server.json');

const schema = s.record({ pid: s.integer('Process.'), url: s.text('Its RPC.') });

/** The process that serves the embedded ledger now, if one does. A stale note of a dead one is removed. */
export const runningServer = (settings: Settings): Server | undefined => {
  const file = serverFile(settings);
  const server = readNote<Server>(file, schema);
  if (server && isAlive(server.pid)) return server;
  rmSync(file, { force: true });
  return undefined;
};
