import { toHex } from '@atoma/base';
import type { Atoma } from '../context/atoma.ts';
import type { Dispute as DisputeRow } from '../generated/bindings/atoma/dispute.ts';
import { disputeLayout } from '../internal/layouts.ts';
import { type ListRowsParameters, listRows, readRow, tableId } from '../internal/rows.ts';
import { sdkError } from '../sdk-errors.ts';
import { smallId } from '../values/ids.ts';
import { spans } from '../values/spans.ts';
import type { StackParameters } from './stacks.ts';

/** How a dispute can end; the contract's numbers 0 to 3 in this order. */
export const disputeOutcomes = ['convicted', 'acquitted', 'unavailable', 'noMajority'] as const;

/** One of {@link disputeOutcomes}. */
export type DisputeOutcome = (typeof disputeOutcomes)[number];

/** What the owner of a stack added to a dispute. Receipts are in the event `DisputeEvidenceEvent`. */
export interface DisputeEvidence {
  readonly owner: string;
  /** Rows to be checked besides those of the audit seed and of the challenger, while their units stay within `namedUnits`. */
  readonly rows: readonly bigint[];
  readonly namedUnits: bigint;
  /** What the owner paid for their check, base units of TOMA. */
  readonly bond: bigint;
}

/** A drawn attester's own accusation in a dispute that somebody else started. */
export interface JoinedAttester {
  readonly nodeSmallId: bigint;
  /** Owner of the node when it joined. */
  readonly owner: string;
  /** Its accusation; 32 bytes. */
  readonly claim: Uint8Array;
}

/** A dispute that has not been resolved. */
export interface Dispute {
  readonly stackSmallId: bigint;
  /** Address 0 in an audit: a jury looks at the rows because no attester did. */
  readonly challenger: string;
  /** The challenger's node when it challenges as a drawn attester. */
  readonly challengerNodeSmallId: bigint | null;
  /** The challenger's accusation; 32 bytes. */
  readonly commitment: Uint8Array;
  /** Rows to be checked besides those of the audit seed, while their units stay within `namedUnits`. */
  readonly rows: readonly bigint[];
  readonly namedUnits: bigint;
  /** Base units of TOMA. */
  readonly bond: bigint;
  /** Those whose votes count, of both juries where they decide together. Empty when fewer than three were found; then the manager may rule. */
  readonly jurors: readonly bigint[];
  /** Those of `jurors` that vote now: without a first jury that has voted. */
  readonly voting: readonly bigint[];
  /** Jurors of a first jury whose word a second one checks; empty before a second one was seated. */
  readonly firstJury: readonly bigint[];
  /** Drawn attesters that joined, the earliest first; empty again once the owner has added evidence. */
  readonly joined: readonly JoinedAttester[];
  readonly committed: readonly bigint[];
  readonly revealed: readonly bigint[];
  /** What the owner added; null: nothing. */
  readonly evidence: DisputeEvidence | null;
  /** Whether the owner may still add evidence in the epochs of {@link mayShow}: it did not start the dispute itself, or without the list (an accusation of zeros, no rows), and no second jury votes. */
  readonly waits: boolean;
  /** Epoch in which it began: with its start, its owner's evidence or its second jury. Votes are committed from the next one on. */
  readonly disputeEpoch: bigint;
  /** First epoch in which no vote can be committed. */
  readonly commitDeadlineEpoch: bigint;
  /** First epoch in which no vote can be revealed. */
  readonly revealDeadlineEpoch: bigint;
  /** Whether the votes revealed so far decide nothing that a second jury could still decide. */
  readonly undecided: boolean;
}

