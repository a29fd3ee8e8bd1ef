import { existsSync } from 'node:fs';
import {
  createKeyFile,
  describeKeyFile,
  hasSuiAccount,
  openSuiWallet,
  parseObjectId,
  readKeyFile,
  type SuiWallet,
  suiAccountName,
  suiWalletSigner,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { type Network, suiWalletDirectory } from '../config/networks.ts';
import type { Settings } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import { localWalletFile, localWalletName, unlessMade, walletFile, walletNames } from './wallet-files.ts';

/** The wallet of a run. */
export interface ActiveWallet {
  /** Its name here, its Sui alias, or its address. */
  readonly name: string;
  /** `0x` and 64 hex digits. */
  readonly address: string;
  readonly signer: Signer;
  /** Whose file holds the key. */
  readonly keeper: 'atoma' | 'sui';
}

const fromFile = async (name: string, file: string): Promise<ActiveWallet> => {
  const signer = await readKeyFile(file);
  return { name, signer, address: signer.toSuiAddress(), keeper: 'atoma' };
};

/** The Sui wallet's files, when they are there. */
export const suiWalletOf = async (settings: Settings): Promise<SuiWallet | undefined> => {
  const directory = suiWalletDirectory(settings);
  return directory === undefined ? undefined : ((await openSuiWallet({ directory })) ?? undefined);
};

const fromSui = async (wallet: SuiWallet, account?: string): Promise<ActiveWallet> => {
  const signer = await suiWalletSigner(wallet, account);
  const address = signer.toSuiAddress();
  const known = wallet.accounts.find((one) => one.address === address);
  return { name: known ? suiAccountName(known) : address, signer, address, keeper: 'sui' };
};

const byAddress = async (settings: Settings, address: string): Promise<ActiveWallet | undefined> => {
  for (const name of walletNames(settings.home.wallets)) {
    const file = walletFile(settings.home.wallets, name);
    if ((await describeKeyFile(file)).address === address) return fromFile(name, file);
  }
  return undefined;
};

const isAddress = (text: string): boolean => /^0x[0-9a-f]{1,64}$/i.test(text);

/** A wallet by its name here, its address, or its Sui alias. */
export const namedWallet = async (settings: Settings, wanted: string): Promise<ActiveWallet> => {
  const file = walletFile(settings.home.wallets, wanted);
  if (!wanted.includes('/') && existsSync(file)) return fromFile(wanted, file);
  const own = isAddress(wanted) ? await byAddress(settings, parseObjectId(wanted)) : undefined;
  if (own) return own;
  const sui = await suiWalletOf(settings);
  if (sui && hasSuiAccount(sui, wanted)) return fromSui(sui, wanted);
  throw cliError('NO_WALLET', { what: `"${wanted}"` });
};

const isKeyFile = (path: string | undefined): path is string => path !== undefined && /\.key$/.test(path);

/**
 * The wallet a command acts with: the one named, the key file or Sui wallet a setting points at, the throw-away
 * wallet on local ledgers, the Sui wallet's active address elsewhere.
 */
export const activeWallet = async (settings: Settings, network: Network): Promise<ActiveWallet> => {
  const named = settings.get('wallet').value;
  if (named !== undefined) return namedWallet(settings, named);
  const path = settings.get('walletPath').value;
  if (isKeyFile(path)) return fromFile(path, path);
  const useSui = network.fromSui || network.kind === 'public' || path !== undefined;
  const sui = useSui ? await suiWalletOf(settings) : undefined;
  if (sui) return fromSui(sui);
  if (network.kind === 'public') throw cliError('NO_WALLET', { what: `for ${network.name}` });
  const file = localWalletFile(settings.home.wallets);
  if (!existsSync(file)) await createKeyFile(file).catch(unlessMade);
  return fromFile(localWalletName, file);
};
