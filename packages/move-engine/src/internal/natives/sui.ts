import { toHex } from '@atoma/base';
import { nativeCosts } from '../../native-costs.ts';
import { executionLimits, sizes, systemObjects } from '../../params.ts';
import type { Address, MoveValue, Owner } from '../../types.ts';
import { deserialize, serialize } from '../bcs.ts';
import {
  addChild,
  bytesToLoad,
  type Child,
  derivedId,
  dynamicFieldId,
  findChild,
  freshId,
  hold,
  objectId,
  recordCreated,
  recordDeleted,
  removeChild,
} from '../objects.ts';
import { stop } from '../run/failure.ts';
import { canonical, type U64 } from '../run/integers.ts';
import type { Reference } from '../run/refs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { abstractSize, hasLayout } from '../types/fields.ts';
import { structTagSize, tagSize, typeTag } from '../types/tags.ts';
import type { Ty } from '../types/ty.ts';
import type { NativeContext, Natives } from './registry.ts';

const plain = (s: RunState, returned: number, extra = 0): void => chargeNative(s, nativeCosts.base + extra, returned);

/** System objects may be shared by the code that makes them at genesis. */
const systemIds: ReadonlySet<Address> = new Set(systemObjects.map((id) => id.padStart(64, '0')));

const transferTo = (
  { limit }: NativeContext,
  s: RunState,
  type: Ty,
  value: MoveValue,
  owner: Owner,
): 'new' | 'same' | 'changed' => {
  plain(s, nothing);
  const { objects } = s;
  const id = objectId(value);
  const before = objects.inputs.get(id);
  if (objects.transfers.size >= executionLimits.ids && !systemIds.has(id)) limit('too many objects are transferred');
  objects.transfers.set(id, { owner, type, value });
  if (objects.created.has(id) || systemIds.has(id)) return 'new';
  if (!before) return 'changed';
  return (before.kind === 'shared' && owner.kind === 'shared') || sameOwner(before, owner) ? 'same' : 'changed';
};

const sameOwner = (a: Owner, b: Owner): boolean =>
  (a.kind === 'address' && b.kind === 'address' && a.address === b.address) ||
  (a.kind === 'consensus' && b.kind === 'consensus' && a.address === b.address) ||
  (a.kind === 'object' && b.kind === 'object' && a.parent === b.parent) ||
  (a.kind === 'immutable' && b.kind === 'immutable');

const share = (context: NativeContext, s: RunState, type: Ty, value: MoveValue): 'new' | 'same' | 'changed' => {
  const before = s.objects.inputs.get(objectId(value));
  // Version 0 stands for the version the ledger is about to assign.
  return transferTo(context, s, type, value, {
    kind: 'shared',
    initialVersion: before?.kind === 'shared' ? before.initialVersion : 0,
  });
};

/** `EBCSSerializationFailure` of `sui::transfer`, `sui::dynamic_field` and `sui::config`: a type's layout is too large. */
const RECEIVED_HAS_NO_LAYOUT = 1;
const FIELD_HAS_NO_LAYOUT = 3;
const SETTING_HAS_NO_LAYOUT = 2;

const receive = (
  { world, abort }: NativeContext,
  s: RunState,
  type: Ty,
  parent: Address,
  id: Address,
  version: number,
): MoveValue => {
  const { objects } = s;
  const { base, perNode, perValueByte } = nativeCosts.receive;
  if (!hasLayout(world.types, type)) {
    chargeNative(s, base + perNode * type.nodes, nothing);
    return abort(RECEIVED_HAS_NO_LAYOUT);
  }
  const isTaken = objects.received.has(id);
  const record = isTaken ? objects.loaded.get(id) : objects.source.receivable(parent, id, version);
  const isOther = record !== undefined && record.type !== type.text;
  if (!record || isOther || isTaken) {
    chargeNative(s, base + perNode * type.nodes, nothing);
    return abort(isOther ? 2 : 3);
  }
  objects.received.add(id);
  objects.loaded.set(id, record);
  const value = deserialize(world.types, type, record.contents);
  const size = abstractSize(world.types, type, value);
  chargeNative(s, base + perNode * type.nodes + perValueByte * size, size);
  return value;
};

