/**
 * Generated Move programs for the differential test: each function mixes arithmetic of every width near its bounds,
 * vectors, structs, enums, references, generics, loops and aborts, and returns the BCS of all its locals.
 */

/** A source of choices, fixed by its seed (mulberry32). */
export interface Dice {
  readonly below: (limit: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  readonly chance: (percent: number) => boolean;
}

/** Dice of a seed. */
export const createDice = (seed: number): Dice => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return { below, pick: (from) => from[below(from.length)] as never, chance: (percent) => below(100) < percent };
};

const prelude = `
    use std::bcs;
    const LIMIT: u64 = 9007199254740991;
    const BYTES: vector<u8> = b"constant bytes";
    const WORDS: vector<u64> = vector[1, 9007199254740992, 18446744073709551615];
    const WHO: address = @0xcafe;
    public struct Pair<A, B> has copy, drop, store { x: A, y: B }
    public struct Outer has copy, drop, store { pair: Pair<u8, u64>, items: vector<Pair<u8, u64>>, shape: Shape, who: address }
    public enum Shape has copy, drop, store { Dot, Line(u64), Box { w: u32, inner: Pair<u64, u16> } }
    fun bump(r: &mut u64, by: u64): u64 { let old = *r; *r = old + by; old }
    fun exchange<T: copy + drop>(a: &mut T, b: &mut T) { let t = *a; *a = *b; *b = t; }
    fun put<T: drop>(r: &mut T, value: T): &mut T { *r = value; r }
    fun both<T: copy, U: copy>(p: &Pair<T, U>): (T, U) { (p.x, p.y) }
    fun wrap<T: copy + drop>(t: T): vector<Pair<T, vector<T>>> { let mut v = vector[Pair { x: t, y: vector[t] }]; let r = &mut v[0]; r.y.push_back(t); v }
    fun same<T: drop>(a: T, b: T): bool { a == b }
    fun down(n: u64, acc: u64): u64 { if (n == 0) acc else { let k = n - 1; down(k, acc ^ (n * 31)) + 1 } }
    fun choose<T: drop>(c: bool, a: T, b: T): T { if (c) a else b }
    fun area(s: &Shape): u64 { match (s) { Shape::Dot => 0, Shape::Line(n) => *n, Shape::Box { w, inner } => (*w as u64) * inner.x } }
    fun grow(s: &mut Shape, by: u64) { match (s) { Shape::Dot => { *s = Shape::Line(by) }, Shape::Line(n) => { *n = *n + by }, Shape::Box { w, inner } => { *w = *w / 2; inner.x = inner.x % (by + 1); if (inner.y > 100) *s = Shape::Dot } } }
    fun total(v: &vector<u64>): u128 { let mut t = 0u128; let mut i = 0; while (i < v.length()) { t = t + (v[i] as u128); i = i + 1 }; t }
`;

const widths = ['u8', 'u16', 'u32', 'u64', 'u128', 'u256'] as const;
type Width = (typeof widths)[number];
const bitsOf: Readonly<Record<Width, number>> = { u8: 8, u16: 16, u32: 32, u64: 64, u128: 128, u256: 256 };
const localsOf: Readonly<Record<Width, readonly string[]>> = {
  u8: ['c', 'q.pair.x', 'q.items[1].x'],
  u16: ['d', 'p.y'],
  u32: ['e'],
  u64: ['a', 'b', 'p.x', 'q.pair.y', 'v[0]'],
  u128: ['f'],
  u256: ['g'],
};

const literal = (dice: Dice, width: Width): string => {
  const top = (1n << BigInt(bitsOf[width])) - 1n;
  const near = [0n, 1n, 2n, 3n, 7n, 10n, 255n, 256n, 65535n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n];
  const wide = [(1n << 53n) - 1n, 1n << 53n, (1n << 53n) + 1n, (1n << 63n) + 5n, (1n << 64n) - 1n, 1n << 100n];
  const value = dice.pick([...near, ...near, ...wide, top, top - 1n, top / 2n, BigInt(dice.below(1_000_000))]);
  return `${value <= top ? value : value & top}${width}`;
};

