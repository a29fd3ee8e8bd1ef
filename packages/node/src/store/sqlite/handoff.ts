/** Stacks that change hands: what is signed about them, and who may still spend. */
import { toHex } from '@atoma/base';
import { HANDOFF_BYTES, handoffLayout, parseSignature } from '@atoma/sdk';
import type { HandoffOutcome, StackRow } from '../types.ts';
import type { Database } from './database.ts';
import { readStack } from './stack-rows.ts';
import { signers } from './tables.ts';

/** Recorded owners of a stack, the first buyer first; empty where their events were not seen. */
const ownersOf = (db: Database, stack: bigint): readonly string[] => {
  const row = db.get(`${signers.select} WHERE stack = ?`, stack);
  return row ? signers.read(row).owners : [];
};

/** Whom a handoff names. */
const nextOwner = (shown: Uint8Array): string =>
  `0x${toHex(handoffLayout.decode(shown.subarray(-HANDOFF_BYTES)).owner)}`;

/** Whether a request of a stack that changed hands is signed by its new owner, or by one recorded later. */
export const maySpend = (db: Database, { id, handoff }: StackRow, signature: Uint8Array): boolean => {
  if (handoff === null) return true;
  const [signer, owner] = [parseSignature(signature).address, nextOwner(handoff)];
  const owners = ownersOf(db, id);
  const from = owners.indexOf(owner);
  return signer === owner || (from >= 0 && owners.lastIndexOf(signer) >= from);
};

/** Why a stack cannot be handed to an address now. */
const obstacle = (owners: readonly string[], handoff: Uint8Array | null, owner: string): string | undefined => {
  const before = owners.indexOf(owner);
  if (before >= 0 && before < owners.length - 1)
    return 'that address owned the stack before: what others signed in between could not be told apart';
  const pending = handoff && nextOwner(handoff);
  return pending && !owners.includes(pending) ? `it is handed to ${pending}, who has not taken it yet` : undefined;
};

/** What is handed to whom. */
interface Handing {
  readonly stack: bigint;
  /** `0x` and 64 hex digits. */
  readonly owner: string;
  readonly now: number;
  readonly sign: (used: Pick<StackRow, 'nextLeaf' | 'consumed'>) => Uint8Array;
}

/** Signs a handoff and keeps it, while nothing is under way; inside a transaction. */
export const handOff = (db: Database, underWay: number, { stack, owner, now, sign }: Handing): HandoffOutcome => {
  const row = readStack(db, stack);
  if (row?.state !== 'open') return { kind: 'state', state: row?.state ?? 'closed' };
  if (row.handoff && nextOwner(row.handoff) === owner) return { kind: 'signed', shown: row.handoff };
  const why = obstacle(ownersOf(db, stack), row.handoff, owner);
  if (why) return { kind: 'refused', why };
  if (underWay > 0) return { kind: 'busy', requests: underWay };
  const shown = sign(row);
  // Its new owner has as long to send a request as if the old one had just sent one.
  db.run('UPDATE stack SET handoff = ?, last_request_ms = ? WHERE id = ?', shown, now, stack);
  return { kind: 'signed', shown };
};
