import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { economicsFlags } from './flags.ts';

/** Commands about the market's numbers. */
export const economicsCommands = {
  economics: command({
    brief: 'Parameters of the market, what a purchase would cost, and whether honest work pays.',
    examples: [
      'economics',
      'economics --task-small-id 1 --num-compute-units 1000000 --price 100',
      'economics --other-nodes 30 --share 333 --open-stacks 50',
      'economics --other-nodes 30 --share 333 --attestation-probability 500 --bond-permille 4000',
    ],
    notes:
      'With a task or --other-nodes it computes what a node expects to gain or lose by inventing answers at level 1 (docs/economics.md). Terms come from the market unless a flag replaces them.',
    access: 'read',
    flags: economicsFlags,
    output: s.shape('economics', {
      config: s.anyRecord('Parameters and counters: permille, epochs, counts, base units.'),
      quote: { type: ['object', 'null'], description: 'Price, surcharge, bond and offers of a purchase.' },
      honesty: {
        type: ['object', 'null'],
        description:
          'Result of the honesty calculator; amounts in TOMA, probabilities 0 to 1. `lyingPaysAbove`: cost of honest work as a part of the fee above which a coalition does better by lying. `overclaimPaysAbove`, `unshownOverclaimPaysAbove`: the same for billing what only the stack’s owner can show, as a part of the price, where it shows it and where it does not; null: never.',
      },
    }),
    load: async () => (await import('./handler.ts')).economics,
  }),
};
