import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { reconcileFlags } from './flags.ts';

/** The three-way check. */
export const reconcileCommands = {
  reconcile: command({
    brief: 'Compare gateway books, node ledgers and chain, and show which stack and request differ.',
    examples: ['reconcile --network up', 'reconcile', 'reconcile --no-gateway --node /var/lib/atoma/node.db'],
    notes:
      'Compares every request (books, receipts, node ledger) and every stack (metered units, settlement, fee paid). A node whose ledger is not on this machine is asked for it with the stack owner’s signature; a node that does not answer is named. Exits with 1 when something differs.',
    access: 'read',
    flags: reconcileFlags,
    output: s.shape('reconcile', {
      agrees: s.bool('Whether all sides that could be read say the same.'),
      complete: s.bool('Whether the ledger of every node was read.'),
      stacks: s.list(
        s.record({
          stack_small_id: s.integer('Stack.'),
          node_small_id: s.integer('Node that serves it.'),
          gateway: s.amount('Units by the receipts the gateway holds.'),
          node_ledger: s.orNull(s.amount('Units in the node’s ledger; null when it could not be read.')),
          node_silent: s.orNull(s.text('Why the node’s ledger could not be read; null: it was.')),
          claimed: s.orNull(s.amount('Units of the settlement on chain.')),
          fee: s.orNull(s.amount('Paid to the node, base units of TOMA.')),
          open: s.amount('Most that requests without receipt may add, units.'),
          agrees: s.bool('Whether the sides agree.'),
        }),
        'Stacks of the journal.',
      ),
      differences: s.list(
        s.record({
          kind: s.text('What differs.'),
          stack_small_id: s.orNull(s.integer('Stack.')),
          request: s.orNull(s.text('Request id, or row of the gateway’s books.')),
          expected: s.amount('What it should be.'),
          found: s.amount('What it is.'),
          what: s.text('In words.'),
        }),
        'Empty when all agrees.',
      ),
    }),
    load: async () => (await import('./handler.ts')).reconcile,
  }),
};
