import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import { Secp256r1Keypair } from '@mysten/sui/keypairs/secp256r1';
import { expect, test } from 'vitest';
import { createKeyFile, describeKeyFile, importKeyFile, readKeyFile } from './key-file.ts';
import { entryFromKey, exportSecret, type KeyScheme, signerFromSecret } from './keys.ts';
import { openSuiWallet, type SuiAccount, type SuiWallet, suiAccountName, suiWalletSigner } from './sui-config.ts';
import { addSuiWalletEnv, addSuiWalletKey, setSuiWalletActive } from './sui-config-edit.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'atoma-wallet-'));
const code = (expected: string) => expect.objectContaining({ code: expected });
const mode = (path: string): number => statSync(path).mode & 0o777;
const schemes: readonly KeyScheme[] = ['ed25519', 'secp256k1', 'secp256r1'];
const keys = [Ed25519Keypair.generate(), Secp256k1Keypair.generate(), Secp256r1Keypair.generate()] as const;

test.each(schemes)('a new %s key file opens to the key it names', async (scheme) => {
  const path = join(directory(), 'deep', 'main.key');
  const info = await createKeyFile(path, { scheme });
  const signer = await readKeyFile(path);
  expect(info.scheme).toBe(scheme);
  expect(signer.toSuiAddress()).toBe(info.address);
  expect(await describeKeyFile(path)).toEqual(info);
  expect(mode(path)).toBe(0o600);
  expect(mode(join(path, '..'))).toBe(0o700);
});

test('a key file is never overwritten, and one that others can read is refused', async () => {
  const path = join(directory(), 'main.key');
  const { address } = await createKeyFile(path);
  await expect(createKeyFile(path)).rejects.toThrowError(code('WALLET_EXISTS'));
  await expect(importKeyFile(path, keys[0].getSecretKey())).rejects.toThrowError(code('WALLET_EXISTS'));
  expect((await describeKeyFile(path)).address).toBe(address);
  chmodSync(path, 0o644);
  await expect(readKeyFile(path)).rejects.toThrowError(code('WALLET_PERMISSIONS'));
  await expect(readKeyFile(`${path}.other`)).rejects.toThrowError(code('WALLET_MISSING'));
  const broken = join(directory(), 'broken.key');
  writeFileSync(broken, '{}', { mode: 0o600 });
  await expect(readKeyFile(broken)).rejects.toThrowError(code('WALLET_UNREADABLE'));
  const whole: object = JSON.parse(readFileSync(path, 'utf8'));
  for (const odd of [{ scheme: 'rsa' }, { publicKey: 7 }, { address: null }]) {
    writeFileSync(broken, JSON.stringify({ ...whole, ...odd }), { mode: 0o600 });
    await expect(describeKeyFile(broken)).rejects.toThrowError(code('WALLET_UNREADABLE'));
  }
});

test('a secret reads in every form it is written', async () => {
  for (const key of keys) {
    const entry = Buffer.from(await entryFromKey(key)).toString('base64');
    for (const form of [key.getSecretKey(), ` ${entry}\n`])
      expect((await signerFromSecret(form)).toSuiAddress()).toBe(key.toSuiAddress());
  }
  const hex = `0x${Buffer.from(await entryFromKey(keys[0]))
    .subarray(1)
    .toString('hex')}`;
  expect((await signerFromSecret(hex)).toSuiAddress()).toBe(keys[0].toSuiAddress());
  const words = 'test test test test test test test test test test test junk';
  expect((await signerFromSecret(words)).toSuiAddress()).toBe(Ed25519Keypair.deriveKeypair(words).toSuiAddress());
  expect(exportSecret(keys[2])).toBe(keys[2].getSecretKey());
});

