/** Limits on types, values and calls while code runs, and where a failure on them is. */
import { beforeAll, expect, test } from 'vitest';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from './testing/fixture.ts';
import type { CallResult, MoveValue, MoveVm } from './types.ts';
import { createMoveVm } from './vm.ts';

const steps = Array.from({ length: 6 }, (_, k) => `public fun wider${k}<T>() { wider${k + 1}<Two<T, T>>() }`);
const boxes = Array.from({ length: 129 }, (_, k) =>
  k === 0
    ? 'public struct Box0 has copy, drop { x: bool }  public fun box0(): Box0 { Box0 { x: true } }'
    : `public struct Box${k} has copy, drop { x: Box${k - 1} }  public fun box${k}(): Box${k} { Box${k} { x: box${k - 1}() } }`,
);

const repeated = (count: number, type: string): string =>
  Array.from({ length: count }, (_, k) => `f${k}: ${type}`).join(', ');
const filled = (count: number, value: string): string =>
  Array.from({ length: count }, (_, k) => `f${k}: ${value}`).join(', ');
/** Layouts of 511, 528, 499 and 516 nodes: those of `Sides` count 20 variants too. */
const wide = `
  public struct Row has copy, drop, store { ${repeated(16, 'u8')} }
  public struct Page has copy, drop, store { ${repeated(30, 'Row')} }
  public struct Sheet has copy, drop, store { ${repeated(31, 'Row')} }
  public enum Turn has copy, drop, store { ${Array.from({ length: 10 }, (_, k) => `V${k} { row: Row }`).join(', ')} }
  public struct Sides8 has copy, drop, store { a: Turn, b: Turn, ${repeated(8, 'Row')} }
  public struct Sides9 has copy, drop, store { a: Turn, b: Turn, ${repeated(9, 'Row')} }
  fun row(): Row { Row { ${filled(16, '1')} } }
  fun page(): Page { Page { ${filled(30, 'row()')} } }
  fun sheet(): Sheet { Sheet { ${filled(31, 'row()')} } }
  fun sides8(): Sides8 { Sides8 { a: Turn::V3 { row: row() }, b: Turn::V0 { row: row() }, ${filled(8, 'row()')} } }
  fun sides9(): Sides9 { Sides9 { a: Turn::V3 { row: row() }, b: Turn::V0 { row: row() }, ${filled(9, 'row()')} } }
  fun written<T: copy + drop + store>(value: T): u64 { sui::bcs::to_bytes(&value).length() }
  public fun write_page(): u64 { written(page()) }
  public fun write_sheet(): u64 { written(sheet()) }
  public fun write_sides8(): u64 { written(sides8()) }
  public fun write_sides9(): u64 { written(sides9()) }
  fun keyed<T: copy + drop + store>(ctx: &mut TxContext, key: T): bool {
    let id = object::new(ctx); let found = sui::dynamic_field::exists_(&id, key); id.delete(); found
  }
  public fun key_page(ctx: &mut TxContext): bool { keyed(ctx, page()) }
  public fun key_sheet(ctx: &mut TxContext): bool { keyed(ctx, sheet()) }
  fun held<T: copy + drop + store>(ctx: &mut TxContext, value: T): T {
    let mut id = object::new(ctx); sui::dynamic_field::add(&mut id, 1u8, value);
    let back = sui::dynamic_field::remove(&mut id, 1u8); id.delete(); back
  }
  public fun hold_row(ctx: &mut TxContext) { held(ctx, row()); }
  public fun hold_sheet(ctx: &mut TxContext) { held(ctx, sheet()); }`;

/** A type of 2^(depth + 1) - 1 nodes, and one of a node less. */
const tree = (depth: number): string => (depth === 0 ? 'u64' : `Two<${tree(depth - 1)}, ${tree(depth - 1)}>`);
const lesser = (depth: number): string =>
  depth === 1 ? 'vector<u64>' : `Two<${tree(depth - 1)}, ${lesser(depth - 1)}>`;

