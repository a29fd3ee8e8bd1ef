import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
}

const manifestAbove = (directory: string): Manifest => {
  const file = join(directory, 'package.json');
  const manifest = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : {};
  const above = dirname(directory);
  return manifest.name !== undefined || above === directory ? manifest : manifestAbove(above);
};

/** The program's version, from the manifest above this file (source or bundle). */
export const version = (): string => manifestAbove(import.meta.dirname).version ?? 'unknown';
