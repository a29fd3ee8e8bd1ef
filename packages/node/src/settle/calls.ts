/** The calls a daemon sends, each with its frozen inputs, and how to see on chain that its effect is already there. */
import {
  type Atoma,
  claimFunds,
  commitDisputeVote,
  type Dispute,
  equalBytes,
  evictSubscription,
  finalizeStack,
  findDispute,
  findNode,
  findStack,
  findTask,
  findTicket,
  fromBase64,
  getSubscription,
  joinDispute,
  openStackCommitment,
  redrawAttesters,
  resolveDispute,
  revealDisputeVote,
  seatSecondJury,
  setNodeKeyCommitment,
  submitStackSettlementAttestation,
  toBase64,
  trySettleStack,
  updateNodeUrl,
  type Write,
} from '@atoma/sdk';
import type { Transaction } from '@mysten/sui/transactions';
import * as z from 'zod';
import { nodeError } from '../node-errors.ts';
import type { OutboxKind, OutboxRow } from '../store/types.ts';
import type { SettleContext } from './settle-context.ts';

/** Of one stack. */
interface OfStack {
  readonly stack: string;
}

interface Vote extends OfStack {
  /** Of the dispute as it was then: a dispute that begins anew takes another vote. Absent in entries of earlier versions. */
  readonly epoch?: string;
  readonly merkleRoot: string;
  readonly units: string;
  readonly salt: string;
  /** Whether inputs could be had; absent in entries of earlier versions. */
  readonly evidence?: 'none' | 'found';
  readonly blame?: 'yes';
}

/** What is frozen for each kind: decimal text for numbers, base64 for bytes. */
export interface FrozenData {
  readonly settle: OfStack & {
    readonly units: string;
    readonly proof: string;
    readonly leaf: string;
    readonly merkleRoot: string;
    readonly total: string;
    readonly inputs?: string;
  };
  /** Small ids with commas. */
  readonly claim: { readonly stacks: string };
  /** `disputes`: the root is right and the node's own leaf is not. */
  readonly attest: OfStack & { readonly proof: string; readonly leaf: string; readonly disputes?: 'leaf' };
  /** `epoch` as in a vote; `shown`: after the owner's evidence, which may come in the epoch that the dispute began in. */
  readonly join: OfStack & { readonly proof: string; readonly epoch?: string; readonly shown?: 'yes' };
  readonly redraw: OfStack & { readonly redraws: string; readonly vacant: string };
  readonly open: OfStack & { readonly merkleRoot: string; readonly units: string };
  readonly commit_vote: Vote;
  readonly reveal_vote: Vote;
  readonly second_jury: OfStack;
  readonly resolve: OfStack;
  readonly finalize: OfStack;
  /** Small ids. */
  readonly evict: { readonly task: string; readonly node: string };
  /** `epoch`: when it was asked for; absent in entries of earlier versions. */
  readonly key: { readonly keyHash: string; readonly evidenceHash: string; readonly epoch?: string };
  readonly url: { readonly url: string };
}

const number = z.string().regex(/^\d{1,20}$/);
const base64 = z.string();
const ofStack = { stack: number };
const vote = z.object({
  ...ofStack,
  epoch: number.exactOptional(),
  merkleRoot: base64,
  units: number,
  salt: base64,
  evidence: z.enum(['none', 'found']).exactOptional(),
  blame: z.literal('yes').exactOptional(),
});

/** How each is read back. */
const layouts: { readonly [Kind in OutboxKind]: z.ZodType<FrozenData[Kind]> } = {
  settle: z.object({
    ...ofStack,
    units: number,
    proof: base64,
    leaf: base64,
    merkleRoot: base64,
    total: number,
    inputs: base64.exactOptional(),
  }),
  claim: z.object({ stacks: z.string().regex(/^\d{1,20}(,\d{1,20})*$/) }),
  attest: z.object({ ...ofStack, proof: base64, leaf: base64, disputes: z.literal('leaf').exactOptional() }),
  join: z.object({ ...ofStack, proof: base64, epoch: number.exactOptional(), shown: z.literal('yes').exactOptional() }),
  redraw: z.object({ ...ofStack, redraws: number, vacant: z.string() }),
  open: z.object({ ...ofStack, merkleRoot: base64, units: number }),
  commit_vote: vote,
  reveal_vote: vote,
  second_jury: z.object(ofStack),
  resolve: z.object(ofStack),
  finalize: z.object(ofStack),
  evict: z.object({ task: number, node: number }),
  key: z.object({ keyHash: base64, evidenceHash: base64, epoch: number.exactOptional() }),
  url: z.object({ url: z.string() }),
};

/** One kind of call. */
export interface Call<Frozen> {
  readonly build: (atoma: Atoma, frozen: Frozen, nodeId: bigint) => Promise<Transaction>;
  /** Whether the chain already shows what the call would do, or can no longer. */
  readonly present: (atoma: Atoma, frozen: Frozen, nodeId: bigint) => Promise<boolean>;
}

