import { toHex } from '@atoma/base';
import { featureFlags } from '../../feature-flags.ts';
import { nativeCosts } from '../../native-costs.ts';
import { executionLimits, systemObjects } from '../../params.ts';
import type { Address, MoveValue, Owner } from '../../types.ts';
import { deserialize, serialize } from '../bcs.ts';
import {
  addChild,
  type Child,
  derivedId,
  dynamicFieldId,
  findChild,
  freshId,
  objectId,
  recordCreated,
  recordDeleted,
  removeChild,
} from '../objects.ts';
import { stop } from '../run/failure.ts';
import { canonical, type U64 } from '../run/integers.ts';
import { copy, type Reference } from '../run/refs.ts';
import { chargeNative, type RunState } from '../run/state.ts';
import { abstractSize } from '../types/fields.ts';
import { typeTag } from '../types/tags.ts';
import type { Ty, Types } from '../types/ty.ts';
import type { NativeContext, Natives } from './registry.ts';

const plain = (s: RunState, returned: number): void => chargeNative(s, nativeCosts.base, returned);

/** System objects may be shared by the code that makes them at genesis. */
const systemIds: ReadonlySet<Address> = new Set(systemObjects.map((id) => id.padStart(64, '0')));

const transferTo = (s: RunState, type: Ty, value: MoveValue, owner: Owner): 'new' | 'same' | 'changed' => {
  plain(s, 0);
  const { objects } = s;
  const id = objectId(value);
  const before = objects.inputs.get(id);
  objects.transfers.set(id, { owner, type, value });
  if (objects.transfers.size > executionLimits.ids) stop('limit', -1, undefined, 'too many objects are transferred');
  if (objects.created.has(id) || systemIds.has(id)) return 'new';
  if (!before) return 'changed';
  return (before.kind === 'shared' && owner.kind === 'shared') || sameOwner(before, owner) ? 'same' : 'changed';
};

const sameOwner = (a: Owner, b: Owner): boolean =>
  (a.kind === 'address' && b.kind === 'address' && a.address === b.address) ||
  (a.kind === 'consensus' && b.kind === 'consensus' && a.address === b.address) ||
  (a.kind === 'object' && b.kind === 'object' && a.parent === b.parent) ||
  (a.kind === 'immutable' && b.kind === 'immutable');

const share = (s: RunState, type: Ty, value: MoveValue): 'new' | 'same' | 'changed' => {
  const before = s.objects.inputs.get(objectId(value));
  // Version 0 stands for the version the ledger is about to assign.
  return transferTo(s, type, value, {
    kind: 'shared',
    initialVersion: before?.kind === 'shared' ? before.initialVersion : 0,
  });
};

const receive = (
  { world, abort }: NativeContext,
  s: RunState,
  type: Ty,
  parent: Address,
  id: Address,
  version: number,
): MoveValue => {
  const { objects } = s;
  const record = objects.received.has(id) ? undefined : objects.source.receivable(parent, id, version);
  if (!record || record.type !== type.text) {
    plain(s, 0);
    return abort(record ? 2 : 3);
  }
  chargeObject(s, nativeCosts.receive, type, record.contents.length, record.contents.length);
  objects.received.add(id);
  objects.loaded.set(id, record);
  return deserialize(world.types, type, record.contents);
};

/** Read, write, delete and transfer. */
const ALL_PERMISSIONS = 15;

