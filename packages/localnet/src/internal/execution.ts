import { isAtomaError } from '@atoma/base';
import { type Address, type MovePackage, type MoveVm, type Session, systemPackages } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { COIN_OWNER_UNITS, MAX_EFFECTS_BYTES, REFERENCE_GAS_PRICE } from '../params.ts';
import type { ChangedObject, Effects, ExecutionError, GasUsed, LedgerEvent, StoredObject } from '../types.ts';
import { digestBytes, digestText } from './base58.ts';
import { eventsDigest } from './checkpoint-bcs.ts';
import { isEnded, type ObjectInput, packagesNamed } from './checks.ts';
import {
  type Batch,
  type Executed,
  finish,
  inputState,
  NO_GAS,
  objectIn,
  outputState,
  sortedDigests,
} from './commit.ts';
import { checkReceivers, coinOwners, type Find } from './deny-list.ts';
import { saltedDigest } from './digests.ts';
import { encodeEffects } from './effects-bcs.ts';
import { netFunds, suiMove } from './funds.ts';
import {
  computationCost,
  computationLimit,
  fitsBudget,
  gasUsed,
  meteredBytes,
  meteredPackageBytes,
  netGas,
  readUnits,
} from './gas.ts';
import { checkGaslessOutcome, type GaslessTypes } from './gasless.ts';
import { SYSTEM } from './genesis.ts';
import {
  changedIds,
  failedOutcome,
  type GasPayment,
  type Outcome,
  storageCostOf,
  storageOf,
  successfulOutcome,
  withBalance,
} from './outcome.ts';
import {
  contextPlace,
  fundsPlace,
  type InputCell,
  noGasPlace,
  objectCell,
  objectPlace,
  type PtbContext,
} from './ptb/context.ts';
import { isCommandFailure } from './ptb/failure.ts';
import { charge } from './ptb/metering.ts';
import type { Place } from './ptb/plan.ts';
import { type CommandOutput, runCommands } from './ptb/run.ts';
import { type LedgerState, packageOf, vmOf } from './state.ts';
import type { ChainClock } from './store/checkpoint-rows.ts';
import { readUpTo } from './store/objects.ts';
import type { CallInput, TransactionData } from './transaction-data.ts';
import type { NewObject } from './view.ts';

/** A transaction whose checks have passed. */
export interface Prepared {
  readonly digest: string;
  readonly transaction: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  readonly data: TransactionData;
  readonly inputs: readonly (ObjectInput | undefined)[];
  readonly gas: GasPayment;
  /** MIST per gas unit and MIST. */
  readonly price: bigint;
  readonly budget: bigint;
  /** Dev-inspect. */
  readonly inspect: boolean;
  /** What a gasless transaction may move. */
  readonly gasless?: GaslessTypes;
}

const allInputs = (prepared: Prepared): StoredObject[] => [
  ...prepared.inputs.flatMap((input) => (input ? [input.object] : [])),
  ...prepared.gas.coins,
];

/** Dev-inspect of old versions sees their dynamic fields as they were then: up to the oldest version named. */
const oldestInput = ({ inputs }: Prepared, find: (id: Address) => StoredObject | undefined): number | undefined => {
  const old = inputs.flatMap((input) =>
    input && find(input.object.id)?.version !== input.object.version ? [input.object.version] : [],
  );
  return old.length === 0 ? undefined : Math.min(...old);
};

