import { secp256k1 } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { deserialize, serialize } from '../internal/bcs.ts';
import type { MoveFunction } from '../internal/load/loaded-module.ts';
import type { Natives } from '../internal/natives/registry.ts';
import type { RunState } from '../internal/run/state.ts';
import { collectUids } from '../internal/types/fields.ts';
import type { Ty, Types } from '../internal/types/ty.ts';
import type { Address, MoveValue, ObjectRecord, ObjectSource, Owner } from '../types.ts';

/** Natives of `sui::test_scenario` and other test-only modules: an inventory of objects between transactions. */

interface Kept {
  readonly owner: Owner;
  readonly type: Ty;
  readonly value: MoveValue;
}

/** What outlives a transaction of a scenario. */
export interface Inventory {
  /** Objects in the order they were last written. */
  readonly objects: Map<Address, Kept>;
  readonly taken: Map<Address, Owner>;
  readonly fields: Map<Address, ObjectRecord>;
  readonly inputs: Map<Address, Owner>;
  types: Types | undefined;
}

/** An empty inventory. */
export const createInventory = (): Inventory => ({
  objects: new Map(),
  taken: new Map(),
  fields: new Map(),
  inputs: new Map(),
  types: undefined,
});

/** The session's store: what earlier transactions of the scenario left. */
export const inventorySource = (inventory: Inventory): ObjectSource => ({
  child: (parent, id) => {
    const record = inventory.fields.get(id);
    return record?.owner.kind === 'object' && record.owner.parent === parent ? record : undefined;
  },
  receivable: (parent, id, version) => {
    const kept = inventory.objects.get(id);
    if (kept?.owner.kind !== 'address' || kept.owner.address !== parent || !inventory.types) return undefined;
    inventory.objects.delete(id);
    const contents = serialize(inventory.types, kept.type, kept.value);
    return { id, version, owner: kept.owner, type: kept.type.text, contents };
  },
});

const errors = { invalidSharedUse: 0, notFound: 4 };

type Where = (owner: Owner) => boolean;
const atAddress =
  (address: Address): Where =>
  (owner) =>
    owner.kind === 'address' && owner.address === address;
const isShared: Where = (owner) => owner.kind === 'shared';
const isImmutable: Where = (owner) => owner.kind === 'immutable';

const idValue = (id: Address): MoveValue => [id];
const option = (value: MoveValue | undefined): MoveValue => [value === undefined ? [] : [value]];

/** The natives over one inventory. */
export const scenarioNatives = (inventory: Inventory): Natives => {
  const idsOf = (type: Ty, where: Where): Address[] =>
    [...inventory.objects].filter(([, kept]) => kept.type === type && where(kept.owner)).map(([id]) => id);
  const mostRecent = (type: Ty, where: Where): MoveValue => {
    const id = idsOf(type, where).at(-1);
    return option(id === undefined ? undefined : idValue(id));
  };
  const take = (abort: (code: number) => never, type: Ty, id: Address, where: Where): MoveValue => {
    const kept = inventory.objects.get(id);
    if (!kept || kept.type !== type || !where(kept.owner)) return abort(errors.notFound);
    inventory.objects.delete(id);
    inventory.taken.set(id, kept.owner);
    inventory.inputs.set(id, kept.owner);
    return kept.value;
  };
  const wasTaken = (id: Address, where: Where): boolean => {
    const owner = inventory.taken.get(id);
    return owner !== undefined && where(owner);
  };
  const scenario: Readonly<Record<string, (abort: (code: number) => never, types: Types) => MoveFunction>> = {
    take_from_address_by_id: (abort) => (_s, ta, _scenario, account, id) =>
      take(abort, ta[0], id[0], atAddress(account)),
    take_immutable_by_id: (abort) => (_s, ta, _scenario, id) => take(abort, ta[0], id[0], isImmutable),
    take_shared_by_id: (abort) => (_s, ta, _scenario, id) => take(abort, ta[0], id[0], isShared),
    ids_for_address: () => (_s, ta, account) => idsOf(ta[0], atAddress(account)).map(idValue),
    most_recent_id_for_address: () => (_s, ta, account) => mostRecent(ta[0], atAddress(account)),
    most_recent_immutable_id: () => (_s, ta) => mostRecent(ta[0], isImmutable),
    most_recent_id_shared: () => (_s, ta) => mostRecent(ta[0], isShared),
    was_taken_from_address: () => (_s, account, id) => wasTaken(id[0], atAddress(account)),
    was_taken_immutable: () => (_s, id) => wasTaken(id[0], isImmutable),
    was_taken_shared: () => (_s, id) => wasTaken(id[0], isShared),
    allocate_receiving_ticket_for_object: (_abort, types) => (_s, ta, id) => {
      inventory.types = types;
      const kept = inventory.objects.get(id[0]);
      return option(kept && kept.type === ta[0] && kept.owner.kind === 'address' ? 1 : undefined);
    },
    deallocate_receiving_ticket_for_object: () => () => undefined,
    end_transaction: (abort, types) => (s) => endTransaction(abort, types, s, inventory),
  };
  return {
    ...Object.fromEntries(
      Object.entries(scenario).map(([name, make]) => [
        `2::test_scenario::${name}`,
        ({ abort, world }: Parameters<Natives[string]>[0]) => make(abort, world.types),
      ]),
    ),
    ...otherTestNatives,
  };
};

