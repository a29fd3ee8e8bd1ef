/** The books of one stack, held against its node and the chain. */
import { encodeInclusionProof, type InclusionProof, proveInclusion } from '../../commitment/proof.ts';
import { findTicket } from '../../reads/tickets.ts';
import { equalBytes } from '../../values/bytes.ts';
import type { BuyerContext } from '../context.ts';
import { buyerError } from '../errors.ts';
import type { JournalStack } from '../journal/types.ts';
import { fetchReceipts, resolveOpen } from './fetch.ts';
import { chainOf, historyOf, ownProof, type ReceiptChain } from './history.ts';

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
export const knownStack = (context: Pick<BuyerContext, 'journal'>, stack: bigint): JournalStack => {
  const row = context.journal.findStack(stack);
  if (!row) throw buyerError('RECEIPT_UNKNOWN', { what: `of stack ${stack}: it is not in the journal` });
  return row;
};

/** Completes the receipts of a stack from its node and compares them with what the chain holds. */
export const auditStack = async (context: BuyerContext, stack: bigint): Promise<AuditReport> => {
  const row = knownStack(context, stack);
  const open = await resolveOpen(context, row);
  const listed = await fetchReceipts(context, row);
  const receipts = context.journal.listReceipts(stack);
  const chain = chainOf(receipts);
  const ticket = await findTicket(context.atoma, { stackSmallId: stack });
  const proof = ownProof(receipts, stack, row.attesters);
  const claimed = ticket?.numClaimedComputeUnits ?? null;
  const { exposure } = context.journal.meters(stack);
  const comparable = ticket && proof && proof.units === claimed;
  const rootMatches = comparable ? equalBytes(proof.committedStackProof, ticket.committedStackProof) : null;
  const inBounds = claimed === null || claimed <= chain.units + exposure;
  return {
    ...chain,
    stack,
    node: row.node,
    bought: row.units,
    fetched: open.receipts + listed.receipts,
    fault: open.fault ?? listed.fault,
    exposure,
    claimed,
    rootMatches,
    agrees: chain.contradiction === null && rootMatches !== false && inBounds,
  };
};

/** Proves from own receipts that a request is part of the stack's history. Throws `BUYER_HISTORY_INCOMPLETE`, `BUYER_RECEIPT_UNKNOWN`. */
export const proveReceipt = (
  context: Pick<BuyerContext, 'journal'>,
  stack: bigint,
  which: { readonly index?: number; readonly requestId?: string },
): { readonly proof: InclusionProof; readonly json: string } => {
  const receipts = context.journal.listReceipts(stack);
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
