/** Notes that programs of ours leave for each other: files of JSON. */
import { readFileSync, rmSync } from 'node:fs';
import * as s from '../kernel/schema.ts';
import { fits } from '../kernel/schema-faults.ts';

/** A note that keeps to its schema; undefined where there is none, or one that cannot be read, which says as much as none. */
export const readNote = <T>(file: string, schema: s.JsonSchema): T | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return fits<T>(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
};

const signed = s.record({ pid: s.integer('Process.') });

/** Removes a note of this process; one that another process has written in its place since stays. */
export const dropNote = (file: string): void => {
  if (readNote<{ readonly pid: number }>(file, signed)?.pid === process.pid) rmSync(file, { force: true });
};
