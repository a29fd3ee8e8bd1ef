import { optional, text, toggle, words } from '../kernel/flags.ts';
import { marketFlags } from '../shared/flags.ts';

/** Flags of `reconcile`. */
export const reconcileFlags = {
  journal: optional(
    text('journal of the buyer; that of this wallet, or of the market that is up, when left out', 'FILE', 'file'),
  ),
  gateway: optional(text('books of the gateway; those of this network when left out', 'FILE', 'file')),
  noGateway: toggle('there is no gateway: the receipts are the buyer’s books'),
  node: optional(words('ledgers of nodes; those found here when left out, others are asked', 'FILE')),
  ...marketFlags,
};
