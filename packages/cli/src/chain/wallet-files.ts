import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isAtomaError } from '@atoma/base';

/** Name of the throw-away wallet of the embedded and local ledgers. */
export const localWalletName = 'local';

/** The key file of a wallet of our own. */
export const walletFile = (wallets: string, name: string): string => join(wallets, `${name}.key`);

/** The key file of the throw-away wallet. */
export const localWalletFile = (wallets: string): string => walletFile(wallets, localWalletName);

/** Names of all wallets of our own, sorted. */
export const walletNames = (wallets: string): readonly string[] =>
  existsSync(wallets)
    ? readdirSync(wallets)
        .filter((file) => file.endsWith('.key'))
        .map((file) => file.slice(0, -4))
        .sort()
    : [];

/** True for names that make a good file name and do not read as an address: letters, digits, dash, underscore, dot inside. */
export const isWalletName = (name: string): boolean => /^(?!0x[0-9a-f]+$)[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/i.test(name);

/** For the key of the throw-away wallet: another command may have made it at this moment. */
export const unlessMade = (error: unknown): void => {
  if (!isAtomaError(error, 'WALLET_EXISTS')) throw error;
};
