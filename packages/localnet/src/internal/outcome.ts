import type { Address, FundsMove, MovePackage, MoveValue, Owner, SessionChanges, Type } from '@atoma/move-engine';
import { MAX_OBJECT_BYTES, MAX_WRITTEN_BYTES } from '../params.ts';
import type { StoredObject } from '../types.ts';
import type { ObjectInput } from './checks.ts';
import { suiMove } from './funds.ts';
import { objectStorageCost, packageStorageCost, type StorageMove } from './gas.ts';
import { packageObject } from './genesis.ts';
import { checkLayout } from './layout.ts';
import type { PtbContext } from './ptb/context.ts';
import { failWith } from './ptb/failure.ts';
import type { Place } from './ptb/plan.ts';
import { coinBalance, hasAbility } from './ptb/values.ts';
import type { NewObject } from './view.ts';

/** What a transaction writes and ends, before versions and gas are known. */
export interface Outcome {
  readonly written: Map<Address, NewObject>;
  /** Ids ended for good, live before or not. */
  readonly deleted: Set<Address>;
  /** Ids that were live and now are inside another object. */
  readonly wrapped: Set<Address>;
  /** Ids that came into being. */
  readonly created: Set<Address>;
  readonly packages: readonly MovePackage[];
  /** Objects read by Move code (children, received). */
  readonly loaded: ReadonlySet<Address>;
  /** What is added to and taken out of funds, in order; gas comes last. */
  readonly funds: FundsMove[];
  charged: Charged;
}

/** Where gas is taken from at the end of a transaction; undefined: nobody pays. */
export type Charged =
  | { readonly kind: 'coin'; readonly id: Address }
  | { readonly kind: 'funds'; readonly owner: Address }
  | undefined;

/** The paying side of a transaction. */
export interface GasPayment {
  /** Coins that pay: the first is charged, the others are merged into it. */
  readonly coins: readonly StoredObject[];
  /** MIST that is there to pay with: of all coins together, or reserved of funds. */
  readonly total: bigint;
  /** Who pays when the transaction neither moves the gas coin elsewhere. */
  readonly charged: Charged;
}

const isWritten = ({ use }: ObjectInput): boolean => use === 'owned' || use === 'sharedMutable';

const asNew = ({ id, owner, type, publicTransfer, contents }: StoredObject): NewObject => ({
  id,
  owner,
  type,
  publicTransfer,
  contents,
});

/** Contents of a SUI coin with another balance (MIST). */
export const withBalance = (contents: Uint8Array, balance: bigint): Uint8Array => {
  const copy = new Uint8Array(contents); // not slice(), which of a Buffer copies nothing
  new DataView(copy.buffer).setBigUint64(32, balance, true);
  return copy;
};

/** Outcome of a transaction that failed: mutable inputs are rewritten as they were, gas coins are smashed. */
export const failedOutcome = (inputs: readonly (ObjectInput | undefined)[], gas: GasPayment): Outcome => {
  const written = new Map<Address, NewObject>();
  for (const input of inputs) if (input && isWritten(input)) written.set(input.object.id, asNew(input.object));
  const [coin, ...smashed] = gas.coins;
  if (coin) written.set(coin.id, { ...asNew(coin), contents: withBalance(coin.contents, gas.total) });
  return {
    written,
    deleted: new Set(smashed.map(({ id }) => id)),
    wrapped: new Set(),
    created: new Set(),
    packages: [],
    loaded: new Set(),
    funds: [],
    charged: gas.charged,
  };
};

/** Outcome of a transaction whose commands all ran; the gas coin gets its withheld budget back. */
export const successfulOutcome = (ctx: PtbContext, gas: GasPayment, budget: bigint, lamport: number): Outcome => {
  const changes = ctx.session.changes();
  const outcome: Outcome = {
    written: new Map(),
    deleted: new Set([...changes.deleted, ...gas.coins.slice(1).map((coin) => coin.id)]),
    wrapped: new Set(),
    created: new Set(changes.created),
    packages: [...ctx.published],
    loaded: new Set(changes.loaded.keys()),
    funds: [...changes.funds],
    charged: gas.charged,
  };
  for (const { type, call } of changes.events) checkLayout(ctx.vm, type, ctx.calls[call]?.command);
  writeTransfers(ctx, changes, outcome, lamport);
  writeChildren(ctx, changes, outcome);
  const places = [...ctx.inputs.flatMap(({ place }) => place ?? []), ctx.gas];
  for (const place of places) writeInput(ctx, place, outcome);
  checkShared(places, outcome);
  for (const id of [...changes.loaded.keys()]) noteWrapped(outcome, id, changes);
  for (const pkg of ctx.published) outcome.written.set(pkg.storageId, packageObject(pkg));
  finishGas(ctx, gas, budget, outcome);
  checkSizes(outcome);
  return outcome;
};

const newObject = (ctx: PtbContext, id: Address, owner: Owner, type: Type, value: MoveValue): NewObject => {
  checkLayout(ctx.vm, type, undefined);
  return {
    id,
    owner,
    type: type.text,
    publicTransfer: hasAbility(type, 'store'),
    contents: ctx.vm.serialize(type, value),
  };
};

/** An owner with the version since when it counts: an object shared again, or kept by its party, keeps the earlier one. */
const dated = (ctx: PtbContext, id: Address, owner: Owner, lamport: number): Owner => {
  if (owner.kind !== 'shared' && owner.kind !== 'consensus') return owner;
  const before = ctx.inputs.find((cell) => cell.input?.object.id === id)?.input?.object.owner;
  if (owner.kind === 'shared')
    return { kind: 'shared', initialVersion: before?.kind === 'shared' ? before.initialVersion : lamport };
  const isKept = before?.kind === 'consensus' && before.address === owner.address;
  return { ...owner, startVersion: isKept ? before.startVersion : lamport };
};

