import { command } from '../../kernel/command.ts';
import { choice, optional, toggle } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';

/** Flags of `publish`. */
export const publishFlags = {
  upgrade: toggle('upgrade the recorded package instead of publishing anew; then run `db migrate`'),
  another: toggle('publish although the chain has a market already'),
  verify: toggle('only check the recorded deployment against the chain'),
  faucet: optional(choice('whether the TOMA faucet is turned on (default: on, but not on mainnet)', ['on', 'off'])),
  yes: toggle('do not ask before publishing'),
};

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
    load: async () => (await import('../handlers/publish.ts')).publish,
  }),
};
