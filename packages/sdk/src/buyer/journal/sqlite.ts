/** The journal in a SQLite file. Loads `node:sqlite` with the first journal, not with the package. */
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Hold, holdFile, openStatements, type SqlRow } from '@atoma/base';
import { buyerError } from '../errors.ts';
import { createRecentReceipts } from './recent.ts';
import { JOURNAL_SCHEMA, JOURNAL_VERSION } from './schema.ts';
import type {
  Journal,
  JournalEvidence,
  JournalOutbox,
  JournalOwner,
  JournalReceipt,
  JournalRequest,
  JournalStack,
  OutboxStage,
  RequestStage,
  StackMeters,
  StackStage,
} from './types.ts';

/** How to open a journal. */
export interface OpenJournalParameters {
  /** File, made with mode 0600 (its directory 0700), or `:memory:`. */
  readonly path: string;
  /**
   * `process` (default): what was written survives the end of the process; `power`: a power cut too, at the price of a disk
   * sync for each request.
   */
  readonly durability?: 'process' | 'power';
  /** Only look; nothing can be written and nobody is kept out. */
  readonly readOnly?: boolean;
}

const number = (value: SqlRow[string] | undefined): number => Number(value as bigint);
const maybeNumber = (value: SqlRow[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
const big = (value: SqlRow[string] | undefined): bigint => value as bigint;
const maybeBig = (value: SqlRow[string] | undefined): bigint | null => (value ?? null) as bigint | null;
const text = (value: SqlRow[string] | undefined): string => value as string;
const maybeText = (value: SqlRow[string] | undefined): string | null => (value ?? null) as string | null;
const bytes = (value: SqlRow[string] | undefined): Uint8Array => value as Uint8Array;
const maybeBytes = (value: SqlRow[string] | undefined): Uint8Array | null => (value ?? null) as Uint8Array | null;

const toStack = (row: SqlRow): JournalStack => ({
  stack: big(row.id),
  badge: text(row.badge),
  task: big(row.task),
  role: number(row.role),
  model: text(row.model),
  level: number(row.level),
  node: big(row.node),
  price: big(row.price),
  units: big(row.units),
  attesters: number(row.attesters),
  paid: big(row.paid),
  boughtEpoch: big(row.bought_epoch),
  expiryEpoch: big(row.expiry_epoch),
  digest: maybeText(row.digest),
  complete: row.complete === 1n,
  stage: text(row.stage) as StackStage,
  noticeEpoch: maybeBig(row.notice_epoch),
  usedBefore: big(row.used_before),
  tenant: text(row.tenant),
  addedMs: number(row.added_ms),
});

const toRequest = (row: SqlRow): JournalRequest => ({
  requestId: text(row.id),
  stack: big(row.stack),
  endpoint: text(row.endpoint),
  model: text(row.model),
  maxUnits: big(row.max_units),
  envelope: bytes(row.envelope),
  signature: bytes(row.signature),
  body: maybeBytes(row.body),
  tag: text(row.tag),
  stage: text(row.stage) as RequestStage,
  index: maybeNumber(row.leaf_index),
  units: maybeBig(row.units),
  cumulative: maybeBig(row.cumulative),
  answer: maybeBytes(row.answer),
  answerSignature: maybeBytes(row.answer_signature),
  createdMs: number(row.created_ms),
  finishedMs: maybeNumber(row.finished_ms),
});

const toReceipt = (row: SqlRow): JournalReceipt => ({
  requestId: text(row.id),
  index: number(row.leaf_index),
  units: big(row.units),
  cumulative: big(row.cumulative),
  receipt: bytes(row.answer),
  signature: bytes(row.answer_signature),
});

const toOutbox = (row: SqlRow): JournalOutbox => ({
  kind: text(row.kind),
  subject: text(row.subject),
  stage: text(row.stage) as OutboxStage,
  frozen: text(row.frozen),
  cost: big(row.cost),
  transaction: maybeBytes(row.tx),
  signature: maybeText(row.signature),
  digest: maybeText(row.digest),
  expirationEpoch: maybeBig(row.expiration_epoch),
  failure: maybeText(row.failure),
  createdMs: number(row.created_ms),
  updatedMs: number(row.updated_ms),
});

const toEvidence = (row: SqlRow): JournalEvidence => ({
  stack: big(row.stack),
  node: big(row.node),
  kind: text(row.kind),
  payload: text(row.payload),
  atMs: number(row.at_ms),
});

/** Differs after every start of the machine. */
const bootId = (): string =>
  existsSync('/proc/sys/kernel/random/boot_id')
    ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    : 'unknown';

/** Pages of the log before it is folded into the file, which waits for the disk: the larger, the rarer. 32 MiB. */
const CHECKPOINT_PAGES = 8_192;

const openFile = (
  Database: typeof DatabaseSync,
  { path, durability = 'process', readOnly = false }: OpenJournalParameters,
): DatabaseSync => {
  const inMemory = path === ':memory:';
  try {
    if (!inMemory && !readOnly) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
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

const STACK_COLUMNS = 20;
const REQUEST_COLUMNS = 17;
const OUTBOX_COLUMNS = 12;
const marks = (count: number): string => Array.from({ length: count }, () => '?').join(',');
const inList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(',');

/** Opens or creates a journal. Throws `BUYER_JOURNAL`, `BUYER_JOURNAL_NEWER`. */
export const openJournal = async (parameters: OpenJournalParameters): Promise<Journal> => {
  const { path, readOnly = false, durability = 'process' } = parameters;
  const { DatabaseSync: Database } = await import('node:sqlite');
  const db = openFile(Database, parameters);
  prepareSchema(db, path, readOnly);
  const statements = openStatements(db);
  const { prepared, get, all } = statements;
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw buyerError('JOURNAL', { path, why: (error as Error).message }, error);
    }
  };
  const run = (sql: string, ...values: SQLInputValue[]): void => {
    guarded(() => prepared(sql).run(...values));
  };

  /** Writes of one turn share a transaction; it ends before the next turn's input is looked at. */
  let group: Promise<void> | undefined;
  const endGroup = (): void => {
    if (group === undefined) return;
    group = undefined;
    if (db.isOpen && db.isTransaction) run('COMMIT');
  };
  const inGroup = (): Promise<void> => {
    if (group) return group;
    run('BEGIN IMMEDIATE');
    group = new Promise((resolve, reject) => {
      setImmediate(() => {
        try {
          endGroup();
          resolve();
        } catch (error) {
          recent.clear();
          reject(error);
        }
      });
    });
    group.catch(() => undefined);
    return group;
  };

  const transact = <Result>(work: () => Result): Result => {
    endGroup();
    if (db.isTransaction) return work();
    run('BEGIN IMMEDIATE');
    try {
      const result = work();
      run('COMMIT');
      return result;
    } catch (error) {
      if (db.isTransaction) run('ROLLBACK');
      recent.clear();
      throw error;
    }
  };

  const newest = (stack: bigint): JournalReceipt | undefined => {
    const row = get(
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

  const bootBefore = readOnly ? undefined : getSetting('boot');
  const interrupted = durability === 'process' && bootBefore !== undefined && bootBefore !== bootId();

  let hold: Hold | undefined;
  const takeHold = (): void => {
    if (path === ':memory:' || hold) return;
    hold = holdFile(Database, path);
    if (!hold) throw buyerError('JOURNAL_IN_USE', { path, pid: getSetting('holder') ?? 'unknown' });
    putSetting('holder', String(process.pid)); // for people
  };
  const claim = (owner: JournalOwner): void =>
    transact(() => {
      const wanted = `${owner.address} on ${owner.chainId} (${owner.packageId})`;
      const known = getSetting('owner');
      if (known !== undefined && known !== wanted) throw buyerError('JOURNAL_FOREIGN', { path, known, wanted });
      takeHold();
      putSetting('owner', wanted);
      putSetting('boot', bootId());
    });

  const meters = (stack: bigint): StackMeters => {
    const sums = get(
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

  const insertRequest = `INSERT INTO request VALUES (${marks(REQUEST_COLUMNS)})`;
  const addRequest = (r: JournalRequest): void => {
    void inGroup();
    run(
      insertRequest,
      r.requestId,
      r.stack,
      r.endpoint,
      r.model,
      r.maxUnits,
      r.envelope,
      r.signature,
      r.body,
      r.tag,
      r.stage,
      r.index,
      r.units,
      r.cumulative,
      r.answer,
      r.answerSignature,
      r.createdMs,
      r.finishedMs,
    );
  };

  return {
    path,
    interrupted,
    claim,
    transact,
    putStack: (s) => {
      endGroup();
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
    flushed: () => group ?? Promise.resolve(),
    finishRequest: (requestId, end) => {
      void inGroup();
      const { index, units, cumulative, answer, answerSignature } = end;
      const row = guarded(() =>
        get(
          `UPDATE request SET stage = ?, leaf_index = ?, units = ?, cumulative = ?, answer = ?, answer_signature = ?,
             finished_ms = ? WHERE id = ? AND stage IN ('open', 'dropped') RETURNING stack`,
          end.stage,
          index,
          units,
          cumulative,
          answer,
          answerSignature,
          end.finishedMs,
          requestId,
        ),
      );
      if (row && index !== null && units !== null && cumulative !== null && answer && answerSignature)
        recent.add(big(row.stack), {
          requestId,
          index,
          units,
          cumulative,
          receipt: answer,
          signature: answerSignature,
        });
    },
    findRequest: (requestId) => {
      const row = get('SELECT * FROM request WHERE id = ?', requestId);
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
      return (prepared(named).all(values) as unknown as readonly SqlRow[]).map(toRequest);
    },
    chargedByTag: (sinceMs, tag) =>
      all(
        `SELECT r.tag AS tag, r.stack AS stack, sum(r.units) AS units, sum(r.units * s.price) AS cost
         FROM request r JOIN stack s ON s.id = r.stack
         WHERE r.stage = 'receipt' AND r.tag <> '' ${tag === undefined ? '' : 'AND r.tag = ?'} AND r.finished_ms >= ?
         GROUP BY r.tag, r.stack`,
        ...(tag === undefined ? [] : [tag]),
        sinceMs,
      ).map((row) => ({ tag: text(row.tag), stack: big(row.stack), units: big(row.units), cost: big(row.cost) })),
    addForeignReceipt: (stack, receipt, nowMs) => {
      if (get('SELECT 1 FROM request WHERE id = ?', receipt.requestId)) return;
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
      all(`SELECT * FROM request WHERE stack = ? AND stage = 'receipt' ORDER BY leaf_index, id`, stack).map(toReceipt),
    neighbours: (stack, index) =>
      recent.near(stack, index) ??
      [
        ...all(
          `SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index <= ? ORDER BY leaf_index DESC LIMIT 2`,
          stack,
          index,
        ),
        ...all(
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
      endGroup();
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
      endGroup();
      statements.clear();
      if (db.isOpen) db.close();
      hold?.release();
      hold = undefined;
    },
  };
};
