/**
 * The random scenarios are worth what they notice. Here the contract is compiled with one fault planted at a time, and the
 * scenarios have to find each of them.
 */
import { test } from 'vitest';
import { findMutant, type Mutant } from './model/mutants.ts';

const MUTANTS: readonly Mutant[] = [
  {
    name: 'a moved slot is not told its new place',
    file: 'task',
    from: 'self.subscriptions[moved.node].index = index;',
    to: '',
    finding: /the slot of node|nameless/,
  },
  {
    name: 'a coin’s value is not looked at before it is split',
    file: 'money',
    from: 'assert!(coin.value() >= amount, EInsufficientFunds);',
    to: '',
    finding: /nameless/,
  },
  {
    name: 'a dispute waits for every vote for ever',
    file: 'dispute',
    from: 'epoch >= self.reveal_deadline\n        || (self.is_commit_over(epoch) && self.filled(&self.secrets) == self.filled(&self.commits))',
    to: 'self.is_commit_over(epoch) && self.filled(&self.secrets) == self.jurors.length()',
    finding: /there are still the stacks/,
  },
];

test.each(MUTANTS)('$name: found', findMutant);
