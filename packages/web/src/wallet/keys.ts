/** Keys of the development wallet: play money only, so a name is enough to have the same account again. */
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { toHex } from '@mysten/sui/utils';

/**
 * A key that everybody who knows the name can make: SLIP-10's at m/44'/784'/0'/0'/0' for the seed `atoma dev wallet:NAME` in UTF-8.
 * Nothing is stored, and a page that is loaded again finds its account again.
 */
export const keyNamed = (name: string): Ed25519Keypair =>
  Ed25519Keypair.deriveKeypairFromSeed(toHex(new TextEncoder().encode(`atoma dev wallet:${name}`)));

/** The accounts an address of the script asks for: one a parameter `account`; none: a new key that ends with the page. */
export const keysOf = (script: URL): readonly Ed25519Keypair[] => {
  const names = script.searchParams.getAll('account').filter((name) => name !== '');
  return names.length === 0 ? [new Ed25519Keypair()] : names.map(keyNamed);
};
