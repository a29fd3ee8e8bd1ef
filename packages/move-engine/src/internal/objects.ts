import { blake2b256, toHex } from '@atoma/base';
import type {
  Address,
  FundsMove,
  MoveValue,
  ObjectRecord,
  ObjectSource,
  Owner,
  SessionChanges,
  TxContextData,
  Type,
} from '../types.ts';
import { deserialize, serialize } from './bcs.ts';
import type { Ty, Types } from './types/ty.ts';

/** A dynamic-field object as the transaction sees it. */
export interface Child {
  parent: Address;
  type: Ty;
  /** Absent once removed. */
  value: MoveValue | undefined;
  /** As stored before the transaction. */
  readonly before: ObjectRecord | undefined;
  /** Code has held the value already; an object that was only looked for is made a value on its first use. */
  held: boolean;
  /** Could differ from the store. */
  touched: boolean;
}

/** A transfer, share or freeze by Move code. */
export interface Transfer {
  readonly owner: Owner;
  readonly type: Ty;
  readonly value: MoveValue;
}

/** An emitted event. */
export interface EmittedEvent {
  readonly type: Ty;
  readonly contents: Uint8Array;
  readonly call: number;
}

/** A value of the transaction's scratch pad. */
export interface ScratchEntry {
  readonly type: Ty;
  readonly value: MoveValue;
}

/** Objects of one session: what `object_runtime` is in Sui. */
export interface ObjectRuntime {
  readonly source: ObjectSource;
  readonly inputs: ReadonlyMap<Address, Owner>;
  readonly digest: Uint8Array;
  idsCreated: number;
  readonly created: Set<Address>;
  readonly deleted: Set<Address>;
  readonly transfers: Map<Address, Transfer>;
  readonly children: Map<Address, Child>;
  /** Ids of children looked for in the store, found or not. */
  readonly fetched: Set<Address>;
  /** Children whose values code has held. */
  heldHere: number;
  readonly loaded: Map<Address, ObjectRecord>;
  readonly received: Set<Address>;
  readonly funds: FundsMove[];
  readonly events: EmittedEvent[];
  /** Abstract sizes of the events and their tags together. */
  eventBytes: number;
  readonly scratch: Map<Address, ScratchEntry>;
  /** Loads a type by its text, for stored children. */
  readonly resolveType: (text: string) => Ty;
  readonly types: Types;
}

/** Objects of a session that has done nothing yet. */
export const createObjects = (
  types: Types,
  resolveType: (text: string) => Ty,
  tx: TxContextData,
  source: ObjectSource,
  inputs: ReadonlyMap<Address, Owner>,
): ObjectRuntime => ({
  source,
  inputs,
  digest: tx.digest,
  idsCreated: 0,
  created: new Set(),
  deleted: new Set(),
  transfers: new Map(),
  children: new Map(),
  fetched: new Set(),
  heldHere: 0,
  loaded: new Map(),
  received: new Set(),
  funds: [],
  events: [],
  eventBytes: 0,
  scratch: new Map(),
  resolveType,
  types,
});

/** Object id number `counter` of the transaction: BLAKE2b-256(0xf1 || digest || u64le counter). */
export const derivedId = (digest: Uint8Array, counter: number): Address => {
  const input = Buffer.alloc(1 + digest.length + 8);
  input[0] = 0xf1;
  input.set(digest, 1);
  input.writeBigUInt64LE(BigInt(counter), 1 + digest.length);
  return toHex(blake2b256(input));
};

/** Next id of the transaction's counter. */
export const freshId = (objects: ObjectRuntime): Address => derivedId(objects.digest, objects.idsCreated++);

/** Notes a new id. */
export const recordCreated = (objects: ObjectRuntime, id: Address): void => {
  objects.deleted.delete(id);
  objects.created.add(id);
};

/** Notes the end of an id; one made in this transaction leaves no trace. */
export const recordDeleted = (objects: ObjectRuntime, id: Address): void => {
  if (!objects.created.delete(id)) objects.deleted.add(id);
  objects.transfers.delete(id);
};