const writeTransfers = (ctx: PtbContext, changes: SessionChanges, outcome: Outcome, lamport: number): void => {
  for (const [id, { owner, type, value }] of changes.transfers) {
    outcome.written.set(id, newObject(ctx, id, dated(ctx, id, owner, lamport), type, value));
  }
};

const writeChildren = (ctx: PtbContext, changes: SessionChanges, outcome: Outcome): void => {
  for (const [id, { parent, before, type, value }] of changes.children) {
    if (value !== undefined) outcome.written.set(id, newObject(ctx, id, { kind: 'object', parent }, type, value));
    else if (before && !outcome.written.has(id) && !outcome.deleted.has(id)) outcome.wrapped.add(id);
  }
};

const writeInput = (ctx: PtbContext, { input, type, box }: Place, outcome: Outcome): void => {
  if (!input || outcome.written.has(input.object.id)) return;
  const { object } = input;
  const [value] = box;
  if (value === undefined) {
    if (!outcome.deleted.has(object.id)) outcome.wrapped.add(object.id);
  } else if (isWritten(input))
    outcome.written.set(object.id, newObject(ctx, object.id, object.owner, type, value as MoveValue));
};

/** Shared objects taken by value are shared again or deleted by the end. What a party owns is its owner's to give away. */
const checkShared = (places: readonly Place[], { written, deleted }: Outcome): void => {
  for (const { input, box } of places) {
    if (box.length > 0 || input?.object.owner.kind !== 'shared') continue;
    const { id } = input.object;
    if (written.has(id) ? written.get(id)?.owner.kind === 'shared' : deleted.has(id)) continue;
    failWith(
      { SharedObjectOperationNotAllowed: true },
      `Shared object 0x${id} was taken by value and neither shared again nor deleted.`,
      undefined,
    );
  }
};

/** A received object that went nowhere visible is inside another one now. */
const noteWrapped = (outcome: Outcome, id: Address, changes: SessionChanges): void => {
  if (changes.received.has(id) && !outcome.written.has(id) && !outcome.deleted.has(id)) outcome.wrapped.add(id);
};

const addToCoin = (outcome: Outcome, id: Address, amount: bigint): void => {
  const coin = outcome.written.get(id) as NewObject;
  const balance = Buffer.from(coin.contents).readBigUInt64LE(32) + amount;
  outcome.written.set(id, { ...coin, contents: withBalance(coin.contents, balance) });
};

/**
 * Gives the withheld budget back to where the gas coin is now, which pays from there. A coin that stood for funds goes back
 * into them, unless the transaction has moved it (`finish_gas_coin` of Sui's execution).
 */
const finishGas = (ctx: PtbContext, { coins, total, charged }: GasPayment, budget: bigint, outcome: Outcome): void => {
  if (!charged) return;
  const id = coins[0]?.id ?? (ctx.gas.id as Address);
  const move = (owner: Address, amount: bigint) => outcome.funds.push(...suiMove(ctx.vm, owner, amount));
  const { gasSentTo } = ctx;
  if (gasSentTo !== undefined) {
    move(gasSentTo, budget);
    outcome.charged = { kind: 'funds', owner: gasSentTo };
  } else if (outcome.written.has(id)) {
    addToCoin(outcome, id, budget);
    outcome.charged = { kind: 'coin', id };
  }
  if (charged.kind === 'coin') return;
  const [left] = ctx.gas.box;
  if (left === undefined) {
    move(charged.owner, -total);
    return;
  }
  outcome.created.delete(id);
  move(charged.owner, coinBalance(left as MoveValue) + budget - total);
};

const checkSizes = (outcome: Outcome): void => {
  let total = 0;
  for (const object of outcome.written.values()) {
    const size = object.contents.length;
    total += size;
    if (size > MAX_OBJECT_BYTES && object.type !== 'package')
      failWith(
        { MoveObjectTooBig: { objectSize: String(size), maxObjectSize: String(MAX_OBJECT_BYTES) } },
        `Move object 0x${object.id} with size ${size} is larger than the maximum object size ${MAX_OBJECT_BYTES} bytes.`,
        undefined,
      );
  }
  if (total > MAX_WRITTEN_BYTES)
    failWith(
      { WrittenObjectsTooLarge: { currentSize: String(total), maxSize: String(MAX_WRITTEN_BYTES) } },
      `Written objects of ${total} bytes too large. Limit is ${MAX_WRITTEN_BYTES} bytes.`,
      undefined,
    );
};

/** MIST that storing one object of the outcome costs; it becomes the object's rebate. */
export const storageCostOf = (outcome: Outcome, object: NewObject): bigint => {
  const pkg = object.type === 'package' && outcome.packages.find((candidate) => candidate.storageId === object.id);
  return pkg ? packageStorageCost(pkg) : objectStorageCost(object.type, object.contents);
};

/** Storage that an outcome pays and releases, MIST. */
export const storageOf = (outcome: Outcome, before: (id: Address) => StoredObject | undefined): StorageMove => {
  let cost = 0n;
  for (const object of outcome.written.values()) cost += storageCostOf(outcome, object);
  let released = 0n;
  for (const id of changedIds(outcome)) released += before(id)?.storageRebate ?? 0n;
  return { cost, released };
};

/** All ids an outcome touches, sorted. */
export const changedIds = (outcome: Outcome): Address[] =>
  [...new Set([...outcome.written.keys(), ...outcome.deleted, ...outcome.wrapped])].sort();
