import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { defineErrors } from '../errors.ts';
import type { Schema } from './schema.ts';
import { openSqlite, type SqlFault } from './sqlite.ts';
import {
  bigints,
  booleans,
  bytes,
  constrained,
  defineTable,
  json,
  named,
  numbers,
  oneOf,
  orNull,
  texts,
} from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-sql-'));
let files = 0;
const newPath = (): string => join(directory, `${files++}`, 'a.sqlite');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const fault = defineErrors('TEST', { FAULT: { message: '{kind}', hint: '' } });
const refuse = ({ kind, ...more }: SqlFault) =>
  fault('FAULT', 'found' in more ? { kind, found: more.found, known: more.known } : { kind });
const open = (path: string, schema: Schema, readOnly = false) => openSqlite({ path, schema, readOnly, refuse });

interface Thing {
  readonly id: bigint;
  readonly firstName: string;
  readonly count: number;
  readonly good: boolean;
  readonly raw: Uint8Array | null;
  readonly tags: readonly string[];
  readonly state: 'on' | 'off';
}
const things = defineTable<Thing>(
  'thing',
  {
    id: bigints,
    firstName: texts(),
    count: named('how_many', constrained(numbers, 'CHECK (how_many >= 0)')),
    good: booleans,
    raw: orNull(bytes),
    tags: json<readonly string[]>(),
    state: oneOf('on', 'off'),
  },
  { key: ['id'], constraints: ['UNIQUE (first_name)'] },
);
const thing: Thing = {
  id: 2n ** 62n,
  firstName: `o'ne`,
  count: 3,
  good: true,
  raw: null,
  tags: ['a', '"'],
  state: 'on',
};
const schema: Schema = { version: 2, tables: [things] };

test('a row comes back as it was put, by insert, upsert and replacement', () => {
  const sqlite = open(':memory:', schema);
  const stored = () => sqlite.all(`${things.select} ORDER BY id`).map(things.read);
  sqlite.run(things.insert, ...things.values(thing));
  expect(stored()).toEqual([thing]);
  const changed = { ...thing, firstName: 'two', good: false, raw: Uint8Array.of(0, 255), state: 'off' as const };
  sqlite.run(things.insertMissing, ...things.values(changed));
  expect(stored()).toEqual([thing]);
  sqlite.run(things.upsert, ...things.values(changed));
  expect(stored()).toEqual([changed]);
  sqlite.run(things.replaceOn('firstName'), ...things.values({ ...changed, id: 9n, count: 7 }));
  expect(stored()).toEqual([{ ...changed, count: 7 }]);
  sqlite.close();
});

test('the database checks words, clauses and types', () => {
  const sqlite = open(':memory:', schema);
  for (const wrong of [{ state: 'broken' }, { count: -1 }, { count: 1.5 }, { firstName: null }, { id: 2n ** 64n }])
    expect(() =>
      sqlite.guarded(() => sqlite.run(things.insert, ...things.values({ ...thing, ...wrong } as never))),
    ).toThrow('failed');
  expect(sqlite.all(things.select)).toEqual([]);
  sqlite.close();
});

test('a new file is private, has its tables, its version and a write-ahead log', () => {
  const path = newPath();
  const sqlite = open(path, schema);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  expect(sqlite.get('PRAGMA user_version')).toEqual({ user_version: 2n });
  expect(sqlite.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
  expect(sqlite.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1n });
  sqlite.close();
});

/** A file of version 1, in which a thing had one more column and no state. */
const oldFile = (version = 1): string => {
  const path = newPath();
  open(path, { version: 1, tables: [] }).close();
  const db = new DatabaseSync(path);
  db.exec(`CREATE TABLE thing (id INTEGER PRIMARY KEY, first_name TEXT NOT NULL, age INTEGER NOT NULL) STRICT;
    INSERT INTO thing VALUES (5, 'five', 1); PRAGMA user_version = ${version}`);
  db.close();
  return path;
};
const migrated: Schema = {
  ...schema,
  migrations: {
    1: {
      before: 'ALTER TABLE thing RENAME TO thing_1;',
      after: `INSERT INTO thing SELECT id, first_name, age, 1, NULL, '[]', 'off' FROM thing_1; DROP TABLE thing_1;`,
    },
  },
};
const five = { id: 5n, firstName: 'five', count: 1, good: true, raw: null, tags: [], state: 'off' };

test('an earlier version is migrated, whole or not at all, and never just stamped', () => {
  const path = oldFile();
  expect(() => open(path, schema)).toThrowError(
    expect.objectContaining({ details: { kind: 'older', found: 1, known: 2 } }),
  );
  const broken = {
    ...migrated,
    migrations: { 1: { ...migrated.migrations?.[1], after: 'DROP TABLE thing_1; NONSENSE;' } },
  };
  expect(() => open(path, broken)).toThrow('failed');
  const sqlite = open(path, migrated);
  expect(sqlite.all(things.select).map(things.read)).toEqual([five]);
  expect(sqlite.get('PRAGMA user_version')).toEqual({ user_version: 2n });
  sqlite.close();
  const again = open(path, migrated);
  expect(again.all(things.select).map(things.read)).toEqual([five]);
  again.close();
});

test('a file of a newer version, or no database at all, is not opened and stays as it is', () => {
  const path = oldFile(3);
  for (const readOnly of [false, true])
    expect(() => open(path, migrated, readOnly)).toThrowError(
      expect.objectContaining({ details: { kind: 'newer', found: 3, known: 2 } }),
    );
  const db = new DatabaseSync(path);
  expect(db.prepare('SELECT age FROM thing').all()).toEqual([{ age: 1 }]);
  db.close();
  expect(() => open(directory, schema)).toThrow('failed');
});

test('a transaction is undone when its work throws, and errors of a catalogue are let through', () => {
  const sqlite = open(':memory:', schema);
  expect(() =>
    sqlite.transaction(() => {
      sqlite.run(things.insert, ...things.values(thing));
      throw new TypeError('stop');
    }),
  ).toThrow('stop');
  expect(sqlite.all(things.select)).toEqual([]);
  expect(() => sqlite.guarded(() => sqlite.run('NONSENSE'))).toThrow('failed');
  sqlite.close();
  expect(() => sqlite.guarded(() => sqlite.run(things.select))).toThrow('failed');
});
