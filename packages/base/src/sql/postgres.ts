/** PostgreSQL as an engine, over a client that the caller brings. */
import type { AtomaError } from '../errors.ts';
import type { SqlEngine } from './engine.ts';
import { type Schema, schemaStep } from './schema.ts';
import type { SqlFault } from './sqlite.ts';
import type { SqlRow, SqlStatement, SqlValue } from './table.ts';

/** One session, as the package `pg` gives it; 8-byte integers and sums come as bigints. */
export interface PostgresClient {
  readonly query: (
    sql: string,
    values?: unknown[],
  ) => Promise<{ readonly rows: readonly unknown[]; readonly rowCount: number | null }>;
}

/** `?` to `$1`, `$2`, .... */
const numberedMarks = (sql: string): string => {
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
};

const bindable = (value: SqlValue): unknown => (value instanceof Uint8Array ? Buffer.from(value) : value);

/** Bytes as such, without the members that Buffer adds. */
const plain = (row: SqlRow): SqlRow =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? new Uint8Array(value) : value]),
  );

/** Makes the engine; `refuse` makes its errors. One session does one thing after the other. */
export const postgresEngine = (client: PostgresClient, refuse: (fault: SqlFault) => AtomaError): SqlEngine => {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const next = last.then(work).catch((error: unknown) => {
      throw refuse({ kind: 'failed', why: (error as Error).message, cause: error });
    });
    last = next.catch(() => undefined);
    return next;
  };
  const ask = ([sql, ...values]: SqlStatement) => client.query(numberedMarks(sql), values.map(bindable));
  const rows = async (statement: SqlStatement) => ((await ask(statement)).rows as readonly SqlRow[]).map(plain);
  return {
    all: (...statement) => inTurn(() => rows(statement)),
    get: (...statement) => inTurn(async () => (await rows(statement))[0]),
    run: (...statement) => inTurn(async () => (await ask(statement)).rowCount ?? 0),
    atomically: (statements) =>
      inTurn(async () => {
        await client.query('BEGIN');
        try {
          for (const statement of statements) await ask(statement);
          await client.query('COMMIT');
        } catch (error) {
          await client.query('ROLLBACK');
          throw error;
        }
      }),
  };
};

/** Brings the tables of the session's schema to the present version, which a table of its own keeps. Throws what `refuse` makes. */
export const openPostgres = async (
  client: PostgresClient,
  schema: Schema,
  refuse: (fault: SqlFault) => AtomaError,
): Promise<SqlEngine> => {
  await client.query('BEGIN');
  try {
    await client.query('CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)');
    await client.query('LOCK TABLE schema_version IN EXCLUSIVE MODE');
    const [row] = (await client.query('SELECT version FROM schema_version')).rows as readonly SqlRow[];
    const found = Number(row?.version ?? 0);
    const step = schemaStep(schema, found, 'postgres');
    if (step.kind === 'newer' || step.kind === 'older') throw refuse({ kind: step.kind, found, known: schema.version });
    if (step.kind === 'run') {
      await client.query(step.sql);
      await client.query('DELETE FROM schema_version');
      await client.query('INSERT INTO schema_version VALUES ($1)', [schema.version]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  return postgresEngine(client, refuse);
};
