import { inputsUnavailable } from '../commitment/hashes.ts';
import { accusation } from '../commitment/inputs.ts';
import { type Atoma, requireSender } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadgeForStack } from '../internal/node-selector.ts';
import { bytes32, firstOf, theOnly } from '../internal/results.ts';
import type { Ran } from '../internal/run-transaction.ts';
import { market } from '../internal/target.ts';
import { listNodeBadges } from '../reads/badges.ts';
import { findNode } from '../reads/nodes.ts';
import { findTicket, type Ticket } from '../reads/tickets.ts';
import { equalBytes } from '../values/bytes.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link submitStackSettlementAttestation} takes. */
export interface SubmitStackSettlementAttestationParameters extends NodeSelector {
  readonly stackSmallId: SmallIdInput;
  /** 32 bytes as this attester computed it; another than the ticket's is a dispute, 32 zero bytes: inputs unavailable. */
  readonly committedStackProof: Uint8Array;
  /** 32 bytes: L_i of this attester's place i. */
  readonly stackMerkleLeaf: Uint8Array;
  /** Disputes although the root is the ticket's, because the node's own leaf does not follow from it. Default: no. */
  readonly disputesLeaf?: boolean;
}

/** What the attestation led to. */
export interface SubmitStackSettlementAttestationResult {
  readonly stackSmallId: bigint;
  readonly nodeSmallId: bigint;
  /**
   * Waiting for others, all in and clean, the commitment must be opened (leaves and root disagree, or this attester does and no jury can be
   * seated), or disputed.
   */
  readonly outcome: 'attested' | 'clean' | 'openRequired' | 'disputed';
  /** Jurors drawn when disputed. */
  readonly jurors: readonly bigint[];
  /** Base units of TOMA bonded from the node's stake when disputed; null else. */
  readonly bond: bigint | null;
}

const LABEL = 'db submit-stack-settlement-attestation';

/** What goes on chain: the ticket's own root, zeros, or the accusation of the node's owner. */
const answer = async (
  atoma: Atoma,
  { stackSmallId, committedStackProof, disputesLeaf, ...selector }: SubmitStackSettlementAttestationParameters,
): Promise<Uint8Array> => {
  const proof = bytes32(committedStackProof, 'The committed stack proof');
  const ticket = await findTicket(atoma, { stackSmallId });
  const confirms = !disputesLeaf && ticket !== null && equalBytes(proof, ticket.committedStackProof);
  if (!ticket || confirms || equalBytes(proof, inputsUnavailable())) return proof;
  const node = selector.nodeSmallId ?? (await attesterOf(atoma, ticket));
  const owner = node === undefined ? undefined : (await findNode(atoma, { nodeSmallId: node }))?.owner;
  return accusation({ proof, challenger: owner ?? requireSender(atoma) });
};

/** The sender's node among the attesters. */
const attesterOf = async (atoma: Atoma, { attesters }: Ticket): Promise<bigint | undefined> =>
  (await listNodeBadges(atoma)).find(({ smallId }) => attesters.includes(smallId))?.smallId;

const attested = (ran: Ran, atoma: Atoma): SubmitStackSettlementAttestationResult => {
  const excused = firstOf(ran, atoma, 'AttesterExcusedEvent');
  if (excused) {
    const { stackSmallId, attestationNodeId: nodeSmallId } = excused;
    return { stackSmallId, nodeSmallId, outcome: 'openRequired', jurors: [], bond: null };
  }
  const { stackSmallId, attestationNodeId } = theOnly(ran, atoma, 'NewStackSettlementAttestationEvent', LABEL);
  const opening = firstOf(ran, atoma, 'StackOpeningRequiredEvent') ? 'openRequired' : 'attested';
  const outcome = firstOf(ran, atoma, 'StackSettlementTicketEvent') ? 'clean' : opening;
  return { stackSmallId, nodeSmallId: attestationNodeId, outcome, jurors: [], bond: null };
};

/** Confirms a settlement as a drawn attester, or disputes it with the node's stake by giving another root. */
export const submitStackSettlementAttestation = defineWrite<
  SubmitStackSettlementAttestationParameters,
  SubmitStackSettlementAttestationResult
>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const { stackSmallId, stackMerkleLeaf } = parameters;
    const badge = await nodeBadgeForStack(atoma, parameters, 'attest', stackSmallId);
    const proof = await answer(atoma, parameters);
    const leaf = bytes32(stackMerkleLeaf, 'The stack merkle leaf');
    tx.add(db.submitStackSettlementAttestation(...market(atoma), badge, smallId(stackSmallId), proof, leaf));
  },
  parse: (ran, atoma) => {
    const dispute = firstOf(ran, atoma, 'StackAttestationDisputeEvent');
    if (!dispute) return attested(ran, atoma);
    const { stackSmallId, challengerNodeId: nodeSmallId, jurors, bond } = dispute;
    return { stackSmallId, nodeSmallId, outcome: 'disputed', jurors, bond };
  },
  bond: ({ bond }) => bond,
});
