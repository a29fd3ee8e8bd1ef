/** Jurors that somebody promises what a minority loses: their operators take the daemons off the dispute and vote the accused's root by hand. */
import type { Daemon } from '@atoma/node';
import {
  commitDisputeVote,
  createMerkleBuilder,
  executedResult,
  findDispute,
  leafHash,
  mayReveal,
  revealDisputeVote,
} from '@atoma/sdk';
import { epochOf } from './lab-chain.ts';
import type { LabMarket } from './lab-market.ts';
import { hashOf } from './random.ts';
import { nodeOf } from './stage.ts';

/** Jurors of a first jury that are insured. */
export const INSURED = 3;

/** Nodes whose operators take the daemons off one stack. */
export interface ByHand {
  /** Looks at what has happened. */
  readonly look: () => Promise<void>;
  readonly holds: (node: bigint) => boolean;
  /** Does what the node can do for whoever holds it now. */
  readonly vote: (node: bigint) => Promise<void>;
  readonly told: () => readonly string[];
}

/** Commits and reveals a juror's vote for a history, as far as the dispute has come. */
export const voteByHand = async (
  market: LabMarket,
  stack: bigint,
  node: bigint,
  history: { readonly merkleRoot: Uint8Array; readonly units: bigint },
): Promise<void> => {
  const { chain } = market;
  const found = await findDispute(chain.publisher, { stackSmallId: stack });
  if (!found) return;
  const { atoma } = nodeOf(market, node);
  const ballot = {
    ...{ stackSmallId: stack, nodeSmallId: node, salt: hashOf('salt', stack, node) },
    ...history,
  };
  const epoch = epochOf(chain);
  if (epoch === found.disputeEpoch || !found.voting.includes(node) || found.revealed.includes(node)) return;
  if (!found.committed.includes(node)) executedResult(await commitDisputeVote(atoma, ballot));
  else if (mayReveal(found, epoch)) executedResult(await revealDisputeVote(atoma, ballot));
};

/** The root of what the accused settled with, as it tells it to those who vote for it. */
const rootOf = async ({ store }: Daemon, stack: bigint): Promise<Uint8Array> => {
  const tree = createMerkleBuilder();
  for (const leaf of await store.listLeaves(stack)) tree.add(leafHash(leaf));
  return tree.root();
};

/** Insures the first three jurors of the stack's first jury. */
export const insurance = (market: LabMarket, stack: bigint, accused: Daemon): ByHand => {
  const { chain } = market;
  let jurors: readonly bigint[] = [];
  const dispute = () => findDispute(chain.publisher, { stackSmallId: stack });
  const look = async (): Promise<void> => {
    if (jurors.length === 0) jurors = (await dispute())?.jurors.slice(0, INSURED) ?? [];
  };
  const vote = async (node: bigint): Promise<void> =>
    voteByHand(market, stack, node, {
      merkleRoot: await rootOf(accused, stack),
      units: (await accused.store.findStack(stack))?.consumed ?? 0n,
    });
  return {
    look,
    vote,
    holds: (node) => jurors.includes(node),
    told: () => (jurors.length === 0 ? [] : [`jurors ${jurors.join(', ')} are insured and vote the accused’s root`]),
  };
};
