import { loadFastBlake2b } from '@atoma/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { findPackage, packageExists, packages, testPackage } from '../../../tools/move/src/index.ts';
import { compileWithTests, sourcesOf, testsOf } from './testing/move-tests.ts';
import type { MovePackage } from './types.ts';
import { createTestRunner, isExpected } from './unit-tests/run.ts';

/** Packages of the project that have sources. */
const present = packages.filter(packageExists).map((one) => one.name);
const compiled = new Map<string, MovePackage>();

const compile = async (name: string): Promise<MovePackage> => {
  const pkg = compiled.get(name) ?? (await compileWithTests(name));
  compiled.set(name, pkg);
  return pkg;
};

beforeAll(loadFastBlake2b);

describe.each(present)('Move unit tests of %s', (name) => {
  test('the engine and the Move VM agree on every one', async () => {
    const tests = testsOf(name);
    const needed = await Promise.all([...findPackage(name).dependencies, name].map(compile));
    const run = createTestRunner(needed);
    const sources = sourcesOf(name);
    const everything = present.map(sourcesOf).join('\n');
    expect(sources.match(/#\[[^\]]*\btest\b/g)?.length ?? 0).toBe(tests.length);
    const results = tests.map((one) => {
      const result = run(needed.at(-1) as MovePackage, one);
      return {
        name: `${one.module}::${one.name}`,
        passed: isExpected(one, result, everything),
        why: result.ok ? 'returned' : result.message,
      };
    });
    const expected = tests.length === 0 ? [] : (await testPackage(name, { timeoutMs: 500_000 })).tests;
    const byName = new Map(expected.map((one) => [one.name, one.passed]));
    expect(results.length).toBe(byName.size);
    expect(results.filter((one) => byName.get(one.name) !== one.passed)).toEqual([]);
    // Both compilers and the Move VM run here: minutes on a machine that does other work.
  }, 600_000);
});
