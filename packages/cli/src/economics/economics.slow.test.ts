import { beforeAll, expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';
import type { Machine } from '../testing/process.ts';

let machine: Machine;
beforeAll(async () => {
  machine = await marketMachine();
  await runAll(machine, [
    'db create-task-entry --role 0 --security-level 1',
    'db register-node',
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 120 --max-num-compute-units 10000000',
  ]);
});
const honesty = async (flags: string) => (await told(machine, `economics ${flags}`)).honesty as Record<string, number>;

test('the parameters of the market are told, its quote adds up, and nothing is assumed of a task nobody named', async () => {
  const { config, quote, honesty: none } = await told(machine, 'economics');
  expect([quote, none]).toEqual([null, null]);
  expect(config).toMatchObject({ registration_open: true, counts: { tasks: '1', nodes: 1, stacks: 0 } });
  const line = 'economics --task-small-id 1 --num-compute-units 1000000';
  const dear = (await told(machine, `${line} --price 120`)).quote as Record<string, string>;
  expect(dear).toMatchObject({ price: '120000000', offers: 1, cheapest_price: '120' });
  expect(BigInt(dear.total as string)).toBe(BigInt(dear.price as string) + BigInt(dear.surcharge as string));
  expect((await run(machine, `${line} --price 120 --quiet`)).out).toBe(`${dear.total}\n`);
  expect((await told(machine, `${line} --price 119`)).quote).toMatchObject({ offers: 0, cheapest_price: '120' });
});

test('a share of the other nodes is so many of them; more cheats than nodes is refused', async () => {
  expect(await honesty('--other-nodes 10 --share 300')).toEqual(await honesty('--other-nodes 10 --colluding-nodes 3'));
  expect(await refusal(machine, 'economics --other-nodes 10 --colluding-nodes 11')).toEqual(['CLI_BAD_VALUE', 2]);
  // The task has one node: beside the selected one there is none.
  expect(await honesty('--task-small-id 1')).toEqual(await honesty('--other-nodes 0'));
});

test('alone among honest nodes lying does not pay, and less so with more bond; what every node does pays', async () => {
  const alone = await honesty('--other-nodes 100');
  expect(alone).toMatchObject({ honesty_pays: true });
  expect((await honesty('--other-nodes 100 --bond-permille 5000')).cheating_profit).toBeLessThan(
    alone.cheating_profit as number,
  );
  expect((await honesty('--other-nodes 100 --attestation-probability 1')).detection_probability).toBeLessThan(
    alone.detection_probability as number,
  );
  const all = await honesty('--other-nodes 10 --colluding-nodes 10');
  expect(all).toMatchObject({ honesty_pays: false, minimum_safe_bond: null });
  expect((await run(machine, 'economics --other-nodes 10 --colluding-nodes 10')).out).toContain('no bond suffices');
});

test('people are told from which part of its units on a stack is checked for certain', async () => {
  expect((await run(machine, 'economics')).out).toMatch(/every level-1 stack used to \d+ %/);
  for (const [theta, said] of [
    [0, 'nothing \\(none is checked\\)'],
    [500, '100 %'],
    [3_000, '34 %'],
  ] as const) {
    await runAll(machine, [`db set-config --name attestation-probability --value ${theta}`]);
    expect((await run(machine, 'economics')).out).toMatch(new RegExp(`used to ${said} `));
  }
});
