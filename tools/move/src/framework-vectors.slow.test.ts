/**
 * The framework against independent implementations: values are computed here, asserted in generated Move tests, and judged by
 * the Move virtual machine. Inputs come from a fixed pseudo-random stream, so a failure repeats.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256, sha3_256 } from '@noble/hashes/sha3.js';
import { expect, test } from 'vitest';
import { testSources } from './test-runner.ts';

/** Bytes of a counter hashed: the same in every run. */
const makeStream = (name: string): ((length: number) => Uint8Array) => {
  let counter = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32)
      out.set(sha256(Buffer.from(`${name}/${counter++}`)).subarray(0, Math.min(32, length - at)), at);
    return out;
  };
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const move = (bytes: Uint8Array): string => `x"${hex(bytes)}"`;
const toBigInt = (bytes: Uint8Array): bigint => (bytes.length === 0 ? 0n : BigInt(`0x${hex(bytes)}`));
const small = (bytes: (length: number) => Uint8Array, below: number): number =>
  Number(toBigInt(bytes(4)) % BigInt(below));

const CHUNK = 60;

/** Statements that do not need each other, spread over test functions: a function has at most 255 locals, and macros add theirs. */
const inChunks = (statements: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(statements.length / CHUNK) }, (_, i) => statements.slice(i * CHUNK, (i + 1) * CHUNK));

/** One Move test for each group of assertions, each assertion with its number as abort code. */
const judge = async (groups: readonly (readonly string[])[]): Promise<void> => {
  const functions = groups.map((statements, group) => {
    const body = statements.map((statement, index) => statement.replace('CODE', String(index))).join('\n');
    return `#[test] fun group${group}() {\n${body}\n}`;
  });
  const report = await testSources({
    name: 'vectors',
    sources: { 'sources/vectors.move': `module vectors::vectors;\n${functions.join('\n')}` },
    addresses: { vectors: '0xd' },
  });
  expect(report.passed, report.output).toBe(true);
  expect(report.tests).toHaveLength(groups.length);
};

const BITS = [8, 16, 32, 64, 128, 256] as const;

/** Sui's generator: blocks of HMAC-SHA3-256 under the seed, integers from the end of the buffer. */
const makeGenerator = (seed: Uint8Array) => {
  let counter = 0;
  let buffer: number[] = [];
  const block = (): Uint8Array => {
    counter += 1;
    return hmac(sha3_256, seed, Uint8Array.of(counter & 255, counter >> 8));
  };
  const integer = (size: number): bigint => {
    if (buffer.length < size) buffer = [...buffer, ...block()];
    const taken = buffer.splice(buffer.length - size).reverse();
    return toBigInt(Uint8Array.from(taken));
  };
  const bytes = (length: number): Uint8Array => {
    const whole = Array.from({ length: Math.floor(length / 32) }, block).flatMap((part) => [...part]);
    if (buffer.length < length - whole.length) buffer = [...buffer, ...block()];
    const rest = buffer.splice(buffer.length - (length - whole.length)).reverse();
    return Uint8Array.from([...whole, ...rest]);
  };
  const range = (min: bigint, max: bigint, size: number): bigint =>
    min === max ? min : min + (integer(size) % (max - min + 1n));
  const shuffle = <T>(items: T[]): T[] => {
    for (let i = 0; i < items.length - 1; i++) {
      const j = Number(range(BigInt(i), BigInt(items.length - 1), 10));
      [items[i], items[j]] = [items[j] as T, items[i] as T];
    }
    return items;
  };
  return { integer, bytes, range, shuffle };
};

const RANGE_BYTES: Readonly<Record<number, number>> = { 8: 9, 16: 10, 32: 12, 64: 16, 128: 24 };

