import { amount, optional, smallId, smallIds, toggle, u64 } from '../kernel/flags.ts';
import { marketFlags, stackBadgeFlags } from '../shared/flags.ts';

/** Flags of `db acquire-new-stack-entry`. */
export const acquireFlags = {
  taskSmallId: smallId('small id of the task (see `atoma task list`)', 'task'),
  numComputeUnits: u64('compute units to buy', 'UNITS', 'compute units', 1n),
  price: u64(
    'most you pay for one compute unit, base units of TOMA; nodes asking at most this can be drawn',
    'BASE_UNITS',
    'base units',
    1n,
  ),
  allowUnchecked: toggle('buy at level 1 even if too few other owners could check it'),
  among: optional(smallIds('nodes to draw among, at most 64 (default: all at the price)')),
  ...marketFlags,
};
/** Flags of the commands on one stack of the wallet's. */
export const ownStackFlags = { ...stackBadgeFlags, ...marketFlags };
/** Flags of `db donate`. */
export const donateFlags = { amount: amount('TOMA for the pool that pays attesters'), ...marketFlags };
