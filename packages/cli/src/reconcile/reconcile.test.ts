/** Gateway books = node ledger = chain; whatever is changed on one side is named with its stack and request. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reconcileCommands } from '../commands/specs/reconcile.ts';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { atoma, cleanMachine, devCli, execute } from '../testing/process.ts';
import { schemaFaults } from '../testing/schema.ts';
import type { UpFacts } from '../up/running.ts';

const machine = cleanMachine();
const files = (name: string): string => join(machine.atomaHome, 'up', name);

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
  for (let tries = 0; (await check('')).stacks[0].fee === null; tries++) expect(tries).toBeLessThan(60);
});
afterAll(() => atoma(machine, 'up --stop'));

const check = async (flags: string) => {
  const done = await atoma(machine, `reconcile --network up --wallet up-buyer --json ${flags}`);
  expect(done.code, done.out).toBe(0);
  return JSON.parse(done.out);
};

/** A copy of a database of the market, changed. */
const changed = (name: string, statement: string): string => {
  const copy = join(machine.home, `${name}-copy`);
  for (const end of ['', '-wal']) copyFileSync(files(name) + end, copy + end);
  const database = new DatabaseSync(copy);
  expect(database.prepare(statement).run().changes).toBe(1);
  database.close();
  return copy;
};

const refused = async (flags: string): Promise<string> => {
  const done = await atoma(machine, `reconcile --network up --wallet up-buyer --json ${flags}`);
  expect(done.code).toBe(1);
  const { error } = JSON.parse(done.out);
  expect(error.code).toBe('RECONCILE_DIFFERS');
  return error.message;
};

test('all three sides agree after serving, settling and claiming', async () => {
  const all = await check('');
  expect(schemaFaults(jsonSchemaOf(reconcileCommands.reconcile.output as Shape), all)).toEqual([]);
  expect(all).toMatchObject({ agrees: true, differences: [] });
  const [stack] = all.stacks;
  expect(BigInt(stack.gateway)).toBeGreaterThan(0n);
  expect(stack).toMatchObject({ node_ledger: stack.gateway, claimed: stack.gateway, open: '0', agrees: true });
  expect(BigInt(stack.fee)).toBe(BigInt(stack.gateway) * 100n);
});

test('a row of the gateway with one unit too many is named', async () => {
  const copy = changed('gateway.db', 'UPDATE book SET units = units + 1 WHERE rowid = (SELECT min(rowid) FROM book)');
  expect(await refused(`--gateway ${copy}`)).toMatch(/stack 1, request [0-9a-f]{32}: the gateway charged other units/);
});

test('a request the node has changed, and one it has not, are named', async () => {
  const { node_small_id: node } = (await check('')).stacks[0];
  const copy = changed(
    `node-${node}.db`,
    "UPDATE request SET units = units + 5 WHERE leaf_index = 1 AND state = 'committed'",
  );
  expect(await refused(`--node ${copy}`)).toMatch(/stack 1, request [0-9a-f]{32}: the node’s ledger has other units/);
  const less = changed(`node-${node}.db`, 'DELETE FROM request WHERE leaf_index = 2');
  expect(await refused(`--node ${less}`)).toMatch(
    /stack 1, request [0-9a-f]{32}: receipted, but not in the node’s ledger/,
  );
});

test('a settlement of other units than were metered is named', async () => {
  const { node_small_id: node } = (await check('')).stacks[0];
  const copy = changed(`node-${node}.db`, 'UPDATE stack SET consumed = consumed + 9 WHERE id = 1');
  expect(await refused(`--node ${copy}`)).toMatch(/stack 1, the settlement claims other units/);
});

test('without the node’s ledger the receipts stand for it; a file that is not there is named', async () => {
  const all = await check(`--node ${files('node-1.db')} --no-gateway`);
  expect(all.agrees).toBe(true);
  const done = await atoma(machine, 'reconcile --network up --wallet up-buyer --node nowhere.db --json');
  expect(JSON.parse(done.out).error.code).toBe('RECONCILE_NO_FILE');
});
