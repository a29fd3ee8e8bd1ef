import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import {
  walletBalanceFlags,
  walletExportFlags,
  walletFaucetFlags,
  walletImportFlags,
  walletNameFlags,
  walletNewFlags,
} from './flags.ts';

const handlers = () => import('./handler.ts');
const key = {
  name: s.text('Name.'),
  address: s.objectId('Address.'),
  scheme: s.text('ed25519, secp256k1 or secp256r1.'),
};
const badges = (what: string) =>
  s.list(s.record({ badge_id: s.objectId('Badge.'), small_id: s.integer('Small id.') }), what);

/** `atoma wallet` */
export const walletGroup = group('Wallets: the keys that sign. Only `wallet export` prints private keys.', {
  new: command({
    brief: 'Create a wallet.',
    examples: ['wallet new alice', 'wallet new bob --scheme secp256k1'],
    next: 'wallet faucet --wallet alice',
    access: 'local',
    flags: walletNewFlags,
    positional: ['name'],
    output: s.shape('wallet.new', { ...key, file: s.text('Key file.') }),
    load: async () => (await handlers()).make,
  }),
  list: command({
    brief: 'All wallets, ours and the Sui tool’s.',
    examples: ['wallet list', 'wallet list --json'],
    access: 'local',
    flags: {},
    output: s.shape('wallet.list', {
      wallets: s.list(
        s.record({
          ...key,
          keeper: { type: 'string', enum: ['atoma', 'sui'] },
          active: s.bool('Whether commands use it now.'),
        }),
        'All wallets.',
      ),
    }),
    load: async () => (await handlers()).list,
  }),
  use: command({
    brief: 'Sign with this wallet from now on.',
    examples: ['wallet use alice'],
    access: 'local',
    flags: walletNameFlags,
    positional: ['name'],
    output: s.shape('wallet.use', { name: s.text('Name.'), address: s.objectId('Address.') }),
    load: async () => (await handlers()).use,
  }),
  import: command({
    brief: 'Import a key from a file or standard input.',
    examples: ['wallet import carol --secret carol.txt', 'wallet import carol --secret -'],
    notes: 'Secrets are never read from the command line, where others could see them.',
    access: 'local',
    flags: walletImportFlags,
    positional: ['name'],
    output: s.shape('wallet.import', { ...key, file: s.text('Key file.') }),
    load: async () => (await handlers()).importKey,
  }),
  address: command({
    brief: 'The address of the wallet in use.',
    examples: ['wallet address', 'wallet address --wallet alice'],
    access: 'local',
    flags: {},
    output: s.shape('wallet.address', { name: s.text('Name.'), address: s.objectId('Address.') }),
    load: async () => (await handlers()).address,
  }),
  balance: command({
    brief: 'TOMA, SUI and badges of the wallet.',
    examples: ['wallet balance', 'wallet balance --owner 0xADDRESS --json'],
    access: 'read',
    flags: walletBalanceFlags,
    output: s.shape('wallet.balance', {
      owner: s.objectId('Address.'),
      toma: s.orNull(s.amount('Base units of TOMA; null where no contract is known.')),
      sui: s.amount('MIST.'),
      task_badges: badges('Task badges.'),
      node_badges: badges('Node badges.'),
      stack_badges: badges('Stack badges.'),
      manager_badges: s.list(s.objectId('Badge.'), 'Manager badges.'),
    }),
    load: async () => (await handlers()).balance,
  }),
  faucet: command({
    brief: 'Get SUI for gas from the network’s faucet (local ledgers, devnet, testnet).',
    examples: ['wallet faucet', 'wallet faucet --wallet alice'],
    access: 'read',
    flags: walletFaucetFlags,
    output: s.shape('wallet.faucet', {
      address: s.objectId('Receiver.'),
      amount: s.orNull(s.amount('MIST; null when the faucet does not say.')),
      digest: s.orNull(s.text('Digest of the transfer.')),
    }),
    load: async () => (await handlers()).faucet,
  }),
  export: command({
    brief: 'Print the private key. Whoever sees it can spend everything.',
    examples: ['wallet export --wallet alice', 'wallet export --wallet alice --yes --quiet > alice.key'],
    access: 'local',
    flags: walletExportFlags,
    output: s.shape('wallet.export', {
      name: s.text('Name.'),
      address: s.objectId('Address.'),
      secret: s.text('suiprivkey1…'),
    }),
    load: async () => (await handlers()).exportKey,
  }),
});
