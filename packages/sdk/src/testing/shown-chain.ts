/**
 * A chain that shows what it is told: rows of the market's tables, badges and events, as bytes in the contract's layouts, which the SDK
 * reads as those of any other chain. For what follows from a state that a market takes epochs and juries to come to; nothing runs on it.
 */
import type { Signer } from '@mysten/sui/cryptography';
import { type Atoma, type AtomaClient, createAtoma } from '../context/atoma.ts';
import { decodeDeployment } from '../deployment/record.ts';
import { type EventData, eventType } from '../events/decode.ts';
import { AtomaDb } from '../generated/bindings/atoma/db.ts';
import { Dispute } from '../generated/bindings/atoma/dispute.ts';
import {
  DisputeEvidenceEvent,
  NodeKeyCommitmentEvent,
  StackAttestationDisputeEvent,
  StackTrySettleEvent,
} from '../generated/bindings/atoma/events.ts';
import { Node, NodeBadge, Profile } from '../generated/bindings/atoma/node.ts';
import { Ticket } from '../generated/bindings/atoma/settlement.ts';
import { Stack } from '../generated/bindings/atoma/stack.ts';
import { Task } from '../generated/bindings/atoma/task.ts';
import { rowObjectId, type TableName } from '../internal/rows.ts';
import type { EpochInfo } from '../reads/epoch.ts';

/** Object id `n` of the tests. */
export const objectId = (n: number | bigint): string => `0x${n.toString(16).padStart(64, '0')}`;

const [DB, PACKAGE, BADGES] = [1, 2, 1_000];
const tables: Readonly<Record<TableName, number>> = {
  ...{ nodes: 11, profiles: 12, tasks: 13, stacks: 14, tickets: 15, disputes: 16 },
};
const NEVER = 2n ** 64n - 1n;
const collection = (n: number) => ({ id: objectId(n), size: 0n });

const terms = {
  ...{ attestationProbability: 0n, attesters: 1n, attesterPay: 0n, minimumAttesterPay: 0n, bond: 0n, jurors: 5n },
  ...{ jurorPay: 0n, disputeBond: 0n, silenceSlash: 0n, challengerShare: 0n, outsiderShare: 0n },
  ...{ minimumDisputeBond: 0n, samples: 8n, sampledShare: 1_000n, rowCap: 1_000n, window: 2n, phase: 2n },
  ...{ stackLife: 14n, rules: 1n },
};

const none: Uint8Array = new Uint8Array();
const zeros: Uint8Array = new Uint8Array(32);

/** A row of each table as it is when it says nothing of its own. */
const plain = {
  nodes: {
    ...{ owner: objectId(0), stake: 0n, bonded: 0n, earnings: 0n, credit: 0n, reputation: 100, openStacks: 0n },
    ...{ disabledEpoch: NEVER, exitEpoch: NEVER, keyEpoch: NEVER, keyHash: none, queued: 0n },
    ...{ queuedUntil: 0n, reputationEpoch: 0n, reserved: 0n, draws: 0n },
  },
  profiles: { url: '', evidenceHash: none, tasks: [] as bigint[] },
  tasks: {
    ...{ role: 0, modelName: null as string | null, level: 0, minimumReputation: 0, deprecatedEpoch: NEVER },
    ...{ openStacks: 0n, bucketSizes: [] as bigint[], subscriptions: collection(21), slots: collection(22) },
  },
  stacks: {
    ...{ owner: objectId(0), task: 1n, node: 1n, nodeAddress: objectId(0), keyHash: none, price: 100n },
    ...{ units: 1_000n, level: 0, terms, escrow: 0n, bond: 0n, boughtEpoch: 0n, noticeEpoch: NEVER },
  },
  tickets: {
    ...{ claimed: 0n, root: zeros, inputs: none, seed: zeros },
    ...{ leaves: [] as Uint8Array[], attesters: [] as bigint[], attested: [] as boolean[], drawn: [] as bigint[] },
    ...{ required: false, surcharge: 0n, deadline: 10n, windowLeft: 0n, redraws: 0, slashed: 0n, state: 0 },
  },
  disputes: {
    ...{ challenger: objectId(0), challengerNode: 0n, fromStake: false, commitment: zeros },
    ...{ rows: [] as bigint[], namedUnits: 0n, bond: 0n, jurors: [] as bigint[], commits: [] as Uint8Array[] },
    ...{ secrets: [] as Uint8Array[], units: [] as bigint[], blames: [] as boolean[], epoch: 5n },
    ...{ evidence: null as { owner: string; rows: bigint[]; namedUnits: bigint; bond: bigint } | null, waits: false },
    ...{ joined: [] as { node: bigint; owner: string; claim: Uint8Array }[], commitDeadline: 7n, revealDeadline: 9n },
    ...{ firstJury: [] as bigint[], together: false, last: false },
  },
};
type Rows = typeof plain;

