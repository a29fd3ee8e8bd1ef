import { expect, test } from 'vitest';
import { root } from '../root.ts';
import { sameMeaning } from './meaning.ts';
import { flagNames } from './suggest.ts';

test.each([
  ['db acquire-new-stack-entry', '--units', '--num-compute-units'],
  ['db acquire-new-stack-entry', '--tokens', '--num-compute-units'],
  ['db acquire-new-stack-entry', '--job', '--task-small-id'],
  ['db acquire-new-stack-entry', '--account', '--wallet'],
  ['db acquire-new-stack-entry', '--force', '--yes'],
  ['db acquire-new-stack-entry', '--simulate', '--dry-run'],
  ['db subscribe-node-to-task', '--rate', '--price-per-compute-unit'],
  ['db create-task-entry', '--level', '--security-level'],
  ['db claim-funds', '--tickets', '--settled-ticket-ids'],
  ['network add', '--rpc', '--url'],
  ['up', '--background', '--detach'],
  ['up', '--keep', '--persist'],
  ['events', '--tail', '--follow'],
  ['wallet list', '--env', '--network'],
])('%s %s means %s', (path, typed, meant) => {
  expect(sameMeaning(typed, flagNames(root, path.split(' ')))).toContain(meant);
});

test('a flag like no other leads nowhere', () => {
  expect(sameMeaning('--zebra', flagNames(root, ['up']))).toEqual([]);
});