const transferNatives: Natives = {
  '2::transfer::transfer_impl': () => (s: RunState, ta: readonly Ty[], value: MoveValue, to: Address) => {
    transferTo(s, ta[0] as Ty, value, { kind: 'address', address: to });
  },
  // A party has one member with all permissions and no default ones: `sui::transfer` checks it before.
  '2::transfer::party_transfer_impl':
    () => (s: RunState, ta: readonly Ty[], value: MoveValue, defaults: U64, members: Address[], permissions: U64[]) => {
      const [address] = members;
      const isOwner = members.length === 1 && permissions.length === 1 && permissions[0] === ALL_PERMISSIONS;
      if (address === undefined || !isOwner || defaults !== 0)
        return stop('internal', -1, undefined, 'a party has one member with all permissions');
      transferTo(s, ta[0] as Ty, value, { kind: 'consensus', address, startVersion: 0 });
    },
  '2::transfer::freeze_object_impl': () => (s: RunState, ta: readonly Ty[], value: MoveValue) => {
    transferTo(s, ta[0] as Ty, value, { kind: 'immutable' });
  },
  '2::transfer::share_object_impl':
    ({ abort }) =>
    (s: RunState, ta: readonly Ty[], value: MoveValue) => {
      if (share(s, ta[0] as Ty, value) === 'changed') abort(0);
    },
  '2::transfer::receive_impl':
    (context) => (s: RunState, ta: readonly Ty[], parent: Address, id: MoveValue[], version: number) =>
      receive(context, s, ta[0] as Ty, parent, id[0] as Address, version),
};

const objectNatives: Natives = {
  '2::object::record_new_uid': () => (s: RunState, id: Address) => {
    plain(s, 0);
    recordCreated(s.objects, id);
    if (s.objects.created.size > executionLimits.ids) stop('limit', -1, undefined, 'too many objects are created');
  },
  '2::object::record_new_uid_from_hash': () => (s: RunState, _parent: Address, id: Address) => {
    chargeNative(s, nativeCosts.uidFromHash, 0);
    recordCreated(s.objects, id);
    if (s.objects.created.size > executionLimits.ids) stop('limit', -1, undefined, 'too many objects are created');
  },
  '2::object::delete_impl': () => (s: RunState, id: Address) => {
    plain(s, 0);
    recordDeleted(s.objects, id);
    if (s.objects.deleted.size > executionLimits.ids) stop('limit', -1, undefined, 'too many objects are deleted');
  },
  '2::object::borrow_uid': () => (s: RunState, _: readonly Ty[], object: MoveValue[]) => {
    plain(s, 8);
    return object[0];
  },
};

/** The child or the abort Move code expects: 1 missing, 2 of another type. */
const child = ({ abort }: NativeContext, s: RunState, type: Ty, parent: Address, id: Address): Child => {
  const found = findChild(s.objects, parent, id);
  if (s.objects.children.size > executionLimits.children) stop('limit', -1, undefined, 'too many dynamic fields');
  if (!found) return abort(1);
  return found.type === type ? found : abort(2);
};

const uidAddress = (uid: MoveValue[]): Address => (uid[0] as MoveValue[])[0] as Address;

/** Charges for an object's type and value. */
const chargeObject = (
  s: RunState,
  cost: { readonly base: number; readonly perNode: number; readonly perValueByte: number; readonly perTagByte: number },
  type: Ty,
  valueBytes: number,
  returned: number,
): void => {
  const tag = cost.perTagByte === 0 ? 0 : cost.perTagByte * typeTag(type).length;
  chargeNative(s, cost.base + cost.perNode * type.nodes + cost.perValueByte * valueBytes + tag, returned);
};

/** Charges for a borrowed field. */
const chargeBorrow = (s: RunState, types: Types, { type, value }: Child): void =>
  chargeObject(s, nativeCosts.borrowField, type, abstractSize(types, type, value as MoveValue), 8);

