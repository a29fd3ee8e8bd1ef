/**
 * Binary BCH codes: narrow-sense, primitive, shortened to the message, systematic. Bose and Ray-Chaudhuri 1960, Hocquenghem 1959; the
 * decoder is Berlekamp-Massey with a search for roots (Lin and Costello, Error Control Coding, chapter 6). Bits are bytes of 0 or 1.
 */

/** Primitive polynomials by degree w of the field GF(2^w); bit i is the coefficient of x^i. */
const PRIMITIVE: Readonly<Record<number, number>> = {
  4: 0x13,
  5: 0x25,
  6: 0x43,
  7: 0x89,
  8: 0x11d,
  9: 0x211,
  10: 0x409,
  11: 0x805,
  12: 0x1053,
};

/** Degrees a code can have. */
export const bchDegrees: readonly number[] = Object.keys(PRIMITIVE).map(Number);

/** Products in GF(2^w) by tables of powers and logarithms of x. */
const field = (degree: number) => {
  const order = 2 ** degree - 1;
  const power = new Uint16Array(order);
  const log = new Uint16Array(order + 1);
  for (let i = 0, x = 1; i < order; i++) {
    power[i] = x;
    log[x] = i;
    x <<= 1;
    if (x > order) x ^= PRIMITIVE[degree] as number;
  }
  const at = (exponent: number): number => power[((exponent % order) + order) % order] as number;
  const logOf = (x: number): number => log[x] as number;
  return {
    order,
    at,
    times: (a: number, b: number): number => (a === 0 || b === 0 ? 0 : at(logOf(a) + logOf(b))),
    over: (a: number, b: number): number => (a === 0 ? 0 : at(logOf(a) - logOf(b))),
  };
};

type Field = ReturnType<typeof field>;

/** Product of (X - x^e) over exponents e: for a class of conjugates the minimal polynomial over GF(2). Lowest coefficient first. */
const minimal = (f: Field, exponents: readonly number[]): readonly number[] => {
  let product = [1];
  for (const exponent of exponents) {
    const next = [0].concat(product);
    for (const [i, c] of product.entries()) next[i] = (next[i] as number) ^ f.times(c, f.at(exponent));
    product = next;
  }
  return product;
};

const conjugates = (f: Field, exponent: number): readonly number[] => {
  const found = [exponent];
  for (let e = (exponent * 2) % f.order; e !== exponent; e = (e * 2) % f.order) found.push(e);
  return found;
};

/** Generator polynomial of the code that corrects `corrects` errors, lowest coefficient first. */
const generatorOf = (f: Field, corrects: number): Uint8Array => {
  let product = Uint8Array.of(1);
  const done = new Set<number>();
  for (let exponent = 1; exponent < 2 * corrects; exponent += 2) {
    const class_ = conjugates(f, exponent % f.order);
    if (class_.some((each) => done.has(each))) continue;
    for (const each of class_) done.add(each);
    const factor = minimal(f, class_);
    const next = new Uint8Array(product.length + factor.length - 1);
    for (const [i, a] of product.entries())
      if (a) for (const [j, b] of factor.entries()) next[i + j] = (next[i + j] as number) ^ b;
    product = next;
  }
  return product;
};

/** S_1 .. S_2t of a word whose highest coefficient comes first; null when all are zero. */
const syndromes = (f: Field, word: Uint8Array, corrects: number): readonly number[] | null => {
  const found = Array.from({ length: 2 * corrects }, () => 0);
  for (const [i, bit] of word.entries())
    if (bit)
      for (let j = 0; j < found.length; j++) found[j] = (found[j] as number) ^ f.at((word.length - 1 - i) * (j + 1));
  return found.some((each) => each !== 0) ? found : null;
};

/** Error locator polynomial by Berlekamp-Massey, and its degree. */
const locator = (
  f: Field,
  s: readonly number[],
): { readonly polynomial: readonly number[]; readonly degree: number } => {
  let [current, before] = [[1], [1]];
  let [degree, shift, last] = [0, 1, 1];
  for (let i = 0; i < s.length; i++) {
    let discrepancy = s[i] as number;
    for (let j = 1; j <= degree; j++) discrepancy ^= f.times(current[j] ?? 0, s[i - j] as number);
    if (discrepancy === 0) {
      shift++;
      continue;
    }
    const kept = [...current];
    const factor = f.over(discrepancy, last);
    for (const [j, b] of before.entries()) current[j + shift] = (current[j + shift] ?? 0) ^ f.times(factor, b);
    for (let j = 0; j < current.length; j++) current[j] ??= 0;
    if (2 * degree <= i) {
      degree = i + 1 - degree;
      [before, last, shift] = [kept, discrepancy, 1];
    } else shift++;
  }
  return { polynomial: current, degree };
};

/** A code. */
export interface Bch {
  /** Bits of parity. */
  readonly parityBits: number;
  /** Longest message, bits. */
  readonly longest: number;
  /** Coefficients of the generator polynomial, lowest first. */
  readonly generator: Uint8Array;
  /** Parity of a message. */
  readonly parity: (message: Uint8Array) => Uint8Array;
  /** The message with up to t errors, in it and its parity together, corrected; undefined where there are more and that shows. */
  readonly correct: (message: Uint8Array, parity: Uint8Array) => Uint8Array | undefined;
}

/** The code over GF(2^degree) that corrects `corrects` errors (t). */
export const createBch = (degree: number, corrects: number): Bch => {
  const f = field(degree);
  const generator = generatorOf(f, corrects);
  const parityBits = generator.length - 1;
  const parity = (message: Uint8Array): Uint8Array => {
    const rest = new Uint8Array(parityBits);
    for (const bit of message) {
      const carry = bit ^ (rest[0] as number);
      rest.copyWithin(0, 1);
      rest[parityBits - 1] = 0;
      if (carry)
        for (let i = 0; i < parityBits; i++) rest[i] = (rest[i] as number) ^ (generator[parityBits - 1 - i] as number);
    }
    return rest;
  };
  const correct = (message: Uint8Array, given: Uint8Array): Uint8Array | undefined => {
    const word = Uint8Array.of(...message, ...given);
    const s = syndromes(f, word, corrects);
    if (!s) return message;
    const { polynomial, degree: errors } = locator(f, s);
    if (errors > corrects) return undefined;
    let found = 0;
    for (let i = 0; i < word.length; i++) {
      const inverse = -(word.length - 1 - i);
      let sum = 0;
      for (const [j, c] of polynomial.entries()) sum ^= f.times(c, f.at(inverse * j));
      if (sum !== 0) continue;
      word[i] = (word[i] as number) ^ 1;
      found++;
    }
    return found === errors ? word.subarray(0, message.length) : undefined;
  };
  return { parityBits, longest: f.order - parityBits, generator, parity, correct };
};