/** No majority for one secret, one for "unavailable", or one by a single vote over anything else, in a jury that need not be the last. */
const isUndecided = ({ jurors, secrets, last }: DisputeRow): boolean => {
  if (last || jurors.length === 0) return false;
  const votes = secrets.filter((secret) => secret.length > 0).map((secret) => toHex(secret));
  const count = (vote: string): number => votes.filter((other) => other === vote).length;
  const isUnavailable = (vote: string): boolean => /^0*$/.test(vote);
  const winner = votes.find((vote) => 2 * count(vote) > jurors.length);
  if (winner === undefined || isUnavailable(winner)) return true;
  return votes.some((vote) => vote !== winner) && 2 * count(winner) === jurors.length + 1;
};

/** First epoch in which the owner of the stack may add no more evidence; null: it may add none at all. */
export const evidenceDeadline = ({ waits, disputeEpoch }: Dispute): bigint | null =>
  waits ? disputeEpoch + spans.evidence : null;

/** Whether the owner of the stack may add evidence now. */
export const mayShow = (dispute: Dispute, epoch: bigint): boolean => epoch < (evidenceDeadline(dispute) ?? 0n);

/**
 * Whether votes are revealed now: every seat of the jury that votes has committed, after the epoch of the dispute and once the owner of the
 * stack has had its time to add evidence, or the time is over.
 */
export const mayReveal = (dispute: Dispute, epoch: bigint): boolean => {
  const { voting, committed, disputeEpoch, commitDeadlineEpoch } = dispute;
  if (epoch >= commitDeadlineEpoch) return true;
  return epoch > disputeEpoch && !mayShow(dispute, epoch) && voting.every((juror) => committed.includes(juror));
};

/** Whether a second jury has to be looked for before the dispute can be resolved. */
export const needsSecondJury = (dispute: Dispute, epoch: bigint): boolean => {
  const { revealed, revealDeadlineEpoch, undecided, committed } = dispute;
  const over = epoch >= revealDeadlineEpoch || (mayReveal(dispute, epoch) && revealed.length === committed.length);
  return undecided && over;
};

const toDispute = (stackSmallId: bigint, row: DisputeRow): Dispute => ({
  stackSmallId,
  challenger: row.challenger,
  challengerNodeSmallId: row.challengerNode === 0n ? null : row.challengerNode,
  commitment: row.commitment,
  rows: row.rows,
  namedUnits: row.namedUnits,
  bond: row.bond,
  jurors: row.jurors,
  voting: row.together ? row.jurors.slice(row.firstJury.length) : row.jurors,
  firstJury: row.firstJury,
  joined: row.joined.map(({ node: nodeSmallId, owner, claim }) => ({ nodeSmallId, owner, claim })),
  undecided: isUndecided(row),
  committed: row.jurors.filter((_, seat) => (row.commits[seat]?.length ?? 0) > 0),
  revealed: row.jurors.filter((_, seat) => (row.secrets[seat]?.length ?? 0) > 0),
  evidence: row.evidence,
  waits: row.waits,
  disputeEpoch: row.epoch,
  commitDeadlineEpoch: row.commitDeadline,
  revealDeadlineEpoch: row.revealDeadline,
});

/** All disputes, ordered by stack. */
export const listDisputes = async (atoma: Atoma, parameters?: ListRowsParameters): Promise<readonly Dispute[]> =>
  (await listRows(atoma, 'disputes', disputeLayout, parameters)).map(({ id, row }) => toDispute(id, row));

/** The dispute of a stack, or null. */
export const findDispute = async (atoma: Atoma, parameters: StackParameters): Promise<Dispute | null> => {
  const id = smallId(parameters.stackSmallId);
  const row = await readRow(atoma, await tableId(atoma, 'disputes'), disputeLayout, id);
  return row && toDispute(id, row);
};

/** The dispute of a stack. Throws `SDK_DISPUTE_NOT_FOUND`. */
export const getDispute = async (atoma: Atoma, parameters: StackParameters): Promise<Dispute> => {
  const dispute = await findDispute(atoma, parameters);
  if (!dispute) throw sdkError('DISPUTE_NOT_FOUND', { id: String(parameters.stackSmallId) });
  return dispute;
};
