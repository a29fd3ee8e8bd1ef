import { expect, test } from 'vitest';
import { firstAnswer } from './first-answer.ts';

test('so many are asked at once, in their order, until one answers; the others are told to stop', async () => {
  const asked: string[] = [];
  const stopped: string[] = [];
  const found = await firstAnswer(['none', 'slow', 'slower', 'right', 'never asked'], 3, async (item, signal) => {
    asked.push(item);
    if (item === 'none') return undefined;
    if (item === 'right') return 7;
    return new Promise((resolve) => {
      signal.addEventListener('abort', () => {
        stopped.push(item);
        resolve(undefined);
      });
    });
  });
  expect(found).toBe(7);
  expect(asked).toEqual(['none', 'slow', 'slower', 'right']);
  expect(stopped).toEqual(['slow', 'slower']);
});

test('no more are asked at once', async () => {
  let [open, most] = [0, 0];
  const asked: number[] = [];
  const items = [1, 2, 3, 4, 5, 6, 7];
  const found = await firstAnswer(items, 3, async (item) => {
    most = Math.max(most, ++open);
    asked.push(item);
    await undefined;
    open--;
    return undefined;
  });
  expect([found, most, asked]).toEqual([undefined, 3, items]);
});

test('what asking throws is thrown', async () => {
  const failing = firstAnswer([1, 2], 1, async () => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
});
