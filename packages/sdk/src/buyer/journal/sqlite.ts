/** The journal in a SQLite file. Loads `node:sqlite` with the first journal, not with the package. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import {
  type Hold,
  holdFile,
  isAtomaError,
  makeDirectory,
  openStatements,
  type SqlRow,
  type Statements,
} from '@atoma/base';
import { buyerError } from '../errors.ts';
import { createWriteGroup } from './group.ts';
import { type IntentLog, openIntents, readIntents } from './intents.ts';
import { showIntents } from './preview.ts';
import { createRecentReceipts } from './recent.ts';
import { big, number, requestColumns, text, toEvidence, toOutbox, toReceipt, toRequest, toStack } from './rows.ts';
import { JOURNAL_SCHEMA, JOURNAL_VERSION } from './schema.ts';
import type { Journal, JournalOwner, JournalReceipt, JournalRequest, StackMeters } from './types.ts';

/** How to open a journal. */
export interface OpenJournalParameters {
  /** File, made with mode 0600 (its directory 0700), or `:memory:`. */
  readonly path: string;
  /**
   * `process` (default): what was written survives the end of the process; `power`: a power cut too, at the price of a disk
   * sync for each request.
   */
  readonly durability?: 'process' | 'power';
  /** Who claims it, for people who find it in use. Default: the number of this process. */
  readonly holder?: string;
  /**
   * Only look; nothing can be written and nobody is kept out. Requests that were under way when the journal was opened are seen
   * even if the process that sent them died before the database had them.
   */
  readonly readOnly?: boolean;
}

/** Differs after every start of the machine. */
const bootId = (): string =>
  existsSync('/proc/sys/kernel/random/boot_id')
    ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    : 'unknown';

/** The log of requests about to be sent, beside the journal. */
const intentsOf = (path: string): string => `${path}-intents`;
/** Bytes of it before it is emptied, which costs less the rarer it is. */
const INTENTS_LIMIT = 256 * 1_024;

/** Pages of the log before it is folded into the file, which waits for the disk: the larger, the rarer. 32 MiB. */
const CHECKPOINT_PAGES = 8_192;

const openFile = (
  Database: typeof DatabaseSync,
  { path, durability = 'process', readOnly = false }: OpenJournalParameters,
): DatabaseSync => {
  const inMemory = path === ':memory:';
  try {
    if (!inMemory && !readOnly) makeDirectory(dirname(path));
    const db = new Database(path, { readOnly });
    if (!inMemory && !readOnly) chmodSync(path, 0o600);
    db.exec('PRAGMA busy_timeout = 5000');
    if (!readOnly)
      db.exec(
        `PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES};
         PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`,
      );
    return db;
  } catch (error) {
    throw buyerError('JOURNAL', { path, why: (error as Error).message }, error);
  }
};

const prepareSchema = (db: DatabaseSync, path: string, readOnly: boolean): void => {
  const found = Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
  if (found > JOURNAL_VERSION) {
    db.close();
    throw buyerError('JOURNAL_NEWER', { path, found, known: JOURNAL_VERSION });
  }
  if (readOnly) return;
  db.exec(JOURNAL_SCHEMA);
  db.exec(`PRAGMA user_version = ${JOURNAL_VERSION}`);
};

/** What the end of a request changes. */
type RequestEnd = Parameters<Journal['finishRequest']>[1];

const damage = (log: string, at: number): string =>
  `its log of requests, ${log}, is damaged at byte ${at}; with that file moved away it opens, and the requests from there on are not known to it`;

const STACK_COLUMNS = 20;
const REQUEST_COLUMNS = 17;
const OUTBOX_COLUMNS = 12;
const marks = (count: number): string => Array.from({ length: count }, () => '?').join(',');
const inList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(',');

