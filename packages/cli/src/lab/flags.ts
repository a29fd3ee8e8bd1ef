import { integer, optional, text, toggle, words } from '../kernel/flags.ts';

/** Flags of `lab run`. */
export const labRunFlags = {
  scenarios: words('built-in scenarios, .yaml or .ts files, or `all`', 'SCENARIO'),
  runs: optional(
    integer(
      'stacks to play, to compare the rate with the formula; without it until caught',
      'N',
      1,
      1_000_000,
      'stacks',
    ),
  ),
  seed: optional(text('draws and keys follow this text (default: the scenario’s)', 'TEXT')),
  nodes: optional(integer('nodes of the task', 'N', 1, 64, 'nodes')),
  colluding: optional(integer('nodes that cover the cheat', 'N', 0, 63, 'nodes')),
  faulty: optional(words('node that has the fault (default: whichever is drawn); repeat for more', 'NODE')),
  export: optional(
    text('directory for replay files of every scenario played (always written for one that is off)', 'DIRECTORY'),
  ),
  markdown: toggle('print the table as Markdown'),
};
/** Flags of `lab list`. */
export const labListFlags = {};
