/** What the machine charges, rule by rule; the figures follow from Sui's published meter and cost tables by hand. */
import { beforeAll, expect, test } from 'vitest';
import { compileSources } from '../../../tools/move/src/index.ts';
import {
  compilePackageText,
  frameworkPackages,
  long,
  newSession,
  packageOf,
  sourceOf,
  unbase64,
} from './testing/fixture.ts';
import type { MovePackage, MoveValue, MoveVm, ObjectRecord, Ref, Session } from './types.ts';
import { createMoveVm } from './vm.ts';

const text = `module a::m {
  public struct News has copy, drop { a: u64 }
  public fun add(a: u64, b: u64): u64 { a + b }
  public fun cast(a: u64): u128 { a as u128 }
  public fun constant(): vector<u8> { x"0102030405" }
  public fun read(r: &u128): u128 { *r }
  public fun write(r: &mut u128, v: u128) { *r = v }
  public fun length(v: &vector<u64>): u64 { v.length() }
  public fun swap(v: &mut vector<u64>) { v.swap(0, 1) }
  public fun same(a: &vector<u64>, b: &vector<u64>): bool { a == b }
  public fun bytes(v: &u64): vector<u8> { std::bcs::to_bytes(v) }
  public fun raw(v: &vector<u8>): vector<u8> { std::bcs::to_bytes(v) }
  public fun tell(a: u64) { sui::event::emit(News { a }) }
  public fun copied(v: &vector<u8>): vector<u8> { *v }
  public fun wide(v: &vector<u256>): vector<u256> { *v }
  public fun over(a: u64): u64 { (a + 1) * 2 }
  public fun nested(a: u64): u64 { over(a) + 1 }
  public fun fail(a: u64) { abort a + 1 }
}`;

/** The natives of 0x2::dynamic_field, called by name; the framework keeps them to itself. */
const fields = `module at::object {
  public struct ID has copy, drop, store { bytes: address }
  public struct UID has store { id: ID }
}
module at::dynamic_field {
  use at::object::UID;
  public struct Item has key, store { id: UID, value: u64 }
  native fun hash_type_and_key<K: copy + drop + store>(parent: address, k: K): address;
  native fun has_child_object(parent: address, id: address): bool;
  native fun has_child_object_with_ty<Child: key>(parent: address, id: address): bool;
  native fun borrow_child_object<Child: key>(object: &UID, id: address): &Child;
  native fun remove_child_object<Child: key>(parent: address, id: address): Child;
  native fun add_child_object<Child: key>(parent: address, child: Child);
  public fun hash(parent: address, k: u64): address { hash_type_and_key(parent, k) }
  public fun has(parent: address, id: address): bool { has_child_object(parent, id) }
  public fun has_item(parent: address, id: address): bool { has_child_object_with_ty<Item>(parent, id) }
  public fun borrow(uid: &UID, id: address): u64 { borrow_child_object<Item>(uid, id).value }
  public fun remove(parent: address, id: address): Item { remove_child_object<Item>(parent, id) }
  public fun add(parent: address, item: Item) { add_child_object(parent, item) }
}`;

let vm: MoveVm;
let fieldVm: MoveVm;
beforeAll(async () => {
  const [std, sui] = frameworkPackages();
  vm = createMoveVm(sourceOf(std, sui, await compilePackageText(text, ['std', 'sui'])));
  const { modules } = await compileSources({
    name: 'part',
    sources: { 'sources/m.move': fields },
    addresses: { at: '0x2' },
    dependencies: [],
  });
  fieldVm = createMoveVm(sourceOf(packageOf(modules.map(unbase64), '2') as MovePackage));
}, 60_000);

const costIn = (session: Session, name: string, args: readonly (MoveValue | Ref)[], ok = true): number => {
  const before = session.computation();
  const result = session.call({
    package: long('abc'),
    module: 'm',
    function: name,
    typeArguments: [],
    arguments: args,
  });
  expect(result.ok, name).toBe(ok);
  return session.computation() - before;
};
const cost = (name: string, ...args: readonly (MoveValue | Ref)[]): number => costIn(newSession(vm), name, args);
const boxed = (value: MoveValue): Ref => ({ c: [value], i: 0 });

test('arithmetic, casts, lengths and constants push what Sui says they push', () => {
  const take = 10; // MoveLoc: an instruction, a push, eight bytes
  expect(cost('add', 1, 2)).toBe(2 * take + 3 + 1);
  expect(cost('cast', 1)).toBe(take + 3 + 1);
  expect(cost('constant')).toBe(1 + 1 + (2 + 5) + 1);
  expect(cost('length', [])).toBe(take + 3 + 1);
});

