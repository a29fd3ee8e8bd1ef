/** What code does and costs, instruction by instruction, also where no compiler would emit it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { createAssembler, filler } from '../../testing/assembler.ts';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from '../../testing/fixture.ts';
import type { CallResult, MovePackage, MoveValue, Ref } from '../../types.ts';
import { createMoveVmWith } from '../../vm.ts';

const parameters = 'p: Pair, e: Choice, v: vector<u64>, n: u64, z: u64, c: bool, b: u8, w: u128';
const locals = ['p', 'e', 'v', 'n', 'z', 'c', 'b', 'w', 'k'];
const types = ['u8', 'u16', 'u32', 'u64', 'u128', 'u256', 'bool', 'vector<u64>', 'Pair', 'Choice'];
const nameOf = (type: string): string => `run_${type.replace(/\W/g, '')}`;
const text = `module a::m {
  public struct Pair has copy, drop { x: u64, y: u64 }
  public enum Choice has copy, drop { Some { n: u64 }, None }
  fun first(pair: &mut Pair): &mut u64 { &mut pair.x }
  fun second(pair: &Pair): &u64 { &pair.y }
  fun made(x: u64, y: u64): Pair { Pair { x, y } }
  fun parts(pair: Pair): (u64, u64) { let Pair { x, y } = pair; (x, y) }
  fun fail(code: u64): u64 { if (code > 0) abort code; 0 }
  fun some(choice: &mut Choice): &mut u64 { match (choice) { Choice::Some { n } => n, Choice::None => abort 1 } }
  fun seen(choice: &Choice): u64 { match (choice) { Choice::Some { n } => *n, Choice::None => 0 } }
  fun taken(choice: Choice): u64 { match (choice) { Choice::Some { n } => n, Choice::None => 0 } }
  fun choices(n: u64): (Choice, Choice) { (Choice::Some { n }, Choice::None) }
  fun list(): vector<u64> { let mut v = vector[1]; v.push_back(1); v.pop_back(); v }
  ${types.map((type) => `public fun ${nameOf(type)}(${parameters}): ${type} { ${filler('k')} }`).join('\n')}
}`;

let assemble: ReturnType<typeof createAssembler>;
let framework: readonly MovePackage[];
beforeAll(async () => {
  framework = frameworkPackages();
  assemble = createAssembler(await compilePackageText(text), locals);
});

const start: readonly MoveValue[] = [[3, 4], { tag: 0, f: [6] }, [7, 8, 9], 5, 0, true, 2, 10n];

/** What code that returns a type gives, and what it costs beside the nops before it. */
const run = (type: string, code: string, forceDispatcher = false): { result: CallResult; cost: number } => {
  const { pkg, padding } = assemble(nameOf(type), code);
  const session = newSession(createMoveVmWith(sourceOf(...framework, pkg), {}, { forceDispatcher }));
  const result = session.call({
    ...{ package: long('abc'), module: 'm', function: nameOf(type), typeArguments: [] },
    arguments: structuredClone(start) as MoveValue[],
  });
  if (!result.ok && result.instruction !== undefined)
    Object.assign(result, { instruction: result.instruction - padding });
  return { result, cost: session.computation() - padding };
};
const value = (type: string, code: string): MoveValue | Ref | undefined => {
  const { result } = run(type, code);
  expect(result.ok ? '' : result.message).toBe('');
  return result.ok ? result.returns[0]?.value : undefined;
};

const widths = { u8: 8n, u16: 16n, u32: 32n, u64: 64n, u128: 128n, u256: 256n } as const;
type Width = keyof typeof widths;
const inForm = (width: Width, number: bigint): MoveValue => {
  if (width === 'u128' || width === 'u256') return number;
  return number <= 2n ** 53n - 1n ? Number(number) : number;
};
const load = (width: Width): string => `Ld${width.toUpperCase()}`;

