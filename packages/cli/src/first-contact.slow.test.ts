/** The built program in homes that are not clean: with a Sui wallet, on a full disk, in odd places. */
import { closeSync, mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from './testing/in-process.ts';
import { atoma, bundle, cleanMachine, devCli, execute, type Finished, type Machine } from './testing/process.ts';
import { putSuiWallet, suiKeys } from './testing/sui-wallet.ts';

beforeAll(async () => expect(await execute(cleanMachine(), devCli, ['--version'])).toMatchObject({ code: 0 }));

const addresses = suiKeys.map((key) => key.toSuiAddress());

/** Runs a line of a shell in which `atoma` is the built program. */
const shell = (machine: Machine, line: string): Promise<Finished> =>
  execute(machine, 'sh', ['-c', line.replaceAll('atoma ', `'${process.execPath}' '${bundle}' `)]);

/** The error object of a run with --json. */
const errorOf = (done: Finished): { code: string; message: string; hint: string } => JSON.parse(done.out).error;

test.each([
  ['as the Sui tool writes it', {}],
  ['with line ends of Windows', { newline: '\r\n' }],
])('a Sui wallet %s serves every command that reads it', async (_name, odd) => {
  const machine = cleanMachine();
  putSuiWallet(machine, odd);
  const list = await atoma(machine, 'network list --json');
  const { networks } = JSON.parse(list.out) as { networks: { name: string; url: string }[] };
  expect(networks).toContainEqual(expect.objectContaining({ name: 'work', url: 'http://127.0.0.1:9' }));
  const wallets = JSON.parse((await atoma(machine, 'wallet list --json')).out).wallets as { keeper: string }[];
  expect(wallets.filter(({ keeper }) => keeper === 'sui')).toEqual([
    expect.objectContaining({ name: 'brave-opal', address: addresses[0], scheme: 'ed25519' }),
    expect.objectContaining({ name: addresses[1], scheme: 'secp256k1' }),
    expect.objectContaining({ name: addresses[2], scheme: 'secp256r1' }),
  ]);
  const address = async (flags: string) => (await atoma(machine, `wallet address --network work ${flags}`)).out.trim();
  expect(await address('')).toBe(addresses[1]);
  expect(await address('--wallet brave-opal')).toBe(addresses[0]);
  expect(await atoma(machine, 'network use work')).toMatchObject({ code: 0 });
  expect(errorOf(await atoma(machine, 'epoch --json'))).toMatchObject({
    code: 'NETWORK_UNREACHABLE',
    message: expect.stringMatching(/^(?!.*fetch failed)The work network cannot be reached: ./),
  });
  expect(errorOf(await atoma(machine, 'chat hello --network up --json')).code).toBe('UP_NOT_RUNNING');
  expect(await atoma(machine, 'network add more --url http://127.0.0.1:8 --sui')).toMatchObject({ code: 0 });
  expect(JSON.parse((await atoma(machine, 'network list --json')).out).networks).toContainEqual(
    expect.objectContaining({ name: 'more' }),
  );
});

test('an active address that is not in the keystore is named, and its networks still work', async () => {
  const machine = cleanMachine();
  putSuiWallet(machine, { active: `0x${'7'.repeat(64)}` });
  expect(await atoma(machine, 'network list')).toMatchObject({ code: 0 });
  const refused = await atoma(machine, 'wallet address --network work --json');
  expect(refused.code).toBe(4);
  expect(errorOf(refused)).toMatchObject({
    code: 'WALLET_UNKNOWN_ACCOUNT',
    hint: expect.stringContaining('brave-opal'),
  });
});

const alias = (name: string, at: 0 | 1 | 2) => ({
  alias: name,
  public_key_base64: suiKeys[at].getPublicKey().toSuiPublicKey(),
});

test.each([
  ['null environments', { envs: '~' }, 'wallet list', 0, ''],
  ['a null environment', { envs: '[~]' }, 'network list', 4, 'environment 1 has no alias'],
  ['an environment without address', { envs: '[{alias: a}]' }, 'network list', 4, 'environment 1 has no rpc'],
  ['environments that are a word', { envs: 'none' }, 'network list', 4, 'its envs are no list'],
  ['an active address that is none', { active: 'me' }, 'wallet list', 4, 'active_address'],
  ['a null alias', { aliases: [null] }, 'wallet list', 4, 'entry 1 has no alias'],
  ['no keystore', { keystore: null }, 'wallet list', 0, ''],
  ['no keystore', { keystore: null }, 'wallet address --network work', 4, 'sui.keystore does not exist'],
  ['an empty keystore', { keystore: '' }, 'wallet list', 0, ''],
  ['a byte order mark', { keystore: '\uFEFF[]' }, 'wallet list', 0, ''],
  ['a bad key', { keystore: '["AAAA"]' }, 'wallet list', 4, 'entry 1 is not a key'],
  [
    'an ambiguous alias',
    { aliases: [alias('same', 0), alias('same', 1)] },
    'wallet address --wallet same',
    4,
    'Several',
  ],
  [
    'another alias for an address',
    { aliases: [alias(`${addresses[2]}`, 0)] },
    `wallet address --wallet ${addresses[2]}`,
    0,
    '',
  ],
])('a Sui wallet with %s ends in an answer or a reason', async (_name, odd, line, code, text) => {
  const machine = cleanMachine();
  putSuiWallet(machine, odd);
  const done = await run(machine, `${line} --json`);
  expect({ code: done.code, out: done.out }).toEqual({ code, out: expect.stringContaining(text) });
  if (line.endsWith(`${addresses[2]}`)) expect(JSON.parse(done.out).address).toBe(addresses[2]);
});

test('output that cannot be written is a failure, a reader that went away is none', async () => {
  const machine = cleanMachine();
  const lost = await shell(machine, 'atoma wallet list --json > /dev/full');
  expect(lost).toMatchObject({ code: 1, err: expect.stringContaining('could not be written') });
  expect(await shell(machine, 'atoma --help > /dev/full')).toMatchObject({ code: 1 });
  const closed = await execute(machine, 'sh', ['-c', `'${devCli}' --version >&-`]);
  expect(closed).toMatchObject({ code: 1, err: expect.stringContaining('could not be written') });
  const away = await shell(machine, '{ atoma schema; echo $? >&2; } | head -c 1');
  expect(away.err.trim()).toBe('0');
});

test('a wallet that does not fit on the disk leaves nothing behind', async () => {
  const machine = cleanMachine();
  const full = await shell(machine, 'ulimit -f 0; atoma wallet new me --json');
  expect(errorOf(full)).toMatchObject({ code: 'CLI_DISK_FULL', message: expect.stringContaining(machine.atomaHome) });
  expect(readdirSync(machine.home, { recursive: true }).filter((name) => String(name).endsWith('.key'))).toEqual([]);
  expect(readdirSync(join(machine.atomaHome, 'wallets'))).toEqual([]);
  expect(await atoma(machine, 'wallet new me')).toMatchObject({ code: 0 });
});

test.each(['epoch', 'config set network testnet', 'node init --rehearsal', 'gateway keys list'])(
  '`%s` on a full disk says so and works once there is room',
  async (line) => {
    const machine = cleanMachine();
    const full = await shell(machine, `ulimit -f 0; atoma ${line} --json`);
    expect(errorOf(full)).toMatchObject({ code: 'CLI_DISK_FULL', hint: expect.stringContaining('ATOMA_HOME') });
    expect((await atoma(machine, `${line} --json`)).out).not.toContain('CLI_');
  },
);

const places: readonly (readonly [string, (at: string) => void])[] = [
  ['a file', (at) => writeFileSync(at, 'x')],
  ['a link that leads nowhere', (at) => symlinkSync('/nowhere/at/all', at)],
  ['a device or socket', (at) => symlinkSync('/dev/null', at)],
];

test.each(places)('%s as data directory is an error with a remedy', async (what, make) => {
  const machine = cleanMachine();
  const at = join(machine.home, 'place');
  make(at);
  for (const line of ['epoch', 'wallet new me', 'config list', 'node status']) {
    const error = errorOf(await run(machine, `${line} --json`, { env: { ATOMA_HOME: at } }));
    expect(error).toMatchObject({ code: 'CLI_HOME_UNUSABLE', message: `The data directory ${at} is ${what}.` });
  }
});

test('pipes in the place of the data directory or its files are no reason to wait', async () => {
  const machine = cleanMachine();
  await execute(machine, 'mkfifo', [join(machine.home, 'pipe'), join(machine.home, '.env')]);
  const asHome = await atoma(machine, 'epoch --json', { ATOMA_HOME: join(machine.home, 'pipe') });
  expect(errorOf(asHome).code).toBe('CLI_HOME_UNUSABLE');
  mkdirSync(machine.atomaHome);
  await execute(machine, 'mkfifo', [join(machine.atomaHome, 'config.json')]);
  expect(errorOf(await atoma(machine, 'network list --json')).code).toBe('CLI_BAD_CONFIG');
});

test('a data directory with a name longer than names may be is named, and one just below is used', async () => {
  const machine = cleanMachine();
  const long = await run(machine, 'epoch --json', { env: { ATOMA_HOME: join(machine.home, 'x'.repeat(300)) } });
  expect(errorOf(long).code).toBe('CLI_PATH_TOO_LONG');
  const less = await atoma(machine, 'config list --json', { ATOMA_HOME: join(machine.home, 'y'.repeat(200)) });
  expect(less.code).toBe(0);
});

/** Answers a question at a terminal of 100 columns with one key. */
const atTerminal = `
import fcntl, os, pty, re, struct, sys, termios
key, wanted, *program = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0: os.execvpe(program[0], program, {**os.environ, 'TERM': 'xterm'})
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 100, 0, 0))
seen = ''
while True:
    try: part = os.read(fd, 65536)
    except OSError: part = b''
    if not part: break
    seen += part.decode('utf8', 'replace')
    if key and re.search(wanted, seen):
        os.write(fd, key.encode()); key = ''
sys.stdout.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test('uninstall lists what would go and asks: no, an interrupt and no terminal leave everything', async () => {
  const machine = cleanMachine();
  putSuiWallet(machine);
  expect(await atoma(machine, 'wallet new me')).toMatchObject({ code: 0 });
  const answer = (key: string) =>
    execute(machine, 'python3', [
      '-c',
      atTerminal,
      key,
      'Remove all of this[\\s\\S]*No',
      process.execPath,
      bundle,
      'uninstall',
    ]);
  for (const key of ['n', '\x03']) {
    const kept = await answer(key);
    expect(kept.out).toMatch(
      /wallets: private keys[\s\S]*1 private key would be lost \(me\)[\s\S]*nothing was changed/,
    );
    expect(kept.code).toBe(8);
  }
  expect(await atoma(machine, 'uninstall')).toMatchObject({ code: 8, err: expect.stringContaining('--yes') });
  expect(readdirSync(join(machine.atomaHome, 'wallets'))).toEqual(['me.key']);
  expect(await answer('y')).toMatchObject({ code: 0, out: expect.stringContaining('removed from') });
  expect(readdirSync(machine.home)).toEqual(['.sui']);
});

test('a data directory below a file, or where nobody may write, is named', async () => {
  const machine = cleanMachine();
  closeSync(openSync(join(machine.home, 'file'), 'w'));
  const below = await atoma(machine, 'wallet new me --json', { ATOMA_HOME: join(machine.home, 'file/deep') });
  expect(errorOf(below).code).toBe('CLI_WRONG_KIND');
  const forbidden = await atoma(machine, 'wallet new me --json', { ATOMA_HOME: '/proc/atoma' });
  expect(errorOf(forbidden)).toMatchObject({ message: expect.stringContaining('/proc/atoma') });
  expect(errorOf(forbidden).code).not.toBe('CLI_INTERNAL');
});
