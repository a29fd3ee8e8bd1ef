import { beforeEach, expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';
import type { Machine } from '../testing/process.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await marketMachine();
  await runAll(machine, ['db register-node --url http://127.0.0.1:1', 'db create-task-entry --role 0']);
});
const node = async () => (await told(machine, 'node show 1')).node as Record<string, string | object>;
const toma = async () => BigInt((await told(machine, 'wallet balance')).toma as string);

test('stake comes back once its delay is over, to the unit', async () => {
  const start = await toma();
  await runAll(machine, ['db top-up-collateral --amount 7.5TOMA']);
  const { available_epoch: ready } = await told(machine, 'db request-withdrawal --amount 7.5TOMA');
  expect((await node()).queued_withdrawal).toMatchObject({ amount: '7500000000', available_epoch: ready });
  expect((await refusal(machine, 'db withdraw-collateral'))[1]).toBe(6);
  const { epoch } = await told(machine, 'epoch');
  await runAll(machine, [`chain advance --epochs ${(ready as number) - (epoch as number)}`]);
  expect((await run(machine, 'db withdraw-collateral')).out).toContain('7.5 TOMA of the stake of node 1 paid out');
  expect(await toma()).toBe(start);
});

test('an offer is made, changed, shown and taken back', async () => {
  const offer = '--task-small-id 1 --max-num-compute-units 5000 --price-per-compute-unit';
  expect((await run(machine, `db subscribe-node-to-task ${offer} 1234567`)).out).toContain(
    '1,234,567 base units of TOMA for one compute unit',
  );
  await runAll(machine, [`db update-node-subscription ${offer} 90`]);
  expect((await told(machine, 'task show 1')).offers).toMatchObject([
    { node_small_id: 1, price_per_compute_unit: '90', max_num_compute_units: '5000' },
  ]);
  await runAll(machine, ['db unsubscribe-node-from-task --task-small-id 1']);
  expect((await told(machine, 'task show 1')).offers).toEqual([]);
});

test('of several nodes the one of the flags acts, then the one of the settings', async () => {
  await runAll(machine, ['db register-node', 'config set node-id 2']);
  await told(machine, 'db update-node-url --url http://127.0.0.1:2');
  await told(machine, 'db update-node-url --url http://127.0.0.1:3 --node-small-id 1');
  const nodes = (await told(machine, 'node list')).nodes as readonly { url: string }[];
  expect(nodes.map(({ url }) => url)).toEqual(['http://127.0.0.1:3', 'http://127.0.0.1:2']);
});

test('a key is committed for the epoch it is said in', async () => {
  const [key, evidence] = [`0x${'aa'.repeat(32)}`, `0x${'bb'.repeat(32)}`];
  const { epoch } = await told(machine, 'epoch');
  const set = await told(machine, `db set-node-key-commitment --key-hash ${key} --evidence-hash ${evidence}`);
  expect(set).toMatchObject({ node_small_id: 1, epoch_committed: epoch });
});

test('a node that is disabled is destroyed after its delay, and pays everything out', async () => {
  const stake = (await node()).stake as string;
  const before = await toma();
  const { exit_epoch: exit } = await told(machine, 'db permanently-disable-node');
  expect((await refusal(machine, 'db destroy-disabled-node'))[1]).toBe(6);
  const { epoch } = await told(machine, 'epoch');
  await runAll(machine, [`chain advance --epochs ${(exit as number) - (epoch as number)}`]);
  expect(await told(machine, 'db destroy-disabled-node')).toMatchObject({ node_small_id: 1, paid: stake });
  expect(await toma()).toBe(before + BigInt(stake));
});
