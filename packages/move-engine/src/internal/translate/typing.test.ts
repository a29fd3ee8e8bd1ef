/** What the type pass refuses, instruction by instruction: code that no compiler emits. */
import { isAtomaError } from '@atoma/base';
import { beforeAll, expect, test } from 'vitest';
import { createAssembler, filler } from '../../testing/assembler.ts';
import { compilePackageText, frameworkPackages, sourceOf } from '../../testing/fixture.ts';
import { createMoveVm } from '../../vm.ts';

const parameters =
  'p: Pair, e: Choice, v: vector<u64>, m: &mut Pair, r: &mut u64, s: &u64, n: u64, h: Hard, i: &mut Hard';
const locals = ['p', 'e', 'v', 'm', 'r', 's', 'n', 'h', 'i', 'k'];
const text = `module a::m {
  public struct Pair has copy, drop { x: u64, y: u64 }
  public struct Hard { z: u64 }
  public struct Wrap<T> { w: T }
  public enum Choice has copy, drop { Some { n: u64 }, None }
  public enum Other has copy, drop { First, Second, Third }
  const WORD: vector<u8> = b"word";
  fun mutate(_: &mut Pair, _: u64) {}
  fun first(pair: &mut Pair): &mut u64 { &mut pair.x }
  fun look(choice: &Choice): u64 { match (choice) { Choice::Some { n } => *n, Choice::None => 0 } }
  fun change(choice: &mut Choice) { match (choice) { Choice::Some { n } => *n = 1, Choice::None => {} } }
  fun open(choice: Choice): u64 { match (choice) { Choice::Some { n } => n, Choice::None => 0 } }
  fun made(h: Hard, n: u64): (u64, Hard) { let Hard { z } = h; (z, Hard { z: n }) }
  fun hard(h: &mut Hard): &mut u64 { &mut h.z }
  fun list(): vector<u64> { let mut v = vector[1]; v.push_back(1); v.pop_back(); v }
  fun word(): vector<u8> { WORD }
  fun wrapped(w: &mut Wrap<u64>): &mut u64 { &mut w.w }
  fun wrap(w: u64): Wrap<u64> { Wrap { w } }
  fun unwrap(w: Wrap<u64>): u64 { let Wrap { w } = w; w }
  public fun target(${parameters}) { ${filler('k')} }
  public fun target_n(${parameters}): u64 { ${filler('k')} }
}`;

let assemble: ReturnType<typeof createAssembler>;
beforeAll(async () => {
  assemble = createAssembler(await compilePackageText(text), locals);
});

/** Why a function with this code is refused, with the number of the instruction in the code. */
const verdict = (code: string, name = 'target'): string => {
  const { pkg, padding } = assemble(name, code);
  try {
    createMoveVm(sourceOf(...frameworkPackages())).verifyPackage(pkg);
    return 'accepted';
  } catch (error) {
    if (!isAtomaError(error, 'ENGINE_BAD_MODULE')) throw error;
    const [, at, reason] = /instruction (\d+): (.*?)\.?$/.exec(error.message) ?? [];
    return at === undefined ? error.message : `${Number(at) - padding} ${reason}`;
  }
};

const end = 'LdU64; Abort';
const aHard = 'LdU64; Pack Hard';
const short = 'operand stack is empty';
const bool = 'arithmetic on bool';

test.each([
  ...[
    'Pop',
    'Add',
    'BitAnd',
    'Shl',
    'CastU8',
    'Lt',
    'And',
    'Not',
    'Eq',
    'StLoc n',
    'ReadRef',
    'WriteRef',
    'FreezeRef',
  ].map((op) => [op, `0 ${short}`]),
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'BitAnd', 'BitOr', 'Xor', 'Lt', 'Gt', 'Le', 'Ge'].flatMap((op) => [
    [`LdU64; LdU8; ${op}`, '2 expected u8, found u64'],
    [`LdTrue; LdTrue; ${op}`, `2 ${bool}`],
  ]),
  ...['Shl', 'Shr'].flatMap((op) => [
    [`LdU64; LdU64; ${op}`, '2 expected u8, found u64'],
    [`LdTrue; LdU8; ${op}`, `2 ${bool}`],
  ]),
  ...['CastU8', 'CastU16', 'CastU32', 'CastU64', 'CastU128', 'CastU256'].map((op) => [`LdTrue; ${op}`, `1 ${bool}`]),
  ...['And', 'Or'].flatMap((op) => [
    [`LdU8; LdTrue; ${op}`, '2 expected bool, found u8'],
    [`LdTrue; LdU8; ${op}`, '2 expected bool, found u8'],
  ]),
  ['LdU8; Not', '1 expected bool, found u8'],
])('operators: %s', (code, reason) => {
  expect(verdict(`${code}; ${end}`)).toBe(reason);
});

