import { expect, test } from 'vitest';
import { refusalOf } from './draw.ts';

const TOMA = 1_000_000_000n;
const offer = { node: 3n, price: 100n, mostUnits: 1_000n };
const purchase = { pricePerComputeUnit: 100n, numComputeUnits: 1_000n, bond: 6n * TOMA };
const terms = { purchase, leastReputation: 50, named: [] };
const standing = { freeStake: 10n * TOMA, bonded: 0n, reputation: 50, disabledEpoch: null } as never;
const change = (parts: object) => Object.assign({}, standing, parts) as never;

test('a node is drawn by its offer, its standing and the names of the purchase', () => {
  expect(refusalOf(offer, terms, standing)).toBeNull();
  expect(refusalOf(offer, { ...terms, named: [3n] }, standing)).toBeNull();
  expect(refusalOf(offer, { ...terms, named: [4n] }, standing)).toBe('was not among those the buyer named');
  expect(refusalOf({ ...offer, price: 101n }, terms, standing)).toBe('asked more');
  expect(refusalOf({ ...offer, mostUnits: 999n }, terms, standing)).toBe('sold smaller stacks');
  expect(refusalOf(offer, terms, change({ disabledEpoch: 4n }))).toBe('had been disabled');
  expect(refusalOf(offer, terms, change({ reputation: 49 }))).toBe('had too little reputation');
});

test('a bond must fit, and leave a quarter of free and bonded stake free', () => {
  expect(refusalOf(offer, terms, change({ freeStake: 6n * TOMA - 1n }))).toBe('had less free stake than the bond');
  expect(refusalOf(offer, terms, change({ freeStake: 8n * TOMA }))).toBeNull();
  expect(refusalOf(offer, terms, change({ freeStake: 8n * TOMA, bonded: 1n }))).toBe(
    'would have kept less than a quarter of its stake free',
  );
});
