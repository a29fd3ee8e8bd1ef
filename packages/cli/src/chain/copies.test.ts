/** Archives of a ledger that were damaged or made by somebody else: each is refused by name, and the ledger there stays. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { cleanMachine } from '../testing/process.ts';
import { readArchive, writeArchive } from './copies.ts';

const makeLedger = (directory: string, text: string): void => {
  mkdirSync(join(directory, 'ledger'), { recursive: true });
  writeFileSync(join(directory, 'ledger/ledger.db'), text);
  writeFileSync(join(directory, 'deployment.json'), '{}');
};

const place = () => {
  const { home } = cleanMachine();
  const [from, to, file] = [join(home, 'from'), join(home, 'to'), join(home, 'archive')] as const;
  makeLedger(from, 'new');
  makeLedger(to, 'old');
  return { from, to, file };
};

const archiveOf = (head: unknown, body: string): Buffer => gzipSync(`${JSON.stringify(head)}\n${body}`);

test('an archive takes the place of the ledger there', () => {
  const { from, to, file } = place();
  writeArchive(from, file);
  readArchive(file, to);
  expect(readFileSync(join(to, 'ledger/ledger.db'), 'utf8')).toBe('new');
});

const format = 'atoma-ledger/1';
const whole = [
  { name: 'ledger/ledger.db', size: 1 },
  { name: 'deployment.json', size: 2 },
];
test.each([
  ['not packed', Buffer.from('hello')],
  ['no JSON in front', gzipSync('hello\nworld')],
  ['nothing', archiveOf(null, '')],
  ['a list', archiveOf([], '')],
  ['another format', archiveOf({ format: 'zip', entries: whole }, 'x{}')],
  ['no entries', archiveOf({ format }, '')],
  ['an entry that is null', archiveOf({ format, entries: [null] }, '')],
  ['sizes that are text', archiveOf({ format, entries: whole.map((each) => ({ ...each, size: '1' })) }, 'x{}')],
  [
    'sizes below nothing',
    archiveOf(
      {
        format,
        entries: [
          { ...whole[0], size: -2 },
          { ...whole[1], size: 5 },
        ],
      },
      'x{}',
    ),
  ],
  ['a path that leads out', archiveOf({ format, entries: [...whole, { name: 'ledger/../x', size: 0 }] }, 'x{}')],
  ['the folder itself', archiveOf({ format, entries: [...whole, { name: 'ledger/..', size: 0 }] }, 'x{}')],
  ['too few bytes', archiveOf({ format, entries: whole }, 'x')],
  ['no contract', archiveOf({ format, entries: whole.slice(0, 1) }, 'x')],
  ['no ledger', archiveOf({ format, entries: whole.slice(1) }, '{}')],
])('refused: %s', (_, bytes) => {
  const { to, file } = place();
  writeFileSync(file, bytes);
  expect(() => readArchive(file, to)).toThrow(expect.objectContaining({ code: 'CLI_BAD_ARCHIVE' }));
  expect(readFileSync(join(to, 'ledger/ledger.db'), 'utf8')).toBe('old');
  expect(existsSync(`${to}.${process.pid}.tmp`)).toBe(false);
});

test('refused: one byte less than was written', () => {
  const { from, to, file } = place();
  writeArchive(from, file);
  writeFileSync(file, gzipSync(gunzipSync(readFileSync(file)).subarray(0, -1)));
  expect(() => readArchive(file, to)).toThrow('cut off');
  expect(readFileSync(join(to, 'ledger/ledger.db'), 'utf8')).toBe('old');
});