const noDrop = (what: string): string => `${what} of a type that does not allow it`;
test.each([
  ['CopyLoc 99', '0 local 99 does not exist'],
  ['MoveLoc 99', '0 local 99 does not exist'],
  ['LdU64; StLoc 99', '1 local 99 does not exist'],
  ['ImmBorrowLoc 99', '0 local 99 does not exist'],
  ['LdU8; StLoc n', '1 local 6 is u64, not u8'],
  ['CopyLoc h', `0 ${noDrop('copy')}`],
  ['ImmBorrowLoc m', '0 reference to a reference'],
  ['MutBorrowLoc s', '0 reference to a reference'],
  ['MoveLoc h; Pop', `1 ${noDrop('dropping')}`],
  ['CopyLoc i; ReadRef; Pop', `1 ${noDrop('read')}`],
  [`${aHard}; CopyLoc i; WriteRef`, `3 ${noDrop('overwriting')}`],
  [`${aHard}; ${aHard}; Eq; Pop`, `4 ${noDrop('comparison')}`],
  [`${aHard}; ${aHard}; Neq; Pop`, `4 ${noDrop('comparison')}`],
  ['LdU64; LdTrue; Eq', '2 expected bool, found u64'],
  ['LdU64; ReadRef', '1 expected a reference, found u64'],
  ['LdU8; CopyLoc r; WriteRef', '2 expected u64, found u8'],
  ['LdU64; CopyLoc s; WriteRef', '2 expected a mutable reference, found &u64'],
  ['CopyLoc s; FreezeRef', '1 expected a mutable reference, found &u64'],
  ['CopyLoc n; ImmBorrowField x', '1 expected a reference, found u64'],
  ['ImmBorrowLoc p; MutBorrowField x', '1 expected a mutable reference'],
  ['CopyLoc r; ImmBorrowField x', '1 expected a reference to'],
  ['ImmBorrowField 99', '0 field handle does not exist'],
  ['MutBorrowFieldGeneric 99', '0 field handle does not exist'],
  ['CopyLoc m; MutBorrowFieldGeneric 0', '1 expected a reference to'],
])('memory: %s', (code, reason) => {
  expect(verdict(`${code}; ${end}`).startsWith(reason), verdict(`${code}; ${end}`)).toBe(true);
});

test.each([
  ['Pack 99', '0 struct does not exist'],
  ['PackGeneric 99', '0 struct does not exist'],
  ['Unpack 99', '0 struct does not exist'],
  ['LdU64; Pack Pair', `1 ${short}`],
  ['LdU64; LdU8; Pack Pair', '2 expected u64, found u8'],
  ['CopyLoc p; Unpack Hard', '1 expected 0x'],
  ['LdU8; PackGeneric 0', '1 expected u64, found u8'],
  ['PackVariant 99', '0 variant does not exist'],
  ['PackVariantGeneric 99', '0 variant does not exist'],
  ['PackVariant 0', `0 ${short}`],
  ['LdU8; PackVariant 0', '1 expected u64, found u8'],
  ['LdU64; UnpackVariant 0', '1 expected 0x'],
  ['MutBorrowLoc p; UnpackVariantMutRef 0', '1 expected a reference to'],
  ['ImmBorrowLoc e; UnpackVariantMutRef 0', '1 expected a mutable reference'],
  ['MutBorrowLoc e; UnpackVariantImmRef 0', '1 expected a reference to'],
  ['VecPack 99 0', '0 signature does not exist'],
  ['LdU64; VecPack [] 2', '1 operand stack is too short'],
  ['LdU8; VecPack [] 1', '1 expected u64, found u8'],
  ['CopyLoc v; VecUnpack [] 1025', '1 too many elements to unpack'],
  ['LdU64; VecUnpack [] 1', '1 expected vector<u64>, found u64'],
  ['CopyLoc s; VecLen []', '1 expected a reference to a vector, found u64'],
  ['LdU64; VecLen []', '1 expected a reference, found u64'],
  ['ImmBorrowLoc v; LdU8; VecImmBorrow []', '2 expected u64, found u8'],
  ['ImmBorrowLoc v; LdU64; VecMutBorrow []', '2 expected a mutable reference'],
  ['MutBorrowLoc v; LdU8; VecPushBack []', '2 expected u64, found u8'],
  ['ImmBorrowLoc v; LdU64; VecPushBack []', '2 expected a mutable reference'],
  ['ImmBorrowLoc v; VecPopBack []', '1 expected a mutable reference'],
  ['MutBorrowLoc v; LdU64; LdU8; VecSwap []', '3 expected u64, found u8'],
  ['MutBorrowLoc v; LdU8; LdU64; VecSwap []', '3 expected u64, found u8'],
  ['ImmBorrowLoc v; LdU64; LdU64; VecSwap []', '3 expected a mutable reference'],
])('data: %s', (code, reason) => {
  expect(verdict(`${code}; ${end}`).startsWith(reason), verdict(`${code}; ${end}`)).toBe(true);
});

