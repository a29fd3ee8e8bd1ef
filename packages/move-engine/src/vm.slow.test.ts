import { isAtomaError } from '@atoma/base';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { compilePackageText, frameworkPackages, long, newSession, packageOf, sourceOf } from './testing/fixture.ts';
import type { MovePackage, MoveValue, MoveVm, Type } from './types.ts';
import { createMoveVm } from './vm.ts';

const text = `module a::m {
  use std::string::String;
  public struct Point<T: copy> has copy, drop, store { x: T, y: u64 }
  public struct Tag<phantom T> has drop, store { id: u8 }
  public enum Shape has copy, drop, store { Dot, Line(u64), Named { label: String, points: vector<Point<u16>> } }
  public fun swap<T>(a: &mut T, b: &mut T, c: T): (T, u64) { let _ = a; let _ = b; (c, 7) }
  public fun increment(x: &mut u64, by: u64): u64 { *x = *x + by; *x }
  public fun sender(ctx: &TxContext): address { ctx.sender() }
  public(package) fun internal_one() {}
  entry fun run(_p: Point<u8>) {}
  public fun forever() { loop {} }
  public fun recurse(n: u64): u64 { recurse(n + 1) + 1 }
  public fun depth(n: u64): u64 { if (n == 0) 0 else depth(n - 1) + 1 }
  public fun nothing() {}
  public fun grow() { let mut v = vector[1u8]; loop { let w = v; v.append(w) } }
  public fun numbers(n: u64): u64 { let mut i = 0; while (i < n) i = i + 1; i }
}`;

let pkg: MovePackage;
let vm: MoveVm;
beforeAll(async () => {
  pkg = await compilePackageText(text, ['std', 'sui']);
  vm = createMoveVm(sourceOf(...frameworkPackages(), pkg));
});

const id = long('abc');
const call = (name: string, args: MoveValue[] = [], types: Type[] = [], session = newSession(vm)) =>
  session.call({ package: id, module: 'm', function: name, typeArguments: types, arguments: args });
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'nothing thrown';
  } catch (error) {
    return isAtomaError(error) ? error.code : String(error);
  }
};

test('the package exports the machine and its errors', async () => {
  expect(Object.keys(await import('./index.ts')).sort()).toEqual([
    'canonicalModule',
    'createMoveVm',
    'engineError',
    'featureFlags',
    'systemPackages',
  ]);
});

test('types of any spelling are one, with canonical text', () => {
  const coin = vm.resolveType('0x2::coin::Coin< 0x2::sui::SUI >');
  expect(coin).toBe(vm.resolveType(`0x${long('2')}::coin::Coin<0x02::sui::SUI>`));
  expect(coin.text).toBe(`0x${long('2')}::coin::Coin<0x${long('2')}::sui::SUI>`);
  expect(coin.abilities).toBe(12);
  expect(vm.resolveType('vector<vector<u8>>').element).toBe(vm.resolveType('vector<u8>'));
  for (const bad of [
    '',
    'u7',
    'vector<u8',
    '0x2::coin::Coin',
    'vector<u8,u8>',
    '0x2::coin',
    'u8 u8',
    '0xg::a::b',
    'toString',
  ])
    expect(codeOf(() => vm.resolveType(bad))).toBe('ENGINE_BAD_TYPE');
  for (const missing of ['0x77::m::T', '0x2::coin::Nothing', '0x2::nothing::T'])
    expect(codeOf(() => vm.resolveType(missing))).toBe('ENGINE_TYPE_NOT_FOUND');
});

