import { resolve } from 'node:path';
import { digestText } from './internal/base58.ts';
import { change, clearObjects, type Ledger, stateOf } from './internal/state.ts';
import { readMeta } from './internal/store/checkpoint-rows.ts';
import { type Database, getRow, getRows, guarded, run } from './internal/store/database.ts';
import { SCHEMA_VERSION } from './internal/store/schema.ts';
import { ledgerError } from './ledger-errors.ts';
import { bumpGeneration, checkFile } from './snapshot.ts';

/** Everything but `meta`, which is of the chain as a whole, and `types`, whose numbers other processes remember. */
const TABLES = ['objects', 'live', 'packages', 'transactions', 'calls', 'events', 'checkpoints'] as const;

/** Versions at which an object left the live set have type 0. */
const MAPPED = 'coalesce((SELECT map.new FROM temp.type_map AS map WHERE map.old = type), type)';

const copyTable = (db: Database, table: string): void => {
  const names = getRows(db, `SELECT name FROM pragma_table_info('${table}')`).map((row) => row.name as string);
  const values = names.map((name) => (name === 'type' ? MAPPED : name));
  run(db, `DELETE FROM main.${table}`);
  run(db, `INSERT INTO main.${table} (${names.join(', ')}) SELECT ${values.join(', ')} FROM copy.${table}`);
};

/** What makes the chain this one and no other. */
const copyIdentity = (db: Database): void => {
  run(db, "DELETE FROM main.meta WHERE name <> 'generation'");
  run(db, "INSERT INTO main.meta (name, value) SELECT name, value FROM copy.meta WHERE name <> 'generation'");
};

/** Type numbers are given in order of first use, so two copies of a chain may number them differently. */
const copyRows = (db: Database): void => {
  run(db, 'INSERT OR IGNORE INTO main.types (text) SELECT text FROM copy.types ORDER BY id');
  run(db, 'CREATE TEMP TABLE type_map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL)');
  run(db, 'INSERT INTO temp.type_map SELECT c.id, m.id FROM copy.types AS c JOIN main.types AS m ON m.text = c.text');
  for (const table of TABLES) copyTable(db, table);
  run(db, 'DROP TABLE temp.type_map');
};

const assertReadable = (db: Database, file: string): void => {
  const { user_version: found } = getRow(db, 'PRAGMA copy.user_version') as { user_version: number };
  if (found === 0) throw ledgerError('DATA_CORRUPT', { file, reason: 'it holds no ledger' });
  if (found !== SCHEMA_VERSION) throw ledgerError('DATA_VERSION', { file, found, expected: SCHEMA_VERSION });
};

const assertSameChain = (db: Database, file: string): void => {
  const given = getRow(db, "SELECT value FROM copy.meta WHERE name = 'chain'")?.value as Uint8Array;
  const expected = readMeta(db, 'chain');
  if (Buffer.compare(given, expected) !== 0)
    throw ledgerError('OTHER_CHAIN', { file, given: digestText(given), expected: digestText(expected) });
};

/**
 * Brings an open ledger to the state of an exported copy, of the same chain unless asked otherwise, earlier or later, while others go on using it:
 * objects, history, time, epoch, randomness. One transaction: readers see the one state or the other. Costs as much as the
 * copy is large. With `otherChain` the copy may be of another chain, which takes this one's place: chain id, seed and clock
 * mode too. Throws LEDGER_OTHER_CHAIN, LEDGER_DATA_CORRUPT, LEDGER_DATA_VERSION.
 */
export const restoreCopy = (ledger: Ledger, file: string, options: { readonly otherChain?: boolean } = {}): void => {
  const state = stateOf(ledger);
  const { db } = state;
  const path = resolve(file);
  checkFile(path);
  guarded(path, () => db.handle.prepare('ATTACH DATABASE ? AS copy').run(path));
  try {
    assertReadable(db, path);
    if (!options.otherChain) assertSameChain(db, path);
    change(state, () => {
      state.dirty = true;
      copyRows(db);
      if (options.otherChain) copyIdentity(db);
      bumpGeneration(state);
    });
  } finally {
    db.statements.clear(); // no prepared statement may hold the copy open
    guarded(path, () => db.handle.exec('DETACH DATABASE copy'));
  }
  state.head = undefined;
  clearObjects(state);
};
