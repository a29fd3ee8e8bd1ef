/** Modules no compiler makes, one for each thing a pass of the verifier refuses, beside a twin that is accepted. */
import { isAtomaError } from '@atoma/base';
import { beforeAll, expect, test } from 'vitest';
import { createAssembler, filler } from '../../testing/assembler.ts';
import { compilePackageText, frameworkPackages, sourceOf } from '../../testing/fixture.ts';
import { rebuilt } from '../../testing/rebuilt.ts';
import type { MovePackage } from '../../types.ts';
import { createMoveVm } from '../../vm.ts';
import { type BinaryModule, Tag } from '../binary/decoded-module.ts';
import { deserializeModule } from '../binary/deserialize.ts';
import { Op } from '../binary/opcodes.ts';

const steps = Array.from({ length: 24 }, (_, k) => `k = k + ${k};`).join(' ');
const parameters = 'p: Pair, v: vector<u64>, m: &mut Pair, n: u64, h: Hard';
const text = `module a::m {
  public struct Pair has copy, drop { x: u64, y: u64 }
  public struct Hard { z: u64 }
  public struct Wrap<T> has copy, drop { w: T }
  public enum Choice has copy, drop { Some { n: u64 }, None }
  public enum Maybe<T> has copy, drop { Some { n: T }, None }
  const WORD: vector<u8> = b"word";
  fun word(): vector<u8> { WORD }
  fun same<T>(t: T): T { t }
  fun call(n: u64): u64 { same(n) }
  fun first(pair: &mut Pair): &mut u64 { &mut pair.x }
  fun wrapped(w: &mut Wrap<u64>): &mut u64 { &mut w.w }
  fun wrap(w: u64): Wrap<u64> { Wrap { w } }
  fun open(h: Hard): u64 { let Hard { z } = h; z }
  fun hard(z: u64): Hard { Hard { z } }
  fun some(n: u64): Choice { Choice::Some { n } }
  fun maybe(n: u64): Maybe<u64> { Maybe::Some { n } }
  fun change(choice: &mut Choice) { match (choice) { Choice::Some { n } => *n = 1, Choice::None => {} } }
  public fun target(${parameters}) { ${filler('k')} }
  public fun target_long(${parameters}) { let mut k = n; ${steps} abort k }
}`;
const locals = ['p', 'v', 'm', 'n', 'h'];

let pkg: MovePackage;
let module: BinaryModule;
beforeAll(async () => {
  pkg = await compilePackageText(text);
  module = deserializeModule(bytesOf(pkg));
});

const bytesOf = ({ modules }: MovePackage): Uint8Array => modules.get('m') as Uint8Array;
const withBytes = (bytes: Uint8Array): MovePackage => ({ ...pkg, modules: new Map([['m', bytes]]) });

/** `accepted`, or why not. */
const verdict = (candidate: MovePackage): string => {
  try {
    createMoveVm(sourceOf(...frameworkPackages())).verifyPackage(candidate);
    return 'accepted';
  } catch (error) {
    if (isAtomaError(error, 'ENGINE_BAD_MODULE')) return error.message;
    throw error;
  }
};

/** Definition of a function by its name. */
const definition = (wanted: string) =>
  module.functionDefs.find(
    ({ handle }) => module.identifiers[module.functionHandles[handle]?.name ?? -1] === wanted,
  ) as BinaryModule['functionDefs'][number];

const structOf = (wanted: string): number =>
  module.structDefs.findIndex(
    ({ handle }) => module.identifiers[module.datatypeHandles[handle]?.name ?? -1] === wanted,
  );

/** The package with rows at the end of tables, by their kind. */
const withRows = (rows: Readonly<Record<number, readonly number[]>>): MovePackage =>
  withBytes(
    rebuilt(bytesOf(pkg), (tables) => {
      for (const table of tables) table.body = Uint8Array.from([...table.body, ...(rows[table.kind] ?? [])]);
    }),
  );

