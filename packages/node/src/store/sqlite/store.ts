/** The store on node:sqlite. */
import { type Durability, inList, type SqlRow } from '@atoma/base';
import { nodeError } from '../../node-errors.ts';
import { noSeal, type Sealer } from '../seal.ts';
import type {
  Breach,
  DayEarnings,
  EvidenceRow,
  Lease,
  OutboxState,
  Recovery,
  StackRow,
  Store,
  StoreTotals,
} from '../types.ts';
import { openLedger } from './commit-log.ts';
import { type Database, setInPlace } from './database.ts';
import { handOff } from './handoff.ts';
import { createHeldRequests, type HeldRequest, type HeldRequests, heldRow } from './held.ts';
import { applyEvents, endDuty, putDuty } from './mirror.ts';
import { findOutbox, freeze, listLeaves, moveOutbox, putIntent } from './outbox-rows.ts';
import {
  commit,
  findBody,
  findRequest,
  findResponse,
  findTrace,
  importLeaf,
  putNow,
  type RequestTables,
  refuse,
  release,
  reserve,
  underWay,
} from './requests.ts';
import { toRequest, toStack } from './rows.ts';
import { checkStack, createStackCache, moveStack, putStack } from './stack-rows.ts';
import { duties, evidence, leases, outbox, settings, signers, tickets } from './tables.ts';

/** How to open the store. */
export interface SqliteStoreOptions {
  /** File, or `:memory:`. */
  readonly path: string;
  /** Default `power`. */
  readonly durability?: Durability;
  /** Seals bodies and answers at rest. */
  readonly sealer?: Sealer;
}

const outboxStates: readonly OutboxState[] = ['intent', 'built', 'submitted', 'confirmed', 'failed'];

const inUse = (db: Database, row: SqlRow | undefined, now: number) =>
  nodeError('DATABASE_IN_USE', {
    path: db.path,
    holder: (row?.instance ?? 'unknown') as string,
    pid: (row?.pid ?? 'unknown') as bigint | string,
    age: row ? now - Number(row.heartbeat_ms) : 'unknown',
    lease: row ? Number(row.expires_ms) - Number(row.heartbeat_ms) : 0,
  });

const leaseRow = (db: Database): SqlRow | undefined => db.get('SELECT * FROM lease WHERE id = 1');

/** The start of the machine that the holder of a lease named; undefined when it could not tell. */
const bootOf = (instance: string): string | undefined => {
  const boot = instance.split('/')[1];
  return boot === 'unknown' ? undefined : boot;
};

/** Where both were started by the same kernel, its lock has shown already that the other process is gone. */
const lockIsTruth = (one: string, other: string): boolean => bootOf(one) !== undefined && bootOf(one) === bootOf(other);

const holdLease = (db: Database, lease: { instance: string; pid: number; now: number; ttlMs: number }): Lease => {
  const row = leaseRow(db);
  const other = row?.instance as string | undefined;
  if (other !== undefined && other !== lease.instance && Number(row?.expires_ms) > lease.now)
    if (!lockIsTruth(other, lease.instance)) throw inUse(db, row, lease.now);
  const held = { instance: lease.instance, pid: lease.pid, heartbeatMs: lease.now, expiresMs: lease.now + lease.ttlMs };
  db.run(leases.upsert, ...leases.values({ id: 1n, ...held }));
  return held;
};

/** A stack with what is under way on it. */
const withHeld = (held: HeldRequests, row: StackRow): StackRow => {
  const requests = held.list(row.id);
  if (requests.length === 0) return row;
  const lastRequestMs = requests.reduce((last, { now }) => Math.max(last, now), row.lastRequestMs);
  return { ...row, reserved: held.units(row.id), lastRequestMs };
};

const invariants = ({ db, held }: RequestTables, stack: bigint | undefined, chain: boolean): readonly Breach[] => {
  const rows =
    stack === undefined
      ? db.all(`SELECT * FROM stack WHERE state <> 'closed'`)
      : db.all('SELECT * FROM stack WHERE id = ?', stack);
  return rows.flatMap((row) => checkStack(db, withHeld(held, toStack(row)), chain));
};

const serving = ['open', 'draining'] as const;

const recover = (tables: RequestTables): Recovery => {
  const { db, ledger } = tables;
  const breaches = invariants(tables, undefined, true);
  const unsound = ledger.unsound();
  const suspects =
    db.interrupted || ledger.isOlder() || unsound === 'all'
      ? db.all(`SELECT id FROM stack WHERE state IN ('open','draining')`).map((row) => row.id as bigint)
      : [...breaches.map((breach) => breach.stack), ...unsound];
  const quarantined = [...new Set(suspects)].filter((stack) => moveStack(db, stack, serving, 'quarantine'));
  db.noteStart();
  return { breaches, quarantined };
};

