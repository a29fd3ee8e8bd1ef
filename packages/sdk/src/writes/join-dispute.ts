import { accusation } from '../commitment/inputs.ts';
import { requireSender } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { bytes32, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { getDispute } from '../reads/disputes.ts';
import { findNode } from '../reads/nodes.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link joinDispute} takes. */
export interface JoinDisputeParameters extends NodeSelector {
  readonly stackSmallId: SmallIdInput;
  /** 32 bytes: the committed stack proof this attester expects the jury to reach, rows that the dispute names included. */
  readonly attestationCommitment: Uint8Array;
}

/** Who joined. */
export interface JoinDisputeResult {
  readonly stackSmallId: bigint;
  readonly nodeSmallId: bigint;
}

const LABEL = 'db join-dispute';

/** Adds a drawn attester's own accusation to somebody else's dispute: if the jury agrees, the attester's share is its own. */
export const joinDispute = defineWrite<JoinDisputeParameters, JoinDisputeResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, attestationCommitment, nodeSmallId } = parameters;
    const proof = bytes32(attestationCommitment, 'The attestation commitment');
    const badge = await nodeBadgeForStack(atoma, parameters, 'attest', stackSmallId);
    const node = nodeSmallId === undefined ? null : await findNode(atoma, { nodeSmallId });
    const { rows } = await getDispute(atoma, { stackSmallId });
    const claim = accusation({ proof, challenger: node?.owner ?? requireSender(atoma), rows });
    tx.add(db.joinDispute(...market(atoma), badge, smallId(stackSmallId), claim));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, attesterNodeId } = theOnly(ran, atoma, 'DisputeJoinedEvent', LABEL);
    return { stackSmallId, nodeSmallId: attesterNodeId };
  },
});