/** Read, write, delete and transfer. */
const ALL_PERMISSIONS = 15;

const transferNatives: Natives = {
  '2::transfer::transfer_impl': (context) => (s: RunState, ta: readonly Ty[], value: MoveValue, to: Address) => {
    transferTo(context, s, ta[0] as Ty, value, { kind: 'address', address: to });
  },
  // A party has one member with all permissions and no default ones: `sui::transfer` checks it before.
  '2::transfer::party_transfer_impl':
    (context) =>
    (s: RunState, ta: readonly Ty[], value: MoveValue, defaults: U64, members: Address[], permissions: U64[]) => {
      const [address] = members;
      const isOwner = members.length === 1 && permissions.length === 1 && permissions[0] === ALL_PERMISSIONS;
      if (address === undefined || !isOwner || defaults !== 0)
        return stop('internal', -1, undefined, 'a party has one member with all permissions');
      transferTo(context, s, ta[0] as Ty, value, { kind: 'consensus', address, startVersion: 0 });
    },
  '2::transfer::freeze_object_impl': (context) => (s: RunState, ta: readonly Ty[], value: MoveValue) => {
    transferTo(context, s, ta[0] as Ty, value, { kind: 'immutable' });
  },
  '2::transfer::share_object_impl': (context) => (s: RunState, ta: readonly Ty[], value: MoveValue) => {
    if (share(context, s, ta[0] as Ty, value) === 'changed') context.abort(0);
  },
  '2::transfer::receive_impl':
    (context) => (s: RunState, ta: readonly Ty[], parent: Address, id: MoveValue[], version: number) =>
      receive(context, s, ta[0] as Ty, parent, id[0] as Address, version),
};

/** Marks an id as new; at most so many may be. */
const makeId = ({ limit }: NativeContext, s: RunState, id: Address): void => {
  if (s.objects.created.size >= executionLimits.ids) limit('too many objects are created');
  recordCreated(s.objects, id);
};

const objectNatives: Natives = {
  '2::object::record_new_uid': (context) => (s: RunState, id: Address) => {
    plain(s, nothing);
    makeId(context, s, id);
  },
  '2::object::record_new_uid_from_hash': (context) => (s: RunState, _parent: Address, id: Address) => {
    chargeNative(s, nativeCosts.uidFromHash, nothing);
    makeId(context, s, id);
  },
  '2::object::delete_impl':
    ({ limit }) =>
    (s: RunState, id: Address) => {
      plain(s, nothing);
      if (s.objects.deleted.size >= executionLimits.ids) limit('too many objects are deleted');
      recordDeleted(s.objects, id);
    },
  '2::object::borrow_uid': () => (s: RunState, _: readonly Ty[], object: MoveValue[]) => {
    plain(s, sizes.reference);
    return object[0];
  },
};

const uidAddress = (uid: MoveValue[]): Address => (uid[0] as MoveValue[])[0] as Address;

/** Counts a child looked for in the store; at most so many may be. */
const load = ({ limit }: NativeContext, { objects }: RunState, parent: Address, id: Address): number => {
  const isFull = objects.fetched.size >= executionLimits.children;
  const bytes = bytesToLoad(objects, parent, id);
  return bytes > 0 && isFull ? limit('too many dynamic fields are looked up') : bytes;
};

/**
 * The child as a value, or the abort Move code expects: 1 missing, 2 of another type. Charges `units`, what is loaded, and
 * by the size of the value when it becomes one here (`made`), else `kept`.
 */