describe.each(Object.keys(widths) as Width[])('%s', (width) => {
  const most = (1n << widths[width]) - 1n;
  const of = (a: bigint, op: string, b: bigint): string => `${load(width)} ${a}; ${load(width)} ${b}; ${op}; Ret`;
  test.each<[a: bigint, op: string, b: bigint, expected: bigint]>([
    [most - 1n, 'Add', 1n, most],
    [9n, 'Sub', 9n, 0n],
    [most / 5n, 'Mul', 5n, most],
    [most, 'Div', 2n, most >> 1n],
    [most, 'Mod', 7n, most % 7n],
    [most, 'BitAnd', most - 5n, most - 5n],
    [most - 1n, 'BitOr', 1n, most],
    [most, 'Xor', 1n, most - 1n],
  ])('%s %s %s', (a, op, b, expected) => {
    expect(value(width, of(a, op, b))).toBe(inForm(width, expected));
  });
  test.each<[a: bigint, op: string, b: bigint]>([
    [most, 'Add', 1n],
    [0n, 'Sub', 1n],
    [most, 'Mul', 2n],
    [1n, 'Div', 0n],
    [1n, 'Mod', 0n],
  ])('%s %s %s fails at the instruction', (a, op, b) => {
    expect(run(width, of(a, op, b)).result).toMatchObject({ ok: false, kind: 'arithmetic', instruction: 2 });
  });
  test('shifts lose what leaves the width, and fail when nothing could stay', () => {
    const shifted = (op: string, by: bigint): string => `${load(width)} ${most}; LdU8 ${by}; ${op}; Ret`;
    expect(value(width, shifted('Shl', 1n))).toBe(inForm(width, most - 1n));
    expect(value(width, shifted('Shr', 1n))).toBe(inForm(width, most >> 1n));
    expect(value(width, shifted('Shr', widths[width] - 1n))).toBe(inForm(width, 1n));
    if (width === 'u256') return;
    for (const op of ['Shl', 'Shr'])
      expect(run(width, shifted(op, widths[width])).result).toMatchObject({ kind: 'arithmetic', instruction: 2 });
  });
  test('casts keep a value that fits', () => {
    for (const target of Object.keys(widths) as Width[]) {
      const code = (a: bigint): string => `${load(width)} ${a}; Cast${target.toUpperCase()}; Ret`;
      const fits = widths[target] < widths[width] ? (1n << widths[target]) - 1n : most;
      expect(value(target, code(fits))).toBe(inForm(target, fits));
      if (fits < most)
        expect(run(target, code(fits + 1n)).result).toMatchObject({ kind: 'arithmetic', instruction: 1 });
    }
  });
  test('comparisons', () => {
    const outcome = (op: string, a: bigint, b: bigint): MoveValue | Ref | undefined => value('bool', of(a, op, b));
    const all = (a: bigint, b: bigint) => ['Lt', 'Gt', 'Le', 'Ge', 'Eq', 'Neq'].map((op) => outcome(op, a, b));
    expect(all(most - 1n, most)).toEqual([true, false, true, false, false, true]);
    expect(all(most, most)).toEqual([false, false, true, true, true, false]);
    expect(all(most, most - 1n)).toEqual([false, true, false, true, false, true]);
  });
});

test('booleans', () => {
  for (const a of ['LdTrue', 'LdFalse'])
    for (const b of ['LdTrue', 'LdFalse']) {
      expect(value('bool', `${a}; ${b}; And; Ret`)).toBe(a === 'LdTrue' && b === 'LdTrue');
      expect(value('bool', `${a}; ${b}; Or; Ret`)).toBe(a === 'LdTrue' || b === 'LdTrue');
    }
  expect(value('bool', 'LdTrue; Not; Ret')).toBe(false);
  expect(value('bool', 'CopyLoc c; Not; Not; Ret')).toBe(true);
});

const fails = 'CopyLoc n; CopyLoc z; Div; LdU64; Eq';
test.each([
  [`LdFalse; ${fails}; And; Ret`, 3],
  [`LdTrue; ${fails}; Or; Ret`, 3],
  [`LdFalse; ${fails}; And; Pop; LdTrue; Ret`, 3],
])('a right operand that fails runs whatever the left one says: %s', (code, instruction) => {
  expect(run('bool', code).result).toMatchObject({ kind: 'arithmetic', instruction });
});

