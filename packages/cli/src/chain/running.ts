/** Notes that programs which stay leave while they run, so that `atoma status` can tell of them. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivateFile } from '../config/home.ts';
import { readNote } from '../config/note.ts';
import type { Settings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
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

const schema = s.record(
  {
    what: s.text('Program.'),
    pid: s.integer('Process.'),
    address: s.orNull(s.text('Where it answers.')),
    admin: s.text("Its administrator's surface."),
  },
  '',
  ['admin'],
);

/** The programs that run; notes of those that were killed are removed. One that cannot be read may be about to be written. */
export const announcedRunning = (settings: Settings): readonly Running[] => {
  const directory = directoryOf(settings);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const file = join(directory, name);
    const note = readNote<Running>(file, schema);
    if (note === undefined) return [];
    if (isAlive(note.pid)) return [note];
    rmSync(file, { force: true });
    return [];
  });
};
