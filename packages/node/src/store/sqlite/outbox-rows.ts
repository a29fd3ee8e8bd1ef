/** The outbox in SQLite. */
import { nodeError } from '../../node-errors.ts';
import type { LeafRow, OutboxKind, OutboxRow, OutboxState, StackRow } from '../types.ts';
import type { Database } from './database.ts';
import { toLeaf } from './rows.ts';
import { checkStack, moveStack, readStack } from './stack-rows.ts';
import { outbox } from './tables.ts';

/** One entry. */
export const findOutbox = (db: Database, kind: OutboxKind, subject: string): OutboxRow | undefined => {
  const row = db.get('SELECT * FROM outbox WHERE kind = ? AND subject = ?', kind, subject);
  return row && outbox.read(row);
};

/** Stores an intent; an entry that exists stays as it is. */
export const putIntent = (db: Database, kind: OutboxKind, subject: string, frozen: string, now: number): OutboxRow => {
  const empty = {
    transaction: null,
    signature: null,
    digest: null,
    expirationEpoch: null,
    effects: null,
    failure: null,
  };
  const times = { createdMs: now, updatedMs: now };
  db.run(
    outbox.insertMissing,
    ...outbox.values({ kind, subject, state: 'intent', attempt: 1, frozen, ...empty, ...times }),
  );
  return findOutbox(db, kind, subject) as OutboxRow;
};

type Next = Partial<Omit<OutboxRow, 'kind' | 'subject'>> & { readonly state: OutboxState; readonly updatedMs: number };

/** Writes the next state of an entry. */
export const moveOutbox = (
  db: Database,
  key: { readonly kind: OutboxKind; readonly subject: string },
  from: readonly OutboxState[],
  next: Next,
): OutboxRow => {
  const row = findOutbox(db, key.kind, key.subject);
  if (!row || !from.includes(row.state))
    throw nodeError('OUTBOX', { ...key, from: row?.state ?? 'nothing', to: next.state });
  const merged = { ...row, ...next };
  db.run(outbox.upsert, ...outbox.values(merged));
  return merged;
};

/** Leaves of a stack in order. */
export const listLeaves = (db: Database, stack: bigint, from = 0, limit = -1): readonly LeafRow[] =>
  db
    .all('SELECT * FROM request WHERE stack = ? AND leaf_index >= ? ORDER BY leaf_index LIMIT ?', stack, from, limit)
    .map(toLeaf);

/** Turns a drained stack, with `open` requests under way, into a settling one with its intent. */
export const freeze = (
  db: Database,
  stack: bigint,
  open: number,
  now: number,
  frozen: (row: StackRow) => string,
): OutboxRow => {
  const known = findOutbox(db, 'settle', String(stack));
  if (known) return known;
  const row = readStack(db, stack);
  if (!row) throw nodeError('STACK_UNKNOWN', { stack });
  if (row.state !== 'open' && row.state !== 'draining')
    throw nodeError('STACK_STATE', { stack, state: row.state, action: 'settle' });
  if (open > 0) throw nodeError('STACK_STATE', { stack, state: `busy with ${open} requests`, action: 'settle' });
  const breaches = checkStack(db, row, false);
  if (breaches.length > 0)
    throw nodeError('STACK_STATE', { stack, state: `inconsistent (${breaches[0]?.detail})`, action: 'settle' });
  const intent = putIntent(db, 'settle', String(stack), frozen(row), now);
  moveStack(db, stack, ['open', 'draining'], 'settling');
  return intent;
};
