/**
 * Reference safety: code that no compiler emits, assembled into compiled functions. Every case has a twin that ends the
 * borrow first and is accepted.
 */
import { isAtomaError } from '@atoma/base';
import { beforeAll, expect, test } from 'vitest';
import { createAssembler, filler } from './testing/assembler.ts';
import { compilePackageText, frameworkPackages, sourceOf } from './testing/fixture.ts';
import { createMoveVm } from './vm.ts';

const parameters = 'p: Pair, e: Choice, v: vector<u64>, m: &mut Pair, r: &mut u64, s: &u64, n: u64';
/** Locals by name: the parameters in order. */
const locals = ['p', 'e', 'v', 'm', 'r', 's', 'n'];

const text = `module a::m {
  public struct Pair has copy, drop { x: u64, y: u64 }
  public enum Choice has copy, drop { Some { n: u64 }, None }
  fun two(_: &mut u64, _: &mut u64) {}
  fun mutate(_: &mut Pair) {}
  fun pick(pair: &mut Pair): &mut u64 { let _ = &mut pair.y; &mut pair.x }
  fun look(pair: &Pair): &u64 { if (pair.x > 0) &pair.x else &pair.y }
  fun inner(choice: &mut Choice): u64 { match (choice) { Choice::Some { n } => *n, Choice::None => 0 } }
  fun none(): Choice { Choice::None }
  fun list(v: &mut vector<u64>): &mut u64 { v.push_back(1); v.pop_back(); &mut v[0] }
  public fun target(${parameters}) { ${filler('k')} }
  public fun target_ref(${parameters}): &u64 { ${filler('k')} }
  public fun target_mut(${parameters}): &mut u64 { ${filler('k')} }
}`;

let withCode: ReturnType<typeof createAssembler>;
beforeAll(async () => {
  withCode = createAssembler(await compilePackageText(text), locals);
});

/** `accepted`, or why not. */
const verdict = (name: string, code: string): string => {
  try {
    createMoveVm(sourceOf(...frameworkPackages())).verifyPackage(withCode(name, code).pkg);
    return 'accepted';
  } catch (error) {
    if (isAtomaError(error, 'ENGINE_BAD_MODULE')) return error.message;
    throw error;
  }
};

const readX = 'ImmBorrowLoc p; ImmBorrowField x; StLoc s';
const changeX = 'CopyLoc m; MutBorrowField x; StLoc r';
const end = (local: string): string => `MoveLoc ${local}; Pop`;

