import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlRow, SqlValue } from './table.ts';

/** Statements of one database, prepared once each. */
export interface Statements {
  readonly prepared: (sql: string) => StatementSync;
  /** First row, or undefined. */
  readonly get: (sql: string, ...values: readonly SqlValue[]) => SqlRow | undefined;
  readonly all: (sql: string, ...values: readonly SqlValue[]) => readonly SqlRow[];
  /** Lets go of all of them, before the database is closed. */
  readonly clear: () => void;
}

/** Statements kept at most: lists make SQL of their filters. */
const MOST = 500;

/** Keeps the prepared statements of `db`; integers are read as bigints. Errors are those of node:sqlite. */
export const openStatements = (db: DatabaseSync): Statements => {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    if (statements.size >= MOST) statements.clear();
    statements.set(sql, statement);
    return statement;
  };
  return {
    prepared,
    get: (sql, ...values) => prepared(sql).get(...values) as SqlRow | undefined,
    all: (sql, ...values) => prepared(sql).all(...values) as unknown as readonly SqlRow[],
    clear: () => statements.clear(),
  };
};
