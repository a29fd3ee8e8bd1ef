import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const manifestAbove = (directory: string): string => {
  try {
    return readFileSync(join(directory, 'package.json'), 'utf8');
  } catch {
    const above = dirname(directory);
    return above === directory ? '{"version":"0.0.0"}' : manifestAbove(above);
  }
};

/** The program's version, from the manifest above this file (source or bundle). */
export const version = (): string => (JSON.parse(manifestAbove(import.meta.dirname)) as { version: string }).version;
