/** The commands that a failing scenario is reported as are ones the command line takes: names, flags and values. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyCommand, Group } from '../../packages/cli/src/kernel/command.ts';
import { commonFlagsOf } from '../../packages/cli/src/kernel/common-flags.ts';
import { type Flags, kebab } from '../../packages/cli/src/kernel/flag.ts';
import { root } from '../../packages/cli/src/root.ts';
import { type Chain, closeChain, openChain } from './driver/chain.ts';
import * as op from './driver/operations.ts';
import { operationOf } from './model/actions.ts';
import { seedsOf } from './model/random.ts';
import { beginning, newWorld, VARIANTS, type World } from './model/world.ts';

let chain: Chain;
let world: World;
const lines = new Set<string>();

const take = (operation: op.Operation): void => {
  const outcome = op.perform(chain, operation);
  if (!outcome?.error && !operation.line.startsWith('#')) lines.add(operation.line);
};

beforeAll(async () => {
  chain = await openChain('command lines');
  world = newWorld(chain);
  beginning(world).forEach(take);
  for (const [name, value] of VARIANTS[3] ?? []) take(op.setParameter(chain.manager, name, value));
  for (const seed of seedsOf(4, 1_200)) {
    const operation = operationOf(world, seed);
    if (operation) take(operation);
  }
});
afterAll(() => closeChain(chain));

const words = (line: string): string[] =>
  [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');

const commandOf = (path: readonly string[]): AnyCommand => {
  let at: AnyCommand | Group = root;
  for (const word of path) {
    const next: AnyCommand | Group | undefined = at.kind === 'group' ? at.routes[word] : undefined;
    at = next ?? expect.fail(`there is no command ${path.join(' ')}`);
  }
  return at.kind === 'command' ? at : expect.fail(`${path.join(' ')} is a group`);
};

const check = async (line: string): Promise<string> => {
  const all = words(line);
  const start = all.findIndex((word) => word.startsWith('--'));
  const path = all.slice(0, start);
  const given = new Map<string, string>();
  for (let i = start; i < all.length; i += 2) given.set(all[i] as string, all[i + 1] as string);
  const command = commandOf(path);
  const flags: Flags = { ...command.flags, ...commonFlagsOf(command.access) };
  for (const [name, flag] of Object.entries(flags)) {
    const typed = `--${kebab(name)}`;
    const value = given.get(typed);
    given.delete(typed);
    if (value === undefined)
      expect(flag.optional || flag.fallback !== undefined || flag.isSwitch, `${line}: ${typed}`).toBe(true);
    else if (!flag.isSwitch) await flag.parse([value], { name: typed, cwd: '.', readStdin: () => '' });
  }
  expect([...given.keys()], line).toEqual([]);
  return path.join(' ');
};

test('every kind of operation that a scenario executes can be typed', async () => {
  const seen = new Set<string>();
  const wrong: string[] = [];
  for (const line of lines) {
    try {
      seen.add(await check(line));
    } catch (thrown) {
      wrong.push(`${line}: ${(thrown as Error).message}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(seen.size).toBeGreaterThan(30);
});
