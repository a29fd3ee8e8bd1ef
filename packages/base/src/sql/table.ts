/**
 * Tables as they are declared: each column once, with its type. What makes the table, what writes a row and what reads one follow
 * from the declaration, for SQLite and for PostgreSQL.
 */

/** What a column holds: integers of 64 bits, text, bytes, nothing. */
export type SqlValue = bigint | number | string | Uint8Array | null;

/** A row of a database without real numbers; every integer is a bigint. */
export type SqlRow = Readonly<Record<string, bigint | string | Uint8Array | null>>;

/** A statement with the values of its `?`. */
export type SqlStatement = readonly [sql: string, ...values: readonly SqlValue[]];

/** Databases that a statement can be for. */
export type SqlDialect = 'sqlite' | 'postgres';

/** How values of one type are kept. */
export interface Column<Value> {
  readonly type: 'integer' | 'text' | 'bytes';
  readonly nullable: boolean;
  /** Name in the database where it is not the member's in snake case. */
  readonly name?: string;
  /** Further SQL behind the type, such as `CHECK (units >= 0)`. */
  readonly clause?: string;
  readonly toSql: (value: Value) => SqlValue;
  /** Trusts the database: it holds what was written. */
  readonly fromSql: (value: SqlRow[string]) => Value;
}

const kept = <Value extends SqlValue>(type: Column<Value>['type']): Column<Value> => ({
  type,
  nullable: false,
  toSql: (value) => value,
  fromSql: (value) => value as Value,
});

/** Integers below 2^63. */
export const bigints: Column<bigint> = kept('integer');
/** Integers that fit a number exactly. */
export const numbers: Column<number> = { ...kept('integer'), fromSql: Number };
/** 0 and 1. */
export const booleans: Column<boolean> = {
  ...kept<bigint>('integer'),
  toSql: (value) => (value ? 1 : 0),
  fromSql: (value) => value === 1n,
};
/** Bytes. */
export const bytes: Column<Uint8Array> = kept('bytes');
/** Text, or one of a few words. */
export const texts = <Word extends string = string>(): Column<Word> => kept('text');
/** Numbers that are one of a few. */
export const numberedAs = <Value extends number>(): Column<Value> => ({
  ...kept<Value>('integer'),
  fromSql: (value) => Number(value) as Value,
});
/** Anything JSON can tell, as text. */
export const json = <Value>(): Column<Value> => ({
  type: 'text',
  nullable: false,
  toSql: (value) => JSON.stringify(value),
  fromSql: (value) => JSON.parse(value as string) as Value,
});

/** The same, or nothing. */
export const orNull = <Value>(column: Column<Value>): Column<Value | null> => ({
  ...column,
  nullable: true,
  toSql: (value) => (value === null ? null : column.toSql(value)),
  fromSql: (value) => (value === null || value === undefined ? null : column.fromSql(value)),
});

/** The same under a name of its own. */
export const named = <Value>(name: string, column: Column<Value>): Column<Value> => ({ ...column, name });

/** The same with further SQL behind its type. */
export const constrained = <Value>(column: Column<Value>, clause: string): Column<Value> => ({ ...column, clause });

/** A column of words that the database checks. */
export const oneOf = <Word extends string>(...words: readonly Word[]): Column<Word> => ({
  ...texts<Word>(),
  clause: `IN (${inList(words)})`,
});

/** `'a','b'`: words of the program, never of anybody else, for SQL's IN. */
export const inList = (words: readonly string[]): string => words.map((word) => `'${word}'`).join(',');

/** Columns of a table by the members of its rows. */
export type Columns<Row> = { readonly [Member in keyof Row]-?: Column<Row[Member]> };

/** A table and its statements. */
export interface Table<Row> {
  readonly name: string;
  /** The statements that make it. */
  readonly create: (dialect: SqlDialect) => string;
  /** `INSERT INTO t (...) VALUES (...)`. */
  readonly insert: string;
  /** The same; a row with this key stays as it is. */
  readonly insertMissing: string;
  /** The same; a row with this key is replaced. */
  readonly upsert: string;
  /** The same; a row that is equal in these members, which some constraint has unique, is replaced but for its key. */
  readonly replaceOn: (...members: readonly (keyof Row & string)[]) => string;
  /** Values of the four above. */
  readonly values: (row: Row) => SqlValue[];
  /** `SELECT * FROM t`. */
  readonly select: string;
  /** A row, of which it takes its own columns. */
  readonly read: (row: SqlRow) => Row;
}

