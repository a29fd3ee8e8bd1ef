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

const text = `module a::m {
  public struct Two<phantom A, phantom B> has drop {}
  public struct Wrap<T> has drop { value: T }
  ${steps.join('\n')}
  public fun wider6<T>() {}
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
