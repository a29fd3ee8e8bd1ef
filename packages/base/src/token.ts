/** Secrets that a person hands from a file to a client of this machine. */
import { randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { chmodSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './directories.ts';

const newToken = (): string => randomBytes(32).toString('hex');

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/** What a file says; undefined where there is none. */
const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
};

/** Gives a complete file its place, unless another process was faster. Where files cannot have two names, the last one wins. */
const settle = (complete: string, path: string): void => {
  try {
    linkSync(complete, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') renameSync(complete, path);
  }
};

/**
 * Reads the token of a file, or makes one: 64 hex digits, mode 0600. Processes that make one at once read the same. The file appears
 * complete: an empty one, which a full disk leaves, would let in whoever says nothing, and counts as none.
 */
export const tokenOf = (path: string): string => {
  makeDirectory(dirname(path));
  const found = textOf(path);
  if (!found) {
    const complete = `${path}.${randomUUID()}.tmp`;
    try {
      writeFileSync(complete, newToken(), { mode: 0o600, flag: 'wx' });
      if (found === undefined) settle(complete, path);
      else renameSync(complete, path);
    } finally {
      rmSync(complete, { force: true });
    }
  }
  chmodSync(path, 0o600);
  return textOf(path) || newToken(); // emptied at this moment: nobody knows the token
};

/** Compares texts in a time that tells nothing but their lengths. */
export const sameText = (given: string, wanted: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
};
