/** The program as the person typed it: `atoma`, or the script of a checkout that started it (it says so in the environment). */
export const programName = (env: Readonly<Record<string, string | undefined>>): string => env.ATOMA_PROGRAM || 'atoma';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one
const COMMAND = /(^ *(?:\x1b\[[\d;]*m)*| {2}|: |`|\x1b\[36m)atoma (?=[a-z-])/gm;

/** Text of ours with the commands in it as the person would type them: those in back quotes or coloured, those that are a line or a cell of a table, and those behind a colon. */
export const asTyped = (env: Readonly<Record<string, string | undefined>>, text: string): string => {
  const name = programName(env);
  return name === 'atoma' ? text : text.replace(COMMAND, (_, before: string) => `${before}${name} `);
};

/** A word as a POSIX shell needs it written. */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
