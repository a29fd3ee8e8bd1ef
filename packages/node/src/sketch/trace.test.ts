import { expect, test } from 'vitest';
import { drawsFrom } from '../engine/hard.ts';
import { createChooser, MOST_CANDIDATES } from './choose.ts';
import { pairsAt, pairsNeeded, placeOf } from './pairs.ts';
import { parseProfile, profileName, type SketchProfile } from './sketch-profile.ts';
import { readTrace, recoverTrace, type TracedStep, traceOf } from './trace.ts';

const document = {
  kind: 'sketch/1',
  model: 'm',
  ...{ weights: 'a'.repeat(64), tokenizer: 'b'.repeat(64), template: 'c'.repeat(64) },
  ...{ context: 512, kv: 'f16', live: Array.from({ length: 64 }, (_, id) => id) },
  ...{ values: 64, step: 0.01, low_bits: 2, corrects: 8, degree: 8 },
  ...{ gap: 0.1, juror: 0.002, attester: 0.003, cap: 0.08, least_values: 50 },
};
const profileOf = (more: object = {}): SketchProfile => {
  const parsed = parseProfile({ ...document, ...more });
  if (parsed.kind === 'fault') throw new RangeError(parsed.why);
  return parsed.profile;
};
const profile = profileOf();

/** Steps with as many values as a server keeps. */
const stepsOf = (length: number, noise = 0, seed = 1): readonly TracedStep[] =>
  Array.from({ length }, (_, position) => ({
    token: (position * 37 + seed) % 1_000,
    values: Array.from(
      { length: pairsNeeded(profile.values, position) },
      (__, pair) => Math.sin(seed + position * 101 + pair * 7) * 9 + noise * Math.sin(position * 3 + pair * 5),
    ),
  }));

test.each([1, 2, 7, 23, 64, 65, 500])('every value of an answer of %i tokens lies where it was kept', (length) => {
  const steps = stepsOf(length);
  for (let i = 0; i < profile.values; i++) {
    const [position, pair] = placeOf(i, length, profile.values);
    expect(steps[position]?.values[pair], `${i}`).toBeDefined();
  }
});

test('pairs follow from the request, are of two ids, and differ by position', () => {
  const challenge = new Uint8Array(32).fill(7);
  const first = pairsAt(challenge, 0, 3, 20, profile.live);
  expect(pairsAt(challenge, 0, 3, 5, profile.live)).toEqual(first.slice(0, 5));
  expect(first.every(([a, b]) => a !== b)).toBe(true);
  for (const [choice, position] of [
    [1, 3],
    [0, 4],
  ] as const)
    expect(pairsAt(challenge, choice, position, 20, profile.live)).not.toEqual(first);
});

test('a trace is read back, and recovered by close values alone', () => {
  const choices = [stepsOf(23), [], stepsOf(80, 0, 5)];
  const made = traceOf(choices, profile) as NonNullable<ReturnType<typeof traceOf>>;
  const trace = readTrace(made.trace, profile) as NonNullable<ReturnType<typeof readTrace>>;
  expect(trace.map(({ tokens }) => tokens.length)).toEqual([23, 0, 80]);
  const close = recoverTrace(trace, [stepsOf(23, 0.002), [], stepsOf(80, 0.002, 5)], profile);
  expect(close?.digest).toEqual(made.digest);
  expect(close?.values).toBe(128);
  expect((close?.distance ?? 0) / 128).toBeLessThan(0.002);
  const far = recoverTrace(trace, [stepsOf(23, 0.2), [], stepsOf(80, 0.2, 5)], profile);
  expect(far?.digest ?? null).not.toEqual(made.digest);
});

test('tokens lie side by side in the bits that the largest needs', () => {
  const steps = stepsOf(80);
  const { trace } = traceOf([steps], profile) as { trace: Uint8Array };
  const widest = Math.max(...steps.map(({ token }) => token.toString(2).length));
  expect(trace.length).toBe(1 + 1 + 1 + 1 + (80 * widest) / 8 + 40);
  expect(readTrace(trace, profile)?.[0]?.tokens).toEqual(steps.map(({ token }) => token));
});

test('values that are missing or no numbers make no trace', () => {
  const [first, ...rest] = stepsOf(9) as [TracedStep, ...TracedStep[]];
  expect(traceOf([[{ ...first, values: [Number.NaN, ...first.values.slice(1)] }, ...rest]], profile)).toBeUndefined();
  expect(traceOf([[{ ...first, values: [] }, ...rest]], profile)).toBeUndefined();
});

test('bytes that are no trace are none', () => {
  const { trace } = traceOf([stepsOf(9)], profile) as { trace: Uint8Array };
  for (let length = 0; length < trace.length; length++)
    expect(readTrace(trace.subarray(0, length), profile)).toBeUndefined();
  expect(readTrace(Uint8Array.of(...trace, 0), profile)).toBeUndefined();
  expect(readTrace(Uint8Array.of(2, ...trace.subarray(1)), profile)).toBeUndefined();
  // One list has one encoding: wider tokens, and bits behind the last one, are none.
  const [head, width] = [trace.subarray(0, 3), trace[3] as number];
  expect(readTrace(Uint8Array.of(...head, width + 1, ...trace.subarray(4)), profile)).toBeUndefined();
  const last = 3 + Math.ceil((9 * width) / 8);
  const bits = Uint8Array.from(trace);
  bits[last] = (bits[last] as number) | 0x80;
  expect((9 * width) % 8).not.toBe(0);
  expect(readTrace(bits, profile)).toBeUndefined();
  expect(readTrace(Uint8Array.of(1, 255, 255, 255, 255, 127), profile)).toBeUndefined();
});

