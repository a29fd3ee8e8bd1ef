import pico from 'picocolors';
import { root } from '../root.ts';
import type { AnyCommand, Group } from './command.ts';
import { helpFor } from './help-for.ts';

/** Help of the whole program, rendered ahead of time: the page by the words that lead to it, and which are groups. */
export interface HelpPages {
  /** Pages with colour. */
  readonly pages: Readonly<Record<string, string>>;
  /** Words that print their page without --help too. */
  readonly groups: readonly string[];
}

const targets = (
  from: AnyCommand | Group,
  path: readonly string[],
): readonly (readonly [readonly string[], boolean])[] => [
  [path, from.kind === 'group'],
  ...(from.kind === 'group'
    ? Object.entries(from.routes).flatMap(([name, below]) => targets(below, [...path, name]))
    : []),
];

/** Renders every page. */
export const renderHelpPages = (): HelpPages => {
  const paint = pico.createColors(true);
  const all = targets(root, []);
  return {
    pages: Object.fromEntries(all.map(([path]) => [path.join(' '), helpFor(path, paint)])),
    groups: all.filter(([, isGroup]) => isGroup).map(([path]) => path.join(' ')),
  };
};