test('layouts and declarations are those of the source', () => {
  const shape = vm.layout(vm.resolveType('0xabc::m::Shape'));
  expect(
    shape.kind === 'enum' && shape.variants.map((v) => [v.name, v.fields.map((f) => `${f.name}:${f.type.kind}`)]),
  ).toEqual([
    ['Dot', []],
    ['Line', ['pos0:u64']],
    ['Named', ['label:struct', 'points:vector']],
  ]);
  const point = vm.layout(vm.resolveType('0xabc::m::Point<address>'));
  expect(point.kind === 'struct' && point.fields.map((f) => f.type.text)).toEqual(['address', 'u64']);
  expect(vm.datatypeInfo(id, 'm', 'Tag')).toMatchObject({
    kind: 'struct',
    definingId: id,
    abilities: 6,
    typeParameters: [{ constraints: 0, isPhantom: true }],
    fields: [{ name: 'id', type: { kind: 'u8' } }],
  });
  const info = vm.functionInfo(id, 'm', 'swap');
  expect(info?.parameters.map((p) => p.reference)).toEqual(['mutable', 'mutable', 'none']);
  expect(info?.returns.map((p) => p.body)).toEqual([{ kind: 'parameter', index: 0 }, { kind: 'u64' }]);
  expect(vm.functionInfo(id, 'm', 'run')).toMatchObject({ visibility: 'private', isEntry: true });
  expect(vm.functionInfo(id, 'm', 'internal_one')?.visibility).toBe('friend');
  expect([vm.functionInfo(id, 'm', 'missing'), vm.functionInfo(long('9'), 'm', 'x')]).toEqual([undefined, undefined]);
  expect(vm.moduleInfo(id, 'm')?.datatypes).toEqual(['Point', 'Tag', 'Shape']);
  const open = { kind: 'vector', element: { kind: 'parameter', index: 0 } } as const;
  expect(vm.instantiate(open, [vm.resolveType('u8')])).toBe(vm.resolveType('vector<u8>'));
});

const u64 = fc.oneof(fc.nat(), fc.constantFrom(2 ** 53 - 1), fc.bigInt(2n ** 53n, 2n ** 64n - 1n));
const hex = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((b) => Buffer.from(b).toString('hex'));
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  bool: fc.boolean(),
  u8: fc.nat(255),
  u16: fc.nat(65535),
  u32: fc.nat(0xffffffff),
  u64,
  u128: fc.bigInt(0n, 2n ** 128n - 1n),
  u256: fc.bigInt(0n, 2n ** 256n - 1n),
  address: hex(32),
  'vector<u8>': fc.array(fc.nat(255), { maxLength: 300 }),
  'vector<vector<u64>>': fc.array(fc.array(u64)),
  '0xabc::m::Point<u128>': fc.tuple(fc.bigInt(0n, 2n ** 128n - 1n), u64),
  '0xabc::m::Shape': fc.oneof(
    fc.constant({ tag: 0, f: [] }),
    u64.map((n) => ({ tag: 1, f: [n] })),
    fc.array(fc.tuple(fc.nat(65535), u64)).map((points) => ({ tag: 2, f: [[[104, 105]], points] })),
  ),
};

test.each(Object.keys(values))('BCS of %s comes back as it went', (name) => {
  const type = vm.resolveType(name);
  fc.assert(
    fc.property(values[name] as fc.Arbitrary<MoveValue>, (value) => {
      expect(vm.deserialize(type, vm.serialize(type, value))).toEqual(value);
    }),
  );
});

test('malformed BCS is refused', () => {
  const cases: readonly [string, number[]][] = [
    ['bool', [2]],
    ['u64', [1, 2]],
    ['u8', [1, 1]],
    ['vector<u8>', [0x80, 0x00]],
    ['vector<u8>', [5, 1]],
    ['vector<u8>', [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['0xabc::m::Shape', [3]],
    ['address', [1]],
  ];
  for (const [type, bytes] of cases)
    expect(codeOf(() => vm.deserialize(vm.resolveType(type), Uint8Array.from(bytes)))).toBe('ENGINE_BAD_BCS');
  const shape = vm.resolveType('0xabc::m::Shape');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(['nothing thrown', 'ENGINE_BAD_BCS']).toContain(codeOf(() => vm.deserialize(shape, bytes)));
    }),
  );
});

test('references to primitives are container and index, TxContext comes by itself', () => {
  const box: MoveValue[] = [1, 40];
  expect(
    newSession(vm).call({
      package: id,
      module: 'm',
      function: 'increment',
      typeArguments: [],
      arguments: [{ c: box, i: 1 }, 2],
    }),
  ).toMatchObject({ ok: true, returns: [{ value: 42 }] });
  expect(box).toEqual([1, 42]);
  expect(call('sender')).toMatchObject({ ok: true, returns: [{ type: { text: 'address' }, value: long('a') }] });
});

