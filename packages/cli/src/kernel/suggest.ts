import { nearest } from '@atoma/base';
import type { Group } from './command.ts';
import { commonFlagsOf } from './common-flags.ts';
import { kebab } from './flag.ts';
import { sameMeaning } from './meaning.ts';
import { allCommands, commandPathOf, findTarget } from './tree.ts';

const lastWord = (path: string): string => path.slice(path.lastIndexOf(' ') + 1);

/** Full commands a mistyped word may have meant: beside the place it was typed at, then anywhere. */
export const suggestions = (root: Group, argv: readonly string[], input: string): readonly string[] => {
  const at = commandPathOf(root, argv);
  const here = findTarget(root, at);
  const beside = here?.kind === 'group' ? Object.keys(here.routes).filter((name) => !name.startsWith('_')) : [];
  const near = nearest(input, beside).map((name) => [...at, name].join(' '));
  if (near.length > 0) return near;
  const everywhere = allCommands(root)
    .filter(([, command]) => !command.hidden)
    .map(([path]) => path.join(' '));
  const words = nearest(input, [...new Set(everywhere.map(lastWord))]);
  return words.flatMap((word) => everywhere.filter((path) => lastWord(path) === word)).slice(0, 3);
};

/** Every flag of the command at a path, as it is typed; none where there is no command. */
export const flagNames = (root: Group, path: readonly string[]): readonly string[] => {
  const target = findTarget(root, path);
  if (target?.kind !== 'command') return [];
  const own = Object.keys(target.flags).filter((name) => !target.positional.includes(name));
  return [...own, ...Object.keys(commonFlagsOf(target.access))].map((name) => `--${kebab(name)}`);
};

/** Flags a mistyped one may have meant: those spelled alike, then those that mean the same. */
export const flagSuggestions = (
  root: Group,
  argv: readonly string[],
  input: string,
  alike: readonly string[],
): readonly string[] => {
  const spelled = alike.map((word) => `--${kebab(word).replace(/^-+/, '')}`);
  return [...new Set([...spelled, ...sameMeaning(input, flagNames(root, commandPathOf(root, argv)))])];
};

/** The hint for an unknown command. */
export const suggestionHint = (root: Group, argv: readonly string[], input: string): string => {
  const found = suggestions(root, argv, input);
  const help = `\`${['atoma', ...commandPathOf(root, argv), '--help'].join(' ')}\` lists the commands.`;
  return found.length === 0 ? help : `Did you mean ${found.map((path) => `\`atoma ${path}\``).join(' or ')}? ${help}`;
};
