import { expect, test } from 'vitest';
import { type HonestyInputs, honesty } from './honesty.ts';

const terms = { samplingPermille: 120, attesters: 1, jurors: 5, bondPermille: 15000 };
const market = {
  terms,
  fee: 1,
  honestCost: 0.6,
  otherNodes: 30,
  colludingNodes: 10,
  falsePositiveRate: 0,
  openStacks: 10,
};

/** mulberry32: a small seeded generator, uniform in [0, 1). */
const seeded = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

/** Draws without replacement, as the contract does. */
const draw = <T>(from: T[], count: number, random: () => number): T[] => {
  const pool = [...from];
  return Array.from(
    { length: Math.min(count, pool.length) },
    () => pool.splice(Math.floor(random() * pool.length), 1)[0] as T,
  );
};

/** Plays one cheated stack to its end; true when the cheat is convicted. Written from the protocol, not from the formula. */
const playCheat = ({ terms, otherNodes, colludingNodes }: HonestyInputs, random: () => number): boolean => {
  if (random() * 1000 >= terms.samplingPermille) return false;
  const others = Array.from({ length: otherNodes }, (_, id) => ({ id, colludes: id < colludingNodes }));
  const attesters = draw(others, terms.attesters, random);
  if (attesters.every((node) => node.colludes)) return false;
  const jury = draw(
    others.filter((node) => !attesters.includes(node)),
    terms.jurors,
    random,
  );
  const seats = seated(jury);
  if (seats.length === 0) return false;
  const right = seats.filter((node) => !node.colludes).length;
  const rest = others.filter((node) => !attesters.includes(node) && !seats.includes(node));
  const more = seated(draw(rest, terms.jurors, random));
  if (Math.abs(2 * right - seats.length) !== 1 || more.length === 0) return 2 * right > seats.length;
  const votes = right + more.filter((node) => !node.colludes).length;
  const all = seats.length + more.length;
  return 2 * votes > all || (2 * votes === all && 2 * right > seats.length);
};

/** An odd number of seats, at least three, or none. */
const seated = <T>(found: readonly T[]): readonly T[] =>
  found.length < 3 ? [] : found.slice(0, found.length % 2 === 1 ? found.length : found.length - 1);

/** Plays one honest stack whose re-executions differ independently; true when it is convicted all the same. */
const playHonest = ({ terms, otherNodes, falsePositiveRate }: HonestyInputs, random: () => number): boolean => {
  if (random() * 1000 >= terms.samplingPermille) return false;
  const drawn = Math.min(terms.attesters, otherNodes);
  const disputed = Array.from({ length: drawn }, () => random() < falsePositiveRate).some(Boolean);
  const found = Math.min(terms.jurors, otherNodes - drawn);
  if (!disputed || found < 3) return false;
  const seats = found % 2 === 1 ? found : found - 1;
  const wrong = (jurors: number): number =>
    Array.from({ length: jurors }, () => random() < falsePositiveRate).filter(Boolean).length;
  const first = wrong(seats);
  const left = Math.min(terms.jurors, otherNodes - drawn - seats);
  if (Math.abs(2 * first - seats) !== 1 || left < 3) return first > seats / 2;
  const more = left % 2 === 1 ? left : left - 1;
  const votes = first + wrong(more);
  return 2 * votes > seats + more || (2 * votes === seats + more && first > seats / 2);
};

const withinFourErrors = (expected: number, hits: number, runs: number): void => {
  const error = Math.sqrt(Math.max(expected * (1 - expected), 1 / runs) / runs);
  expect(Math.abs(hits / runs - expected)).toBeLessThanOrEqual(4 * error);
};

test.each<[string, Partial<HonestyInputs>]>([
  ['the default terms', {}],
  ['a third of the nodes in one hand', { otherNodes: 9, colludingNodes: 3 }],
  ['most nodes in one hand', { otherNodes: 12, colludingNodes: 9 }],
  ['four attesters', { terms: { ...terms, attesters: 4, samplingPermille: 500 } }],
  ['four candidates for five seats', { otherNodes: 5, colludingNodes: 1, terms: { ...terms, samplingPermille: 1000 } }],
  ['too few nodes for a jury', { otherNodes: 3, colludingNodes: 1, terms: { ...terms, samplingPermille: 1000 } }],
])('detection agrees with playing the game: %s', (_, change) => {
  const inputs = { ...market, ...change };
  const random = seeded(7);
  const runs = 40_000;
  let convicted = 0;
  for (let i = 0; i < runs; i += 1) if (playCheat(inputs, random)) convicted += 1;
  withinFourErrors(honesty(inputs).detectionProbability, convicted, runs);
});

test('false convictions agree with playing the game', () => {
  const inputs = { ...market, falsePositiveRate: 0.2, terms: { ...terms, attesters: 3, samplingPermille: 1000 } };
  const random = seeded(11);
  let convicted = 0;
  for (let i = 0; i < 40_000; i += 1) if (playHonest(inputs, random)) convicted += 1;
  withinFourErrors(honesty(inputs).falseConvictionProbability, convicted, 40_000);
});

test('mean profit of cheating agrees with playing the game for money', () => {
  const random = seeded(3);
  const runs = 60_000;
  const { bond, cheatingProfit, detectionProbability: d } = honesty(market);
  let total = 0;
  for (let i = 0; i < runs; i += 1) total += playCheat(market, random) ? -bond : market.fee;
  const error = ((market.fee + bond) * Math.sqrt(d * (1 - d))) / Math.sqrt(runs);
  expect(Math.abs(total / runs - cheatingProfit)).toBeLessThanOrEqual(4 * error);
});

test('a third of a large task loses by lying under the default terms, even with work that costs the whole fee', () => {
  const third = honesty({ ...market, otherNodes: 300, colludingNodes: 100, honestCost: 1 });
  expect(third.honestyPays).toBe(true);
  expect(third.minimumSafeBond).toBeLessThan(third.bond);
});

test('at the minimum safe bond cheating and honest work pay the same', () => {
  const report = honesty({ ...market, falsePositiveRate: 0.05 });
  const bondPermille = report.minimumSafeBond * 1000;
  const even = honesty({ ...market, falsePositiveRate: 0.05, terms: { ...terms, bondPermille } });
  expect(even.advantageOfCheating).toBeCloseTo(0, 9);
});

test('without a jury nobody is convicted: a disputed stack pays nobody and no bond is safe', () => {
  const lonely = honesty({ ...market, otherNodes: 2, colludingNodes: 0 });
  expect(lonely.detectionProbability).toBe(0);
  expect(lonely.voidedProbability).toBeCloseTo(0.12, 12);
  expect(lonely.cheatingProfit).toBeCloseTo(0.88, 12);
  expect(lonely.minimumSafeBond).toBe(Number.POSITIVE_INFINITY);
});
