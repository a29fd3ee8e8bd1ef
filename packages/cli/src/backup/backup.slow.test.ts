/** A home is copied while a node and a buyer write to it, and put back elsewhere: nothing that was promised is missing. */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { atoma, bundle, cleanMachine, devCli, execute, type Machine } from '../testing/process.ts';
import { readBackup } from './manifest.ts';
import { backupCommands } from './spec.ts';

const receiptList = z.object({ receipts: z.array(z.object({ request_id: z.string() })) });

let machine: Machine;
let node: ChildProcess;

const must = async (line: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
  const done = await atoma(machine, line, more);
  expect(done.code, `${line}: ${done.out}${done.err}`).toBe(0);
  return done.out;
};
/** What a command printed, held to the schema it promises. */
const shaped = (name: keyof typeof backupCommands, out: string): Record<string, unknown> => {
  const data = JSON.parse(out) as Record<string, unknown>;
  expect(schemaFaults(jsonSchemaOf(backupCommands[name].output as Shape), data)).toEqual([]);
  return data;
};
const receipts = async (more: Readonly<Record<string, string>> = {}): Promise<ReadonlySet<string>> => {
  const list = receiptList.parse(JSON.parse(await must('receipts list --wallet buyer --json', more)));
  return new Set(list.receipts.map((each) => each.request_id));
};

