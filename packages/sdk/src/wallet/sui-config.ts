/**
 * The Sui tool's wallet: client.yaml, sui.keystore and sui.aliases in ~/.sui/sui_config. Read as it is; written only by the
 * explicit functions of sui-config-edit.ts. Formats: Sui's `sui-sdk` wallet context and `sui-keys` file keystore.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Signer } from '@mysten/sui/cryptography';
import { walletError } from '../errors.ts';
import { parseObjectId } from '../values/ids.ts';
import { describeSigner, type KeyInfo, keyFromEntry } from './keys.ts';

/** A network the Sui tool knows. */
export interface SuiEnvironment {
  readonly alias: string;
  /** URL of the full node. */
  readonly rpc: string;
  /** Chain identifier when the tool recorded one (first 4 bytes of the genesis digest, hex). */
  readonly chainId: string | null;
}

/** A key of the wallet; `alias` when one is recorded. */
export interface SuiAccount extends KeyInfo {
  readonly alias: string | null;
}

/** The wallet as the Sui tool sees it. */
export interface SuiWallet {
  readonly directory: string;
  readonly configPath: string;
  readonly keystorePath: string;
  readonly activeEnv: string | null;
  readonly activeAddress: string | null;
  readonly environments: readonly SuiEnvironment[];
  readonly accounts: readonly SuiAccount[];
}

/** Where the Sui tool keeps its wallet: `$SUI_CONFIG_DIR` or ~/.sui/sui_config. */
export const defaultSuiDirectory = (): string => process.env.SUI_CONFIG_DIR ?? join(homedir(), '.sui', 'sui_config');

/** Text of a file, null when it does not exist. */
export const readOptional = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw walletError('SUI_CONFIG', { path, why: (cause as Error).message }, cause);
  }
};

/** client.yaml as plain text values: the failsafe schema keeps `0x00..1` from becoming the number 1. */
interface ClientYaml {
  readonly keystore?: string | { readonly File?: string };
  readonly envs?: readonly Readonly<Record<string, string>>[];
  readonly active_env?: string;
  readonly active_address?: string;
}

const parseYaml = async (path: string, text: string): Promise<ClientYaml> => {
  const { parse } = await import('yaml');
  try {
    const value: unknown = parse(text, { schema: 'failsafe', logLevel: 'silent' });
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw walletError('SUI_CONFIG', { path, why: (cause as Error).message }, cause);
  }
  throw walletError('SUI_CONFIG', { path, why: 'it holds no settings' });
};

/** In the failsafe schema an absent value is the text `~`, `null` or nothing. */
const present = (value: string | undefined): string | null =>
  value === undefined || value === '' || value === '~' || value === 'null' ? null : value;

const keystorePathOf = (config: ClientYaml, directory: string): string => {
  const named = typeof config.keystore === 'string' ? config.keystore : config.keystore?.File;
  const path = present(named) ?? join(directory, 'sui.keystore');
  return isAbsolute(path) ? path : join(directory, path);
};

/** Path of the aliases file that belongs to a keystore: `sui.aliases` beside it. */
export const aliasesPath = (keystorePath: string): string => keystorePath.replace(/(\.keystore)?$/, '.aliases');

const parseJsonList = (path: string, text: string | null): readonly unknown[] => {
  if (text === null || text.trim() === '') return [];
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    throw walletError('SUI_CONFIG', { path, why: 'it is not JSON' }); // no cause: it could quote a secret
  }
  throw walletError('SUI_CONFIG', { path, why: 'it is not a list' });
};

/** Keystore entries: base64 of scheme flag and secret. */
export const readKeystore = async (path: string): Promise<readonly string[]> =>
  parseJsonList(path, await readOptional(path)).map(String);

/** One row of sui.aliases. */
export interface AliasRow {
  readonly alias: string;
  readonly public_key_base64: string;
}

/** Rows of sui.aliases; none when the file is absent. */
export const readAliases = async (keystorePath: string): Promise<readonly AliasRow[]> => {
  const path = aliasesPath(keystorePath);
  return parseJsonList(path, await readOptional(path)) as readonly AliasRow[];
};

const signerOfEntry = async (path: string, entry: string): Promise<Signer> => {
  try {
    return await keyFromEntry(new Uint8Array(Buffer.from(entry, 'base64')));
  } catch {
    throw walletError('SUI_CONFIG', { path, why: 'an entry is not a key' });
  }
};

const readAccounts = async (path: string): Promise<readonly SuiAccount[]> => {
  const [entries, aliases] = await Promise.all([readKeystore(path), readAliases(path)]);
  return Promise.all(
    entries.map(async (entry) => {
      const info = describeSigner(await signerOfEntry(path, entry));
      const row = aliases.find((each) => each.public_key_base64 === info.publicKey);
      return { ...info, alias: row?.alias ?? null };
    }),
  );
};

/** Opens the Sui tool's wallet; null when there is none. Throws `WALLET_SUI_CONFIG` when it cannot be read. */
export const openSuiWallet = async (options: { readonly directory?: string } = {}): Promise<SuiWallet | null> => {
  const directory = options.directory ?? defaultSuiDirectory();
  const configPath = join(directory, 'client.yaml');
  const text = await readOptional(configPath);
  if (text === null) return null;
  const config = await parseYaml(configPath, text);
  const keystorePath = keystorePathOf(config, directory);
  const address = present(config.active_address);
  return {
    directory,
    configPath,
    keystorePath,
    activeEnv: present(config.active_env),
    activeAddress: address === null ? null : parseObjectId(address),
    environments: (config.envs ?? []).map((env) => ({
      alias: env.alias ?? '',
      rpc: env.rpc ?? '',
      chainId: present(env.chain_id),
    })),
    accounts: await readAccounts(keystorePath),
  };
};

/** The account of an address or alias; the active one by default. Throws `WALLET_UNKNOWN_ACCOUNT`. */
export const findSuiAccount = (wallet: SuiWallet, account?: string): SuiAccount => {
  const wanted = account ?? wallet.activeAddress ?? '';
  const address = /^0x[0-9a-fA-F]{1,64}$/.test(wanted) ? parseObjectId(wanted) : null;
  const found = wallet.accounts.find((each) => each.address === address || each.alias === wanted);
  if (found) return found;
  const known = wallet.accounts.map((each) => each.alias ?? each.address).join(', ') || 'none';
  throw walletError('UNKNOWN_ACCOUNT', { account: wanted || 'its active address', known });
};

/** The signer of an address or alias; the active one by default. Throws `WALLET_UNKNOWN_ACCOUNT`. */
export const suiWalletSigner = async (wallet: SuiWallet, account?: string): Promise<Signer> => {
  const { address } = findSuiAccount(wallet, account);
  for (const entry of await readKeystore(wallet.keystorePath)) {
    const signer = await signerOfEntry(wallet.keystorePath, entry);
    if (signer.toSuiAddress() === address) return signer;
  }
  throw walletError('UNKNOWN_ACCOUNT', { account: address, known: 'changed while reading' });
};
