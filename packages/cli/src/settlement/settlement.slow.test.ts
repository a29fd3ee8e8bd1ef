import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';
import { checkout, type Machine } from '../testing/process.ts';

let machine: Machine;
beforeEach(async () => {
  machine = await marketMachine();
  await runAll(machine, [
    'db create-task-entry --role 0',
    'db register-node',
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 2000000 --price 100',
  ]);
});
const history = join(checkout, 'docs/examples/history.json');
const other = `0x${'ab'.repeat(32)}`;
const settle = (flags: string): string => `db try-settle-stack --stack-small-id 1 ${flags}`;
const ticket = async () => (await told(machine, 'ticket show 1')).ticket as Record<string, string>;

test('units, commitment and leaf follow from the history, and fee and refund from them, to the unit', async () => {
  const { attesters } = ((await told(machine, 'stack show 1')).stack as { terms: { attesters: string } }).terms;
  const proof = await told(machine, `stack-proof compute --history ${history} --stack 1 --attesters ${attesters}`);
  expect(await told(machine, settle(`--history ${history}`))).toMatchObject({ num_claimed_compute_units: '1000000' });
  expect((await ticket()).committed_stack_proof).toBe(proof.committedStackProof);
  expect((await refusal(machine, 'db claim-funds --settled-ticket-ids 1'))[1]).toBe(6);
  await runAll(machine, ['chain advance --epochs 2']);
  const claimed = await told(machine, 'db claim-funds --settled-ticket-ids 1');
  expect(claimed).toMatchObject({
    total_fee: '100000000',
    claims: [{ stack_small_id: 1, node_fee: '100000000', refund: '100000000', num_claimed_compute_units: '1000000' }],
  });
});

test('a flag stands in the place of what the history says', async () => {
  await runAll(machine, [
    settle(`--history ${history} --num-claimed-compute-units 7 --committed-stack-proof ${other}`),
  ]);
  expect(await ticket()).toMatchObject({ num_claimed_compute_units: '7', committed_stack_proof: other });
});

test('without a history the flags say everything', async () => {
  expect((await refusal(machine, settle('--num-claimed-compute-units 7')))[1]).toBe(2);
  await runAll(machine, [
    settle(`--num-claimed-compute-units 7 --committed-stack-proof ${other} --stack-merkle-leaf ${other}`),
  ]);
  expect(await ticket()).toMatchObject({ num_claimed_compute_units: '7', committed_stack_proof: other });
});

test('a stack settled with nothing is refunded at once, and that is said', async () => {
  const before = (await told(machine, 'wallet balance')).toma as string;
  const said = await run(
    machine,
    settle(`--num-claimed-compute-units 0 --committed-stack-proof ${other} --stack-merkle-leaf ${other}`),
  );
  expect(said.out).toContain('stack 1 settled with 0 units: the buyer is refunded');
  expect(said.out).not.toContain('claimable');
  expect((await told(machine, 'wallet balance')).toma).toBe(String(BigInt(before) + 200_000_000n));
  const { stack_badges: badges } = (await told(machine, 'wallet balance')) as { stack_badges: [{ badge_id: string }] };
  expect((await run(machine, `db discard-stack-badge --stack-badge ${badges[0].badge_id}`)).out).toContain(
    `badge ${badges[0].badge_id} of an ended stack thrown away`,
  );
  expect((await told(machine, 'wallet balance')).stack_badges).toEqual([]);
});
