import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  type CoalitionTerms,
  checkProbability,
  coalitionTerms,
  framingValue,
  lyingPaysAbove,
  lyingPaysAboveAtWorst,
  overclaimPaysAbove,
  type SampledTerms,
} from './coalition.ts';

/** Every settlement checked, cheap checks, bond of twice the price, nothing for accusing oneself. */
const sampled: CoalitionTerms = {
  checked: 1,
  attesters: 1,
  jurors: 5,
  bond: 2,
  attesterPay: 0.04,
  jurorPay: 0.08,
  disputeBond: 0.5,
  slash: 0.12,
  challengerShare: 0,
};
/** One settlement in eight repeated in whole, dear ones, a bond of fifteen times the price. */
const repeated: CoalitionTerms = {
  checked: 0.12,
  attesters: 1,
  jurors: 5,
  bond: 15,
  attesterPay: 1,
  jurorPay: 1,
  disputeBond: 5,
  slash: 1,
  challengerShare: 0.2,
};
/** The defaults of the contract. */
const defaults: SampledTerms = {
  attestationProbability: 1_500,
  attesters: 1,
  jurors: 5,
  bond: 2_000,
  attesterPay: 40,
  jurorPay: 80,
  disputeBond: 500,
  silenceSlash: 120,
  outsiderShare: 100,
};
const MANY = 30_000;
const at = (terms: CoalitionTerms, share: number, otherNodes = MANY): number =>
  lyingPaysAbove({ terms, otherNodes, colludingNodes: Math.round(otherNodes * share) });

/** Written down when the model agreed with the game played out below. */
test.each([
  [0.1, 2.662],
  [0.25, 2.066],
  [1 / 3, 1.631],
  [0.4, 1.207],
  [0.5, 0.598],
])('sampled checks, %d of a large task in one hand: lying pays above %d fees', (share, expected) => {
  expect(Math.abs(at(sampled, share) - expected)).toBeLessThan(0.02);
});

test('a larger share, fewer checks and a smaller bond make lying cheaper, never dearer', () => {
  const shares = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map((share) => at(sampled, share));
  expect([...shares].sort((a, b) => b - a)).toEqual(shares);
  expect(at({ ...sampled, checked: 0.5 }, 0.3)).toBeCloseTo(at(sampled, 0.3) / 2, 10);
  expect(at({ ...sampled, bond: 1 }, 0.3)).toBeLessThan(at(sampled, 0.3));
});

/** The same game played out with dice: a liar that waits, and in the jury lies where it can win alone, contests a verdict it is one vote short
 * of, and else votes with the others. */
test('the model agrees with the game played out', () => {
  let state = 7;
  const dice = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const share = 1 / 3;
  const runs = 200_000;
  /** Seats of the liar, and of honest jurors that vote. */
  const seats = (): readonly [number, number] => {
    let [mine, honest] = [0, 0];
    for (let seat = 0; seat < 5; seat++) {
      if (dice() < share) mine++;
      else if (dice() >= 0.05) honest++;
    }
    return [mine, honest];
  };
  let profit = 0;
  for (let run = 0; run < runs; run++) {
    if (dice() < share) {
      profit += 1;
      continue;
    }
    for (let jury = 0; jury < 2; jury++) {
      const [mine, honest] = seats();
      if (mine + honest === 5 && mine === 3 && jury === 0) {
        const [more, truths] = seats();
        const captured = mine + more >= honest + truths;
        profit += captured ? 1 + sampled.disputeBond : -sampled.bond - (mine + more) * sampled.slash;
        break;
      }
      if (mine >= 3) profit += 1 + sampled.disputeBond;
      else if (mine + honest >= 3) profit += -sampled.bond + mine * sampled.jurorPay;
      if (mine >= 3 || mine + honest >= 3) break;
    }
  }
  expect(Math.abs(1 - profit / runs - at(sampled, share))).toBeLessThan(0.02);
});

test('accusing oneself and framing others lose at a third, with the terms of today and with sampled checks', () => {
  const market = (terms: CoalitionTerms) => ({ terms, otherNodes: 1_000, colludingNodes: 333 });
  expect(framingValue(market({ ...sampled, challengerShare: 0.5 }))).toBeLessThan(0);
  expect(framingValue(market({ ...sampled, challengerShare: 0.1 }))).toBeLessThan(-0.1);
  expect(framingValue(market(repeated))).toBeLessThan(0);
  // A share for whoever accuses lets a liar soften its own fall; without one there is nothing to gain.
  expect(at({ ...sampled, challengerShare: 0.5 }, 1 / 3)).toBeLessThan(at(sampled, 1 / 3));
});

test('without three jurors nobody is convicted: the fee is all that is lost', () => {
  expect(lyingPaysAbove({ terms: sampled, otherNodes: 3, colludingNodes: 0 })).toBe(1);
});

