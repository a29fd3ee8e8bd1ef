/** Generic code does with every shape of value what it does with one, and is charged for what the value is. */
import { beforeAll, expect, test } from 'vitest';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from '../../testing/fixture.ts';
import type { CallResult, MoveValue, MoveVm, Ref } from '../../types.ts';
import { createMoveVm } from '../../vm.ts';

const text = `module a::m {
  public struct Pair has copy, drop { x: u64, y: u64 }
  public struct Wide has copy, drop { a: u256, b: u256, c: u256 }
  public struct Box<T> has copy, drop { v: T, n: u64 }
  public enum Maybe<T> has copy, drop { Some { v: T, n: u64 }, None }
  public fun get<T: copy>(r: &T): T { *r }
  public fun put<T: drop>(r: &mut T, v: T) { *r = v }
  public fun same<T: drop>(a: T, b: T): bool { a == b }
  public fun alike<T>(a: &T, b: &T): bool { a != b }
  public fun wrap<T>(v: T): Box<T> { Box { v, n: 5 } }
  public fun open<T>(box: Box<T>): T { let Box { v, n: _ } = box; v }
  fun inner<T>(box: &mut Box<T>): &mut T { &mut box.v }
  fun held<T>(maybe: &mut Maybe<T>): &mut T { match (maybe) { Maybe::Some { v, n } => { *n = *n + 1; v }, Maybe::None => abort 3 } }
  public fun fields<T: copy + drop>(a: T, b: T): (T, T, u64) {
    let mut box = wrap(a);
    let kept = box;
    *inner(&mut box) = b;
    put(&mut box.n, 6);
    (open(kept), get(&box.v), box.n)
  }
  public fun variants<T: copy + drop>(a: T, b: T): (T, T, u64) {
    let mut one = Maybe::Some { v: a, n: 1 };
    let kept = one;
    put(held(&mut one), b);
    let was = match (kept) { Maybe::Some { v, n: _ } => v, Maybe::None => abort 4 };
    let (now, n) = match (&one) { Maybe::Some { v, n } => (*v, *n), Maybe::None => abort 5 };
    (was, now, n)
  }
  public fun none<T: copy + drop>(a: T): T { let mut one = Maybe::None; if (&one == &Maybe::Some { v: a, n: 1 }) abort 6; *held(&mut one) }
  public fun lists<T: copy + drop>(a: T, b: T): (vector<T>, vector<T>, u64) {
    let mut list = vector[a, b, a];
    let kept = list;
    list.push_back(b);
    put(&mut list[0], b);
    list.swap(1, 2);
    let last = list.pop_back();
    list.push_back(last);
    (kept, list, list.length())
  }
  const LIST: vector<u64> = vector[1, 2];
  const LISTS: vector<vector<u8>> = vector[b"ab", b"c"];
  public fun constants(): (vector<u64>, vector<vector<u8>>) {
    let mut list = LIST;
    let mut lists = LISTS;
    list.push_back(LIST.length() + 1);
    lists[0].push_back(100);
    (list, lists)
  }
  public fun copy_wide(w: &Wide): Wide { *w }
  public fun set_wide(r: &mut Wide, w: Wide) { *r = w }
  public fun same_wide(a: Wide, b: Wide): bool { a == b }
}`;

let vm: MoveVm;
beforeAll(async () => {
  vm = createMoveVm(sourceOf(...frameworkPackages(), await compilePackageText(text)));
});

const run = (name: string, types: readonly string[], args: readonly (MoveValue | Ref)[]) => {
  const session = newSession(vm);
  const result: CallResult = session.call({
    ...{ package: long('abc'), module: 'm', function: name },
    typeArguments: types.map((type) => vm.resolveType(type)),
    arguments: structuredClone(args) as MoveValue[],
  });
  return { result, values: result.ok ? result.returns.map(({ value }) => value) : [], cost: session.computation() };
};

const pair = '0xabc::m::Pair';
/** Types with two values each, and the abstract size of one, bytes. */
const shapes: readonly [type: string, a: MoveValue, b: MoveValue, size: number][] = [
  ['u8', 1, 2, 8],
  ['u64', 1, 2, 8],
  ['u128', 1n, 2n, 16],
  ['bool', true, false, 8],
  ['address', long('1'), long('2'), 32],
  [pair, [1, 2], [3, 4], 2 + 8 + 8],
  ['vector<u64>', [1, 2], [3, 4], 2 + 16],
  [`vector<${pair}>`, [[1, 2]], [[3, 4]], 2 + 18],
  [`0xabc::m::Box<${pair}>`, [[1, 2], 3], [[4, 5], 6], 2 + 18 + 8],
  ['0xabc::m::Maybe<u64>', { tag: 0, f: [1, 2] }, { tag: 0, f: [3, 4] }, 2 + 8 + 8],
  ['0xabc::m::Wide', [1n, 2n, 3n], [4n, 5n, 6n], 2 + 3 * 32],
];
const isPrimitive = (value: MoveValue): boolean => typeof value !== 'object';
const lent = (value: MoveValue): MoveValue | Ref => (isPrimitive(value) ? { c: [value], i: 0 } : value);

test.each(shapes)('%s in fields, variants and lists', (type, a, b) => {
  expect(run('fields', [type], [a, b]).values).toEqual([a, b, 6]);
  expect(run('variants', [type], [a, b]).values).toEqual([a, b, 2]);
  expect(run('lists', [type], [a, b]).values).toEqual([[a, b, a], [b, a, b, b], 4]);
  expect(run('none', [type], [a]).result).toMatchObject({ kind: 'abort', code: 3n, functionName: 'held' });
});

const moved = 10; // MoveLoc: an instruction, a push, eight bytes
test.each(shapes)('%s is charged by its size', (type, a, b, size) => {
  const get = run('get', [type], [lent(a)]);
  expect([get.values, get.cost]).toEqual([[a], moved + (2 + size) + 1]);
  expect(run('put', [type], [lent(a), b]).cost).toBe(2 * moved + (1 + size) + 1);
  const same = run('same', [type], [a, b]);
  expect([same.values, same.cost]).toEqual([[false], 2 * moved + (3 + 2 * size) + 1]);
  expect(run('same', [type], [a, a]).values).toEqual([true]);
  const alike = run('alike', [type], [lent(a), lent(b)]);
  expect([alike.values, alike.cost]).toEqual([[true], 2 * moved + (3 + 16 + 2 * size) + 1]);
  expect(run('alike', [type], [lent(a), lent(a)]).values).toEqual([false]);
});

test('a constant is the same each time, whatever was done to what was made of it', () => {
  const session = newSession(vm);
  const call = { package: long('abc'), module: 'm', function: 'constants', typeArguments: [], arguments: [] };
  for (let time = 0; time < 2; time++) {
    const result = session.call(call);
    expect(result.ok && result.returns.map(({ value }) => value)).toEqual([
      [1, 2, 3],
      [[97, 98, 100], [99]],
    ]);
  }
});

test('a struct wider than 64 bytes is charged as a narrow one', () => {
  const [a, b, size] = [[1n, 2n, 3n], [4n, 5n, 6n], 2 + 3 * 32];
  expect(run('copy_wide', [], [a])).toMatchObject({ values: [a], cost: moved + (2 + size) + 1 });
  expect(run('set_wide', [], [a, b]).cost).toBe(2 * moved + (1 + size) + 1);
  expect(run('same_wide', [], [a, b])).toMatchObject({ values: [false], cost: 2 * moved + (3 + 2 * size) + 1 });
});
