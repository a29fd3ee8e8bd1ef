/** The newest receipts of a stack in memory give the neighbours the journal would give, or say that they do not reach there. */
import { expect, test } from 'vitest';
import { createRecentReceipts } from './recent.ts';
import type { JournalReceipt } from './types.ts';

const receipt = (index: number) => ({ index }) as JournalReceipt;
/** Windows over a journal whose newest receipt has this index, and how often it was asked. */
const windows = (newest?: number) => {
  const asked: bigint[] = [];
  const recent = createRecentReceipts((stack) => {
    asked.push(stack);
    return newest === undefined ? undefined : receipt(newest);
  });
  const near = (index: number, stack = 1n) => recent.near(stack, index)?.map((each) => each.index);
  return { ...recent, near, asked };
};

test('the two before, with the one at the index itself, and the one after', () => {
  const { near, add, asked } = windows(4);
  expect([near(3), near(4), near(5), near(9)]).toEqual([undefined, [4], [4], [4]]);
  for (const index of [5, 6, 8, 9]) add(1n, receipt(index));
  expect([near(6), near(7), near(8), near(4), near(20)]).toEqual([
    [6, 5, 8],
    [6, 5, 8],
    [8, 6, 9],
    [4, 5],
    [9, 8],
  ]);
  expect(asked).toEqual([1n]);
});

test('receipts from before the window, or of a stack that was not asked about, are left to the journal', () => {
  const { near, add, asked } = windows(4);
  add(1n, receipt(5));
  expect(near(5)).toEqual([4]);
  add(1n, receipt(3));
  expect(near(4)).toEqual([4]);
  expect(near(4, 2n)).toEqual([4]);
  expect(asked).toEqual([1n, 2n]);
});

test('a stack without a receipt has no window yet', () => {
  const { near, asked } = windows();
  expect([near(0), near(0), asked.length]).toEqual([undefined, undefined, 2]);
});

test('what comes late stands in its place, and does not move the end', () => {
  const { near, add } = windows(0);
  near(0);
  for (const index of [9, 5]) add(1n, receipt(index));
  expect([near(7), near(9)]).toEqual([
    [5, 0, 9],
    [9, 5],
  ]);
});

test('1,024 receipts of a stack are kept, the newest', () => {
  const { near, add } = windows(0);
  near(0);
  for (let index = 1; index < 1_024; index++) add(1n, receipt(index));
  expect(near(0)).toEqual([0, 1]);
  add(1n, receipt(1_024));
  expect([near(0), near(1)]).toEqual([undefined, [1, 2]]);
});

test('after everything is forgotten the journal is asked anew', () => {
  const { near, clear, asked } = windows(4);
  near(4);
  clear();
  near(4);
  expect(asked).toEqual([1n, 1n]);
});
