/** What the journal keeps when its process dies at once, and what it does when the disk refuses. */
import fs, {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { journalRequest as request, journalStack as stack } from '../../testing/journal-fixtures.ts';
import { WAIT_MS } from './group.ts';
import { readIntents } from './intents.ts';
import { type OpenJournalParameters, openJournal } from './sqlite.ts';
import type { Journal } from './types.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-journal-durability-'));
let files = 0;
const newPath = (): string => join(mkdtempSync(join(directory, `${files++}-`)), 'journal.sqlite');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };
const claimed = async (path: string, more: Partial<OpenJournalParameters> = {}): Promise<Journal> => {
  const journal = await openJournal({ path, ...more });
  await journal.claim(owner);
  return journal;
};
const receipt = {
  stage: 'receipt' as const,
  index: 0,
  units: 40n,
  cumulative: 40n,
  answer: Uint8Array.of(3),
  answerSignature: Uint8Array.of(4),
  finishedMs: 2,
};
const refused = { ...receipt, stage: 'refused' as const, index: null, units: null, cumulative: null };

const ends = ['', '-wal', '-intents'];
/** The files as they are now: what a process that is killed now leaves. */
const leftBy = (path: string, which: readonly string[] = ends): string => {
  const copy = newPath();
  for (const end of which) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
  return copy;
};
/** Ids of the requests in the database itself, seen by another process. */
const inDatabase = (path: string): readonly string[] => {
  const db = new DatabaseSync(path, { readOnly: true });
  const rows = db.prepare('SELECT id FROM request ORDER BY rowid').all() as { id: string }[];
  db.close();
  return rows.map(({ id }) => id);
};
const stages = async (journal: Journal): Promise<unknown> =>
  Object.fromEntries((await journal.listRequests({})).map(({ requestId, stage }) => [requestId, stage]));
const failure = expect.objectContaining({ code: 'BUYER_JOURNAL' });

const { writeSync } = fs;
const { run, get } = StatementSync.prototype;
const replace = (methods: Partial<Record<'writeSync', unknown>>): void => {
  Object.assign(fs, { writeSync }, methods);
  syncBuiltinESMExports();
};
afterEach(() => {
  vi.useRealTimers();
  replace({});
  Object.assign(StatementSync.prototype, { run, get });
});
/** First words of the statements that write requests or commit, as they are made. */
const countWrites = (): string[] => {
  const made: string[] = [];
  const note = (original: unknown) =>
    function (this: StatementSync, ...values: unknown[]) {
      if (/^(COMMIT|(INSERT INTO|UPDATE) request)/.test(this.sourceSQL))
        made.push(this.sourceSQL.split(' ')[0] as string);
      return (original as (...all: unknown[]) => unknown).apply(this, values);
    };
  Object.assign(StatementSync.prototype, { run: note(run), get: note(get) });
  return made;
};

test.each(['process', 'power'] as const)('killed after a request was flushed (%s): it is there', async (durability) => {
  const path = newPath();
  const journal = await claimed(path, { durability });
  await journal.putStack(stack(1n));
  const rows = ['a', 'b'].map((id) => request(id, { tag: 'k:1', body: Uint8Array.of(1, 2) }));
  for (const row of rows) await journal.addRequest(row);
  await journal.flushed();
  const copy = leftBy(path);
  expect(readIntents(`${copy}-intents`).requests).toEqual(durability === 'process' ? rows : []);

  const looked = await openJournal({ path: leftBy(copy), readOnly: true });
  expect(await stages(looked)).toEqual({ a: 'open', b: 'open' });
  expect(await looked.meters(1n)).toMatchObject({ open: 200n, exposure: 200n });
  await looked.close();

  const next = await claimed(copy, { durability });
  expect(await next.listRequests({ tag: 'k:1' })).toEqual(rows.toReversed());
  expect(await next.meters(1n)).toMatchObject({ open: 200n, exposure: 200n });
  expect(inDatabase(copy)).toEqual(['a', 'b']);
  expect(readIntents(`${copy}-intents`).requests).toEqual([]);
  await next.close();
  await journal.close();
});

