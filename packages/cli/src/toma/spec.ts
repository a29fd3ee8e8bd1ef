import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import { faucetFlags, faucetSwitchFlags } from './flags.ts';

const handlers = () => import('./handler.ts');

/** The commands on the TOMA coin. */
export const tomaGroup = group('The TOMA coin and its test faucet.', {
  faucet: command({
    brief: 'Get test TOMA from the faucet.',
    examples: ['toma faucet --amount 100000000000', 'toma faucet --amount 100TOMA'],
    next: 'db register-node',
    access: 'write',
    flags: faucetFlags,
    output: writeShape('toma.faucet', {
      amount: s.amount('Minted to the wallet, base units of TOMA.'),
      coin_id: s.orNull(s.objectId('The coin.')),
    }),
    load: async () => (await handlers()).faucet,
  }),
  'enable-faucet': command({
    brief: 'Turn the faucet on (holder of the treasury cap; never on mainnet).',
    examples: ['toma enable-faucet'],
    access: 'write',
    flags: faucetSwitchFlags,
    output: writeShape('toma.enable-faucet', { enabled: s.bool('Whether the faucet is on.') }),
    load: async () => (await handlers()).enableFaucet,
  }),
  'disable-faucet': command({
    brief: 'Turn the faucet off; the treasury cap returns to the wallet.',
    examples: ['toma disable-faucet'],
    access: 'write',
    flags: faucetSwitchFlags,
    output: writeShape('toma.disable-faucet', { enabled: s.bool('Whether the faucet is on.') }),
    load: async () => (await handlers()).disableFaucet,
  }),
});
