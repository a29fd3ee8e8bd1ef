/** A served ledger: other processes, other homes, other names for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, run, runJson } from '../testing/in-process.ts';
import { bundle, cleanMachine, devCli, execute, type Machine } from '../testing/process.ts';

const machine = cleanMachine();
const stranger = cleanMachine();
const children: ChildProcess[] = [];
let url = '';
let packageId = '';

/** Starts a process that goes on, and reads its lines. */
const start = (on: Machine, ...args: string[]) => {
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: on.home,
    env: { ...on.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return { child, lines: createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]() };
};

const serve = async () => {
  const { child, lines } = start(machine, 'chain', 'start', '--port', '0', '--faucet-port', '0', '--json');
  const { value } = await lines.next();
  return { child, ...(JSON.parse(value ?? '') as { url: string; package_id: string }) };
};

let server: ChildProcess;

beforeAll(async () => {
  expect(await execute(machine, devCli, ['--version'])).toMatchObject({ code: 0 });
  const served = await serve();
  server = served.child;
  url = served.url;
  packageId = served.package_id;
  for (const home of [machine, stranger])
    expect(await run(home, `network add served --url ${url}`)).toMatchObject({ code: 0 });
  expect(await run(machine, `network add mainnet --url ${url}`)).toMatchObject({ code: 0 });
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

test('commands on embedded go to the process that serves it', async () => {
  expect(await runJson(machine, 'chain status')).toMatchObject({ url, package_id: packageId });
  expect(await runJson(machine, 'toma faucet --amount 5TOMA')).toMatchObject({
    status: 'executed',
    network: 'embedded',
  });
  const again = await run(machine, 'chain start --port 0 --json');
  expect([again.code, json(again)]).toEqual([
    1,
    { error: expect.objectContaining({ code: 'CLI_LEDGER_SERVED', retryable: true }) },
  ]);
});

test('a served ledger is reset, and replaced by one of another chain and back, under its clients', async () => {
  const state = async () => {
    const { chain_id, package_id, state_digest } = await runJson(machine, 'chain status --digest');
    return { chain_id, package_id, state_digest };
  };
  expect(await runJson(machine, 'chain snapshot mine')).toMatchObject({ name: 'mine' });
  const [mine, before] = [await state(), await runJson(machine, 'wallet balance')];
  expect(await run(machine, 'chain reset --json')).toMatchObject({ code: 8 });
  expect(await runJson(machine, 'chain reset --yes')).toMatchObject({ directory: expect.any(String) });
  const fresh = await state();
  expect(fresh).toEqual({ ...mine, state_digest: expect.not.stringMatching(mine.state_digest as string) });
  expect(await runJson(machine, 'wallet balance')).not.toMatchObject({ toma: before.toma });

  const elsewhere = cleanMachine();
  const file = join(elsewhere.home, 'theirs.atoma');
  const theirs = await runJson(elsewhere, 'chain status --digest');
  await runJson(elsewhere, `chain export ${file}`);
  expect(await runJson(machine, `chain import ${file} --yes`)).toMatchObject({ file });
  expect(await runJson(machine, 'chain status --digest')).toMatchObject({
    url,
    chain_id: theirs.chain_id,
    package_id: theirs.package_id,
    state_digest: theirs.state_digest,
  });
  await runJson(machine, 'wallet faucet');
  expect(await runJson(machine, 'toma faucet --amount 2TOMA')).toMatchObject({ status: 'executed' });
  const bad = await run(machine, `chain import ${join(machine.home, 'absent')} --yes --json`);
  expect(json(bad)).toMatchObject({ error: { code: 'CLI_BAD_ARCHIVE' } });
  await runJson(machine, 'chain restore mine');
  expect(await state()).toEqual(mine);
  expect(await runJson(machine, 'wallet balance')).toEqual(before);
});

test('a served ledger is copied, set back and exported while it runs', async () => {
  const digest = async () => (await runJson(machine, 'chain status --digest')).state_digest;
  const before = await digest();
  expect(before).toMatch(/^[0-9a-f]{64}$/);
  expect(await runJson(machine, 'chain snapshot served-one')).toMatchObject({ name: 'served-one' });
  expect(await runJson(machine, 'chain export copy.atoma')).toMatchObject({ bytes: expect.any(Number) });
  expect(await runJson(machine, 'chain advance --epochs 3')).toMatchObject({ epoch: expect.any(Number) });
  await runJson(machine, 'toma faucet --amount 1TOMA');
  expect(await digest()).not.toBe(before);
  expect(await runJson(machine, 'chain restore served-one')).toMatchObject({ name: 'served-one' });
  expect(await digest()).toBe(before);
  const file = join(machine.home, 'copy.atoma');
  const elsewhere = cleanMachine();
  expect(await runJson(elsewhere, `chain import ${file} --yes`)).toMatchObject({ file });
  expect(await runJson(elsewhere, 'chain status --digest')).toMatchObject({ state_digest: before });
  for (const [home, what] of [
    [machine, ''],
    [machine, ` ${file}`],
    [elsewhere, ''],
  ] as const)
    expect(await runJson(home, `chain replay${what}`)).toMatchObject({ state_digest: before });
});

test('the served ledger is recognised under another name', async () => {
  expect(await runJson(machine, 'toma faucet --amount 5TOMA --network served')).toMatchObject({
    status: 'executed',
    network: 'served',
  });
  const { epoch } = await runJson(machine, 'epoch --network served');
  expect(await runJson(machine, 'chain advance --epochs 2 --network served')).toMatchObject({
    epoch: (epoch as number) + 2,
  });
  expect(await runJson(machine, 'wallet balance')).toMatchObject({ toma: '10000000000' });
});

test('`localnet` is the ledger that is served here, at whatever port', async () => {
  expect(await runJson(machine, 'chain snapshot at-localnet --network localnet')).toMatchObject({
    name: 'at-localnet',
  });
  expect(await runJson(machine, 'chain status --network localnet')).toMatchObject({ url, network: 'localnet' });
});

test('its files are worked on under that name too, and nobody else’s', async () => {
  const code = async (on: Machine, line: string) =>
    (json(await run(on, `${line} --json`)).error as { code: string }).code;
  expect(await runJson(machine, 'chain snapshot named --network served')).toMatchObject({ name: 'named' });
  expect(await runJson(machine, 'chain export named.atoma --network served')).toMatchObject({ network: 'served' });
  expect(await code(machine, 'chain reset --network served')).toBe('CLI_NEEDS_YES');
  expect(await code(machine, 'chain start --network served')).toBe('CLI_LEDGER_SERVED');
  expect(await code(stranger, 'chain snapshot theirs --network served')).toBe('CLI_NOT_ON_THIS_NETWORK');
});

test('spending on mainnet asks', async () => {
  const line = 'toma faucet --amount 1TOMA --network mainnet';
  expect(await run(machine, `${line} --json`)).toMatchObject({
    code: 8,
    out: expect.stringContaining('CLI_NEEDS_YES'),
  });
  expect(await runJson(machine, `${line} --dry-run`)).toMatchObject({ status: 'simulated' });
  expect(await runJson(machine, 'wallet balance')).toMatchObject({ toma: '10000000000' });
  expect(await runJson(machine, `${line} --yes`)).toMatchObject({ status: 'executed' });
});

test('a stranger finds the market by its package, or publishes one', async () => {
  expect(await run(stranger, 'task list --network served')).toMatchObject({
    code: 0,
    err: expect.stringContaining(packageId),
  });
  expect(await run(stranger, 'task list --network served')).toMatchObject({ code: 0, err: '' });
  expect(await runJson(stranger, `task list --network served --package ${packageId}`)).toMatchObject({ tasks: [] });
  expect(await runJson(stranger, 'publish --network served')).toMatchObject({
    error: { code: 'CLI_MARKET_EXISTS', message: expect.stringContaining(packageId) },
  });
  expect(await run(stranger, 'publish --another --network served --json')).toMatchObject({ code: 7 });
  expect(await runJson(stranger, 'wallet faucet --network served')).toMatchObject({ amount: '10000000000' });
  expect(await runJson(stranger, `toma faucet --amount 3TOMA --network served --package ${packageId}`)).toMatchObject({
    status: 'executed',
  });
  const published = await runJson(stranger, 'publish --another --network served');
  expect(published.package_id).not.toBe(packageId);
  expect(await runJson(stranger, 'toma faucet --amount 3TOMA --network served')).toMatchObject({ status: 'executed' });
  expect(await runJson(stranger, 'publish --network served --upgrade')).toMatchObject({ db_id: published.db_id });
});

test('events are followed as they happen', async () => {
  const { child, lines } = start(machine, 'events', '--follow', '--toma', '--oldest', '--json');
  const kinds: string[] = [];
  const next = async () => kinds.push((JSON.parse((await lines.next()).value ?? '') as { kind: string }).kind);
  await next();
  await run(machine, 'toma faucet --amount 1TOMA');
  for (let i = 0; i < 5; i++) await next();
  expect(kinds.slice(0, 2)).toEqual(['TomaPublishedEvent', 'FaucetSwitchedEvent']);
  expect(new Set(kinds.slice(2))).toEqual(new Set(['FaucetEvent']));
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(130);
});

test('interrupted, the server leaves the ledger as it was', async () => {
  const { toma } = await runJson(machine, 'wallet balance');
  const ended = once(server, 'exit');
  server.kill('SIGINT');
  expect((await ended)[0]).toBe(0);
  expect(existsSync(join(machine.atomaHome, 'embedded/server.json'))).toBe(false);
  expect(await runJson(machine, 'wallet balance')).toMatchObject({ toma });
  expect(await run(machine, 'task list --network served --json')).toMatchObject({ code: 5 });
});

test('while nobody serves it, `localnet` is the ledger here', async () => {
  const env = { ATOMA_RPC_URL: 'http://127.0.0.1:9' };
  expect(await runJson(machine, 'network use localnet')).toMatchObject({ name: 'localnet' });
  expect(await runJson(machine, 'chain snapshot off', { env })).toMatchObject({ name: 'off', network: 'localnet' });
  expect(await runJson(machine, 'chain restore off', { env })).toMatchObject({ name: 'off' });
  expect(await runJson(machine, 'network use embedded')).toMatchObject({ name: 'embedded' });
});

test.each([
  ['that died', 2 ** 22 + 1],
  ['whose number another program has now', process.pid],
])('the note of a server %s is not believed', async (_why, pid) => {
  writeFileSync(join(machine.atomaHome, 'embedded/server.json'), JSON.stringify({ pid, url }));
  expect(await runJson(machine, 'chain status')).toMatchObject({ url: 'in process' });
});