/** An integer expression. */
const integer = (dice: Dice, width: Width, depth: number): string => {
  if (depth <= 0 || dice.chance(15)) return dice.chance(60) ? dice.pick(localsOf[width]) : literal(dice, width);
  const sub = () => integer(dice, width, depth - 1);
  const other = dice.pick(widths);
  const forms: readonly (() => string)[] = [
    () => `(${sub()} ${dice.pick(['+', '-', '*', '/', '%'])} ${sub()})`,
    () => `(${sub()} ${dice.pick(['&', '|', '^'])} ${sub()})`,
    () =>
      `((${sub()} % ${dice.pick(['2', '5', '17', '251'])}) ${dice.pick(['+', '*'])} ${dice.pick(['1', '3', '11'])})`,
    () => `(${sub()} ${dice.pick(['<<', '>>'])} ${dice.pick([0, 1, 3, 7, 8, 31, 32, 63, 100, 127, 255])}u8)`,
    () => `(${integer(dice, other, depth - 1)} as ${width})`,
    () => `((${integer(dice, 'u64', depth - 1)} & 127) as ${width})`,
    () => `(if (${condition(dice, depth - 1)}) ${sub()} else ${sub()})`,
    () => `choose(${condition(dice, depth - 1)}, ${sub()}, ${sub()})`,
    () => (width === 'u64' ? dice.pick(['v.length()', 'w.length()', 'area(&s)', 'LIMIT', 'down(b % 9, a)']) : sub()),
    () => (width === 'u64' ? `v[${index(dice)}]` : width === 'u8' ? `w[${index(dice)}]` : sub()),
    () => (width === 'u128' ? 'total(&v)' : sub()),
  ];
  return dice.pick(forms)();
};

// Small numbers only: the 32-bit test VM cannot hold an index above 2^32.
const index = (dice: Dice): string =>
  dice.pick(['0', '1', '2', '(b % 3)', '(a % 4)', '(v.length() - 1)', '(a % 65536)']);

/** A boolean expression. */
const condition = (dice: Dice, depth: number): string => {
  const width = dice.pick(widths);
  const forms: readonly (() => string)[] = [
    () =>
      `(${integer(dice, width, depth)} ${dice.pick(['<', '>', '<=', '>=', '==', '!='])} ${integer(dice, width, depth)})`,
    () => 'h',
    () => `!(${depth > 0 ? condition(dice, depth - 1) : 'h'})`,
    () => `(h ${dice.pick(['&&', '||'])} ${depth > 0 ? condition(dice, depth - 1) : '(a < b)'})`,
    () =>
      dice.pick([
        '(v == WORDS)',
        '(w != BYTES)',
        '(&q.pair == &q.items[0])',
        'same(p, Pair { x: a, y: d })',
        '(s == q.shape)',
      ]),
  ];
  return dice.pick(forms)();
};

const pairLiteral = (dice: Dice): string => `Pair { x: ${integer(dice, 'u8', 1)}, y: ${integer(dice, 'u64', 1)} }`;

const shape = (dice: Dice): string =>
  dice.pick([
    () => 'Shape::Dot',
    () => `Shape::Line(${integer(dice, 'u64', 1)})`,
    () => `Shape::Box { w: ${integer(dice, 'u32', 1)}, inner: Pair { x: ${integer(dice, 'u64', 1)}, y: d } }`,
  ])();