/** Bytes that looking for a child loads from the store: at least one the first time, none later. */
export const bytesToLoad = (objects: ObjectRuntime, parent: Address, id: Address): number => {
  if (objects.children.has(id) || objects.fetched.has(id)) return 0;
  return Math.max(1, findChild(objects, parent, id)?.before?.contents.length ?? 0);
};

/** The child `id` of `parent`, from this transaction or the store. */
export const findChild = (objects: ObjectRuntime, parent: Address, id: Address): Child | undefined => {
  const known = objects.children.get(id);
  if (known) return known.value !== undefined && known.parent === parent ? known : undefined;
  if (objects.fetched.has(id)) return undefined;
  objects.fetched.add(id);
  const record = objects.source.child(parent, id);
  if (!record || objects.deleted.has(id)) return undefined;
  objects.loaded.set(id, record);
  const type = objects.resolveType(record.type);
  const child: Child = {
    parent,
    type,
    value: deserialize(objects.types, type, record.contents),
    before: record,
    held: false,
    touched: false,
  };
  objects.children.set(id, child);
  return child;
};

/** Notes that code holds a child's value from now on. */
export const hold = (objects: ObjectRuntime, child: Child): void => {
  if (!child.held) objects.heldHere++;
  child.held = true;
};

/** Adds a child; the caller has checked that there is none. */
export const addChild = (objects: ObjectRuntime, parent: Address, id: Address, type: Ty, value: MoveValue): void => {
  const known = objects.children.get(id);
  if (known) {
    known.parent = parent;
    known.type = type;
    known.value = value;
    known.touched = true;
    hold(objects, known);
    return;
  }
  const added: Child = { parent, type, value, before: undefined, held: false, touched: true };
  hold(objects, added);
  objects.children.set(id, added);
};

/** Takes a child's value out. */
export const removeChild = (child: Child): MoveValue => {
  const value = child.value as MoveValue;
  child.value = undefined;
  child.touched = true;
  return value;
};

/** Id of a `key` object's value. */
export const objectId = (value: MoveValue): Address => {
  const uid = (value as MoveValue[])[0] as MoveValue[];
  return (uid[0] as MoveValue[])[0] as Address;
};

/** Dynamic-field address: BLAKE2b-256(0xf0 || parent || u64le length || key || type tag). */
export const dynamicFieldId = (parent: Address, key: Uint8Array, tag: Uint8Array): Address => {
  const input = Buffer.alloc(41 + key.length + tag.length);
  input[0] = 0xf0;
  input.write(parent, 1, 'hex');
  input.writeUInt32LE(key.length, 33);
  input.set(key, 41);
  input.set(tag, 41 + key.length);
  return toHex(blake2b256(input));
};

/** Children whose state differs from the store. */
const changedChildren = (objects: ObjectRuntime): SessionChanges['children'] => {
  const changed = new Map<Address, { parent: Address; before?: ObjectRecord; type: Type; value?: MoveValue }>();
  for (const [id, child] of objects.children) {
    if (!child.touched || !differs(objects, child)) continue;
    changed.set(id, {
      parent: child.parent,
      type: child.type as Type,
      ...(child.before ? { before: child.before } : {}),
      ...(child.value === undefined ? {} : { value: child.value }),
    });
  }
  return changed;
};

const differs = (objects: ObjectRuntime, child: Child): boolean => {
  const { before, value } = child;
  if (!before) return value !== undefined;
  if (value === undefined) return true;
  const sameOwner = before.owner.kind === 'object' && before.owner.parent === child.parent;
  if (!sameOwner || before.type !== child.type.text) return true;
  return Buffer.compare(serialize(objects.types, child.type, value), before.contents) !== 0;
};

/** What the session did so far. */
export const sessionChanges = (objects: ObjectRuntime): SessionChanges => ({
  created: objects.created,
  deleted: objects.deleted,
  transfers: objects.transfers as SessionChanges['transfers'],
  children: changedChildren(objects),
  loaded: objects.loaded,
  received: objects.received,
  funds: objects.funds,
  events: objects.events as SessionChanges['events'],
});
