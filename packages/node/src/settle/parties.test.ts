import type { Atoma } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { openTestMarket } from '../../../sdk/src/testing/market.ts';
import { createParties } from './parties.ts';

/** A client that counts its calls. */
const counting = (market: Atoma): { atoma: Atoma; reads: () => number } => {
  let reads = 0;
  const counted = (target: object): object =>
    new Proxy(target, {
      get: (inner, name) => {
        const value: unknown = Reflect.get(inner, name);
        if (typeof value === 'object' && value !== null) return counted(value);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          reads++;
          return value.apply(inner, args);
        };
      },
    });
  return { atoma: { ...market, client: counted(market.client) as Atoma['client'] }, reads: () => reads };
};

test('who asks about stacks nobody knows makes few reads of the chain, and leaves some to others', async () => {
  const market = await openTestMarket('parties');
  const { atoma, reads } = counting(market.publisher);
  let now = 1_000;
  const parties = createParties(atoma, () => now);
  for (let id = 1_000n; id < 1_200n; id++)
    expect(await parties(id, '0x1')).toMatchObject({ buyer: null, attesters: [], jurors: [] });
  const first = reads();
  expect(first).toBeGreaterThan(0);
  await parties(2_000n, '0x1');
  expect(reads()).toBe(first);
  await parties(2_000n, '0x2');
  const second = reads();
  expect(second).toBeGreaterThan(first);
  for (let caller = 3; caller < 300; caller++) await parties(2_001n + BigInt(caller), `0x${caller}`);
  const most = reads();
  expect(most).toBeLessThan(40 * (second - first));
  now += 1_000;
  await parties(9_000n, '0x1');
  expect(reads()).toBeGreaterThan(most);
  market.close();
});
