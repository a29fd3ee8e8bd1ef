/**
 * Requests about to be sent, in a record log beside the journal: writing one down costs one `write`, not a transaction. The head names the
 * owner; the records are open requests.
 */
import { type LogRecord, openRecordLog, type RecordLog, readRecordLog } from '@atoma/base';
import { type JournalRequest, noAnswer } from './types.ts';

/** The log of an owner. */
export interface IntentLog extends Omit<RecordLog, 'append'> {
  /** Writes a request down. Throws a RangeError for numbers that the database would refuse later. */
  readonly append: (request: JournalRequest) => void;
}

/** What a log holds. */
export interface FoundIntents {
  /** Whose requests they are; undefined when there is no log. */
  readonly owner: string | undefined;
  /** In the order they were written, all of them open. */
  readonly requests: readonly JournalRequest[];
  /** As in FoundRecords of `@atoma/base`. */
  readonly damagedAt: number | undefined;
}

/** Throws a RangeError for numbers that the database would refuse later. */
const encode = (r: JournalRequest): LogRecord => {
  const numbers = Buffer.alloc(24);
  numbers.writeBigInt64LE(r.stack, 0);
  numbers.writeBigInt64LE(r.maxUnits, 8);
  numbers.writeBigInt64LE(BigInt(r.createdMs), 16);
  return { values: [r.requestId, r.endpoint, r.model, r.tag], blobs: [numbers, r.envelope, r.signature, r.body] };
};

const decode = ({ values, blobs }: LogRecord): JournalRequest => {
  const [requestId, endpoint, model, tag] = values as [string, string, string, string];
  const [bytes, envelope, signature, body] = blobs as [Uint8Array, Uint8Array, Uint8Array, Uint8Array | null];
  const numbers = Buffer.from(bytes);
  return {
    requestId,
    stack: numbers.readBigInt64LE(0),
    endpoint,
    model,
    maxUnits: numbers.readBigInt64LE(8),
    envelope,
    signature,
    body,
    tag,
    stage: 'open',
    ...noAnswer,
    createdMs: Number(numbers.readBigInt64LE(16)),
    finishedMs: null,
  };
};

/** Starts the log of an owner. */
export const openIntents = (path: string, owner: string): IntentLog => {
  const log = openRecordLog(path, owner);
  return { ...log, append: (request) => log.append(encode(request)) };
};

/** Reads a log. */
export const readIntents = (path: string): FoundIntents => {
  const { head, records, damagedAt } = readRecordLog(path);
  return { owner: head, requests: records.map(decode), damagedAt };
};
