import { beforeEach, expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';
import type { Machine } from '../testing/process.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await marketMachine();
  await runAll(machine, [
    'db create-task-entry --role 0 --security-level 1',
    'db register-node',
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 120 --max-num-compute-units 10000000',
  ]);
});
const toma = async () => BigInt((await told(machine, 'wallet balance')).toma as string);
const buy = 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price';

test('who sells alone buys from itself without being asked, and is told that nobody checks', async () => {
  const said = await run(machine, `${buy} 120`);
  expect(said).toMatchObject({ code: 0, out: expect.stringContaining('none: only your own nodes sell this task') });
  expect((await run(machine, `${buy} 120 --allow-unchecked`)).out).not.toContain('only your own nodes');
  await runAll(machine, ['wallet new bob', 'wallet faucet --wallet bob', 'toma faucet --wallet bob --amount 9TOMA']);
  expect((await refusal(machine, `${buy} 120 --wallet bob`))[1]).toBe(6);
  await runAll(machine, [`${buy} 120 --allow-unchecked --wallet bob`]);
});

test('a simulation names a node as an example; the cheapest offer is named when nobody takes the price', async () => {
  const before = await toma();
  expect((await run(machine, `${buy} 120 --dry-run`)).out).toContain('a node like node 1');
  expect(await toma()).toBe(before);
  expect((await run(machine, `${buy} 100`)).err).toContain('120');
  expect((await refusal(machine, `${buy} 120 --among 2`))[1]).toBe(6);
});

test('what is paid for a stack nobody serves comes back two epochs after it was asked for', async () => {
  const before = await toma();
  const { paid } = await told(machine, `${buy} 120`);
  expect(await toma()).toBe(before - BigInt(paid as string));
  await runAll(machine, ['chain advance']);
  const { reclaim_epoch: ready } = await told(machine, 'db request-stack-refund --stack-small-id 1');
  expect((await refusal(machine, 'db reclaim-stack --stack-small-id 1'))[1]).toBe(6);
  const { epoch } = await told(machine, 'epoch');
  await runAll(machine, [`chain advance --epochs ${(ready as number) - (epoch as number)}`]);
  expect(await told(machine, 'db reclaim-stack')).toMatchObject({ stack_small_id: 1, refund: paid });
  expect(await toma()).toBe(before);
});

test('a gift goes to the pool, to the unit', async () => {
  const pool = async () => ((await told(machine, 'economics')).config as { pool: string }).pool;
  const before = BigInt(await pool());
  await runAll(machine, ['db donate --amount 0.000000007TOMA']);
  expect(BigInt(await pool())).toBe(before + 7n);
});
