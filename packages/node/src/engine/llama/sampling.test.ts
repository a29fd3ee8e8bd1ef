/** Sampling in turns: never two at once, and a failure is its own. */
import type { LlamaContext } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { sampleInTurns } from './sampling.ts';

test('samples of one context never overlap, and one that fails does not stop the next', async () => {
  let [running, most] = [0, 0];
  class Addon {
    async sampleToken(index: number): Promise<number> {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      if (index === 1) throw new Error('no token');
      return index;
    }
  }
  Object.defineProperty(Addon.prototype, 'sampleToken', { writable: false });
  const inner = new Addon();
  expect(sampleInTurns({ _ctx: inner } as unknown as LlamaContext)).toBe(true);
  const results = await Promise.allSettled([0, 1, 2, 3].map((index) => inner.sampleToken(index)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(most).toBe(1);
});

test('a context that is built otherwise is left alone', () => {
  expect(sampleInTurns({} as unknown as LlamaContext)).toBe(false);
  expect(sampleInTurns({ _ctx: { sampleToken: 3 } } as unknown as LlamaContext)).toBe(false);
});