test('a broken secret is refused without being repeated', async () => {
  for (const bad of ['suiprivkey1qqqsecretsecret', 'c2VjcmV0', '0x12', 'secret words that are no mnemonic at all'])
    await expect(signerFromSecret(bad)).rejects.toSatisfy(
      (error: { code: string; message: string }) =>
        error.code === 'WALLET_SECRET' &&
        !error.message.includes('secret w') &&
        !error.message.includes('secretsecret'),
    );
});

/** A wallet as the Sui tool writes it, with three keys, one alias and an address that looks like a number. */
const suiDirectory = async (keystoreLine = (path: string) => `keystore:\n  File: ${path}`): Promise<string> => {
  const root = directory();
  const keystore = join(root, 'sui.keystore');
  const entries = await Promise.all(keys.map(async (key) => Buffer.from(await entryFromKey(key)).toString('base64')));
  writeFileSync(keystore, JSON.stringify(entries));
  const aliases = [{ alias: 'happy-opal', public_key_base64: keys[1].getPublicKey().toSuiPublicKey() }];
  writeFileSync(join(root, 'sui.aliases'), JSON.stringify(aliases));
  writeFileSync(
    join(root, 'client.yaml'),
    `---\n# my wallet\n${keystoreLine(keystore)}\nexternal_keys: ~\nenvs:\n  - alias: testnet\n    rpc: "https://fullnode.testnet.sui.io:443"\n    ws: ~\n    basic_auth: ~\n    chain_id: 4c78adac\n  - alias: devnet\n    rpc: "https://fullnode.devnet.sui.io:443"\n    ws: ~\n    basic_auth: ~\nactive_env: testnet\nactive_address: ${keys[2].toSuiAddress()}\n`,
  );
  return root;
};

const open = async (root: string): Promise<SuiWallet> => (await openSuiWallet({ directory: root })) as SuiWallet;

test('the Sui wallet is read as the Sui tool sees it', async () => {
  const wallet = await open(await suiDirectory());
  expect(wallet.activeEnv).toBe('testnet');
  expect(wallet.activeAddress).toBe(keys[2].toSuiAddress());
  expect(wallet.environments.map(({ alias, chainId }) => [alias, chainId])).toEqual([
    ['testnet', '4c78adac'],
    ['devnet', null],
  ]);
  expect(wallet.accounts.map(({ address, alias, scheme }) => [address, alias, scheme])).toEqual([
    [keys[0].toSuiAddress(), null, 'ed25519'],
    [keys[1].toSuiAddress(), 'happy-opal', 'secp256k1'],
    [keys[2].toSuiAddress(), null, 'secp256r1'],
  ]);
});

test('its signers sign for their address, found by default, address and alias', async () => {
  const wallet = await open(await suiDirectory());
  expect((await suiWalletSigner(wallet)).toSuiAddress()).toBe(keys[2].toSuiAddress());
  expect((await suiWalletSigner(wallet, 'happy-opal')).toSuiAddress()).toBe(keys[1].toSuiAddress());
  expect((await suiWalletSigner(wallet, keys[0].toSuiAddress())).toSuiAddress()).toBe(keys[0].toSuiAddress());
  await expect(suiWalletSigner(wallet, 'sad-opal')).rejects.toThrowError(code('WALLET_UNKNOWN_ACCOUNT'));
});

test.each(['keystore: InMem', 'keystore: External', 'keystore:\n  InMem:\n    keys: []', 'keystore:\n  External: {}'])(
  'a keystore that is no file is not taken for one: %s',
  async (line) => {
    const directory = await suiDirectory(() => line);
    await expect(open(directory)).rejects.toThrow(
      /its keystore is of kind (InMem|External), and only files can be read/,
    );
  },
);

test('a tagged keystore line of older files is understood, and no wallet is no fault', async () => {
  const wallet = await open(await suiDirectory((path) => `keystore: !File ${path}`));
  expect(wallet.accounts).toHaveLength(3);
  expect(await openSuiWallet({ directory: directory() })).toBeNull();
});