test('killed after its end was written: it is there once, as it ended', async () => {
  const path = newPath();
  const journal = await claimed(path);
  for (const id of ['a', 'b', 'c']) await journal.addRequest(request(id));
  await journal.finishRequest('a', receipt);
  await journal.finishRequest('b', refused);
  await journal.flushed();
  const expected = { a: 'receipt', b: 'refused', c: 'open' };
  const copy = leftBy(path);
  expect(readIntents(`${copy}-intents`).requests).toHaveLength(3);
  for (let start = 0; start < 2; start++) {
    // The same log once more, as if the process had died before it was emptied.
    copyFileSync(`${path}-intents`, `${copy}-intents`);
    const next = await claimed(copy);
    expect(await stages(next)).toEqual(expected);
    expect((await next.neighbours(1n, 0)).map(({ requestId }) => requestId)).toEqual(['a']);
    await next.close();
  }
  expect(inDatabase(copy)).toHaveLength(3);
  await journal.close();
});

test('killed before its end was written: it is open', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  await journal.flushed();
  await journal.finishRequest('a', receipt);
  const next = await claimed(leftBy(path));
  expect(await stages(next)).toEqual({ a: 'open' });
  await next.close();
  await journal.close();
});

test('killed after any steps, it knows every request and every end that was flushed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('add' as const) },
    { weight: 3, arbitrary: fc.constantFrom('receipt' as const, 'dropped' as const, 'refused' as const) },
    { weight: 3, arbitrary: fc.constantFrom('flush' as const, 'read' as const, 'wait' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), fc.nat(), async (steps, seed) => {
      const path = newPath();
      const journal = await claimed(path);
      const expected: Record<string, string> = {};
      /** Of each request known when it was last flushed, the stages since: a read may have written one down. */
      let kept: Record<string, string[]> = {};
      const become = (id: string, stage: string): void => {
        expected[id] = stage;
        kept[id]?.push(stage);
      };
      let added = 0;
      for (const [n, one] of steps.entries()) {
        const open = Object.keys(expected).filter((id) => expected[id] === 'open' || expected[id] === 'dropped');
        const id = open[(seed + n) % Math.max(open.length, 1)];
        if (one === 'add') {
          await journal.addRequest(request(`r${added}`));
          become(`r${added++}`, 'open');
        } else if (one === 'read') {
          expect(await stages(journal)).toEqual(expected);
        } else if (one === 'wait') {
          vi.advanceTimersByTime(WAIT_MS);
        } else if (one !== 'flush' && id !== undefined) {
          await journal.finishRequest(
            id,
            one === 'receipt' ? { ...receipt, index: added } : { ...refused, stage: one },
          );
          become(id, one);
        }
        if (one !== 'flush' && one !== 'wait') continue;
        await journal.flushed();
        kept = Object.fromEntries(Object.entries(expected).map(([each, stage]) => [each, [stage]]));
      }
      const next = await claimed(leftBy(path));
      const found = (await stages(next)) as Record<string, string>;
      for (const [id, since] of Object.entries(kept)) expect(since).toContain(found[id]);
      expect(Object.keys(expected)).toEqual(expect.arrayContaining(Object.keys(found)));
      await next.close();
      expect(await stages(journal)).toEqual(expected);
      await journal.close();
    }),
    { numRuns: 60 },
  );
});

test('every read sees a request that waits, and its end', async () => {
  const reads: readonly ((journal: Journal) => unknown)[] = [
    async (journal) => (await journal.findRequest('a'))?.stage === 'receipt',
    async (journal) => (await journal.listRequests({ stages: ['receipt'] })).length === 1,
    async (journal) => (await journal.listRequests({ tag: 'k:1', stack: 1n }))[0]?.units === 40n,
    async (journal) => (await journal.meters(1n)).charged === 40n,
    async (journal) => (await journal.chargedByTag(0))[0]?.cost === 4_000n,
    async (journal) => (await journal.listReceipts(1n)).length === 1,
    async (journal) => (await journal.neighbours(1n, 0)).length === 1,
  ];
  for (const path of [':memory:', newPath()])
    for (const read of reads) {
      if (path !== ':memory:') rmSync(path, { force: true });
      const journal = await claimed(path);
      await journal.putStack(stack(1n));
      await journal.addRequest(request('a', { tag: 'k:1' }));
      expect((await journal.findRequest('a'))?.stage).toBe('open');
      await journal.addRequest(request('b', { tag: 'k:2' }));
      expect(await journal.meters(1n)).toMatchObject({ open: 200n });
      await journal.finishRequest('b', refused);
      await journal.finishRequest('a', receipt);
      await journal.finishRequest('a', refused);
      expect(await read(journal)).toBe(true);
      await journal.close();
      if (path !== ':memory:') for (const end of ends) rmSync(path + end, { force: true });
    }
});

