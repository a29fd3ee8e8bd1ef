/** A node that settles other rows than it served. */
import { computeCommitment, createMerkleBuilder, executedResult, leafHash, trySettleStack } from '@atoma/sdk';
import type { Daemon } from '../daemon.ts';
import { inputsOf } from '../serve/transcript.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { LeafRow, Store } from '../store/types.ts';
import type { Fleet } from './fleet.ts';

/** What a liar makes of the rows of its history. */
export type Lie = (leaves: readonly LeafRow[]) => readonly LeafRow[];

/** A ledger in memory that shows what the lie of the moment makes of its rows; without one the truth. */
export const lyingStore = (lie: () => Lie | undefined): Store => {
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return {
    ...store,
    listLeaves: async (stack, from = 0, limit) => {
      const told = lie();
      if (!told) return store.listLeaves(stack, from, limit);
      return told(await store.listLeaves(stack)).slice(from, limit === undefined ? undefined : from + limit);
    },
  };
};

/** Settles whatever the node's ledger shows now, list of inputs included. Gives the units claimed. */
export const settleShown = async (
  fleet: Fleet,
  stack: bigint,
  server: Daemon,
  by = server.settle.atoma,
): Promise<bigint> => {
  const leaves = await server.store.listLeaves(stack);
  const tree = createMerkleBuilder();
  for (const leaf of leaves) tree.add(leafHash(leaf));
  const units = leaves.reduce((sum, leaf) => sum + leaf.units, 0n);
  const own = computeCommitment({ merkleRoot: tree.root(), stackSmallId: stack, units, attesters: 1 });
  executedResult(
    await trySettleStack(by, {
      stackSmallId: stack,
      nodeSmallId: server.settle.nodeId,
      numClaimedComputeUnits: units,
      committedStackProof: own.committedStackProof,
      stackMerkleLeaf: own.stackMerkleLeaf,
      inputs: await inputsOf(server.store, { id: stack, level: 0, nextLeaf: leaves.length }),
    }),
  );
  await fleet.tick();
  return units;
};
