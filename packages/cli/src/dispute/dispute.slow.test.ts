import { expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';

const bytes = (of: number): string => `0x${of.toString(16).padStart(2, '0').repeat(32)}`;

test('a dispute nobody can judge warns, a vote lacks no part, and the manager’s word ends it', async () => {
  const machine = await marketMachine();
  await runAll(machine, [
    'db create-task-entry --role 0 --security-level 1',
    'db register-node',
    'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100',
    `db try-settle-stack --stack-small-id 1 --num-claimed-compute-units 100 --committed-stack-proof ${bytes(1)} --stack-merkle-leaf ${bytes(1)}`,
  ]);
  const start = `db start-attestation-dispute --stack-small-id 1 --attestation-commitment ${bytes(2)}`;
  for (const line of [`${start} --dry-run`, start]) {
    const { code, err } = await run(machine, line);
    expect(code).toBe(0);
    expect(err).toMatch(/warning no jury can be seated.*db rule-dispute --stack-small-id 1 .*bond of 0\.1 TOMA/);
  }
  const vote = 'db commit-dispute-vote --stack-small-id 1';
  for (const part of ['', `--merkle-root ${bytes(3)}`, `--merkle-root ${bytes(3)} --salt ${bytes(4)}`])
    expect(await refusal(machine, `${vote} ${part}`)).toEqual(['CLI_MISSING_VALUE', 2]);
  expect(await refusal(machine, 'db show-dispute-evidence --stack-small-id 1')).toEqual(['CLI_MISSING_VALUE', 2]);
  const ruled = await told(machine, 'db rule-dispute --stack-small-id 1 --outcome convicted');
  expect(ruled).toMatchObject({ stack_small_id: 1, outcome: 'convicted' });
  const paid = Object.entries(ruled.amounts as Record<string, string>).filter(([, amount]) => amount !== '0');
  expect(Object.fromEntries(paid)).toEqual({
    refund: '120000000', // price and surcharge
    pool_amount: '200000000', // the bond of the node
    challenger_bond_returned: '100000000',
  });
});
