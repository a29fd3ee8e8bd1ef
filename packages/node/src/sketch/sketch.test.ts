import { expect, test } from 'vitest';
import { createBch } from './bch.ts';
import { decodeSketch, encodeSketch, recover, type SketchShape, shapeFault, sketchBytes, sketchOf } from './sketch.ts';

/** A small generator with a seed, so that a failure can be repeated. */
const randomOf = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

// Generator polynomials, octal, of Lin and Costello, Error Control Coding, table 6.1 and appendix C.
test.each([
  [4, 2, 0o721],
  [4, 3, 0o2467],
  [5, 2, 0o3551],
  [5, 3, 0o107657],
  [6, 2, 0o12471],
  [6, 3, 0o1701317],
  [7, 2, 0o41567],
  [8, 2, 0o267543],
  [8, 3, 0o156720665],
  [8, 4, 0o75626641375],
])('the generator over GF(2^%i) for %i errors is the published one', (degree, corrects, published) => {
  const digits = [...createBch(degree, corrects).generator].reverse().join('');
  expect(digits).toBe(published.toString(2));
});

// ISO/IEC 18004 protects the format of a QR code by the (15, 5) code of three errors; 00101 gives 0011011100.
test('parity is that of a QR code, before its mask', () => {
  const { parity } = createBch(4, 3);
  expect([...parity(Uint8Array.of(0, 0, 1, 0, 1))].join('')).toBe('0011011100');
});

test('every pattern of up to t errors is corrected, more of them mostly show', () => {
  const random = randomOf(1);
  for (const [bits, degree, corrects] of [
    [5, 4, 3],
    [128, 8, 8],
    [400, 10, 11],
  ] as const) {
    const code = createBch(degree, corrects);
    for (let round = 0; round < 60; round++) {
      const message = Uint8Array.from({ length: bits }, () => (random() < 0.5 ? 1 : 0));
      const word = Uint8Array.of(...message, ...code.parity(message));
      const wrong = new Set<number>();
      while (wrong.size < round % (corrects + 1)) wrong.add(Math.floor(random() * word.length));
      for (const i of wrong) word[i] = (word[i] as number) ^ 1;
      expect(code.correct(word.slice(0, bits), word.slice(bits))).toEqual(message);
    }
  }
  const code = createBch(8, 8);
  let accepted = 0;
  for (let round = 0; round < 300; round++) {
    const [message, parity] = [128, code.parityBits].map((length) =>
      Uint8Array.from({ length }, () => Math.round(random())),
    );
    if (code.correct(message as Uint8Array, parity as Uint8Array)) accepted++;
  }
  // Words within 8 errors of a codeword: sum C(192, i) / 2^64 = 1e-5 of all.
  expect(accepted).toBe(0);
});

const shape: SketchShape = { values: 64, step: 0.016, lowBits: 2, corrects: 8, degree: 8 };
const draw = (random: () => number) => Array.from({ length: shape.values }, () => (random() - 0.5) * 20);

test('who has nearly the same values recovers the integers, whatever the noise below half a step', () => {
  const random = randomOf(2);
  for (let round = 0; round < 200; round++) {
    const values = draw(random);
    const { integers, sketch } = sketchOf(values, shape);
    const mine = values.map((value) => value + (random() - 0.5) * 2 * 0.46 * shape.step);
    expect(recover(mine, sketch, shape)).toEqual(integers);
  }
});

test('up to t values may be a step off', () => {
  const random = randomOf(3);
  for (let round = 0; round < 200; round++) {
    const values = draw(random);
    const { integers, sketch } = sketchOf(values, shape);
    const mine = values.map((value, i) =>
      i % 8 === round % 8 ? value + shape.step * (random() < 0.5 ? 1 : -1) : value,
    );
    expect(recover(mine, sketch, shape)).toEqual(integers);
  }
});

test('values of other weights, several steps away, recover nothing', () => {
  const random = randomOf(4);
  for (let round = 0; round < 200; round++) {
    const values = draw(random);
    const { integers, sketch } = sketchOf(values, shape);
    const mine = values.map((value) => value + (random() - 0.5) * 10 * shape.step);
    expect(recover(mine, sketch, shape) ?? []).not.toEqual(integers);
  }
});

test('a sketch is 40 bytes at these parameters, and reads back', () => {
  const { sketch } = sketchOf(draw(randomOf(5)), shape);
  const bytes = encodeSketch(sketch);
  expect([bytes.length, sketchBytes(shape)]).toEqual([40, 40]);
  expect(decodeSketch(bytes, shape)).toEqual(sketch);
  expect(decodeSketch(bytes.subarray(1), shape)).toBeUndefined();
});

test('shapes that cannot work say why', () => {
  expect(shapeFault(shape)).toBeUndefined();
  expect(shapeFault({ ...shape, values: 128 })).toContain('do not fit');
  expect(shapeFault({ ...shape, lowBits: 1 })).toContain('two steps');
});