test.each<[what: string, borrow: string, use: string, live: string, reason: RegExp, target?: string]>([
  ['moving a local away', readX, 'MoveLoc p; Pop; Ret', 's', /local 0 is borrowed/],
  ['overwriting a local', readX, 'LdU64; LdU64; Pack; StLoc p; Ret', 's', /local 0 is borrowed/],
  ['copying a local', 'MutBorrowLoc p; MutBorrowField x; StLoc r', 'CopyLoc p; Pop; Ret', 'r', /borrowed mutably/],
  ['reading a local', 'MutBorrowLoc p; StLoc m', 'ImmBorrowLoc p; Pop; Ret', 'm', /borrowed mutably/],
  [
    'writing a field',
    'CopyLoc m; ImmBorrowField x; StLoc s',
    'LdU64; CopyLoc m; MutBorrowField x; WriteRef; Ret',
    's',
    /is borrowed/,
  ],
  ['writing a whole', changeX, 'LdU64; LdU64; Pack; CopyLoc m; WriteRef; Ret', 'r', /is borrowed/],
  ['reading a whole', changeX, 'CopyLoc m; ReadRef; Pop; Ret', 'r', /borrowed mutably/],
  ['reading a field', changeX, 'CopyLoc m; ImmBorrowField x; Pop; Ret', 'r', /borrowed mutably/],
  ['freezing', changeX, 'CopyLoc m; FreezeRef; Pop; Ret', 'r', /borrowed mutably/],
  [
    'comparing',
    changeX,
    'CopyLoc m; MutBorrowField x; CopyLoc m; MutBorrowField y; Eq; Pop; Ret',
    'r',
    /borrowed mutably/,
  ],
  ['passing on', changeX, 'CopyLoc m; Call mutate; Ret', 'r', /is borrowed/],
  [
    'passing on what a call returned',
    'CopyLoc m; Call pick; StLoc r',
    'CopyLoc m; Call mutate; Ret',
    'r',
    /is borrowed/,
  ],
  [
    'growing a vector',
    'MutBorrowLoc v; LdU64; VecMutBorrow []; StLoc r',
    'MutBorrowLoc v; LdU64; VecPushBack []; Ret',
    'r',
    /is borrowed/,
  ],
  [
    'shrinking a vector',
    'ImmBorrowLoc v; LdU64; VecImmBorrow []; StLoc s',
    'MutBorrowLoc v; VecPopBack []; Pop; Ret',
    's',
    /is borrowed/,
  ],
  [
    'swapping in a vector',
    'ImmBorrowLoc v; LdU64; VecImmBorrow []; StLoc s',
    'MutBorrowLoc v; LdU64; LdU64; VecSwap []; Ret',
    's',
    /is borrowed/,
  ],
  [
    'changing the variant',
    'MutBorrowLoc e; UnpackVariantMutRef 0; StLoc r',
    'PackVariant 1; MutBorrowLoc e; WriteRef; Ret',
    'r',
    /is borrowed/,
  ],
  [
    'reading a variant',
    'MutBorrowLoc e; UnpackVariantMutRef 0; StLoc r',
    'ImmBorrowLoc e; UnpackVariantImmRef 0; Pop; Ret',
    'r',
    /borrowed mutably/,
  ],
  [
    'moving after a branch that borrows',
    'LdTrue; BrFalse 5; ImmBorrowLoc p; ImmBorrowField x; StLoc s',
    'Branch 6; MoveLoc p; Pop; Ret',
    's',
    /local 0 is borrowed/,
  ],
])('%s while it is borrowed is refused', (_, borrow, use, live, reason, target = 'target') => {
  expect(verdict(target, `${borrow}; ${use}`)).toMatch(reason);
  if (!borrow.includes('Br')) expect(verdict(target, `${borrow}; ${end(live)}; ${use}`)).toBe('accepted');
});

test('a mutable reference is passed once, and beside a borrow of another field', () => {
  expect(verdict('target', 'CopyLoc r; CopyLoc r; Call two; Ret')).toMatch(/is borrowed/);
  expect(verdict('target', 'CopyLoc m; MutBorrowField x; CopyLoc m; MutBorrowField y; Call two; Ret')).toBe('accepted');
  expect(verdict('target', 'CopyLoc m; MutBorrowField x; CopyLoc m; MutBorrowField x; Call two; Ret')).toMatch(
    /is borrowed/,
  );
});

test('what is returned outlives the function and has no other owner', () => {
  expect(verdict('target_ref', 'ImmBorrowLoc p; ImmBorrowField x; Ret')).toMatch(/a local is still borrowed/);
  expect(verdict('target_ref', 'ImmBorrowLoc p; Call look; Ret')).toMatch(/a local is still borrowed/);
  expect(verdict('target_ref', 'CopyLoc m; ImmBorrowField x; Ret')).toBe('accepted');
  expect(verdict('target_mut', 'MutBorrowLoc p; Call pick; Ret')).toMatch(/a local is still borrowed/);
  expect(verdict('target_mut', 'CopyLoc m; Call pick; Ret')).toBe('accepted');
});

test('a borrow made in one round of a loop is known in the next', () => {
  const loop = (last: string) => `MoveLoc p; StLoc p; ${readX}; ${last}; LdTrue; BrTrue 0; Ret`;
  expect(verdict('target', loop('Nop'))).toMatch(/local 0 is borrowed/);
  expect(verdict('target', loop('CopyLoc m; ImmBorrowField x; StLoc s'))).toBe('accepted');
});