const totals = ({ db, held }: RequestTables): StoreTotals => {
  const sums = db.get('SELECT coalesce(sum(consumed), 0) AS consumed FROM stack');
  const states = db.all('SELECT state, count(*) AS n FROM outbox GROUP BY state');
  const duties = db.get(`SELECT count(*) AS n FROM duty WHERE state = 'open'`);
  const count = (state: OutboxState): number => Number(states.find((row) => row.state === state)?.n ?? 0n);
  return {
    openRows: held.size(),
    reserved: held.units(),
    consumed: sums?.consumed as bigint,
    outbox: Object.fromEntries(outboxStates.map((state) => [state, count(state)])) as StoreTotals['outbox'],
    openDuties: Number(duties?.n),
    events: Number(db.get('SELECT count(*) AS n FROM applied_event')?.n),
  };
};

const OF_CLOSED = `request IN (SELECT r.id FROM request r JOIN stack s ON s.id = r.stack
  WHERE s.state = 'closed' AND s.closed_ms < ?)`;

const sweep = (db: Database, limits: { responsesBefore: number; closedBefore: number }) => {
  db.run(`DELETE FROM trace WHERE ${OF_CLOSED}`, limits.closedBefore);
  return {
    responses: db.run('DELETE FROM response WHERE created_ms < ?', limits.responsesBefore),
    bodies: db.run(`DELETE FROM body WHERE ${OF_CLOSED}`, limits.closedBefore),
  };
};

/** Notes in a copy of a ledger that it is one: whoever starts from it holds open stacks back. Throws `NODE_SCHEMA_NEWER`. */
export const markCopy = (path: string): void => setInPlace(path, 'restored_copy', '1');

/** Ids follow the times at which requests ended, but for what was under way at once: a day older than asked for is left out exactly. */
const EARNINGS = `SELECT date(r.finished_ms / 1000, 'unixepoch') AS day, count(*) AS requests, sum(r.units) AS units,
  sum(r.units * s.price) AS earned
  FROM request r JOIN stack s ON s.id = r.stack
  WHERE r.id > coalesce((SELECT id FROM request WHERE finished_ms < ?1 - 86400000 ORDER BY id DESC LIMIT 1), 0)
    AND r.state = 'committed' AND r.finished_ms >= ?1 GROUP BY 1 ORDER BY 1 DESC`;

const earningsByDay = (db: Database, sinceMs: number): readonly DayEarnings[] =>
  db.all(EARNINGS, sinceMs).map(({ day, requests, units, earned }) => ({
    day: day as string,
    requests: Number(requests),
    units: units as bigint,
    earned: earned as bigint,
  }));

/** The tables, and how they are written. */
interface Writing {
  readonly tables: RequestTables;
  /** Two processes that assign places would sign the same one: throws `NODE_DATABASE_IN_USE` where another one does. */
  readonly takeHold: (now: number) => void;
  /** On disk before the promise resolves. */
  readonly durable: <Result>(work: () => Result) => Promise<Result>;
  /** The same, and no power cut takes it back, whatever the mode: others act on what was signed. */
  readonly synced: <Result>(work: () => Result) => Promise<Result>;
  /** Lost by a power cut without harm: recovery comes to the same. */
  readonly light: <Result>(work: () => Result) => Promise<Result>;
  /** Ends a request under way; when its transaction is undone it is under way again. */
  readonly ending: <Result>(request: HeldRequest | undefined, work: () => Result) => Promise<Result>;
}

const createWriting = (tables: RequestTables): Writing => {
  const { ledger, db, held, stacks } = tables;
  /** Work that may change any stack: what is remembered of them is read again. */
  const forgetting =
    <Result>(work: () => Result) =>
    (): Result => {
      stacks.clear();
      return work();
    };
  return {
    tables,
    takeHold: (now) => {
      if (!ledger.hold()) throw inUse(db, leaseRow(db), now);
    },
    durable: (work) => db.transact(forgetting(work), { undo: stacks.clear }),
    synced: (work) => db.transact(forgetting(work), { durable: 'always', undo: stacks.clear }),
    light: (work) => db.transact(forgetting(work), { durable: false, undo: stacks.clear }),
    ending: (request, work) =>
      db.transact(work, {
        undo: () => {
          stacks.clear();
          if (request && !held.find(request.stack, request.requestId)) held.add(request);
        },
      }),
  };
};

type Part<Names extends keyof Store> = Pick<Store, Names>;

const life = ({
  tables,
  takeHold,
  durable,
  light,
}: Writing): Part<
  'holdLease' | 'dropLease' | 'recover' | 'checkInvariants' | 'sweep' | 'totals' | 'earningsByDay' | 'backup' | 'close'