/** A value computed before something changes what it was computed from. */
const setN = 'LdU64 50; StLoc n';
const setX = 'LdU64 50; MutBorrowLoc p; MutBorrowField x; WriteRef';
const setV = 'LdU64 50; MutBorrowLoc v; LdU64 0; VecMutBorrow []; WriteRef';
const readX = 'ImmBorrowLoc p; ImmBorrowField x; ReadRef';
const readV = 'ImmBorrowLoc v; LdU64 0; VecImmBorrow []; ReadRef';
test.each<[code: string, expected: MoveValue, type?: string]>([
  [`CopyLoc n; ${setN}; CopyLoc n; Add; Ret`, 55],
  [`CopyLoc n; LdU64 1; Add; ${setN}; Ret`, 6],
  [`CopyLoc n; CopyLoc z; Add; LdU64 9; StLoc z; CopyLoc z; Add; Ret`, 14],
  [`${readX}; ${setX}; ${readX}; Add; Ret`, 53],
  [`${readV}; ${setV}; ${readV}; Add; Ret`, 57],
  [`${readX}; LdU64 1; Add; ${setX}; Ret`, 4],
  // Each kind of result depends on the locals it was made of.
  ['CopyLoc b; CastU128; LdU8 50; StLoc b; Ret', 2n, 'u128'],
  ['CopyLoc b; CastU64; LdU8 50; StLoc b; Ret', 2],
  ['CopyLoc w; CastU256; LdU128 50; StLoc w; Ret', 10n, 'u256'],
  ['CopyLoc w; CastU64; LdU128 50; StLoc w; Ret', 10],
  ['CopyLoc w; CastU8; LdU128 50; StLoc w; Ret', 10, 'u8'],
  ['CopyLoc n; CastU128; LdU64 50; StLoc n; Ret', 5n, 'u128'],
  ['CopyLoc n; LdU64 4; BitAnd; LdU64 50; StLoc n; Ret', 4],
  ['CopyLoc b; LdU8 1; BitOr; LdU8 50; StLoc b; Ret', 3, 'u8'],
  ['CopyLoc n; CopyLoc b; Shl; LdU8 50; StLoc b; Ret', 20],
  ['CopyLoc n; CopyLoc b; Shr; LdU64 50; StLoc n; Ret', 1],
  ['CopyLoc n; LdU64 6; Lt; LdU64 50; StLoc n; Ret', true, 'bool'],
  ['CopyLoc n; LdU64 5; Eq; LdU64 50; StLoc n; Ret', true, 'bool'],
  ['LdU64 5; CopyLoc n; Neq; LdU64 50; StLoc n; Ret', false, 'bool'],
  ['CopyLoc c; LdTrue; And; LdFalse; StLoc c; Ret', true, 'bool'],
  ['CopyLoc c; Not; LdFalse; StLoc c; Ret', false, 'bool'],
  ['CopyLoc n; CopyLoc z; Pack Pair; LdU64 50; StLoc n; Ret', [5, 0], 'Pair'],
  ['CopyLoc n; PackVariant 0; LdU64 50; StLoc n; Ret', { tag: 0, f: [5] }, 'Choice'],
  ['CopyLoc n; VecPack [] 1; LdU64 50; StLoc n; Ret', [5], 'vector<u64>'],
  ['MoveLoc p; Unpack Pair; LdU64 1; LdU64 2; Pack Pair; StLoc p; Sub; StLoc n; LdU64; Ret', 0],
  ['MoveLoc v; LdU64 1; VecPack [] 1; StLoc v; Ret', [7, 8, 9], 'vector<u64>'],
  ['ImmBorrowLoc v; CopyLoc z; VecImmBorrow []; LdU64 2; StLoc z; ReadRef; Ret', 7],
  [`ImmBorrowLoc p; ReadRef; ${setX}; Ret`, [3, 4], 'Pair'],
  [`ImmBorrowLoc v; ReadRef; ${setV}; Ret`, [7, 8, 9], 'vector<u64>'],
  [`CopyLoc p; ${setX}; Ret`, [3, 4], 'Pair'],
  [`CopyLoc v; ${setV}; Ret`, [7, 8, 9], 'vector<u64>'],
  [`CopyLoc v; ${setV}; Pop; CopyLoc v; Ret`, [50, 8, 9], 'vector<u64>'],
  [`CopyLoc n; MutBorrowLoc v; LdU64 1; VecPushBack []; Ret`, 5],
  [`ImmBorrowLoc v; VecLen []; MutBorrowLoc v; LdU64 1; VecPushBack []; Ret`, 3],
  [`ImmBorrowLoc v; VecLen []; MutBorrowLoc v; VecPopBack []; Mul; Ret`, 27],
  [`${readV}; MutBorrowLoc v; LdU64 0; LdU64 2; VecSwap []; ${readV}; Sub; StLoc z; MoveLoc z; Ret`, 0],
  [`LdU64 1; MutBorrowLoc n; WriteRef; CopyLoc n; Ret`, 1],
  [`CopyLoc n; LdU64 1; MutBorrowLoc n; WriteRef; CopyLoc n; Sub; Ret`, 4],
  [`ImmBorrowLoc n; ReadRef; ${setN}; CopyLoc n; Add; Ret`, 55],
  [`LdU64 8; MutBorrowLoc p; Call first; WriteRef; ${readX}; Ret`, 8],
  [`ImmBorrowLoc p; Call second; ReadRef; Ret`, 4],
  ['MoveLoc p; Call parts; Mul; Ret', 12],
  [`CopyLoc p; LdU64 1; LdU64 2; Pack Pair; StLoc p; Unpack Pair; Sub; StLoc n; LdU64 1; Ret`, 1],
])('values keep their time: %s', (code, expected, type = 'u64') => {
  if (/VecSwap|Sub; StLoc n/.test(code)) expect(run(type, code).result).toMatchObject({ kind: 'arithmetic' });
  else expect(value(type, code)).toEqual(expected);
});