const dynamicFieldNatives: Natives = {
  '2::dynamic_field::hash_type_and_key':
    ({ world }) =>
    (s: RunState, ta: readonly Ty[], parent: Address, key: MoveValue) => {
      const bytes = serialize(world.types, ta[0] as Ty, key);
      const tag = typeTag(ta[0] as Ty);
      chargeObject(s, nativeCosts.hashKey, ta[0] as Ty, bytes.length, 32);
      return dynamicFieldId(parent, bytes, tag);
    },
  '2::dynamic_field::add_child_object':
    ({ world, abort }) =>
    (s: RunState, ta: readonly Ty[], parent: Address, value: MoveValue) => {
      const id = objectId(value);
      if (findChild(s.objects, parent, id)) abort(0);
      chargeObject(s, nativeCosts.addField, ta[0] as Ty, abstractSize(world.types, ta[0] as Ty, value), 0);
      addChild(s.objects, parent, id, ta[0] as Ty, value);
      s.objects.transfers.delete(id);
      if (s.objects.children.size > executionLimits.children) stop('limit', -1, undefined, 'too many dynamic fields');
    },
  '2::dynamic_field::borrow_child_object':
    (context) => (s: RunState, ta: readonly Ty[], uid: MoveValue[], id: Address) => {
      const found = child(context, s, ta[0] as Ty, uidAddress(uid), id);
      chargeBorrow(s, context.world.types, found);
      return found.value;
    },
  '2::dynamic_field::borrow_child_object_mut':
    (context) => (s: RunState, ta: readonly Ty[], uid: MoveValue[], id: Address) => {
      const found = child(context, s, ta[0] as Ty, uidAddress(uid), id);
      chargeBorrow(s, context.world.types, found);
      found.touched = true;
      return found.value;
    },
  '2::dynamic_field::remove_child_object':
    (context) => (s: RunState, ta: readonly Ty[], parent: Address, id: Address) => {
      const found = child(context, s, ta[0] as Ty, parent, id);
      const size = abstractSize(context.world.types, found.type, found.value as MoveValue);
      chargeObject(s, nativeCosts.removeField, found.type, size, size);
      return removeChild(found);
    },
  '2::dynamic_field::has_child_object': () => (s: RunState, parent: Address, id: Address) => {
    plain(s, 8);
    return findChild(s.objects, parent, id) !== undefined;
  },
  '2::dynamic_field::has_child_object_with_ty':
    () => (s: RunState, ta: readonly Ty[], parent: Address, id: Address) => {
      chargeObject(s, nativeCosts.hasFieldOfType, ta[0] as Ty, 0, 8);
      return findChild(s.objects, parent, id)?.type === ta[0];
    },
};

const emit = (types: Types, s: RunState, type: Ty, value: MoveValue): void => {
  const contents = serialize(types, type, value);
  const { base, perValueByte, perTagByte, perOutputByte } = nativeCosts.event;
  const tagBytes = typeTag(type).length;
  const units = (perValueByte + perOutputByte) * contents.length + (perTagByte + perOutputByte) * tagBytes;
  chargeNative(s, base + units, 0);
  if (contents.length > executionLimits.eventBytes) stop('limit', -1, undefined, 'an event is too large');
  s.objects.events.push({ type, contents, call: s.call });
  if (s.objects.events.length > executionLimits.events) stop('limit', -1, undefined, 'too many events');
};

const eventNatives: Natives = {
  '2::event::emit':
    ({ world }) =>
    (s: RunState, ta: readonly Ty[], value: MoveValue) =>
      emit(world.types, s, ta[0] as Ty, value),
  // <StreamHead, T>(accumulator, stream, event): the event itself; there is no stream of proofs to add it to.
  '2::event::emit_authenticated_impl':
    ({ world }) =>
    (s: RunState, ta: readonly Ty[], _accumulator: Address, _stream: Address, value: MoveValue) => {
      chargeNative(s, nativeCosts.event.authenticated, 0);
      emit(world.types, s, ta[1] as Ty, value);
    },
};

