/** Settlements by hand, for what a daemon would not send by itself. */
import {
  computeCommitment,
  createMerkleBuilder,
  executedResult,
  leafHash,
  type TrySettleStackParameters,
  trySettleStack,
} from '@atoma/sdk';
import type { Daemon } from '../daemon.ts';
import { inputsOf } from '../serve/transcript.ts';

/** Settles a stack for the leaves its node shows, in all but what `but` says; gives their units and how many there are. */
export const settleByHand = async (
  { settle, store }: Daemon,
  stack: { readonly id: bigint; readonly level: number },
  but: Partial<Pick<TrySettleStackParameters, 'numClaimedComputeUnits' | 'stackMerkleLeaf'>> & {
    readonly listed?: boolean;
  } = {},
): Promise<{ readonly units: bigint; readonly rows: number }> => {
  const { listed = true, ...other } = but;
  const leaves = await store.listLeaves(stack.id);
  const tree = createMerkleBuilder();
  for (const leaf of leaves) tree.add(leafHash(leaf));
  const units = leaves.reduce((sum, leaf) => sum + leaf.units, 0n);
  const own = computeCommitment({ merkleRoot: tree.root(), stackSmallId: stack.id, units, attesters: 1 });
  executedResult(
    await trySettleStack(settle.atoma, {
      stackSmallId: stack.id,
      nodeSmallId: settle.nodeId,
      numClaimedComputeUnits: units,
      committedStackProof: own.committedStackProof,
      stackMerkleLeaf: own.stackMerkleLeaf,
      ...(listed ? { inputs: await inputsOf(store, { ...stack, nextLeaf: leaves.length }) } : {}),
      ...other,
    }),
  );
  return { units, rows: leaves.length };
};
