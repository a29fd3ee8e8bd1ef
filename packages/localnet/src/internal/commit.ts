import type { Address, MovePackage } from '@atoma/move-engine';
import type { Protocol } from '../protocol.ts';
import type {
  ChangedObject,
  Digest,
  Effects,
  GasUsed,
  LedgerEvent,
  StoredObject,
  TransactionRecord,
} from '../types.ts';
import { digestBytes, digestText } from './base58.ts';
import { encodeCheckpointContents, encodeCheckpointSummary } from './checkpoint-bcs.ts';
import { saltedDigest } from './digests.ts';
import { encodeEffects } from './effects-bcs.ts';
import { objectDigest } from './object-bcs.ts';
import { artifactsDigest, objectStates, objectTree } from './object-states.ts';
import { cacheObject, headOf, type LedgerState, liveObject } from './state.ts';
import { type ChainClock, type StoredCheckpoint, writeCheckpoint } from './store/checkpoint-rows.ts';
import { type Removal, removeObject, writeObject, writePackage } from './store/objects.ts';
import { writeTransaction } from './store/transaction-rows.ts';
import { encodeSystemTransaction, type SystemKind } from './transaction-writer.ts';
import type { NewObject } from './view.ts';

/** A transaction that ran and is not yet stored. */
export interface Executed {
  readonly digest: Digest;
  readonly transaction: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  readonly sender: Address;
  readonly calls: readonly (readonly [string, string, string])[];
  readonly effects: Effects;
  readonly effectsBcs: Uint8Array;
  readonly effectsDigest: Digest;
  readonly events: readonly LedgerEvent[];
  readonly written: readonly StoredObject[];
  readonly removed: readonly Removal[];
  readonly packages: readonly MovePackage[];
}

/** The transactions of one checkpoint, and live objects as they are after those that already ran. */
export interface Batch {
  readonly transactions: Executed[];
  readonly overlay: Map<Address, StoredObject | null>;
  readonly timestampMs: number;
}

/** An empty batch at a time (ms). */
export const newBatch = (timestampMs: number): Batch => ({ transactions: [], overlay: new Map(), timestampMs });

/** A live object as the batch's next transaction sees it. */
export const objectIn = (state: LedgerState, batch: Batch, id: Address): StoredObject | undefined => {
  const changed = batch.overlay.get(id);
  return changed === undefined ? liveObject(state, id) : (changed ?? undefined);
};

/** Adds a transaction that ran. */
export const addToBatch = (batch: Batch, executed: Executed): void => {
  batch.transactions.push(executed);
  for (const object of executed.written) batch.overlay.set(object.id, object);
  for (const removal of executed.removed) batch.overlay.set(removal.id, null);
};

/** No gas at all. */
export const NO_GAS: GasUsed = { computationCost: 0n, storageCost: 0n, storageRebate: 0n, nonRefundableStorageFee: 0n };

const ZERO = '0'.repeat(64);

/** State of an object before a transaction, as effects tell it. */
export const inputState = (object: StoredObject | undefined): ChangedObject['input'] =>
  object ? { version: object.version, digest: object.digest, owner: object.owner } : null;

/** Runs a transaction of the ledger itself: the objects are written as given, nothing is charged. */
export const runSystemTransaction = (
  state: LedgerState,
  batch: Batch,
  kind: SystemKind,
  objects: readonly NewObject[],
  packages: readonly MovePackage[] = [],
  removed: readonly Address[] = [],
): Executed => {
  const touched = [...objects.map((object) => object.id), ...removed];
  const before = new Map(touched.map((id) => [id, objectIn(state, batch, id)]));
  const transaction = encodeSystemTransaction(kind);
  const digest = digestText(saltedDigest('transaction', transaction));
  const lamport = 1 + Math.max(0, ...[...before.values()].map((object) => object?.version ?? 0));
  const written = objects.map((object) => finish(object, lamport, digest, before.get(object.id)?.storageRebate ?? 0n));
  const effects = systemEffects(
    digest,
    kind.kind === 'genesis' ? 0 : kind.epoch - (kind.kind === 'epoch' ? 1 : 0),
    lamport,
    written,
    before,
  );
  const effectsBcs = encodeEffects(effects);
  const effectsDigest = digestText(saltedDigest('effects', effectsBcs));
  const removals = removed.map((id) => ({ id, version: lamport, how: 'deleted' as const }));
  const rest = { signatures: [], sender: ZERO, calls: [], events: [], removed: removals, packages };
  const executed = { digest, transaction, effects, effectsBcs, effectsDigest, written, ...rest };
  addToBatch(batch, executed);
  return executed;
};

/** An object with version, previous transaction, rebate (MIST) and the digest over them. */
export const finish = (
  object: NewObject,
  version: number,
  previousTransaction: Digest,
  storageRebate: bigint,
): StoredObject => {
  const parts = { ...object, version, previousTransaction, storageRebate };
  return { ...parts, digest: objectDigest(parts) };
};

const systemEffects = (
  transactionDigest: Digest,
  executedEpoch: number,
  lamportVersion: number,
  written: readonly StoredObject[],
  before: ReadonlyMap<Address, StoredObject | undefined>,
): Effects => ({
  error: null,
  executedEpoch,
  gasUsed: NO_GAS,
  transactionDigest,
  gasObjectIndex: null,
  eventsDigest: null,
  dependencies: sortedDigests([...before.values()].flatMap((object) => (object ? [object.previousTransaction] : []))),
  lamportVersion,
  changedObjects: [...before]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, old]) => {
      const now = written.find((object) => object.id === id);
      const idOperation = now ? (old ? ('none' as const) : ('created' as const)) : ('deleted' as const);
      return { id, input: inputState(old), output: now ? outputState(now) : null, idOperation };
    }),
  unchangedConsensusObjects: [],
  unchangedLoadedObjects: [],
});

