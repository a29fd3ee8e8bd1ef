import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { publishFlags } from './flags.ts';

/** Commands that put the contract on a chain. */
export const publishCommands = {
  publish: command({
    brief: 'Publish both packages on a network and record their ids; needs only the shipped bytecode.',
    examples: [
      'publish --network testnet',
      'publish --network localnet',
      'publish --network testnet --upgrade',
      'publish --verify',
    ],
    next: 'toma faucet --amount 100TOMA',
    access: 'read',
    flags: publishFlags,
    output: s.shape('publish', {
      package_id: s.objectId('The market.'),
      db_id: s.orNull(s.objectId('The AtomaDb.')),
      toma_package_id: s.orNull(s.objectId('The TOMA coin.')),
      faucet_id: s.orNull(s.objectId('The TOMA faucet.')),
      manager_badge_id: s.orNull(s.objectId('The manager badge.')),
      upgrade_cap_id: s.orNull(s.objectId('The capability to upgrade.')),
      digests: s.list(s.text('Digest.'), 'Transactions.'),
      gas: s.orNull(s.amount('MIST; null when only checked.')),
      checks: s.list(
        s.record({ name: s.text('Check.'), ok: s.bool('Whether it holds.'), detail: s.text('What was found.') }),
        'Checks of --verify.',
      ),
    }),
    load: async () => (await import('./handler.ts')).publish,
  }),
};