const bytesOf: { readonly [Table in TableName]: (row: Rows[Table]) => Uint8Array } = {
  nodes: (row) => Node.serialize(row).toBytes(),
  profiles: (row) => Profile.serialize(row).toBytes(),
  tasks: (row) => Task.serialize(row).toBytes(),
  stacks: (row) => Stack.serialize(row).toBytes(),
  tickets: (row) => Ticket.serialize(row).toBytes(),
  disputes: (row) => Dispute.serialize(row).toBytes(),
};

const emittable = { DisputeEvidenceEvent, NodeKeyCommitmentEvent, StackAttestationDisputeEvent, StackTrySettleEvent };
const bytesOfEvent: { readonly [Kind in keyof typeof emittable]: (data: EventData<Kind>) => Uint8Array } = {
  DisputeEvidenceEvent: (data) => DisputeEvidenceEvent.serialize(data).toBytes(),
  NodeKeyCommitmentEvent: (data) => NodeKeyCommitmentEvent.serialize(data).toBytes(),
  StackAttestationDisputeEvent: (data) => StackAttestationDisputeEvent.serialize(data).toBytes(),
  StackTrySettleEvent: (data) => StackTrySettleEvent.serialize(data).toBytes(),
};

const dbBytes = (): Uint8Array => {
  const ids = Object.fromEntries(Object.entries(tables).map(([name, n]) => [name, collection(n)]));
  const spans = { window: 2n, phase: 2n, stackLife: 14n, exitDelay: 2n };
  const { rules: _, bond: __, ...rest } = terms;
  const config = { ...rest, ...spans, registrationOpen: true, registrationCollateral: 0n };
  const all = { ...config, sampledBond: 0n, plainBond: 0n };
  return AtomaDb.serialize({
    ...{ id: objectId(DB), version: 1n, nextNode: 1_000n, nextTask: 1_000n, nextStack: 1_000n, config: all },
    ...(ids as Record<TableName, { id: string; size: bigint }>),
    ...{ pool: 0n, managerGeneration: 0n, lastReader: new Uint8Array() },
  }).toBytes();
};

/** Terms of a stack, as far as they differ. */
export const termsWith = (change: Partial<typeof terms>): typeof terms => ({ ...terms, ...change });

/** The chain, and how it is told what to show. */
export interface ShownChain {
  /** Who looks: the address of `signer`. */
  readonly atoma: Atoma;
  /** Shows a row, as far as it differs from one that says nothing; null: the row is gone. */
  readonly show: <Table extends TableName>(table: Table, id: bigint, row: Partial<Rows[Table]> | null) => void;
  /** Gives the looker the badge of a node. */
  readonly giveBadge: (node: bigint) => void;
  /** Appends an event; each is in a checkpoint of its own, counted from 1. */
  readonly emit: <Kind extends keyof typeof emittable>(kind: Kind, data: EventData<Kind>) => void;
  /** What the chain's clock says; 6 at first. */
  epoch: EpochInfo;
  /** Transactions that ran, by digest; each with the error it ended with, if any. */
  readonly ran: Map<string, { readonly error?: object }>;
  /** Reads so far. */
  readonly reads: () => number;
  /** While set, every read fails with it. */
  fault: Error | undefined;
}

const HOUR_MS = 3_600_000;

/** An epoch of an hour that began at midnight of 1970. */
export const epochOf = (epoch: bigint): EpochInfo => ({
  ...{ epoch, startMs: 0, durationMs: HOUR_MS, endMs: HOUR_MS, referenceGasPrice: 1_000n },
});

