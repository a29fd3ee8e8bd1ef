import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cliError } from './cli-errors.ts';
import type { Run } from './command.ts';

/** A file a person named, as text; `-` is standard input. Throws `CLI_FILE_UNREADABLE`. */
export const readText = ({ io }: Pick<Run, 'io'>, file: string): string => {
  if (file === '-') return io.readStdin();
  try {
    return readFileSync(resolve(io.cwd, file), 'utf8');
  } catch (error) {
    throw cliError('FILE_UNREADABLE', { file, why: (error as Error).message }, error);
  }
};