/** What is declared of a table beside its columns. */
export interface TableOptions<Row> {
  readonly key: readonly (keyof Row & string)[];
  /** Lines of SQL behind the columns. */
  readonly constraints?: readonly string[];
  /** Statements behind CREATE TABLE, such as CREATE INDEX. */
  readonly indexes?: readonly string[];
  /** Words of SQLite behind the table; STRICT by default, where the database checks the types of values. */
  readonly sqliteOptions?: '' | 'STRICT' | 'WITHOUT ROWID';
}

const snakeCase = (member: string): string => member.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const types: Readonly<Record<SqlDialect, Readonly<Record<Column<unknown>['type'], string>>>> = {
  sqlite: { integer: 'INTEGER', text: 'TEXT', bytes: 'BLOB' },
  postgres: { integer: 'BIGINT', text: 'TEXT', bytes: 'BYTEA' },
};

interface NamedColumn extends Column<never> {
  readonly member: string;
  readonly name: string;
}

const excluded = (names: readonly string[]): string => names.map((each) => `${each} = excluded.${each}`).join(', ');

const clauseOf = ({ name, clause }: NamedColumn): string => {
  if (clause === undefined) return '';
  return clause.startsWith('IN ') ? ` CHECK (${name} ${clause})` : ` ${clause}`;
};

/** Declares a table. */
export const defineTable = <Row extends object>(
  name: string,
  columns: Columns<Row>,
  { key, constraints = [], indexes = [], sqliteOptions = 'STRICT' }: TableOptions<Row>,
): Table<Row> => {
  const list = Object.entries<Column<never>>(columns as never).map(
    ([member, column]): NamedColumn => ({ ...column, member, name: column.name ?? snakeCase(member) }),
  );
  const nameOf = (member: string): string => list.find((column) => column.member === member)?.name as string;
  const keys = key.map(nameOf);
  const [alone] = keys.length === 1 ? keys : [];
  const lineOf = (dialect: SqlDialect, column: NamedColumn): string =>
    `${column.name} ${types[dialect][column.type]}${column.name === alone ? ' PRIMARY KEY' : column.nullable ? '' : ' NOT NULL'}${clauseOf(column)}`;
  const rest = list.filter((column) => !keys.includes(column.name)).map((column) => column.name);
  const insert = `INSERT INTO ${name} (${list.map((column) => column.name).join(', ')}) VALUES (${list.map(() => '?').join(', ')})`;
  const onKey = `ON CONFLICT (${keys.join(', ')}) DO`;
  return {
    name,
    insert,
    insertMissing: `${insert} ${onKey} NOTHING`,
    upsert: `${insert} ${onKey} ${rest.length === 0 ? 'NOTHING' : `UPDATE SET ${excluded(rest)}`}`,
    replaceOn: (...members) => {
      const unique = members.map(nameOf);
      return `${insert} ON CONFLICT (${unique.join(', ')}) DO UPDATE SET ${excluded(rest.filter((each) => !unique.includes(each)))}`;
    },
    values: (row) => list.map((column) => column.toSql(row[column.member as keyof Row] as never)),
    select: `SELECT * FROM ${name}`,
    read: (row) => {
      const found: Record<string, unknown> = {};
      for (const column of list) found[column.member] = column.fromSql(row[column.name] as SqlRow[string]);
      return found as Row;
    },
    create: (dialect) => {
      // SQLite numbers its rows by itself.
      const numbered = dialect === 'postgres' ? ['rowid BIGINT GENERATED ALWAYS AS IDENTITY'] : [];
      const compound = keys.length > 1 ? [`PRIMARY KEY (${keys.join(', ')})`] : [];
      const lines = [...list.map((column) => lineOf(dialect, column)), ...numbered, ...compound, ...constraints];
      const table = `CREATE TABLE IF NOT EXISTS ${name} (\n  ${lines.join(',\n  ')}\n)${dialect === 'sqlite' ? ` ${sqliteOptions}` : ''};`;
      return [table, ...indexes.map((index) => `${index};`)].join('\n');
    },
  };
};
