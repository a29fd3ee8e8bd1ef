/** A dispute at any moment of its life, from its events. */
import { accusation, computeCommitment, type EventData } from '@atoma/sdk';
import { all, attesterCounts, type Life, last, type Step } from './life.ts';

/** A juror's place. */
export interface Seat {
  readonly juror: bigint;
  /** 1, or 2 for the second jury. */
  readonly jury: 1 | 2;
  readonly sealed: boolean;
  /** Null before it is revealed. */
  readonly vote: { readonly root: Uint8Array; readonly units: bigint; readonly says: Says } | null;
  /** What it got or lost; null before the end. */
  readonly end: 'paid' | 'slashed' | 'nothing' | null;
}

/** What a vote says of the settlement. */
export type Says = 'as settled' | 'another result' | 'inputs unavailable';

/** The dispute after some of its events. */
export interface Scene {
  readonly seats: readonly Seat[];
  readonly second: boolean;
  /** What the owner of the stack added to the dispute. */
  readonly shown: EventData<'DisputeEvidenceEvent'> | undefined;
  readonly resolved: EventData<'DisputeResolvedEvent'> | undefined;
  /** What most of the jurors revealed; null while there is no majority. */
  readonly majority: { readonly root: Uint8Array; readonly units: bigint } | null;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** The commitments a history leads to; several where the stack's terms are gone. */
const proofsOf = (life: Life, merkleRoot: Uint8Array, units: bigint): readonly Uint8Array[] =>
  attesterCounts(life).map(
    (attesters) => computeCommitment({ merkleRoot, stackSmallId: life.id, units, attesters }).committedStackProof,
  );

/** The vote of more than half of these seats. */
const majorityOf = (bench: readonly Seat[]): Seat['vote'] | undefined =>
  bench.find(({ vote }) => {
    if (!vote) return false;
    const agrees = (other: Seat): boolean =>
      other.vote !== null && same(other.vote.root, vote.root) && other.vote.units === vote.units;
    return 2 * bench.filter(agrees).length > bench.length;
  })?.vote;

/** The events of the dispute in order; the first one opens it. */
export const disputeSteps = ({ steps }: Life): readonly Step[] => {
  const from = steps.findIndex(({ kind }) => kind === 'StackAttestationDisputeEvent');
  return from < 0 ? [] : steps.slice(from);
};

/** The dispute after the first `count` of its events. */
export const sceneAt = (life: Life, count: number): Scene => {
  const steps = disputeSteps(life).slice(0, count);
  const opened = last(steps, 'StackAttestationDisputeEvent');
  const second = last(steps, 'SecondJuryEvent');
  const resolved = last(steps, 'DisputeResolvedEvent');
  const evidence = steps.findLastIndex(({ kind }) => kind === 'DisputeEvidenceEvent');
  // The dispute began anew with it: votes of before do not count.
  const sealed = new Set(
    all(steps.slice(evidence + 1), 'DisputeVoteCommittedEvent').map(({ jurorNodeId }) => jurorNodeId),
  );
  const revealed = new Map(all(steps, 'DisputeVoteRevealedEvent').map((vote) => [vote.jurorNodeId, vote]));
  const claimed = last(life.steps, 'StackTrySettleEvent')?.numClaimedComputeUnits;
  const seatOf =
    (jury: 1 | 2) =>
    (juror: bigint): Seat => {
      const vote = revealed.get(juror);
      const end = resolved?.paidJurors.includes(juror)
        ? 'paid'
        : resolved?.slashedJurors.includes(juror)
          ? 'slashed'
          : 'nothing';
      const saysOf = (root: Uint8Array, units: bigint): Says => {
        if (root.every((byte) => byte === 0)) return 'inputs unavailable';
        const as = opened && units === claimed;
        return as && proofsOf(life, root, units).some((proof) => same(proof, opened.originalCommitment))
          ? 'as settled'
          : 'another result';
      };
      return {
        juror,
        jury,
        sealed: sealed.has(juror),
        vote: vote
          ? {
              root: vote.historyRoot,
              units: vote.numComputeUnits,
              says: saysOf(vote.historyRoot, vote.numComputeUnits),
            }
          : null,
        end: resolved ? end : null,
      };
    };
  const seats = [...(opened?.jurors ?? []).map(seatOf(1)), ...(second?.jurors ?? []).map(seatOf(2))];
  const first = seats.filter(({ jury }) => jury === 1);
  // A first jury with a majority decides together with the second; without one its votes are dropped.
  const bench =
    majorityOf(first) !== undefined || !second?.jurors.length ? seats : seats.filter(({ jury }) => jury === 2);
  const majority = majorityOf(bench);
  const shown = last(steps, 'DisputeEvidenceEvent');
  return { seats, second: second !== undefined, shown, resolved, majority: majority ?? null };
};

/** Whether nobody accuses: a jury looks at the rows where attesters were silent. */
export const isAudit = ({ challenger }: { readonly challenger: string }): boolean => /^0x0*$/.test(challenger);

/** Whether the challenger committed to what the jury found; null: that cannot be told, or there is none. */
export const challengerWasRight = (life: Life, { majority }: Scene): boolean | null => {
  const opened = last(life.steps, 'StackAttestationDisputeEvent');
  if (!opened || !majority || isAudit(opened)) return null;
  const { challenger, rows, attestationCommitment: said } = opened;
  return proofsOf(life, majority.root, majority.units).some(
    (proof) => same(proof, said) || same(accusation({ proof, challenger, rows }), said),
  );
};