const simpleStatements: readonly ((dice: Dice) => string)[] = [
  (dice) => {
    const width = dice.pick(widths);
    const place = dice.pick(localsOf[width]);
    return `${place.endsWith(']') ? `*&mut ${place}` : place} = ${integer(dice, width, 3)};`;
  },
  (dice) => `h = ${condition(dice, 2)};`,
  (dice) => `{ let k = ${integer(dice, 'u64', 2)}; v.push_back(k); };`,
  (dice) => `{ let k = ${integer(dice, 'u8', 2)}; w.push_back(k); };`,
  (dice) => dice.pick(['b = v.pop_back();', 'c = w.pop_back();', 'v.swap(0, 1);', 'v.reverse();', 'w.append(BYTES);']),
  (dice) => `{ let i = ${index(dice)}; let j = ${index(dice)}; v.swap(i, j); };`,
  (dice) => dice.pick(['v.insert(b % 8, 1);', 'b = v.remove(0);', 'a = v.swap_remove(1);', 'v = WORDS;', 'w = BYTES;']),
  (dice) => `{ let i = ${index(dice)}; let k = ${integer(dice, 'u64', 2)}; *&mut v[i] = k; };`,
  (dice) => `{ let i = ${index(dice)}; let r = &mut v[i]; *r = *r % 1000; };`,
  (dice) => `{ let r = &mut p.x; *r = ${literal(dice, 'u64')}; b = *r; };`,
  (dice) =>
    `{ let k = ${integer(dice, 'u64', 1)}; b = bump(&mut ${dice.pick(['a', 'p.x', 'q.pair.y', 'v[0]'])}, k); };`,
  () => '{ let z = p; p.x = p.x / 3; f = f / 2 + (z.x as u128); };',
  () => '{ let z = v; v.push_back(1); b = z.length() + v.length(); };',
  () => '{ let mut z = q; z.pair.x = 9; z.items[0].y = 77; z.who = @0x1; b = q.items[0].y; h = z == q; };',
  () => 'exchange(&mut a, &mut p.x);',
  () => 'exchange(&mut q.pair, &mut q.items[1]);',
  () => 'exchange(&mut s, &mut q.shape);',
  (dice) => `{ let k = ${integer(dice, 'u64', 1)}; *put(&mut b, k) = 5; };`,
  (dice) => `{ let k = ${pairLiteral(dice)}; put(&mut q.items[${dice.below(3)}], k).y = 3; };`,
  (dice) => `{ let k = ${pairLiteral(dice)}; q.items.push_back(k); };`,
  (dice) =>
    `{ let i = ${index(dice)}; let k = ${integer(dice, 'u64', 1)} % 50; let t = &mut q.items[i]; t.y = k; *t = Pair { x: t.x, y: t.y + 1 }; };`,
  (dice) => `q.pair = ${pairLiteral(dice)};`,
  () => '{ let (x, y) = both(&p); a = x; d = y; };',
  () => '{ let Pair { x, y } = q.pair; c = x; b = y; };',
  () => '{ let t = wrap(c); w = t[0].y; };',
  () => '{ let mut t = wrap(p); t[0].x.x = 1; let Pair { x, y } = t.pop_back(); a = x.x + y[1].x % 7; };',
  (dice) => `s = ${shape(dice)};`,
  (dice) => `q.shape = ${shape(dice)};`,
  (dice) => `{ let k = ${integer(dice, 'u64', 1)}; grow(&mut ${dice.pick(['s', 'q.shape'])}, k); };`,
  () => 'a = match (s) { Shape::Dot => 1, Shape::Line(n) => n / 2, Shape::Box { w: _, inner } => inner.x % 100 };',
  (dice) => `assert!(${condition(dice, 1)} || ${dice.pick(['h', condition(dice, 1)])}, ${dice.below(90) + 1});`,
  (dice) => `if (${condition(dice, 1)}) q.who = WHO;`,
];

/** Where a statement stands. */
interface Scope {
  readonly depth: number;
  readonly inLoop: boolean;
  readonly fresh: () => string;
}

