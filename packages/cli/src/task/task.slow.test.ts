import { expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';

test('a task is registered with what is said of it, and ends in steps', async () => {
  const machine = await marketMachine();
  expect(await told(machine, 'db create-task-entry --role 1')).toMatchObject({
    ...{ task_small_id: 1, role: 1, model_name: null, security_level: 0, minimum_reputation_score: 0 },
  });
  const said = await run(
    machine,
    'db create-task-entry --role 0 --model-name a/b --security-level 1 --minimum-reputation-score 50',
  );
  expect(said.out).toMatch(/role +0 \(chat.*\)\n.*model +a\/b\n.*level +1 \(samp.*\)\n.*reputation +50 or more/);
  const { epoch } = await told(machine, 'epoch');
  expect((await run(machine, 'db deprecate-task')).code).not.toBe(0); // which of the two is not said
  const ending = await told(machine, 'db deprecate-task --task-small-id 2');
  const [last, removable] = [ending.deprecated_epoch as number, ending.removable_from_epoch as number];
  expect(last).toBeGreaterThan(epoch as number);
  expect((await refusal(machine, 'db remove-deprecated-task --task-small-id 2'))[1]).toBe(6);
  await runAll(machine, [`chain advance --epochs ${removable - (epoch as number)}`]);
  expect(await told(machine, 'db remove-deprecated-task --task-small-id 2')).toMatchObject({ task_small_id: 2 });
  expect((await told(machine, 'task list')).tasks).toMatchObject([{ task_small_id: 1 }]);
});