test('an unquoted address of few digits stays an address', async () => {
  const root = await suiDirectory();
  const path = join(root, 'client.yaml');
  const one = `0x${'1'.padStart(64, '0')}`;
  writeFileSync(path, readFileSync(path, 'utf8').replace(/active_address: .*/, `active_address: ${one}`));
  expect((await open(root)).activeAddress).toBe(one);
});

test('explicit changes keep everything else in the file', async () => {
  const root = await suiDirectory();
  const before = readFileSync(join(root, 'client.yaml'), 'utf8');
  await setSuiWalletActive(await open(root), { env: 'devnet', address: 'happy-opal' });
  const text = readFileSync(join(root, 'client.yaml'), 'utf8');
  expect(text).toContain('# my wallet');
  expect(text).toContain('chain_id: 4c78adac');
  const changed = await open(root);
  expect([changed.activeEnv, changed.activeAddress]).toEqual(['devnet', keys[1].toSuiAddress()]);
  await setSuiWalletActive(changed, { env: 'testnet', address: keys[2].toSuiAddress() });
  expect((await open(root)).accounts).toEqual((await open(await suiDirectory())).accounts);
  expect(before).toContain('active_env: testnet');
  await expect(setSuiWalletActive(changed, { env: 'moonnet' })).rejects.toThrowError(
    code('WALLET_UNKNOWN_ENVIRONMENT'),
  );
});

test('keys and environments are added once, the keystore stays private', async () => {
  const root = await suiDirectory();
  const key = Ed25519Keypair.generate();
  for (let i = 0; i < 2; i++) await addSuiWalletKey(await open(root), { secret: key.getSecretKey(), alias: 'new-one' });
  await addSuiWalletEnv(await open(root), { alias: 'local', rpc: 'http://127.0.0.1:9000' });
  await addSuiWalletEnv(await open(root), { alias: 'local', rpc: 'http://127.0.0.1:9001' });
  const wallet = await open(root);
  expect(wallet.accounts).toHaveLength(4);
  expect(wallet.accounts[3]).toMatchObject({ alias: 'new-one', address: key.toSuiAddress() });
  expect(wallet.environments.filter(({ alias }) => alias === 'local').map(({ rpc }) => rpc)).toEqual([
    'http://127.0.0.1:9001',
  ]);
  expect(mode(join(root, 'sui.keystore'))).toBe(0o600);
});

test('a damaged keystore is reported without its content', async () => {
  const root = await suiDirectory();
  writeFileSync(join(root, 'sui.keystore'), '["c2VjcmV0"');
  await expect(openSuiWallet({ directory: root })).rejects.toThrowError(code('WALLET_SUI_CONFIG'));
  writeFileSync(join(root, 'sui.keystore'), '["c2VjcmV0"]');
  await expect(openSuiWallet({ directory: root })).rejects.toThrowError(code('WALLET_SUI_CONFIG'));
});

const ed = (): Promise<string> => entryFromKey(keys[0]).then((entry) => Buffer.from(entry).toString('base64'));
const yamlOf = (root: string): string => readFileSync(join(root, 'client.yaml'), 'utf8');
const edited = (edit: (yaml: string) => string | Buffer) => async (root: string) =>
  writeFileSync(join(root, 'client.yaml'), edit(yamlOf(root)));
const keystore = (bytes: string | Buffer) => async (root: string) => writeFileSync(join(root, 'sui.keystore'), bytes);
const aliases = (text: string) => async (root: string) => writeFileSync(join(root, 'sui.aliases'), text);