const useChild = (
  context: NativeContext,
  s: RunState,
  type: Ty,
  at: { readonly parent: Address; readonly id: Address },
  cost: {
    readonly units: number;
    readonly kept: number;
    readonly made: number;
    readonly returned: (size: number) => number;
  },
): Child => {
  const { abort, limit, world } = context;
  if (!hasLayout(world.types, type)) {
    chargeNative(s, cost.units, nothing);
    return abort(FIELD_HAS_NO_LAYOUT);
  }
  const bytes = load(context, s, at.parent, at.id);
  const found = findChild(s.objects, at.parent, at.id);
  if (found?.type !== type || found.value === undefined) {
    chargeNative(s, cost.units, nothing);
    return abort(found ? 2 : 1);
  }
  if (!found.held && s.objects.heldHere >= executionLimits.children) limit('too many dynamic fields');
  const size = abstractSize(world.types, type, found.value);
  chargeNative(s, cost.units + bytes + (found.held ? cost.kept : cost.made + size), cost.returned(size));
  hold(s.objects, found);
  return found;
};

const borrowChild = (context: NativeContext, s: RunState, type: Ty, uid: MoveValue[], id: Address): Child => {
  const { base, perNode } = nativeCosts.borrowField;
  const units = base + perNode * type.nodes;
  const { reference } = sizes;
  const at = { parent: uidAddress(uid), id };
  return useChild(context, s, type, at, { units, kept: reference, made: reference, returned: () => reference });
};

const dynamicFieldNatives: Natives = {
  '2::dynamic_field::hash_type_and_key':
    ({ world, abort }) =>
    (s: RunState, ta: readonly Ty[], parent: Address, key: MoveValue) => {
      const type = ta[0] as Ty;
      const { base, perNode, perValueByte, perTagByte } = nativeCosts.hashKey;
      const size = abstractSize(world.types, type, key);
      chargeNative(s, base + perNode * type.nodes + perValueByte * size + perTagByte * tagSize(type), sizes.address);
      if (!hasLayout(world.types, type)) return abort(FIELD_HAS_NO_LAYOUT);
      return dynamicFieldId(parent, serialize(world.types, type, key), typeTag(type));
    },
  '2::dynamic_field::add_child_object':
    ({ abort, limit }) =>
    (s: RunState, ta: readonly Ty[], parent: Address, value: MoveValue) => {
      const type = ta[0] as Ty;
      const { base, perNode, perValueByte, perTagByte } = nativeCosts.addField;
      // The value exists already: its size does not matter.
      const units = base + perValueByte * sizes.aggregate + perNode * type.nodes + perTagByte * structTagSize(type);
      chargeNative(s, units, nothing);
      const id = objectId(value);
      if (s.objects.children.get(id)?.value !== undefined) abort(0);
      if (s.objects.heldHere >= executionLimits.children) limit('too many dynamic fields');
      addChild(s.objects, parent, id, type, value);
      s.objects.transfers.delete(id);
    },
  '2::dynamic_field::borrow_child_object':
    (context) => (s: RunState, ta: readonly Ty[], uid: MoveValue[], id: Address) =>
      borrowChild(context, s, ta[0] as Ty, uid, id).value,
  '2::dynamic_field::borrow_child_object_mut':
    (context) => (s: RunState, ta: readonly Ty[], uid: MoveValue[], id: Address) => {
      const found = borrowChild(context, s, ta[0] as Ty, uid, id);
      found.touched = true;
      return found.value;
    },
  '2::dynamic_field::remove_child_object':
    (context) => (s: RunState, ta: readonly Ty[], parent: Address, id: Address) => {
      const type = ta[0] as Ty;
      const { base, perNode } = nativeCosts.removeField;
      const units = base + perNode * type.nodes;
      const cost = { units, kept: sizes.aggregate, made: 0, returned: (size: number) => size };
      return removeChild(useChild(context, s, type, { parent, id }, cost));
    },
  '2::dynamic_field::has_child_object': (context) => (s: RunState, parent: Address, id: Address) => {
    plain(s, sizes.small, load(context, s, parent, id));
    return findChild(s.objects, parent, id) !== undefined;
  },
  '2::dynamic_field::has_child_object_with_ty':
    (context) => (s: RunState, ta: readonly Ty[], parent: Address, id: Address) => {
      const type = ta[0] as Ty;
      const { base, perNode, perTagByte } = nativeCosts.hasFieldOfType;
      const units = base + perNode * type.nodes + perTagByte * structTagSize(type);
      chargeNative(s, units + load(context, s, parent, id), sizes.small);
      return findChild(s.objects, parent, id)?.type === type;
    },
};

