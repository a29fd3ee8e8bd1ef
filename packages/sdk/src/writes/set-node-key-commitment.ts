import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { bytes32, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link setNodeKeyCommitment} takes. */
export interface SetNodeKeyCommitmentParameters extends NodeSelector {
  /** 32 bytes. */
  readonly keyHash: Uint8Array;
  /** 32 bytes. */
  readonly evidenceHash: Uint8Array;
}

/** What {@link setNodeKeyCommitment} did. */
export interface SetNodeKeyCommitmentResult {
  readonly nodeSmallId: bigint;
  readonly epoch: bigint;
}

const LABEL = 'db set-node-key-commitment';

/** Commits to the node's key and its attestation evidence; level 2 needs one younger than 30 epochs. */
export const setNodeKeyCommitment = defineWrite<SetNodeKeyCommitmentParameters, SetNodeKeyCommitmentResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(
      db.setNodeKeyCommitment(
        ...market(atoma),
        badge,
        bytes32(parameters.keyHash, 'The key hash'),
        bytes32(parameters.evidenceHash, 'The evidence hash'),
      ),
    );
  },
  parse: (ran, atoma) => {
    const { nodeSmallId, epoch } = theOnly(ran, atoma, 'NodeKeyCommitmentEvent', LABEL);
    return { nodeSmallId, epoch };
  },
});
