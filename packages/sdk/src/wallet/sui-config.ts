/**
 * The Sui tool's wallet: client.yaml, sui.keystore and sui.aliases in ~/.sui/sui_config. Read as it is; written only by the
 * explicit functions of sui-config-edit.ts. Formats: Sui's `sui-sdk` wallet context and `sui-keys` file keystore.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, extname, isAbsolute, join, win32 } from 'node:path';
import { isAtomaError } from '@atoma/base';
import type { Signer } from '@mysten/sui/cryptography';
import { walletError } from '../sdk-errors.ts';
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

/** What client.yaml says. */
export interface SuiConfig {
  readonly directory: string;
  readonly configPath: string;
  readonly keystorePath: string;
  readonly activeEnv: string | null;
  readonly activeAddress: string | null;
  readonly environments: readonly SuiEnvironment[];
}

/** The wallet as the Sui tool sees it. */
export interface SuiWallet extends SuiConfig {
  readonly accounts: readonly SuiAccount[];
  /** False when the file that client.yaml names is not there; there are no accounts then. */
  readonly hasKeystore: boolean;
}

/** Where the Sui tool keeps its wallet: `$SUI_CONFIG_DIR` or ~/.sui/sui_config. */
export const defaultSuiDirectory = (): string => process.env.SUI_CONFIG_DIR || join(homedir(), '.sui', 'sui_config');

