/** What a stack's buyer owes at most, from what it signed and what its node signed. */
import { keptHandoff } from '../handoff.ts';
import type { Journal } from '../journal/types.ts';

/** Units of a stack. */
export interface OwedUnits {
  /** Of receipts. */
  readonly known: bigint;
  /** Of requests without receipt or refusal, at most. */
  readonly open: bigint;
  /** Whether every request is in the journal: nothing else is owed then. */
  readonly complete: boolean;
}

/**
 * Adds up what is owed. The cumulative units of a receipt are the node's word: they count only where it is not known what else was signed. Since a
 * handoff what others signed is in them, and not owed.
 */
export const owedUnits = async (journal: Journal, stack: bigint): Promise<OwedUnits> => {
  const row = await journal.findStack(stack);
  const { charged, cumulative, exposure: open } = await journal.meters(stack);
  const complete = row?.complete ?? false;
  const isBounded = complete || (await keptHandoff(journal, stack)) !== null;
  return { known: isBounded ? (row?.usedBefore ?? 0n) + charged : cumulative, open, complete };
};