const text = `module a::m {
  ${wide}
  public struct Two<phantom A, phantom B> has drop {}
  public struct Wrap<T> has drop { value: T }
  ${steps.join('\n')}
  public fun wider6<T>() {}
  fun any<T>() {}
  public fun closed127() { any<${tree(6)}>() }
  public fun closed128() { any<vector<${tree(6)}>>() }
  public fun closed126_within<T>() { any<${lesser(6)}>() }
  ${boxes.join('\n')}
  public fun made126() { box126(); }
  public fun made127() { box127(); }
  fun wrap<T: drop>(value: T) { Wrap { value }; }
  public fun wrapped125() { wrap(box125()) }
  public fun wrapped126() { wrap(box126()) }
  fun list<T: drop>(value: T) { vector[vector[value]]; }
  public fun listed125() { list(box125()) }
  public fun listed126() { list(box126()) }
  public fun deep(left: u64): u64 { if (left == 0) 0 else deep(left - 1) + 1 }
}`;

let vm: MoveVm;
beforeAll(async () => {
  const [std, sui] = frameworkPackages();
  vm = createMoveVm(sourceOf(std, sui, await compilePackageText(text, ['std', 'sui'])));
}, 60_000);

const call = (name: string, args: readonly MoveValue[] = [], types: readonly string[] = []): CallResult =>
  newSession(vm).call({
    package: long('abc'),
    module: 'm',
    function: name,
    typeArguments: types.map((type) => vm.resolveType(type)),
    arguments: args,
  });

const limitIn = (name: string) => ({ ok: false, kind: 'limit', functionName: name });

test('a value deeper than 128 types is not made, and the failure is where it would be', () => {
  expect(call('made126')).toMatchObject({ ok: true });
  expect(call('made127')).toMatchObject(limitIn('box127'));
  expect(call('wrapped125')).toMatchObject({ ok: true });
  expect(call('wrapped126')).toMatchObject(limitIn('wrap'));
  expect(call('listed125')).toMatchObject({ ok: true });
  expect(call('listed126')).toMatchObject(limitIn('list'));
});

test('type arguments of a generic call, with those of its caller, have 128 nodes together', () => {
  expect(call('wider1', [], ['u64'])).toMatchObject({ ok: true });
  expect(call('wider0', [], ['u64'])).toMatchObject(limitIn('wider5'));
  expect(call('closed127')).toMatchObject({ ok: true });
  expect(call('closed128')).toMatchObject(limitIn('closed128'));
  expect(call('closed126_within', [], ['u64'])).toMatchObject({ ok: true });
  expect(call('closed126_within', [], ['vector<u64>'])).toMatchObject(limitIn('closed126_within'));
});

test('1,025 frames fit, and one more fails at the function it would enter', () => {
  expect(call('deep', [1024n])).toMatchObject({ ok: true });
  expect(call('deep', [1025n])).toMatchObject({
    ok: false,
    kind: 'stack',
    functionName: 'deep',
    instruction: 0,
  });
});

test('what has more than 512 nodes of layout is computed with, neither written nor a key nor a field', () => {
  expect(call('write_page')).toMatchObject({ ok: true });
  expect(call('write_sides8')).toMatchObject({ ok: true });
  for (const name of ['write_sheet', 'write_sides9'])
    expect(call(name)).toMatchObject({ ok: false, kind: 'abort', code: 453n, module: 'bcs', functionName: 'to_bytes' });
  expect(call('key_page')).toMatchObject({ ok: true });
  expect(call('key_sheet')).toMatchObject({ ok: false, code: 3n, functionName: 'hash_type_and_key' });
  expect(call('hold_row')).toMatchObject({ ok: true });
  expect(call('hold_sheet')).toMatchObject({ ok: false, code: 3n, functionName: 'remove_child_object' });
});