test('a profile that cannot work says why; its name follows from its terms, not from what was measured', () => {
  const why = (more: object) => {
    const parsed = parseProfile({ ...document, ...more });
    return parsed.kind === 'fault' ? parsed.why : 'it works';
  };
  expect(why({})).toBe('it works');
  expect(why({ values: 512 })).toContain('do not fit');
  expect(why({ low_bits: 1, corrects: 4 })).toContain('two bits');
  expect(why({ juror: 0.004 })).toContain('threshold of jurors');
  expect(why({ degree: 3 })).toContain('degree');
  expect(why({ corrects: 10 ** 9 })).toContain('corrects');
  expect(why({ live: [1] })).toContain('live');
  expect(why({ weights: 'x' })).toContain('weights');
  expect(profileName(profileOf({ measured: { rows: 3 } }))).toBe(profileName(profile));
  expect(profileName(profileOf({ step: 0.011 }))).not.toBe(profileName(profile));
});

test('choices are replayed: the same logits give the same tokens, and close ones a small gap', () => {
  const rule = { temperature: 0.8, topK: 40, topP: 0.95, minP: 0, frequencyPenalty: 0, presencePenalty: 0, seed: 9 };
  const logits = new Map(Array.from({ length: 50 }, (_, id): [number, number] => [id, Math.sin(id) * 4]));
  const near = new Map([...logits].map(([id, logit]) => [id, logit + 0.001 * Math.cos(id)]));
  const chooser = createChooser(rule);
  const made: number[] = [];
  for (let position = 0; position < 200; position++) {
    const token = chooser.choose(logits, made);
    expect(chooser.gap(logits, made, token)).toBe(0);
    expect(chooser.gap(near, made, token)).toBeLessThan(0.01);
    made.push(token);
  }
  expect(new Set(made).size).toBeGreaterThan(8);
  expect(chooser.gap(logits, [], 999)).toBe(Number.POSITIVE_INFINITY);
  const greedy = createChooser({ ...rule, temperature: 0 });
  const top = [...logits].sort(([, a], [, b]) => b - a)[0]?.[0] as number;
  expect(greedy.choose(logits, [])).toBe(top);
  const shy = createChooser({ ...rule, temperature: 0, presencePenalty: 100 });
  expect(shy.choose(logits, [top])).not.toBe(top);
});

test('a token at the edge of the candidates may be one for one engine and none for another: the gap is small either way', () => {
  // Shares .6, .35, .05: with P at .95 the third is a candidate or not by a hair.
  const rule = { temperature: 1, topK: 40, topP: 0.95, minP: 0, frequencyPenalty: 0, presencePenalty: 0, seed: 0 };
  const [inside, outside] = [0.9499, 0.9501].map(
    (share) => new Map([0.6, share - 0.6, 1 - share].map((each, id): [number, number] => [id, Math.log(each)])),
  ) as [Map<number, number>, Map<number, number>];
  let flipped = 0;
  for (let seed = 0; seed < 400; seed++) {
    const chooser = createChooser({ ...rule, seed });
    const [a, b] = [chooser.choose(inside, []), chooser.choose(outside, [])];
    expect(chooser.gap(outside, [], a)).toBeLessThan(0.01);
    expect(chooser.gap(inside, [], b)).toBeLessThan(0.01);
    if (a !== b) flipped++;
    const other = [0, 1, 2].find((id) => id !== a && id !== b) as number;
    if (other !== 2) expect(chooser.gap(inside, [], other)).toBeGreaterThan(0);
  }
  expect(flipped).toBeGreaterThan(5);
});

test('a choice does not depend on which logits behind the candidates are known, whatever is taken off', () => {
  const draw = drawsFrom(7);
  const all = Array.from({ length: 300 }, (_, id): [number, number] => [id, 12 * draw()]);
  const likeliest = all.toSorted(([, a], [, b]) => b - a).slice(0, MOST_CANDIDATES);
  const knownBy = (): ReadonlyMap<number, number> => new Map([...likeliest, ...all.filter(() => draw() < 0.2)]);
  const made = likeliest.slice(0, 25).flatMap(([id], i) => Array.from({ length: 1 + (i % 3) }, () => id));
  for (let seed = 0; seed < 300; seed++) {
    const rule = {
      temperature: 2,
      topK: 0,
      topP: seed % 2 ? 0.9 : 1,
      minP: 0,
      frequencyPenalty: 2,
      presencePenalty: 2,
      seed,
    };
    const chooser = createChooser(rule);
    const token = chooser.choose(knownBy(), made);
    const checker = new Map([...knownBy(), [token, all[token]?.[1] as number]]);
    expect([chooser.choose(checker, made), chooser.gap(checker, made, token)]).toEqual([token, 0]);
  }
});
