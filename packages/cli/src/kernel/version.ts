import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const manifestAbove = (directory: string): Readonly<Record<string, unknown>> => {
  const file = join(directory, 'package.json');
  const manifest: Readonly<Record<string, unknown>> = existsSync(file)
    ? Object(JSON.parse(readFileSync(file, 'utf8')))
    : {};
  const above = dirname(directory);
  return manifest.name !== undefined || above === directory ? manifest : manifestAbove(above);
};

/** The program's version, from the manifest above this file (source or bundle). */
export const version = (): string => String(manifestAbove(import.meta.dirname).version ?? 'unknown');