test.each<readonly [what: string, change: (root: string) => Promise<void>, accounts: number | RegExp]>([
  ['lines of Windows', edited((yaml) => yaml.replaceAll('\n', '\r\n')), 3],
  ['a setting twice', edited((yaml) => `${yaml}active_env: devnet\n`), /client\.yaml.*unique/],
  ['more documents than one', edited((yaml) => `${yaml}---\nmore: 1\n`), /multiple documents/],
  ['a quotation that does not end', edited((yaml) => `${yaml}more: "\n`), /client\.yaml.*quote/],
  ['a tab before a setting', edited((yaml) => `a:\n\tb: 1\n${yaml}`), /client\.yaml.*[Tt]ab/],
  ['an alias of digits', edited((yaml) => yaml.replaceAll('testnet\n', '1\n')), 3],
  ['an address without 0x', edited((yaml) => yaml.replace('active_address: 0x', 'active_address: ')), 3],
  [
    'an address in capitals',
    edited((yaml) => yaml.replace(/(active_address: 0x)(.*)/, (_, a, b) => a + b.toUpperCase())),
    3,
  ],
  [
    'an address that is none',
    edited((yaml) => yaml.replace(/active_address: .*/, 'active_address: 0xnot')),
    /is no address/,
  ],
  ['no settings', edited(() => '# nothing\n'), /client\.yaml.*no settings/],
  ['a list', edited(() => '- a\n'), /no settings/],
  ['two bytes a letter', edited((yaml) => Buffer.from(`\uFEFF${yaml}`, 'utf16le')), /client\.yaml/],
  ['a name that means its own multiples', edited((yaml) => `${yaml}${bomb()}`), /alias/],
  ['a keystore of nothing', keystore(''), 0],
  ['a keystore in two bytes a letter', keystore(Buffer.from('\uFEFF[]', 'utf16le')), /sui\.keystore.*not JSON/],
  ['a comma too many', async (root) => keystore(`["${await ed()}",]`)(root), /not JSON/],
  ['one key twice', async (root) => keystore(JSON.stringify([await ed(), await ed()]))(root), 1],
  ['a map of keys', keystore('{}'), /not a list/],
  [
    'a key of a scheme without secrets',
    keystore(JSON.stringify([Buffer.alloc(33, 5).toString('base64')])),
    /entry 1 is not a key: scheme flag 5 is unknown/,
  ],
  [
    'a letter that is no base64',
    async (root) => keystore(JSON.stringify([`*${await ed()}`]))(root),
    /entry 1 is not a key: .*base64/,
  ],
  [
    'a key in the form of an export',
    keystore(JSON.stringify([keys[0].getSecretKey()])),
    /entry 1 is not a key: .*base64/,
  ],
  [
    'a key that is zero',
    keystore(JSON.stringify([Buffer.from([1, ...Array(32).fill(0)]).toString('base64')])),
    /entry 1/,
  ],
  [
    'a directory for a keystore',
    async (root) => {
      rmSync(join(root, 'sui.keystore'));
      mkdirSync(join(root, 'sui.keystore'));
    },
    /sui\.keystore.*EISDIR/,
  ],
  ['aliases of nothing', aliases(''), 3],
  ['aliases cut off', aliases('[{'), /sui\.aliases.*not JSON/],
  ['an alias of nobody', aliases(JSON.stringify([{ alias: 'ghost', public_key_base64: '@@' }])), 3],
])('a Sui wallet with %s', async (_, change, accounts) => {
  const root = await suiDirectory();
  await change(root);
  const opened = openSuiWallet({ directory: root });
  if (typeof accounts === 'number') expect((await opened)?.accounts).toHaveLength(accounts);
  else
    await expect(opened).rejects.toMatchObject({ code: 'WALLET_SUI_CONFIG', message: expect.stringMatching(accounts) });
});

test('of several aliases of a key the last counts, and a name that cannot be typed is none', async () => {
  const root = await suiDirectory();
  const rows = (...names: string[]) =>
    names.map((alias) => ({ alias, public_key_base64: keys[1].getPublicKey().toSuiPublicKey() }));
  const nameAfter = async (...names: string[]) => {
    await aliases(JSON.stringify(rows(...names)))(root);
    return suiAccountName((await open(root)).accounts[1] as SuiAccount);
  };
  expect(await nameAfter('first', 'second')).toBe('second');
  for (const odd of ['', ' ', 'two\nlines', '\u001b[31mred']) expect(await nameAfter(odd)).toBe(keys[1].toSuiAddress());
});