test.each([
  ['CopyLoc n; CopyLoc z; Div; LdU64 7; Call fail; Add; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; StLoc n; LdU64 7; Call fail; Ret', 'arithmetic', 2],
  ['LdU64 300; CastU8; Pop; LdU64 7; Call fail; Ret', 'arithmetic', 1],
  ['LdU128 18446744073709551616; CastU64; LdU64 7; Call fail; Add; Ret', 'arithmetic', 1],
  ['LdU256 340282366920938463463374607431768211456; CastU128; CastU64; LdU64 7; Call fail; Add; Ret', 'arithmetic', 1],
  ['CopyLoc n; LdU8 64; Shl; LdU64 7; Call fail; Add; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; Pop; LdU64 7; Call fail; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; ImmBorrowLoc v; LdU64 9; VecImmBorrow []; ReadRef; Add; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; MutBorrowLoc v; LdU64 9; LdU64 0; VecSwap []; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; CopyLoc v; VecUnpack [] 1; Add; Ret', 'arithmetic', 2],
  ['CopyLoc n; CopyLoc z; Div; CopyLoc e; UnpackVariant 1; Ret', 'arithmetic', 2],
  ['ImmBorrowLoc v; LdU64 3; VecImmBorrow []; ReadRef; Ret', 'vector', 2],
  ['LdU64; MutBorrowLoc v; LdU64 3; VecMutBorrow []; WriteRef; LdU64; Ret', 'vector', 3],
  ['MutBorrowLoc v; LdU64 0; LdU64 3; VecSwap []; LdU64; Ret', 'vector', 3],
  ['MutBorrowLoc v; LdU64 3; LdU64 0; VecSwap []; LdU64; Ret', 'vector', 3],
  ['CopyLoc v; VecUnpack [] 2; Add; Ret', 'vector', 1],
  [
    'LdU64 1; VecPack [] 1; StLoc v; MutBorrowLoc v; VecPopBack []; MutBorrowLoc v; VecPopBack []; Add; Ret',
    'vector',
    6,
  ],
  ['CopyLoc e; UnpackVariant 1; LdU64 1; Ret', 'internal', 1],
  ['ImmBorrowLoc e; UnpackVariantImmRef 1; LdU64 1; Ret', 'internal', 1],
  ['LdU64 7; Abort', 'abort', 1],
] as const)('the first to fail is the one reported: %s', (code, kind, instruction) => {
  const { result } = run('u64', code);
  expect(result).toMatchObject({ ok: false, kind, instruction });
  if (kind === 'abort') expect(result).toMatchObject({ code: 7n });
});