const end = 'LdU64; Abort';
const ofCode = (code: string, from = pkg, name = 'target'): string =>
  verdict(createAssembler(from, locals)(name, `${code}; ${end}`).pkg);

test('a loop is entered at its head only', () => {
  expect(ofCode('LdTrue; BrTrue 4; LdTrue; BrTrue 6; Nop; Branch 2')).toMatch(/a loop is entered elsewhere/);
  expect(ofCode('LdTrue; BrTrue 6; LdTrue; BrTrue 6; Nop; Branch 2')).toBe('accepted');
});

test('five loops may be inside each other, and as many as one likes side by side', () => {
  const nested = (depth: number): string =>
    Array.from({ length: depth }, (_, k) => `LdTrue; BrTrue ${depth - 1 - k}`)
      .toSpliced(0, 0, ...new Array<string>(depth).fill('Nop'))
      .join('; ');
  expect(ofCode(nested(5))).toBe('accepted');
  expect(ofCode(nested(6))).toMatch(/loops are nested too deeply/);
  const beside = Array.from({ length: 12 }, (_, k) => `LdTrue; BrTrue ${2 * k}`).join('; ');
  expect(ofCode(beside)).toBe('accepted');
  expect(ofCode(`Nop; ${nested(4).replace(/\d+/g, (at) => String(Number(at) + 1))}; LdTrue; BrTrue 0`)).toBe(
    'accepted',
  );
});

test('a block pushes 10,000 values', () => {
  const after = (more: string): string =>
    ofCode(`CopyLoc v; ${'VecUnpack [] 1000; VecPack [] 1000; '.repeat(9)}Pop; ${more}`, pkg, 'target_long');
  const rest = (count: number): string => `CopyLoc v; VecUnpack [] ${count}; VecPack [] ${count}; Pop`;
  expect(after(rest(987))).toBe('accepted'); // 10 and 9,000 before, 989 and the code of the abort here
  expect(after(rest(988))).toMatch(/a block pushes too much/);
  expect(after(`LdTrue; BrTrue 0; ${rest(988)}`)).toBe('accepted');
});

test('the generic form of an instruction is for what is generic', () => {
  const none = module.signatures.findIndex((types) => types.length === 0);
  const plain = {
    struct: structOf('Pair'),
    enum: module.enumDefs.findIndex(({ handle }) => module.datatypeHandles[handle]?.typeParameters.length === 0),
    fn: module.functionHandles.findIndex(({ name }) => module.identifiers[name] === 'some'),
  };
  const field = module.fieldHandles.findIndex(({ owner }) => owner === plain.struct);
  const from = withRows({
    4: [plain.fn, none],
    11: [plain.struct, none],
    14: [field, none],
    18: [plain.enum, none],
    20: [module.enumInstantiations.length, 0],
  });
  const last = {
    call: module.functionInstantiations.length,
    pack: module.structInstantiations.length,
    field: module.fieldInstantiations.length,
    variant: module.variantInstantiations.length,
  };
  expect(verdict(from)).toBe('accepted');
  for (const code of [
    `LdU64; CallGeneric ${last.call}; Pop`,
    `LdU64; LdU64; PackGeneric ${last.pack}; Pop`,
    `CopyLoc p; UnpackGeneric ${last.pack}; Pop; Pop`,
    `CopyLoc m; MutBorrowFieldGeneric ${last.field}; Pop`,
    `CopyLoc m; ImmBorrowFieldGeneric ${last.field}; Pop`,
    `LdU64; PackVariantGeneric ${last.variant}; Pop`,
  ])
    expect(ofCode(code, from), code).toMatch(/nothing here is generic/);
  expect(ofCode(`LdU64; Pack ${structOf('Wrap')}; Pop`)).toMatch(/wrong number of type arguments/);
});

