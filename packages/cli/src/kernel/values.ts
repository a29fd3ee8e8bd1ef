import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseBytes32 } from '@atoma/sdk';
import type { ValueSource } from './flag.ts';

export { parseAmount, parseRole, parseSecurityLevel, parseSmallIds } from '@atoma/sdk';

/** 32 bytes from the words given; `@file` and `-` are read from the process around. */
export const readBytes32 = (words: readonly string[], source: ValueSource): Promise<Uint8Array> =>
  parseBytes32(words, {
    readFile: (path: string) => readFile(resolve(source.cwd, path)),
    readStdin: async () => Buffer.from(source.readStdin()),
  });
