/** The Move tests that take a second each in the Move virtual machine: every attack on the market that we know. */
import { expect, test } from 'vitest';
import { testPackage } from './test-runner.ts';

test('attacks on the market end in the Move virtual machine as on the engine', async () => {
  const report = await testPackage('atoma', { timeoutMs: 600_000, filter: 'attacks_tests' });
  expect(report.passed, report.output.replace(/^\[ PASS .*\n/gm, '')).toBe(true);
  expect(report.tests.length).toBeGreaterThan(40);
}, 600_000);
