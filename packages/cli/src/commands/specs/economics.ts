import { command } from '../../kernel/command.ts';
import { amount, integer, optional, smallId, u64 } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';
import { marketFlags } from './shared-flags.ts';

/** Flags of `economics`. */
export const economicsFlags = {
  taskSmallId: optional(smallId('task to quote, with --num-compute-units and --price', 'task')),
  numComputeUnits: optional(u64('compute units of the stack', 'UNITS', 'compute units', 1n)),
  price: optional(u64('price of one compute unit, base units of TOMA', 'BASE_UNITS', 'base units', 1n)),
  honestCost: optional(amount('what serving the stack honestly costs the node; 70 % of the fee when left out')),
  otherNodes: optional(
    integer('nodes of the task beside the selected one; from the task when left out', 'N', 0, 100_000, 'nodes'),
  ),
  colludingNodes: optional(integer('how many of them the cheat controls', 'N', 0, 100_000, 'nodes')),
  share: optional(integer('the same as a share of the other nodes, permille', '0..1000', 0, 1000, 'permille')),
  attestationProbability: optional(
    integer(
      'chance of a check of a stack used up in place of the market’s, permille; above 1000 one used in part is checked for certain, too',
      'PERMILLE',
      0,
      1_000_000,
      'permille',
    ),
  ),
  attesters: optional(integer('k in place of the market’s', '1..4', 1, 4, 'attesters')),
  jurors: optional(integer('J in place of the market’s', '3..7', 3, 7, 'jurors')),
  bondPermille: optional(
    integer('b in place of the market’s, permille of the price', 'PERMILLE', 0, 1_000_000, 'permille'),
  ),
  falsePositives: optional(
    integer('honest answers that another honest node cannot reproduce, permille', '0..1000', 0, 1000, 'permille'),
  ),
  openStacks: optional(integer('stacks on which the node cheats', 'N', 1, 1_000_000, 'stacks')),
  ...marketFlags,
};

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
          'Result of the honesty calculator; amounts in TOMA, probabilities 0 to 1. `lyingPaysAbove`: cost of honest work as a part of the fee above which a coalition does better by lying.',
      },
    }),
    load: async () => (await import('../handlers/economics.ts')).economics,
  }),
};
