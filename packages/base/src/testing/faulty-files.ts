/** Files for the tests of one file, on a disk that can fail. */
import fs, { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';

/** Where the files lie, and how the disk behaves. */
export interface FaultyFiles {
  /** Path of a file, in a directory of its own, that does not exist yet. */
  readonly newPath: (name: string) => string;
  /** Lets methods of node:fs behave differently until the test ends. */
  readonly replace: (methods: Partial<Record<'writeSync' | 'ftruncateSync', unknown>>) => void;
}

/** Makes them; they are removed after the tests. */
export const useFaultyFiles = (): FaultyFiles => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-files-'));
  let made = 0;
  const { writeSync, ftruncateSync } = fs;
  const replace: FaultyFiles['replace'] = (methods) => {
    Object.assign(fs, { writeSync, ftruncateSync }, methods);
    syncBuiltinESMExports();
  };
  afterEach(() => replace({}));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return {
    newPath: (name) => {
      const own = join(directory, String(made++));
      mkdirSync(own);
      return join(own, name);
    },
    replace,
  };
};