test('aliases lie beside a keystore of any name', async () => {
  const root = await suiDirectory((path) => `keystore:\n  File: ${path.replace('sui.keystore', 'keys.json')}`);
  renameSync(join(root, 'sui.keystore'), join(root, 'keys.json'));
  renameSync(join(root, 'sui.aliases'), join(root, 'keys.aliases'));
  expect((await open(root)).accounts.map(({ alias }) => alias)).toEqual([null, 'happy-opal', null]);
});

test('a change keeps the line ends of a file, and the link to it', async () => {
  const root = await suiDirectory();
  await edited((yaml) => yaml.replaceAll('\n', '\r\n'))(root);
  const elsewhere = join(directory(), 'real.yaml');
  renameSync(join(root, 'client.yaml'), elsewhere);
  symlinkSync(elsewhere, join(root, 'client.yaml'));
  await setSuiWalletActive(await open(root), { env: 'devnet' });
  expect(lstatSync(join(root, 'client.yaml')).isSymbolicLink()).toBe(true);
  expect(readFileSync(elsewhere, 'utf8')).toMatch(/active_env: devnet\r\n/);
  expect(readFileSync(elsewhere, 'utf8')).not.toMatch(/[^\r]\n/);
});

/** Nine names, each nine times the one before: 9^9 values. */
const bomb = (): string => {
  const rows = [...'abcdefghi'].map(
    (name, i, all) => `${name}: &${name} [${Array(9).fill(i === 0 ? 'x' : `*${all[i - 1]}`)}]\n`,
  );
  return rows.join('');
};

const abandon = (count: number, last: string): string => `${'abandon '.repeat(count)}${last}`;

const secrets: readonly (readonly [what: string, secret: string, why?: RegExp])[] = [
  ['15 words', abandon(14, 'address')],
  ['18 words', abandon(17, 'agent')],
  ['21 words', abandon(20, 'admit')],
  ['24 words', abandon(23, 'art')],
  ['words in lines', abandon(11, 'about').replaceAll(' ', '\n')],
  ['words with spaces that do not break', abandon(11, 'about').replaceAll(' ', '\u00a0')],
  ['24 words out of order', abandon(23, 'abandon'), /checksum/],
  ['13 words', abandon(12, 'about'), /13 words/],
  ['numbered words', abandon(11, 'about').replace('abandon', '1. abandon'), /13 words/],
  ['words with commas', abandon(11, 'about').replaceAll(' ', ', '), /word 1, "abandon,"/],
  ['Spanish words', `${'\u00e1baco '.repeat(11)}abierto`, /is not in the BIP-39 list/],
  ['200,000 words', abandon(199_999, 'about'), /200000 words/],
  [
    'a letter changed',
    'suiprivkey1qqpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqvpsxqcrqv',
    /checksum does not fit/,
  ],
  ['nothing', ' \n', /0 bytes/],
  ['hex without 0x', '03'.repeat(32)],
  ['hex after 0X', `0X${'aB'.repeat(32)}`],
  ['31 bytes of hex', `0x${'03'.repeat(31)}`, /64 hex digits/],
  ['base64 with a letter that is none', `${Buffer.alloc(33).toString('base64')}*`, /base64/],
  ['base64 without padding', Buffer.alloc(32).toString('base64url'), /base64/],
  ['a key of a multisig', Buffer.alloc(33, 3).toString('base64'), /flag 3/],
];

test.each(secrets.map(([what, secret, why]) => ({ what, secret, why })))(
  'a secret of $what',
  async ({ secret, why }) => {
    if (!why) expect((await signerFromSecret(secret)).getKeyScheme()).toBe('ED25519');
    else
      await expect(signerFromSecret(secret)).rejects.toMatchObject({
        code: 'WALLET_SECRET',
        message: expect.stringMatching(why),
      });
  },
);
