import { randomBytes } from 'node:crypto';
import { blake2b256, loadFastBlake2b } from '@atoma/base';
import { digestBytes } from './internal/base58.ts';
import { commitGenesis, newBatch, runSystemTransaction } from './internal/commit.ts';
import { type FrameworkPackage, firstPackage, genesisObjects } from './internal/genesis.ts';
import { treasuryOf } from './internal/keys.ts';
import { clearObjects, generationOf, type Ledger, type LedgerState, readIdentity } from './internal/state.ts';
import { writeMeta } from './internal/store/checkpoint-rows.ts';
import {
  closeDatabase,
  createTables,
  type Database,
  isEmpty,
  openDatabase,
  writing,
} from './internal/store/database.ts';
import { ledgerError } from './ledger-errors.ts';
import { EPOCH_DURATION_MS } from './params.ts';
import { NEWEST_PROTOCOL, protocolOf } from './protocol.ts';

/** How to open a ledger. Everything but `directory` matters only when the ledger is created. */
export interface OpenOptions {
  /** Data directory, created when absent. Without it the ledger lives in memory. */
  readonly directory?: string;
  /** Drives treasury key, chain id and randomness; random by default. */
  readonly seed?: Uint8Array | string;
  /** Time of genesis, ms since 1970. Default: now, or with a seed and a logical clock 2025-01-01. */
  readonly startTimeMs?: number;
  /** Announced length of an epoch, ms. Epochs end only by `advanceEpoch`. */
  readonly epochDurationMs?: number;
  /** `wall` (default): time follows the machine. `logical`: 1 ms per checkpoint, for equal runs. */
  readonly clock?: 'wall' | 'logical';
  /** Protocol version of the chain; the newest known by default. */
  readonly protocolVersion?: number;
  /** Packages of genesis instead of the built-in std and sui. */
  readonly framework?: readonly FrameworkPackage[];
}

const LOGICAL_START_MS = Date.UTC(2025, 0, 1);

/** Opens the ledger in a directory, creating it with its genesis when the directory has none. Loads nothing it does not need. */
export const openLedger = async (options: OpenOptions = {}): Promise<Ledger> => {
  const hashing = loadFastBlake2b();
  const db = openDatabase(options.directory);
  try {
    await hashing;
    if (isEmpty(db)) await create(db, options);
    return openState(db, options.directory);
  } catch (thrown) {
    closeDatabase(db);
    throw thrown;
  }
};

/** Closes the ledger; every later call on it throws LEDGER_CLOSED. */
export const closeLedger = (ledger: Ledger): void => {
  const state = ledger as LedgerState;
  clearObjects(state);
  state.packages.clear();
  closeDatabase(state.db);
};

const openState = (db: Database, directory: string | undefined): Ledger => {
  const state = newState(db, directory, readIdentity(db));
  state.generation = generationOf(state);
  return state;
};

const newState = (
  db: Database,
  directory: string | undefined,
  identity: Pick<LedgerState, 'seed' | 'clockMode' | 'protocol'>,
): LedgerState => ({
  directory,
  db,
  ...identity,
  forcedTimeMs: undefined,
  treasury: undefined,
  head: undefined,
  chainId: undefined,
  seen: undefined,
  generation: 0,
  vm: undefined,
  packages: new Map(),
  pending: new Map(),
  objects: new Map(),
  objectBytes: 0,
  dirty: false,
});

const seedOf = (seed: Uint8Array | string | undefined): Uint8Array => {
  if (seed === undefined) return new Uint8Array(randomBytes(32));
  return blake2b256(Buffer.from('ledger seed', 'utf8'), typeof seed === 'string' ? Buffer.from(seed, 'utf8') : seed);
};

/** Refuses what would be a chain with a clock that stands still or jumps; throws LEDGER_BAD_ARGUMENT. */
const checkNew = ({ clock = 'wall', startTimeMs = 0, epochDurationMs = 1 }: OpenOptions): void => {
  if (clock !== 'wall' && clock !== 'logical')
    throw ledgerError('BAD_ARGUMENT', { what: 'The clock', expected: 'wall or logical', given: String(clock) });
  const times = [
    ['The start, in ms,', startTimeMs, 0],
    ['The length of an epoch, in ms,', epochDurationMs, 1],
  ] as const;
  for (const [what, given, least] of times)
    if (!Number.isSafeInteger(given) || given < least)
      throw ledgerError('BAD_ARGUMENT', { what, expected: `a whole number from ${least}`, given });
};

const create = async (db: Database, options: OpenOptions): Promise<void> => {
  checkNew(options);
  const framework = (options.framework ?? (await builtInFramework())).map(withPlainIds);
  const seed = seedOf(options.seed);
  const mode = options.clock ?? 'wall';
  const identity = { seed, clockMode: mode, protocol: protocolOf(options.protocolVersion ?? NEWEST_PROTOCOL) };
  const start =
    options.startTimeMs ?? (options.seed !== undefined && mode === 'logical' ? LOGICAL_START_MS : Date.now());
  writing(db, () => {
    if (isEmpty(db)) writeGenesis(db, framework, identity, start, options.epochDurationMs ?? EPOCH_DURATION_MS);
  });
};

const writeGenesis = (
  db: Database,
  framework: readonly FrameworkPackage[],
  identity: Pick<LedgerState, 'seed' | 'clockMode' | 'protocol'>,
  startMs: number,
  epochDurationMs: number,
): void => {
  const { seed, clockMode: mode, protocol } = identity;
  const version = Buffer.alloc(4);
  version.writeUInt32LE(protocol.version);
  createTables(db);
  writeMeta(db, 'seed', seed);
  writeMeta(db, 'clock', Buffer.from(mode, 'utf8'));
  writeMeta(db, 'protocol', version);
  writeMeta(db, 'generation', new Uint8Array(4));
  const state = newState(db, undefined, identity);
  const batch = newBatch(startMs);
  const packages = framework.map((pkg) => firstPackage(pkg, framework));
  const objects = genesisObjects(packages, seed, treasuryOf(seed).address, startMs);
  runSystemTransaction(state, batch, { kind: 'genesis', objects }, objects, packages);
  const offsetMs = mode === 'wall' ? Math.max(0, startMs - Date.now()) : 0;
  const checkpoint = commitGenesis(state, batch, {
    epoch: 0,
    epochStartMs: startMs,
    epochDurationMs,
    offsetMs,
    randomRound: 0,
  });
  writeMeta(db, 'chain', digestBytes(checkpoint.digest) as Uint8Array);
};

const plain = (id: string): string => id.replace(/^0x/, '').padStart(64, '0');

const withPlainIds = (pkg: FrameworkPackage): FrameworkPackage => ({
  ...pkg,
  id: plain(pkg.id),
  dependencies: pkg.dependencies.map(plain),
});

const builtInFramework = async (): Promise<readonly FrameworkPackage[]> => {
  const module = await import('./generated/framework.json', { with: { type: 'json' } });
  return module.default.packages as unknown as readonly FrameworkPackage[];
};