test('calls that do not fit are failures, not exceptions', () => {
  const wrong = [
    call('missing'),
    call('increment', []),
    call('nothing', [1]),
    call('swap', [], []),
    newSession(vm).call({ package: long('77'), module: 'm', function: 'x', typeArguments: [], arguments: [] }),
  ];
  expect(wrong.map((result) => (result.ok ? 'ok' : result.kind))).toEqual(wrong.map(() => 'internal'));
});

test('whatever never ends runs out of gas, and deep calls end as Sui ends them', () => {
  expect(call('forever')).toMatchObject({ ok: false, kind: 'outOfGas' });
  expect(call('grow')).toMatchObject({ ok: false });
  expect(call('recurse', [0])).toMatchObject({ ok: false, kind: 'stack' });
  expect(call('depth', [900])).toMatchObject({ ok: true, returns: [{ value: 900 }] });
  expect(call('depth', [1100])).toMatchObject({ ok: false, kind: 'stack' });
  // The machine is as good as new afterwards.
  expect(call('depth', [5])).toMatchObject({ ok: true, returns: [{ value: 5 }] });
});

test('computation follows the published schedule', () => {
  const session = newSession(vm);
  call('nothing', [], [], session);
  expect(session.computation()).toBe(1); // Ret
  call('numbers', [0], [], session);
  // LdU64 (1+1+1), StLoc 1, CopyLoc twice (1+1+8), Lt (1+1+1), BrFalse 1, MoveLoc (1+1+8), Ret 1
  expect(session.computation()).toBe(1 + 3 + 1 + 20 + 3 + 1 + 10 + 1);
  const short = newSession(vm);
  const long_ = newSession(vm);
  call('numbers', [1_000], [], short);
  call('numbers', [20_000], [], long_);
  // Tiers make the later instructions dearer.
  expect(long_.computation()).toBeGreaterThan(20 * short.computation() * 2);
});

test('a budget ends the call that passes it, wherever that happens', () => {
  const full = newSession(vm);
  call('numbers', [5_000], [], full);
  const cost = full.computation();
  const outcome = (limit: number) => call('numbers', [5_000], [], newSession(vm, { computationLimit: limit })).ok;
  expect([outcome(cost), outcome(cost - 1), outcome(10)]).toEqual([true, false, false]);
  const session = newSession(vm, { computationLimit: 100 });
  expect([session.charge(60), session.charge(40), session.charge(1)]).toEqual([true, true, false]);
  expect(call('nothing', [], [], session)).toMatchObject({ ok: false, kind: 'outOfGas' });
});

test('failures carry kind, place and the names of clever errors', async () => {
  const failing = await compilePackageText(`module a::m {
    const EPlain: u64 = 9;
    #[error] const EText: vector<u8> = b"out of paper";
    #[error(code = 5)] const ECoded: vector<u8> = b"coded";
    public fun fail(k: u64): u8 {
      assert!(k != 0, EPlain); assert!(k != 1, EText); assert!(k != 2, ECoded); assert!(k != 3);
      let v = vector[1u8]; if (k == 4) return v[k]; if (k == 5) return v[0] - 2; if (k == 6) return (k * 100) as u8;
      0
    }
    public native fun elsewhere(): u8;
    public fun missing(): u8 { elsewhere() }
  }`);
  const machine = createMoveVm(sourceOf(...frameworkPackages(), failing));
  const run = (name: string, args: MoveValue[]) =>
    newSession(machine).call({ package: id, module: 'm', function: name, typeArguments: [], arguments: args });
  const place = { package: id, module: 'm', functionName: 'fail', function: 0 };
  expect(run('fail', [0])).toMatchObject({ kind: 'abort', code: 9n, ...place });
  expect(run('fail', [1])).toMatchObject({
    kind: 'abort',
    clever: { name: 'EText', text: 'out of paper', line: 6 },
    ...place,
  });
  expect(run('fail', [2])).toMatchObject({
    kind: 'abort',
    clever: { name: 'ECoded', text: 'coded', errorCode: 5 },
    ...place,
  });
  expect(run('fail', [3])).toMatchObject({ kind: 'abort', clever: { line: 6 } });
  expect(run('fail', [4])).toMatchObject({ kind: 'vector', code: 1n, ...place });
  expect(run('fail', [5])).toMatchObject({ kind: 'arithmetic', ...place });
  expect(run('fail', [6])).toMatchObject({ kind: 'arithmetic', ...place });
  expect(run('missing', [])).toMatchObject({ kind: 'missingNative', module: 'm', functionName: 'elsewhere' });
});

