import { expect, test } from 'vitest';
import { marketMachine, refusal, run, told } from '../testing/in-process.ts';

test('the faucet gives what is asked for, until it is switched off by who may', async () => {
  const machine = await marketMachine();
  expect(await told(machine, 'toma faucet --amount 2.5TOMA')).toMatchObject({ amount: '2500000000' });
  expect(await told(machine, 'wallet balance')).toMatchObject({ toma: '902500000000' });
  expect((await run(machine, 'toma disable-faucet')).out).toContain('the TOMA faucet is off');
  expect(await refusal(machine, 'toma faucet --amount 1TOMA')).toEqual(['EFaucetDisabled', 6]);
  expect((await run(machine, 'toma enable-faucet')).out).toContain('the TOMA faucet is on');
  expect((await run(machine, 'toma faucet --amount 1TOMA')).out).toContain('1 TOMA received');
  expect(await told(machine, 'wallet balance')).toMatchObject({ toma: '903500000000' });
});