const newContext = (state: LedgerState, batch: Batch, clock: ChainClock, prepared: Prepared): PtbContext => {
  const { data, price, budget, inspect } = prepared;
  const vm = vmOf(state);
  const find = (id: Address) => objectIn(state, batch, id);
  const bound = inspect ? oldestInput(prepared, find) : undefined;
  const childAt = bound === undefined ? find : (id: Address) => readUpTo(state.db, id, bound);
  const session = vm.newSession({
    txContext: {
      sender: data.sender,
      ...(data.gas.owner === data.sender ? {} : { sponsor: data.gas.owner }),
      digest: digestBytes(prepared.digest) as Uint8Array,
      epoch: clock.epoch,
      epochTimestampMs: clock.epochStartMs,
      referenceGasPrice: REFERENCE_GAS_PRICE,
      gasPrice: Number(price),
      gasBudget: budget,
    },
    computationLimit: computationLimit(budget, price),
    objects: {
      child: (parent, id) => {
        const object = childAt(id);
        return object?.owner.kind === 'object' && object.owner.parent === parent ? object : undefined;
      },
      receivable: (parent, id, version) => {
        const object = find(id);
        const isOwned = object?.owner.kind === 'address' && object.owner.address === parent;
        return isOwned && object.version === version ? object : undefined;
      },
    },
    inputs: new Map(allInputs(prepared).map((object) => [object.id, object.owner])),
  });
  return {
    vm,
    session,
    data,
    protocol: state.protocol,
    inspect,
    inputs: data.inputs.map((input, i) => decoded(state, () => cellFor(vm, input, prepared.inputs[i]))),
    gas: decoded(state, () => gasPlace(vm, session, prepared)),
    gasSentTo: undefined,
    txContext: contextPlace(vm),
    command: 0,
    ownersChecked: false,
    calls: [],
    published: [],
    packageOf: (id) => packageOf(state, id),
    announce: (pkg) => {
      state.pending.set(pkg.storageId, pkg);
    },
  };
};

/** The gas coin without the budget, which is withheld. */
const gasPlace = (vm: MoveVm, session: Session, { gas, budget }: Prepared): Place => {
  const [coin] = gas.coins;
  const left = gas.total - budget;
  if (coin)
    return objectPlace(vm, 'gas', { object: { ...coin, contents: withBalance(coin.contents, left) }, use: 'owned' });
  if (!gas.charged) return noGasPlace(vm);
  const id = session.freshId();
  session.recordCreated(id);
  return fundsPlace(vm, id, left);
};

/** Objects were checked when they were written: what the machine cannot read is damaged. */
const decoded = <Result>({ db }: LedgerState, decode: () => Result): Result => {
  try {
    return decode();
  } catch (thrown) {
    if (!isAtomaError(thrown) || !thrown.code.startsWith('ENGINE_')) throw thrown;
    throw ledgerError(
      'DATA_CORRUPT',
      { file: db.file, reason: `an input cannot be decoded: ${thrown.message}` },
      thrown,
    );
  }
};

const cellFor = (vm: MoveVm, input: CallInput, checked: ObjectInput | undefined): InputCell => {
  if (checked) return objectCell(vm, checked);
  if (input.kind === 'withdrawal') return { kind: 'withdrawal', withdrawal: input };
  return { kind: 'pure', bytes: (input as CallInput & { kind: 'pure' }).bytes };
};

const SYSTEM_PACKAGES: ReadonlySet<Address> = new Set(systemPackages.map((id) => id.padStart(64, '0')));

/** Objects whose reading is charged: gas coins and all inputs but receiving ones, which are read when they are received. */
const inputsRead = ({ inputs, gas }: Prepared): StoredObject[] => [
  ...inputs.flatMap((input) => (input && input.use !== 'receiving' ? [input.object] : [])),
  ...gas.coins,
];

/** Reading inputs costs computation too; the framework's packages are free. */
const chargeReads = (ctx: PtbContext, prepared: Prepared): void => {
  const objects = inputsRead(prepared).reduce((sum, { type, contents }) => sum + meteredBytes(type, contents), 0);
  let packages = 0;
  for (const id of packagesNamed(ctx.data.commands))
    if (!SYSTEM_PACKAGES.has(id)) packages += meteredPackageBytes(ctx.packageOf(id) as MovePackage);
  charge(ctx, readUnits(objects, packages, ctx.protocol), 'reading the inputs');
};

interface Attempt {
  readonly outcome: Outcome;
  readonly gasUsed: GasUsed;
  readonly error: ExecutionError | null;
}

const isAbort = (error: ExecutionError | null): boolean => error !== null && 'MoveAbort' in error.status;

const outOfStorage: ExecutionError = {
  status: { InsufficientGas: true },
  description: 'Insufficient gas: the budget does not cover computation and storage.',
};