test('linkage decides which version runs, types keep the id they were defined under', async () => {
  const version = (n: number, extra: string) =>
    compilePackageText(`module a::m {
      public struct Old has copy, drop { n: u64 } ${extra}
      public fun version(): u64 { ${n} }
      public fun name(): vector<u8> { std::type_name::with_defining_ids<Old>().into_string().into_bytes() }
    }`);
  const first = await version(1, '');
  const second: MovePackage = {
    ...(await version(2, 'public struct New has copy, drop { n: u64 }')),
    storageId: long('abd'),
    version: 2,
    typeOrigins: [
      { module: 'm', datatype: 'Old', package: id },
      { module: 'm', datatype: 'New', package: long('abd') },
    ],
  };
  const { compileSources } = await import('../../../tools/move/src/index.ts');
  const { modules } = await compileSources({
    name: 'user',
    sources: {
      'sources/m.move': 'module a::m { public struct Old has copy, drop { n: u64 } public fun version(): u64 { 0 } }',
      'sources/u.move': 'module b::u { public fun ask(): u64 { a::m::version() } }',
    },
    addresses: { a: '0xabc', b: '0xb' },
    dependencies: ['std'],
  });
  const bytes = modules.map((one) => new Uint8Array(Buffer.from(one, 'base64')));
  const user = packageOf(bytes, 'b');
  const asking = (storage: string, target: MovePackage): MovePackage => ({
    ...user,
    modules: new Map([...user.modules].filter(([name]) => name === 'u')),
    storageId: long(storage),
    originalId: long('b'),
    linkage: new Map([[id, { storageId: target.storageId, version: target.version }]]),
  });
  const machine = createMoveVm(
    sourceOf(...frameworkPackages(), first, second, asking('b', first), asking('b2', second)),
  );
  const ask = (at: string, module: string, fn: string) =>
    newSession(machine).call({ package: long(at), module, function: fn, typeArguments: [], arguments: [] });
  expect([ask('b', 'u', 'ask'), ask('b2', 'u', 'ask')]).toMatchObject([
    { ok: true, returns: [{ value: 1 }] },
    { ok: true, returns: [{ value: 2 }] },
  ]);
  const named = ask('abd', 'm', 'name');
  expect(named.ok && Buffer.from(named.returns[0]?.value as number[]).toString()).toBe(`${id}::m::Old`);
  expect(machine.datatypeInfo(long('abd'), 'm', 'Old')?.definingId).toBe(id);
  expect(machine.resolveType('0xabd::m::New').text).toBe(`0x${long('abd')}::m::New`);
  expect(codeOf(() => machine.resolveType('0xabd::m::Old'))).toBe('ENGINE_TYPE_NOT_FOUND');
});

test('a package published within the transaction is callable, and another of the same id replaces it', async () => {
  const machine = createMoveVm(sourceOf(...frameworkPackages()));
  const version = (n: number) =>
    compilePackageText(`module a::m { public struct T has drop { n: u64 } public fun n(): T { T { n: ${n} } } }`);
  for (const n of [1, 2]) {
    const session = newSession(machine);
    const fresh = await version(n);
    machine.verifyPackage(fresh);
    session.addPackage(fresh);
    const result = session.call({ package: id, module: 'm', function: 'n', typeArguments: [], arguments: [] });
    expect(result).toMatchObject({ ok: true, returns: [{ value: [n], type: machine.resolveType('0xabc::m::T') }] });
  }
});
