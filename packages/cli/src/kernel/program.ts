/** The program as the person typed it: `atoma`, or the script of a checkout that started it (it says so in the environment). */
export const programName = (env: Readonly<Record<string, string | undefined>>): string => env.ATOMA_PROGRAM || 'atoma';

/** Text of ours with the commands in it as the person would type them: those in back quotes, and those that are a line. */
export const asTyped = (env: Readonly<Record<string, string | undefined>>, text: string): string => {
  const name = programName(env);
  return name === 'atoma'
    ? text
    : text.replace(/(^ *|`)atoma (?=[a-z-])/gm, (_, before: string) => `${before}${name} `);
};

/** A word as a POSIX shell needs it written. */
export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
