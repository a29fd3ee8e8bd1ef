import { root, rootExamples } from '../root.ts';
import type { Group } from './command.ts';
import { commandHelp, groupHelp } from './help.ts';
import type { Paint } from './io.ts';
import { findTarget } from './tree.ts';

const examplesBelow = (group: Group): readonly string[] =>
  Object.values(group.routes)
    .flatMap((target) => (target.kind === 'command' ? target.examples.slice(0, 1) : []))
    .slice(0, 2);

/** The help text of a command, a group or, without words, of the program. */
export const helpFor = (path: readonly string[], paint: Paint): string => {
  const target = findTarget(root, path) ?? root;
  const name = ['atoma', ...path].join(' ');
  if (target.kind === 'command') return commandHelp(name, target, paint);
  return groupHelp(name, target, paint, path.length === 0 ? rootExamples : examplesBelow(target));
};
