import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { bytes32, theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link openStackCommitment} takes. */
export interface OpenStackCommitmentParameters {
  readonly stackSmallId: SmallIdInput;
  /** M. 32 bytes. */
  readonly merkleRoot: Uint8Array;
  /** Sum of the units over the history. */
  readonly units: bigint | number;
}

/** What the opening showed. */
export interface OpenStackCommitmentResult {
  readonly stackSmallId: bigint;
  /** Whether the settlement stands; otherwise the stack is forfeited. */
  readonly valid: boolean;
  /** Attesters whose leaves were wrong. */
  readonly rejectedNodes: readonly bigint[];
  /** First epoch in which a standing settlement can be claimed. */
  readonly deadlineEpoch: bigint;
}

const LABEL = 'db open-stack-commitment';

/** Opens a commitment on chain, which settles a conflict of leaves for good. Anyone may. */
export const openStackCommitment = defineWrite<OpenStackCommitmentParameters, OpenStackCommitmentResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId, merkleRoot, units }) => {
    const root = bytes32(merkleRoot, 'The merkle root');
    tx.add(db.openStackCommitment(...market(atoma), smallId(stackSmallId), root, whole(units, 'The number of units')));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, valid, rejectedNodes, deadlineEpoch } = theOnly(ran, atoma, 'StackOpenedEvent', LABEL);
    return { stackSmallId, valid, rejectedNodes, deadlineEpoch };
  },
});
