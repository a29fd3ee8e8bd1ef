/** The highest evaluation number of Intel's judgements this machine has seen, by family of machines: an older one is a step back. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Evaluations } from '@atoma/attest';
import * as z from 'zod';
import type { Settings } from '../config/settings.ts';

const shape = z.record(z.string().regex(/^[0-9a-f]{12}$/), z.int().min(0));

const read = (path: string): z.infer<typeof shape> => {
  try {
    return shape.catch({}).parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return {}; // none was seen yet
  }
};

const write = (path: string, seen: z.infer<typeof shape>): void => {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const next = `${path}.${process.pid}`;
    writeFileSync(next, `${JSON.stringify(seen, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, path);
  } catch {
    // A home that cannot be written keeps nothing, and evidence is judged all the same.
  }
};

/** What this home has seen; numbers only rise. A file that cannot be read or written counts as nothing seen. */
export const keptEvaluations = (settings: Settings): Evaluations => {
  const path = join(settings.home.directory, 'evaluations.json');
  return {
    highest: (fmspc) => read(path)[fmspc] ?? 0,
    saw: (fmspc, number) => {
      const seen = read(path);
      if (number > (seen[fmspc] ?? 0)) write(path, { ...seen, [fmspc]: number });
    },
  };
};
