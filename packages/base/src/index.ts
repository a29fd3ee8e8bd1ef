export { type Blake2bStream, blake2b256, loadFastBlake2b, openBlake2b256 } from './blake2b.ts';
export { connectionFault } from './connection-fault.ts';
export { makeDirectory } from './directories.ts';
export {
  AtomaError,
  defineErrors,
  type ErrorDetails,
  type ErrorEntry,
  type ErrorFactory,
  isAtomaError,
} from './errors.ts';
export { fromHex, toHex } from './hex.ts';
export { type Hold, holdFile } from './hold.ts';
export {
  type BodyFault,
  clientSignal,
  endWith,
  type HttpAnswer,
  headerOf,
  type Listening,
  listenOn,
  readWhole,
  serverTimes,
  type TextStream,
  writeAnswer,
} from './http.ts';
export { type HttpCall, type HttpClient, type HttpClientParameters, openHttpClient } from './http-client.ts';
export { editDistance, nearest } from './nearest.ts';
export { type FoundRecords, type LogRecord, openRecordLog, type RecordLog, readRecordLog } from './record-log.ts';
export { openStatements, type SqlRow, type Statements } from './statements.ts';
