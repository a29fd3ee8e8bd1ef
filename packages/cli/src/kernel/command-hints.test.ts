import { type AtomaError, defineErrors } from '@atoma/base';
import { type AbortFailure, abortCatalogue, executedResult } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { root } from '../root.ts';
import { commandHints, hintOf, withCommands } from './command-hints.ts';
import { commandPathOf, findTarget } from './tree.ts';

test('every command that a hint names exists', () => {
  const quoted = Object.values(commandHints).flatMap((hint) =>
    [...hint.matchAll(/`([^`]+)`/g)].map(([, text]) => text),
  );
  expect(quoted.length).toBeGreaterThan(50);
  const unknown = quoted.filter((text = '') => {
    expect(text).toMatch(/^atoma /);
    const line = text.replace(/^atoma /, '').split(' ');
    return findTarget(root, commandPathOf(root, line))?.kind !== 'command';
  });
  expect(unknown).toEqual([]);
});

test('a hint by a name of the contract is for an error that the contract has', () => {
  const names = Object.keys(commandHints).filter((code) => /^E[A-Z][a-z]/.test(code));
  expect(names.length).toBeGreaterThan(40);
  expect(names.filter((name) => abortCatalogue[name] === undefined)).toEqual([]);
});

const abort = (name: string, ours: boolean): AbortFailure => ({
  kind: 'abort',
  name,
  sentence: 'why',
  remedy: 'in words',
  retryable: false,
  module: 'db',
  function: 'f',
  code: '1',
  ours,
});

test('a refusal by the market is answered with a command, one by another package never with the market’s', () => {
  expect(withCommands(abort('ETaskNotFound', true)).remedy).toContain('`atoma task list`');
  expect(withCommands(abort('ENoNodesEligibleForTask', true)).remedy).toBe('in words');
  expect(withCommands(abort('ETaskNotFound', false)).remedy).not.toContain('`atoma task list`');
});

test('so is an error that stands for such a refusal', () => {
  const thrown = (failure: AbortFailure): unknown => {
    try {
      return executedResult({ kind: 'failed', failure, digest: null, cost: null });
    } catch (error) {
      return error;
    }
  };
  expect(hintOf(thrown(abort('ETaskNotFound', true)) as AtomaError)).toContain('`atoma task list`');
  expect(hintOf(thrown(abort('ETooManyNamed', true)) as AtomaError)).toBe('in words');
});

test('which of several badges is said with a flag of this program', () => {
  const sdk = defineErrors('SDK', { AMBIGUOUS_BADGE: { message: '{count} {badge} badges', hint: 'Say {parameter}.' } });
  const error = sdk('AMBIGUOUS_BADGE', { badge: 'node', count: 2, parameter: 'nodeSmallId' });
  expect(hintOf(error)).toBe('Say which one: --node-small-id.');
});
