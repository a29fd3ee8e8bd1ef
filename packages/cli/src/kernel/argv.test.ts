import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hoistLeadingFlags, spreadMany } from './argv.ts';
import { normalizeArgv } from './run-cli.ts';

test('common flags may stand before the command', () => {
  expect(hoistLeadingFlags(['--json', '--network', 'testnet', 'task', 'list', '--limit', '3'])).toEqual([
    'task',
    'list',
    '--limit',
    '3',
    '--json',
    '--network',
    'testnet',
  ]);
  expect(hoistLeadingFlags(['--wallet=bob', 'epoch'])).toEqual(['epoch', '--wallet=bob']);
  expect(hoistLeadingFlags(['--help'])).toEqual(['--help']);
});

test('words after a flag of many values repeat the flag', () => {
  const many = new Set(['--ids']);
  expect(spreadMany(['x', '--ids', '1', '2', '3', '--price', '4', '5'], many)).toEqual([
    'x',
    '--ids',
    '1',
    '--ids',
    '2',
    '--ids',
    '3',
    '--price',
    '4',
    '5',
  ]);
  expect(spreadMany(['--ids', '[1,', '2,', '3]'], many)).toEqual(['--ids', '[1,', '--ids', '2,', '--ids', '3]']);
});

test('only the flags of the command that was named are repeated', () => {
  expect(normalizeArgv(['db', 'claim-funds', '--settled-ticket-ids', '1', '2'])).toEqual([
    'db',
    'claim-funds',
    '--settled-ticket-ids',
    '1',
    '--settled-ticket-ids',
    '2',
  ]);
  expect(normalizeArgv(['db', 'register-node', '--url', 'a', 'b'])).toEqual(['db', 'register-node', '--url', 'a', 'b']);
});

test('no word is ever lost', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('--ids', '--json', '-', 'db', '1', '--x=2', '-5', '')), (words) => {
      const spread = spreadMany(words, new Set(['--ids']));
      expect(spread.filter((word) => word !== '--ids')).toEqual(words.filter((word) => word !== '--ids'));
    }),
  );
});