> => {
  const { db, ledger } = tables;
  return {
    holdLease: async (lease) => {
      takeHold(lease.now);
      // With `power` synced before the mark is: a mark ahead of what a power cut leaves would make the database an older copy.
      const held = await durable(() => holdLease(db, lease));
      ledger.note();
      return held;
    },
    dropLease: (instance) => light(() => void db.run('DELETE FROM lease WHERE instance = ?', instance)),
    recover: async () => {
      takeHold(Date.now());
      const recovery = await durable(() => recover(tables));
      ledger.accept();
      return recovery;
    },
    checkInvariants: async (o = {}) => invariants(tables, o.stack, o.chain ?? false),
    sweep: (limits) => light(() => sweep(db, limits)),
    totals: async () => totals(tables),
    earningsByDay: async (sinceMs) => earningsByDay(db, sinceMs),
    backup: async (path) => {
      db.run('VACUUM INTO ?', path);
      markCopy(path);
    },
    close: async () => ledger.close(),
  };
};

const stackPart = ({
  tables: { db, held, stacks },
  durable,
  synced,
  light,
}: Writing): Part<
  'putStack' | 'findStack' | 'listStacks' | 'moveStack' | 'noteShortage' | 'setClaimed' | 'handOff'
> => ({
  putStack: (terms, now) => durable(() => putStack(db, terms, now)),
  findStack: async (stack) => {
    const row = stacks.find(stack);
    return row && withHeld(held, row);
  },
  listStacks: async (states) =>
    db
      .all(`SELECT * FROM stack ${states ? `WHERE state IN (${inList(states)})` : ''} ORDER BY id`)
      .map((row) => withHeld(held, toStack(row))),
  moveStack: (stack, from, to) => durable(() => moveStack(db, stack, from, to)),
  noteShortage: (stack) =>
    light(() =>
      Number(
        db.get('UPDATE stack SET shortages = shortages + 1 WHERE id = ? RETURNING shortages', stack)?.shortages ?? 0n,
      ),
    ),
  setClaimed: (stack, claimed) =>
    durable(() => void db.run('UPDATE stack SET claimed = ? WHERE id = ?', claimed, stack)),
  handOff: (stack, owner, now, sign) => synced(() => handOff(db, held.list(stack).length, { stack, owner, now, sign })),
});

const requestPart = ({
  tables,
  takeHold,
  durable,
  light,
  ending,
}: Writing): Part<
  | 'reserve'
  | 'refuse'
  | 'commit'
  | 'release'
  | 'findRequest'
  | 'listRequests'
  | 'findTrace'
  | 'findBody'
  | 'findResponse'
  | 'listLeaves'
  | 'importLeaves'
> => {
  const { db, held, ledger } = tables;
  return {
    reserve: async (input) => {
      takeHold(input.now);
      if (db.failing()) await light(() => db.run(settings.upsert, 'write_probe', ''));
      return reserve(tables, input);
    },
    refuse: (input, refused, reason) =>
      ending(held.find(input.stack, input.requestId), () => refuse(tables, input, refused, reason)),
    // Several at once share a transaction, which costs each of them less than a record of its own and rows later.
    commit: async (input) =>
      ledger.logs && held.size() === 1
        ? commit(tables, input, ledger.put)
        : ending(held.find(input.stack, input.requestId), () => commit(tables, input, putNow(db))),
    release: async (stack, requestId, reason, now) => {
      const request = underWay(tables, 'release', stack, requestId);
      held.remove(request); // also when it cannot be written down: nothing was charged
      await db.transact(() => release(db, request, reason, now), { durable: false });
    },
    findRequest: async (stack, requestId) => findRequest(tables, stack, requestId),
    listRequests: async ({ stack, states, limit }) => {
      const open = !states || states.includes('reserved') ? held.list(stack).map(heldRow) : [];
      const where = [stack === undefined ? '?1 IS NULL' : 'stack = ?1', states ? `state IN (${inList(states)})` : '1'];
      const sql = `SELECT * FROM request WHERE ${where.join(' AND ')} ORDER BY created_ms DESC, id DESC LIMIT ?2`;
      const ended = db.all(sql, stack ?? null, limit).map(toRequest);
      return [...open, ...ended.filter((row) => !held.find(row.stack, row.requestId))]
        .sort((a, b) => b.createdMs - a.createdMs)
        .slice(0, limit);
    },
    findTrace: async (stack, requestId) => findTrace(tables, stack, requestId),
    findBody: async (stack, requestId) => findBody(tables, stack, requestId),
    findResponse: async (stack, requestId) => findResponse(tables, stack, requestId),
    listLeaves: async (stack, from, limit) => listLeaves(db, stack, from, limit),
    importLeaves: (stack, leaves) => durable(() => leaves.filter((leaf) => importLeaf(tables, stack, leaf)).length),
  };
};

