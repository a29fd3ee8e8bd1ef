/**
 * The random scenarios are worth what they notice. Here the contract is compiled with one fault planted at a time, and the
 * scenarios have to find each of them. More faults: `mutants.long.test.ts`.
 */
import { test } from 'vitest';
import { findMutant, type Mutant } from './model/mutants.ts';

const MUTANTS: readonly Mutant[] = [
  {
    name: 'a task keeps counting its ended stacks',
    file: 'stack',
    from: 'task::get_mut(tasks, task).stack_ended();',
    to: 'task::get(tasks, task);',
    finding: /open stacks of task/,
  },
  {
    name: 'the selected node may attest itself',
    file: 'settlement',
    from: 'excluded.push_back(stack.node());\n    let owner = node::get(nodes, stack.node()).owner();',
    to: 'let owner = @0x0;',
    finding: /has the attesters/,
  },
];

test.each(MUTANTS)('$name: found', findMutant);