/** A statement, with loops and branches while the depth lasts. */
const statement = (dice: Dice, scope: Scope): string => {
  if (scope.depth <= 0 || dice.chance(70)) return dice.pick(simpleStatements)(dice);
  const inner = { ...scope, depth: scope.depth - 1 };
  const body = () => block(dice, inner, 1 + dice.below(3));
  const looped = () => block(dice, { ...inner, inLoop: true }, 1 + dice.below(3));
  const i = scope.fresh();
  const forms: readonly (() => string)[] = [
    () => `if (${condition(dice, 2)}) { ${body()} } else { ${body()} };`,
    () => `if (${condition(dice, 2)}) { ${body()} };`,
    () => `let mut ${i} = 0u64; while (${i} < ${dice.below(5)}) { ${i} = ${i} + 1; ${looped()} };`,
    () =>
      `let mut ${i} = 0u64; while (${i} < 6) { ${i} = ${i} + 1; if (${condition(dice, 1)}) continue; ${looped()} if (${condition(dice, 1)}) break; };`,
    () =>
      `let mut ${i} = 0u64; '${i}o: loop { ${i} = ${i} + 1; if (${i} > 4) break; let mut ${i}j = 0u64; loop { ${i}j = ${i}j + 1; if (${condition(dice, 1)}) break '${i}o; if (${i}j > 3) break; if (h) continue '${i}o; ${looped()} } };`,
  ];
  const matched = (): string =>
    `match (&mut s) { Shape::Dot => { ${body()} }, Shape::Line(n) => { *n = *n % 1000; if (*n > 3) { b = *n } }, Shape::Box { w, inner } => { inner.y = inner.y / 2; e = *w } };`;
  // The compiler panics on some matches inside loops, so they stay outside.
  return dice.pick(scope.inLoop ? forms : [...forms, matched])();
};

const block = (dice: Dice, scope: Scope, count: number): string =>
  Array.from({ length: count }, () => statement(dice, scope)).join('\n      ');

const program = (dice: Dice, name: string): string => {
  let names = 0;
  const fresh = (): string => `i${names++}`;
  return `
    public fun ${name}(): vector<u8> {
      let mut a = ${literal(dice, 'u64')}; let mut b = ${dice.below(20)}u64; let mut c = ${literal(dice, 'u8')};
      let mut d = ${literal(dice, 'u16')}; let mut e = ${literal(dice, 'u32')}; let mut f = ${literal(dice, 'u128')};
      let mut g = ${literal(dice, 'u256')}; let mut h = ${dice.pick(['true', 'false'])};
      let mut v = vector[${literal(dice, 'u64')}, 5, ${literal(dice, 'u64')}]; let mut w = b"bytes";
      let mut p = Pair { x: ${dice.below(100)}u64, y: ${dice.below(100)}u16 };
      let mut q = Outer { pair: Pair { x: 1, y: 2 }, items: vector[Pair { x: 3, y: 4 }, Pair { x: 5, y: 6 }], shape: Shape::Line(8), who: @0x5 };
      let mut s = Shape::Line(3); s = ${shape(dice)};
      ${block(dice, { depth: 2, inLoop: false, fresh }, 4 + dice.below(8))}
      let mut out = bcs::to_bytes(&a); out.append(bcs::to_bytes(&b)); out.append(bcs::to_bytes(&c)); out.append(bcs::to_bytes(&d));
      out.append(bcs::to_bytes(&e)); out.append(bcs::to_bytes(&f)); out.append(bcs::to_bytes(&g)); out.append(bcs::to_bytes(&h));
      out.append(bcs::to_bytes(&v)); out.append(bcs::to_bytes(&w)); out.append(bcs::to_bytes(&p)); out.append(bcs::to_bytes(&q));
      out.append(bcs::to_bytes(&s)); out
    }`;
};

/** A module `a::m` of generated functions `f0`, `f1`, ... */
export const generateModule = (seed: number, count: number): string => {
  const dice = createDice(seed);
  const functions = Array.from({ length: count }, (_, k) => program(dice, `f${k}`));
  return `#[allow(all)]\nmodule a::m {${prelude}${functions.join('\n')}\n}\n`;
};
