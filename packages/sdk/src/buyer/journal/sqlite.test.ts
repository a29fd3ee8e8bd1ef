import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Readable } from 'node:stream';
import { afterAll, expect, test } from 'vitest';
import { journalContract } from '../../testing/journal-contract.ts';
import { journalRequest as request, journalStack as stack } from '../../testing/journal-fixtures.ts';
import { openJournal } from './sqlite.ts';
import type { Journal } from './types.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-journal-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const receipt = (index: number, units: bigint, cumulative: bigint) => ({
  stage: 'receipt' as const,
  index,
  units,
  cumulative,
  answer: Uint8Array.of(3),
  answerSignature: Uint8Array.of(4),
  finishedMs: 2,
});

/** Indices around `at` as a receipt's neighbours are listed: nearest below first, then the next above. */
const known = (indices: readonly number[], at: number): readonly number[] => [
  ...indices.filter((one) => one <= at).sort((a, b) => b - a),
  ...indices.filter((one) => one > at).sort((a, b) => a - b),
];

const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };

let places = 0;
journalContract('SQLite', async () => {
  const path = join(directory, `place-${places++}`, 'journal.sqlite');
  return { open: () => openJournal({ path }) };
});

test('the file is private, remembers its owner, and has one user at a time', async () => {
  const path = join(directory, 'deep/er/journal.sqlite');
  const journal = await openJournal({ path });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, 'deep')).mode & 0o077).toBe(0);
  await journal.claim(owner);
  const second = await openJournal({ path });
  await expect(second.claim(owner)).rejects.toThrowError(expect.objectContaining({ code: 'BUYER_JOURNAL_IN_USE' }));
  await second.close();
  await journal.close();
  const third = await openJournal({ path });
  await expect(third.claim({ ...owner, address: '0x4' })).rejects.toThrowError(
    expect.objectContaining({ code: 'BUYER_JOURNAL_FOREIGN' }),
  );
  await third.close();
});

test('neighbours from memory are those of the file, in whatever order receipts come', async () => {
  const path = join(directory, 'neighbours.sqlite');
  const journal = await openJournal({ path });
  await journal.putStack(stack(1n));
  const orders = [0, 1, 5, 3, 4, 2, 9, 8, 12];
  orders.forEach((_, n) => void journal.addRequest(request(`r${n}`)));
  for (const [n, index] of orders.entries()) {
    await journal.neighbours(1n, index);
    await journal.finishRequest(`r${n}`, receipt(index, 1n, BigInt(index)));
    await journal.flushed();
    const reader = await openJournal({ path, readOnly: true });
    for (let at = 0; at < 14; at++) {
      const indices = async (each: Journal) => (await each.neighbours(1n, at)).map((near) => near.index);
      const [own, fresh] = [await indices(journal), await indices(reader)];
      const nearest = (indices: readonly number[] | undefined) => [
        indices?.find((one) => one <= at),
        indices?.find((one) => one > at),
      ];
      expect(nearest(own)).toEqual(nearest(known(orders.slice(0, n + 1), at)));
      expect(nearest(fresh)).toEqual(nearest(own));
    }
    await reader.close();
  }
  await journal.close();
});

const sqliteFile = JSON.stringify(join(import.meta.dirname, 'sqlite.ts'));

/** Another process that takes the journal and says so. */
const holder = async (path: string): Promise<ChildProcess> => {
  const code = `const { openJournal } = await import(${sqliteFile});
    const journal = await openJournal({ path: ${JSON.stringify(path)} });
    journal.claim(${JSON.stringify(owner)});
    console.log('taken');
    setInterval(() => journal, 1000);`;
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as Readable, 'data');
  return child;
};