test('other processes see a request under way some milliseconds later', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  expect(inDatabase(path)).toEqual([]);
  await expect.poll(() => inDatabase(path)).toEqual(['a']);
  await journal.finishRequest('a', receipt);
  await journal.flushed();
  const reader = await openJournal({ path, readOnly: true });
  expect(await stages(reader)).toEqual({ a: 'receipt' });
  await reader.close();
  await journal.close();
});

test('who only looks sees a request once, also when it is written meanwhile', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.putStack(stack(1n));
  await journal.addRequest(request('a'));
  const reader = await openJournal({ path, readOnly: true });
  expect(await stages(reader)).toEqual({ a: 'open' });
  await journal.finishRequest('a', receipt);
  await journal.addRequest(request('b'));
  expect(await journal.meters(1n)).toMatchObject({ charged: 40n, open: 100n });
  expect(await stages(reader)).toEqual({ a: 'receipt', b: 'open' });
  expect(await reader.listRequests({})).toHaveLength(2);
  expect(await reader.meters(1n)).toEqual(await journal.meters(1n));
  await reader.close();
  await journal.close();
});

test('a short request is written once, a long one twice, and what ends in one turn shares a transaction', async () => {
  const journal = await claimed(newPath());
  const writes = countWrites();
  for (const id of ['a', 'b']) await journal.addRequest(request(id));
  await journal.flushed();
  expect(writes).toEqual([]);
  for (const id of ['a', 'b']) await journal.finishRequest(id, receipt);
  await journal.flushed();
  expect(writes.splice(0)).toEqual(['INSERT', 'INSERT', 'COMMIT']);
  await journal.addRequest(request('c'));
  await expect.poll(() => writes.splice(0)).toEqual(['INSERT', 'COMMIT']);
  await journal.finishRequest('c', receipt);
  await journal.flushed();
  expect(writes).toEqual(['UPDATE', 'COMMIT']);
  await journal.close();
});

test('the log is emptied although there is always a request that is open', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('large', { body: new Uint8Array(300_000) }));
  let count = 0;
  const size = (): number => {
    void journal.addRequest(request(`r${count++}`));
    return statSync(`${path}-intents`).size;
  };
  expect(size()).toBeGreaterThan(300_000);
  await expect.poll(size, { interval: 5 }).toBeLessThan(100_000);
  await journal.close();
});

test('power: a request is in the database once it is added, those of one turn with one commit', async () => {
  const path = newPath();
  const before = await claimed(path);
  await before.addRequest(request('left'));
  const left = leftBy(path);
  await before.close();
  const journal = await claimed(left, { durability: 'power' });
  const writes = countWrites();
  await Promise.all(['a', 'b', 'c'].map((id) => journal.addRequest(request(id))));
  expect(writes).toEqual(['INSERT', 'INSERT', 'INSERT', 'COMMIT']);
  expect(inDatabase(left)).toEqual(['left', 'a', 'b', 'c']);
  await journal.close();
});

test('nobody but its holder touches the log', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  const bytes = readFileSync(`${path}-intents`);
  const beside = await openJournal({ path });
  await expect(beside.claim(owner)).rejects.toThrowError(expect.objectContaining({ code: 'BUYER_JOURNAL_IN_USE' }));
  await beside.close();
  const foreign = await openJournal({ path });
  await expect(foreign.claim({ ...owner, address: '0x4' })).rejects.toThrowError(
    expect.objectContaining({ code: 'BUYER_JOURNAL_FOREIGN' }),
  );
  await foreign.close();
  await (await openJournal({ path, readOnly: true })).close();
  expect(readFileSync(`${path}-intents`)).toEqual(bytes);
  await journal.addRequest(request('b'));
  const next = await claimed(leftBy(path));
  expect(await stages(next)).toEqual({ a: 'open', b: 'open' });
  await next.close();
  await journal.close();
});

test('the log of another owner, left beside a new journal, is not taken for its own', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  const copy = leftBy(path, ['-intents']);
  await journal.close();
  const other = await openJournal({ path: copy });
  await other.claim({ ...owner, chainId: 'another' });
  expect(await stages(other)).toEqual({});
  await other.close();
  const own = leftBy(path, ['-intents']);
  expect(readIntents(`${own}-intents`).requests).toEqual([]);
});

