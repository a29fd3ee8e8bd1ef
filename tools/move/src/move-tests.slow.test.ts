/**
 * Runs the Move unit tests of every package in the Move virtual machine, but for the files that take longer than all others together:
 * move-tests.long.test.ts runs them there, and every run of all tests runs them on our engine.
 */
import { expect, test } from 'vitest';
import { longTests } from './long-tests.ts';
import { packageExists, packages } from './packages.ts';
import { testPackage } from './test-runner.ts';

test.each(packages.map((description) => description.name))(
  'Move tests of %s',
  async (name) => {
    expect(packageExists(packages.find((entry) => entry.name === name)!)).toBe(true);
    const report = await testPackage(name, { timeoutMs: 600_000, without: longTests });
    expect(report.passed, report.output.replace(/^\[ PASS .*\n/gm, '')).toBe(true);
    expect(report.tests.length).toBeGreaterThan(0);
  },
  600_000,
);
