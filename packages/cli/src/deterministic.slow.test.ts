/** `chain start` with a seed, a length of epochs and framework files: what is made, and what is refused afterwards. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run, runJson } from './testing/in-process.ts';
import { bundle, checkout, cleanMachine, devCli, execute, type Machine } from './testing/process.ts';

const children: ChildProcess[] = [];
beforeAll(async () => {
  expect(await execute(cleanMachine(), devCli, ['--version'])).toMatchObject({ code: 0 });
});
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const serve = async (on: Machine, ...flags: string[]): Promise<ChildProcess> => {
  const args = [bundle, 'chain', 'start', '--port', '0', '--faucet-port', '0', '--json', ...flags];
  const child = spawn(process.execPath, args, {
    cwd: on.home,
    env: { ...on.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
  return child;
};

const stop = async (child: ChildProcess): Promise<void> => {
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  await ended;
};

const state = async (on: Machine) => {
  const { chain_id: chain, state_digest: digest, package_id: market } = await runJson(on, 'chain status --digest');
  return { chain, digest, market };
};

/** Two transactions and two epochs. */
const story = async (on: Machine): Promise<void> => {
  await runJson(on, 'toma faucet --amount 5TOMA');
  await runJson(on, 'chain advance --epochs 2');
  await runJson(on, 'toma faucet --amount 2TOMA');
};

test('equal seeds and equal commands lead to one state, served or not; another seed does not', async () => {
  const [first, second, other] = [cleanMachine(), cleanMachine(), cleanMachine()];
  const served = await serve(first, '--seed', 'demo');
  await story(first);
  const after = await state(first);
  await stop(served);
  expect(await state(first)).toEqual(after);
  await stop(await serve(second, '--seed', 'demo'));
  await story(second);
  expect(await state(second)).toEqual(after);
  await stop(await serve(other, '--seed', 'another'));
  await story(other);
  expect((await state(other)).chain).not.toBe(after.chain);
  const refused = await run(first, 'chain start --port 0 --faucet-port 0 --seed demo --json');
  expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('CLI_LEDGER_EXISTS')]);
});

interface BuiltIn {
  readonly packages: readonly { readonly name: string; readonly modules: Readonly<Record<string, string>> }[];
}

test('a ledger of framework files, whose epochs end by themselves', async () => {
  const machine = cleanMachine();
  const directory = join(machine.home, 'framework');
  mkdirSync(directory);
  const text = readFileSync(join(checkout, 'packages/localnet/src/generated/framework.json'), 'utf8');
  for (const { name, modules } of (JSON.parse(text) as BuiltIn).packages) {
    const bytes = Object.values(modules).map((module) => Buffer.from(module, 'base64'));
    writeFileSync(join(directory, name), bcs.vector(bcs.byteVector()).serialize(bytes).toBytes());
  }
  const served = await serve(machine, '--framework', 'framework', '--epoch-ms', '50');
  const { epoch } = await runJson(machine, 'chain status');
  await expect.poll(async () => (await runJson(machine, 'chain status')).epoch).toBeGreaterThan((epoch as number) + 1);
  expect(await runJson(machine, 'toma faucet --amount 5TOMA')).toMatchObject({ status: 'executed' });
  await stop(served);
  for (const flags of ['--framework framework', '--epoch-ms 60000']) {
    const refused = await run(machine, `chain start --port 0 --faucet-port 0 ${flags} --json`);
    expect([refused.code, refused.out]).toEqual([1, expect.stringContaining('CLI_LEDGER_EXISTS')]);
  }
  await stop(await serve(machine, '--epoch-ms', '50'));
});

test('files that are no framework make no ledger', async () => {
  const machine = cleanMachine();
  const refused = await run(machine, 'chain start --port 0 --faucet-port 0 --framework nowhere --json');
  expect([refused.code !== 0, refused.out]).toEqual([true, expect.stringContaining('LEDGER_FRAMEWORK_BAD')]);
  expect(await runJson(machine, 'chain status')).toMatchObject({ epoch: 0 });
});
