import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/** A row of a database without real numbers; every integer is a bigint. */
export type SqlRow = Readonly<Record<string, bigint | string | Uint8Array | null>>;

/** Statements of one database, prepared once each. */
export interface Statements {
  readonly prepared: (sql: string) => StatementSync;
  /** First row, or undefined. */
  readonly get: (sql: string, ...values: SQLInputValue[]) => SqlRow | undefined;
  readonly all: (sql: string, ...values: SQLInputValue[]) => readonly SqlRow[];
  /** Lets go of all of them, before the database is closed. */
  readonly clear: () => void;
}

/** Keeps the prepared statements of `db`; integers are read as bigints. Errors are those of node:sqlite. */
export const openStatements = (db: DatabaseSync): Statements => {
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
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
