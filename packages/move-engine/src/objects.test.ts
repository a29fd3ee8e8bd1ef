import { blake2b256, toHex } from '@atoma/base';
import { beforeAll, expect, test } from 'vitest';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from './testing/fixture.ts';
import type { Address, MoveValue, MoveVm, ObjectRecord, Owner, Session, SessionChanges } from './types.ts';
import { createMoveVm } from './vm.ts';

const text = `module a::m {
  use sui::dynamic_field as df;
  use sui::dynamic_object_field as dof;
  public struct Box has key, store { id: UID, n: u64 }
  public struct Outer has key, store { id: UID, inner: Option<Box>, table: sui::table::Table<u64, u64> }
  public struct Made has copy, drop { n: u64 }
  public fun make(n: u64, ctx: &mut TxContext): Box { sui::event::emit(Made { n }); Box { id: object::new(ctx), n } }
  public fun keep(b: Box, ctx: &TxContext) { transfer::transfer(b, ctx.sender()) }
  public fun share(b: Box) { transfer::share_object(b) }
  public fun freeze_(b: Box) { transfer::freeze_object(b) }
  public fun destroy(b: Box) { let Box { id, n: _ } = b; id.delete() }
  public fun make_and_destroy(ctx: &mut TxContext) { destroy(make(1, ctx)) }
  public fun put(b: &mut Box, k: u64, v: u64) { df::add(&mut b.id, k, v) }
  public fun get(b: &Box, k: u64): u64 { *df::borrow(&b.id, k) }
  public fun set(b: &mut Box, k: u64, v: u64) { *df::borrow_mut(&mut b.id, k) = v }
  public fun take(b: &mut Box, k: u64): u64 { df::remove(&mut b.id, k) }
  public fun has(b: &Box, k: u64): bool { df::exists_(&b.id, k) }
  public fun wrong(b: &mut Box, k: u64): u8 { df::remove(&mut b.id, k) }
  public fun nest(b: &mut Box, child: Box) { dof::add(&mut b.id, b"child", child) }
  public fun wrap(b: Box, ctx: &mut TxContext): Outer { Outer { id: object::new(ctx), inner: option::some(b), table: sui::table::new(ctx) } }
  public fun receive(b: &mut Box, ticket: transfer::Receiving<Box>): Box { transfer::receive(&mut b.id, ticket) }
}`;

let vm: MoveVm;
beforeAll(async () => {
  const pkg = await compilePackageText(text, ['std', 'sui']);
  vm = createMoveVm(sourceOf(...frameworkPackages(), pkg));
});

const call = (session: Session, name: string, args: MoveValue[] = []) =>
  session.call({ package: long('abc'), module: 'm', function: name, typeArguments: [], arguments: args });
const value = (session: Session, name: string, args: MoveValue[] = []): MoveValue => {
  const result = call(session, name, args);
  expect(result).toMatchObject({ ok: true });
  return (result.ok ? result.returns[0]?.value : undefined) as MoveValue;
};
const idOf = (object: MoveValue): Address =>
  (((object as MoveValue[])[0] as MoveValue[])[0] as MoveValue[])[0] as Address;
const box = (id: string, n = 5): MoveValue[] => [[[long(id)]], n];
const boxType = () => vm.resolveType('0xabc::m::Box');
const owned: Owner = { kind: 'address', address: long('a') };

/** What a ledger would keep of the changed dynamic fields. */
const stored = (changes: SessionChanges): Map<Address, ObjectRecord> =>
  new Map(
    [...changes.children].flatMap(([id, { parent, type, value: kept }]) =>
      kept === undefined
        ? []
        : [
            [
              id,
              {
                id,
                version: 2,
                owner: { kind: 'object', parent },
                type: type.text,
                contents: vm.serialize(type, kept),
              },
            ],
          ],
    ),
  );
const over = (records: ReadonlyMap<Address, ObjectRecord>) => ({
  child: (parent: Address, id: Address) => {
    const record = records.get(id);
    return record?.owner.kind === 'object' && record.owner.parent === parent ? record : undefined;
  },
  receivable: () => undefined,
});

test('ids come from one counter under the transaction digest', () => {
  const session = newSession(vm);
  const counter = (n: number) =>
    toHex(blake2b256(Uint8Array.of(0xf1), new Uint8Array(32).fill(7), Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0)));
  expect(idOf(value(session, 'make', [1]))).toBe(counter(0));
  expect(session.freshId()).toBe(counter(1));
  expect(idOf(value(session, 'make', [1]))).toBe(counter(2));
});

