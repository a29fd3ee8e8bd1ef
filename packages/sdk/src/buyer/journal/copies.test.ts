/** A journal that may lack requests says so: copies of every kind, a lost log, a restart of the machine. */
import { copyFileSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { copySqlite, markOf } from '@atoma/base';
import { afterAll, expect, test } from 'vitest';
import { journalRequest as request, journalStack as stack } from '../../testing/journal-fixtures.ts';
import { intentsOf } from './ownership.ts';
import { openJournal } from './sqlite.ts';
import { BEHIND, DOUBTED, type Journal, type JournalOutbox, type OutboxStage, UNUSED } from './types.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-copies-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const owner = { chainId: 'c', packageId: '0x2', address: '0x3' };
const whole = { kind: 'whole' };
const behind = (why: RegExp) => ({ kind: 'behind', why: expect.stringMatching(why), stacks: [1n, 2n] });

let places = 0;
/** A journal that was used and closed: two stacks that are watched, one that ended, one request. */
const used = async (): Promise<string> => {
  const path = join(directory, `place-${places++}`, 'journal.sqlite');
  const journal = await openJournal({ path });
  expect(await journal.claim(owner)).toEqual(whole);
  await journal.putStack(stack(1n));
  await journal.putStack(stack(2n, { stage: 'settled' }));
  await journal.putStack(stack(3n, { stage: 'ended' }));
  await journal.addRequest(request('first'));
  await journal.close();
  return path;
};
const more = async (path: string, ids: readonly string[], durability: 'process' | 'power' = 'process') => {
  const journal = await openJournal({ path, durability });
  expect(await journal.claim(owner)).toEqual(whole);
  for (const id of ids) await journal.addRequest(request(id));
  await journal.close();
};
const complete = async (journal: Journal) => (await journal.listStacks()).map((each) => each.complete);

/** Claims it twice: what was found counts from the first time on, and is said once. */
const found = async (path: string, expected: object): Promise<void> => {
  const journal = await openJournal({ path });
  expect(await journal.claim(owner)).toEqual(expected);
  await journal.close();
  const again = await openJournal({ path });
  expect(await again.claim(owner)).toEqual(whole);
  expect(await complete(again)).toEqual(expected === whole ? [true, true, true] : [false, false, true]);
  expect((await again.getSetting(BEHIND)) === undefined).toBe(expected === whole);
  await again.close();
};

test('a journal that is used where it lies stays whole, however its process ends', async () => {
  const path = await used();
  await found(path, whole);
  expect(statSync(markOf(path)).mode & 0o777).toBe(0o600);
  // Moved with all that lies beside it, within its file system, it is the same file.
  const moved = join(directory, 'moved');
  renameSync(dirname(path), moved);
  await found(join(moved, 'journal.sqlite'), whole);
});

test('an older copy of the database alone, put back over it, is behind its mark', async () => {
  for (const durability of ['process', 'power'] as const) {
    const path = await used();
    const copy = `${path}.copy`;
    copySqlite(path, copy);
    await more(path, ['second'], durability);
    copyFileSync(copy, path);
    await found(path, behind(/^it is an older copy: it holds 1 requests, and held 2$/));
  }
});

test('a copy of the folder is another file', async () => {
  const path = await used();
  const copy = join(directory, `copy-${places++}`);
  cpSync(dirname(path), copy, { recursive: true });
  await found(join(copy, 'journal.sqlite'), behind(/^it is a copy, or was moved to another file system$/));
  await found(path, whole);
});

test('what is under way, or was taken over, when a journal becomes a copy is noted; what comes later is not', async () => {
  const path = await used();
  const purchase = (subject: string, stage: OutboxStage): JournalOutbox => ({
    ...{ kind: 'purchase' as const, subject, stage, frozen: '{}', cost: 0n, transaction: null, signature: null },
    ...{ digest: null, expirationEpoch: null, failure: null, createdMs: 0, updatedMs: 0 },
  });
  const before = await openJournal({ path });
  await before.claim(owner);
  for (const stage of ['intent', 'built', 'submitted', 'confirmed'] as const)
    await before.putOutbox(purchase(stage, stage));
  await before.putSetting(`${UNUSED}7`, 'handoff');
  await before.close();
  rmSync(markOf(path));
  const after = await openJournal({ path });
  expect((await after.claim(owner)).kind).toBe('behind');
  await after.putOutbox(purchase('later', 'submitted'));
  const doubted = ['intent', 'built', 'submitted', 'confirmed', 'later'].map((id) =>
    after.getSetting(`${DOUBTED}${id}`),
  );
  expect(await Promise.all(doubted)).toEqual(['1', '1', '1', undefined, undefined]);
  expect(await after.getSetting(`${UNUSED}7`)).toBe('');
  await after.close();
});

test('without its mark, or the log of its last requests, nothing says that it is whole', async () => {
  const path = await used();
  rmSync(markOf(path));
  await found(path, behind(/^the file .*-mark beside it is missing$/));
  const other = await used();
  renameSync(intentsOf(other), `${other}.damaged`);
  await found(other, behind(/^its log of requests is missing$/));
});

test('a restart of the machine in the middle of its use may have cost requests; behind a clean end it has not', async () => {
  const path = await used();
  await found(path, whole);
  const cut = await openJournal({ path });
  await cut.putSetting('boot', 'an earlier start of the machine');
  await cut.close();
  await found(path, behind(/^the machine was restarted while it was in use$/));
  const safe = await used();
  const synced = await openJournal({ path: safe, durability: 'power' });
  await synced.putSetting('boot', 'an earlier start of the machine');
  expect(await synced.claim(owner)).toEqual(whole);
  await synced.close();
});

test('the mark follows the requests: at every emptying of the log, under power too', async () => {
  for (const [durability, count] of [
    ['process', 700],
    ['power', 300],
  ] as const) {
    const path = await used();
    const journal = await openJournal({ path, durability });
    await journal.claim(owner);
    const rows = () => Number(readFileSync(markOf(path), 'utf8').slice(0, 20));
    const before = rows();
    for (let n = 0; n < count; n++) {
      await journal.addRequest(request(`r${n}`, { envelope: new Uint8Array(400) }));
      if (n % 50 === 0) await journal.findRequest('r0');
    }
    expect([before, rows() > 200, rows() <= count + 1]).toEqual([1, true, true]);
    await journal.close();
    expect(rows()).toBe(count + 1);
  }
});

test('a process that is killed while it claims leaves a journal that is whole', async () => {
  const path = await used();
  rmSync(markOf(path));
  const journal = await openJournal({ path });
  await journal.putSetting('marked', '0'); // killed between the database and the mark
  expect(await journal.claim(owner)).toEqual(whole);
  await journal.close();
  await found(path, whole);
  // Or while it begins its log anew, what was in it being in the database.
  writeFileSync(intentsOf(path), '');
  await found(path, whole);
});
