import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const isDirectory = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/**
 * Makes a directory and those above it, readable by their owner only; one that exists is left as it is. Node's own recursive mkdir
 * never ends where the system refuses to make anything, such as in /proc.
 */
export const makeDirectory = (path: string): void => {
  if (isDirectory(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectory(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isDirectory(path)) throw error; // another process may have made it
  }
};