/** Stores what is to be sent; an entry of that name stays as it is. */
export const intend = <Kind extends OutboxKind>(
  { node: { store, now } }: SettleContext,
  kind: Kind,
  subject: string,
  frozen: FrozenData[Kind],
): Promise<OutboxRow> => store.putIntent(kind, subject, JSON.stringify(frozen), now());

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * What was frozen in an entry of a kind: written by {@link intend}, or by a settlement's freeze. Throws `NODE_OUTBOX` when it is not what
 * that kind needs.
 */
export const frozenOf = <Kind extends OutboxKind>(kind: Kind, row: OutboxRow): FrozenData[Kind] => {
  const read = layouts[kind].safeParse(jsonOf(row.frozen));
  if (!read.success) throw nodeError('OUTBOX', { kind, subject: row.subject, from: 'frozen', to: 'parameters' });
  return read.data;
};

/** Names a juror's vote in a dispute: one that begins anew, with its owner's evidence or a second jury, takes another. */
export const voteSubject = (stack: bigint, disputeEpoch: bigint | string): string => `${stack}/${disputeEpoch}`;

/** Names an attester's accusation in a dispute that somebody else started: with its owner's evidence it takes another. */
export const joinSubject = ({ stackSmallId, disputeEpoch, evidence }: Dispute): string =>
  `${voteSubject(stackSmallId, disputeEpoch)}${evidence ? '/shown' : ''}`;

/** Bytes as frozen inputs have them. */
export const frozenBytes = toBase64;

const bytes = (text: string): Uint8Array => {
  const read = fromBase64(text);
  if (!read) throw nodeError('OUTBOX', { kind: 'call', subject: text, from: 'frozen', to: 'parameters' });
  return read;
};
const stackSmallId = ({ stack }: OfStack) => ({ stackSmallId: BigInt(stack) });
const ticketOf = (atoma: Atoma, frozen: OfStack) => findTicket(atoma, stackSmallId(frozen));
const disputeOf = (atoma: Atoma, frozen: OfStack) => findDispute(atoma, stackSmallId(frozen));
const proofs = ({ proof, leaf }: { readonly proof: string; readonly leaf: string }) => ({
  committedStackProof: bytes(proof),
  stackMerkleLeaf: bytes(leaf),
});
/** Whether a vote, or an accusation, is no longer asked for: the dispute is over, or began anew after it. */
const isPast = (dispute: Dispute | null, { epoch }: Pick<Vote, 'epoch'>): dispute is null =>
  dispute === null || (epoch !== undefined && String(dispute.disputeEpoch) !== epoch);
const votes = ({ merkleRoot, units, salt, blame }: Vote) => ({
  merkleRoot: bytes(merkleRoot),
  units: BigInt(units),
  salt: bytes(salt),
  blame: blame === 'yes',
});

/** A call of a write, with parameters made of what was frozen. */
const call = <Frozen, Parameters>(
  write: Write<Parameters, unknown>,
  parameters: (frozen: Frozen, nodeId: bigint) => Parameters,
  present: Call<Frozen>['present'],
): Call<Frozen> => ({ build: (atoma, frozen, nodeId) => write.build(atoma, parameters(frozen, nodeId)), present });

