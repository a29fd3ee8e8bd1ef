import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { moneyFlags } from './flags.ts';

const line = s.record({
  kind: s.text(
    'wallet, openStack, settlement, window, opening, dispute, claimable, stakeFree, stakeLocked, queuedWithdrawal or earnings.',
  ),
  amount: s.amount('Base units of TOMA.'),
  stack_small_id: s.orNull(s.integer('Stack it lies in.')),
  node_small_id: s.orNull(s.integer('Node it belongs to or depends on.')),
  from_epoch: s.orNull(s.integer('First epoch in which the command is accepted; null where nothing is waited for.')),
  command: s.orNull(s.text('What frees it, without the program’s name.')),
  what: s.text('What it is.'),
});

/** Where the money is. */
export const moneyCommands = {
  money: command({
    brief: 'Where your TOMA and SUI are, when each part becomes free, and the command that frees it.',
    examples: ['money', 'money --address 0xADDRESS', 'money --wallet alice --json'],
    notes:
      'Adds up wallets, stacks, stakes, bonds and the pool and says whether that is all TOMA there is, or how much is missing.',
    access: 'read',
    flags: moneyFlags,
    output: s.shape('money', {
      epoch: s.integer('Epoch now.'),
      addresses: s.list(
        s.record({
          name: s.orNull(s.text('Wallet here.')),
          address: s.objectId('Address.'),
          toma: s.amount('All TOMA of it, base units: the sum of its lines.'),
          sui: s.amount('MIST in the wallet.'),
          slashed: s.orNull(s.amount('Lost so far by slashes and forfeited bonds, base units; no part of toma.')),
          lines: s.list(line, 'Amounts by place.'),
          credits: s.list(
            s.record({
              node_small_id: s.integer('Node.'),
              owed: s.amount('Owed by the pool, base units.'),
              payable: s.amount('As far as the pool has money.'),
              command: s.text('What pays it out.'),
            }),
            'What the pool owes; no part of toma.',
          ),
        }),
        'One entry an address.',
      ),
      totals: s.anyRecord('Base units of TOMA by kind, over the addresses.'),
      pool: s.amount('In the pool, base units.'),
      pool_pending: s.amount('Goes to the pool when settled stacks are claimed.'),
      others_in_market: s.amount('In the market for other addresses.'),
      others_in_wallets: s.orNull(s.amount('In wallets of other addresses that ever took part.')),
      accounted: s.amount('Sum of all of this.'),
      supply: s.orNull(s.amount('TOMA minted and not burned; null when it cannot be read.')),
      missing: s.orNull(s.amount('supply - accounted: 0 when every unit was found.')),
    }),
    next: 'db claim-funds --settled-ticket-ids 1',
    load: async () => (await import('./handler.ts')).money,
  }),
};