/** Runs the commands; undefined error means they all ran. Budget and sizes are judged by {@link settle}. */
const attempt = (
  ctx: PtbContext,
  prepared: Prepared,
  moment: { readonly lamport: number; readonly epoch: number; readonly find: Find },
  outputs: CommandOutput[] | undefined,
) => {
  const gone = prepared.inputs.find((input) => input && isEnded(input));
  if (gone) return { outcome: undefined, error: objectEnded(gone.object.id) };
  try {
    chargeReads(ctx, prepared);
    runCommands(ctx, outputs);
    const outcome = successfulOutcome(ctx, prepared.gas, prepared.budget, moment.lamport);
    chargeReceivers(ctx, outcome, moment);
    if (prepared.gasless) checkGaslessOutcome(outcome, prepared.inputs, prepared.gasless);
    return { outcome, error: null };
  } catch (thrown) {
    if (isCommandFailure(thrown)) return { outcome: undefined, error: thrown.failure };
    if (!isAtomaError(thrown) || !thrown.code.startsWith('ENGINE_')) throw thrown;
    return { outcome: undefined, error: machineFault(thrown.message, ctx.command) };
  }
};

/** Charges for looking up who may receive the coins of an outcome, and refuses one that gives them to somebody else. */
const chargeReceivers = (
  ctx: PtbContext,
  outcome: Outcome,
  { epoch, find }: { readonly epoch: number; readonly find: Find },
): void => {
  const owners = coinOwners(outcome.written.values(), netFunds(outcome.funds));
  if (owners.size === 0) return;
  ctx.ownersChecked = true;
  const count = [...owners.values()].reduce((sum, list) => sum + list.length, 0);
  charge(ctx, count * COIN_OWNER_UNITS, 'transferring coins');
  checkReceivers(owners, epoch, find);
};

const objectEnded = (id: Address): ExecutionError => ({
  status: { InputObjectDeleted: true },
  description: `Certificate cannot be executed due to a dependency on a deleted shared object: 0x${id}.`,
});

/** What the machine refuses outside of a call, such as an object whose type no package on this chain defines. */
const machineFault = (reason: string, command: number): ExecutionError => ({
  status: { VMInvariantViolation: true },
  description: `Move machine fault in command ${command}: ${reason}.`,
  command,
});

/** What a transaction nobody pays for is told to have cost: the storage its coins give back goes to the network. */
const freeGas = ({ outcome, gasUsed: gas, error }: Attempt): Attempt => {
  const { storageRebate } = gas;
  return { outcome, gasUsed: error ? NO_GAS : { ...gas, computationCost: storageRebate, storageCost: 0n }, error };
};

/** Charges gas: first with the outcome, then with the inputs alone, at last computation alone (the whole budget). */
const settle = (
  ctx: PtbContext,
  prepared: Prepared,
  tried: { readonly outcome: Outcome | undefined; readonly error: ExecutionError | null },
  before: (id: Address) => StoredObject | undefined,
): Attempt => {
  const { price, budget, inputs, gas } = prepared;
  const { protocol } = ctx;
  const exhausted = tried.error !== null && 'InsufficientGas' in tried.error.status;
  const computation = exhausted
    ? computationCost(Number.MAX_SAFE_INTEGER, price, budget, false)
    : computationCost(ctx.session.computation(), price, budget, isAbort(tried.error));
  // Computation that takes the whole budget is out of gas, whatever storage gives back.
  if (tried.outcome && computation < budget) {
    const charged = gasUsed(computation, storageOf(tried.outcome, before), protocol);
    if (fitsBudget(charged, budget)) return { outcome: tried.outcome, gasUsed: charged, error: null };
  }
  const error = tried.error ?? outOfStorage;
  const outcome = failedOutcome(inputs, gas);
  const charged = gasUsed(computation, storageOf(outcome, before), protocol);
  if (fitsBudget(charged, budget)) return { outcome, gasUsed: charged, error };
  return {
    outcome,
    gasUsed: gasUsed(budget, { cost: 0n, released: 0n }, protocol),
    error: tried.error ?? outOfStorage,
  };
};

