/**
 * Requests about to be sent, in a record log beside the journal: writing one down costs one `write`, not a transaction. The head names the
 * owner; the records are open requests: numbers, texts and lengths in JSON, bytes.
 */
import { openRecordLog, type RecordLog, readRecordLog } from '@atoma/base';
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

/** Bytes of the numbers a request begins with: length of its texts, stack, max_units, time. */
const NUMBERS = 28;

const encode = (r: JournalRequest): readonly Uint8Array[] => {
  const { requestId, endpoint, model, tag, envelope, signature, body } = r;
  const lengths = [envelope.length, signature.length, body?.length ?? null];
  const texts = Buffer.from(JSON.stringify([requestId, endpoint, model, tag, ...lengths]));
  const numbers = Buffer.alloc(NUMBERS);
  numbers.writeUInt32LE(texts.length, 0);
  numbers.writeBigInt64LE(r.stack, 4);
  numbers.writeBigInt64LE(r.maxUnits, 12);
  numbers.writeBigInt64LE(BigInt(r.createdMs), 20);
  return [numbers, texts, envelope, signature, ...(body ? [body] : [])];
};

const decode = (payload: Buffer): JournalRequest => {
  let at = NUMBERS;
  const take = (length: number): Uint8Array => {
    at += length;
    return new Uint8Array(payload.subarray(at - length, at));
  };
  const [requestId, endpoint, model, tag, envelope, signature, body] = JSON.parse(
    new TextDecoder().decode(take(payload.readUInt32LE(0))),
  ) as [string, string, string, string, number, number, number | null];
  return {
    requestId,
    stack: payload.readBigInt64LE(4),
    endpoint,
    model,
    maxUnits: payload.readBigInt64LE(12),
    envelope: take(envelope),
    signature: take(signature),
    body: body === null ? null : take(body),
    tag,
    stage: 'open',
    ...noAnswer,
    createdMs: Number(payload.readBigInt64LE(20)),
    finishedMs: null,
  };
};

/** Starts the log of an owner. */
export const openIntents = (path: string, owner: string): IntentLog => {
  const log = openRecordLog(path, Buffer.from(owner));
  return { ...log, append: (request) => log.append(encode(request)) };
};

/** Reads a log. */
export const readIntents = (path: string): FoundIntents => {
  const { head, records, damagedAt } = readRecordLog(path);
  return { owner: head?.toString(), requests: records.map(decode), damagedAt };
};
