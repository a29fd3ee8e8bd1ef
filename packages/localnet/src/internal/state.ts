import type { Address, MovePackage, MoveVm } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { type Protocol, protocolOf, UNRECORDED_PROTOCOL } from '../protocol.ts';
import type { StoredObject } from '../types.ts';
import type { Treasury } from './keys.ts';
import { decodePackage } from './object-bcs.ts';
import { readHead, readMeta, readOptionalMeta, type StoredCheckpoint } from './store/checkpoint-rows.ts';
import { type Database, dataVersion, decodeRow, writing } from './store/database.ts';
import { originalOf, readLive } from './store/objects.ts';
import { makeVm } from './vm.ts';

/** A running ledger. Opaque: use the functions of this package. */
export interface Ledger {
  /** Data directory; undefined in memory. */
  readonly directory: string | undefined;
}

/** What a {@link Ledger} holds. */
export interface LedgerState extends Ledger {
  readonly db: Database;
  /** Seed, clock mode and chain id stay for the life of a chain; another chain may be put in its place. */
  seed: Uint8Array;
  /** `wall`: time follows the machine's clock. `logical`: 1 ms for every checkpoint. */
  clockMode: 'wall' | 'logical';
  protocol: Protocol;
  /** Time of the next checkpoint while a history is executed again. */
  forcedTimeMs: number | undefined;
  treasury: Treasury | undefined;
  head: StoredCheckpoint | undefined;
  chainId: string | undefined;
  /** `PRAGMA data_version` the caches belong to. */
  seen: number | undefined;
  /** Counts restores; code caches are dropped when it changes, since package ids may come to mean other code. */
  generation: number;
  vm: MoveVm | undefined;
  readonly packages: Map<Address, MovePackage>;
  /** Packages of the transaction under way. */
  readonly pending: Map<Address, MovePackage>;
  readonly objects: Map<Address, StoredObject>;
  /** Bytes of contents in `objects`. */
  objectBytes: number;
  /** Rows were written in the transaction under way, so that caches are ahead of the file until it commits. */
  dirty: boolean;
}

/** The state behind a ledger. */
export const stateOf = (ledger: Ledger): LedgerState => {
  const state = ledger as LedgerState;
  if (!state.db.open) throw ledgerError('CLOSED');
  return state;
};

const CACHE_BYTES = 8 * 1024 * 1024;
const CACHE_OBJECTS = 5_000;

/**
 * Remembers a live object. Not those of addresses: they are used once or twice, and keeping them would fill the old
 * generation of the heap with garbage.
 */
export const cacheObject = (state: LedgerState, object: StoredObject): void => {
  if (object.owner.kind === 'address') {
    state.objects.delete(object.id);
    return;
  }
  if (state.objectBytes > CACHE_BYTES || state.objects.size > CACHE_OBJECTS) clearObjects(state);
  state.objects.set(object.id, object);
  state.objectBytes += object.contents.length;
};

/** Forgets all remembered objects. */
export const clearObjects = (state: LedgerState): void => {
  state.objects.clear();
  state.objectBytes = 0;
};

/** Drops what another process has made stale. Cheap when nothing happened (2 us). */
export const refresh = (state: LedgerState): void => {
  const version = dataVersion(state.db);
  if (version === state.seen) return;
  clearObjects(state);
  state.head = undefined;
  const generation = generationOf(state);
  if (generation !== state.generation) dropCode(state, generation);
  state.seen = version;
};

/** Runs `work` in a write transaction; when it throws after writing, the caches are dropped with the rows. */
export const change = <Result>(state: LedgerState, work: () => Result): Result => {
  if (state.db.handle.isTransaction) return work();
  try {
    return writing(state.db, () => {
      refresh(state);
      return work();
    });
  } catch (thrown) {
    if (state.dirty) forget(state);
    throw thrown;
  } finally {
    state.dirty = false;
  }
};

const forget = (state: LedgerState): void => {
  clearObjects(state);
  state.head = undefined;
  state.seen = undefined;
  dropCode(state, state.generation);
};

/** Number of restores so far, as stored. */
export const generationOf = (state: LedgerState): number =>
  Buffer.from(readMeta(state.db, 'generation')).readUInt32LE();

/** What every ledger knows of its chain, as stored. */
export const readIdentity = (db: Database): Pick<LedgerState, 'seed' | 'clockMode' | 'protocol'> => {
  const version = readOptionalMeta(db, 'protocol');
  return {
    seed: readMeta(db, 'seed'),
    clockMode: Buffer.from(readMeta(db, 'clock')).toString('utf8') as LedgerState['clockMode'],
    protocol: protocolOf(version ? Buffer.from(version).readUInt32LE() : UNRECORDED_PROTOCOL),
  };
};

/** Forgets all code, and reads again which chain this is. */
export const dropCode = (state: LedgerState, generation: number): void => {
  state.generation = generation;
  Object.assign(state, readIdentity(state.db));
  state.treasury = undefined;
  state.chainId = undefined;
  state.packages.clear();
  state.vm = undefined; // a new machine, so that nothing of the old code stays in memory
};

/** The latest checkpoint. */
export const headOf = (state: LedgerState): StoredCheckpoint => {
  state.head ??= readHead(state.db);
  return state.head;
};

/** A live object, by way of the cache. */
export const liveObject = (state: LedgerState, id: Address): StoredObject | undefined => {
  const known = state.objects.get(id);
  if (known) return known;
  const read = readLive(state.db, id);
  if (read) cacheObject(state, read);
  return read;
};

/** The package stored under an id. */
export const packageOf = (state: LedgerState, id: Address): MovePackage | undefined => {
  const known = state.pending.get(id) ?? state.packages.get(id);
  if (known) return known;
  const original = originalOf(state.db, id);
  const object = original && readLive(state.db, id);
  if (!object) return undefined;
  const pkg = decodeRow(state.db, `package 0x${id}`, () => decodePackage(object.contents, original));
  state.packages.set(id, pkg);
  return pkg;
};

/** The Move machine over this ledger's packages, made on first use. */
export const vmOf = (state: LedgerState): MoveVm => {
  state.vm ??= makeVm({ getPackage: (id) => packageOf(state, id) }, state.protocol);
  return state.vm;
};
