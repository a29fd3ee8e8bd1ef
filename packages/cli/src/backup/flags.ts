import { text, toggle } from '../kernel/flags.ts';

/** Flags of `backup`. */
export const backupFlags = { directory: text('folder to make', 'DIRECTORY') };
/** Flags of `restore`. */
export const restoreFlags = {
  directory: text('folder `backup` made', 'DIRECTORY'),
  check: toggle('check the backup, put nothing back'),
  replace: toggle('set aside what the home holds now'),
};