/** State of a written object, as effects tell it. */
export const outputState = (object: StoredObject): NonNullable<ChangedObject['output']> =>
  object.type === 'package'
    ? { kind: 'package', version: object.version, digest: object.digest }
    : { kind: 'object', version: object.version, digest: object.digest, owner: object.owner };

/** 32 zero bytes: stands for no transaction. */
export const NO_DIGEST: Digest = '1'.repeat(32);

const compareBytes = (a: Digest, b: Digest): number =>
  Buffer.compare(digestBytes(a) as Uint8Array, digestBytes(b) as Uint8Array);

/** Without duplicates and without {@link NO_DIGEST}, in the order of their bytes. */
export const sortedDigests = (digests: readonly Digest[]): Digest[] => {
  const unique = new Set(digests);
  unique.delete(NO_DIGEST);
  return [...unique].sort(compareBytes);
};

const addGas = (a: GasUsed, b: GasUsed): GasUsed => ({
  computationCost: a.computationCost + b.computationCost,
  storageCost: a.storageCost + b.storageCost,
  storageRebate: a.storageRebate + b.storageRebate,
  nonRefundableStorageFee: a.nonRefundableStorageFee + b.nonRefundableStorageFee,
});

/** How a checkpoint leaves the chain's clock; `endOfEpoch` closes the epoch. */
export interface Closing {
  readonly clock: ChainClock;
  readonly endOfEpoch?: boolean;
}

/** Stores a batch as the next checkpoint; inside a write transaction. */
export const commitBatch = (
  state: LedgerState,
  batch: Batch,
  closing: Closing,
  previous = headOf(state),
): StoredCheckpoint => store(state, batch, nextCheckpoint(state, batch, closing, previous));

/** Stores the genesis batch as checkpoint 0. */
export const commitGenesis = (state: LedgerState, batch: Batch, clock: ChainClock): StoredCheckpoint =>
  store(state, batch, nextCheckpoint(state, batch, { clock }, undefined));

/** A chain goes on as its genesis began: what was made before checkpoints committed to objects never does. */
const commitsToObjects = (protocol: Protocol, previous: StoredCheckpoint | undefined): boolean =>
  previous ? previous.artifactsDigest !== null : protocol.commitsToObjects;

const committed = (batch: Batch): Digest =>
  artifactsDigest(objectTree(objectStates(batch.transactions.map(({ effects }) => effects))));

const nextCheckpoint = (
  { protocol }: LedgerState,
  batch: Batch,
  closing: Closing,
  previous: StoredCheckpoint | undefined,
): StoredCheckpoint => {
  const list = batch.transactions.map((t) => ({
    transaction: t.digest,
    effects: t.effectsDigest,
    signatures: t.signatures,
  }));
  const contentDigest = digestText(saltedDigest('contents', encodeCheckpointContents(list)));
  const rolled = previous && !previous.endOfEpoch ? previous.epochRollingGas : NO_GAS;
  const summary = {
    epoch: previous?.clock.epoch ?? 0,
    sequence: previous ? previous.sequence + 1 : 0,
    networkTotalTransactions: (previous?.networkTotalTransactions ?? 0) + list.length,
    contentDigest,
    previousDigest: previous?.digest ?? null,
    epochRollingGas: batch.transactions.reduce((sum, t) => addGas(sum, t.effects.gasUsed), rolled),
    timestampMs: batch.timestampMs,
    artifactsDigest: commitsToObjects(protocol, previous) ? committed(batch) : null,
  };
  const bytes = encodeCheckpointSummary({ ...summary, endOfEpoch: closing.endOfEpoch ? protocol.version : null });
  return {
    ...summary,
    digest: digestText(saltedDigest('checkpoint', bytes)),
    contents: list.map(({ transaction, effects }) => ({ transaction, effects })),
    endOfEpoch: closing.endOfEpoch ?? false,
    clock: closing.clock,
  };
};

const store = (state: LedgerState, batch: Batch, checkpoint: StoredCheckpoint): StoredCheckpoint => {
  state.dirty = true;
  const first = checkpoint.networkTotalTransactions - batch.transactions.length;
  batch.transactions.forEach((executed, i) => {
    storeTransaction(state, executed, recordOf(executed, first + i, checkpoint));
  });
  writeCheckpoint(state.db, checkpoint);
  state.head = checkpoint;
  return checkpoint;
};

/** A transaction's record in its checkpoint. */
export const recordOf = (
  executed: Executed,
  sequence: number,
  checkpoint: { readonly sequence: number; readonly timestampMs: number },
): TransactionRecord => ({
  sequence,
  digest: executed.digest,
  transaction: executed.transaction,
  signatures: executed.signatures,
  effects: executed.effects,
  effectsBcs: executed.effectsBcs,
  effectsDigest: executed.effectsDigest,
  events: executed.events,
  checkpoint: checkpoint.sequence,
  timestampMs: checkpoint.timestampMs,
});

const storeTransaction = (state: LedgerState, executed: Executed, record: TransactionRecord): void => {
  const { db } = state;
  for (const removal of executed.removed) {
    removeObject(db, removal, executed.digest);
    state.objects.delete(removal.id);
  }
  for (const object of executed.written) {
    writeObject(db, object);
    cacheObject(state, object);
  }
  for (const pkg of executed.packages) {
    writePackage(db, pkg.storageId, pkg.originalId, pkg.version, record.checkpoint);
    state.packages.set(pkg.storageId, pkg);
  }
  writeTransaction(db, { record, sender: executed.sender, calls: executed.calls });
};