test('at the default terms lying loses in a third of a task while honest work costs up to 1.25 fees, in a half up to 0.5', () => {
  const worst = (colludingNodes: number) => lyingPaysAboveAtWorst(defaults, { otherNodes: 1_000, colludingNodes });
  expect(worst(333)).toBeGreaterThanOrEqual(1.25);
  expect(worst(500)).toBeGreaterThanOrEqual(0.5);
  const full = lyingPaysAbove({ terms: coalitionTerms(defaults), otherNodes: 1_000, colludingNodes: 333 });
  expect(worst(333)).toBeLessThan(full); // a stack hardly used is the worst case
});

/**
 * The liar's moves in the model, hiding among them, on stacks used to a thousandth, where lying is cheapest in fees. Framing an honest node by
 * "unavailable" is not in the model.
 */
test('hiding the inputs from everybody but own jurors is no way around the jury', () => {
  const market = { otherNodes: 1_000, colludingNodes: 333 };
  // Without a share for accusing oneself.
  const hidden = lyingPaysAbove({ ...market, terms: { ...coalitionTerms(defaults, 0.001), challengerShare: 0 } });
  expect(hidden).toBeGreaterThanOrEqual(1.5);
  const half = lyingPaysAbove({ terms: coalitionTerms(defaults, 0.001), otherNodes: 1_000, colludingNodes: 500 });
  expect(half).toBeGreaterThanOrEqual(0.5);
  // A juror that can be had for nothing would make hiding pay sooner.
  const bare = lyingPaysAbove({ ...market, terms: { ...coalitionTerms(defaults, 0.001), slash: 0 } });
  expect(bare).toBeLessThanOrEqual(hidden);
});

test('a stack is checked as surely as it is used, from two thirds on for certain', () => {
  expect([0, 1 / 3, 2 / 3, 1].map((used) => checkProbability(1_500, used))).toEqual([0, 0.5, 1, 1]);
  expect(coalitionTerms(defaults, 0.5)).toMatchObject({ checked: 0.75, bond: 4, disputeBond: 1 });
});

/** The table of the page, row by row: its figures are these formulas at the defaults. */
test('docs/economics.md says what the model computes', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/economics.md'), 'utf8');
  const figures = (title: string): readonly number[] => {
    const row = page.split('\n').find((line) => line.startsWith(`| ${title}`)) ?? '';
    return row
      .split('|')
      .slice(2, -1)
      .map((cell) => (cell.trim() === '1/3' ? 1 / 3 : Number(cell)));
  };
  const shares = figures("coalition's share of a large task");
  expect(shares).toEqual([0.1, 0.25, 1 / 3, 0.4, 0.5]);
  const rounded = (value: number): number => Number(value.toFixed(2)) + 0;
  const computed = (of: (market: { otherNodes: number; colludingNodes: number }) => number): readonly number[] =>
    shares.map((share) => rounded(of({ otherNodes: 1_000, colludingNodes: Math.floor(1_000 * share) })));
  const framing = (change: Partial<CoalitionTerms>) => (market: { otherNodes: number; colludingNodes: number }) =>
    framingValue({ ...market, terms: { ...coalitionTerms(defaults), ...change } });
  expect(figures('lying pays above')).toEqual(computed((market) => lyingPaysAboveAtWorst(defaults, market)));
  expect(figures('framing an honest node earns an outsider')).toEqual(computed(framing({})));
  expect(figures('framing an honest node earns a drawn attester')).toEqual(computed(framing({ challengerShare: 0.5 })));
  expect(figures('the same with half of the bond')).toEqual(computed(framing({ disputeBond: 0.25 })));
});

/** A coalition with that share of a large task that bills what only the owner can show. */
const billing = (share: number, terms = coalitionTerms(defaults)) => ({
  terms,
  otherNodes: 1_000,
  colludingNodes: Math.round(1_000 * share),
});

test('an over-claim that only the owner can show: above the jury’s pay where it shows nothing, never where it does', () => {
  expect(overclaimPaysAbove({ ...billing(0), offline: 0 }, false)).toBeCloseTo(0.4, 10);
  const unshown = [0, 0.1, 0.25, 1 / 3, 0.4, 0.5].map((share) => overclaimPaysAbove(billing(share), false));
  expect(unshown.map((above) => Number(above.toFixed(2)))).toEqual([0.38, 0.34, 0.28, 0.25, 0.23, 0.19]);
  for (const share of [0, 0.1, 0.25, 1 / 3, 0.4, 0.5])
    expect(overclaimPaysAbove(billing(share), true)).toBe(Number.POSITIVE_INFINITY);
});

test('with a small bond and half of the task an over-claim breaks even at a part of the price, and a larger bond moves that up', () => {
  const above = (bond: number): number => overclaimPaysAbove(billing(0.5, { ...coalitionTerms(defaults), bond }), true);
  expect(above(0.8)).toBeGreaterThan(0.1);
  expect(above(1.2)).toBeGreaterThan(above(0.8));
  expect(above(1.2)).toBeLessThan(1);
});