test('a vector has elements of one type', () => {
  const verdicts = Array.from({ length: 20 }, (_, signature) => verdict(`VecPack ${signature} 0; ${end}`));
  expect(new Set(verdicts)).toContain('0 vector signature is not one type');
});

const left = 'values left on the operand stack';
test.each([
  ['Call 99', '0 function handle does not exist'],
  ['CallGeneric 99', '0 function handle does not exist'],
  ['LdConst 99', '0 constant does not exist'],
  ['CopyLoc m; LdU8; Call mutate', '2 expected u64, found u8'],
  ['LdU64; Call mutate', `1 ${short}`],
  ['LdU64; Ret', `1 ${left}`],
  ['LdU64; LdU64; Abort', `2 ${left}`],
  ['LdU8; Abort', '1 expected u64, found u8'],
  ['LdU8; BrTrue 0', '1 expected bool, found u8'],
  ['LdU8; BrFalse 0', '1 expected bool, found u8'],
  ['LdU64; LdTrue; BrTrue 0', '2 operand stack is not empty at the end of a block'],
  ['LdU64; Branch 0', '1 operand stack is not empty at the end of a block'],
  ['LdTrue; BrTrue 4', '1 branch outside the function'],
  ['Branch 3', '0 branch outside the function'],
])('control: %s', (code, reason) => {
  expect(verdict(`${code}; ${end}`)).toBe(reason);
});

test('code ends with an instruction after which nothing follows', () => {
  for (const last of ['Nop', 'LdTrue; BrTrue 0', 'LdTrue; BrFalse 0'])
    expect(verdict(last)).toMatch(/code ends without return/);
  for (const last of [end, 'Branch 0', 'Nop; Branch 0']) expect(verdict(last)).toBe('accepted');
  expect(verdict('Ret', 'target_n')).toBe(`0 ${short}`);
  expect(verdict('LdU8; Ret', 'target_n')).toBe('1 expected u64, found u8');
});

test('the operand stack holds 1,024 values', () => {
  const full = 'CopyLoc v; VecUnpack [] 1024';
  expect(verdict(`${full}; Branch 0; ${end}`)).toBe('2 operand stack is not empty at the end of a block');
  expect(verdict(`${full}; LdU64; Branch 0; ${end}`)).toBe('2 operand stack is too high');
});

test.each([
  'LdU64; LdU64; Add; Pop',
  'LdU8; LdU8; Shl; Pop',
  'MoveLoc h; Unpack Hard; Pop',
  'CopyLoc i; FreezeRef; Pop',
  'ImmBorrowLoc h; ImmBorrowLoc h; Eq; Pop',
  'LdU64; CopyLoc r; WriteRef',
  'LdU64; VecPack [] 1; Pop',
  'MutBorrowLoc e; UnpackVariantMutRef 0; Pop',
])('well-typed code is accepted: %s', (code) => {
  expect(verdict(`${code}; ${end}`)).toBe('accepted');
});
