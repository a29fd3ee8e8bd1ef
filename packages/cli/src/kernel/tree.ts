import type { AnyCommand, Group } from './command.ts';

/** The command or group at a path of words below `from`, if there is one. */
export const findTarget = (from: AnyCommand | Group, path: readonly string[]): AnyCommand | Group | undefined => {
  const [word, ...rest] = path;
  if (word === undefined) return from;
  const below = from.kind === 'group' && Object.hasOwn(from.routes, word) ? from.routes[word] : undefined;
  return below && findTarget(below, rest);
};

/** All commands below a group with their path of words. */
export const allCommands = (
  from: Group,
  path: readonly string[] = [],
): readonly (readonly [path: readonly string[], command: AnyCommand])[] =>
  Object.entries(from.routes).flatMap(([name, target]) =>
    target.kind === 'group' ? allCommands(target, [...path, name]) : [[[...path, name], target] as const],
  );

/** The words at the start of a command line that lead to a command, as far as they do. */
export const commandPathOf = (root: Group, argv: readonly string[]): readonly string[] => {
  const path: string[] = [];
  for (const word of argv) {
    const target = findTarget(root, [...path, word]);
    if (!target) break;
    path.push(word);
    if (target.kind === 'command') break;
  }
  return path;
};