test('random generator: integers, ranges, bytes and shuffles in any order', async () => {
  const stream = makeStream('random');
  const groups = [0, 1, 2, 3, 4, 5].map((run) => {
    const seed = stream(32);
    const ours = makeGenerator(seed);
    const start = `let mut g${run} = sui::random::new_generator_from_seed_for_testing(${move(seed)});`;
    const steps = Array.from({ length: 50 }, () => {
      const kind = small(stream, 10);
      if (kind === 0) {
        const length = small(stream, 100);
        return `assert!(g${run}.generate_bytes(${length}) == ${move(ours.bytes(length))}, CODE);`;
      }
      if (kind === 1) return `assert!(g${run}.generate_bool() == ${(ours.integer(1) & 1n) === 1n}, CODE);`;
      if (kind === 2) {
        const shuffled = ours.shuffle(Array.from({ length: 9 }, (_, i) => i));
        return `{ let mut v = vector::tabulate!(9, |i| i); g${run}.shuffle(&mut v); assert!(v == vector[${shuffled}], CODE) };`;
      }
      const bits = BITS[small(stream, 6)] as number;
      if (kind < 6 || bits === 256) return `assert!(g${run}.generate_u${bits}() == ${ours.integer(bits / 8)}, CODE);`;
      const [a, b] = [toBigInt(stream(bits / 8)), toBigInt(stream(bits / 8))];
      const [min, max] = a < b ? [a, b] : [b, a];
      const value = ours.range(min, max, RANGE_BYTES[bits] as number);
      return `assert!(g${run}.generate_u${bits}_in_range(${min}, ${max}) == ${value}, CODE);`;
    });
    return [start, ...steps];
  });
  await judge(groups);
});

/** Newton's method from above. */
const squareRoot = (n: bigint): bigint => {
  let x = n;
  while (x * x > n) x = (x + n / x) / 2n;
  return x;
};

test('integer helpers against big integers', async () => {
  const stream = makeStream('integers');
  const statements = BITS.flatMap((bits) =>
    Array.from({ length: 12 }, () => {
      const t = `u${bits}`;
      const [x, y] = [toBigInt(stream(bits / 8)), toBigInt(stream(1 + small(stream, bits / 8))) + 1n].map(
        (n) => n & ((1n << BigInt(bits)) - 1n),
      ) as [bigint, bigint];
      const divisor = y === 0n ? 1n : y;
      const base = x % 7n;
      const exponent = base < 2n ? 200n : BigInt(Math.floor((bits - 1) / 3));
      return [
        `assert!(${x}${t}.divide_and_round_up(${divisor}) == ${(x + divisor - 1n) / divisor}, CODE);`,
        `assert!(${x}${t}.diff(${y}) == ${x > y ? x - y : y - x}, CODE);`,
        `assert!(${x}${t}.to_string() == b"${x}".to_string(), CODE);`,
        `assert!(${base}${t}.pow(${exponent}) == ${base ** exponent}, CODE);`,
        ...(bits === 256 ? [] : [`assert!(${x}${t}.sqrt() == ${squareRoot(x)}, CODE);`]),
      ];
    }).flat(),
  );
  await judge(inChunks(statements));
});

test('fixed point numbers against big integers', async () => {
  const stream = makeStream('fixed');
  const statements = [
    { module: 'uq32_32', bits: 64, fraction: 32n },
    { module: 'uq64_64', bits: 128, fraction: 64n },
  ].flatMap(({ module, bits, fraction }) =>
    Array.from({ length: 30 }, () => {
      const limit = 1n << BigInt(bits);
      const [a, b] = [toBigInt(stream(bits / 8)), toBigInt(stream(bits / 8 - 2)) + 1n] as [bigint, bigint];
      const checked = (call: string, value: bigint): readonly string[] =>
        value < limit ? [`assert!(std::${module}::${call} == ${value}, CODE);`] : [];
      const raw = (n: bigint): string => `std::${module}::from_raw(${n})`;
      return [
        ...checked(`to_raw(std::${module}::from_quotient(${b}, ${a}))`, (b << fraction) / a),
        ...checked(`int_mul(${b}, ${raw(a >> (fraction / 2n))})`, (b * (a >> (fraction / 2n))) >> fraction),
        ...checked(`int_div(${b}, ${raw(a)})`, (b << fraction) / a),
        ...checked(`to_raw(${raw(a)}.mul(${raw(b >> fraction)}))`, (a * (b >> fraction)) >> fraction),
        ...checked(`to_raw(${raw(b)}.div(${raw(a)}))`, (b << fraction) / a),
      ];
    }).flat(),
  );
  expect(statements.length).toBeGreaterThan(200);
  await judge(inChunks(statements));
});

