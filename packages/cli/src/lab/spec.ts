import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { labListFlags, labRunFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const rate = (description: string): s.JsonSchema => ({ type: 'number', description });

const payment = s.record({
  from: s.text('buyer, accomplice, node N or pool.'),
  from_part: s.text('buyer, server, accuser, juror, slashed node or pool.'),
  to: s.text('The same.'),
  to_part: s.text('The same.'),
  amount: s.amount('Base units of TOMA.'),
});

const report = s.record({
  name: s.text('Scenario.'),
  fault: s.text('What is wrong.'),
  seed: s.text('Seed.'),
  nodes: s.integer('Nodes of the task.'),
  faulty: s.orNull(s.list(s.integer('Node.'), 'Nodes that have the fault; null: all.')),
  stacks: s.integer('Stacks played.'),
  caught: s.integer('Stacks on which the fault was caught.'),
  caught_at_stack: s.orNull(s.integer('First stack on which it was.')),
  epochs: s.integer('Epochs until then, or in all.'),
  ends: s.anyRecord('How many stacks ended how.'),
  rate: rate('caught / stacks.'),
  expected: rate('What the formula says.'),
  formula: s.text('Which formula.'),
  standard_errors: { type: ['number', 'null'], description: 'Distance of the two; null: a certainty was missed.' },
  verdict: s.text('within (four standard errors), assumption (the named one fails), off.'),
  assumption: s.orNull(s.text('Assumption of the formula that fails here.')),
  flows: s.list(
    s.record({ who: s.text('Holder.'), change: s.amount('Base units of TOMA, net over all stacks.') }),
    'What each has more or less; adds up to 0.',
  ),
  payments: s.list(payment, 'Who paid whom over all stacks, from the contract’s events; comes to the flows.'),
  steps: s.list(s.text('Step.'), 'The last stack, step by step.'),
  moments: s.list(
    s.record({ said: s.text('The event in words.'), payments: s.list(payment, 'What it paid, in order.') }),
    'The last stack, event by event.',
  ),
  replay: s.orNull(s.text('Replay file, when one was written.')),
  elapsed_ms: s.integer('Wall time.'),
});

/** `atoma lab` */
export const labGroup = group('Faults played on the real contract: are they caught, how soon, and who pays whom.', {
  list: command({
    brief: 'The built-in scenarios.',
    examples: ['lab list'],
    access: 'local',
    flags: labListFlags,
    output: s.shape('lab.list', {
      scenarios: s.list(
        s.record({ name: s.text('Name.'), fault: s.text('Fault.'), what: s.text('What happens.') }),
        'All.',
      ),
    }),
    next: 'lab run other-model',
    load: async () => (await handlers()).labList,
  }),
  run: command({
    brief: 'Play a scenario until the fault is caught, or many times to compare the rate with the economics formula.',
    examples: [
      'lab run other-model',
      'lab run colluding --runs 1000',
      'lab run all --runs 1000 --markdown',
      'lab run my-scenario.yaml --export .',
    ],
    notes:
      'Everything runs on a ledger in memory with fixed seeds: the same command gives the same result. Exits with 1 when a rate is off without a reason. Scenario files: docs/lab.md.',
    access: 'local',
    flags: labRunFlags,
    positional: ['scenarios'],
    output: s.shape('lab.run', { reports: s.list(report, 'One entry a scenario.') }),
    load: async () => (await handlers()).labRun,
  }),
});
