import { expect, test } from 'vitest';
import { journalRequest, journalStack } from '../testing/journal-fixtures.ts';
import { openJournal } from './journal/sqlite.ts';
import type { JournalStack } from './journal/types.ts';
import { openStackBook } from './stack-book.ts';

const row = (stack: bigint, more: Partial<JournalStack> = {}): JournalStack => ({
  ...journalStack(stack),
  ...{ units: 100n, largestRequest: 60n, usedBefore: 0n, stage: 'open', ...more },
});
const open = async (...rows: JournalStack[]) => {
  const journal = await openJournal({ path: ':memory:' });
  for (const each of rows) await journal.putStack(each);
  return { journal, book: await openStackBook(journal) };
};

test('units are free until they are promised or used', async () => {
  const { book } = await open(row(1n));
  const meters = () => {
    const { used, promised, free } = book.find(1n) ?? {};
    return [used, promised, free];
  };
  expect(meters()).toEqual([0n, 0n, 100n]);
  expect(book.promise(1n, 60n)).toBe(true);
  expect(meters()).toEqual([0n, 60n, 40n]);
  expect(book.promise(1n, 41n)).toBe(false);
  expect(book.promise(1n, 40n)).toBe(true);
  book.settle(1n, 60n, { charged: 20n, cumulative: 20n });
  expect(meters()).toEqual([20n, 40n, 40n]);
  book.settle(1n, 40n);
  expect(meters()).toEqual([20n, 0n, 80n]);
  book.count(1n, 5n, 30n); // the node counts more than we have receipts for
  expect(meters()).toEqual([30n, 0n, 70n]);
});

test('one request may use the largest of its stack, and nothing of a stack that is not there', async () => {
  const { book } = await open(row(1n));
  expect(book.promise(1n, 61n)).toBe(false);
  expect(book.promise(2n, 1n)).toBe(false);
  expect(book.find(2n)).toBe(undefined);
  book.settle(2n, 1n);
  book.count(2n, 1n, 1n);
  book.block(2n, 'why');
  book.noteFree(2n, 1n);
  expect(book.list().map(({ stack, free }) => [stack, free])).toEqual([[1n, 100n]]);
});

test('what the node says is free is a ceiling that promises lower and their ends raise', async () => {
  const { book } = await open(row(1n));
  book.noteFree(1n, 30n);
  expect(book.find(1n)?.free).toBe(30n);
  expect(book.promise(1n, 31n)).toBe(false);
  expect(book.promise(1n, 20n)).toBe(true);
  expect(book.find(1n)?.free).toBe(10n);
  book.settle(1n, 20n, { charged: 5n, cumulative: 5n });
  expect(book.find(1n)?.free).toBe(25n);
  expect(book.promise(1n, 25n)).toBe(true);
  book.settle(1n, 25n);
  expect(book.find(1n)?.free).toBe(25n);
});

test('a stack that is used up has nothing free, not less', async () => {
  const { book } = await open(row(1n, { usedBefore: 120n }));
  expect(book.find(1n)).toMatchObject({ used: 120n, free: 0n });
});

test('the meters come back from the journal, open requests as promises', async () => {
  const { journal, book } = await open(row(1n));
  await journal.addRequest({ ...journalRequest('r'), stack: 1n, maxUnits: 7n });
  expect(book.find(1n)?.promised).toBe(0n);
  expect((await openStackBook(journal)).find(1n)).toMatchObject({ promised: 7n, free: 93n });
});

test('a change is in the journal before it is in the book, and a stack that ended leaves it', async () => {
  const { journal, book } = await open(row(1n), row(2n, { stage: 'settled' }), row(3n, { stage: 'ended' }));
  expect(book.list().map(({ stack }) => stack)).toEqual([1n, 2n]);
  await book.change(1n, { stage: 'notice', noticeEpoch: 4n });
  expect(await journal.findStack(1n)).toMatchObject({ stage: 'notice', noticeEpoch: 4n });
  expect(book.find(1n)?.stage).toBe('notice');
  await book.change(1n, { stage: 'ended' });
  expect(book.find(1n)).toBe(undefined);
  await book.change(3n, { tenant: 't' }); // not in the book, in the journal alone
  expect((await journal.findStack(3n))?.tenant).toBe('t');
  await book.change(9n, { tenant: 't' });
  expect(await journal.findStack(9n)).toBe(undefined);
  await book.add(row(4n));
  expect([book.find(4n)?.free, (await journal.findStack(4n))?.units]).toEqual([100n, 100n]);
});

test('a node that is found out blocks its stacks, also those that come later and after a restart', async () => {
  const { journal, book } = await open(row(1n, { node: 5n }), row(2n, { node: 6n }));
  book.promise(1n, 10n);
  await book.mistrust(5n, 'it lied');
  expect([book.find(1n)?.blocked, book.find(2n)?.blocked]).toEqual(['it lied', null]);
  await book.add(row(3n, { node: 5n }));
  expect(book.find(3n)?.blocked).toBe('it lied');
  const again = await openStackBook(journal);
  expect([...again.mistrusted()]).toEqual([5n]);
  expect(again.find(1n)?.blocked).toBe('it lied');
  book.block(2n, 'stack_closed');
  expect(book.find(2n)?.blocked).toBe('stack_closed');
  book.block(2n, null);
  expect(book.find(2n)?.blocked).toBe(null);
});
