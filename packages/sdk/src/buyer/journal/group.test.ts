/** What waits to be written, with whom, and what becomes of it when the database refuses. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { journalRequest } from '../../testing/journal-fixtures.ts';
import { createWriteGroup, WAIT_MS, type WriteGroup } from './group.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A group over a database that tells what it was given, and refuses what `refuse` names. */
const open = () => {
  const said: string[] = [];
  const state = { inTransaction: false, full: false, refuse: new Set<string>() };
  const tell = (what: string): void => {
    if (state.refuse.has(what)) throw new RangeError(`no ${what}`);
    said.push(what);
  };
  const group: WriteGroup = createWriteGroup({
    inTransaction: () => state.inTransaction,
    run: (sql) => {
      tell(sql);
      state.inTransaction = sql === 'BEGIN IMMEDIATE';
    },
    write: ({ requestId, stage }, known) => tell(`${requestId} ${stage}${known ? ', known' : ''}`),
    isFull: () => state.full,
    onWritten: () => said.push('written'),
    onLost: () => said.push('lost'),
  });
  /** What was said since the last time. */
  const news = () => said.splice(0);
  return { group, state, news };
};
const BEGIN = 'BEGIN IMMEDIATE';
const ended = (id: string) => journalRequest(id, { stage: 'dropped' });

test('an open request is written at the second look, unless it ends before: then once, with its end', async () => {
  const { group, news } = open();
  group.wait(journalRequest('a'));
  group.wait(journalRequest('b'));
  expect(group.waiting('a')?.stage).toBe('open');
  group.replace(ended('b'));
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect(news()).toEqual([BEGIN, 'b dropped', 'COMMIT']);
  expect([group.waiting('a')?.stage, group.waiting('b')]).toEqual(['open', undefined]);
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect(news()).toEqual([BEGIN, 'a open', 'COMMIT', 'written']);
  await vi.advanceTimersByTimeAsync(9 * WAIT_MS);
  expect(news()).toEqual([]);
});

test('the end of a request that was written open waits as well; opened again before, nothing is to be written', async () => {
  const { group, news } = open();
  group.wait(journalRequest('a', { body: new Uint8Array(9) }));
  await vi.advanceTimersByTimeAsync(2 * WAIT_MS);
  expect(news()).toEqual([BEGIN, 'a open', 'COMMIT', 'written']);
  expect(group.waiting('a')).toMatchObject({ stage: 'open', body: null });
  group.replace(ended('a'));
  group.replace(journalRequest('a'));
  expect(group.flushed()).toBe(undefined);
  group.replace(ended('a'));
  expect(news()).toEqual([]);
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect(news()).toEqual([BEGIN, 'a dropped, known', 'COMMIT', 'written']);
  expect(group.waiting('a')).toBe(undefined);
});

test('an end that the database refused waits on, and is still that of a request it knows', async () => {
  const { group, news, state } = open();
  group.wait(journalRequest('a'));
  group.settle();
  group.replace(ended('a'));
  state.refuse.add('COMMIT');
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  news();
  state.refuse.clear();
  group.settle();
  expect(news()).toEqual([BEGIN, 'a dropped, known', 'COMMIT', 'written']);
});

test('where the log is full everything is written at the first look', async () => {
  const { group, news, state } = open();
  state.full = true;
  group.wait(journalRequest('a'));
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect(news()).toEqual([BEGIN, 'a open', 'COMMIT', 'written']);
});

test('statements of one turn share a transaction, with the ends that wait; open requests go on waiting', async () => {
  const { group, news } = open();
  group.wait(journalRequest('a'));
  group.wait(ended('b'));
  expect(group.joined()).toBe(undefined);
  group.join();
  group.join();
  expect(news()).toEqual([BEGIN]);
  const done = group.joined();
  await vi.advanceTimersByTimeAsync(0);
  await done;
  expect([news(), group.joined(), group.behind()]).toEqual([['b dropped', 'COMMIT'], undefined, false]);
  group.settle();
  expect(news()).toEqual([BEGIN, 'a open', 'COMMIT', 'written']);
  group.settle();
  expect(news()).toEqual([]);
});

test('flushed waits for ends, not for open requests', async () => {
  const { group, news } = open();
  group.wait(journalRequest('a'));
  expect(group.flushed()).toBe(undefined);
  group.replace(ended('a'));
  const done = group.flushed();
  await vi.advanceTimersByTimeAsync(0);
  await done;
  expect(news()).toEqual([BEGIN, 'a dropped', 'COMMIT', 'written']);
});

test('settled in the same turn, a group is not written again at its end', async () => {
  const { group, news } = open();
  group.join();
  group.settle();
  group.wait(ended('b'));
  group.join();
  await vi.advanceTimersByTimeAsync(0);
  expect(news()).toEqual([BEGIN, 'COMMIT', 'written', BEGIN, 'b dropped', 'COMMIT', 'written']);
});

test('requests that the database refused wait on, and are written with what comes next', async () => {
  const { group, news, state } = open();
  group.wait(ended('a'));
  state.refuse.add('a dropped');
  await vi.advanceTimersByTimeAsync(WAIT_MS);
  expect([news(), group.behind(), state.inTransaction]).toEqual([[BEGIN, 'lost', 'ROLLBACK'], true, false]);
  await vi.advanceTimersByTimeAsync(9 * WAIT_MS);
  expect(news()).toEqual([]);
  expect(() => group.settle()).toThrow('no a dropped');
  news();
  state.refuse.clear();
  group.settle();
  expect([news(), group.behind()]).toEqual([[BEGIN, 'a dropped', 'COMMIT', 'written'], false]);
});

test('who joined learns that nothing was committed; with nothing waiting nobody is behind', async () => {
  const { group, news, state } = open();
  state.refuse.add('COMMIT');
  group.join();
  const joined = expect(group.joined()).rejects.toThrow('no COMMIT');
  await vi.advanceTimersByTimeAsync(0);
  await joined;
  expect([news(), group.behind()]).toEqual([[BEGIN, 'lost', 'ROLLBACK'], false]);
  state.refuse.clear();
  group.wait(journalRequest('a'));
  await vi.advanceTimersByTimeAsync(2 * WAIT_MS);
  expect(news()).toEqual([BEGIN, 'a open', 'COMMIT', 'written']);
});

test('a transaction that the database has given up is not rolled back by us: its requests wait on', () => {
  const { group, news, state } = open();
  group.wait(ended('a'));
  group.join();
  state.inTransaction = false;
  state.refuse.add('COMMIT');
  expect(() => group.settle()).toThrow('no COMMIT');
  expect([news(), group.behind()]).toEqual([[BEGIN, 'lost'], true]);
  expect(group.waiting('a')?.stage).toBe('dropped');
});

test('once stopped, nothing is written by itself', async () => {
  const { group, news } = open();
  group.wait(ended('a'));
  group.stop();
  await vi.advanceTimersByTimeAsync(9 * WAIT_MS);
  expect(news()).toEqual([]);
});
