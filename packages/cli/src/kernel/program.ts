/** The program as the person typed it: `atoma`, or the script of a checkout that started it (it says so in the environment). */
export const programName = (env: Readonly<Record<string, string | undefined>>): string => env.ATOMA_PROGRAM || 'atoma';

/** A word as a POSIX shell needs it written. */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
