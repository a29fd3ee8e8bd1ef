/** Wallets of our own and those of the Sui tool. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSuiPrivateKey } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import { expect, test } from 'vitest';
import { run, runJson } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';

const keys = [new Ed25519Keypair(), new Secp256k1Keypair(), new Secp256r1Keypair()];
const flags = { ED25519: 0, Secp256k1: 1, Secp256r1: 2, MultiSig: 3, ZkLogin: 5, Passkey: 6 } as const;

/** A machine with the Sui tool's wallet: an environment of its own name, three keys, the second one active. */
const suiMachine = () => {
  const machine = cleanMachine();
  const directory = join(machine.home, '.sui/sui_config');
  mkdirSync(directory, { recursive: true });
  const entries = keys.map((key) => {
    const { scheme, secretKey } = decodeSuiPrivateKey(key.getSecretKey());
    return Buffer.from([flags[scheme], ...secretKey]).toString('base64');
  });
  writeFileSync(join(directory, 'sui.keystore'), JSON.stringify(entries));
  writeFileSync(
    join(directory, 'client.yaml'),
    `keystore:\n  File: ${join(directory, 'sui.keystore')}\nenvs:\n  - alias: work\n    rpc: "http://127.0.0.1:9"\n    ws: ~\n  - alias: testnet\n    rpc: "https://example.org:443"\nactive_env: work\nactive_address: "${keys[1]?.toSuiAddress()}"\n`,
  );
  const files = () => readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8'));
  return { machine, files };
};

test('the environments and the active address of the Sui wallet are used, its files never written', async () => {
  const { machine, files } = suiMachine();
  const before = files();
  const { networks } = (await runJson(machine, 'network list')) as { networks: { name: string; url: string }[] };
  expect(networks).toContainEqual(expect.objectContaining({ name: 'work', url: 'http://127.0.0.1:9' }));
  expect(networks.filter((one) => one.name === 'testnet')).toEqual([
    expect.objectContaining({ url: 'https://example.org:443' }),
  ]);
  expect(await runJson(machine, 'wallet address --network work')).toMatchObject({ address: keys[1]?.toSuiAddress() });
  expect(await runJson(machine, 'wallet address')).toMatchObject({ name: 'local' });
  for (const key of keys)
    expect(await runJson(machine, `wallet address --network work --wallet ${key.toSuiAddress()}`)).toMatchObject({
      address: key.toSuiAddress(),
    });
  const { wallets } = (await runJson(machine, 'wallet list --network work')) as {
    wallets: { keeper: string; active: boolean; address: string }[];
  };
  expect(wallets.filter((one) => one.keeper === 'sui')).toHaveLength(3);
  expect(wallets.filter((one) => one.active).map((one) => one.address)).toEqual([keys[1]?.toSuiAddress()]);
  await run(machine, 'network use work');
  await run(machine, `wallet use ${keys[2]?.toSuiAddress()}`);
  expect(await runJson(machine, 'wallet address')).toMatchObject({ address: keys[2]?.toSuiAddress() });
  expect(files()).toEqual(before);
});

test('a Sui key can act on the embedded ledger', async () => {
  const { machine } = suiMachine();
  for (const key of keys) {
    const as = `--wallet ${key.toSuiAddress()}`;
    expect(await run(machine, `wallet faucet ${as}`)).toMatchObject({ code: 0 });
    expect(await runJson(machine, `toma faucet --amount 1TOMA ${as}`)).toMatchObject({ status: 'executed' });
  }
});

test('WALLET_PATH names a Sui wallet elsewhere', async () => {
  const { machine } = suiMachine();
  const other = cleanMachine();
  const env = { WALLET_PATH: join(machine.home, '.sui/sui_config/client.yaml') };
  expect(await runJson(other, 'wallet address --network work', { env })).toMatchObject({
    address: keys[1]?.toSuiAddress(),
  });
});

test('without any wallet a public network says how to get one', async () => {
  const machine = cleanMachine();
  expect(await runJson(machine, 'wallet address --network devnet')).toMatchObject({ error: { code: 'CLI_NO_WALLET' } });
  expect(await run(machine, 'wallet new alice --network devnet')).toMatchObject({ code: 0 });
  expect(await runJson(machine, 'wallet address --network devnet')).toMatchObject({ name: 'alice' });
});

test('a name that is taken is an error, or with --keep the wallet it names', async () => {
  const machine = cleanMachine();
  const { address } = await runJson(machine, 'wallet new alice --keep');
  expect(await runJson(machine, 'wallet new alice')).toMatchObject({ error: { code: 'CLI_WALLET_EXISTS' } });
  await run(machine, 'wallet new bob --use');
  expect(await runJson(machine, 'wallet new alice --keep')).toMatchObject({ name: 'alice', address });
  expect(await runJson(machine, 'wallet address --network devnet')).toMatchObject({ name: 'bob' });
});

test('a private key is shown by export alone', async () => {
  const machine = cleanMachine();
  await run(machine, 'wallet new alice');
  const { secret } = (await runJson(machine, 'wallet export --wallet alice --yes')) as { secret: string };
  expect(secret).toMatch(/^suiprivkey1/);
  for (const line of [
    'wallet list',
    'wallet address --wallet alice',
    'wallet new bob',
    'config list',
    'print-env',
    'wallet balance --wallet alice',
  ]) {
    for (const mode of ['', ' --json', ' --quiet']) {
      const done = await run(machine, `${line}${mode}`, { env: { ATOMA_DEBUG: '1' } });
      expect(`${done.out}${done.err}`).not.toContain(secret);
    }
  }
});

test('a key others can read is refused, a file that is no key is named', async () => {
  const machine = cleanMachine();
  await run(machine, 'wallet new alice');
  const file = join(machine.atomaHome, 'wallets/alice.key');
  chmodSync(file, 0o644);
  expect(await run(machine, 'wallet address --wallet alice --json')).toMatchObject({
    code: 4,
    out: expect.stringContaining('WALLET_PERMISSIONS'),
  });
  chmodSync(file, 0o600);
  writeFileSync(file, 'not a key');
  expect(await run(machine, 'wallet address --wallet alice --json')).toMatchObject({
    code: 4,
    out: expect.stringContaining(file),
  });
});

test('a mnemonic, hex and nonsense', async () => {
  const machine = cleanMachine();
  const mnemonic = 'test test test test test test test test test test test junk';
  expect(await run(machine, 'wallet import words --secret -', { stdin: `${mnemonic}\n` })).toMatchObject({ code: 0 });
  expect(await run(machine, 'wallet import hex --secret -', { stdin: `0x${'01'.repeat(32)}` })).toMatchObject({
    code: 0,
  });
  const bad = await run(machine, 'wallet import bad --secret - --json', { stdin: 'hello there' });
  expect([bad.code, bad.out.includes('hello there')]).toEqual([4, false]);
});
