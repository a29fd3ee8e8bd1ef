import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSuiPrivateKey } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import type { Machine } from './process.ts';

const flags = { ED25519: 0, Secp256k1: 1, Secp256r1: 2, MultiSig: 3, ZkLogin: 5, Passkey: 6 } as const;

/** A key of each scheme, in the order of the keystore. */
export const suiKeys = [new Ed25519Keypair(), new Secp256k1Keypair(), new Secp256r1Keypair()] as const;

/** What is odd about a wallet; everything else is as the Sui tool writes it. */
export interface Oddities {
  readonly envs?: string;
  readonly active?: string;
  readonly keystore?: string | null;
  readonly aliases?: unknown;
  /** Line ends of all files. */
  readonly newline?: string;
}

const entries = suiKeys.map((key) => {
  const { scheme, secretKey } = decodeSuiPrivateKey(key.getSecretKey());
  return Buffer.from([flags[scheme], ...secretKey]).toString('base64');
});

const usualEnvs = `
  - alias: work
    rpc: "http://127.0.0.1:9"
    ws: ~
    basic_auth: ~
    chain_id: 4c78adac
  - alias: testnet
    rpc: "https://example.org:443"
    ws: ~`;

/** Puts the Sui tool's wallet into a machine's home, its second key active; returns its directory. */
export const putSuiWallet = ({ home }: Machine, odd: Oddities = {}): string => {
  const directory = join(home, '.sui/sui_config');
  const { newline = '\n', envs = usualEnvs, active = suiKeys[1].toSuiAddress() } = odd;
  const write = (name: string, text: string): void =>
    writeFileSync(join(directory, name), text.replaceAll('\n', newline));
  mkdirSync(directory, { recursive: true });
  const keystore = odd.keystore === undefined ? JSON.stringify(entries, null, 2) : odd.keystore;
  if (keystore !== null) write('sui.keystore', keystore);
  const aliases = [{ alias: 'brave-opal', public_key_base64: suiKeys[0].getPublicKey().toSuiPublicKey() }];
  write('sui.aliases', JSON.stringify(odd.aliases ?? aliases, null, 2));
  write(
    'client.yaml',
    `---\nkeystore:\n  File: ${join(directory, 'sui.keystore')}\nexternal_keys: ~\nenvs: ${envs}\nactive_env: work\nactive_address: "${active}"\n`,
  );
  return directory;
};
