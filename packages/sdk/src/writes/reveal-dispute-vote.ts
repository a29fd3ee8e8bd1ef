import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { bytes32, theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import type { DisputeVote } from './commit-dispute-vote.ts';

/** What {@link revealDisputeVote} takes: exactly the vote that was committed. */
export interface RevealDisputeVoteParameters extends NodeSelector, DisputeVote {
  readonly stackSmallId: SmallIdInput;
}

/** The revealed vote. */
export interface RevealDisputeVoteResult {
  readonly stackSmallId: bigint;
  readonly nodeSmallId: bigint;
}

const LABEL = 'db reveal-dispute-vote';

/** Reveals a juror's committed vote. */
export const revealDisputeVote = defineWrite<RevealDisputeVoteParameters, RevealDisputeVoteResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, merkleRoot, units, salt, blame = false } = parameters;
    const badge = await nodeBadgeForStack(atoma, parameters, 'vote', stackSmallId);
    const root = bytes32(merkleRoot, 'The merkle root');
    const total = whole(units, 'The number of units');
    const secret = bytes32(salt, 'The salt');
    tx.add(db.revealDisputeVote(...market(atoma), badge, smallId(stackSmallId), root, total, secret, blame));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, jurorNodeId } = theOnly(ran, atoma, 'DisputeVoteRevealedEvent', LABEL);
    return { stackSmallId, nodeSmallId: jurorNodeId };
  },
});
