/** Secrets that a person hands from a file to a client of this machine. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectory } from './directories.ts';

/** Reads the token of a file, or makes one: 64 hex digits, mode 0600. */
export const tokenOf = (path: string): string => {
  makeDirectory(dirname(path));
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 });
  chmodSync(path, 0o600);
  return readFileSync(path, 'utf8').trim();
};

/** Compares texts in a time that tells nothing but their lengths. */
export const sameText = (given: string, wanted: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
};
