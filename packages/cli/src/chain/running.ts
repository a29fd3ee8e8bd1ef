/** Notes that programs which stay leave while they run, so that `atoma status` can tell of them. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';
import { isAlive } from '../up/alive.ts';

/** A program of ours that runs. */
export interface Running {
  /** `node 1`, `gateway`, `watch`, ... */
  readonly what: string;
  readonly pid: number;
  /** Where it answers; null for a program nobody asks. */
  readonly address: string | null;
  /** Its administrator's surface; absent for a program without one. */
  readonly admin?: string;
}

const directoryOf = (settings: Settings): string => join(settings.home.directory, 'running');

/** Leaves a note for as long as this run lasts. */
export const announceRunning = (run: Run, what: string, address: string | null, admin?: string): void => {
  const file = join(directoryOf(run.settings), `${what}-${process.pid}.json`);
  const note: Running = { what, pid: process.pid, address, ...(admin === undefined ? {} : { admin }) };
  writePrivateFile(file, `${JSON.stringify(note)}\n`);
  run.onEnd(() => rmSync(file, { force: true }));
};

const readNote = (file: string): Running | undefined => {
  try {
    const { what, pid, address, admin } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (typeof pid !== 'number' || !isAlive(pid)) return undefined;
    const asked = typeof admin === 'string' ? { admin } : {};
    return { what: String(what), pid, address: typeof address === 'string' ? address : null, ...asked };
  } catch {
    return undefined; // an unreadable note says as much as none
  }
};

/** The programs that run; notes of those that were killed are removed. */
export const announcedRunning = (settings: Settings): readonly Running[] => {
  const directory = directoryOf(settings);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const file = join(directory, name);
    const note = readNote(file);
    if (!note) rmSync(file, { force: true });
    return note ? [note] : [];
  });
};
