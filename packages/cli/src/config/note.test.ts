/** Notes in files of a home directory, as programs before left them, cut them or never wrote them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { announcedRunning } from '../chain/running.ts';
import { rememberIds, seenIds } from '../chain/seen-ids.ts';
import { cleanMachine } from '../testing/process.ts';
import { readKept } from '../up/plan.ts';
import { runningUp } from '../up/running-market.ts';
import { dropNote } from './note.ts';
import { runningServer, serverFile } from './served.ts';
import { readSettings, type Settings } from './settings.ts';

const settings = (): Settings => {
  const { home } = cleanMachine();
  return readSettings({ env: { ATOMA_HOME: join(home, 'home'), HOME: home }, cwd: home, flags: {} });
};

const write = (file: string, text: string): string => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};

const damaged = ['', '{', 'null', '[]', '7', '"pid"', '{}', `{"pid":"${process.pid}","url":"http://127.0.0.1:1"}`];

test.each(damaged)('a note %j says as much as none, and stays: its program may be about to write it', (text) => {
  const here = settings();
  const served = write(serverFile(here), text);
  const up = write(join(here.home.directory, 'up.json'), text);
  const other = write(join(here.home.directory, 'running/node-1.json'), text);
  expect([runningServer(here), runningUp(here), announcedRunning(here)]).toEqual([undefined, undefined, []]);
  expect([served, up, other].map((file) => readFileSync(file, 'utf8'))).toEqual([text, text, text]);
});

test('notes of this process are found, one with members of a later version too', () => {
  const here = settings();
  const server = { pid: process.pid, url: 'http://127.0.0.1:1' };
  write(serverFile(here), JSON.stringify({ ...server, later: true }));
  expect(runningServer(here)).toMatchObject(server);
  const note = { what: 'gateway', pid: process.pid, address: null };
  write(join(here.home.directory, 'running/gateway.json'), JSON.stringify(note));
  expect(announcedRunning(here)).toEqual([note]);
});

test.each([...damaged, '{"up":[]}', '{"up":{"task":[["1"]]}}', '{"up":{"task":[[1,2]]}}', '{"up":{"task":{}}}'])(
  'ids for completion start over at %j',
  (text) => {
    const here = settings();
    write(join(here.home.directory, 'completion.json'), text);
    expect(seenIds(here, 'up', 'task')).toEqual([]);
    rememberIds(here, 'up', 'task', [['1', 'chat']]);
    expect(seenIds(here, 'up', 'task')).toEqual([['1', 'chat']]);
  },
);

const kept = {
  nodes: 5,
  level: 1,
  seed: 'a',
  epochMs: 1_000,
  price: '100',
  models: [{ name: 'm', role: 0 }],
  engine: null,
  file: null,
  deployment: '{}',
};
test.each([
  '',
  '{',
  'null',
  ...[{ level: 3 }, { price: 100 }, { price: 'x' }, { models: [{ name: 'm' }] }, { nodes: '5' }].map((wrong) =>
    JSON.stringify({ ...kept, ...wrong }),
  ),
])('a kept market %j is refused by its file, which stays', (text) => {
  const directory = cleanMachine().home;
  const file = write(join(directory, 'market.json'), text);
  expect(() => readKept(directory)).toThrow(
    expect.objectContaining({ code: 'UP_KEPT_DAMAGED', message: expect.stringContaining(file) }),
  );
  expect(existsSync(file)).toBe(true);
});

test('a program removes its own note, and leaves the one that another has put in its place', () => {
  const here = settings();
  const own = write(serverFile(here), JSON.stringify({ pid: process.pid, url: 'http://127.0.0.1:1' }));
  dropNote(own);
  expect(existsSync(own)).toBe(false);
  write(own, JSON.stringify({ pid: process.ppid, url: 'http://127.0.0.1:2' }));
  dropNote(own);
  expect(runningServer(here)).toMatchObject({ pid: process.ppid });
});
