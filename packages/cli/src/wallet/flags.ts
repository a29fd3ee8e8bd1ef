import { amount, choice, objectId, optional, text, toggle, withDefault } from '../kernel/flags.ts';

/** Flags of `wallet new`. */
export const walletNewFlags = {
  name: withDefault(text('name of the wallet', 'NAME'), 'default'),
  scheme: withDefault(choice('key scheme', ['ed25519', 'secp256k1', 'secp256r1']), 'ed25519'),
  use: toggle('sign with it from now on; uses an existing wallet of this name'),
  keep: toggle('keep an existing wallet of this name instead of failing'),
};
/** Flags of `wallet use`. */
export const walletNameFlags = { name: text('wallet by name, address or Sui alias', 'WALLET', 'wallet') };
/** Flags of `wallet import`. */
export const walletImportFlags = {
  name: withDefault(text('name of the wallet', 'NAME'), 'default'),
  secret: optional(
    text('file with the secret (suiprivkey1…, base64, hex or mnemonic), or - for standard input', 'FILE', 'file'),
  ),
};
/** Flags of `wallet balance`. */
export const walletBalanceFlags = { owner: optional(objectId('address to look at instead of the wallet')) };
/** Flags of `wallet faucet`. */
export const walletFaucetFlags = { amount: optional(amount('SUI to ask for; local ledgers only', 'SUI')) };
/** Flags of `wallet export`. */
export const walletExportFlags = { yes: toggle('do not ask') };
