import { voteCommitment } from '../commitment/hashes.ts';
import type { Atoma } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { bytes32, theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { listNodeBadges } from '../reads/badges.ts';
import { sdkError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** A juror's vote in the open; keep it until the reveal. */
export interface DisputeVote {
  /** 32 bytes: M as the juror computed it; 32 zero bytes: inputs unavailable. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint | number;
  /** 32 random bytes. */
  readonly salt: Uint8Array;
  /** Whether the rows every checker repeats, without receipts and named rows, already differ: then who attested them is slashed. Default: no. */
  readonly blame?: boolean;
}

/** What {@link commitDisputeVote} takes: the vote, or a commitment made from it. */
export type CommitDisputeVoteParameters = NodeSelector & { readonly stackSmallId: SmallIdInput } & (
    | DisputeVote
    | { readonly commitment: Uint8Array }
  );

/** The committed vote. */
export interface CommitDisputeVoteResult {
  readonly stackSmallId: bigint;
  readonly nodeSmallId: bigint;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
}

const LABEL = 'db commit-dispute-vote';

const jurorOf = async (atoma: Atoma, badgeId: string, selector: NodeSelector): Promise<bigint> => {
  if (selector.nodeSmallId !== undefined) return smallId(selector.nodeSmallId);
  const found = (await listNodeBadges(atoma)).find((badge) => badge.badgeId === badgeId);
  if (found) return found.smallId;
  throw sdkError('OBJECT_NOT_FOUND', { id: badgeId, what: 'a node badge of the sender' });
};

const commitmentOf = async (
  atoma: Atoma,
  badgeId: string,
  parameters: CommitDisputeVoteParameters,
): Promise<Uint8Array> => {
  if ('commitment' in parameters) return bytes32(parameters.commitment, 'The vote commitment');
  return voteCommitment({
    stackSmallId: smallId(parameters.stackSmallId),
    jurorSmallId: await jurorOf(atoma, badgeId, parameters),
    merkleRoot: bytes32(parameters.merkleRoot, 'The merkle root'),
    units: whole(parameters.units, 'The number of units'),
    salt: bytes32(parameters.salt, 'The salt'),
    blame: parameters.blame ?? false,
  });
};

/** Commits a juror to its vote without showing it. */
export const commitDisputeVote = defineWrite<CommitDisputeVoteParameters, CommitDisputeVoteResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadgeForStack(atoma, parameters, 'vote', parameters.stackSmallId);
    const commitment = await commitmentOf(atoma, badge, parameters);
    tx.add(db.commitDisputeVote(...market(atoma), badge, smallId(parameters.stackSmallId), commitment));
  },
  parse: (ran, atoma) => {
    const {
      stackSmallId,
      jurorNodeId,
      voteCommitment: commitment,
    } = theOnly(ran, atoma, 'DisputeVoteCommittedEvent', LABEL);
    return { stackSmallId, nodeSmallId: jurorNodeId, commitment };
  },
});