test('creation, transfer, sharing, freezing and deletion are reported', () => {
  const session = newSession(vm, { inputs: new Map([[long('77'), owned]]) });
  const made = ['keep', 'share', 'freeze_'].map((name) => {
    const object = value(session, 'make', [3]);
    expect(call(session, name, [object]).ok).toBe(true);
    return idOf(object);
  });
  call(session, 'make_and_destroy');
  call(session, 'destroy', [box('77')]);
  const changes = session.changes();
  expect([...changes.created]).toEqual(made);
  expect([...changes.deleted]).toEqual([long('77')]);
  expect(made.map((id) => changes.transfers.get(id)?.owner)).toEqual([
    owned,
    { kind: 'shared', initialVersion: 0 },
    { kind: 'immutable' },
  ]);
  expect(changes.transfers.get(made[0] as Address)).toMatchObject({ type: boxType(), value: [[[made[0]]], 3] });
  expect(changes.events.map((event) => [event.type.text, event.contents[0], event.call])).toEqual([
    [`0x${long('abc')}::m::Made`, 3, 0],
    [`0x${long('abc')}::m::Made`, 3, 2],
    [`0x${long('abc')}::m::Made`, 3, 4],
    [`0x${long('abc')}::m::Made`, 1, 6],
  ]);
});

test('an object that was there before cannot become shared, a shared one can be shared again', () => {
  const shared: Owner = { kind: 'shared', initialVersion: 4 };
  const session = newSession(vm, {
    inputs: new Map<Address, Owner>([
      [long('77'), owned],
      [long('78'), shared],
    ]),
  });
  expect(call(session, 'share', [box('77')])).toMatchObject({
    ok: false,
    kind: 'abort',
    code: 0n,
    functionName: 'share_object_impl',
  });
  expect(call(session, 'share', [box('78')]).ok).toBe(true);
  expect(session.changes().transfers.get(long('78'))?.owner).toEqual(shared);
});

test('dynamic fields are read lazily, written when changed, removed when taken', () => {
  const parent = box('77');
  const first = newSession(vm);
  expect(value(first, 'has', [parent, 1])).toBe(false);
  for (const k of [1, 2, 3]) call(first, 'put', [parent, k, k * 10]);
  expect(call(first, 'put', [parent, 1, 0])).toMatchObject({ kind: 'abort', code: 0n });
  const records = stored(first.changes());
  expect(records.size).toBe(3);
  const second = newSession(vm, { objects: over(records) });
  expect(value(second, 'get', [parent, 1])).toBe(10);
  expect([second.changes().loaded.size, second.changes().children.size]).toEqual([1, 0]);
  call(second, 'set', [parent, 1, 10]);
  expect(second.changes().children.size).toBe(0);
  call(second, 'set', [parent, 1, 11]);
  expect(value(second, 'take', [parent, 2])).toBe(20);
  const changes = [...second.changes().children.values()].map((child) => [
    child.parent,
    child.before !== undefined,
    child.value !== undefined,
  ]);
  expect(changes).toEqual([
    [long('77'), true, true],
    [long('77'), true, false],
  ]);
  expect(call(second, 'take', [parent, 2])).toMatchObject({ kind: 'abort', code: 1n });
  expect(call(second, 'wrong', [parent, 3])).toMatchObject({ kind: 'abort', code: 2n });
});

test('an object field is owned by its field, and uids inside values are found', () => {
  const session = newSession(vm);
  const parent = box('77');
  const child = value(session, 'make', [8]);
  call(session, 'nest', [parent, child]);
  const children = session.changes().children;
  const kept = children.get(idOf(child));
  expect(kept?.type).toBe(boxType());
  expect(children.get(kept?.parent as Address)?.parent).toBe(long('77'));
  const outer = value(session, 'wrap', [value(session, 'make', [1])]) as MoveValue[];
  const outerType = vm.resolveType('0xabc::m::Outer');
  expect(session.uidsWithin(outerType, outer).length).toBe(3);
  expect(session.uidsWithin(outerType, outer)[0]).toBe(idOf(outer));
});

test('receiving takes an object sent to an object, once, and only of its type', () => {
  const sent: ObjectRecord = {
    id: long('55'),
    version: 9,
    owner: { kind: 'address', address: long('77') },
    type: boxType().text,
    contents: vm.serialize(boxType(), box('55', 6)),
  };
  const receivable = (parent: Address, id: Address, version: number) =>
    parent === long('77') && id === sent.id && version === 9 ? sent : undefined;
  const session = newSession(vm, { objects: { child: () => undefined, receivable } });
  const ticket = (version: number): MoveValue => [[long('55')], version];
  expect(call(session, 'receive', [box('77'), ticket(8)])).toMatchObject({ kind: 'abort', code: 3n });
  expect(value(session, 'receive', [box('77'), ticket(9)])).toEqual(box('55', 6));
  expect(call(session, 'receive', [box('77'), ticket(9)])).toMatchObject({ kind: 'abort', code: 3n });
  expect([...session.changes().received]).toEqual([long('55')]);
});

test('what the ledger itself does is recorded beside what code does', () => {
  const session = newSession(vm);
  session.recordCreated(long('1'));
  session.recordCreated(long('2'));
  session.recordDeleted(long('2'));
  session.recordDeleted(long('3'));
  session.recordTransfer(long('1'), owned, boxType(), box('1'));
  const changes = session.changes();
  expect([[...changes.created], [...changes.deleted], changes.transfers.size]).toEqual([[long('1')], [long('3')], 1]);
});