test('vectors are of types of their function, and of no references', () => {
  const signature = (tag: number): number =>
    module.signatures.findIndex((types) => types.length === 1 && types[0]?.tag === tag);
  expect(ofCode(`VecPack ${signature(Tag.MutableReference)} 0; Pop`)).toMatch(/reference as a type argument/);
  expect(ofCode(`VecPack ${signature(Tag.TypeParameter)} 0; Pop`)).toMatch(/type parameter out of range/);
  expect(ofCode(`VecPack ${signature(Tag.U64)} 0; Pop`)).toBe('accepted');
});

test('a switch looks at an enum through an immutable reference', () => {
  // Of the reference and its frozen copy, which the compiler puts into locals 2 and 1, the switch gets the first.
  const bytes = Buffer.from(bytesOf(pkg));
  const at = bytes.indexOf(Buffer.of(Op.StLoc, 1, Op.CopyLoc, 1, Op.VariantSwitch), definition('change').start);
  bytes[at + 3] = 2;
  expect(verdict(withBytes(bytes))).toMatch(/switch over &mut/);
});

test('constants are values of their types', () => {
  const constant = (...row: number[]): string => verdict(withRows({ 6: row }));
  expect(constant(Tag.Bool, 1, 1)).toBe('accepted');
  expect(constant(Tag.Vector, Tag.U64, 9, 1, 7, 0, 0, 0, 0, 0, 0, 0)).toBe('accepted');
  const bad = [
    [Tag.Bool, 1, 2],
    [Tag.Bool, 2, 1, 1],
    [Tag.Bool, 0],
    [Tag.Vector, Tag.U64, 9, 2, 7, 0, 0, 0, 0, 0, 0, 0],
    [Tag.Signer, 32, ...new Array<number>(32).fill(0)],
    [Tag.Vector, Tag.Datatype, 0, 1, 0],
    [Tag.Reference, Tag.Bool, 1, 1],
    [Tag.TypeParameter, 0, 1, 1],
  ];
  for (const row of bad) expect(constant(...row), row.join()).not.toBe('accepted');
});

test.each([
  ['MoveLoc n; Pop; CopyLoc n; Pop', /local 3 is not set on every path/],
  ['MoveLoc v; Pop; MoveLoc v; Pop', /local 1 is not set on every path/],
  ['LdTrue; BrTrue 4; MoveLoc v; Pop; MoveLoc v; Pop', /local 1 is not set on every path/],
  ['LdTrue; BrTrue 4; MoveLoc v; Pop; ImmBorrowLoc v; Pop', /local 1 is not set on every path/],
  ['LdU64; Pack Hard; StLoc h', /local 4 is overwritten but may not be dropped/],
  ['Ret', /local 4 is left behind but may not be dropped/],
  ['LdTrue; BrTrue 5; MoveLoc h; Unpack Hard; Pop; Ret', /local 4 is left behind but may not be dropped/],
])('locals are set when they are read, and nothing is lost: %s', (code, reason) => {
  expect(ofCode(code)).toMatch(reason);
});

test.each([
  'MoveLoc n; StLoc n; CopyLoc n; Pop',
  'MoveLoc h; Unpack Hard; Pop; Ret',
  'MoveLoc v; StLoc v; MoveLoc v; Pop',
])('locals that are set are read: %s', (code) => {
  expect(ofCode(code)).toBe('accepted');
});

test('there is no global storage: neither its instructions nor what a function acquires', () => {
  for (const op of [0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f]) {
    const bytes = bytesOf(pkg).slice();
    bytes[definition('target').start] = op;
    expect(verdict(withBytes(bytes)), String(op)).toMatch(/unknown opcode|is not supported/);
  }
  const acquiring = rebuilt(bytesOf(pkg), (tables) => {
    for (const table of tables)
      if (table.kind === 12)
        table.body = Uint8Array.from([...table.body.subarray(0, 3), 1, 0, ...table.body.subarray(4)]);
  });
  expect(verdict(withBytes(acquiring))).toMatch(/global storage is not supported/);
});
