/** Gateway books = node ledger = chain; whatever is changed on one side is named with its stack and request. */
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { run } from '../testing/in-process.ts';
import { atoma, cleanMachine, devCli, execute } from '../testing/process.ts';
import type { UpFacts } from '../up/facts.ts';
import { reconcileCommands } from './spec.ts';

const machine = cleanMachine();
/** The files of the market; the journal of its wallet lies with those of all wallets. */
const files = (name: string): string => {
  if (name !== 'buyer.db') return join(machine.atomaHome, 'up', name);
  const buyers = join(machine.atomaHome, 'buyer');
  const journal = readdirSync(buyers, { recursive: true }).find((file) => String(file).endsWith('.sqlite'));
  return join(buyers, String(journal));
};

beforeAll(async () => {
  expect((await execute(cleanMachine(), devCli, ['--version'])).code).toBe(0); // builds the bundle when a source is newer
  const started = await atoma(machine, 'up --detach --persist --port 0 --nodes 2 --level 0 --epoch-ms 300 --json');
  expect(started.code, started.out + started.err).toBe(0);
  const up = JSON.parse(started.out) as UpFacts;
  for (const content of ['one', 'two', 'three']) {
    const answer = await fetch(`${up.base_url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${up.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: up.models[0], max_tokens: 12, messages: [{ role: 'user', content }] }),
    });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }
  await vi.waitFor(async () => expect((await check('')).stacks[0].fee).not.toBeNull(), { timeout: 60_000 });
});
afterAll(() => atoma(machine, 'up --stop'));

const check = async (flags: string) => {
  const done = await run(machine, `reconcile --network up --wallet up-buyer --json ${flags}`);
  expect(done.code, done.out).toBe(0);
  return JSON.parse(done.out);
};

/** Copies of databases of the market. */
const copyOf = (name: string): string => {
  const copy = join(machine.home, `${name}-copy`);
  for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true });
  for (const end of ['', '-wal']) copyFileSync(files(name) + end, copy + end);
  return copy;
};
const change = (file: string, statement: string): void => {
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  expect(database.prepare(statement).run().changes).toBe(1);
  database.close();
};
const changed = (name: string, statement: string): string => {
  const copy = copyOf(name);
  change(copy, statement);
  return copy;
};

const refused = async (flags: string): Promise<string> => {
  const done = await run(machine, `reconcile --network up --wallet up-buyer --json ${flags}`);
  expect(done.code).toBe(1);
  const { error } = JSON.parse(done.out);
  expect(error.code).toBe('RECONCILE_DIFFERS');
  return error.message;
};

test('all three sides agree after serving, settling and claiming: over HTTP, and in files', async () => {
  const all = await check('');
  expect(schemaFaults(jsonSchemaOf(reconcileCommands.reconcile.output as Shape), all)).toEqual([]);
  expect(all).toMatchObject({ agrees: true, complete: true, differences: [] });
  const [stack] = all.stacks;
  expect(BigInt(stack.gateway)).toBeGreaterThan(0n);
  expect(stack).toMatchObject({ node_ledger: stack.gateway, claimed: stack.gateway, open: '0', agrees: true });
  expect(BigInt(stack.fee)).toBe(BigInt(stack.gateway) * 100n);
  expect(await check(`--journal ${files('buyer.db')} --gateway ${files('gateway.db')}`)).toEqual(all);
});

const row = '[0-9a-f]{32}';

test.each([
  ['UPDATE book SET units = units + 1 WHERE rowid = (SELECT min(rowid) FROM book)', 'the gateway charged other units'],
  ['DELETE FROM book WHERE rowid = (SELECT min(rowid) FROM book)', 'receipted, but not in the gateway’s books'],
])('books of the gateway: %s', async (statement, what) => {
  const copy = changed('gateway.db', statement);
  expect(await refused(`--gateway ${copy}`)).toMatch(new RegExp(`^[^;]*stack 1, request ${row}: ${what}[^;]*$`));
});

test.each([
  [
    `UPDATE request SET stage = 'dropped', units = NULL, answer = NULL WHERE leaf_index = 1`,
    `stack 1, request ${row}: the node charged it; its receipt never arrived`,
  ],
  ['DELETE FROM request WHERE leaf_index = 1', `stack 1, request ${row}: the node charged a request nobody here sent`],
  ['UPDATE stack SET price = price + 1', 'stack 1, the fee paid is not price times units claimed'],
])('the buyer’s journal: %s', async (statement, what) => {
  const copy = changed('buyer.db', statement);
  expect(await refused(`--journal ${copy} --no-gateway`)).toMatch(new RegExp(`^[^;]*${what}[^;]*$`));
});

test.each([
  [
    "UPDATE request SET units = units + 5 WHERE leaf_index = 1 AND state = 'committed'",
    `stack 1, request ${row}: the node’s ledger has other units than its receipt`,
  ],
  ['DELETE FROM request WHERE leaf_index = 2', `stack 1, request ${row}: receipted, but not in the node’s ledger`],
  [
    'UPDATE stack SET consumed = consumed + 9 WHERE id = 1',
    'stack 1, the settlement claims other units than were metered',
  ],
  [
    'UPDATE stack SET consumed = consumed + 8 WHERE id = 1',
    'stack 1, the node’s ledger has other units than its requests add up to',
  ],
])('the node’s ledger: %s', async (statement, what) => {
  const { node_small_id: node } = (await check('')).stacks[0];
  const copy = changed(`node-${node}.db`, statement);
  expect(await refused(`--node ${copy}`)).toMatch(new RegExp(what));
});

test('in the running market, over HTTP: what is changed under the gateway and under the node is named', async () => {
  const { node_small_id: node } = (await check('')).stacks[0];
  change(files('gateway.db'), 'UPDATE book SET units = units + 1 WHERE rowid = (SELECT min(rowid) FROM book)');
  expect(await refused('')).toMatch(new RegExp(`stack 1, request ${row}: the gateway charged other units`));
  change(files('gateway.db'), 'UPDATE book SET units = units - 1 WHERE rowid = (SELECT min(rowid) FROM book)');
  change(files(`node-${node}.db`), 'DELETE FROM request WHERE leaf_index = 2');
  expect(await refused('')).toMatch(new RegExp(`stack 1, request ${row}: receipted, but not in the node’s ledger`));
});

test('in memory: all three sides over HTTP; with the node gone that is said, and nothing is claimed for it', async () => {
  const other = cleanMachine();
  const started = await atoma(other, 'up --detach --port 0 --nodes 1 --level 0 --json');
  const up = JSON.parse(started.out) as UpFacts;
  try {
    const answer = await fetch(`${up.base_url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${up.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: up.models[0], max_tokens: 12, messages: [{ role: 'user', content: 'one' }] }),
    });
    const { usage } = (await answer.json()) as { usage: { total_tokens: number } };
    const line = 'reconcile --network up --wallet up-buyer';
    const all = JSON.parse((await run(other, `${line} --json`)).out);
    const units = String(usage.total_tokens);
    expect(all).toMatchObject({ agrees: true, complete: true });
    expect(all.stacks).toMatchObject([{ gateway: units, node_ledger: units, claimed: null, node_silent: null }]);
    expect((await run(other, line)).out).toContain('gateway books = node ledger = chain');
    for (const words of [
      'wallet new me',
      'wallet use me',
      'wallet faucet --network up',
      'toma faucet --amount 20TOMA --network up',
    ])
      expect([words, (await run(other, words)).code]).toEqual([words, 0]);
    const meant = JSON.parse((await run(other, 'reconcile --network up --json')).out);
    expect(meant.stacks).toEqual(all.stacks);
    const own = JSON.parse((await atoma(other, 'chat hello --max-tokens 9 --network up --json')).out);
    const mine = JSON.parse((await run(other, 'reconcile --network up --json')).out);
    expect(mine).toMatchObject({
      complete: true,
      stacks: [{ stack_small_id: own.stack_small_id, gateway: own.units, node_ledger: own.units }],
    });
    const moved = 'node update-node-url --node-small-id 1 --url http://127.0.0.1:9 --wallet up-node-1 --network up';
    const gone = await run(other, moved.replace('node update-node-url', 'db update-node-url'));
    expect(gone.code, gone.out + gone.err).toBe(0);
    const told = await run(other, line);
    expect(told.code).toBe(0);
    expect(told.out).not.toContain('= node ledger =');
    expect(told.out).toContain('not read for stack 1');
  } finally {
    await atoma(other, 'up --stop');
  }
});

test('a file that is not there is named', async () => {
  const done = await run(machine, 'reconcile --network up --wallet up-buyer --node nowhere.db --json');
  expect(JSON.parse(done.out).error.code).toBe('RECONCILE_NO_FILE');
});
