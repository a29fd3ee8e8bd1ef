import { loadFastBlake2b } from '@atoma/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { findPackage, packageExists, packages } from '../../../tools/move/src/index.ts';
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
  test('all pass, as they do in the Move VM (move-tests.slow.test.ts of tools/move)', async () => {
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
    expect(results.filter((one) => !one.passed)).toEqual([]);
  });
});
