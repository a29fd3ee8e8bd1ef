import { DatabaseSync } from 'node:sqlite';
import { createStatements } from '@atoma/base';
import { expect, test } from 'vitest';
import { SCHEMA_VERSION, schema } from './schema.ts';

/** Tables and indexes of the first format, as SQLite tells them; spaces aside. */
const FORMAT_1 = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID
CREATE TABLE types (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)
CREATE TABLE objects (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, version INTEGER NOT NULL, kind INTEGER NOT NULL, owner BLOB, initial INTEGER, type INTEGER NOT NULL, transferable INTEGER NOT NULL, digest BLOB, previous BLOB, rebate INTEGER NOT NULL, contents BLOB)
CREATE UNIQUE INDEX objects_version ON objects (id, version)
CREATE TABLE live (id BLOB PRIMARY KEY, seq INTEGER NOT NULL, kind INTEGER NOT NULL, owner BLOB, type INTEGER NOT NULL, balance BLOB) WITHOUT ROWID
CREATE INDEX live_owner ON live (owner, kind, type, balance DESC, id) WHERE owner IS NOT NULL
CREATE INDEX live_type ON live (type)
CREATE TABLE packages (id BLOB PRIMARY KEY, original BLOB NOT NULL, version INTEGER NOT NULL, checkpoint INTEGER NOT NULL) WITHOUT ROWID
CREATE INDEX packages_original ON packages (original, version)
CREATE TABLE transactions (sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, sender BLOB NOT NULL, checkpoint INTEGER NOT NULL, data BLOB NOT NULL, signatures BLOB NOT NULL, effects BLOB NOT NULL, effects_digest BLOB NOT NULL, extra TEXT NOT NULL)
CREATE INDEX transactions_sender ON transactions (sender, sequence)
CREATE TABLE calls (package BLOB NOT NULL, module TEXT NOT NULL, function TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (package, module, function, sequence)) WITHOUT ROWID
CREATE TABLE events (sequence INTEGER NOT NULL, number INTEGER NOT NULL, package BLOB NOT NULL, module TEXT NOT NULL, sender BLOB NOT NULL, type INTEGER NOT NULL, contents BLOB NOT NULL, PRIMARY KEY (sequence, number)) WITHOUT ROWID
CREATE INDEX events_type ON events (type, sequence, number)
CREATE INDEX events_module ON events (package, module, sequence, number)
CREATE TABLE checkpoints (sequence INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, content_digest BLOB NOT NULL, epoch INTEGER NOT NULL, timestamp INTEGER NOT NULL, total INTEGER NOT NULL, end_of_epoch INTEGER NOT NULL, contents BLOB NOT NULL, gas BLOB NOT NULL, state TEXT NOT NULL, last_object INTEGER NOT NULL)
`;

test('the declarations make the tables of the format they name, column for column', () => {
  const db = new DatabaseSync(':memory:');
  db.exec(createStatements(schema, 'sqlite'));
  const made = db.prepare('SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid').all();
  const told = made.map(({ sql }) => `${sql}`.replace(/\s+/g, ' ').replace(/\( | (?=\))/g, (space) => space.trim()));
  expect(SCHEMA_VERSION).toBe(1);
  expect(told.map((line) => line.trim())).toEqual(FORMAT_1.trim().split('\n'));
  db.close();
});
