import { isAtomaError } from '@atoma/base';
import { beforeAll, expect, test } from 'vitest';
import { compileSources } from '../../../tools/move/src/index.ts';
import { deserializeModule } from './internal/binary/deserialize.ts';
import { Op } from './internal/binary/opcodes.ts';
import {
  compileApart,
  compilePackageText,
  frameworkPackages,
  newSession,
  packageOf,
  sourceOf,
  unbase64,
} from './testing/fixture.ts';
import { createDice, generateModule } from './testing/program.ts';
import { rebuilt } from './testing/rebuilt.ts';
import type { MovePackage } from './types.ts';
import { createMoveVm } from './vm.ts';

let sample: MovePackage;
let objects: MovePackage;

beforeAll(async () => {
  sample = await compilePackageText(generateModule(8, 12));
  objects = await compilePackageText(
    `module a::m {
       public struct Thing has key { id: UID, n: u64 }
       public struct Alike has store { id: UID, n: u64 }
       public struct Note has copy, drop { n: u64 }
       public struct M has drop {}
       fun init(_: M, ctx: &mut TxContext) { transfer::transfer(Thing { id: object::new(ctx), n: 1 }, ctx.sender()) }
       public fun note(n: u64) { sui::event::emit(Note { n }) }
       public fun drop_note(note: Note, keep: Alike): Alike { let Note { n: _ } = note; keep }
       public fun twice(n: u64): u64 { let k = n; k + k }
     }`,
    ['std', 'sui'],
  );
});

const vm = () => createMoveVm(sourceOf(...frameworkPackages()));
const withModule = (pkg: MovePackage, name: string, bytes: Uint8Array): MovePackage => ({
  ...pkg,
  modules: new Map([...pkg.modules, [name, bytes]]),
});
const broken = 'ENGINE_BROKEN_RULE';
type DatatypeRow = ReturnType<typeof deserializeModule>['datatypeHandles'][number];

/** The package with another row for a datatype. */
const withDatatype = (pkg: MovePackage, name: string, change: (row: DatatypeRow) => DatatypeRow): MovePackage => {
  const bytes = only(pkg);
  const { datatypeHandles, identifiers } = deserializeModule(bytes);
  const body = datatypeHandles
    .map((row) => (identifiers[row.name] === name ? change(row) : row))
    .flatMap(({ module, name: at, abilities, typeParameters }) => [
      ...[module, at, abilities, typeParameters.length],
      ...typeParameters.flatMap(({ constraints, isPhantom }) => [constraints, isPhantom ? 1 : 0]),
    ]);
  const made = rebuilt(bytes, (tables) => {
    for (const table of tables) if (table.kind === 2) table.body = Uint8Array.from(body);
  });
  return withModule(pkg, nameOf(pkg), made);
};
const only = (pkg: MovePackage): Uint8Array => [...pkg.modules.values()][0] as Uint8Array;
const nameOf = (pkg: MovePackage): string => [...pkg.modules.keys()][0] as string;

/** Code of the error, or `accepted`. Anything but a catalogued refusal fails the test. */
const verdict = (pkg: MovePackage): string => {
  try {
    vm().verifyPackage(pkg);
    return 'accepted';
  } catch (error) {
    if (isAtomaError(error) && error.code.startsWith('ENGINE_')) return error.code;
    throw error;
  }
};

