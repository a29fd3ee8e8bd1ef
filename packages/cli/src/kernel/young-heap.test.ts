import { expect, test } from 'vitest';
import { startsDaemon } from './young-heap.ts';

test.each([
  [['node', 'run'], true],
  [['--network', 'localnet', 'gateway', 'run', '--json'], true],
  [['node', 'run', '--takeover'], true],
  [['node', 'doctor'], false],
  [['node', 'show', 'run'], false],
  [['chat', 'run the node'], false],
  [[], false],
] as const)('%j starts a daemon: %s', (argv, expected) => {
  expect(startsDaemon(argv)).toBe(expected);
});
