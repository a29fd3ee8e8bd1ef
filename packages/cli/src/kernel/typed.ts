/**
 * What a shell made of a pasted command. Guides print continuation lines with a comment behind the backslash
 * (`--role 0 \ # text`): the shell then passes ` #` and the comment's words on, ends the command there and takes the
 * next line for another command. Such a command is never run, as flags of it may be missing.
 */

import { cliError } from './cli-errors.ts';
import type { AnyCommand, Group } from './command.ts';
import { commonFlagsOf } from './common-flags.ts';
import { type Flags, kebab } from './flag.ts';
import { programName, shellQuote } from './program.ts';
import { commandPathOf, findTarget } from './tree.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** `\ #`, `\ #text`; a quoted value that begins like this has more spaces in it. */
const markedComment = /^\s+#\S*$/;

/** What the shell did, when it may have cut the command off, and the words that are surely of the command. */
const cutAt = (argv: readonly string[]): { readonly at: number; readonly did: string } | undefined => {
  const at = argv.findIndex((word) => markedComment.test(word) || word === '#');
  const last = argv.length - 1;
  if (at >= 0 && argv[at] !== '#')
    return {
      at,
      did: 'a backslash, a space and # begin no comment: the shell passed " #" and the words after it on, ended the command there, and took the next line for another command',
    };
  if (at >= 0)
    return { at, did: 'this shell passed # and the words after it on, and took the next line for another command' };
  if (last > 0 && argv[last] !== '' && (argv[last] as string).trim() === '')
    return {
      at: last,
      did: 'a backslash with a space behind it continues no line: the shell passed the space on, ended the command there, and took the next line for another command',
    };
  return undefined;
};

interface FlagWord {
  readonly name: string;
  readonly words: readonly string[];
}

/** The flags of a command line with the words after each. */
const flagWords = (words: readonly string[]): readonly FlagWord[] => {
  const found: { name: string; words: string[] }[] = [];
  for (const word of words) {
    const [, name, value] = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word) ?? [];
    if (name !== undefined) found.push({ name, words: value === undefined ? [] : [value] });
    else found.at(-1)?.words.push(word);
  }
  return found;
};

const flagsByName = (command: AnyCommand): ReadonlyMap<string, Flags[string]> =>
  new Map(
    Object.entries({ ...commonFlagsOf(command.access), ...command.flags })
      .filter(([name]) => !command.positional.includes(name))
      .map(([name, flag]) => [kebab(name), flag]),
  );

/** Flags a documented line of this command has: those that must be given and those of its first example. */
const documentedFlags = (command: AnyCommand, known: ReadonlyMap<string, Flags[string]>): readonly string[] => {
  const shown = flagWords(command.examples[0]?.split(' ') ?? []).map(({ name }) => name);
  return [...known.entries()].flatMap(([name, flag]) => (!flag.optional || shown.includes(name) ? [name] : []));
};

/** Flags whose value is an id of an old public contract, with what it is: no command of this program can use it. */
const outdated = async (flags: readonly FlagWord[]): Promise<ReadonlyMap<string, string>> => {
  const { publicId } = await import('./sdk-errors.ts');
  return new Map(
    flags.flatMap(({ name, words: [id = ''] }) => {
      const known = publicId(id);
      return known ? [[name, `${known.what} on the public ${known.network}`]] : [];
    }),
  );
};

/**
 * The whole command on one line: the values that arrived, and placeholders for the other flags a guide gives. Flags the command does
 * not know are left out, and ids of old public contracts, which is said behind it.
 */
export const completeLine = async (
  env: Env,
  path: readonly string[],
  command: AnyCommand,
  words: readonly string[],
): Promise<{ readonly line: string; readonly said: string }> => {
  const known = flagsByName(command);
  const typed = flagWords(words).filter(({ name }) => known.has(name));
  const old = await outdated(typed);
  const arrived = typed.filter(({ name }) => !old.has(name));
  const missing = documentedFlags(command, known).filter(
    (name) => !arrived.some((one) => one.name === name && one.words.length > 0),
  );
  const placeholder = (name: string) => name.toUpperCase().replaceAll('-', '_');
  const line = [
    programName(env),
    ...path,
    ...command.positional.map(placeholder),
    ...arrived
      .filter(({ name, words: own }) => own.length > 0 || known.get(name)?.isSwitch)
      .flatMap(({ name, words: own }) => [`--${name}`, ...own.map(shellQuote)]),
    ...missing.flatMap((name) => [`--${name}`, placeholder(name)]),
  ].join(' ');
  return { line, said: [...old].map(([name, what]) => `--${name} is left out: it named ${what}.`).join(' ') };
};

/** Throws when the shell may have cut the command off, with the whole command to paste; `read` mends and orders its words. */
export const refuseCut = async (
  root: Group,
  env: Env,
  argv: readonly string[],
  read: (argv: readonly string[]) => readonly string[],
): Promise<void> => {
  const cut = cutAt(argv);
  if (!cut) return;
  const words = read(argv.slice(0, cut.at));
  const path = commandPathOf(root, words);
  const target = findTarget(root, path) ?? root;
  const name = [programName(env), ...path].join(' ');
  const { line, said } =
    target.kind === 'command'
      ? await completeLine(env, path, target, words.slice(path.length))
      : { line: `${name} COMMAND (\`${name} --help\` lists them)`, said: '' };
  throw cliError('CUT_BY_SHELL', { did: cut.did, line, said: said === '' ? '' : `\n  ${said}` });
};

/** The pieces of a word in front of each of these flags: `0x1--amount` is `0x1` and `--amount`. */
const pieces = (word: string, flags: ReadonlyMap<string, unknown>): readonly string[] =>
  /\s/.test(word) ? [word] : word.split(new RegExp(`(?<!^)(?=--(?:${[...flags.keys()].join('|')})(?![a-z-]))`));

/** Splits `VALUE--flag` where the line break between two words was lost, and says so. */
export const splitGlued = (root: Group, argv: readonly string[], note: (text: string) => void): readonly string[] => {
  const say = (word: string, parts: readonly string[]): readonly string[] => {
    if (parts.length > 1)
      note(
        `"${word}" was read as ${parts.map((part) => `"${part}"`).join(' and ')}: a line break was lost in between.`,
      );
    return parts;
  };
  const path = commandPathOf(root, argv);
  const [next = '', ...rest] = argv.slice(path.length);
  const name = /^[a-z-]+?(?=--)/.exec(next)?.[0];
  const below = name === undefined ? undefined : findTarget(root, [...path, name]);
  if (below?.kind === 'command')
    return splitGlued(root, [...path, ...say(next, pieces(next, flagsByName(below))), ...rest], note);
  const target = findTarget(root, path);
  if (target?.kind !== 'command') return argv;
  const known = flagsByName(target);
  const takesValue = (word: string | undefined) =>
    word?.startsWith('--') === true && known.get(word.slice(2))?.isSwitch === false;
  const read: string[] = [...path];
  for (const word of argv.slice(path.length)) {
    const isValue = takesValue(read.at(-1)) || takesValue(/^(--[a-z-]+)=/.exec(word)?.[1]);
    read.push(...(isValue ? say(word, pieces(word, known)) : [word]));
  }
  return read;
};