/** Emits an event and charges `extra` besides. Events are limited by the abstract sizes of their tags and values. */
const emit = ({ world, limit }: NativeContext, s: RunState, type: Ty, value: MoveValue, extra: number): void => {
  const { base, perValueByte, perTagByte, perOutputByte } = nativeCosts.event;
  const { objects } = s;
  const size = abstractSize(world.types, type, value);
  const tag = structTagSize(type);
  const derived = base + perValueByte * size + perTagByte * tag + extra;
  if (size + tag > executionLimits.eventBytes) limit('an event is too large');
  if (objects.eventBytes + size + tag > executionLimits.totalEventBytes) limit('the events are too large together');
  objects.eventBytes += size + tag;
  chargeNative(s, derived + perOutputByte * (size + tag), nothing);
  if (objects.events.length >= executionLimits.events) limit('too many events');
  objects.events.push({ type, contents: serialize(world.types, type, value), call: s.call });
};

const eventNatives: Natives = {
  '2::event::emit': (context) => (s: RunState, ta: readonly Ty[], value: MoveValue) =>
    emit(context, s, ta[0] as Ty, value, 0),
  // <StreamHead, T>(accumulator, stream, event): the event itself; there is no stream of proofs to add it to.
  '2::event::emit_authenticated_impl':
    (context) => (s: RunState, ta: readonly Ty[], _accumulator: Address, _stream: Address, value: MoveValue) =>
      emit(context, s, ta[1] as Ty, value, nativeCosts.event.authenticated),
};

const { small, address: addressSize, aggregate } = sizes;

/** Getters of the transaction, with the size of what they push. */
const getters: Readonly<Record<string, readonly [size: (s: RunState) => number, get: (s: RunState) => unknown]>> = {
  native_sender: [() => addressSize, (s) => s.tx.sender],
  native_epoch: [() => small, (s) => s.tx.epoch],
  native_epoch_timestamp_ms: [() => small, (s) => s.tx.epochTimestampMs],
  native_sponsor: [
    (s) => aggregate + (s.tx.sponsor === undefined ? 0 : addressSize),
    (s) => (s.tx.sponsor === undefined ? [] : [s.tx.sponsor]),
  ],
  native_rgp: [() => small, (s) => s.tx.referenceGasPrice],
  native_gas_price: [() => small, (s) => s.tx.gasPrice],
  native_gas_budget: [() => small, (s) => canonical(s.tx.gasBudget)],
  native_ids_created: [() => small, (s) => s.objects.idsCreated],
};

/** `E_NO_IDS_CREATED` of Sui's TxContext natives. */
const NO_IDS_CREATED = 1;

/** Getters and the id counter of the transaction. */
const contextNatives: Natives = {
  ...Object.fromEntries(
    Object.entries(getters).map(([name, [size, get]]) => [
      `2::tx_context::${name}`,
      () => (s: RunState) => {
        chargeNative(s, nativeCosts.txContext, size(s));
        return get(s);
      },
    ]),
  ),
  '2::tx_context::fresh_id': (context) => (s: RunState) => {
    plain(s, addressSize);
    const id = freshId(s.objects);
    makeId(context, s, id);
    return id;
  },
  '2::tx_context::last_created_id':
    ({ abort }) =>
    (s: RunState) => {
      if (s.objects.idsCreated === 0) {
        plain(s, nothing);
        return abort(NO_IDS_CREATED);
      }
      plain(s, addressSize);
      return derivedId(s.objects.digest, s.objects.idsCreated - 1);
    },
};

/** `EInvalidPackageVersion` of `sui::package`. */
const INVALID_PACKAGE_VERSION = 6;