test('a request that cannot be written down is refused and leaves nothing', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  replace({
    writeSync: () => {
      throw Object.assign(new TypeError('no space left'), { code: 'ENOSPC' });
    },
  });
  await expect(journal.addRequest(request('b'))).rejects.toThrowError(failure);
  replace({});
  await expect(journal.addRequest(request('a'))).rejects.toThrowError(failure);
  await expect(journal.addRequest(request('big', { maxUnits: 2n ** 63n }))).rejects.toThrowError(failure);
  await journal.addRequest(request('c'));
  expect(await stages(journal)).toEqual({ a: 'open', c: 'open' });
  const next = await claimed(leftBy(path, ['-intents']));
  expect(await stages(next)).toEqual({ a: 'open', c: 'open' });
  await next.close();
  await journal.close();
});

test('when the database refuses, requests wait in the log, ends are kept, and no new request is taken on', async () => {
  const path = newPath();
  const journal = await claimed(path);
  const disk = new DatabaseSync(path);
  disk.exec(`CREATE TRIGGER full BEFORE INSERT ON request BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  await journal.addRequest(request('a'));
  await journal.addRequest(request('b'));
  await journal.finishRequest('a', receipt);
  await expect(journal.flushed()).rejects.toThrowError(failure);
  await expect(journal.addRequest(request('c'))).rejects.toThrowError(failure);
  await expect(journal.findRequest('a')).rejects.toThrowError(failure);
  const next = leftBy(path);
  disk.exec('DROP TRIGGER full');
  disk.close();
  await journal.addRequest(request('d'));
  expect(await stages(journal)).toEqual({ a: 'receipt', b: 'open', d: 'open' });
  await journal.close();

  const mended = new DatabaseSync(next);
  mended.exec('DROP TRIGGER full');
  mended.close();
  const after = await claimed(next);
  expect(await stages(after)).toEqual({ a: 'open', b: 'open' });
  await after.close();
});

test('a database that refuses what the log holds is not opened, and loses nothing', async () => {
  const path = newPath();
  const journal = await claimed(path);
  await journal.addRequest(request('a'));
  const copy = leftBy(path);
  await journal.close();
  const disk = new DatabaseSync(copy);
  disk.exec(`CREATE TRIGGER full BEFORE INSERT ON request BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  const next = await openJournal({ path: copy });
  await expect(next.claim(owner)).rejects.toThrowError(failure);
  disk.exec('DROP TRIGGER full');
  disk.close();
  await next.claim(owner);
  expect(await stages(next)).toEqual({ a: 'open' });
  await next.close();
});

test('the log is emptied once it is large, and when the journal is closed', async () => {
  const path = newPath();
  const journal = await claimed(path);
  const sizes: number[] = [];
  for (let n = 0; n < 1_200; n++) {
    await journal.addRequest(request(`r${n}`, { envelope: new Uint8Array(400) }));
    if (n % 50 !== 0) continue;
    await journal.findRequest('r0');
    sizes.push(statSync(`${path}-intents`).size);
  }
  expect(Math.max(...sizes)).toBeGreaterThan(200_000);
  expect(Math.max(...sizes)).toBeLessThan(300_000);
  expect(sizes.filter((size) => size < 1_000).length).toBeGreaterThan(1);
  await journal.close();
  expect(readIntents(`${path}-intents`)).toEqual({ owner: expect.any(String), requests: [], damagedAt: undefined });
  expect(inDatabase(path)).toHaveLength(1_200);
});

test('a damaged log keeps the journal shut until it is moved away; after a power cut what is before counts', async () => {
  const path = newPath();
  const journal = await claimed(path);
  for (const id of ['a', 'b', 'c']) await journal.addRequest(request(id));
  await journal.flushed();
  const copy = leftBy(path);
  await journal.close();
  const log = `${copy}-intents`;
  const bytes = readFileSync(log);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 150) ^ 1, bytes.length - 150);
  writeFileSync(log, bytes);
  const cut = leftBy(copy);

  const shut = await openJournal({ path: copy });
  await expect(shut.claim(owner)).rejects.toThrowError(failure);
  await shut.close();
  expect(readFileSync(log)).toEqual(bytes);
  renameSync(log, `${log}.damaged`);
  const next = await claimed(copy);
  expect(await stages(next)).toEqual({});
  await next.close();

  const before = await openJournal({ path: cut });
  await before.putSetting('boot', 'an earlier start of the machine');
  await before.close();
  const after = await openJournal({ path: cut });
  expect((await after.claim(owner)).kind).toBe('behind');
  expect(Object.keys((await stages(after)) as object).length).toBeGreaterThan(0);
  expect(await stages(after)).not.toHaveProperty('c');
  await after.close();
});
