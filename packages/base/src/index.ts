export { type Blake2bStream, blake2b256, loadFastBlake2b, openBlake2b256 } from './blake2b.ts';
export { bootId } from './boot.ts';
export { connectionFault } from './connection-fault.ts';
export { makeDirectory } from './directories.ts';
export { type DiscreetError, discreetError, keepToItself } from './discretion.ts';
export {
  AtomaError,
  defineErrors,
  type ErrorDetails,
  type ErrorEntry,
  type ErrorFactory,
  isAtomaError,
} from './errors.ts';
export { fromHex, toHex } from './hex.ts';
export {
  answerUnreadable,
  type BodyFault,
  clientSignal,
  endWith,
  type HeadFault,
  type HttpAnswer,
  headerOf,
  type Listening,
  listenOn,
  readWhole,
  serverTimes,
  type TextStream,
  takePresent,
  writeAnswer,
} from './http.ts';
export { type HttpCall, type HttpClient, type HttpClientParameters, openHttpClient } from './http-client.ts';
export { editDistance, nearest } from './nearest.ts';
export { type FoundRecords, type LogRecord, openRecordLog, type RecordLog, readRecordLog } from './record-log.ts';
export { copySqlite, isSqlite, sqliteDamage } from './sql/copy.ts';
export { type SqlEngine, sqliteEngine } from './sql/engine.ts';
export { type Hold, holdFile } from './sql/hold.ts';
export { differsFromMark, type Mark, markOf, openMark, readMark } from './sql/mark.ts';
export { openPostgres, type PostgresClient } from './sql/postgres.ts';
export { createStatements, type Migration, type Schema } from './sql/schema.ts';
export {
  BUSY_MS,
  type Durability,
  loadSqlite,
  type OpenSqliteParameters,
  openSqlite,
  SQLITE_BUSY,
  type SqlFault,
  type Sqlite,
  sqliteCode,
  sqliteVersion,
} from './sql/sqlite.ts';
export type { Statements } from './sql/statements.ts';
export {
  bigints,
  booleans,
  bytes,
  type Column,
  type Columns,
  constrained,
  defineTable,
  inList,
  json,
  named,
  numberedAs,
  numbers,
  oneOf,
  orNull,
  type SqlRow,
  type SqlStatement,
  type SqlValue,
  type Table,
  texts,
} from './sql/table.ts';
export { type StaticFile, type StaticSite, serveStatic, staticFile } from './static-site.ts';
export { sameText, tokenOf } from './token.ts';
export {
  inServerSpan,
  inSpan,
  type Span,
  type SpanFacts,
  type SpanStart,
  setTracer,
  type Tracer,
  traceHeaders,
} from './trace/trace.ts';
