import { choice, optional, words } from '../kernel/flags.ts';

/** Flags of `schema`. */
export const schemaFlags = {
  command: optional(words('a command, for example db claim-funds (default: all)', 'COMMAND')),
};
/** Flags of `print-env`. */
export const printEnvFlags = { shell: optional(choice('how to write it', ['sh', 'fish', 'dotenv'])) };
/** Flags of `completion`. */
export const completionFlags = { shell: choice('shell to complete in', ['bash', 'zsh', 'fish']) };

/** Flags of the command behind completion. */
export const completeFlags = { words: optional(words('words typed so far', 'WORDS')) };