const stateOf = ({ epoch, startMs, durationMs, referenceGasPrice }: EpochInfo) => ({
  ...{ epoch: String(epoch), epochStartTimestampMs: String(startMs), referenceGasPrice: String(referenceGasPrice) },
  parameters: { epochDurationMs: String(durationMs) },
});

/** Opens a chain that shows nothing yet. Pages of events hold `page` of them. */
export const openShownChain = (signer: Signer, { page = 50 }: { readonly page?: number } = {}): ShownChain => {
  const contents = new Map([[objectId(DB), dbBytes()]]);
  const badges: { objectId: string; content: Uint8Array }[] = [];
  const emitted: { readonly eventType: string; readonly bcs: Uint8Array; readonly at: number }[] = [];
  const deployment = decodeDeployment(
    JSON.stringify({ format: 1, network: 'shown', packageId: objectId(PACKAGE), dbId: objectId(DB) }),
  );
  let reads = 0;
  const read = async <Value>(value: () => Value): Promise<Value> => {
    reads++;
    if (chain.fault) throw chain.fault;
    return value();
  };
  const listEvents = ({ filter, after, before, order }: Readonly<Record<string, string>> & { filter: object }) => {
    const wanted = (filter as { eventType: string }).eventType;
    const found = emitted.filter((each) => each.eventType === wanted || each.eventType.startsWith(`${wanted}::`));
    const isBack = order === 'descending';
    const rest = found.filter(({ at }) => at > Number(after ?? 0) && at < Number(before ?? Number.POSITIVE_INFINITY));
    const ordered = isBack ? rest.toReversed() : rest;
    const shown = ordered.slice(0, page);
    return {
      events: shown.map(({ at, ...each }) => ({
        ...{ ...each, sender: objectId(0), transactionDigest: `digest ${at}`, eventIndex: 0, checkpoint: String(at) },
      })),
      endCursor: shown.length === 0 ? null : String(shown.at(-1)?.at),
      hasNextPage: ordered.length > page,
    };
  };
  const ran: ShownChain['ran'] = new Map();
  const runOf = (digest: string) => {
    const found = ran.get(digest);
    if (!found) throw Object.assign(new Error('not found'), { reason: 'notFound' });
    const { error } = found;
    const gasUsed = { computationCost: '0', storageCost: '0', storageRebate: '0', nonRefundableStorageFee: '0' };
    const transaction = {
      ...{ digest, epoch: '6', status: error ? { success: false, error } : { success: true, error: null } },
      ...{ effects: { gasUsed, changedObjects: [] }, events: [], balanceChanges: [], objectTypes: {} },
    };
    return error
      ? { $kind: 'FailedTransaction', FailedTransaction: transaction }
      : { $kind: 'Transaction', Transaction: transaction };
  };
  const client = {
    network: 'shown',
    getObjects: ({ objectIds }: { objectIds: readonly string[] }) =>
      read(() => ({
        objects: objectIds.map((id) => (contents.has(id) ? { content: contents.get(id) } : new Error('not found'))),
      })),
    listOwnedObjects: () => read(() => ({ objects: badges, hasNextPage: false, cursor: null })),
    listEvents: (options: Parameters<typeof listEvents>[0]) => read(() => listEvents(options)),
    getTransaction: ({ digest }: { digest: string }) => read(() => runOf(digest)),
    core: { getCurrentSystemState: () => read(() => ({ systemState: stateOf(chain.epoch) })) },
  };
  const chain: ShownChain = {
    atoma: createAtoma({ client: client as unknown as AtomaClient, deployment, signer }),
    show: (table, id, row) => {
      const key = rowObjectId(objectId(tables[table]), id);
      if (row === null) contents.delete(key);
      else contents.set(key, Buffer.concat([new Uint8Array(40), bytesOf[table]({ ...plain[table], ...row })]));
    },
    giveBadge: (smallId) => {
      const id = objectId(BADGES + badges.length);
      badges.push({ objectId: id, content: NodeBadge.serialize({ id, smallId }).toBytes() });
    },
    emit: (kind, data) => {
      const at = emitted.length + 1;
      emitted.push({ eventType: eventType(deployment, kind), bcs: bytesOfEvent[kind](data), at });
    },
    epoch: epochOf(6n),
    ran,
    reads: () => reads,
    fault: undefined,
  };
  return chain;
};
