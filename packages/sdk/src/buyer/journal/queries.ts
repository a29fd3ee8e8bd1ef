/** What the journal reads and writes the same way in every database. */
import { inList, type SqlEngine, type SqlRow, type SqlStatement, type SqlValue } from '@atoma/base';
import { evidence, outbox, RECEIPT_COLUMNS, requests, settings, stacks, toReceipt } from './tables.ts';
import {
  BEHIND,
  DOUBTED,
  type Journal,
  type JournalReceipt,
  type RequestFilter,
  type TagCharge,
  UNUSED,
} from './types.ts';

/** What {@link createQueries} serves of a journal. */
export type JournalQueries = Omit<
  Journal,
  'path' | 'claim' | 'addRequest' | 'flushed' | 'finishRequest' | 'addForeignReceipt' | 'close'
>;

const whereOf = (columns: Readonly<Record<string, SqlValue | undefined>>, words: readonly string[]) => {
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const parts = [...given.map(([column]) => `${column} = ?`), ...words];
  return {
    clause: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`,
    values: given.map(([, value]) => value as SqlValue),
  };
};

const ofStages = (stages: readonly string[] | undefined): readonly string[] =>
  stages ? [`stage IN (${inList(stages)})`] : [];

const METERS = `SELECT coalesce(sum(CASE WHEN stage = 'receipt' THEN units END), 0) AS charged,
    count(CASE WHEN stage = 'receipt' THEN leaf_index END) AS receipts,
    coalesce(max(CASE WHEN stage = 'receipt' THEN leaf_index END), -1) AS last,
    coalesce(sum(CASE WHEN stage = 'open' THEN max_units END), 0) AS open,
    coalesce(sum(CASE WHEN stage IN ('open', 'dropped') THEN max_units END), 0) AS exposure,
    coalesce((SELECT max(cumulative) FROM request WHERE stack = ? AND leaf_index >= 0 AND leaf_index =
      (SELECT max(leaf_index) FROM request WHERE stack = ?)), 0) AS cumulative
  FROM request WHERE stack = ?`;

/** Stacks that are complete and have not ended. */
const TRUSTED = `complete = 1 AND stage <> 'ended'`;

/** Ids of the stacks that {@link noteBehind} changes. */
export const TRUSTED_STACKS = `SELECT id FROM stack WHERE ${TRUSTED} ORDER BY id`;

/** What is written down of a journal that may lack requests. */
export const noteBehind = (why: string): readonly SqlStatement[] => [
  [`UPDATE stack SET complete = 0 WHERE ${TRUSTED}`],
  [settings.upsert, BEHIND, why],
  [`UPDATE setting SET value = '' WHERE name LIKE '${UNUSED}%'`],
  [
    `INSERT INTO setting (name, value) SELECT '${DOUBTED}' || subject, '1' FROM outbox
    WHERE kind = 'purchase' AND stage IN ('intent', 'built', 'submitted') ON CONFLICT (name) DO UPDATE SET value = '1'`,
  ],
];

/** The newest receipt of a stack. */
export const NEWEST = `SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index >= 0
  ORDER BY leaf_index DESC LIMIT 1`;

const NEIGHBOURS = `SELECT * FROM (SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index <= ?
    ORDER BY leaf_index DESC LIMIT 2) AS before
  UNION ALL SELECT * FROM (SELECT * FROM request WHERE stack = ? AND stage = 'receipt' AND leaf_index > ?
    ORDER BY leaf_index LIMIT 1) AS after`;

const RECEIPTS = `SELECT ${RECEIPT_COLUMNS} FROM request WHERE stack = ? AND stage = 'receipt' ORDER BY leaf_index, id`;

/** Receipts whose requests are not known have an empty envelope. */
const SIGNED = `SELECT envelope, max_units FROM request WHERE stack = ? AND length(envelope) > 0`;

const toSigned = ({ envelope, max_units: maxUnits }: SqlRow) =>
  ({ envelope, maxUnits }) as Awaited<ReturnType<JournalQueries['listSigned']>>[number];

const SPENT = `SELECT coalesce((SELECT sum(paid) FROM stack WHERE added_ms >= ?), 0)
  + coalesce((SELECT sum(cost) FROM outbox WHERE kind = 'purchase' AND stage IN ('intent', 'built', 'submitted')
      AND created_ms >= ?), 0) AS spent`;

const chargesSql = (tag: string | undefined): string =>
  `SELECT r.tag AS tag, r.stack AS stack, sum(r.units) AS units, sum(r.units * s.price) AS cost
   FROM request r JOIN stack s ON s.id = r.stack
   WHERE r.stage = 'receipt' AND r.tag <> '' ${tag === undefined ? '' : 'AND r.tag = ?'} AND r.finished_ms >= ?
   GROUP BY r.tag, r.stack`;

const toCharge = ({ tag, stack, units, cost }: SqlRow): TagCharge => ({ tag, stack, units, cost }) as TagCharge;

/** What an end changes of a request without receipt or refusal; gives its stack. */
export const FINISH = `UPDATE request SET stage = ?, leaf_index = ?, units = ?, cumulative = ?, answer = ?,
    answer_signature = ?, finished_ms = ? WHERE id = ? AND stage IN ('open', 'dropped') RETURNING stack`;

/** Values of {@link FINISH}. */
export const finishValues = (requestId: string, end: Parameters<Journal['finishRequest']>[1]): SqlValue[] => [
  end.stage,
  end.index,
  end.units,
  end.cumulative,
  end.answer,
  end.answerSignature,
  end.finishedMs,
  requestId,
];

/** A receipt whose request is not known, as a request. */
export const foreignRequest = (stack: bigint, receipt: JournalReceipt, nowMs: number) =>
  ({
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
  }) as const;

/** Makes them over a database; `written` is the same one, where requests that wait elsewhere are written before. */
export const createQueries = (sql: SqlEngine, written: SqlEngine): JournalQueries => {
  const listRequests = async ({ stack, stages, tag, limit = 1_000 }: RequestFilter) => {
    const { clause, values } = whereOf({ stack, tag }, ofStages(stages));
    const order = 'ORDER BY created_ms DESC, rowid DESC LIMIT ?';
    return (await written.all(`${requests.select} ${clause} ${order}`, ...values, limit)).map(requests.read);
  };
  return {
    putStack: async (row) => void (await written.run(stacks.upsert, ...stacks.values(row))),
    findStack: async (stack) => {
      const row = await sql.get(`${stacks.select} WHERE id = ?`, stack);
      return row && stacks.read(row);
    },
    listStacks: async (stages) => {
      const { clause } = whereOf({}, ofStages(stages));
      return (await sql.all(`${stacks.select} ${clause} ORDER BY id`)).map(stacks.read);
    },
    meters: async (stack) => {
      const row = (await written.get(METERS, stack, stack, stack)) as Readonly<Record<string, bigint>>;
      const { charged, cumulative, open, exposure, receipts, last } = row;
      return {
        charged: charged as bigint,
        cumulative: cumulative as bigint,
        open: open as bigint,
        exposure: exposure as bigint,
        receipts: Number(receipts),
        lastIndex: Number(last),
      };
    },
    findRequest: async (requestId) => {
      const row = await written.get(`${requests.select} WHERE id = ?`, requestId);
      return row && requests.read(row);
    },
    listRequests,
    chargedByTag: async (sinceMs, tag) =>
      (await written.all(chargesSql(tag), ...(tag === undefined ? [] : [tag]), sinceMs)).map(toCharge),
    listReceipts: async (stack) => (await written.all(RECEIPTS, stack)).map(toReceipt),
    listSigned: async (stack) => (await written.all(SIGNED, stack)).map(toSigned),
    neighbours: async (stack, index) => (await written.all(NEIGHBOURS, stack, index, stack, index)).map(toReceipt),
    spentSince: async (ms) => (await sql.get(SPENT, ms, ms))?.spent as bigint,
    putOutbox: (row, changed = []) =>
      written.atomically([
        ...changed.map((each) => [stacks.upsert, ...stacks.values(each)] as const),
        [outbox.upsert, ...outbox.values(row)],
      ]),
    findOutbox: async (kind, subject) => {
      const row = await sql.get(`${outbox.select} WHERE kind = ? AND subject = ?`, kind, subject);
      return row && outbox.read(row);
    },
    listOutbox: async (stages) => {
      const { clause } = whereOf({}, ofStages(stages));
      return (await sql.all(`${outbox.select} ${clause} ORDER BY created_ms, rowid`)).map(outbox.read);
    },
    addEvidence: async (row) => void (await sql.run(evidence.insert, ...evidence.values(row))),
    listEvidence: async (node) => {
      const { clause, values } = whereOf({ node }, []);
      return (await sql.all(`${evidence.select} ${clause} ORDER BY at_ms, rowid`, ...values)).map(evidence.read);
    },
    getSetting: async (name) => (await sql.get(`${settings.select} WHERE name = ?`, name))?.value as string | undefined,
    putSetting: async (name, value) => void (await sql.run(settings.upsert, name, value)),
  };
};
