import { expect, test } from 'vitest';
import { marketMachine, run, runAll, told } from '../testing/in-process.ts';

test('a list has the rows after an id, so many of them, or those of the wallet; an empty one says what makes the first', async () => {
  const machine = await marketMachine();
  expect((await run(machine, 'node list')).out).toContain('atoma db register-node');
  await runAll(machine, ['wallet new bob', 'wallet faucet --wallet bob']);
  for (const wallet of ['local', 'bob', 'local', 'bob'])
    await runAll(machine, [`db create-task-entry --role 0 --wallet ${wallet}`]);
  const ids = async (flags: string) => (await run(machine, `task list --quiet ${flags}`)).out.trim().split('\n');
  expect(await ids('')).toEqual(['1', '2', '3', '4']);
  expect(await ids('--after 1 --limit 2')).toEqual(['2', '3']);
  expect(await ids('--mine --wallet bob')).toEqual(['2', '4']);
  expect(await ids('--mine --wallet bob --limit 1')).toEqual(['2']);
  expect(await told(machine, 'task show 3')).toMatchObject({ task: { task_small_id: 3 }, offers: [] });
});
