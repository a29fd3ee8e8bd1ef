import { loadFastBlake2b } from '@atoma/base';
import { expect, test } from 'vitest';
import { isLongest, runTests } from './testing/move-tests.ts';

test('the longest Move unit test of the project passes, as it does in the Move VM', async () => {
  await loadFastBlake2b();
  expect(await runTests('atoma', isLongest)).toEqual({ ran: 1, failed: [] });
});
