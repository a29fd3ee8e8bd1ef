import { optional, toggle, words } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of `money`. */
export const moneyFlags = {
  address: optional(words('address or wallet to look at instead of all wallets here; repeat for more', 'ADDRESS')),
  noHistory: toggle('do not read past events: no slashes, and no check against the supply'),
  ...marketFlags,
};
