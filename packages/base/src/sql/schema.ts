/** The tables of a database with their version, and the way to them from earlier ones. */
import type { SqlDialect, Table } from './table.ts';

/** The way from one earlier version to the present one, in one transaction. */
export interface Migration {
  /** Runs before tables that are missing are made. */
  readonly before?: string;
  /** Runs behind it. */
  readonly after?: string;
}

/** Tables of a database. */
export interface Schema {
  readonly version: number;
  // biome-ignore lint/suspicious/noExplicitAny: tables of all kinds of rows
  readonly tables: readonly Table<any>[];
  /** By the version that is found. A version that is not named here is not opened. */
  readonly migrations?: Readonly<Record<number, Migration>>;
}

/** What is to be done to a database of some version: 0 is an empty one. */
export type SchemaStep =
  | { readonly kind: 'present' }
  | { readonly kind: 'run'; readonly sql: string }
  | { readonly kind: 'newer' }
  | { readonly kind: 'older' };

/** Statements that make all tables. */
export const createStatements = ({ tables }: Schema, dialect: SqlDialect): string =>
  tables.map((table) => table.create(dialect)).join('\n');

/** The step from the version that was found. The version is written by whoever runs it, in the same transaction. */
export const schemaStep = (schema: Schema, found: number, dialect: SqlDialect): SchemaStep => {
  if (found === schema.version) return { kind: 'present' };
  if (found > schema.version) return { kind: 'newer' };
  const migration = found === 0 ? {} : schema.migrations?.[found];
  if (!migration) return { kind: 'older' };
  const { before = '', after = '' } = migration;
  return { kind: 'run', sql: `${before}\n${createStatements(schema, dialect)}\n${after}` };
};