/** Ends the transaction: checks what was taken, moves everything into the inventory, reports the effects. */
const endTransaction = (abort: (code: number) => never, types: Types, s: RunState, inventory: Inventory): MoveValue => {
  const { objects } = s;
  const written = new Map<Address, Owner>([...objects.transfers].map(([id, { owner }]) => [id, owner]));
  storeFields(types, s, inventory, written);
  const wrapped = wrappedIds(types, s);
  for (const [id, owner] of inventory.taken) {
    const now = objects.transfers.get(id)?.owner;
    const isChanged = (now !== undefined && now.kind !== owner.kind) || wrapped.has(id);
    const isLost = isChanged || (owner.kind === 'immutable' && objects.deleted.has(id));
    if (owner.kind !== 'address' && isLost) return abort(errors.invalidSharedUse);
  }
  for (const id of [...objects.deleted, ...wrapped, ...written.keys()]) {
    inventory.objects.delete(id);
    inventory.taken.delete(id);
    inventory.inputs.delete(id);
  }
  for (const [id, kept] of objects.transfers) inventory.objects.set(id, kept);
  const effects = describe(s, written, wrapped);
  for (const set of [objects.created, objects.deleted, objects.received, objects.fetched]) set.clear();
  objects.heldHere = 0;
  objects.eventBytes = 0;
  for (const map of [objects.transfers, objects.children, objects.loaded]) map.clear();
  objects.events.length = 0;
  objects.scratch.clear();
  return effects;
};

/** Moves dynamic fields into the store of the scenario; changed ones count as written. */
const storeFields = (types: Types, s: RunState, inventory: Inventory, written: Map<Address, Owner>): void => {
  for (const [id, { value, type, parent }] of s.objects.children) {
    if (value === undefined) {
      inventory.fields.delete(id);
      continue;
    }
    const owner: Owner = { kind: 'object', parent };
    const contents = serialize(types, type, value);
    const before = inventory.fields.get(id);
    if (before === undefined || Buffer.compare(before.contents, contents) !== 0) written.set(id, owner);
    inventory.fields.set(id, { id, version: 1, owner, type: type.text, contents });
  }
};

/** Ids of objects inside other objects of this transaction. */
const wrappedIds = (types: Types, s: RunState): Set<Address> => {
  const found = new Set<Address>();
  const values = [...s.objects.transfers, ...s.objects.children];
  for (const [id, { type, value }] of values) {
    const ids: Address[] = [];
    if (value !== undefined) collectUids(types, type, value, ids);
    for (const inner of ids) if (inner !== id) found.add(inner);
  }
  return found;
};

const describe = (s: RunState, written: ReadonlyMap<Address, Owner>, wrapped: ReadonlySet<Address>): MoveValue => {
  const entries = [...written];
  const withKind = (kind: Owner['kind']): [Address, Owner][] => entries.filter(([, owner]) => owner.kind === kind);
  const map = (rows: [Address, Owner][], to: (owner: Owner) => MoveValue): MoveValue => [
    rows.map(([id, owner]) => [idValue(id), to(owner)]),
  ];
  return [
    [...s.objects.created].map(idValue),
    entries.map(([id]) => idValue(id)),
    [...s.objects.deleted, ...[...wrapped].filter((id) => !s.objects.created.has(id))].map(idValue),
    map(withKind('address'), (owner) => (owner.kind === 'address' ? owner.address : '')),
    map(withKind('object'), (owner) => idValue(owner.kind === 'object' ? owner.parent : '')),
    withKind('shared').map(([id]) => idValue(id)),
    withKind('immutable').map(([id]) => idValue(id)),
    s.objects.events.length,
  ];
};

const bytes = (value: MoveValue): Uint8Array => Uint8Array.from(value as number[]);

const otherTestNatives: Natives = {
  '2::ecdsa_k1::secp256k1_sign': () => (_s: RunState, key: number[], message: number[], kind: number) => {
    const digest = (kind === 0 ? keccak_256 : sha256)(bytes(message));
    return [...secp256k1.sign(digest, bytes(key), { prehash: false })];
  },
  '2::ecdsa_k1::secp256k1_keypair_from_seed': () => (_s: RunState, seed: number[]) => {
    const key = sha256(bytes(seed));
    return [[...key], [...secp256k1.getPublicKey(key)]];
  },
  '1::unit_test::poison': () => () => undefined,
  '1::unit_test::destroy': () => () => undefined,
  '2::test_utils::create_one_time_witness': () => () => [true],
  '2::random::generate_rand_seed_for_testing': () => () => new Array(32).fill(7),
  '2::event::num_events': () => (s: RunState) => s.objects.events.length,
  '2::event::events_by_type':
    ({ world }) =>
    (s: RunState, ta: readonly Ty[]) =>
      s.objects.events
        .filter((event) => event.type === ta[0])
        .map((event) => deserialize(world.types, event.type, event.contents)),
  '2::tx_context::replace':
    () =>
    (s: RunState, ...args: MoveValue[]) => {
      const [sender, hash, epoch, epochTimestampMs, ids, referenceGasPrice, gasPrice, gasBudget, sponsor] = args;
      Object.assign(s.tx, {
        sender,
        epoch,
        epochTimestampMs,
        referenceGasPrice,
        gasPrice,
        gasBudget: BigInt(gasBudget as number),
      });
      Object.assign(s.tx, { sponsor: (sponsor as MoveValue[])[0] });
      Object.assign(s.objects, { digest: Uint8Array.from(hash as number[]) });
      s.objects.idsCreated = ids as number;
    },
};
