import { amount, integer, optional, smallId, u64 } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

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