test('held by a living process, free once it is killed, whoever has its number then', async () => {
  const path = join(directory, 'held.sqlite');
  const child = await holder(path);
  const journal = await openJournal({ path });
  await expect(journal.claim(owner)).rejects.toThrowError(
    expect.objectContaining({
      code: 'BUYER_JOURNAL_IN_USE',
      details: expect.objectContaining({ holder: `process ${child.pid}` }),
    }),
  );
  child.kill('SIGKILL');
  await once(child, 'exit');
  await journal.putSetting('holder', String(process.ppid)); // as if the number had been given out again
  await journal.claim(owner);
  await journal.close();
});

/** How the connections opened by `work` wait for the disk: 1 NORMAL, 2 FULL. */
const synchronousOf = async (work: () => Promise<{ close: () => void }>): Promise<readonly unknown[]> => {
  const opened = new Set<DatabaseSync>();
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
    opened.add(this);
    return prepare.call(this, sql);
  } as typeof prepare;
  try {
    const store = await work();
    const found = [...opened].map((db) => Object.values(prepare.call(db, 'PRAGMA synchronous').get() as object)[0]);
    store.close();
    return found;
  } finally {
    DatabaseSync.prototype.prepare = prepare;
  }
};

test('a journal of version 1 is carried over: a request may be the whole of its stacks', async () => {
  const path = join(directory, 'version-1.sqlite');
  const journal = await openJournal({ path });
  await journal.putStack(stack(7n, { largestRequest: 40n }));
  await journal.close();
  const raw = new DatabaseSync(path);
  raw.exec('ALTER TABLE stack DROP COLUMN largest_request; PRAGMA user_version = 1');
  raw.close();
  const again = await openJournal({ path });
  expect(await again.findStack(7n)).toMatchObject({ units: 1_000n, largestRequest: 1_000n });
  await again.close();
});

test('power: the disk is waited for with every commit, and a restart of the machine is no interruption', async () => {
  for (const [durability, level] of [
    ['process', 1],
    ['power', 2],
  ] as const) {
    const path = join(directory, `${durability}.sqlite`);
    const open = async () => {
      const journal = await openJournal({ path, durability });
      await journal.claim(owner);
      await journal.addRequest(request('a'));
      await journal.flushed();
      return journal;
    };
    expect(await synchronousOf(open)).toEqual([level]);
    const before = await openJournal({ path, durability });
    await before.putSetting('boot', 'an earlier start of the machine');
    await before.close();
    const after = await openJournal({ path, durability });
    expect((await after.claim(owner)).kind).toBe(durability === 'process' ? 'behind' : 'whole');
    expect((await after.findRequest('a'))?.stage).toBe('open');
    await after.close();
  }
});

test('what was flushed under power is in the file, whatever becomes of the process', async () => {
  const path = join(directory, 'flushed.sqlite');
  const journal = await openJournal({ path, durability: 'power' });
  await journal.addRequest(request('a'));
  await journal.flushed();
  const copy = join(directory, 'flushed-copy.sqlite');
  for (const end of ['', '-wal']) copyFileSync(path + end, copy + end);
  await journal.close();
  const other = await openJournal({ path: copy, readOnly: true });
  expect(await other.findRequest('a')).toMatchObject({ requestId: 'a', stage: 'open' });
  await other.close();
});

test('only what has all of a receipt is one to its neighbours in memory', async () => {
  const journal = await openJournal({ path: ':memory:' });
  await journal.putStack(stack(1n));
  await journal.addRequest(request('first'));
  await journal.finishRequest('first', receipt(0, 1n, 1n));
  const indices = async () => (await journal.neighbours(1n, 5)).map(({ index }) => index);
  expect(await indices()).toEqual([0]);
  for (const missing of ['units', 'cumulative', 'answer', 'answerSignature']) {
    await journal.addRequest(request(missing));
    await journal.finishRequest(missing, { ...receipt(1, 1n, 2n), [missing]: null });
    expect(await indices()).toEqual([0]);
  }
  await journal.addRequest(request('whole'));
  await journal.finishRequest('whole', receipt(1, 1n, 2n));
  expect(await indices()).toEqual([1, 0]);
  await journal.close();
});
