import { integer, optional, smallId, toggle, withDefault } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of the lists. */
export const listFlags = {
  limit: withDefault(integer('rows to show at most', 'N', 1, 10_000, 'rows'), 50),
  after: optional(smallId('only rows with a larger small id', 'task')),
  ...marketFlags,
};
/** Flags of the lists of what can belong to the wallet. */
export const ownListFlags = { ...listFlags, mine: toggle('only those of the wallet') };
/** Flags of showing a task. */
export const showTaskFlags = { id: smallId('small id of the task', 'task'), ...marketFlags };
/** Flags of showing a node. */
export const showNodeFlags = { id: smallId('small id of the node', 'node'), ...marketFlags };
/** Flags of showing a stack, its ticket or its dispute. */
export const showStackFlags = { id: smallId('small id of the stack', 'stack'), ...marketFlags };
