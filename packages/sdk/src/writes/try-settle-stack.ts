import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { bytes32, firstOf, theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link trySettleStack} takes. */
export interface TrySettleStackParameters extends NodeSelector {
  readonly stackSmallId: SmallIdInput;
  /** At most the units bought; 0 gives everything back at once. */
  readonly numClaimedComputeUnits: bigint | number;
  /** 32 bytes: H(L_0 || ... || L_k). */
  readonly committedStackProof: Uint8Array;
  /** 32 bytes: L_0. */
  readonly stackMerkleLeaf: Uint8Array;
  /** 32 bytes: T, the hash of the list of inputs. Without it a dispute finds the inputs unavailable. */
  readonly inputs?: Uint8Array;
}

/** The settlement. */
export interface TrySettleStackResult {
  readonly stackSmallId: bigint;
  readonly selectedNodeSmallId: bigint;
  /** Nodes drawn to attest. */
  readonly attesters: readonly bigint[];
  /** Whether they must. */
  readonly required: boolean;
  readonly numClaimedComputeUnits: bigint;
  /** First epoch in which an undisturbed settlement can be claimed. */
  readonly deadlineEpoch: bigint;
  /** What went back to the buyer at once when 0 units were claimed, base units; null else. */
  readonly refund: bigint | null;
}

const LABEL = 'db try-settle-stack';

/** Claims used units of a stack with a commitment to its history. */
export const trySettleStack = defineWrite<TrySettleStackParameters, TrySettleStackResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, numClaimedComputeUnits, committedStackProof, stackMerkleLeaf, inputs } = parameters;
    const badge = await nodeBadgeForStack(atoma, parameters, 'serve', stackSmallId);
    const claimed = whole(numClaimedComputeUnits, 'The number of units');
    const proof = bytes32(committedStackProof, 'The committed stack proof');
    const leaf = bytes32(stackMerkleLeaf, 'The stack merkle leaf');
    const list = inputs === undefined ? null : bytes32(inputs, 'The hash of the inputs');
    tx.add(db.trySettleStack(...market(atoma), badge, smallId(stackSmallId), claimed, proof, leaf, list));
  },
  parse: (ran, atoma) => {
    const settled = theOnly(ran, atoma, 'StackTrySettleEvent', LABEL);
    return {
      stackSmallId: settled.stackSmallId,
      selectedNodeSmallId: settled.selectedNodeId,
      attesters: settled.requestedAttestationNodes,
      required: settled.attestationRequired,
      numClaimedComputeUnits: settled.numClaimedComputeUnits,
      deadlineEpoch: settled.deadlineEpoch,
      refund: firstOf(ran, atoma, 'StackReclaimedEvent')?.refund ?? null,
    };
  },
});
