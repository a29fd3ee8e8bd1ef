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
  {
    name: 'votes committed before the owner’s evidence stay',
    file: 'dispute',
    from: 'self.commits = self.jurors.map_ref!(|_| vector[]);\n    self.begin(stack, epoch);',
    to: 'self.begin(stack, epoch);',
    finding: /did not begin anew/,
  },
  {
    name: 'anybody may show evidence in the owner’s place',
    file: 'dispute',
    from: 'owner == stack.owner() && self.may_show(epoch)',
    to: 'self.may_show(epoch)',
    finding: /somebody else than its owner/,
  },
  {
    name: 'what is left of the owner’s payment goes to whoever counts the votes',
    file: 'dispute',
    from: 'money::send(bond, owner, ctx);\n    });',
    to: 'money::send(bond, ctx.sender(), ctx);\n    });',
    finding: /ended with \d: .* foretold/,
  },
  {
    name: 'the votes do not wait for the owner',
    file: 'dispute',
    from: 'epoch > self.epoch && !self.may_show(epoch)',
    to: 'epoch > self.epoch',
    finding: /was revealed while/,
  },
  {
    name: 'votes are committed in the epoch of the dispute',
    file: 'dispute',
    from: 'assert!(epoch > self.epoch, ECommitTooEarly);',
    to: '',
    finding: /in the epoch of its dispute/,
  },
  {
    name: 'jurors of an acquittal look at the owner’s rows for nothing',
    file: 'dispute',
    from: 'payout.pay_for_rows(tally.majority, &mut self.evidence, for_shown, nodes);\n    let Dispute',
    to: 'let Dispute',
    finding: /ended with 1: .* foretold/,
  },
  {
    name: 'an owner without the list of rows is not waited for',
    file: 'dispute',
    from: ' || says_it_lacks_the_list(challenger, &claim, &exhibits)',
    to: '',
    finding: /waits for its owner is wrong/,
  },
  {
    name: 'an opening leaves the turn of an epoch to dispute',
    file: 'settlement',
    from: 'self.window_left.max(MIN_WINDOW_LEFT)',
    to: 'self.window_left',
    finding: /the opening of stack \d+ left 1 epochs/,
  },
];

test.each(MUTANTS)('$name: found', findMutant);
