/** The books of one stack, held against its node and the chain. */
import { fromHex, toHex } from '@atoma/base';
import { encodeInclusionProof, type InclusionProof, proveInclusion } from '../../commitment/proof.ts';
import type { EventOf } from '../../events/decode.ts';
import { findEvent } from '../../events/list.ts';
import { findStack } from '../../reads/stacks.ts';
import { findTicket } from '../../reads/tickets.ts';
import { equalBytes } from '../../values/bytes.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import type { Journal, JournalStack } from '../journal/types.ts';
import { fetchReceipts, resolveOpen } from './fetch.ts';
import { chainOf, historyOf, ownProof, type ReceiptChain } from './history.ts';
import { owedUnits } from './owed.ts';

/** What an audit found. Units. */
export interface AuditReport extends ReceiptChain {
  readonly stack: bigint;
  readonly node: bigint;
  readonly bought: bigint;
  /** Receipts fetched from the node just now. */
  readonly fetched: number;
  /** Why the node did not answer; null: it did. */
  readonly fault: string | null;
  /** max_units of requests without receipt or refusal. */
  readonly exposure: bigint;
  /** Units the node claims; null before it settles. */
  readonly claimed: bigint | null;
  /** Whether the commitment on chain is the one these receipts give; null when that cannot be told. */
  readonly rootMatches: boolean | null;
  /** Whether books, node and chain agree as far as they can. */
  readonly agrees: boolean;
}

/** A stack of the journal. Throws `BUYER_RECEIPT_UNKNOWN`. */
export const knownStack = async (context: Pick<BuyerContext, 'journal'>, stack: bigint): Promise<JournalStack> => {
  const row = await context.journal.findStack(stack);
  if (!row) throw buyerError('RECEIPT_UNKNOWN', { what: `of stack ${stack}: it is not in the journal` });
  return row;
};

/** What a settlement put on chain. */
export interface SeenSettlement {
  readonly claimed: bigint;
  readonly committedStackProof: Uint8Array;
}

const seenMark = (stack: bigint): string => `settlement/${stack}`;

/** Keeps a settlement, so that receipts can be held against it later without a chain. */
export const noteSettlement = async (journal: Journal, stack: bigint, seen: SeenSettlement): Promise<void> => {
  const text = `${seen.claimed} ${toHex(seen.committedStackProof)}`;
  if ((await journal.getSetting(seenMark(stack))) !== text) await journal.putSetting(seenMark(stack), text);
};

/** The settlement of a stack as it was last seen; null before. */
export const seenSettlement = async (journal: Journal, stack: bigint): Promise<SeenSettlement | null> => {
  const [claimed, proof] = ((await journal.getSetting(seenMark(stack))) ?? '').split(' ');
  const committedStackProof = fromHex(proof ?? '');
  return proof && committedStackProof ? { claimed: BigInt(claimed as string), committedStackProof } : null;
};

const reportOf = async (
  journal: Journal,
  row: JournalStack,
  settled: SeenSettlement | null,
  asked: Pick<AuditReport, 'fetched' | 'fault'>,
): Promise<AuditReport> => {
  const { stack, node, units: bought, attesters } = row;
  const receipts = await journal.listReceipts(stack);
  const chain = chainOf(receipts);
  const proof = ownProof(receipts, stack, attesters);
  const claimed = settled?.claimed ?? null;
  const { known, open: exposure } = await owedUnits(journal, stack);
  const comparable = settled && proof && proof.units === claimed;
  const rootMatches = comparable ? equalBytes(proof.committedStackProof, settled.committedStackProof) : null;
  const inBounds = claimed === null || claimed <= known + exposure;
  const agrees = chain.contradiction === null && rootMatches !== false && inBounds;
  return { ...chain, stack, node, bought, ...asked, exposure, claimed, rootMatches, agrees };
};

/** The settlement of a stack that is over: its ticket is gone, its event stays. */
const endedSettlement = async ({ atoma }: BuyerContext, stack: bigint): Promise<SeenSettlement | null> => {
  const isOf = ({ data }: EventOf<'StackTrySettleEvent'>): boolean => data.stackSmallId === stack;
  const settled = await findEvent(atoma, 'StackTrySettleEvent', 'descending', isOf);
  if (!settled) return null;
  const { numClaimedComputeUnits: claimed, committedStackProof } = settled.data;
  return { claimed, committedStackProof };
};

const settlementOf = async (context: BuyerContext, stack: bigint): Promise<SeenSettlement | null> => {
  const ticket = await findTicket(context.atoma, { stackSmallId: stack });
  if (ticket) return { claimed: ticket.numClaimedComputeUnits, committedStackProof: ticket.committedStackProof };
  if (await findStack(context.atoma, { stackSmallId: stack })) return null;
  return (await seenSettlement(context.journal, stack)) ?? endedSettlement(context, stack);
};

/** Completes the receipts of a stack from its node and compares them with what the chain holds. */
export const auditStack = async (context: BuyerContext, stack: bigint): Promise<AuditReport> => {
  const { journal } = context;
  const row = await knownStack(context, stack);
  const open = await resolveOpen(context, row);
  const listed = await fetchReceipts(context, row);
  const settled = await settlementOf(context, stack);
  if (settled) await noteSettlement(journal, stack, settled);
  const fetched = open.receipts + listed.receipts;
  return reportOf(journal, row, settled, {
    fetched,
    fault: open.fault ?? listed.fault,
  });
};

/** The same from the journal alone, against the settlement as it was last seen. Throws `BUYER_RECEIPT_UNKNOWN`. */
export const auditOffline = async (journal: Journal, stack: bigint): Promise<AuditReport> => {
  const row = await knownStack({ journal }, stack);
  return reportOf(journal, row, await seenSettlement(journal, stack), { fetched: 0, fault: null });
};

/** Proves from own receipts that a request is part of the stack's history. Throws `BUYER_HISTORY_INCOMPLETE`, `BUYER_RECEIPT_UNKNOWN`. */
export const proveReceipt = async (
  context: Pick<BuyerContext, 'journal'>,
  stack: bigint,
  which: { readonly index?: number; readonly requestId?: string },
): Promise<{ readonly proof: InclusionProof; readonly json: string }> => {
  const receipts = await context.journal.listReceipts(stack);
  const history = historyOf(receipts);
  if (!history) {
    const { gaps, contradiction } = chainOf(receipts);
    throw buyerError('HISTORY_INCOMPLETE', {
      stack,
      why: contradiction ?? `indices ${gaps.slice(0, 10).join(', ')} are missing`,
    });
  }
  const index = which.index ?? receipts.find(({ requestId }) => requestId === which.requestId)?.index ?? -1;
  if (!history.leaves[index])
    throw buyerError('RECEIPT_UNKNOWN', {
      what: `${which.requestId ?? `with index ${which.index}`} on stack ${stack}`,
    });
  const proof = proveInclusion({ history, index });
  return { proof, json: encodeInclusionProof(proof) };
};
