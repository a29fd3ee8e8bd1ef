import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { defineErrors, discreetError } from './index.ts';

const MARK = 'xyzzy-marked-prompt-0815';
const child = resolve(import.meta.dirname, 'testing/indiscreet-child.ts');
const folder = mkdtempSync(join(tmpdir(), 'atoma-discretion-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('an error is told by what it is and where, never by its text', () => {
  const bad = new TypeError(`it said ${MARK}\n    at ${MARK} (x.ts:1:1)`);
  const told = discreetError(bad);
  expect(told.type).toBe('TypeError');
  expect(told.at[0]).toMatch(/^at .*discretion\.test\.ts/);
  expect(JSON.stringify(told)).not.toContain(MARK);
  bad.message = 'another text than its stack begins with';
  expect(discreetError(bad)).toEqual({ type: 'TypeError', at: [] });
  const errors = defineErrors('T', { BAD: { message: '{text}', hint: 'None.' } });
  expect(discreetError(errors('BAD', { text: MARK })).type).toBe('T_BAD');
  expect(discreetError(MARK)).toEqual({ type: 'string', at: [] });
});

/** Runs the child with every report switched on, in a folder of its own, without core files. */
const end = (how: string): Promise<{ readonly code: number | null; readonly said: string }> =>
  new Promise((done) => {
    const reports = ['on-fatalerror', 'uncaught-exception', 'on-signal'].map((each) => `--report-${each}`);
    const options = [...reports, `--diagnostic-dir=${folder}`, '--max-old-space-size=20', '--no-warnings'];
    const line = ['-c', 'ulimit -c 0; exec "$0" "$@"', process.execPath, ...options, child, how];
    const run = spawn('sh', line, { cwd: folder });
    let said = '';
    for (const stream of [run.stdout, run.stderr]) stream.on('data', (bytes) => (said += bytes));
    run.once('close', (code) => done({ code, said }));
    run.stdin.end(MARK);
  });

test.concurrent.each([
  ['an error that quotes what could not be parsed', 1, /^error SyntaxError\n {2}at JSON.parse .*\n.*indiscreet-child/],
  ['a promise nobody waits for, with frames in its text', 1, /^error TypeError\n {2}at /],
  ['something thrown that is no error', 1, /^error object\n/],
  ['no memory left', null, /heap/],
  ['the signal that opens an inspector', 7, /^$/],
  ['the signal that writes a report', null, /^$/],
])('nothing of a secret is told by %s', async (how, code, what) => {
  const { code: ended, said } = await end(how);
  expect([ended, said]).toEqual([code, expect.stringMatching(what)]);
  for (const part of [MARK, MARK.slice(0, 12), MARK.slice(-12)]) expect(said).not.toContain(part);
  expect(readdirSync(folder)).toEqual([]);
});
