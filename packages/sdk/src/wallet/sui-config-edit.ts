/** Explicit changes to the Sui tool's wallet. Comments and unknown fields of client.yaml are kept. */
import { randomUUID } from 'node:crypto';
import { chmod, realpath, rename, writeFile } from 'node:fs/promises';
import type { Document, Scalar } from 'yaml';
import { walletError } from '../sdk-errors.ts';
import { describeSigner, entryFromKey, generateKey, type KeyInfo, type KeyScheme, keyFromSecret } from './keys.ts';
import { aliasesPath, findSuiAccount, readAliases, readKeystore, readOptional, type SuiWallet } from './sui-config.ts';

/** Replaces a file in one step, so that a crash leaves the old or the new one, never half. What is linked stays linked. */
const replaceFile = async (link: string, text: string, mode: number): Promise<void> => {
  const path = await realpath(link).catch(() => link);
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { mode });
  await chmod(temporary, mode);
  await rename(temporary, path);
};

const editConfig = async (wallet: SuiWallet, edit: (document: Document) => void): Promise<void> => {
  const { parseDocument } = await import('./yaml.ts');
  const before = (await readOptional(wallet.configPath)) ?? '';
  const document = parseDocument(before, { schema: 'failsafe', logLevel: 'error' });
  edit(document as unknown as Document);
  const after = document.toString();
  await replaceFile(wallet.configPath, before.includes('\r\n') ? after.replaceAll(/\r?\n/g, '\r\n') : after, 0o600);
};

/** Quoted, as the Sui tool writes addresses: bare ones are numbers to other YAML readers. */
const quoted = (document: Document, text: string): Scalar => {
  const node = document.createNode(text) as Scalar;
  node.type = 'QUOTE_DOUBLE';
  return node;
};

/** What {@link setSuiWalletActive} changes. */
export interface SetSuiWalletActiveParameters {
  /** Alias of an environment of the wallet. */
  readonly env?: string;
  /** Address or alias of one of its keys. */
  readonly address?: string;
}

/** Changes active environment or address. Throws `WALLET_UNKNOWN_ENVIRONMENT`, `WALLET_UNKNOWN_ACCOUNT`. */
export const setSuiWalletActive = async (
  wallet: SuiWallet,
  parameters: SetSuiWalletActiveParameters,
): Promise<void> => {
  const { env, address } = parameters;
  if (env !== undefined && !wallet.environments.some((each) => each.alias === env)) {
    const known = wallet.environments.map((each) => each.alias).join(', ') || 'none';
    throw walletError('UNKNOWN_ENVIRONMENT', { alias: env, known });
  }
  const account = address === undefined ? undefined : findSuiAccount(wallet, address);
  await editConfig(wallet, (document) => {
    if (env !== undefined) document.set('active_env', env);
    if (account) document.set('active_address', quoted(document, account.address));
  });
};

/** What {@link addSuiWalletKey} adds: a given secret, or a new key of `scheme`. */
export interface AddSuiWalletKeyParameters {
  readonly secret?: string;
  readonly scheme?: KeyScheme;
  /** Name of the key; absent: none is recorded. */
  readonly alias?: string;
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Adds a key to the keystore, and its alias. A key that is there already is left alone. */
export const addSuiWalletKey = async (wallet: SuiWallet, parameters: AddSuiWalletKeyParameters): Promise<KeyInfo> => {
  const { secret, scheme, alias } = parameters;
  const key = secret === undefined ? await generateKey(scheme) : await keyFromSecret(secret);
  const info = describeSigner(key);
  const entry = Buffer.from(await entryFromKey(key)).toString('base64');
  const entries = await readKeystore(wallet.keystorePath);
  if (!entries.includes(entry)) await replaceFile(wallet.keystorePath, json([...entries, entry]), 0o600);
  if (alias === undefined) return info;
  const others = (await readAliases(wallet.keystorePath)).filter((row) => row.public_key_base64 !== info.publicKey);
  await replaceFile(
    aliasesPath(wallet.keystorePath),
    json([...others, { alias, public_key_base64: info.publicKey }]),
    0o600,
  );
  return info;
};

/** Adds or replaces an environment. */
export const addSuiWalletEnv = async (
  wallet: SuiWallet,
  parameters: { readonly alias: string; readonly rpc: string },
): Promise<void> => {
  const { alias, rpc } = parameters;
  await editConfig(wallet, (document) => {
    const at = wallet.environments.findIndex((each) => each.alias === alias);
    if (at >= 0) document.setIn(['envs', at, 'rpc'], rpc);
    else if (wallet.environments.length === 0) document.set('envs', document.createNode([{ alias, rpc }]));
    else document.addIn(['envs'], document.createNode({ alias, rpc }));
  });
};
