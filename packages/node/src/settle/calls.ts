/** The calls a daemon sends, each with its frozen inputs, and how to see on chain that its effect is already there. */
import {
  type Atoma,
  claimFunds,
  commitDisputeVote,
  equalBytes,
  finalizeStack,
  findDispute,
  findNode,
  findStack,
  findTicket,
  fromBase64,
  openStackCommitment,
  redrawAttesters,
  resolveDispute,
  revealDisputeVote,
  seatSecondJury,
  setNodeKeyCommitment,
  startAttestationDispute,
  submitStackSettlementAttestation,
  toBase64,
  trySettleStack,
  updateNodeUrl,
  type Write,
} from '@atoma/sdk';
import { nodeError } from '../errors.ts';

/** Frozen inputs: decimal text for numbers, base64 for bytes. */
export type Frozen = Readonly<Record<string, string>>;

/** One kind of call. */
export interface Call {
  // biome-ignore lint/suspicious/noExplicitAny: each call has its own parameter type; `parameters` below produces it
  readonly write: Write<any, unknown>;
  readonly parameters: (frozen: Frozen, nodeId: bigint) => unknown;
  /** Whether the chain already shows what the call would do, or can no longer. */
  readonly present: (atoma: Atoma, frozen: Frozen, nodeId: bigint) => Promise<boolean>;
}

const field = (frozen: Frozen, name: string): string => {
  const value = frozen[name];
  if (value === undefined) throw nodeError('OUTBOX', { kind: 'call', subject: name, from: 'frozen', to: 'parameters' });
  return value;
};
const bytes = (frozen: Frozen, name: string): Uint8Array => fromBase64(field(frozen, name)) as Uint8Array;
const stackOf = (frozen: Frozen): bigint => BigInt(field(frozen, 'stack'));
const stackSmallId = (frozen: Frozen) => ({ stackSmallId: stackOf(frozen) });
const ticketOf = (atoma: Atoma, frozen: Frozen) => findTicket(atoma, stackSmallId(frozen));
const disputeOf = (atoma: Atoma, frozen: Frozen) => findDispute(atoma, stackSmallId(frozen));
const proofs = (frozen: Frozen) => ({
  committedStackProof: bytes(frozen, 'proof'),
  stackMerkleLeaf: bytes(frozen, 'leaf'),
});
const vote = (frozen: Frozen) => ({
  merkleRoot: bytes(frozen, 'merkleRoot'),
  units: BigInt(field(frozen, 'units')),
  salt: bytes(frozen, 'salt'),
});

