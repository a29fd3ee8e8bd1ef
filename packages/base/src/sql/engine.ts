/** What is asked of a database that may be SQLite in this process or PostgreSQL elsewhere. */
import type { Sqlite } from './sqlite.ts';
import type { SqlRow, SqlStatement, SqlValue } from './table.ts';

/** A database by promises. Statements mark their values by `?`; each call is one transaction. Errors are the caller's own. */
export interface SqlEngine {
  readonly all: (sql: string, ...values: readonly SqlValue[]) => Promise<readonly SqlRow[]>;
  /** First row, or undefined. */
  readonly get: (sql: string, ...values: readonly SqlValue[]) => Promise<SqlRow | undefined>;
  /** Runs a change; resolves to how many rows it touched. */
  readonly run: (sql: string, ...values: readonly SqlValue[]) => Promise<number>;
  /** Runs all of these or none. */
  readonly atomically: (statements: readonly SqlStatement[]) => Promise<void>;
}

/** A file as an engine: everything is done before the promise is given. `before` runs first, for writes that wait elsewhere. */
export const sqliteEngine = (sqlite: Sqlite, before: () => void = () => undefined): SqlEngine => {
  const guarded = <Result>(work: () => Result): Result => {
    before();
    return sqlite.guarded(work);
  };
  return {
    all: async (sql, ...values) => guarded(() => sqlite.all(sql, ...values)),
    get: async (sql, ...values) => guarded(() => sqlite.get(sql, ...values)),
    run: async (sql, ...values) => guarded(() => sqlite.run(sql, ...values)),
    atomically: async (statements) =>
      guarded(() =>
        sqlite.transaction(() => {
          for (const [sql, ...values] of statements) sqlite.run(sql, ...values);
        }),
      ),
  };
};
