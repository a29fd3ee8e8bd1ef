import { nearest } from '@atoma/base';
import type { Group } from './command.ts';
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

/** The hint for an unknown command. */
export const suggestionHint = (root: Group, argv: readonly string[], input: string): string => {
  const found = suggestions(root, argv, input);
  const help = `\`${['atoma', ...commandPathOf(root, argv), '--help'].join(' ')}\` lists the commands.`;
  return found.length === 0 ? help : `Did you mean ${found.map((path) => `\`atoma ${path}\``).join(' or ')}? ${help}`;
};
