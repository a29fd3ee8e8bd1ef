/** A third of a task's other nodes in one hand frames an honest node: the one drawn to attest accuses it, the ones on the jury vote what it invented. */
import {
  computeCommitment,
  executedResult,
  findDispute,
  findTicket,
  submitStackSettlementAttestation,
  type Ticket,
} from '@atoma/sdk';
import { type ByHand, voteByHand } from './insured.ts';
import type { LabMarket } from './lab-market.ts';
import { hashOf, pick } from './random.ts';
import { nodeOf } from './stage.ts';

/** Makes the coalition of one stack; its nodes are operated by hand. */
export const coalition = (market: LabMarket, stack: bigint, server: bigint): ByHand => {
  const { chain, scenario, nodes } = market;
  const others = nodes.map(({ id }) => id).filter((id) => id !== server);
  const members = new Set(pick(others, scenario.colluding, scenario.seed, stack));
  const merkleRoot = hashOf('made up', stack);
  let said = 'no node of the coalition is drawn to attest: its buyer accuses';
  const accuse = async (node: bigint, { numClaimedComputeUnits: units, attesters }: Ticket): Promise<void> => {
    const made = computeCommitment({ merkleRoot, units, stackSmallId: stack, attesters: attesters.length });
    executedResult(
      await submitStackSettlementAttestation(nodeOf(market, node).atoma, {
        ...{ stackSmallId: stack, nodeSmallId: node },
        committedStackProof: made.committedStackProof,
        stackMerkleLeaf: made.leaves[1] as Uint8Array,
      }),
    );
    said = `node ${node} of the coalition is drawn to attest, and accuses with an invented root`;
  };
  return {
    look: async () => undefined,
    holds: (node) => members.has(node),
    vote: async (node) => {
      const ticket = await findTicket(chain.publisher, { stackSmallId: stack });
      if (!ticket) return;
      const units = ticket.numClaimedComputeUnits;
      if (ticket.state === 'awaiting' && ticket.attesters.includes(node)) await accuse(node, ticket);
      const dispute = await findDispute(chain.publisher, { stackSmallId: stack });
      if (dispute?.jurors.includes(node)) await voteByHand(market, stack, node, { merkleRoot, units });
    },
    told: () => [`nodes ${[...members].join(', ')} are in one hand`, said],
  };
};