/** Every kind of call. */
export const calls: Readonly<Record<string, Call>> = {
  settle: {
    write: trySettleStack,
    parameters: (frozen, nodeSmallId) => ({
      ...stackSmallId(frozen),
      ...proofs(frozen),
      ...(frozen.inputs === undefined ? {} : { inputs: bytes(frozen, 'inputs') }),
      nodeSmallId,
      numClaimedComputeUnits: BigInt(field(frozen, 'units')),
    }),
    present: async (atoma, frozen) => {
      const ticket = await ticketOf(atoma, frozen);
      if (ticket) return equalBytes(ticket.committedStackProof, bytes(frozen, 'proof'));
      return (await findStack(atoma, stackSmallId(frozen))) === null;
    },
  },
  claim: {
    write: claimFunds,
    parameters: (frozen, nodeSmallId) => ({
      nodeSmallId,
      stackSmallIds: field(frozen, 'stacks').split(',').map(BigInt),
    }),
    present: async (atoma, frozen) => {
      const ids = field(frozen, 'stacks').split(',').map(BigInt);
      const tickets = await Promise.all(ids.map((id) => findTicket(atoma, { stackSmallId: id })));
      return tickets.every((ticket) => ticket === null);
    },
  },
  attest: {
    write: submitStackSettlementAttestation,
    parameters: (frozen, nodeSmallId) => ({ ...stackSmallId(frozen), ...proofs(frozen), nodeSmallId }),
    present: async (atoma, frozen, nodeId) => {
      const ticket = await ticketOf(atoma, frozen);
      return ticket === null || ticket.state === 'disputed' || ticket.attested.includes(nodeId);
    },
  },
  dispute: {
    write: startAttestationDispute,
    parameters: (frozen) => ({ ...stackSmallId(frozen), attestationCommitment: bytes(frozen, 'proof') }),
    present: async (atoma, frozen) => {
      const ticket = await ticketOf(atoma, frozen);
      return ticket === null || ticket.state === 'disputed';
    },
  },
  redraw: {
    write: redrawAttesters,
    parameters: stackSmallId,
    present: async (atoma, frozen) => {
      const ticket = await ticketOf(atoma, frozen);
      if (ticket?.state !== 'awaiting' || String(ticket.redraws) !== field(frozen, 'redraws')) return true;
      return frozen.vacant === 'true' && !ticket.attesters.includes(null);
    },
  },
  open: {
    write: openStackCommitment,
    parameters: (frozen) => ({
      ...stackSmallId(frozen),
      merkleRoot: bytes(frozen, 'merkleRoot'),
      units: BigInt(field(frozen, 'units')),
    }),
    present: async (atoma, frozen) => (await ticketOf(atoma, frozen))?.state !== 'openRequired',
  },
  commit_vote: {
    write: commitDisputeVote,
    parameters: (frozen, nodeSmallId) => ({ ...stackSmallId(frozen), ...vote(frozen), nodeSmallId }),
    present: async (atoma, frozen, nodeId) => {
      const dispute = await disputeOf(atoma, frozen);
      return dispute === null || dispute.committed.includes(nodeId);
    },
  },
  reveal_vote: {
    write: revealDisputeVote,
    parameters: (frozen, nodeSmallId) => ({ ...stackSmallId(frozen), ...vote(frozen), nodeSmallId }),
    present: async (atoma, frozen, nodeId) => {
      const dispute = await disputeOf(atoma, frozen);
      return dispute === null || dispute.revealed.includes(nodeId);
    },
  },
  second_jury: {
    write: seatSecondJury,
    parameters: stackSmallId,
    present: async (atoma, frozen) => {
      const dispute = await disputeOf(atoma, frozen);
      return dispute === null || !dispute.undecided;
    },
  },
  resolve: {
    write: resolveDispute,
    parameters: stackSmallId,
    present: async (atoma, frozen) => (await disputeOf(atoma, frozen)) === null,
  },
  finalize: {
    write: finalizeStack,
    parameters: stackSmallId,
    present: async (atoma, frozen) => (await findStack(atoma, stackSmallId(frozen))) === null,
  },
  key: {
    write: setNodeKeyCommitment,
    parameters: (frozen, nodeSmallId) => ({
      nodeSmallId,
      keyHash: bytes(frozen, 'keyHash'),
      evidenceHash: bytes(frozen, 'evidenceHash'),
    }),
    present: async (atoma, frozen, nodeSmallId) => {
      const node = await findNode(atoma, { nodeSmallId });
      const has = (committed: Uint8Array | null | undefined, name: string): boolean =>
        committed != null && equalBytes(committed, bytes(frozen, name));
      return has(node?.keyHash, 'keyHash') && has(node?.evidenceHash, 'evidenceHash');
    },
  },
  url: {
    write: updateNodeUrl,
    parameters: (frozen, nodeSmallId) => ({ nodeSmallId, url: field(frozen, 'url') }),
    present: async (atoma, frozen, nodeSmallId) => {
      const found = await findNode(atoma, { nodeSmallId });
      return found?.url === field(frozen, 'url') && found.owner === atoma.sender;
    },
  },
};

/** Bytes as frozen inputs have them. */
export const frozenBytes = toBase64;