const outboxPart = ({
  tables: { db, held },
  durable,
}: Writing): Part<'freeze' | 'putIntent' | 'findOutbox' | 'listOutbox' | 'moveOutbox'> => ({
  freeze: (stack, now, frozen) => durable(() => freeze(db, stack, held.list(stack).length, now, frozen)),
  putIntent: (kind, subject, frozen, now) => durable(() => putIntent(db, kind, subject, frozen, now)),
  findOutbox: async (kind, subject) => findOutbox(db, kind, subject),
  listOutbox: async (states) =>
    db
      .all(`SELECT * FROM outbox ${states ? `WHERE state IN (${inList(states)})` : ''} ORDER BY created_ms, rowid`)
      .map(outbox.read),
  moveOutbox: (key, from, next) => durable(() => moveOutbox(db, key, from, next)),
});

const EVIDENCE = `SELECT * FROM evidence WHERE stack = ?1 AND digest > ?2 AND (?3 IS NULL OR kind = ?3)
  ORDER BY digest LIMIT ?4`;

const EVIDENCE_SIZES = `SELECT source, sum(length(payload)) AS bytes FROM evidence
  WHERE stack = ? AND kind = 'row' GROUP BY source`;

/** A transcript has others' prompts in it: it is sealed as bodies are. */
const transcriptBy = (change: (bytes: Uint8Array) => Uint8Array, row: EvidenceRow): EvidenceRow =>
  row.kind === 'transcript' ? { ...row, payload: change(row.payload) } : row;

/** What the chain said, and what follows from it. */
const mirrorPart = ({
  tables: { db, sealer },
  durable,
}: Writing): Omit<
  Store,
  | keyof ReturnType<typeof life>
  | keyof ReturnType<typeof stackPart>
  | keyof ReturnType<typeof requestPart>
  | keyof ReturnType<typeof outboxPart>
> => ({
  cursor: async () => {
    const row = db.get('SELECT * FROM chain_cursor WHERE id = 1');
    return { cursor: (row?.cursor ?? null) as string | null, checkpoint: (row?.checkpoint ?? 0n) as bigint };
  },
  applyEvents: (events, next) => durable(() => applyEvents(db, events, next)),
  resetMirror: () =>
    durable(() =>
      db.exec(
        'DELETE FROM ticket; DELETE FROM duty; DELETE FROM signers; DELETE FROM applied_event; DELETE FROM chain_cursor;',
      ),
    ),
  listTickets: async () => db.all('SELECT * FROM ticket ORDER BY stack').map(tickets.read),
  findTicket: async (stack) => db.all('SELECT * FROM ticket WHERE stack = ?', stack).map(tickets.read)[0],
  findSigners: async (stack) => {
    const row = db.get(`${signers.select} WHERE stack = ?`, stack);
    if (!row) return undefined;
    const { badge, owners } = signers.read(row);
    return { badge, owners };
  },
  putDuty: (row) => durable(() => putDuty(db, row)),
  endDuty: (kind, stack, state) => durable(() => endDuty(db, kind, stack, state)),
  listDuties: async (states) =>
    db
      .all(`SELECT * FROM duty ${states ? `WHERE state IN (${inList(states)})` : ''} ORDER BY before_epoch, stack`)
      .map(duties.read),
  addEvidence: (row) =>
    durable(() => db.run(evidence.insertMissing, ...evidence.values(transcriptBy(sealer.seal, row))) > 0),
  evidenceSizes: async (stack) =>
    new Map(db.all(EVIDENCE_SIZES, stack).map(({ source, bytes }) => [source as string, Number(bytes)])),
  listEvidence: async (stack, { kind, after = '', limit = -1 } = {}) =>
    db.all(EVIDENCE, stack, after, kind ?? null, limit).map((row) => transcriptBy(sealer.open, evidence.read(row))),
  getSetting: async (name) => db.get('SELECT value FROM setting WHERE name = ?', name)?.value as string | undefined,
  putSetting: (name, value) => durable(() => void db.run(settings.upsert, name, value)),
});

/** Opens the store. Throws `NODE_SCHEMA_NEWER`. */
export const openSqliteStore = (options: SqliteStoreOptions): Store => {
  const ledger = openLedger(options.path, options.durability ?? 'power');
  const { db } = ledger;
  const writing = createWriting({
    ledger,
    db,
    held: createHeldRequests(),
    stacks: createStackCache(db),
    sealer: options.sealer ?? noSeal,
  });
  return {
    ...life(writing),
    ...stackPart(writing),
    ...requestPart(writing),
    ...outboxPart(writing),
    ...mirrorPart(writing),
  };
};
