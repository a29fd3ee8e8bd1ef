/** The case of a buyer against a settlement: what a jury is shown and asked, and what that takes. */
import type { Dispute } from '../../reads/disputes.ts';
import { largestRequest, type Stack } from '../../reads/stacks.ts';
import type { Ticket } from '../../reads/tickets.ts';
import { max } from '../../values/bigints.ts';
import { receiptLayout, requestHash } from '../../wire/messages.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import type { BuyerContext } from '../context.ts';
import { keptHandoff } from '../handoff.ts';
import type { JournalStack } from '../journal/types.ts';
import { type Expectation, expectationWithoutList, type Held, openExpectation, requestKey } from './expect.ts';
import { type LeafFinding, readList } from './leaves.ts';

const PERMILLE = 1_000n;

/** max(B, ceil(F * J * a / 1000)) by the stack's own terms (protocol, section 3). */
export const disputeBond = ({ terms, pricePerComputeUnit, numComputeUnits }: Stack): bigint => {
  const value = pricePerComputeUnit * numComputeUnits;
  return max(terms.minimumDisputeBond, (value * terms.disputeBond + PERMILLE - 1n) / PERMILLE);
};

/** A settlement, and the dispute about it, if there is one. */
export interface Settlement {
  readonly stack: Stack;
  readonly ticket: Ticket;
  readonly dispute: Dispute | null;
}

/** Who has to check a settlement, and may hold its list: jurors first, who have it for sure in the end. */
const checkersOf = ({ stack, ticket, dispute }: Settlement): readonly bigint[] =>
  [
    ...new Set([...(dispute?.jurors ?? []), ...(dispute?.firstJury ?? []), ...(ticket.required ? ticket.drawn : [])]),
  ].filter((node) => node !== stack.selectedNodeSmallId);

/** What the node promised never to bill. */
const refusalsOf = async ({ journal }: BuyerContext, stack: bigint): Promise<readonly SignedBytes[]> =>
  (await journal.listRequests({ stack, stages: ['refused'], limit: Number.MAX_SAFE_INTEGER })).flatMap(
    ({ answer, answerSignature }) => (answer && answerSignature ? [{ bytes: answer, signature: answerSignature }] : []),
  );

/** What every request allows that this wallet signed for a stack, by its hash; null where the journal may not have all. */
const signedRequests = async ({ journal }: BuyerContext, stack: bigint): Promise<Held['signed']> => {
  if (!(await journal.findStack(stack))?.complete) return null;
  const rows = await journal.listSigned(stack);
  const shown = await journal.listReceipts(stack);
  return new Map([
    ...shown.map(({ receipt, units }) => [requestKey(receiptLayout.decode(receipt).requestHash), units] as const),
    ...rows.map(({ envelope, maxUnits }) => [requestKey(requestHash(envelope)), maxUnits] as const),
  ]);
};

/** Most units of the rows a challenger names, permille of those bought. */
const NAMEABLE = 100n;

/** The case of a buyer. */
export type Case = Expectation & {
  /** Without the list it can name no row; of a settlement that names none on chain nothing more can be known. */
  readonly isListKnown: boolean;
  /** What the list says of the settlement. */
  readonly leaves: LeafFinding;
};

/** What a jury can be shown and asked about a settlement, by its list where its node, or who checks it, gives that. */
export const caseOf = async (context: BuyerContext, row: JournalStack, settlement: Settlement): Promise<Case> => {
  const { journal } = context;
  const { stack, ticket } = settlement;
  const settled = {
    stack: row.stack,
    node: row.node,
    attesters: Number(stack.terms.attesters),
    claimed: ticket.numClaimedComputeUnits,
    committedStackProof: ticket.committedStackProof,
    inputs: ticket.inputs,
  };
  const units = {
    claimed: settled.claimed,
    largest: largestRequest(stack),
    nameable: stack.securityLevel === 1 ? (stack.numComputeUnits * NAMEABLE) / PERMILLE : 0n,
  };
  const held = {
    receipts: await journal.listReceipts(row.stack),
    refused: await refusalsOf(context, row.stack),
    handoff: await keptHandoff(journal, row.stack),
    signed: await signedRequests(context, row.stack),
  };
  const { finding, expected } = await readList(context, settled, checkersOf(settlement), held.receipts, (inputs) =>
    openExpectation({ ...units, inputs }, held),
  );
  return {
    ...(expected ?? expectationWithoutList(held)),
    isListKnown: expected !== null || ticket.inputs === null,
    leaves: finding,
  };
};
