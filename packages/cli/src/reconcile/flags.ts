import { optional, text, toggle, words } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of `reconcile`. */
export const reconcileFlags = {
  journal: optional(text('journal of the buyer (default: this wallet’s, or the running market’s)', 'FILE', 'file')),
  gateway: optional(text('books of the gateway (default: this network’s)', 'FILE', 'file')),
  noGateway: toggle('there is no gateway: the receipts are the buyer’s books'),
  node: optional(words('ledgers of nodes (default: those found here; other nodes are asked)', 'FILE')),
  ...marketFlags,
};
