import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refusal, run, told } from '../testing/in-process.ts';
import { cleanMachine, type Machine } from '../testing/process.ts';

/** A home with files of the program and one of somebody else. */
const usedHome = (): Machine => {
  const machine = cleanMachine();
  for (const folder of ['wallets', 'embedded/ledger']) mkdirSync(join(machine.atomaHome, folder), { recursive: true });
  writeFileSync(join(machine.atomaHome, 'wallets/local.key'), 'key');
  writeFileSync(join(machine.atomaHome, 'embedded/ledger/ledger.sqlite'), 'x'.repeat(1_500));
  writeFileSync(join(machine.atomaHome, 'notes.txt'), 'mine');
  return machine;
};

test('what is removed is the program’s, with its size; what is not stays and is named', async () => {
  const machine = usedHome();
  const told_ = await told(machine, 'uninstall --yes');
  expect(told_).toMatchObject({ home: machine.atomaHome, kept: ['notes.txt'] });
  const removed = told_.removed as readonly { name: string; bytes: number }[];
  expect(removed.map(({ name, bytes }) => [name, bytes]).sort()).toEqual([
    ['embedded', 1_500],
    ['wallets', 3],
  ]);
  expect(readdirSync(machine.atomaHome)).toEqual(['notes.txt']);
});

test('a home of nothing else goes as a whole, and a second time there is nothing', async () => {
  const machine = cleanMachine();
  mkdirSync(join(machine.atomaHome, 'wallets'), { recursive: true });
  await told(machine, 'uninstall --yes');
  expect(existsSync(machine.atomaHome)).toBe(false);
  expect((await run(machine, 'uninstall --yes')).out).toContain('nothing of the program is in');
});

test('without a yes nothing is removed; keys that would be lost are named', async () => {
  const machine = usedHome();
  const asked = await run(machine, 'uninstall');
  expect(asked.code).not.toBe(0);
  expect(asked.err).toMatch(/ledger +2 kB|embedded .* 2 kB/);
  expect(asked.err).toContain('1 private key would be lost (local)');
  expect(readdirSync(machine.atomaHome).sort()).toEqual(['embedded', 'notes.txt', 'wallets']);
});

test('while something of the home runs, nothing is removed, and the status names it', async () => {
  const machine = usedHome();
  mkdirSync(join(machine.atomaHome, 'running'));
  writeFileSync(
    join(machine.atomaHome, 'running', `${process.pid}.json`),
    JSON.stringify({ what: 'node 7', pid: process.pid, address: 'http://127.0.0.1:1' }),
  );
  expect(await refusal(machine, 'uninstall --yes')).toEqual(['CLI_STILL_RUNNING', 1]);
  expect(await told(machine, 'status')).toMatchObject({
    running: [{ what: 'node 7', pid: process.pid, address: 'http://127.0.0.1:1' }],
  });
});

test('the status of a machine on which nothing was done', async () => {
  const machine = cleanMachine();
  const status = await told(machine, 'status');
  expect(status).toMatchObject({ running: [], network_url: null, wallet: { name: 'local' }, home: machine.atomaHome });
  const version = await told(machine, 'version');
  expect(status).toMatchObject({ version: version.version, node: process.versions.node });
  expect((await run(machine, 'version --quiet')).out).toBe(`${version.version}\n`);
  expect((await run(machine, 'status')).out).toContain('nothing runs');
});
