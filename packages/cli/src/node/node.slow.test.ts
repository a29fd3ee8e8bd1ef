/** A ledger, a node and its operator as three processes, by the commands of the guide. */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { atoma, bundle, cleanMachine, devCli, execute, type Machine, words } from '../testing/process.ts';
import { freePorts } from '../up/ports.ts';
import { nodeDaemonCommands } from './spec.ts';

const machine = cleanMachine();
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
});

const freePort = async (): Promise<number> => (await freePorts(1))[0] as number;

/** Starts a command that stays, and waits for its first line. */
const stay = (
  on: Machine,
  line: string,
): Promise<{ child: ChildProcess; first: string; ended: Promise<number | null> }> =>
  new Promise((done, fail) => {
    const child = spawn(process.execPath, [bundle, ...words(line)], { cwd: on.home, env: on.env });
    children.push(child);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    let err = '';
    child.stderr.on('data', (part: Buffer) => {
      err += part;
    });
    child.stdout.once('data', (part: Buffer) => done({ child, first: String(part), ended }));
    void ended.then((code) => fail(new Error(`${line} ended with ${code}: ${err}`)));
  });

const json = async (line: string): Promise<Record<string, unknown>> => {
  const finished = await atoma(machine, `${line} --json`);
  if (finished.code !== 0) throw new Error(`${line}: ${finished.out}${finished.err}`);
  const data = JSON.parse(finished.out) as Record<string, unknown>;
  const target = findTarget(root, commandPathOf(root, words(line)));
  if (target?.kind === 'command' && target.output && data.schema !== undefined)
    expect(schemaFaults(jsonSchemaOf(target.output), data)).toEqual([]);
  return data;
};

test('a node serves, is asked by its operator, settles on an interrupt and ends with 0', async () => {
  await execute(cleanMachine(), devCli, ['--version']);
  const [chainPort, faucetPort, port, operatorPort] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const none = await atoma(machine, 'node status');
  expect(none.code).toBe(1);
  const written = await json('node init --rehearsal');
  expect(written).toMatchObject({ kept: false });
  writeFileSync(
    join(machine.atomaHome, 'node/node.yaml'),
    `port: ${port}\noperator_port: ${operatorPort}\nurl: http://127.0.0.1:${port}\nallow_private_nodes: true\nclock_check: false\ndurability: process\npoll_ms: 200\nlog_level: silent\n`,
  );
  expect(await json('node init')).toMatchObject({ kept: true });
  await stay(machine, `chain start --port ${chainPort} --faucet-port ${faucetPort}`);
  await json('toma faucet --amount 500TOMA');
  await json('db create-task-entry --role 0 --model-name atoma/demo-chat --security-level 0');
  expect((await atoma(machine, 'node run')).code).toBe(4);
  await json('db register-node');
  await json(
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100000 --max-num-compute-units 10000',
  );
  const checks = await json('node doctor');
  expect(checks.checks).toContainEqual(expect.objectContaining({ name: 'key', ok: true }));
  const node = await stay(machine, 'node run --json');
  expect(JSON.parse(node.first)).toMatchObject({ node: '1', port });
  expect(schemaFaults(jsonSchemaOf(nodeDaemonCommands.run.output as Shape), JSON.parse(node.first))).toEqual([]);
  await json('db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000 --price 100000');
  const described = (await (await fetch(`http://127.0.0.1:${port}/v1/node`)).json()) as { node: string };
  expect(described.node).toBe('1');
  expect(await json('node status')).toMatchObject({ node: '1', readiness: { ready: true } });
  expect((await atoma(machine, 'node status')).out).toContain('ready');
  expect(await json('node duties')).toMatchObject({ schema: 'atoma/node.duties/1', duties: [] });
  expect(await json('node settle 1')).toMatchObject({ frozen: true });
  expect(await json('node reopen 1')).toMatchObject({ open: false });
  expect(await json('node drain')).toMatchObject({ stacks: 0 });
  await expect
    .poll(async () => ((await json('node status')).totals as { outbox: { confirmed: number } }).outbox.confirmed)
    .toBe(1);
  const resynced = await json('node resync');
  expect(Number(resynced.events)).toBeGreaterThan(3);
  expect(await json('node duties')).toMatchObject({ duties: [{ kind: 'claim', stack: '1', state: 'done' }] });
  const second = await atoma(machine, 'node run');
  expect(second.code).toBe(1);
  expect(second.err).toContain('in use');
  node.child.kill('SIGTERM');
  expect(await node.ended).toBe(0);
  expect((await atoma(machine, 'node status')).err).toMatch(/`atoma node run` starts it/);
});
