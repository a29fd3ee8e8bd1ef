/**
 * Requests on their way into a SQLite journal: an open one is a record of the log at once and a row soon after, with its end if that comes
 * first.
 */
import type { Sqlite } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { createWriteGroup } from './group.ts';
import type { IntentLog } from './intents.ts';
import { FINISH, finishValues, foreignRequest, NEWEST } from './queries.ts';
import { createRecentReceipts } from './recent.ts';
import { requests, toReceipt } from './tables.ts';
import type { Journal, JournalReceipt, JournalRequest } from './types.ts';

/** What the end of a request changes. */
type RequestEnd = Parameters<Journal['finishRequest']>[1];

/** Bytes of the log before it is emptied, which costs less the rarer it is. */
const LOG_LIMIT = 256 * 1_024;

/** Groups between two emptyings with `power`, where the log holds nothing: they note how far the journal is. */
const NOTE_EACH = 64;

/** What a request writer works with. */
export interface RequestWriterParameters {
  readonly sqlite: Sqlite;
  readonly log: () => IntentLog | undefined;
  /** With `power` a transaction is as cheap as a record of the log: the sync counts. */
  readonly durability: 'process' | 'power';
}

/** The writes of a journal that concern requests. */
export interface RequestWriter {
  /** Resolves when the request survives the end of the process. */
  readonly add: (request: JournalRequest) => Promise<void>;
  readonly addForeign: (stack: bigint, receipt: JournalReceipt, nowMs: number) => Promise<void>;
  readonly finish: (requestId: string, end: RequestEnd) => void;
  readonly insertMissing: (request: JournalRequest) => void;
  /** The receipts next to an index from memory; undefined when it does not reach there. */
  readonly near: (stack: bigint, index: number) => readonly JournalReceipt[] | undefined;
  /** Resolves when everything written so far survives the end of the process. */
  readonly flushed: () => Promise<void>;
  /** Writes what waits, now. */
  readonly settle: () => void;
  readonly stop: () => void;
}

/** Makes the writer. */
export const createRequestWriter = ({ sqlite, log, durability }: RequestWriterParameters): RequestWriter => {
  const { path, inMemory, guarded } = sqlite;
  const insertMissing = (request: JournalRequest): void =>
    void guarded(() => sqlite.run(requests.insertMissing, ...requests.values(request)));
  const recent = createRecentReceipts((stack) => {
    group.settle();
    const row = guarded(() => sqlite.get(NEWEST, stack));
    return row && toReceipt(row);
  });
  const isFull = (): boolean => (log()?.size() ?? 0) > LOG_LIMIT;
  let written = 0;
  const group = createWriteGroup({
    inTransaction: () => sqlite.db.isTransaction,
    run: (sql) => void guarded(() => sqlite.run(sql)),
    write: (request, known) => {
      if (known) guarded(() => sqlite.get(FINISH, ...finishValues(request.requestId, request)));
      else insertMissing(request);
    },
    isFull,
    onWritten: () => {
      try {
        if (isFull() || (durability === 'power' && ++written % NOTE_EACH === 0)) log()?.empty();
      } catch {
        // It goes on growing, and is emptied after a later group.
      }
    },
    onLost: () => recent.clear(),
  });

  const mayWait = (): boolean => inMemory || (log() !== undefined && durability === 'process');
  const add = async (request: JournalRequest): Promise<void> => {
    const { requestId, stage } = request;
    if (stage !== 'open' || !mayWait()) {
      group.join();
      guarded(() => sqlite.run(requests.insert, ...requests.values(request)));
      await group.joined();
      return;
    }
    if (group.waiting(requestId)) throw buyerError('JOURNAL', { path, why: `it has request ${requestId} already` });
    guarded(() => {
      if (group.behind()) group.settle();
      log()?.append(request);
    });
    group.wait(request);
  };
  /** Changes a request without receipt or refusal; returns its stack, or undefined when there is none such. */
  const change = (requestId: string, end: RequestEnd): bigint | undefined => {
    const waiting = group.waiting(requestId);
    if (waiting) {
      if (waiting.stage !== 'open' && waiting.stage !== 'dropped') return undefined;
      group.replace({ ...waiting, ...end });
      return waiting.stack;
    }
    group.join();
    return guarded(() => sqlite.get(FINISH, ...finishValues(requestId, end)))?.stack as bigint | undefined;
  };
  return {
    add,
    addForeign: async (stack, receipt, nowMs) => {
      group.settle();
      if (guarded(() => sqlite.get('SELECT 1 FROM request WHERE id = ?', receipt.requestId))) return;
      const kept = add(foreignRequest(stack, receipt, nowMs));
      recent.add(stack, receipt);
      await kept;
    },
    finish: (requestId, end) => {
      const { index, units, cumulative, answer, answerSignature } = end;
      const stack = change(requestId, end);
      if (stack !== undefined && index !== null && units !== null && cumulative !== null && answer && answerSignature)
        recent.add(stack, { requestId, index, units, cumulative, receipt: answer, signature: answerSignature });
    },
    insertMissing,
    near: recent.near,
    flushed: () => group.flushed() ?? Promise.resolve(),
    settle: group.settle,
    stop: group.stop,
  };
};
