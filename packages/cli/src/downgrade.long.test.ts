/**
 * The version before, as a program, on the home that this one has carried over: it refuses it by name, and serves and is paid again from
 * the backup made before. The program is built from the history of this repository, so a checkout with its history is needed, and npm.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../base/src/testing/until.ts';
import { checkout, cleanMachine, devCli, execute } from './testing/process.ts';

/** The last commit that wrote node's databases of version 4, as test/fixtures/version-before.tgz has them. */
const BEFORE = '4908cd00e4c169fe5716e1fff9b650479a48fefd';

const older = mkdtempSync(join(tmpdir(), 'atoma-before-'));
const olderCli = join(older, 'dev/cli');
const machine = cleanMachine();
const run = async (program: string, words: string): Promise<string> => {
  const ended = await execute(machine, program, words.split(' '));
  expect(ended.code, `${program} ${words}: ${ended.out}${ended.err}`).toBe(0);
  return ended.out;
};

beforeAll(async () => {
  execFileSync('sh', ['-c', `git archive ${BEFORE} | tar -xC ${older}`], { cwd: checkout });
  execFileSync('tar', ['-C', machine.home, '-xzf', join(checkout, 'test/fixtures/version-before.tgz')]);
  // Installs and builds, with the settings that npm has where the tests run.
  for (const program of [olderCli, devCli]) execFileSync(program, ['--version'], { stdio: 'ignore' });
}, 1_800_000);
afterAll(() => rmSync(older, { recursive: true, force: true }));

/** Runs the market of the home: its units are found, its books agree; gives what a request for an answer is told. */
const market = async (program: string): Promise<{ readonly said: string; readonly status: number }> => {
  const said = await run(program, 'up --detach --persist --port 0');
  try {
    const [, url = '', key = ''] = /curl -s (\S+) -H 'Authorization: Bearer (\S+)'/.exec(said) ?? [];
    const body = JSON.stringify({
      model: 'atoma/demo-chat',
      messages: [{ role: 'user', content: 'What is a stack?' }],
    });
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const ask = async (): Promise<number> => (await fetch(url, { method: 'POST', headers, body })).status;
    let status = 0;
    const isTaken = async (): Promise<boolean> => {
      status = await ask();
      return status !== 409;
    };
    await until('the old stack of the fixture, refused as settling, is seen settled', isTaken);
    expect(await run(program, 'money --network up')).toContain('every unit found');
    expect(await run(program, 'reconcile --network up --wallet up-buyer')).toContain(
      'gateway books = node ledger = chain',
    );
    return { said, status };
  } finally {
    await run(program, 'up --stop');
  }
};

test('upgrade with a backup, then downgrade to it: both programs run the home, and every unit is found', async () => {
  const backup = join(machine.home, 'before');
  await run(olderCli, `backup ${backup}`);
  expect((await market(devCli)).said).toMatch(/contract +of an earlier version/);
  const refused = await execute(machine, olderCli, ['up', '--detach', '--persist', '--port', '0']);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('NODE_SCHEMA_NEWER')]);
  await run(olderCli, `restore ${backup} --replace`);
  expect((await market(olderCli)).status).toBe(200);
}, 600_000);
