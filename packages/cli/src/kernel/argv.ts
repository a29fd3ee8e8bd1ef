import { leadingSwitches, leadingValues } from './common-flags.ts';

/** Moves common flags that stand before the command's name behind it: `atoma --json task list`. */
export const hoistLeadingFlags = (argv: readonly string[]): readonly string[] => {
  const moved: string[] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] as string;
    if (leadingSwitches.has(word) || [...leadingValues].some((flag) => word.startsWith(`${flag}=`))) moved.push(word);
    else if (leadingValues.has(word) && at + 1 < argv.length) moved.push(word, argv[++at] as string);
    else break;
  }
  return at === argv.length ? moved : [...argv.slice(at), ...moved];
};

const isFlag = (word: string): boolean => /^-{1,2}[a-zA-Z]/.test(word);

/** Repeats a flag that takes many values before each of the words that follow it: `--ids 1 2 3`, `--leaf [1, 2, ...]`. */
export const spreadMany = (words: readonly string[], manyFlags: ReadonlySet<string>): readonly string[] => {
  let current: string | undefined;
  let given = 0;
  return words.flatMap((word) => {
    if (isFlag(word)) {
      current = manyFlags.has(word) ? word : undefined;
      given = 0;
      return [word];
    }
    given += 1;
    return current !== undefined && given > 1 ? [current, word] : [word];
  });
};
