/** The Move tests that take longest in the Move virtual machine: lives of stacks and disputes, and every attack on the market that we know. */
import { expect, test } from 'vitest';
import { longTests } from './long-tests.ts';
import { testPackage } from './test-runner.ts';

test.each(longTests)(
  '%s end in the Move virtual machine as on the engine',
  async (filter) => {
    const report = await testPackage('atoma', { timeoutMs: 600_000, filter });
    expect(report.passed, report.output.replace(/^\[ PASS .*\n/gm, '')).toBe(true);
    expect(report.tests.length).toBeGreaterThan(filter === 'conservation_tests' ? 1 : 15);
  },
  600_000,
);
