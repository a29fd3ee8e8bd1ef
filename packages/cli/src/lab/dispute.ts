/** A dispute from its jury to its end. */
import { disputeOutcomes, equalBytes, evidenceDeadline, getDispute, spans, voteCommitment } from '@atoma/sdk';
import * as db from '@atoma/sdk/bindings';
import { type Did, eventOf, reachEpoch, tryCall } from './lab-chain.ts';
import { labError } from './lab-errors.ts';
import { needsEvidence } from './lab-work.ts';
import type { StackPlay } from './play-stack.ts';
import { hashOf } from './random.ts';
import { act, nodeOf, type Stage } from './stage.ts';

interface Ballot {
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
  readonly salt: Uint8Array;
  readonly blame: boolean;
}

/** Jurors of a first jury that somebody insures against the minority. */
const INSURED = 3;

/** What a juror votes: the truth; the lie when it colludes, is insured or copies a leaked answer; a guess when it is lazy. */
const ballotOf = (
  { colluders, lazy, market, settlement, own, stack }: Stage,
  juror: bigint,
  insured: readonly bigint[],
): Ballot => {
  const salt = hashOf('salt', stack, juror);
  const { merkleRoot, units } = settlement.proof;
  if (colluders.has(juror) || insured.includes(juror) || (lazy.has(juror) && market.scenario.leak))
    return { merkleRoot, units, salt, blame: false };
  if (lazy.has(juror)) return { merkleRoot: hashOf('guess', stack, juror), units, salt, blame: false };
  const isDifferent = !equalBytes(own.committedStackProof, settlement.proof.committedStackProof);
  // What only the owner could show is no fault of who attested.
  const blame = isDifferent && !needsEvidence(market.scenario);
  return { merkleRoot: own.merkleRoot, units: own.units, salt, blame };
};

/** A jury votes: from the epoch after the dispute's on, and opens its votes once the owner of the stack can show no more evidence. */
const vote = async (stage: Stage, jurors: readonly bigint[], insured: readonly bigint[]): Promise<void> => {
  const { market, stack } = stage;
  const dispute = await getDispute(market.chain.publisher, { stackSmallId: stack });
  reachEpoch(market.chain, dispute.disputeEpoch + 1n);
  for (const id of jurors) {
    const juror = nodeOf(market, id);
    const ballot = ballotOf(stage, id, insured);
    const commitment = voteCommitment({ stackSmallId: stack, jurorSmallId: id, ...ballot });
    await act(stage, juror, db.commitDisputeVote, juror.badge, stack, commitment);
  }
  reachEpoch(market.chain, evidenceDeadline(dispute) ?? 0n);
  for (const id of jurors) {
    const juror = nodeOf(market, id);
    const { merkleRoot, units, salt, blame } = ballotOf(stage, id, insured);
    await act(stage, juror, db.revealDisputeVote, juror.badge, stack, merkleRoot, units, salt, blame);
  }
};

/** Seats the second jury, if the first decided nothing, or by a single vote, and has it vote. */
const voteAgain = async (stage: Stage): Promise<void> => {
  const { market, stack, steps } = stage;
  const did = await tryCall(market.chain, market.buyer, db.seatSecondJury, stack);
  const seated = eventOf(did, 'SecondJuryEvent')?.data;
  if (!seated) return;
  const { jurors } = seated;
  steps.push(jurors.length === 0 ? 'too few nodes for a second jury' : `second jury: node ${jurors.join(', node ')}`);
  if (jurors.length > 0) await vote(stage, jurors, []);
};

/** Plays a dispute that `opened` opened. */
export const playDispute = async (stage: Stage, opened: Did): Promise<Pick<StackPlay, 'end' | 'caught'>> => {
  const { market, stack, steps } = stage;
  const dispute = eventOf(opened, 'StackAttestationDisputeEvent')?.data;
  if (!dispute) throw labError('REFUSED', { call: 'start_attestation_dispute', why: 'it told no dispute' });
  const { jurors, disputeEpoch } = dispute;
  const insured = market.scenario.fault === 'insured-jury' ? jurors.slice(0, INSURED) : [];
  steps.push(jurors.length === 0 ? 'too few nodes for a jury' : `jury: node ${jurors.join(', node ')}`);
  // The manager could rule until then; the lab's does not.
  if (jurors.length === 0) reachEpoch(market.chain, disputeEpoch + spans.ruling);
  else await vote(stage, jurors, insured);
  await voteAgain(stage);
  // Votes that were never cast keep a dispute open until the last deadline; here all jurors reveal.
  const did = await act(stage, market.buyer, db.resolveDispute, stack);
  const resolved = eventOf(did, 'DisputeResolvedEvent')?.data;
  const end = disputeOutcomes[resolved?.outcome ?? -1];
  if (!resolved || end === undefined) throw labError('REFUSED', { call: 'resolve_dispute', why: 'it told no outcome' });
  steps.push(`the dispute ends: ${end}`);
  return { end, caught: end === 'convicted' };
};
