/** The mirror of the chain in SQLite: events are applied at most once, as upserts keyed by chain ids. */
import type { DutyKind, DutyRow, EventToApply, Mutation } from '../types.ts';
import type { Database } from './database.ts';
import { moveStack, putStack } from './stack-rows.ts';
import { appliedEvents, cursors, duties, signers, tickets } from './tables.ts';

const PUT_DUTY = `${duties.insert} ON CONFLICT (kind, stack) DO UPDATE SET before_epoch = excluded.before_epoch,
  from_epoch = excluded.from_epoch, data = excluded.data, updated_ms = excluded.updated_ms,
  state = CASE WHEN duty.before_epoch IS excluded.before_epoch AND duty.data = excluded.data THEN duty.state ELSE 'open' END`;

/** Inserts a duty, or moves its limits; a duty that was met stays met. */
export const putDuty = (db: Database, row: Omit<DutyRow, 'state'>): void => {
  db.run(PUT_DUTY, ...duties.values({ ...row, state: 'open' }));
};

/** Closes an open duty. */
export const endDuty = (db: Database, kind: DutyKind, stack: bigint, state: 'done' | 'missed'): void => {
  db.run(`UPDATE duty SET state = ? WHERE kind = ? AND stack = ? AND state = 'open'`, state, kind, stack);
};

const live = ['open', 'draining', 'settling', 'settled', 'disputed', 'quarantine'] as const;

const applyMutation = (db: Database, mutation: Mutation): void => {
  switch (mutation.kind) {
    case 'stack':
      putStack(db, mutation.terms, mutation.now);
      return;
    case 'signers':
      db.run(
        signers.upsert,
        ...signers.values({ stack: mutation.stack, badge: mutation.badge, owners: [mutation.owner] }),
      );
      return;
    case 'signer':
      db.run(
        `UPDATE signers SET owners = json_insert(owners, '$[#]', ?) WHERE stack = ?`,
        mutation.owner,
        mutation.stack,
      );
      return;
    case 'signersEnd':
      db.run('DELETE FROM signers WHERE stack = ?', mutation.stack);
      db.run('DELETE FROM evidence WHERE stack = ?', mutation.stack);
      return;
    case 'stackOwner':
      db.run('UPDATE stack SET owner = ? WHERE id = ?', mutation.owner, mutation.stack);
      return;
    case 'stackBadge':
      db.run('UPDATE stack SET badge = ? WHERE id = ?', mutation.badge, mutation.stack);
      return;
    case 'stackNotice':
      db.run('UPDATE stack SET notice_epoch = ? WHERE id = ?', mutation.epoch, mutation.stack);
      return;
    case 'stackState':
      moveStack(db, mutation.stack, live, mutation.state);
      return;
    case 'ticket':
      db.run(tickets.upsert, ...tickets.values(mutation.row));
      return;
    case 'duty':
      putDuty(db, mutation.row);
      return;
    case 'dutyAgain': {
      const { kind, stack } = mutation.row;
      if (db.get('SELECT 1 FROM duty WHERE kind = ? AND stack = ?', kind, stack)) putDuty(db, mutation.row);
      return;
    }
    case 'dutyDone':
      endDuty(db, mutation.duty, mutation.stack, mutation.state);
  }
};

/** Applies what is new; returns how many events were. */
export const applyEvents = (
  db: Database,
  events: readonly EventToApply[],
  next: { readonly cursor: string | null; readonly checkpoint: bigint },
): number => {
  let applied = 0;
  for (const event of events) {
    if (db.run(appliedEvents.insertMissing, ...appliedEvents.values(event)) === 0) continue;
    for (const mutation of event.mutations) applyMutation(db, mutation);
    applied++;
  }
  db.run(cursors.upsert, ...cursors.values({ id: 1n, ...next }));
  return applied;
};
