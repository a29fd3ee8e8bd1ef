import { expect, test } from 'vitest';
import { drawnUnit, namedRows, sampledRows } from './sample.ts';

const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const counting = Uint8Array.from({ length: 32 }, (_, i) => i);

test.each([
  {
    seed: counting,
    stack: 7n,
    units: [13n, 11n, 40n, 1n, 935n],
    size: { samples: 8, share: 50 },
    drawn: [980n, 481n, 58n, 77n, 277n, 595n, 547n, 214n],
    rows: [4, 2],
  },
  {
    seed: seedOf(0x31),
    stack: 42n,
    units: [8_000n, ...Array.from({ length: 100 }, () => 20n)],
    size: { samples: 8, share: 50 },
    drawn: [6_657n, 7_384n, 268n, 9_305n, 7_425n, 9_248n, 8_104n, 908n],
    rows: [0, 66, 63, 6],
  },
  {
    seed: seedOf(0x22),
    stack: 2n ** 64n - 1n,
    units: Array.from({ length: 100 }, () => 100n),
    size: { samples: 8, share: 50 },
    drawn: [767n, 1_095n, 6_049n, 9_872n, 7_964n, 9_615n, 8_995n, 3_445n],
    rows: [7, 10, 60, 98, 79, 96],
  },
  {
    seed: seedOf(0x44),
    stack: 1n,
    units: [2n ** 63n, 2n ** 63n - 1n],
    size: { samples: 4, share: 20 },
    drawn: [13_308_811_336_978_604_652n],
    rows: [1],
  },
])('stack $stack: which rows the seed picks', ({ seed, stack, units, size, drawn, rows }) => {
  const claimed = units.reduce((sum, each) => sum + each, 0n);
  expect(drawn.map((_, i) => drawnUnit(seed, stack, i, claimed))).toEqual(drawn);
  expect(sampledRows({ seed, stack, units, size })).toEqual(rows);
});

test('with the whole share every row is checked, also of an empty history', () => {
  expect(sampledRows({ seed: counting, stack: 1n, units: [1n, 2n, 3n], size: { samples: 0, share: 1_000 } })).toEqual([
    0, 1, 2,
  ]);
  expect(sampledRows({ seed: counting, stack: 1n, units: [] })).toEqual([]);
});

test('a swapped model is met by the first row, and the rows beyond it stay within their share', () => {
  const units = Array.from({ length: 200 }, (_, i) => BigInt(1 + ((i * 7919) % 997)));
  const claimed = units.reduce((sum, each) => sum + each, 0n);
  for (let stack = 1n; stack < 200n; stack++) {
    const rows = sampledRows({ seed: seedOf(9), stack, units });
    expect(rows.length).toBeGreaterThan(0);
    const extra = rows.slice(1).reduce((sum, row) => sum + (units[row] as bigint), 0n);
    expect(extra * 1_000n <= 50n * claimed).toBe(true);
    expect(new Set(rows).size).toBe(rows.length);
  }
});

test('named rows count in order while they are paid for', () => {
  const units = [10n, 20n, 30n, 40n];
  expect(namedRows([2n, 0n, 1n], 40n, units)).toEqual([2, 0]);
  expect(namedRows([9n, 3n], 40n, units)).toEqual([3]);
  expect(namedRows([3n, 0n], 39n, units)).toEqual([]);
});