test('reading charges the value alone, writing no push, swapping nothing but the instruction', () => {
  expect(cost('read', boxed(5n))).toBe(10 + (1 + 1 + 16) + 1);
  expect(cost('write', boxed(5n), 6n)).toBe(20 + (1 + 16) + 1);
  expect(cost('swap', [1, 2])).toBe(10 + 3 + 3 + 1 + 1);
  expect(cost('same', [1, 2], [1, 2])).toBe(20 + (1 + 1 + 1 + 2 * (8 + 2 + 16)) + 1);
});

test('a native call is two instructions, its units and what it returns', () => {
  expect(cost('bytes', boxed(1))).toBe(10 + 2 + 2 * 8 + (1 + 2 + 8) + 1);
  const tag = 32 + 'm'.length + 'News'.length;
  expect(cost('tell', 1)).toBe(10 + (1 + 1 + 2) + 2 + (52 + 2 * 10 + 5 * tag + 10 * (tag + 10)) + 1);
});

test('a push is charged wholly at the tier it ends in', () => {
  const copied = (n: number) => new Array<number>(n).fill(1);
  expect(cost('copied', copied(99_990))).toBe(10 + (1 + 1 + 99_992) + 1); // ends at exactly 100,000
  expect(cost('copied', copied(99_991))).toBe(10 + (1 + 1 + 2 * 99_993) + 1);
  expect(cost('wide', new Array<bigint>(20_000).fill(1n))).toBe(10 + (1 + 1 + 5 * 640_002) + 1);
  const session = newSession(vm);
  costIn(session, 'copied', [copied(99_980)]); // 12 bytes short of the next tier
  expect(costIn(session, 'read', [boxed(1n)])).toBe(10 + (1 + 1 + 2 * 16) + 1);
  expect(costIn(session, 'read', [boxed(1n)])).toBe(1 + 1 + 2 * 8 + (1 + 1 + 2 * 16) + 1);
});

test('after 700 natives their units are instructions, charged wholly at the tier they end in', () => {
  const session = newSession(vm);
  for (let k = 0; k < 700; k++) costIn(session, 'bytes', [boxed(k)]);
  const bytes = new Array<number>(10_000).fill(1);
  expect(costIn(session, 'raw', [bytes])).toBe(10 + 2 + 2 * 2 * 10_002 + (1 + 2 + 10_002) + 2);
});

test('what stops is charged up to where it stops', () => {
  const most = 2n ** 64n - 1n;
  const failed = (name: string, arg: MoveValue) => costIn(newSession(vm), name, [arg], false);
  expect(failed('fail', 1)).toBe(10 + 3 + 3 + 1);
  expect(failed('over', most)).toBe(10 + 3 + 3);
  expect(failed('nested', most)).toBe(10 + 1 + (10 + 3 + 3));
});

test('dynamic fields charge what is loaded once, values when they are made, then references', () => {
  const [parent, id] = [long('77'), long('78')];
  const type = `0x${long('2')}::dynamic_field::Item`;
  const item = [[[id]], 5];
  const record: ObjectRecord = {
    id,
    version: 1,
    owner: { kind: 'object', parent },
    type,
    contents: fieldVm.serialize(fieldVm.resolveType(type), item),
  };
  const objects = {
    child: (owner: string, child: string) => (owner === parent && child === id ? record : undefined),
    receivable: () => undefined,
  };
  const session = newSession(fieldVm, { objects });
  const spent = (name: string, args: readonly MoveValue[]) => {
    const before = session.computation();
    const called = { package: long('2'), module: 'dynamic_field', function: name, typeArguments: [], arguments: args };
    expect(session.call(called).ok, name).toBe(true);
    return session.computation() - before;
  };
  const size = 2 + (2 + 2 + 32) + 8;
  const tag = 32 + 'dynamic_field'.length + 'Item'.length;
  const call = 10 + 10 + 2 + 1; // two MoveLoc, the call of a native, Ret
  expect(spent('hash', [parent, 1])).toBe(call + (52 + 2 + 2 * 8 + 2 * 24) + 33);
  expect(spent('has', [parent, long('79')])).toBe(call + 52 + 1 + 9); // absent: one byte is loaded
  expect(spent('has', [parent, long('79')])).toBe(call + 52 + 9);
  expect(spent('has', [parent, id])).toBe(call + 52 + 40 + 9);
  expect(spent('has_item', [parent, id])).toBe(call + (52 + 2 + 2 * tag) + 9);
  const read = 1 + 1 + 8 + (1 + 1 + 8); // ImmBorrowField, ReadRef
  expect(spent('borrow', [[[parent]], id])).toBe(call + (52 + 10 + 8 + size) + 9 + read);
  expect(spent('borrow', [[[parent]], id])).toBe(call + (52 + 10 + 8) + 9 + read);
  expect(spent('remove', [parent, id])).toBe(call + (52 + 2 + 2) + (1 + size));
  expect(spent('add', [parent, item])).toBe(call + (52 + 2 + 10 + 10 * tag));
});
