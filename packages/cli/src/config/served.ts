/** The note by which the process that serves the embedded ledger is found. */
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

/** The process that serves the embedded ledger now, if one does. Leaves the note of a dead one: what is removed may be the next one's, written since. */
export const runningServer = (settings: Settings): Server | undefined => {
  const server = readNote<Server>(serverFile(settings), schema);
  return server && isAlive(server.pid) ? server : undefined;
};