/** Executes a prepared transaction against the batch and returns it with effects and writes; stores nothing. */
export const execute = (
  state: LedgerState,
  batch: Batch,
  clock: ChainClock,
  prepared: Prepared,
  outputs?: CommandOutput[],
): Executed => {
  const before = (id: Address): StoredObject | undefined =>
    prepared.gas.coins[0]?.id === id ? prepared.gas.coins[0] : objectIn(state, batch, id);
  const lamport = 1 + Math.max(0, ...allInputs(prepared).map((object) => object.version));
  const ctx = newContext(state, batch, clock, prepared);
  const moment = { lamport, epoch: clock.epoch, find: (id: Address) => objectIn(state, batch, id) };
  let isKept = false;
  try {
    const charged = settle(ctx, prepared, attempt(ctx, prepared, moment, outputs), before);
    const settled = prepared.gasless ? freeGas(charged) : charged;
    let done = conclude(ctx, prepared, settled, lamport, clock.epoch, before);
    if (done.effectsBcs.length > MAX_EFFECTS_BYTES && !settled.error) {
      const failed = settle(ctx, prepared, effectsTooLarge(done.effectsBcs.length), before);
      done = conclude(ctx, prepared, failed, lamport, clock.epoch, before);
    }
    isKept = done.effects.error === null && outputs === undefined;
    return done;
  } finally {
    state.pending.clear();
    if (!isKept && ctx.published.length > 0) state.vm?.reset(); // the machine must not know packages that never came to be
  }
};

const effectsTooLarge = (size: number) => {
  const sizes = { currentSize: String(size), maxSize: String(MAX_EFFECTS_BYTES) };
  const description = `Effects of size ${size} bytes too large. Limit is ${MAX_EFFECTS_BYTES} bytes.`;
  return { outcome: undefined, error: { status: { EffectsTooLarge: sizes }, description } };
};

const conclude = (
  ctx: PtbContext,
  prepared: Prepared,
  { outcome, gasUsed: gas, error }: Attempt,
  lamport: number,
  epoch: number,
  before: (id: Address) => StoredObject | undefined,
): Executed => {
  const keepsRebates = gas.storageCost === 0n; // not even the inputs' storage fitted: nothing moves
  chargeGas(ctx.vm, outcome, netGas(gas));
  const written = [...outcome.written.values()].map((object) => {
    const rebate = keepsRebates ? (before(object.id)?.storageRebate ?? 0n) : storageCostOf(outcome, object);
    return finish(object, versionOf(outcome, object, lamport), prepared.digest, rebate);
  });
  const events = error ? [] : eventsOf(ctx);
  const parts = { prepared, outcome, written: new Map(written.map((object) => [object.id, object])), before };
  const changedObjects = changesOf(parts);
  const effects: Effects = {
    error,
    executedEpoch: epoch,
    gasUsed: gas,
    transactionDigest: prepared.digest,
    gasObjectIndex: gasIndex(changedObjects, prepared.gas),
    eventsDigest: eventsDigest(events),
    dependencies: dependenciesOf(ctx, prepared, outcome, before),
    lamportVersion: lamport,
    changedObjects,
    unchangedConsensusObjects: unchangedObjects(prepared, ctx.ownersChecked),
    unchangedLoadedObjects: unchangedLoaded(parts),
  };
  const effectsBcs = encodeEffects(effects);
  return {
    digest: prepared.digest,
    transaction: prepared.transaction,
    signatures: prepared.signatures,
    sender: prepared.data.sender,
    calls: callsOf(prepared.data),
    effects,
    effectsBcs,
    effectsDigest: digestText(saltedDigest('effects', effectsBcs)),
    events,
    written,
    removed: removals(outcome, lamport, before),
    packages: outcome.packages,
  };
};

const gasIndex = (changes: readonly ChangedObject[], { coins }: GasPayment): number | null => {
  const at = changes.findIndex(({ id }) => id === coins[0]?.id);
  return at < 0 ? null : at;
};

const chargeGas = (vm: MoveVm, outcome: Outcome, net: bigint): void => {
  const { charged } = outcome;
  if (charged?.kind === 'coin') chargeCoin(outcome, charged.id, net);
  else if (charged) outcome.funds.push(...suiMove(vm, charged.owner, -net));
};

const chargeCoin = (outcome: Outcome, id: Address, net: bigint): void => {
  const coin = outcome.written.get(id) as NewObject;
  const balance = Buffer.from(coin.contents).readBigUInt64LE(32) - net;
  outcome.written.set(id, { ...coin, contents: withBalance(coin.contents, balance) });
};

const versionOf = (outcome: Outcome, object: NewObject, lamport: number): number =>
  object.type === 'package'
    ? (outcome.packages.find((pkg) => pkg.storageId === object.id) as MovePackage).version
    : lamport;