/** Opens or creates a journal. Throws `BUYER_JOURNAL`, `BUYER_JOURNAL_NEWER`. */
export const openJournal = async (parameters: OpenJournalParameters): Promise<Journal> => {
  const { path, readOnly = false, durability = 'process', holder = `process ${process.pid}` } = parameters;
  const { DatabaseSync: Database } = await import('node:sqlite');
  const db = openFile(Database, parameters);
  prepareSchema(db, path, readOnly);
  const inMemory = path === ':memory:';
  const statements = openStatements(db);
  const { prepared, get, all } = statements;
  const refusal = (error: unknown): unknown =>
    isAtomaError(error) ? error : buyerError('JOURNAL', { path, why: (error as Error).message }, error);
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw refusal(error);
    }
  };
  const run = (sql: string, ...values: SQLInputValue[]): void => {
    guarded(() => prepared(sql).run(...values));
  };

  /**
   * Requests about to be sent are written there first, by the process that has claimed the journal. With `power` a transaction is as
   * cheap: the sync counts.
   */
  let log: IntentLog | undefined;
  const insertRequest = `INSERT INTO request VALUES (${marks(REQUEST_COLUMNS)})`;
  const insertMissing = `${insertRequest} ON CONFLICT (id) DO NOTHING`;
  const insertWaiting = (request: JournalRequest): void => run(insertMissing, ...requestColumns(request));
  const group = createWriteGroup({
    inTransaction: () => db.isTransaction,
    run,
    insert: insertWaiting,
    onWritten: () => {
      try {
        if (log && log.size() > INTENTS_LIMIT) log.empty();
      } catch {
        // It goes on growing, and is emptied after a later group.
      }
    },
    onLost: () => recent.clear(),
  });
  const { settle, transact } = group;
  /** For statements that read requests: those that wait are written before. */
  const requests = (): Statements => {
    settle();
    return statements;
  };

  const newest = (stack: bigint): JournalReceipt | undefined => {
    const row = requests().get(
      `SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index >= 0 ORDER BY leaf_index DESC LIMIT 1`,
      stack,
    );
    return row && toReceipt(row);
  };
  const recent = createRecentReceipts(newest);

  const getSetting = (name: string): string | undefined =>
    get('SELECT value FROM setting WHERE name = ?', name)?.value as string | undefined;
  const putSetting = (name: string, value: string): void =>
    run('INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value);

  if (readOnly)
    guarded(() => {
      const found = readIntents(intentsOf(path));
      if (found.owner === getSetting('owner')) showIntents(db, found.requests);
    });
  const bootBefore = readOnly ? undefined : getSetting('boot');
  const interrupted = durability === 'process' && bootBefore !== undefined && bootBefore !== bootId();

  let hold: Hold | undefined;
  const takeHold = (): void => {
    if (inMemory || hold) return;
    hold = holdFile(Database, path);
    if (!hold) throw buyerError('JOURNAL_IN_USE', { path, holder: getSetting('holder') ?? 'an unknown process' });
    putSetting('holder', holder);
  };
  /** Takes over what the log says of requests that the database does not have; nobody else writes to either now. */
  const replay = (owner: string): void => {
    const found = readIntents(intentsOf(path));
    if (found.owner !== undefined && found.owner !== owner) return;
    // Without a sync, a power cut may damage the log, and takes other writes too: `interrupted` says so.
    if (found.damagedAt !== undefined && !interrupted)
      throw buyerError('JOURNAL', { path, why: damage(intentsOf(path), found.damagedAt) });
    for (const request of found.requests) insertWaiting(request);
  };
  const claim = (owner: JournalOwner): void => {
    const wanted = `${owner.address} on ${owner.chainId} (${owner.packageId})`;
    transact(() => {
      const known = getSetting('owner');
      if (known !== undefined && known !== wanted) throw buyerError('JOURNAL_FOREIGN', { path, known, wanted });
      takeHold();
      if (!inMemory && !log) guarded(() => replay(wanted));
      putSetting('owner', wanted);
      putSetting('boot', bootId());
    });
    if (!inMemory) log ??= guarded(() => openIntents(intentsOf(path), wanted));
  };

  const meters = (stack: bigint): StackMeters => {
    const sums = requests().get(
      `SELECT coalesce(sum(units), 0) AS charged, count(leaf_index) AS receipts, coalesce(max(leaf_index), -1) AS last
       FROM request WHERE stack = ? AND stage = 'receipt'`,
      stack,
    );
    const waiting = get(
      `SELECT coalesce(sum(CASE WHEN stage = 'open' THEN max_units ELSE 0 END), 0) AS open,
         coalesce(sum(max_units), 0) AS exposure FROM request WHERE stack = ? AND stage IN ('open', 'dropped')`,
      stack,
    );
    const lastIndex = number(sums?.last);
    const last =
      lastIndex < 0
        ? undefined
        : get('SELECT max(cumulative) AS c FROM request WHERE stack = ? AND leaf_index = ?', stack, lastIndex);
    return {
      charged: big(sums?.charged),
      cumulative: last ? big(last.c) : 0n,
      open: big(waiting?.open),
      exposure: big(waiting?.exposure),
      receipts: number(sums?.receipts),
      lastIndex,
    };
  };

  const mayWait = (): boolean => inMemory || (log !== undefined && durability === 'process');
  const addRequest = (request: JournalRequest): void => {
    const { requestId, stage } = request;
    if (stage !== 'open' || group.transacting() || !mayWait()) {
      group.join();
      run(insertRequest, ...requestColumns(request));
      return;
    }
    if (group.waiting(requestId)) throw buyerError('JOURNAL', { path, why: `it has request ${requestId} already` });
    guarded(() => {
      if (group.behind()) settle();
      log?.append(request);
    });
    group.wait(request);
  };
  /** Changes a request without receipt or refusal; returns its stack, or undefined when there is none such. */
  const changeRequest = (requestId: string, end: RequestEnd): bigint | undefined => {
    const waiting = group.waiting(requestId);
    if (waiting) {
      if (waiting.stage !== 'open' && waiting.stage !== 'dropped') return undefined;
      group.replace({ ...waiting, ...end });
      return waiting.stack;
    }
    group.join();
    const row = guarded(() =>
      get(
        `UPDATE request SET stage = ?, leaf_index = ?, units = ?, cumulative = ?, answer = ?, answer_signature = ?,
           finished_ms = ? WHERE id = ? AND stage IN ('open', 'dropped') RETURNING stack`,
        end.stage,
        end.index,
        end.units,
        end.cumulative,
        end.answer,
        end.answerSignature,
        end.finishedMs,
        requestId,
      ),
    );
    return row && big(row.stack);
  };
  return {
    path,
    interrupted,
    claim,
    transact,
    putStack: (s) => {
      settle();
      run(
        `INSERT OR REPLACE INTO stack VALUES (${marks(STACK_COLUMNS)})`,
        s.stack,
        s.badge,
        s.task,
        s.role,
        s.model,
        s.level,
        s.node,
        s.price,
        s.units,
        s.attesters,
        s.paid,
        s.boughtEpoch,
        s.expiryEpoch,
        s.digest,
        s.complete ? 1 : 0,
        s.stage,
        s.noticeEpoch,
        s.usedBefore,
        s.tenant,
        s.addedMs,
      );
    },
    findStack: (stack) => {
      const row = get('SELECT * FROM stack WHERE id = ?', stack);
      return row && toStack(row);
    },
    listStacks: (stages) =>
      all(`SELECT * FROM stack ${stages ? `WHERE stage IN (${inList(stages)})` : ''} ORDER BY id`).map(toStack),
    meters,
    addRequest,
    flushed: () => group.done() ?? Promise.resolve(),
    finishRequest: (requestId, end) => {
      const { index, units, cumulative, answer, answerSignature } = end;
      const stack = changeRequest(requestId, end);
      if (stack !== undefined && index !== null && units !== null && cumulative !== null && answer && answerSignature)
        recent.add(stack, { requestId, index, units, cumulative, receipt: answer, signature: answerSignature });
    },
    findRequest: (requestId) => {
      const row = requests().get('SELECT * FROM request WHERE id = ?', requestId);
      return row && toRequest(row);
    },
    listRequests: ({ stack, stages, tag, limit = 1_000 }) => {
      const where = [
        stack === undefined ? '' : 'stack = ?1',
        stages ? `stage IN (${inList(stages)})` : '',
        tag === undefined ? '' : 'tag = ?2',
      ].filter((part) => part !== '');
      const clause = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
      const sql = `SELECT * FROM request ${clause} ORDER BY created_ms DESC, rowid DESC LIMIT ?3`;
      const named = sql.replaceAll('?1', ':stack').replaceAll('?2', ':tag').replaceAll('?3', ':limit');
      const values = {
        limit,
        ...(stack === undefined ? {} : { stack }),
        ...(tag === undefined ? {} : { tag }),
      };
      return (requests().prepared(named).all(values) as unknown as readonly SqlRow[]).map(toRequest);
    },
    chargedByTag: (sinceMs, tag) =>
      requests()
        .all(
          `SELECT r.tag AS tag, r.stack AS stack, sum(r.units) AS units, sum(r.units * s.price) AS cost
         FROM request r JOIN stack s ON s.id = r.stack
         WHERE r.stage = 'receipt' AND r.tag <> '' ${tag === undefined ? '' : 'AND r.tag = ?'} AND r.finished_ms >= ?
         GROUP BY r.tag, r.stack`,
          ...(tag === undefined ? [] : [tag]),
          sinceMs,
        )
        .map((row) => ({ tag: text(row.tag), stack: big(row.stack), units: big(row.units), cost: big(row.cost) })),
    addForeignReceipt: (stack, receipt, nowMs) => {
      if (requests().get('SELECT 1 FROM request WHERE id = ?', receipt.requestId)) return;
      addRequest({
        requestId: receipt.requestId,
        stack,
        endpoint: '',
        model: '',
        maxUnits: receipt.units,
        envelope: new Uint8Array(),
        signature: new Uint8Array(),
        body: null,
        tag: '',
        stage: 'receipt',
        index: receipt.index,
        units: receipt.units,
        cumulative: receipt.cumulative,
        answer: receipt.receipt,
        answerSignature: receipt.signature,
        createdMs: nowMs,
        finishedMs: nowMs,
      });
      recent.add(stack, receipt);
    },
    listReceipts: (stack) =>
      requests()
        .all(`SELECT * FROM request WHERE stack = ? AND stage = 'receipt' ORDER BY leaf_index, id`, stack)
        .map(toReceipt),
    neighbours: (stack, index) =>
      recent.near(stack, index) ??
      [
        ...requests().all(
          `SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index <= ? ORDER BY leaf_index DESC LIMIT 2`,
          stack,
          index,
        ),
        ...requests().all(
          `SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index > ? ORDER BY leaf_index LIMIT 1`,
          stack,
          index,
        ),
      ].map(toReceipt),
    spentSince: (ms) => {
      const paid = get('SELECT coalesce(sum(paid), 0) AS s FROM stack WHERE added_ms >= ?', ms);
      const waiting = get(
        `SELECT coalesce(sum(cost), 0) AS s FROM outbox
         WHERE kind = 'purchase' AND stage IN ('intent', 'built', 'submitted') AND created_ms >= ?`,
        ms,
      );
      return big(paid?.s) + big(waiting?.s);
    },
    putOutbox: (o) => {
      settle();
      run(
        `INSERT OR REPLACE INTO outbox VALUES (${marks(OUTBOX_COLUMNS)})`,
        o.kind,
        o.subject,
        o.stage,
        o.frozen,
        o.cost,
        o.transaction,
        o.signature,
        o.digest,
        o.expirationEpoch,
        o.failure,
        o.createdMs,
        o.updatedMs,
      );
    },
    findOutbox: (kind, subject) => {
      const row = get('SELECT * FROM outbox WHERE kind = ? AND subject = ?', kind, subject);
      return row && toOutbox(row);
    },
    listOutbox: (stages) =>
      all(`SELECT * FROM outbox ${stages ? `WHERE stage IN (${inList(stages)})` : ''} ORDER BY created_ms`).map(
        toOutbox,
      ),
    addEvidence: (e) => run('INSERT INTO evidence VALUES (?, ?, ?, ?, ?)', e.stack, e.node, e.kind, e.payload, e.atMs),
    listEvidence: (node) =>
      (node === undefined
        ? all('SELECT * FROM evidence ORDER BY at_ms')
        : all('SELECT * FROM evidence WHERE node = ? ORDER BY at_ms', node)
      ).map(toEvidence),
    getSetting,
    putSetting,
    close: () => {
      group.stop();
      try {
        settle();
        guarded(() => log?.empty());
      } finally {
        log?.close();
        log = undefined;
        statements.clear();
        if (db.isOpen) db.close();
        hold?.release();
        hold = undefined;
      }
    },
  };
};