const otherNatives: Natives = {
  '2::tx_context::derive_id': () => (s: RunState, digest: number[], counter: number) => {
    plain(s, addressSize);
    return derivedId(Uint8Array.from(digest), counter);
  },
  '2::types::is_one_time_witness': () => (s: RunState, ta: readonly Ty[], _value: MoveValue | Reference) => {
    const type = ta[0] as Ty;
    const { base, perNode, perTagByte } = nativeCosts.witness;
    chargeNative(s, base + perNode * type.nodes + perTagByte * tagSize(type), small);
    return isOneTimeWitness(type);
  },
  '2::address::from_bytes':
    ({ abort }) =>
    (s: RunState, bytes: number[]) => {
      const isAddress = bytes.length === 32;
      plain(s, isAddress ? addressSize : nothing);
      return isAddress ? toHex(Uint8Array.from(bytes)) : abort(0);
    },
  '2::address::to_u256': () => (s: RunState, address: Address) => {
    plain(s, sizes.u256);
    return BigInt(`0x${address}`);
  },
  '2::address::from_u256': () => (s: RunState, value: bigint) => {
    plain(s, addressSize);
    return value.toString(16).padStart(64, '0');
  },
  '2::config::read_setting_impl':
    ({ world, abort }) =>
    (s: RunState, ta: readonly Ty[], config: Address, name: Address, epoch: U64) => {
      const { base, perByte } = nativeCosts.readSetting;
      if (!hasLayout(world.types, ta[0] as Ty)) {
        chargeNative(s, base, nothing);
        return abort(SETTING_HAS_NO_LAYOUT);
      }
      const value = readSetting(s, ta[0] as Ty, config, name, epoch);
      const element = ta[3] as Ty;
      // Option<Value>: a struct around a vector.
      const size =
        aggregate + abstractSize(world.types, world.types.vector(element), (value as MoveValue[])[0] as MoveValue);
      chargeNative(s, base + perByte * size, size);
      return value;
    },
  '2::protocol_config::is_feature_enabled':
    ({ world: { features } }) =>
    (s: RunState, name: number[]) => {
      chargeNative(s, 0, small);
      const flag = Buffer.from(name).toString('utf8');
      return Object.hasOwn(features, flag)
        ? features[flag]
        : stop('internal', -1, undefined, `feature flag ${flag} is not known`);
    },
  '2::package::original_package_id_impl':
    ({ world, abort }) =>
    (s: RunState, id: Address, version: U64) => {
      const { base, perByte } = nativeCosts.originalPackageId;
      const pkg = world.findPackage(id);
      if (pkg?.version !== version) {
        chargeNative(s, base, nothing);
        return abort(INVALID_PACKAGE_VERSION);
      }
      let bytes = 0;
      for (const module of pkg.modules.values()) bytes += module.length;
      chargeNative(s, base + perByte * bytes, addressSize);
      return pkg.originalId;
    },
};

/**
 * `config::read_setting_impl<Field<Name, Setting>, ...>`: the value that counts in this epoch. The newer one counts from
 * the epoch after the one it was written in.
 */
const readSetting = (s: RunState, type: Ty, config: Address, name: Address, epoch: U64): MoveValue => {
  // As it was before the transaction: settings are read without taking part in the order of transactions.
  const record = s.objects.source.child(config, name);
  if (!record || record.type !== type.text) return [[]];
  const setting = (deserialize(s.objects.types, type, record.contents) as MoveValue[])[2] as MoveValue[];
  const data = ((setting[0] as MoveValue[])[0] as MoveValue[])[0] as MoveValue[] | undefined;
  if (!data) return [[]];
  const [newerEpoch, newer, older] = data as [U64, MoveValue, MoveValue];
  return epoch > newerEpoch ? newer : older;
};

/** A witness is a struct named like its module in upper case with one bool; only the system makes values of it. */
export const isOneTimeWitness = (ty: Ty): boolean => {
  const { def } = ty;
  if (ty.kind !== 'struct' || !def || def.name !== def.module.toUpperCase() || def.parameters.length > 0) return false;
  const fields = def.home.binary.structDefs[def.definition]?.fields ?? [];
  return fields.length === 1 && fields[0]?.type.tag === 1 && def.abilities === 2;
};

/** Natives of the Sui framework that touch objects, events and the transaction. */
export const suiNatives: Natives = {
  ...transferNatives,
  ...objectNatives,
  ...dynamicFieldNatives,
  ...eventNatives,
  ...contextNatives,
  ...otherNatives,
};
