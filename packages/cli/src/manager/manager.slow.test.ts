import { expect, test } from 'vitest';
import { marketMachine, refusal, run, runAll, told } from '../testing/in-process.ts';

test('a parameter is set by any spelling of its name, one that is none is named with those there are', async () => {
  const machine = await marketMachine();
  const { old } = await told(machine, 'db set-config --name stack-life --value 21');
  expect(await told(machine, 'db set-config --name stack_life --value 22')).toMatchObject({
    ...{ name: 'stack_life', old: '21', new: '22' },
  });
  expect((await run(machine, `db set-config --name stackLife --value ${old}`)).out).toMatch(/before +22/);
  const wrong = await run(machine, 'db set-config --name stack-live --value 20');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('stackLife');
});

test('a closed registration takes no node, an open one does, and who is no manager changes nothing', async () => {
  const machine = await marketMachine();
  expect((await run(machine, 'db set-registration-open --value false')).out).toContain('no new nodes may register');
  expect((await refusal(machine, 'db register-node'))[1]).toBe(6);
  expect(await told(machine, 'db set-registration-open --value true')).toMatchObject({ open: true });
  await runAll(machine, ['db register-node', 'wallet new bob', 'wallet faucet --wallet bob']);
  expect((await run(machine, 'db set-registration-open --value false --wallet bob')).code).not.toBe(0);
  expect((await told(machine, 'economics')).config).toMatchObject({ registration_open: true });
});

test('a badge made for another is one until all but one are revoked', async () => {
  const machine = await marketMachine();
  await runAll(machine, ['wallet new bob', 'wallet faucet --wallet bob']);
  const bob = (await run(machine, 'wallet address --wallet bob --quiet')).out.trim();
  const made = await told(machine, `db create-manager-badge --recipient ${bob}`);
  expect(made).toMatchObject({ recipient: bob });
  const set = `db set-config --name stack-life --value 20 --wallet bob --manager-badge ${made.manager_badge_id}`;
  await runAll(machine, [set]);
  expect((await run(machine, 'db revoke-manager-badges')).out).toContain('every manager badge but 0x');
  expect((await refusal(machine, set))[1]).toBe(6);
});