const removals = (outcome: Outcome, version: number, before: (id: Address) => StoredObject | undefined) => [
  ...[...outcome.deleted].filter(before).map((id) => ({ id, version, how: 'deleted' as const })),
  ...[...outcome.wrapped].filter(before).map((id) => ({ id, version, how: 'wrapped' as const })),
];

interface Parts {
  readonly prepared: Prepared;
  readonly outcome: Outcome;
  readonly written: ReadonlyMap<Address, StoredObject>;
  readonly before: (id: Address) => StoredObject | undefined;
}

const objectChanges = ({ outcome, written, before }: Parts): ChangedObject[] =>
  changedIds(outcome).flatMap((id) => {
    const [old, now] = [before(id), written.get(id)];
    if (!old && !now && !outcome.deleted.has(id)) return []; // made and wrapped here: never seen outside
    return [
      {
        id,
        input: inputState(old),
        output: now ? outputState(now) : null,
        idOperation: operation(outcome, id, old, now),
      },
    ];
  });

const changesOf = (parts: Parts): ChangedObject[] => {
  const funds = netFunds(parts.outcome.funds).map(
    (write): ChangedObject => ({ id: write.id, input: null, output: { kind: 'funds', write }, idOperation: 'none' }),
  );
  const objects = objectChanges(parts);
  return funds.length === 0 ? objects : [...objects, ...funds].sort((a, b) => (a.id < b.id ? -1 : 1));
};

const operation = (
  outcome: Outcome,
  id: Address,
  old: StoredObject | undefined,
  now: StoredObject | undefined,
): ChangedObject['idOperation'] => {
  if (!now) return outcome.deleted.has(id) ? 'deleted' : 'none';
  return !old && (now.type === 'package' || outcome.created.has(id)) ? 'created' : 'none';
};

const reference = ({ id, version, digest }: StoredObject) => ({ id, version, digest });

const unchangedConsensus = ({ object, use }: ObjectInput): Effects['unchangedConsensusObjects'] => {
  const { id, version } = object;
  if (use === 'shared') return [{ kind: 'read', ...reference(object) }];
  if (use === 'ended') return [{ kind: 'ended', id, version, use: 'read' }];
  return use === 'endedMutable' ? [{ kind: 'ended', id, version, use: 'mutable' }] : [];
};

/** Shared inputs that were not written, and the deny list where owners of coins were looked up in it. */
const unchangedObjects = (prepared: Prepared, ownersChecked: boolean): Effects['unchangedConsensusObjects'] => {
  const inputs = prepared.inputs.flatMap((input) => (input ? unchangedConsensus(input) : []));
  const isInput = prepared.inputs.some((input) => input?.object.id === SYSTEM.denyList);
  return ownersChecked && !isInput ? [...inputs, { kind: 'epochConfig', id: SYSTEM.denyList }] : inputs;
};

const unchangedLoaded = ({ outcome, written, before }: Parts): Effects['unchangedLoadedObjects'] =>
  [...outcome.loaded].sort().flatMap((id) => {
    const object = before(id);
    const changed = written.has(id) || outcome.deleted.has(id) || outcome.wrapped.has(id);
    return object && !changed ? [reference(object)] : [];
  });

const dependenciesOf = (
  ctx: PtbContext,
  prepared: Prepared,
  outcome: Outcome,
  before: (id: Address) => StoredObject | undefined,
): string[] => {
  const ids = [...packagesNamed(ctx.data.commands), ...outcome.loaded];
  const inputs = prepared.inputs.flatMap((input) => (input && !isEnded(input) ? [input.object] : []));
  const objects = [...inputs, ...prepared.gas.coins, ...ids.flatMap((id) => before(id) ?? [])];
  return sortedDigests(objects.map((object) => object.previousTransaction));
};

const eventsOf = (ctx: PtbContext): LedgerEvent[] =>
  ctx.session.changes().events.map((event) => {
    const call = ctx.calls[event.call] as { package: Address; module: string };
    return {
      packageId: call.package,
      module: call.module,
      sender: ctx.data.sender,
      type: event.type.text,
      contents: event.contents,
    };
  });

const callsOf = (data: TransactionData): (readonly [string, string, string])[] =>
  data.commands.flatMap((command) =>
    command.kind === 'call' ? [[command.package, command.module, command.function] as const] : [],
  );
