/**
 * The program on a machine that has never run it: its first command and those that fail are processes, the others of a walk run in this
 * one; test/docs.test.ts types the guide itself.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { run } from './testing/in-process.ts';
import { atoma, bundle, cleanMachine, devCli, execute, type Finished, words } from './testing/process.ts';

const machine = cleanMachine();
const bytes = `0x${'11'.repeat(32)}`;
const model = '"meta-llama/Llama-3.1-8B-Instruct"';
const type = (line: string): Promise<Finished> => execute(machine, devCli, words(line));
const done = expect.objectContaining({ code: 0 });

beforeAll(async () => {
  // Builds the bundle when it is missing or older than a source; nothing of the machine's home is touched.
  expect(await execute(cleanMachine(), devCli, ['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('the walk of the guide, alone, with one wallet', async () => {
  const first = await type('toma faucet --amount 100000000000');
  expect(first).toEqual(done);
  expect(first.out).toContain('100 TOMA');
  expect(
    await run(
      machine,
      `db create-task-entry --role 0 --model-name ${model} --security-level 1 --minimum-reputation-score 50`,
    ),
  ).toEqual(done);
  expect(await run(machine, 'db register-node')).toEqual(done);
  expect(
    await run(
      machine,
      'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    ),
  ).toEqual(done);
  expect(
    await run(machine, 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100'),
  ).toEqual(done);
  expect(
    await run(
      machine,
      `db try-settle-stack --stack-small-id 1 --num-claimed-compute-units 1000000 --committed-stack-proof ${bytes} --stack-merkle-leaf ${bytes}`,
    ),
  ).toEqual(done);
  const attest = await type(
    `db submit-stack-settlement-attestation --stack-small-id 1 --committed-stack-proof ${bytes} --stack-merkle-leaf ${bytes}`,
  );
  expect(attest.code).toBe(6);
  expect(attest.err).toMatch(/no attester was drawn/i);
  expect(await run(machine, 'chain advance --epochs 2')).toEqual(done);
  const batch = await type('db claim-funds --settled-ticket-ids 1,2,3,4');
  expect(batch.code).toBe(6);
  expect(batch.err).toContain('Stack 2');
  expect(await run(machine, 'db claim-funds --settled-ticket-ids 1')).toEqual(done);
  expect(await run(machine, 'db unsubscribe-node-from-task --task-small-id 1')).toEqual(done);
  const badge = JSON.parse((await run(machine, 'wallet balance --json')).out).task_badges[0].badge_id;
  expect(await run(machine, `db deprecate-task --task-badge ${badge}`)).toEqual(done);
  expect(await run(machine, 'chain advance --epochs 2')).toEqual(done);
  expect(await type(`db remove-deprecated-task --task-badge ${badge}`)).toEqual(done);
});

test('a dispute can be started as the guide writes it', async () => {
  const one = cleanMachine();
  const ids = async () => JSON.parse((await run(one, 'print-env --json')).out).variables;
  const { ATOMA_PACKAGE_ID: id, TOMA_PACKAGE_ID: toma } = await ids();
  const steps = [
    `toma faucet --toma-package ${toma} --amount 100000000000`,
    `db create-task-entry --package ${id} --role 0 --model-name ${model} --security-level 1 --minimum-reputation-score 50`,
    `db register-node --package ${id}`,
    `db subscribe-node-to-task --package ${id} --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000`,
    `db acquire-new-stack-entry --package ${id} --task-small-id 1 --num-compute-units 1000000 --price 100`,
    `db try-settle-stack --package ${id} --stack-small-id 1 --num-claimed-compute-units 1000000 --committed-stack-proof ${bytes} --stack-merkle-leaf ${bytes}`,
    `db start-attestation-dispute --package ${id} --stack-small-id 1 --attestation-commitment 0x${'22'.repeat(32)}`,
  ];
  for (const step of steps) expect(await run(one, step)).toEqual(done);
});

test('two at once on a new machine both succeed', async () => {
  const one = cleanMachine();
  const both = await Promise.all([
    atoma(one, 'toma faucet --amount 1TOMA --json'),
    atoma(one, 'toma faucet --amount 2TOMA --json'),
  ]);
  expect(both).toEqual([done, done]);
  expect(JSON.parse((await atoma(one, 'wallet balance --json')).out).toma).toBe('3000000000');
});

test('what the program keeps is private', () => {
  const mode = (path: string) => statSync(join(machine.atomaHome, path)).mode & 0o777;
  expect(['.', 'wallets', 'embedded', 'embedded/ledger'].map(mode)).toEqual([0o700, 0o700, 0o700, 0o700]);
  expect(
    ['wallets/local.key', 'embedded/deployment.json', 'embedded/ledger/ledger.sqlite', 'embedded/lock'].map(mode),
  ).toEqual([0o600, 0o600, 0o600, 0o600]);
});

test('dev/cli works from any directory, through a link, and passes words on as they are', async () => {
  const { symlinkSync } = await import('node:fs');
  const link = join(machine.home, 'linked');
  symlinkSync(devCli, link);
  const odd = await execute(machine, link, ['config', 'set', 'wallet', 'two  words "and" $quotes']);
  expect(odd).toEqual(done);
  const got = await execute(machine, link, ['config', 'get', 'wallet', '--quiet']);
  expect(got.out).toBe('two  words "and" $quotes\n');
});

test('dev/cli says what is missing instead of failing oddly', async () => {
  const { cpSync, mkdirSync, writeFileSync, chmodSync } = await import('node:fs');
  const copy = join(machine.home, 'checkout');
  mkdirSync(join(copy, 'dev'), { recursive: true });
  mkdirSync(join(copy, 'bin'));
  cpSync(devCli, join(copy, 'dev/cli'));
  writeFileSync(join(copy, 'package-lock.json'), '{}');
  const without = await execute(
    { ...machine, env: { PATH: '/usr/bin:/bin', HOME: machine.home } },
    join(copy, 'dev/cli'),
    ['epoch'],
    '',
    { PATH: `${copy}/bin:/nowhere` },
  );
  expect(without.code).not.toBe(0);
  const shim = (name: string, text: string) => {
    writeFileSync(join(copy, 'bin', name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(copy, 'bin', name), 0o755);
  };
  shim('node', 'if [ "$1" = -p ]; then echo 16; else echo v16.20.2; fi');
  const old = await execute(machine, join(copy, 'dev/cli'), ['epoch'], '', { PATH: `${copy}/bin:/usr/bin:/bin` });
  expect(old.code).toBe(1);
  expect(old.err).toMatch(/Node 20 or newer/);
  shim('node', 'if [ "$1" = -p ]; then echo 22; else echo v22.0.0; fi');
  shim('npm', 'echo "registry is down" >&2; exit 7');
  const broken = await execute(machine, join(copy, 'dev/cli'), ['epoch'], '', { PATH: `${copy}/bin:/usr/bin:/bin` });
  expect(broken.code).toBe(1);
  expect(broken.err).toContain('registry is down');
  expect(broken.out).toBe('');
});

test('dev/cli does not build again what failed, until a source changes', async () => {
  const { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } = await import('node:fs');
  const copy = join(machine.home, 'broken');
  const source = join(copy, 'packages/cli/src/main.ts');
  const builder = join(copy, 'tools/build/build.ts');
  for (const at of ['dev', 'node_modules/node/bin', 'packages/cli/src', 'tools/build'])
    mkdirSync(join(copy, at), { recursive: true });
  cpSync(devCli, join(copy, 'dev/cli'));
  for (const file of ['package-lock.json', 'node_modules/.package-lock.json', 'packages/cli/src/main.ts'])
    writeFileSync(join(copy, file), '{}');
  symlinkSync(process.execPath, join(copy, 'node_modules/node/bin/node'));
  const fails = (why: string): void =>
    writeFileSync(builder, `console.error(${JSON.stringify(why)}, process.pid); process.exit(1);`);
  const attempt = async (): Promise<string> => {
    const { code, err } = await execute(machine, join(copy, 'dev/cli'), ['--version']);
    expect(code).toBe(1);
    return /at fault \d+/.exec(err)?.[0] ?? err;
  };
  fails('[ERROR] at fault');
  const first = await attempt();
  expect(first).toMatch(/^at fault/);
  expect(await attempt()).toBe(first);
  writeFileSync(source, '{ }');
  const second = await attempt();
  expect(second).not.toBe(first);
  expect(await attempt()).toBe(second);
  rmSync(source);
  fails('at fault'); // not the source
  const third = await attempt();
  expect(await attempt()).not.toBe(third);
});

test('a closed pipe ends the program quietly', async () => {
  const shell = await execute(machine, '/bin/sh', [
    '-c',
    `"${process.execPath}" "${bundle}" schema --json | head -c 1`,
  ]);
  expect(shell).toMatchObject({ code: 0, out: '{', err: '' });
});