/** The bytes with every occurrence of a sequence replaced by one of the same length. */
const replaced = (bytes: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array => {
  const text = Buffer.from(bytes).toString('latin1');
  const made = text.split(String.fromCharCode(...from)).join(String.fromCharCode(...to));
  expect(made).not.toBe(text);
  return new Uint8Array(Buffer.from(made, 'latin1'));
};

test('compiled packages are accepted', () => {
  for (const pkg of [...frameworkPackages(), sample, objects]) expect(verdict(pkg)).toBe('accepted');
});

test('a module whose name or address is not what the package says is refused', () => {
  expect(verdict({ ...sample, modules: new Map([['other', only(sample)]]) })).toBe('ENGINE_BAD_MODULE');
  expect(verdict({ ...sample, originalId: 'f'.repeat(64), storageId: 'f'.repeat(64) })).toBe('ENGINE_BAD_MODULE');
});

/** The package with `key` added to a type of its module that the compiler would not give it to. */
const withKey = (pkg: MovePackage, type: string): MovePackage => {
  const binary = deserializeModule(only(pkg));
  const handle = binary.datatypeHandles.find(({ name }) => binary.identifiers[name] === type);
  if (!handle) throw Error(`no ${type}`);
  const entry = [handle.module, handle.name, handle.abilities, 0];
  return withModule(pkg, nameOf(pkg), replaced(only(pkg), entry, entry.with(2, handle.abilities | 8)));
};

const idCases = [
  ['made at once', 'let id = object::new(ctx); B { id, n: 1 }', 'accepted'],
  ['made on either path', 'let id = if (n > 1) object::new(ctx) else object::new(ctx); B { id, n }', 'accepted'],
  [
    'made in a loop',
    'let mut k = 0; while (k < n) { k = k + 1; object::new(ctx).delete() }; B { id: object::new(ctx), n }',
    'accepted',
  ],
  [
    'derived',
    'let mut a = object::new(ctx); let id = sui::derived_object::claim(&mut a, n); a.delete(); B { id, n }',
    'accepted',
  ],
  ['of another object', 'let A { id } = a(ctx); B { id, n }', broken],
  ['that came back from a function', 'B { id: own(ctx), n }', broken],
  [
    'of another object on one path',
    'let id = if (n > 1) object::new(ctx) else { let A { id } = a(ctx); id }; B { id, n }',
    broken,
  ],
  [
    'of another object after a loop',
    'let mut id = object::new(ctx); let mut k = 0; while (k < n) { id.delete(); id = own(ctx); k = k + 1 }; B { id, n }',
    broken,
  ],
] as const;

test.each(idCases)('an object with an id %s', async (label, _, expected) => {
  expect(verdict(withKey((await idPackages)[idCases.findIndex(([each]) => each === label)] as MovePackage, 'B'))).toBe(
    expected,
  );
});

const idText = ([, body]: (typeof idCases)[number], k: number): string => `module a::m${k} {
  public struct A has key { id: UID }
  public struct B has store { id: UID, n: u64 }
  public fun a(ctx: &mut TxContext): A { A { id: object::new(ctx) } }
  public fun own(ctx: &mut TxContext): UID { object::new(ctx) }
  public fun b(n: u64, ctx: &mut TxContext): B { ${body} }
}`;
const idPackages = compileApart(idCases.map(idText), ['std', 'sui']);

test('the verifier gives up on functions that are too much work, not on long ones', async () => {
  const numbers = Array.from({ length: 110 }, (_, k) => k);
  const steps = (count: number) =>
    Array.from({ length: count }, () => 'if (x > 3) x = x / 2 else x = x + 1;').join('\n');
  const text = (references: number, count: number) => `module a::m {
    public fun f(mut x: u64): u64 {
      ${numbers
        .slice(0, references)
        .map((k) => `let mut v${k} = ${k}u64; let r${k} = &mut v${k};`)
        .join('\n')}
      ${steps(count)}
      ${numbers
        .slice(0, references)
        .map((k) => `*r${k} = x;`)
        .join('\n')}
      x
    }
  }`;
  expect(verdict(await compilePackageText(text(110, 30)))).toBe('accepted');
  expect(verdict(await compilePackageText(text(2, 250)))).toBe('accepted');
  expect(verdict(await compilePackageText(text(110, 250)))).toBe('ENGINE_TOO_COMPLEX');
});

test('the wrong native object rules are refused: key without UID, foreign events, public init', () => {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  // The first field of Thing no longer is called id.
  expect(verdict(withModule(objects, 'm', replaced(only(objects), name('id'), name('ix'))))).toBe(broken);
  // The witness is no longer named like the module, so init takes too much.
  const renamed = withModule(objects, 'm', replaced(only(objects), name('M'), name('X')));
  const typeOrigins = objects.typeOrigins.map((one) => (one.datatype === 'M' ? { ...one, datatype: 'X' } : one));
  expect(verdict({ ...renamed, typeOrigins })).toBe(broken);
});

/** Module `a::m`, compiled against stand-ins of framework modules at 0xdef and then pointed at the real ones. */
const againstFramework = async (standIns: string, body: string): Promise<MovePackage> => {
  const { modules } = await compileSources({
    name: 'demo',
    sources: { 'sources/d.move': standIns, 'sources/m.move': `module a::m { ${body} }` },
    addresses: { a: '0xabc', d: '0xdef' },
    dependencies: ['std', 'sui'],
  });
  const address = (id: string): number[] => [...Buffer.from(id.padStart(64, '0'), 'hex')];
  const all = packageOf(modules.map(unbase64), 'abc', ['1', '2']);
  return withModule(
    { ...all, modules: new Map() },
    'm',
    replaced(all.modules.get('m') as Uint8Array, address('def'), address('2')),
  );
};

test('private transfer and event functions take own types only', async () => {
  const event = 'module d::event { public fun emit<T: copy + drop>(_t: T) {} }';
  const transfer = 'module d::transfer { public fun transfer<T: key>(_o: T, _to: address) { abort 0 } }';
  const own = 'public struct Own has copy, drop { n: u64 }';
  expect(verdict(await againstFramework(event, `${own} public fun f() { d::event::emit(Own { n: 1 }) }`))).toBe(
    'accepted',
  );
  expect(verdict(await againstFramework(event, 'public fun f() { d::event::emit(5u64) }'))).toBe(broken);
  expect(verdict(await againstFramework(event, 'public fun f<T: copy + drop>(t: T) { d::event::emit(t) }'))).toBe(
    broken,
  );
  const coin = `module d::coin { public struct Coin<phantom T> has key, store { id: UID } }
    module d::sui { public struct SUI has drop {} }`;
  const foreign = 'public fun f(c: d::coin::Coin<d::sui::SUI>) { d::transfer::transfer(c, @0x1) }';
  expect(verdict(await againstFramework(`${transfer} ${coin}`, foreign))).toBe(broken);
});

test('functions that are not public, or not what the caller thinks, do not link', async () => {
  const friend = 'module d::balance { public fun create_supply_internal(): u64 { 0 } }';
  expect(verdict(await againstFramework(friend, 'public fun f(): u64 { d::balance::create_supply_internal() }'))).toBe(
    'ENGINE_BAD_MODULE',
  );
  const math = (signature: string) => `module d::math { public fun max(${signature}): u64 { 0 } }`;
  expect(verdict(await againstFramework(math('_a: u64, _b: u64'), 'public fun f(): u64 { d::math::max(1, 2) }'))).toBe(
    'accepted',
  );
  expect(verdict(await againstFramework(math('_a: u64'), 'public fun f(): u64 { d::math::max(1) }'))).toBe(
    'ENGINE_BAD_MODULE',
  );
});

test('natives outside the framework are refused', async () => {
  const text = 'module a::m { public native fun own(): u64; }';
  expect(verdict(await compilePackageText(text))).toBe('ENGINE_BAD_MODULE');
});

test('code that uses a moved local or loses a value is refused', () => {
  // twice: CopyLoc k, MoveLoc k -> MoveLoc k, MoveLoc k.
  const bytes = only(objects);
  const mutations = [...bytes.keys()].filter((at) => bytes[at] === 0x0a && bytes[at + 2] === 0x0b);
  expect(mutations.length).toBeGreaterThan(0);
  for (const at of mutations) {
    const changed = bytes.slice();
    changed[at] = 0x0b;
    if (changed[at + 1] === changed[at + 3])
      expect(verdict(withModule(objects, 'm', changed))).toBe('ENGINE_BAD_MODULE');
  }
});

test('no mutation of bytecode crashes the verifier or the machine', () => {
  const dice = createDice(4);
  const counts = { accepted: 0, ENGINE_BAD_MODULE: 0, ENGINE_BROKEN_RULE: 0 };
  for (let round = 0; round < 400; round++) {
    const bytes = only(round % 2 === 0 ? sample : objects).slice();
    for (let n = 1 + dice.below(3); n > 0; n--) bytes[dice.below(bytes.length)] = dice.below(256);
    const pkg = withModule(round % 2 === 0 ? sample : objects, 'm', bytes);
    const result = verdict(pkg) as keyof typeof counts;
    counts[result]++;
    if (result === 'accepted') runEverything(pkg);
  }
  expect(counts.ENGINE_BAD_MODULE).toBeGreaterThan(100);
  expect(counts.accepted).toBeGreaterThan(10);
});

/** Runs each function without arguments: what comes back must be data. */
const runEverything = (pkg: MovePackage): void => {
  const machine = createMoveVm(sourceOf(...frameworkPackages(), pkg));
  const session = newSession(machine, { computationLimit: 20_000_000 });
  for (const name of machine.moduleInfo(pkg.storageId, 'm')?.functions ?? []) {
    const info = machine.functionInfo(pkg.storageId, 'm', name);
    if (info?.parameters.length !== 0 || info.typeParameters.length !== 0) continue;
    const call = { package: pkg.storageId, module: 'm', function: name, typeArguments: [], arguments: [] };
    expect(typeof session.call(call).ok).toBe('boolean');
  }
};

test('truncated and random bytes are refused', () => {
  const dice = createDice(5);
  for (let length = 0; length < only(objects).length; length += 7)
    expect(verdict(withModule(objects, 'm', only(objects).subarray(0, length)))).toBe('ENGINE_BAD_MODULE');
  for (let round = 0; round < 100; round++) {
    const noise = Uint8Array.from({ length: 60 }, () => dice.below(256));
    noise.set([0xa1, 0x1c, 0xeb, 0x0b, 7, 0, 0, 5]);
    expect(verdict(withModule(objects, 'm', noise))).toBe('ENGINE_BAD_MODULE');
  }
});

test('identifiers of bytecode never reach generated text', () => {
  expect(() =>
    packageOf([replaced(only(objects), [...Buffer.from('twice')], [...Buffer.from('a;b()')])], 'abc'),
  ).toThrow();
});

test('tables no compiler makes are refused', async () => {
  const pkg = await compilePackageText(
    `module a::m {
       public struct One<T> has copy, drop, store { left: T, right: u64 }
       public struct Two has copy, drop, store { here: One<u8>, there: vector<One<u8>> }
       public enum Turn has copy, drop { Left { by: u64, to: u64 }, Right }
       public fun make(left: u8): Two { Two { here: One { left, right: 1 }, there: vector[] } }
       public fun turn(): Turn { Turn::Left { by: 7, to: 9 } }
       public fun read(two: &Two): u64 { two.here.right }
       public fun again(two: &Two): u64 { read(two) + read(two) }
       fun first<T>() { second<vector<T>>() }
       fun second<T>() { third<T>() }
       fun third<T>() {}
       public fun start() { first<u8>() }
     }`,
  );
  const bytes = only(pkg);
  const module = deserializeModule(bytes);
  const changed = (kind: number, change: (body: Uint8Array) => Iterable<number>) =>
    verdict(
      withModule(
        pkg,
        'm',
        rebuilt(bytes, (tables) => {
          const table = tables.find((one) => one.kind === kind);
          if (table) table.body = Uint8Array.from(change(table.body));
          else tables.push({ kind, body: Uint8Array.from(change(new Uint8Array())) });
        }),
      ),
    );
  const same = (kind: number) => changed(kind, (body) => [...body]);
  expect(same(7)).toBe('accepted');
  const bad = 'ENGINE_BAD_MODULE';
  // Rows once more: of identifiers, addresses, signatures, module, datatype and function handles, field handles.
  const [name] = module.identifiers as [string];
  expect(changed(7, (body) => [...body, name.length, ...Buffer.from(name)])).toBe(bad);
  expect(changed(8, (body) => [...body, ...body.subarray(0, 32)])).toBe(bad);
  expect(changed(5, (body) => [...body, ...body])).toBe(bad);
  expect(changed(1, (body) => [...body, ...body.subarray(0, 2)])).toBe(bad);
  expect(changed(2, (body) => [...body, ...body])).toBe(bad);
  expect(changed(3, (body) => [...body, ...body])).toBe(bad);
  expect(changed(4, (body) => [...body, ...body.subarray(0, 2)])).toBe(bad);
  expect(changed(13, (body) => [...body, ...body.subarray(0, 2)])).toBe(bad);
  // The module as its own friend, and one at another address.
  const self = module.moduleHandles[module.self] as { address: number; name: number };
  expect(changed(15, () => [self.address, self.name])).toBe(bad);
  // Two fields of one name: the name of the second becomes that of the first.
  const fields = module.structDefs.flatMap(({ fields = [] }) => fields.map((field) => field.name));
  expect(
    changed(10, (body) => body.map((byte, at) => (at > 2 && byte === fields[1] ? (fields[0] as number) : byte))),
  ).toBe(bad);
  // `second<T>` calls `first<T>` instead of `third<T>`, so that its type grows with every call.
  const handleOf = (wanted: string): number =>
    module.functionHandles.findIndex((handle) => module.identifiers[handle.name] === wanted);
  expect(
    changed(4, (body) =>
      body.map((byte, at) => (at % 2 === 0 && byte === handleOf('third') ? handleOf('first') : byte)),
    ),
  ).toBe(bad);
});

test('what looks like a one-time witness is one, and init is called by nobody', async () => {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const bodies = [
    'public struct M0 has drop {} fun init(_: M0, _: &mut TxContext) {}',
    'public struct M1 has copy, drop { n: u8 }',
    // The compiler refuses such witnesses, so they get their name afterwards.
    'public struct N2 has copy, drop {}',
    'public struct N3<phantom T> has drop {}',
    'fun inix(_: &mut TxContext) {}  public fun f(ctx: &mut TxContext) { inix(ctx) }',
  ];
  const packages = await compileApart(
    bodies.map((body, k) => `module a::m${k} { ${body} }`),
    ['std', 'sui'],
  );
  expect(packages.map(verdict)).toEqual(bodies.map(() => 'accepted'));
  for (const k of [2, 3]) {
    const other = packages[k] as MovePackage;
    const renamed = withModule(other, nameOf(other), replaced(only(other), name(`N${k}`), name(`M${k}`)));
    const typeOrigins = other.typeOrigins.map((one) => ({ ...one, datatype: `M${k}` }));
    expect(verdict({ ...renamed, typeOrigins })).toBe(broken);
  }
  const calling = packages[4] as MovePackage;
  expect(verdict(withModule(calling, nameOf(calling), replaced(only(calling), name('inix'), name('init'))))).toBe(
    broken,
  );
});

test('a jump table that no switch uses is refused', async () => {
  const pkg = await compilePackageText(`module a::m {
    public enum E has copy, drop { A, B }
    public fun f(e: &E): u64 { let a = match (e) { E::A => 1, E::B => 2 }; let b = match (e) { E::A => 3, E::B => 4 }; a + b }
  }`);
  const { functionDefs } = deserializeModule(only(pkg));
  const [def] = functionDefs as [(typeof functionDefs)[number]];
  const { VariantSwitch } = Op;
  const bytes = only(pkg).slice();
  const at = bytes.findIndex(
    (byte, k) => k >= def.start && k < def.end && byte === VariantSwitch && bytes[k + 1] === 1,
  );
  expect(at).toBeGreaterThan(0);
  bytes[at + 1] = 0;
  expect(() => vm().verifyPackage(withModule(pkg, 'm', bytes))).toThrow('a jump table is not used');
});

const argumentCases = [
  ['a field', 'public struct Holder has drop, store { held: vector<Only<Copies>> }'],
  ['a variant', 'public enum Turn has drop { Left { held: Only<Copies> } }'],
  [
    'a phantom place',
    'public struct B<phantom T> has drop { n: u64 } public struct Holder has drop { held: B<Only<Copies>> }',
  ],
  ['a parameter', 'public fun f(_: &Only<Copies>) {}'],
  ['a result', 'public fun f(): vector<Only<Copies>> { vector[] }'],
  ['a local', 'public fun f() { let mut all = vector<Only<Copies>>[]; all.reverse(); all.destroy_empty() }'],
] as const;

test.each(argumentCases)('a type argument in %s has the abilities it needs', async (label) => {
  const pkg = (await argumentPackages)[argumentCases.findIndex(([each]) => each === label)] as MovePackage;
  expect(verdict(pkg)).toBe('accepted');
  expect(verdict(withDatatype(pkg, 'Copies', (row) => ({ ...row, abilities: 6 })))).toBe('ENGINE_BAD_MODULE');
});

const argumentPackages = compileApart(
  argumentCases.map(
    ([, text], k) => `module a::m${k} {
      public struct Only<phantom T: copy> has copy, drop, store { n: u64 }
      public struct Copies has copy, drop, store { n: u64 }
      ${text}
    }`,
  ),
);

test('what is stored is no phantom type', async () => {
  const pkg = await compilePackageText(`module a::m {
    public struct Plain<T> has copy, drop, store { value: T }
    public struct Deep<T> has copy, drop, store { all: vector<Plain<T>> }
    public struct Tag<phantom T> has copy, drop, store { n: u64 }
    public struct Tagged<T> has copy, drop, store { tag: Tag<T> }
  }`);
  const phantom = (name: string) =>
    verdict(
      withDatatype(pkg, name, (row) => ({
        ...row,
        typeParameters: row.typeParameters.map((one) => ({ ...one, isPhantom: true })),
      })),
    );
  expect([phantom('Plain'), phantom('Deep')]).toEqual(['ENGINE_BAD_MODULE', 'ENGINE_BAD_MODULE']);
  expect(phantom('Tagged')).toBe('accepted');
});