test('hashes of inputs of many lengths', async () => {
  const stream = makeStream('hashes');
  const lengths = [0, 1, 31, 32, 33, 55, 56, 63, 64, 65, 127, 128, 129, 135, 136, 137, 300];
  const statements = lengths.flatMap((length) => {
    const [data, key] = [stream(length), stream(small(stream, 200))];
    return [
      `assert!(sui::hash::blake2b256(&${move(data)}) == ${move(blake2b(data, { dkLen: 32 }))}, CODE);`,
      `assert!(sui::hash::keccak256(&${move(data)}) == ${move(keccak_256(data))}, CODE);`,
      `assert!(std::hash::sha2_256(${move(data)}) == ${move(sha256(data))}, CODE);`,
      `assert!(std::hash::sha3_256(${move(data)}) == ${move(sha3_256(data))}, CODE);`,
      `assert!(sui::hmac::hmac_sha3_256(&${move(key)}, &${move(data)}) == ${move(hmac(sha3_256, key, data))}, CODE);`,
    ];
  });
  await judge(inChunks(statements));
});

test('fresh ids: BLAKE2b-256 of 0xf1, the digest and the counter', async () => {
  const stream = makeStream('ids');
  const groups = Array.from({ length: 10 }, (_, run) => {
    const digest = stream(32);
    const id = (counter: number): string =>
      `@0x${hex(blake2b(Uint8Array.of(0xf1, ...digest, counter, 0, 0, 0, 0, 0, 0, 0), { dkLen: 32 }))}`;
    return [
      `let c${run} = &mut sui::tx_context::new(@0xa, ${move(digest)}, 0, 0, 0);`,
      `assert!(c${run}.fresh_object_address() == ${id(0)}, CODE);`,
      `assert!(c${run}.fresh_object_address() == ${id(1)}, CODE);`,
    ];
  });
  await judge(groups);
});

const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

test('UTF-8 against the platform decoder, and searching', async () => {
  const stream = makeStream('text');
  const samples = ['', 'a', 'é', '€', '😀', 'aé€😀b', '\u0000', '\uffff', '\u{10ffff}', '\ud7ff'].map((text) =>
    Buffer.from(text),
  );
  const damaged = samples.flatMap((sample) =>
    Array.from({ length: 6 }, () => {
      const copy = Uint8Array.from([...sample, ...stream(1)]);
      copy[small(stream, copy.length)] = stream(1)[0] as number;
      return copy;
    }),
  );
  const all = [...samples, ...damaged, ...Array.from({ length: 30 }, () => stream(1 + small(stream, 4)))];
  const texts = all.filter(isUtf8);
  expect(texts.length).toBeGreaterThan(10);
  expect(all.length - texts.length).toBeGreaterThan(30);
  await judge(
    inChunks([
      ...all.map((bytes) => `assert!(${move(bytes)}.try_to_string().is_some() == ${isUtf8(bytes)}, CODE);`),
      ...texts.map((bytes) => {
        const where = Buffer.from('aé€😀b').indexOf(Buffer.from(bytes));
        const expected = where < 0 ? Buffer.from('aé€😀b').length : where;
        const text = move(Buffer.from('aé€😀b'));
        return `assert!(${text}.to_string().index_of(&${move(bytes)}.to_string()) == ${expected}, CODE);`;
      }),
    ]),
  );
});

test('sorting against the platform sort', async () => {
  const stream = makeStream('sorting');
  const groups = Array.from({ length: 12 }, () => {
    const items = [...stream(small(stream, 60))];
    const sorted = [...items].sort((a, b) => a - b);
    const list = (values: readonly number[]): string => `vector<u8>[${values.join(', ')}]`;
    return ['merge', 'insertion'].map(
      (kind) =>
        `{ let mut v = ${list(items)}; v.${kind}_sort_by!(|a, b| *a <= *b); assert!(v == ${list(sorted)}, CODE) };`,
    );
  });
  await judge(groups);
});