/** A node of its own process that takes requests. */
const startNode = async (more: Readonly<Record<string, string>> = {}): Promise<ChildProcess> => {
  const child = spawn(process.execPath, [bundle, 'node', 'run'], {
    cwd: machine.home,
    env: { ...machine.env, ...more },
  });
  await new Promise<void>((ready, failed) => {
    let said = '';
    const look = (chunk: Buffer) => {
      said += chunk.toString();
      if (/serv|listen|ready/i.test(said)) ready();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('exit', () => failed(Error(said)));
  });
  return child;
};
const stopNode = (child: ChildProcess, signal: NodeJS.Signals): Promise<void> =>
  new Promise((ended) => {
    child.once('exit', () => ended());
    child.kill(signal);
  });

beforeAll(async () => {
  machine = cleanMachine();
  expect((await execute(machine, devCli, ['--version'])).code).toBe(0);
  for (const line of [
    'wallet new buyer --use',
    'wallet faucet',
    'toma faucet --amount 100TOMA',
    'wallet new operator --use',
    'wallet faucet',
    'node setup --rehearsal --yes',
  ])
    await must(line);
  node = await startNode();
});
afterAll(() => {
  node.kill('SIGKILL');
});

test('a copy made under load holds every receipt given before it, and a node that starts from it holds its stacks back', async () => {
  await must('chat --wallet buyer --yes "first"');
  const before = await receipts();
  const [, made] = await Promise.all([
    (async () => {
      for (let n = 0; n < 3; n++) await must(`chat --wallet buyer --yes "number ${n}"`);
    })(),
    must(`backup ${join(machine.home, 'copy')} --json`),
  ]);
  const { files } = shaped('backup', made);
  for (const { path } of readBackup(join(machine.home, 'copy')).files)
    expect(statSync(join(machine.home, 'copy/files', path)).mode & 0o077, path).toBe(0);
  const live = await receipts();
  await stopNode(node, 'SIGKILL');
  const elsewhere = { ATOMA_HOME: join(machine.home, 'restored') };
  const put = async (more: string) =>
    shaped('restore', await must(`restore ${join(machine.home, 'copy')} --json ${more}`, elsewhere));
  expect(await put('--check')).toMatchObject({ files, home: null, before: null });
  expect(existsSync(elsewhere.ATOMA_HOME)).toBe(false);
  expect(await put('')).toMatchObject({ files, home: elsewhere.ATOMA_HOME, before: null });
  expect(statSync(elsewhere.ATOMA_HOME).mode & 0o077).toBe(0);
  const restored = await receipts(elsewhere);
  for (const id of before) expect(restored.has(id)).toBe(true);
  for (const id of restored) expect(live.has(id)).toBe(true);
  expect(JSON.parse(await must('money --json', elsewhere))).toMatchObject({
    schema: expect.stringMatching(/^atoma\/money/),
  });
  node = await startNode(elsewhere);
  expect(await must('node status', elsewhere)).toMatch(/quarantine/);
  const copied = /journal may lack requests of 1 stack .*-mark beside it is missing/;
  expect((await atoma(machine, 'watch --once --wallet buyer', elsewhere)).err).toMatch(copied);
  expect((await atoma(machine, 'watch --once --wallet buyer', elsewhere)).err).not.toMatch(copied);
});

test('a damaged, shortened or extended copy is refused and changes nothing', async () => {
  const copy = join(machine.home, 'copy');
  const elsewhere = { ATOMA_HOME: join(machine.home, 'nowhere') };
  const refused = async (why: RegExp) => {
    const done = await atoma(machine, `restore ${copy}`, elsewhere);
    expect(done.code).not.toBe(0);
    expect(done.err).toMatch(why);
    expect(existsSync(elsewhere.ATOMA_HOME)).toBe(false);
  };
  const manifest = readFileSync(join(copy, 'manifest.json'), 'utf8');
  writeFileSync(join(copy, 'manifest.json'), manifest.replace('"path": "', '"path": "../'));
  await refused(/manifest.json cannot be read/);
  writeFileSync(join(copy, 'manifest.json'), manifest.slice(0, -9));
  await refused(/manifest.json cannot be read/);
  writeFileSync(join(copy, 'manifest.json'), manifest);
  appendFileSync(join(copy, 'files/node/node.yaml'), '\n');
  await refused(/node.yaml was changed or damaged/);
});

test('what is there is not overwritten: neither a backup nor a home, nor under a running program', async () => {
  const copy = join(machine.home, 'copy2');
  await must(`backup ${copy}`);
  expect((await atoma(machine, `backup ${copy}`)).err).toMatch(/exists already/);
  expect((await atoma(machine, `backup ${join(machine.atomaHome, 'x')}`)).err).toMatch(/inside the home it copies/);
  expect((await atoma(machine, `restore ${copy}`)).err).toMatch(/is not empty/);
  const empty = { ATOMA_HOME: join(machine.home, 'empty') };
  mkdirSync(empty.ATOMA_HOME);
  expect((await atoma(machine, `backup ${join(machine.home, 'no')}`, empty)).err).toMatch(/nothing to copy/);
  const { before } = shaped('restore', await must(`restore ${copy} --replace --json`));
  expect(readdirSync(machine.home).filter((name) => name.startsWith('.atoma.before-'))).toEqual([
    basename(before as string),
  ]);
  const volume = await atoma(machine, `restore ${copy} --replace`, { ATOMA_HOME: '/proc' }); // stays where it is everywhere
  expect(volume.err).toMatch(/CLI_RESTORE_FIXED/);
  const running = await atoma(machine, `restore ${copy} --replace`, { ATOMA_HOME: join(machine.home, 'restored') });
  expect(running.err).toMatch(/still runs/);
});

test('what lies behind links is copied too; a circle of links ends', async () => {
  const linked = { ATOMA_HOME: join(machine.home, 'linked') };
  for (const name of ['linked', 'wallets', 'other']) mkdirSync(join(machine.home, name));
  writeFileSync(join(machine.home, 'wallets/far.key'), 'a key');
  writeFileSync(join(machine.home, 'other/networks.json'), '{}');
  symlinkSync(join(machine.home, 'wallets'), join(linked.ATOMA_HOME, 'wallets'));
  symlinkSync(join(machine.home, 'other/networks.json'), join(linked.ATOMA_HOME, 'networks.json'));
  symlinkSync(linked.ATOMA_HOME, join(linked.ATOMA_HOME, 'again'));
  symlinkSync(join(machine.home, 'gone'), join(linked.ATOMA_HOME, 'gone'));
  const copy = join(machine.home, 'copy3');
  await must(`backup ${copy}`, linked);
  expect(readBackup(copy).files.map(({ path }) => path)).toEqual(['networks.json', 'wallets/far.key']);
});
