import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseBytes32 } from '@atoma/sdk';
import { cliError } from './cli-errors.ts';
import type { ValueSource } from './flag.ts';

export { parseAmount, parseDigest, parseRole, parseSecurityLevel, parseSmallIds } from '@atoma/sdk';

/** A list typed with spaces, `[1, 2, 3]` without quotes, reaches us as several words. */
const whole = (words: readonly string[]): readonly string[] =>
  words.length > 1 && words.some((word) => /[[\],]/.test(word)) ? [words.join('')] : words;

/** 32 bytes from the words given; `@file` and `-` are read from the process around. */
export const readBytes32 = (words: readonly string[], source: ValueSource): Promise<Uint8Array> =>
  parseBytes32(whole(words), {
    readFile: async (path: string) => {
      try {
        return await readFile(resolve(source.cwd, path));
      } catch (error) {
        throw cliError('FILE_UNREADABLE', { file: path, why: (error as Error).message }, error);
      }
    },
    readStdin: async () => Buffer.from(source.readStdin()),
  });