/** Text of a file without the byte order mark some editors write; null when it does not exist. */
export const readOptional = async (path: string): Promise<string | null> => {
  try {
    return (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    // No cause: a directory or a closed file in this place is a fault of that wallet, not of this program's home.
    throw walletError('SUI_CONFIG', { path, why: (cause as Error).message });
  }
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * client.yaml as plain text values: the failsafe schema keeps `0x00..1` from becoming the number 1. At log level `silent`
 * the parser would keep its errors to itself and read half a file.
 */
const parseYaml = async (path: string, text: string): Promise<Fields> => {
  const { parse } = await import('./yaml.ts');
  let value: unknown;
  try {
    value = parse(text, { schema: 'failsafe', logLevel: 'error' });
  } catch (cause) {
    throw walletError('SUI_CONFIG', { path, why: (cause as Error).message }, cause);
  }
  if (isFields(value)) return value;
  throw walletError('SUI_CONFIG', { path, why: 'it holds no settings' });
};

/** In the failsafe schema an absent value is the text `~`, `null` or nothing. */
const present = (value: unknown): string | null =>
  typeof value !== 'string' || value === '' || value === '~' || value === 'null' ? null : value;

/** Keystores of the tool that are no files. */
const OTHER_KEYSTORES: readonly string[] = ['InMem', 'External'];

const keystorePathOf = (config: string, { keystore }: Fields, directory: string): string => {
  const kind = isFields(keystore) ? Object.keys(keystore).find((key) => key !== 'File') : present(keystore);
  const isFile = isFields(keystore) && 'File' in keystore;
  if (kind && !isFile && OTHER_KEYSTORES.includes(kind))
    throw walletError('SUI_CONFIG', {
      path: config,
      why: `its keystore is of kind ${kind}, and only files can be read`,
    });
  const path = present(isFields(keystore) ? keystore.File : keystore) ?? join(directory, 'sui.keystore');
  return isAbsolute(path) || win32.isAbsolute(path) ? path : join(directory, path);
};

const environmentsOf = (path: string, { envs }: Fields): readonly SuiEnvironment[] => {
  if (!Array.isArray(envs)) {
    if (envs === undefined || (typeof envs === 'string' && present(envs) === null)) return [];
    throw walletError('SUI_CONFIG', { path, why: 'its envs are no list' });
  }
  return envs.map((env: unknown, at) => {
    const [alias, rpc] = isFields(env) ? [present(env.alias), present(env.rpc)] : [null, null];
    if (alias === null || rpc === null)
      throw walletError('SUI_CONFIG', {
        path,
        why: `environment ${at + 1} has no ${alias === null ? 'alias' : 'rpc'}`,
      });
    return { alias, rpc, chainId: present((env as Fields).chain_id) };
  });
};

const addressOf = (path: string, text: string | null): string | null => {
  if (text === null) return null;
  const address = /^[0-9a-fA-F]{64}$/.test(text) ? `0x${text}` : text; // the tool reads both
  if (isAddress(address)) return parseObjectId(address);
  throw walletError('SUI_CONFIG', { path, why: `its active_address "${text}" is no address` });
};

/** Path of the aliases file that belongs to a keystore: beside it, with the extension `.aliases`. */
export const aliasesPath = (keystorePath: string): string =>
  join(dirname(keystorePath), `${basename(keystorePath, extname(keystorePath))}.aliases`);

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

/** Keystore entries: base64 of scheme flag and secret. None when the file is absent. */
export const readKeystore = async (path: string): Promise<readonly string[]> =>
  parseJsonList(path, await readOptional(path)).map(String);

/** One row of sui.aliases. */
export interface AliasRow {
  readonly alias: string;
  readonly public_key_base64: string;
}

const isAliasRow = (row: unknown): row is AliasRow =>
  isFields(row) && typeof row.alias === 'string' && typeof row.public_key_base64 === 'string';

/** Rows of sui.aliases; none when the file is absent. */
export const readAliases = async (keystorePath: string): Promise<readonly AliasRow[]> => {
  const path = aliasesPath(keystorePath);
  return parseJsonList(path, await readOptional(path)).map((row, at) => {
    if (isAliasRow(row)) return row;
    throw walletError('SUI_CONFIG', { path, why: `entry ${at + 1} has no alias and public_key_base64` });
  });
};

const signersOf = (path: string, entries: readonly string[]): Promise<readonly Signer[]> =>
  Promise.all(
    entries.map(async (entry, at) => {
      try {
        return await keyFromEntry(entry);
      } catch (thrown) {
        const why = isAtomaError(thrown, 'WALLET_SECRET') ? `: ${thrown.details.why}` : '';
        throw walletError('SUI_CONFIG', { path, why: `entry ${at + 1} is not a key${why}` });
      }
    }),
  );

const readAccounts = async (path: string): Promise<readonly SuiAccount[]> => {
  const [entries, aliases] = await Promise.all([readKeystore(path), readAliases(path)]);
  return (await signersOf(path, [...new Set(entries)])).map((signer) => {
    const info = describeSigner(signer);
    // The last of several, as the Sui tool takes it.
    const row = aliases.findLast((each) => each.public_key_base64 === info.publicKey);
    return { ...info, alias: row?.alias ?? null };
  });
};

/** Reads client.yaml alone; null when there is none. Throws `WALLET_SUI_CONFIG` when it cannot be read. */
export const readSuiConfig = async (options: { readonly directory?: string } = {}): Promise<SuiConfig | null> => {
  const directory = options.directory ?? defaultSuiDirectory();
  const configPath = join(directory, 'client.yaml');
  const text = await readOptional(configPath);
  if (text === null) return null;
  const config = await parseYaml(configPath, text);
  return {
    directory,
    configPath,
    keystorePath: keystorePathOf(configPath, config, directory),
    activeEnv: present(config.active_env),
    activeAddress: addressOf(configPath, present(config.active_address)),
    environments: environmentsOf(configPath, config),
  };
};

/** Opens the Sui tool's wallet; null when there is none. Throws `WALLET_SUI_CONFIG` when it cannot be read. */
export const openSuiWallet = async (options: { readonly directory?: string } = {}): Promise<SuiWallet | null> => {
  const config = await readSuiConfig(options);
  if (config === null) return null;
  const hasKeystore = (await readOptional(config.keystorePath)) !== null;
  return { ...config, hasKeystore, accounts: hasKeystore ? await readAccounts(config.keystorePath) : [] };
};

const isAddress = (text: string): boolean => /^0x[0-9a-fA-F]{1,64}$/.test(text);

/** What an account is called: its alias, or its address when it has none, a blank one, one that reads as an address or one with line breaks. */
export const suiAccountName = ({ alias, address }: SuiAccount): string =>
  alias === null || isAddress(alias) || !/^(?!\s*$)\P{Cc}+$/u.test(alias) ? address : alias;

const accountsNamed = ({ accounts }: SuiWallet, wanted: string): readonly SuiAccount[] => {
  const byAddress = isAddress(wanted) ? accounts.filter(({ address }) => address === parseObjectId(wanted)) : [];
  return byAddress.length > 0 ? byAddress : accounts.filter(({ alias }) => alias === wanted);
};

/**
 * The account of an address or alias, an address first; the active one by default. Throws `WALLET_UNKNOWN_ACCOUNT`,
 * `WALLET_AMBIGUOUS_ALIAS`, `WALLET_NO_KEYSTORE`.
 */
export const findSuiAccount = (wallet: SuiWallet, account?: string): SuiAccount => {
  const { configPath, keystorePath: path } = wallet;
  if (!wallet.hasKeystore) throw walletError('NO_KEYSTORE', { path, config: configPath });
  const wanted = account ?? wallet.activeAddress ?? '';
  const [found, second] = accountsNamed(wallet, wanted);
  if (found && second)
    throw walletError('AMBIGUOUS_ALIAS', { alias: wanted, first: found.address, second: second.address });
  if (found) return found;
  const known = wallet.accounts.map(suiAccountName).join(', ') || 'none';
  throw walletError('UNKNOWN_ACCOUNT', { account: wanted || 'its active address (none is set)', known });
};

/** True when the wallet has an account, or several, of this address or alias. */
export const hasSuiAccount = (wallet: SuiWallet, account: string): boolean => accountsNamed(wallet, account).length > 0;

/** The signer of an address or alias; the active one by default. Throws what {@link findSuiAccount} throws. */
export const suiWalletSigner = async (wallet: SuiWallet, account?: string): Promise<Signer> => {
  const { address } = findSuiAccount(wallet, account);
  const signers = await signersOf(wallet.keystorePath, await readKeystore(wallet.keystorePath));
  const signer = signers.find((each) => each.toSuiAddress() === address);
  if (signer) return signer;
  throw walletError('UNKNOWN_ACCOUNT', { account: address, known: 'changed while reading' });
};
