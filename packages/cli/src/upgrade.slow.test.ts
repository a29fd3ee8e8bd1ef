/**
 * A home that the version before wrote (node's database 4, journal 1, gateway's books 3, ledger 1) under this one: it is carried over with
 * everything in it, and a backup taken before brings the old files back. test/fixtures/version-before.tgz is made anew when another
 * version is out: `up --detach --persist --nodes 1`, two answers by `chat` with the market's wallet, `up --stop`, the home packed.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, test } from 'vitest';
import { atoma, checkout, cleanMachine, devCli, execute, type Machine } from './testing/process.ts';

beforeAll(async () => {
  const built = await execute(cleanMachine(), devCli, ['--version']);
  expect(built.code, built.err).toBe(0);
});

const done = async (machine: Machine, line: string): Promise<string> => {
  const ended = await atoma(machine, line);
  expect(ended.code, `${line}: ${ended.out}${ended.err}`).toBe(0);
  return ended.out;
};

/** Paths of a home's databases, below it, with their versions. */
const versions = (home: string): Readonly<Record<string, number>> => {
  const files = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:db|sqlite)$/.test(name),
  );
  const of = (name: string): number => {
    const db = new DatabaseSync(join(home, name), { readOnly: true });
    const { user_version: found } = db.prepare('PRAGMA user_version').get() as { user_version: number };
    db.close();
    return found;
  };
  return Object.fromEntries(files.map((name) => [name.replace(/^buyer\/.*$/, 'journal'), of(name)]));
};

const OLD = { 'up/gateway.db': 3, 'up/ledger/ledger.sqlite': 1, 'up/node-1.db': 4, journal: 1 };

test('a home of the version before is carried over, its money found to the unit; a backup leads back', async () => {
  const machine = cleanMachine();
  execFileSync('tar', ['-C', machine.home, '-xzf', join(checkout, 'test/fixtures/version-before.tgz')]);
  const home = join(machine.home, '.atoma');
  expect(versions(home)).toEqual(OLD);
  const market = readFileSync(join(home, 'up/market.json'));
  const before = join(machine.home, 'before');
  await done(machine, `backup ${before}`);
  expect(versions(home)).toEqual(OLD);

  expect(await done(machine, 'up --detach --persist --port 0')).toMatch(/contract +of an earlier version/);
  try {
    // What is settled meanwhile depends on the age of the fixture; units and money do not.
    const { agrees, stacks } = JSON.parse(await done(machine, 'reconcile --network up --wallet up-buyer --json'));
    expect([agrees, stacks[0]]).toMatchObject([true, { stack_small_id: 1, gateway: '51', node_ledger: '51' }]);
    expect(await done(machine, 'money --network up')).toContain('every unit found');
    for (const line of ['wallet new', 'wallet faucet --wallet', 'toma faucet --amount 20TOMA --wallet'])
      await done(machine, `${line} late --network up`);
    const refused = await atoma(machine, 'buy --model atoma/demo-chat --units 500k --network up --wallet late');
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/of another generation than this program\. What is open on it runs out; buy and serve/);
  } finally {
    await done(machine, 'up --stop');
  }
  const now = versions(home);
  for (const [name, version] of Object.entries(OLD)) expect(now[name], name).toBeGreaterThanOrEqual(version);
  expect(now).not.toEqual(OLD);

  await done(machine, `restore ${before} --replace`);
  expect(versions(home)).toEqual(OLD);
  expect(readFileSync(join(home, 'up/market.json'))).toEqual(market);
});

test('a database of a version to come is refused by name, and not a byte of it changes', async () => {
  const machine = cleanMachine();
  execFileSync('tar', ['-C', machine.home, '-xzf', join(checkout, 'test/fixtures/version-before.tgz')]);
  const file = join(machine.home, '.atoma/up/node-1.db');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE);');
  db.close();
  const copy = join(machine.home, 'copy.db');
  cpSync(file, copy);
  const refused = await atoma(machine, 'up --detach --persist --port 0');
  expect(refused.code).toBe(1);
  expect(refused.err).toMatch(
    /written by a newer version \(schema 999, this program knows \d+\)[\s\S]*backup of the older database/,
  );
  expect(readFileSync(file)).toEqual(readFileSync(copy));
});