/** Every kind of call. */
const calls: { readonly [Kind in OutboxKind]: Call<FrozenData[Kind]> } = {
  settle: call(
    trySettleStack,
    (frozen, nodeSmallId) => ({
      ...stackSmallId(frozen),
      ...proofs(frozen),
      ...(frozen.inputs === undefined ? {} : { inputs: bytes(frozen.inputs) }),
      nodeSmallId,
      numClaimedComputeUnits: BigInt(frozen.units),
    }),
    async (atoma, frozen) => {
      const ticket = await ticketOf(atoma, frozen);
      if (ticket) return equalBytes(ticket.committedStackProof, bytes(frozen.proof));
      return (await findStack(atoma, stackSmallId(frozen))) === null;
    },
  ),
  claim: call(
    claimFunds,
    (frozen, nodeSmallId) => ({
      nodeSmallId,
      stackSmallIds: frozen.stacks.split(',').map(BigInt),
    }),
    async (atoma, frozen) => {
      const ids = frozen.stacks.split(',').map(BigInt);
      const tickets = await Promise.all(ids.map((id) => findTicket(atoma, { stackSmallId: id })));
      return tickets.every((ticket) => ticket === null);
    },
  ),
  attest: call(
    submitStackSettlementAttestation,
    (frozen, nodeSmallId) => ({
      ...stackSmallId(frozen),
      ...proofs(frozen),
      nodeSmallId,
      disputesLeaf: frozen.disputes === 'leaf',
    }),
    async (atoma, frozen, nodeId) => {
      const ticket = await ticketOf(atoma, frozen);
      return ticket === null || ticket.state === 'disputed' || ticket.attested.includes(nodeId);
    },
  ),
  join: call(
    joinDispute,
    (frozen, nodeSmallId) => ({
      ...stackSmallId(frozen),
      attestationCommitment: bytes(frozen.proof),
      nodeSmallId,
    }),
    async (atoma, frozen, nodeId) => {
      const dispute = await disputeOf(atoma, frozen);
      if (isPast(dispute, frozen) || dispute.firstJury.length > 0) return true;
      const isEarlier = frozen.epoch !== undefined && (frozen.shown === 'yes') !== (dispute.evidence !== null);
      return isEarlier || dispute.joined.some(({ nodeSmallId }) => nodeSmallId === nodeId);
    },
  ),
  redraw: call(redrawAttesters, stackSmallId, async (atoma, frozen: FrozenData['redraw']) => {
    const ticket = await ticketOf(atoma, frozen);
    if (ticket?.state !== 'awaiting' || String(ticket.redraws) !== frozen.redraws) return true;
    return frozen.vacant === 'true' && !ticket.attesters.includes(null);
  }),
  open: call(
    openStackCommitment,
    (frozen) => ({
      ...stackSmallId(frozen),
      merkleRoot: bytes(frozen.merkleRoot),
      units: BigInt(frozen.units),
    }),
    async (atoma, frozen) => (await ticketOf(atoma, frozen))?.state !== 'openRequired',
  ),
  commit_vote: call(
    commitDisputeVote,
    (frozen, nodeSmallId) => ({ ...stackSmallId(frozen), ...votes(frozen), nodeSmallId }),
    async (atoma, frozen, nodeId) => {
      const dispute = await disputeOf(atoma, frozen);
      return isPast(dispute, frozen) || dispute.committed.includes(nodeId);
    },
  ),
  reveal_vote: call(
    revealDisputeVote,
    (frozen, nodeSmallId) => ({ ...stackSmallId(frozen), ...votes(frozen), nodeSmallId }),
    async (atoma, frozen, nodeId) => {
      const dispute = await disputeOf(atoma, frozen);
      return isPast(dispute, frozen) || dispute.revealed.includes(nodeId);
    },
  ),
  second_jury: call(seatSecondJury, stackSmallId, async (atoma, frozen) => {
    const dispute = await disputeOf(atoma, frozen);
    return dispute === null || !dispute.undecided;
  }),
  resolve: call(resolveDispute, stackSmallId, async (atoma, frozen) => (await disputeOf(atoma, frozen)) === null),
  finalize: call(
    finalizeStack,
    stackSmallId,
    async (atoma, frozen) => (await findStack(atoma, stackSmallId(frozen))) === null,
  ),
  evict: call(
    evictSubscription,
    ({ task, node }) => ({ taskSmallId: BigInt(task), nodeSmallId: BigInt(node) }),
    async (atoma, { task, node }) => {
      const of = { taskSmallId: BigInt(task), nodeSmallId: BigInt(node) };
      return (await findTask(atoma, of)) === null || (await getSubscription(atoma, of)) === null;
    },
  ),
  key: call(
    setNodeKeyCommitment,
    (frozen, nodeSmallId) => ({
      nodeSmallId,
      keyHash: bytes(frozen.keyHash),
      evidenceHash: bytes(frozen.evidenceHash),
    }),
    async (atoma, frozen, nodeSmallId) => {
      const node = await findNode(atoma, { nodeSmallId });
      const has = (committed: Uint8Array | null | undefined, text: string): boolean =>
        committed != null && equalBytes(committed, bytes(text));
      // The same hashes are committed again before they are stale.
      const fresh = (node?.keyEpoch ?? -1n) >= BigInt(frozen.epoch ?? '0');
      return fresh && has(node?.keyHash, frozen.keyHash) && has(node?.evidenceHash, frozen.evidenceHash);
    },
  ),
  url: call(
    updateNodeUrl,
    (frozen, nodeSmallId) => ({ nodeSmallId, url: frozen.url }),
    async (atoma, frozen, nodeSmallId) => {
      const found = await findNode(atoma, { nodeSmallId });
      return found?.url === frozen.url && found.owner === atoma.sender;
    },
  ),
};

/** The call of an entry, with what was frozen in it. */
export interface BoundCall {
  readonly build: () => Promise<Transaction>;
  readonly present: () => Promise<boolean>;
}

const bind = <Kind extends OutboxKind>(kind: Kind, row: OutboxRow, atoma: Atoma, nodeId: bigint): BoundCall => {
  const frozen = frozenOf(kind, row);
  return {
    build: () => calls[kind].build(atoma, frozen, nodeId),
    present: () => calls[kind].present(atoma, frozen, nodeId),
  };
};

/** How an entry is built, and how to see that its effect is there. */
export const callOf = ({ atoma, nodeId }: SettleContext, row: OutboxRow): BoundCall =>
  bind(row.kind, row, atoma, nodeId);
