/** Notes that programs of ours leave for each other: files of JSON. */
import { readFileSync } from 'node:fs';
import type { JsonSchema } from '../kernel/schema.ts';
import { fits } from '../kernel/schema-faults.ts';

/** A note that keeps to its schema; undefined where there is none, or one that cannot be read, which says as much as none. */
export const readNote = <T>(file: string, schema: JsonSchema): T | undefined => {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return fits<T>(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
};
