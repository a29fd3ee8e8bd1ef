/** One key in one file of this program: JSON, readable by its owner only. */
import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeDirectory } from '@atoma/base';
import type { Keypair, Signer } from '@mysten/sui/cryptography';
import { walletError } from '../sdk-errors.ts';
import { describeSigner, generateKey, isKeyScheme, type KeyInfo, type KeyScheme, keyFromSecret } from './keys.ts';

/** Content of a key file. The secret is not encrypted; the file's mode protects it. */
interface KeyRecord extends KeyInfo {
  readonly version: 1;
  /** `suiprivkey1...` */
  readonly secret: string;
}

const OWNER_ONLY = 0o600;

/** File systems without hard links say one of these. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Writes a file that is there whole and on disk, or not at all, and never replaces another. */
const appearWhole = async (path: string, text: string): Promise<void> => {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', OWNER_ONLY);
    try {
      await file.chmod(OWNER_ONLY); // an odd umask could have removed owner bits
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await link(temporary, path).catch(async (cause: NodeJS.ErrnoException) => {
      if (!NO_LINKS.has(cause.code ?? '')) throw cause;
      await copyFile(temporary, path, constants.COPYFILE_EXCL);
    });
  } finally {
    await rm(temporary, { force: true });
  }
};

const writeKey = async (path: string, key: Keypair): Promise<KeyInfo> => {
  const info = describeSigner(key);
  const record: KeyRecord = { version: 1, ...info, secret: key.getSecretKey() };
  try {
    makeDirectory(dirname(path));
    await appearWhole(path, `${JSON.stringify(record, null, 2)}\n`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw walletError('EXISTS', { path });
    throw walletError('UNWRITABLE', { path, why: (cause as Error).message }, cause);
  }
  return info;
};

/** Creates a file with a new key, mode 0600 in directories of mode 0700. Throws `WALLET_EXISTS`. */
export const createKeyFile = async (path: string, options: { readonly scheme?: KeyScheme } = {}): Promise<KeyInfo> =>
  writeKey(path, await generateKey(options.scheme));

/** Creates a file with an existing key in any form `keyFromSecret` takes. Throws `WALLET_EXISTS`, `WALLET_SECRET`. */
export const importKeyFile = async (path: string, secret: string): Promise<KeyInfo> =>
  writeKey(path, await keyFromSecret(secret));

const readRecord = async (path: string): Promise<KeyRecord> => {
  try {
    const { address, scheme, publicKey, secret }: Readonly<Record<string, unknown>> = Object(
      JSON.parse(await readFile(path, 'utf8')),
    );
    if (
      typeof address === 'string' &&
      isKeyScheme(scheme) &&
      typeof publicKey === 'string' &&
      typeof secret === 'string'
    )
      return { version: 1, address, scheme, publicKey, secret };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw walletError('MISSING', { path });
    if (code !== undefined) throw walletError('UNREADABLE', { path, why: message }, cause);
    throw walletError('UNREADABLE', { path, why: 'it is not JSON' }); // no cause: it could quote the secret
  }
  throw walletError('UNREADABLE', { path, why: 'fields are missing, or are not what they should be' });
};

const assertPrivate = async (path: string): Promise<void> => {
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw walletError('PERMISSIONS', { path, mode: (mode & 0o777).toString(8) });
};

/** Opens a key file. Throws `WALLET_MISSING`, `WALLET_UNREADABLE`, and `WALLET_PERMISSIONS` when others can read it. */
export const readKeyFile = async (path: string): Promise<Signer> => {
  const { secret } = await readRecord(path);
  await assertPrivate(path);
  return keyFromSecret(secret);
};

/** Address, scheme and public key in a key file, without opening the key. */
export const describeKeyFile = async (path: string): Promise<KeyInfo> => {
  const { address, scheme, publicKey } = await readRecord(path);
  return { address, scheme, publicKey };
};