/** Getters and the id counter of the transaction. */
const contextNatives: Natives = Object.fromEntries(
  Object.entries({
    native_sender: (s: RunState) => s.tx.sender,
    native_epoch: (s: RunState) => s.tx.epoch,
    native_epoch_timestamp_ms: (s: RunState) => s.tx.epochTimestampMs,
    native_sponsor: (s: RunState) => (s.tx.sponsor === undefined ? [] : [s.tx.sponsor]),
    native_rgp: (s: RunState) => s.tx.referenceGasPrice,
    native_gas_price: (s: RunState) => s.tx.gasPrice,
    native_gas_budget: (s: RunState) => canonical(s.tx.gasBudget),
    native_ids_created: (s: RunState) => s.objects.idsCreated,
    fresh_id: (s: RunState) => {
      const id = freshId(s.objects);
      recordCreated(s.objects, id);
      return id;
    },
    last_created_id: (s: RunState) => derivedId(s.objects.digest, s.objects.idsCreated - 1),
  }).map(([name, get]) => [
    `2::tx_context::${name}`,
    () => (s: RunState) => {
      chargeNative(s, name === 'fresh_id' ? nativeCosts.base : nativeCosts.txContext, 32);
      return get(s);
    },
  ]),
);

/** `EInvalidPackageVersion` of `sui::package`. */
const INVALID_PACKAGE_VERSION = 6;

const otherNatives: Natives = {
  '2::tx_context::derive_id': () => (s: RunState, digest: number[], counter: number) => {
    plain(s, 32);
    return derivedId(Uint8Array.from(digest), counter);
  },
  '2::types::is_one_time_witness': () => (s: RunState, ta: readonly Ty[], _value: MoveValue | Reference) => {
    chargeObject(s, nativeCosts.witness, ta[0] as Ty, 0, 8);
    return isOneTimeWitness(ta[0] as Ty);
  },
  '2::address::from_bytes':
    ({ abort }) =>
    (s: RunState, bytes: number[]) => {
      plain(s, 32);
      return bytes.length === 32 ? toHex(Uint8Array.from(bytes)) : abort(0);
    },
  '2::address::to_u256': () => (s: RunState, address: Address) => {
    plain(s, 32);
    return BigInt(`0x${address}`);
  },
  '2::address::from_u256': () => (s: RunState, value: bigint) => {
    plain(s, 32);
    return value.toString(16).padStart(64, '0');
  },
  '2::config::read_setting_impl':
    () => (s: RunState, ta: readonly Ty[], config: Address, name: Address, epoch: U64) => {
      chargeNative(s, nativeCosts.readSetting.base, 64);
      return readSetting(s, ta, config, name, epoch);
    },
  '2::protocol_config::is_feature_enabled': () => (_s: RunState, name: number[]) => {
    const flag = Buffer.from(name).toString('utf8');
    return Object.hasOwn(featureFlags, flag)
      ? featureFlags[flag]
      : stop('internal', -1, undefined, `feature flag ${flag} is not known`);
  },
  '2::package::original_package_id_impl':
    ({ world, abort }) =>
    (s: RunState, id: Address, version: U64) => {
      const { base, perByte } = nativeCosts.originalPackageId;
      chargeNative(s, base, 32);
      const pkg = world.findPackage(id);
      if (pkg?.version !== version) return abort(INVALID_PACKAGE_VERSION);
      let bytes = 0;
      for (const module of pkg.modules.values()) bytes += module.length;
      chargeNative(s, perByte * bytes, 0);
      return pkg.originalId;
    },
};

/**
 * `config::read_setting_impl<Field<Name, Setting>, ...>`: the value that counts in this epoch. The newer one counts from
 * the epoch after the one it was written in.
 */
const readSetting = (s: RunState, ta: readonly Ty[], config: Address, name: Address, epoch: U64): MoveValue => {
  const field = findChild(s.objects, config, name);
  if (!field || field.type !== ta[0]) return [[]];
  chargeNative(
    s,
    nativeCosts.readSetting.perByte * abstractSize(s.objects.types, field.type, field.value as MoveValue),
    0,
  );
  const setting = (field.value as MoveValue[])[2] as MoveValue[];
  const data = ((setting[0] as MoveValue[])[0] as MoveValue[])[0] as MoveValue[] | undefined;
  if (!data) return [[]];
  const [newerEpoch, newer, older] = data as [U64, MoveValue, MoveValue];
  return copy(epoch > newerEpoch ? newer : older);
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