const push = 2; // an instruction and a push
const small = push + 1; // of a literal, or a result of arithmetic
const moved = push + 8;
const ret = 1;
test.each<[code: string, cost: number, type?: string]>([
  ['LdU64 1; Ret', small + ret],
  ['LdU128 1; Ret', small + ret, 'u128'],
  ['LdTrue; Ret', small + ret, 'bool'],
  ['LdTrue; Not; Ret', 2 * small + ret, 'bool'],
  ['LdTrue; LdTrue; And; Ret', 3 * small + ret, 'bool'],
  ['LdU64 1; LdU64 1; BitAnd; Ret', 3 * small + ret],
  ['LdU64 1; LdU64 1; Lt; Ret', 3 * small + ret, 'bool'],
  ['LdU64 1; LdU8 1; Shl; Ret', 3 * small + ret],
  ['LdU64 1; CastU64; Ret', 2 * small + ret],
  ['LdU64 1; LdU64 1; Eq; Ret', 2 * small + (push + 1 + 2 * 8) + ret, 'bool'],
  ['LdU64 1; Pop; LdTrue; Ret', 2 * small + 1 + ret, 'bool'],
  ['CopyLoc n; Ret', moved + ret],
  ['MoveLoc n; Ret', moved + ret],
  ['CopyLoc w; Ret', push + 16 + ret, 'u128'],
  ['MoveLoc w; Ret', moved + ret, 'u128'],
  ['CopyLoc p; Ret', push + 2 + 8 + 8 + ret, 'Pair'],
  ['CopyLoc v; Ret', push + 2 + 3 * 8 + ret, 'vector<u64>'],
  ['CopyLoc e; Ret', push + 2 + 8 + ret, 'Choice'],
  ['LdU64 1; StLoc n; LdU64 1; Ret', 2 * small + 1 + ret],
  ['ImmBorrowLoc n; ReadRef; Ret', moved + moved + ret],
  ['ImmBorrowLoc w; ReadRef; Ret', moved + push + 16 + ret, 'u128'],
  ['ImmBorrowLoc p; ReadRef; Ret', moved + push + 18 + ret, 'Pair'],
  [`${readX}; Ret`, moved + moved + moved + ret],
  ['MutBorrowLoc p; FreezeRef; ImmBorrowField x; ReadRef; Ret', 4 * moved + ret],
  [`${setX}; LdU64 1; Ret`, 2 * small + 2 * moved + 1 + 8 + ret],
  [`LdU128 1; MutBorrowLoc w; WriteRef; LdU64 1; Ret`, 2 * small + moved + 1 + 16 + ret],
  [`CopyLoc v; MutBorrowLoc v; WriteRef; LdU64 1; Ret`, push + 26 + moved + (1 + 26) + small + ret],
  ['LdU64 1; LdU64 1; Pack Pair; Ret', 2 * small + (push + 2) + ret, 'Pair'],
  ['LdU64 1; LdU64 1; Pack Pair; Unpack Pair; Add; Ret', 2 * small + (push + 2) + (1 + 2) + small + ret],
  ['LdU64 1; PackVariant 0; Ret', small + (push + 2) + ret, 'Choice'],
  ['PackVariant 1; Ret', push + 2 + ret, 'Choice'],
  ['LdU64 1; PackVariant 0; UnpackVariant 0; Ret', small + (push + 2) + push + ret],
  ['ImmBorrowLoc e; UnpackVariantImmRef 0; ReadRef; Ret', moved + push + moved + ret],
  ['LdU64 1; LdU64 1; VecPack [] 2; Ret', 2 * small + (push + 8) + ret, 'vector<u64>'],
  ['LdU64 1; LdU64 1; VecPack [] 2; VecUnpack [] 2; Add; Ret', 2 * small + (push + 8) + 3 + small + ret],
  ['ImmBorrowLoc v; VecLen []; Ret', moved + small + ret],
  ['ImmBorrowLoc v; LdU64 1; VecImmBorrow []; ReadRef; Ret', moved + small + moved + moved + ret],
  ['MutBorrowLoc v; LdU64 1; VecPushBack []; LdU64 1; Ret', moved + small + 1 + small + ret],
  ['MutBorrowLoc v; VecPopBack []; Ret', moved + push + ret],
  ['MutBorrowLoc v; LdU64 1; LdU64 2; VecSwap []; LdU64 1; Ret', moved + 2 * small + 1 + small + ret],
  ['ImmBorrowLoc n; ImmBorrowLoc z; Eq; Ret', 2 * moved + (push + 1 + 16 + 16) + ret, 'bool'],
  ['ImmBorrowLoc p; ImmBorrowLoc p; Neq; Ret', 2 * moved + (push + 1 + 16 + 2 * 18) + ret, 'bool'],
  ['CopyLoc p; CopyLoc p; Eq; Ret', 2 * (push + 18) + (push + 1 + 2 * 18) + ret, 'bool'],
  ['LdU64 0; Call fail; Ret', small + 1 + (moved + small + small + 1) + (small + ret) + ret],
  ['LdTrue; BrTrue 2; LdU64 1; Ret', small + 1 + small + ret],
  ['Branch 1; LdU64 1; Ret', 1 + small + ret],
])('the cost of %s', (code, cost, type = 'u64') => {
  const { result, cost: found } = run(type, code);
  expect(result.ok).toBe(true);
  expect(found).toBe(cost);
});

