import { loadFastBlake2b } from '@atoma/base';
import { beforeAll, describe, expect, test } from 'vitest';
import { isLongest, presentPackages, runTests, sourcesOf, testsOf } from './testing/move-tests.ts';

beforeAll(loadFastBlake2b);

describe.each(presentPackages)('Move unit tests of %s', (name) => {
  test('all but the longest pass, as they do in the Move VM (move-tests.slow.test.ts of tools/move)', async () => {
    expect(sourcesOf(name).match(/#\[[^\]]*\btest\b/g)?.length ?? 0).toBe(testsOf(name).length);
    expect(await runTests(name, (one) => !isLongest(one))).toMatchObject({ failed: [] });
  });
});
