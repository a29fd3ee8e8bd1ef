import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { commitInput, requestInput } from '../../testing/ledger-fixtures.ts';
import { openSqliteStore } from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-crash-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const child = resolve(import.meta.dirname, '../../testing/crash-child.ts');

const runUntilKilled = (
  path: string,
  point: string,
  durability: string,
): Promise<{ signal: string | null; lines: readonly string[] }> =>
  new Promise((done) => {
    const process_ = execFile(
      process.execPath,
      ['--no-warnings', child, path, point, durability],
      { timeout: 120_000 },
      (_, stdout) => done({ signal: process_.signalCode, lines: stdout.split('\n').filter((line) => line !== '') }),
    );
  });

const points = [
  ...[1, 2, 3].flatMap((n) =>
    ['before-reserve', 'after-reserve', 'inside-commit', 'after-commit'].map((at) => `${at}-${n}`),
  ),
  'after-draining',
  'inside-freeze',
  'after-freeze',
  'after-events',
  'after-built',
  'after-submitted',
];

/** Writes to the log: its head, then three commits. */
const logPoints = [
  ...[1, 2, 3, 4].flatMap((n) => ['before', 'half', 'after'].map((at) => `${at}-write-${n}`)),
  // The stack, then the three commits behind their log.
  ...[1, 2].flatMap((n) => [`before-rows-${n}`, `after-rows-${n}`]),
  ...['start', 'empty', 'mark'].flatMap((what) => [`before-${what}`, `after-${what}`]),
];
/** Points at which a commit is safe that nobody has been told of. */
const untold = ['after-write-2', 'after-write-3', 'after-write-4'];

test.concurrent.each([
  ...points.map((point, i) => [point, i % 2 === 0 ? 'power' : 'process'] as const),
  ...logPoints.map((point) => [point, 'process'] as const),
])('killed at %s (%s), the ledger recovers and loses nothing acknowledged', async (point, durability) => {
  const path = join(directory, `${point}.db`);
  const { signal, lines } = await runUntilKilled(path, point, durability);
  expect(signal).toBe('SIGKILL');
  const store = openSqliteStore({ path, durability: 'process' });
  const recovery = await store.recover();
  expect(recovery.breaches).toEqual([]);
  expect(recovery.quarantined).toEqual([]);
  const commits = lines.filter((line) => line.startsWith('commit')).length + (untold.includes(point) ? 1 : 0);
  const stack = await store.findStack(7n);
  if (point === 'before-rows-1') expect(stack).toBeUndefined();
  else expect(stack).toMatchObject({ reserved: 0n, nextLeaf: commits });
  expect(await store.listLeaves(7n)).toHaveLength(commits);
  expect((await store.totals()).openRows).toBe(0);
  const settle = await store.findOutbox('settle', '7');
  expect(settle?.frozen).toBe(lines.includes('freeze') ? '6' : undefined);
  if (settle) expect(stack?.state).not.toBe('open');
  if (lines.includes('built')) expect(await store.findOutbox('claim', '7')).toMatchObject({ digest: 'D' });
  await store.close();
});

test('after a kill inside the write of a commit the retry takes the same leaf', async () => {
  const path = join(directory, 'retry.db');
  await runUntilKilled(path, 'half-write-3', 'process');
  const store = openSqliteStore({ path, durability: 'process' });
  await store.recover();
  expect(await store.reserve({ ...requestInput(7n, 2), bound: 50n })).toEqual({ kind: 'reserved', attempt: 1 });
  expect(await store.commit(commitInput(7n, 2, 2n))).toMatchObject({ index: 1, cumulative: 3n });
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
  await store.close();
});
