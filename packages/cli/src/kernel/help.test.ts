import { stripVTControlCharacters } from 'node:util';
import pico from 'picocolors';
import { expect, test } from 'vitest';
import { root, rootExamples } from '../root.ts';
import { words } from '../testing/process.ts';
import { wantsColor } from './color.ts';
import { commonFlagsOf } from './common-flags.ts';
import { kebab } from './flag.ts';
import { helpFor } from './help-for.ts';
import { renderHelpPages } from './help-pages.ts';
import { allCommands, commandPathOf, findTarget } from './tree.ts';

const plain = pico.createColors(false);
const commands = allCommands(root).map(([path, command]) => [path.join(' '), command] as const);

/** Words of a shown command line up to a pipe, redirection or comment. */
const typed = (example: string): readonly string[] => {
  const all = words(example);
  const end = all.findIndex((word) => /^[|>]|^>>/.test(word));
  return end < 0 ? all : all.slice(0, end);
};

test.each(commands)('%s: examples first, and each names this command and flags it has', (path, command) => {
  expect(command.examples.length).toBeGreaterThan(0);
  const flags = { ...commonFlagsOf(command.access), ...command.flags };
  for (const example of command.examples) {
    const line = typed(example);
    expect(commandPathOf(root, line).join(' ')).toBe(path);
    for (const word of line.filter((one) => one.startsWith('--') && one !== '--'))
      expect(Object.keys(flags).map((name) => `--${kebab(name)}`)).toContain(word);
    const missing = Object.entries(command.flags).filter(
      ([name, { optional, unless }]) =>
        !optional &&
        !command.positional.includes(name) &&
        ![name, unless ?? name].some((each) => line.includes(`--${kebab(each)}`)),
    );
    expect(missing).toEqual([]);
  }
});

test.each(commands)('%s: what comes next exists', (_path, command) => {
  if (command.next === undefined) return;
  const line = typed(command.next);
  expect(findTarget(root, commandPathOf(root, line))?.kind).toBe('command');
});

test.each(commands)('%s: the help tells usage, flags with meaning, and the schema', (path, command) => {
  const help = helpFor(path.split(' '), plain);
  expect(help.indexOf('Examples')).toBeLessThan(help.indexOf('Usage'));
  for (const [name, flag] of Object.entries(command.flags)) {
    expect(flag.brief.length).toBeGreaterThan(8);
    if (!command.positional.includes(name)) expect(help).toContain(`--${kebab(name)}`);
  }
  if (command.output) expect(help).toContain(`atoma/${command.output.name}/${command.output.version}`);
});

test('the examples of the program lead to commands', () => {
  for (const example of rootExamples)
    expect(findTarget(root, commandPathOf(root, words(example)))?.kind).toBe('command');
});

test('the pages rendered ahead of time are those of the program', () => {
  const { pages, groups } = renderHelpPages();
  expect(Object.keys(pages)).toHaveLength(commands.length + groups.length);
  for (const [path, page] of Object.entries(pages))
    expect(stripVTControlCharacters(page)).toBe(helpFor(path === '' ? [] : path.split(' '), plain));
  expect(groups).toContain('db');
});

test.each<readonly [env: Record<string, string>, terminal: boolean, argv: readonly string[], color: boolean]>([
  [{}, true, [], true],
  [{}, false, [], false],
  [{ NO_COLOR: '1' }, true, [], false],
  [{ NO_COLOR: '' }, true, [], true],
  [{ CI: 'true' }, true, [], false],
  [{ TERM: 'dumb' }, true, [], false],
  [{}, true, ['--no-color'], false],
])('colour with %j, terminal %s, %j: %s', (env, terminal, argv, color) => {
  expect(wantsColor(env, terminal, argv)).toBe(color);
});
