/** Files that a person names for a command to write. */
import { realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cliError } from './cli-errors.ts';

const replace = (path: string, content: string | Uint8Array, mode: number): void => {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, content, { mode });
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
};

/** Writes a file whole or not at all; a pipe or a device is written into. Throws `CLI_FILE_UNWRITABLE`. */
export const writeNamedFile = (file: string, content: string | Uint8Array, mode = 0o666): void => {
  try {
    const there = statSync(file, { throwIfNoEntry: false });
    if (there && !there.isFile()) writeFileSync(file, content);
    else replace(there ? realpathSync(file) : file, content, mode);
  } catch (error) {
    throw cliError('FILE_UNWRITABLE', { file, why: (error as Error).message }, error);
  }
};