test.each<[code: string, expected: MoveValue]>([
  // A loop: n = n - 1 while n > 0, w/ the count in z.
  [
    'CopyLoc n; LdU64 0; Gt; BrFalse 13; CopyLoc n; LdU64 1; Sub; StLoc n; CopyLoc z; LdU64 2; Add; StLoc z; Branch 0; CopyLoc z; Ret',
    10,
  ],
  // Two entries into one loop, which has no structured form.
  [
    'CopyLoc c; BrTrue 6; CopyLoc z; LdU64 1; Add; StLoc z; CopyLoc z; LdU64 10; Add; StLoc z; CopyLoc z; LdU64 40; Lt; BrTrue 2; CopyLoc z; Ret',
    43,
  ],
  // Both sides of a condition meet.
  ['CopyLoc c; BrFalse 5; LdU64 1; StLoc z; Branch 7; LdU64 2; StLoc z; CopyLoc z; Ret', 1],
  ['CopyLoc c; BrTrue 5; LdU64 1; StLoc z; Branch 7; LdU64 2; StLoc z; CopyLoc z; Ret', 2],
  // A side that returns at once.
  ['CopyLoc c; BrTrue 4; LdU64 1; Ret; LdU64 2; Ret', 2],
  ['CopyLoc c; Not; BrTrue 5; LdU64 1; Ret; LdU64 2; Ret', 1],
])('control flow, structured and dispatched: %s', (code, expected) => {
  const [structured, dispatched] = [run('u64', code), run('u64', code, true)];
  expect(structured.result).toMatchObject({ ok: true, returns: [{ value: expected }] });
  expect(dispatched).toEqual(structured);
});
