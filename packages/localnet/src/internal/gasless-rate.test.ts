import { expect, test } from 'vitest';
import { GASLESS_FAILURES } from '../params.ts';
import { newGaslessRate } from './gasless-rate.ts';

test('an address whose gasless transactions fail waits for the next minute, the others do not', () => {
  let time = 0;
  const rate = newGaslessRate(() => time);
  for (let i = 0; i < GASLESS_FAILURES; i++) {
    rate.check('a');
    rate.failed('a');
  }
  expect(() => rate.check('a')).toThrow(
    expect.objectContaining({ code: 'LEDGER_GASLESS_RATE', hint: expect.stringContaining('wait 60 s') }),
  );
  expect(() => rate.check('b')).not.toThrow();
  time = 59_999;
  expect(() => rate.check('a')).toThrow(expect.objectContaining({ hint: expect.stringContaining('wait 1 s') }));
  time = 60_000;
  expect(() => rate.check('a')).not.toThrow();
});
