import { blake2b256 } from '@atoma/base';
import { expect, test } from 'vitest';
import { createMerkleBuilder } from '../../commitment/builder.ts';
import { faultLeaf, type InputEntry } from '../../commitment/inputs.ts';
import { handoffLayout, refusalLayout } from '../../wire/messages.ts';
import { expectationWithoutList, type Held, openExpectation, requestKey, type SettledUnits } from './expect.ts';

const hash = blake2b256(Uint8Array.of(1));
const entry = { requestHash: hash, units: 5n, cut: null, blind: new Uint8Array(32) };
const settled = { claimed: 5n, largest: 100n, nameable: 10n };
const nothing = { receipts: [], refused: [], handoff: null, signed: null };
const expectation = (of: SettledUnits, entries: readonly InputEntry[], held: Held) => {
  const made = openExpectation({ ...of, inputs: new Uint8Array(32) }, held);
  for (const each of entries) made.add(each);
  return made.finish();
};
const refusal = (requestHash: Uint8Array) => ({
  bytes: refusalLayout.encode({
    chainId: new Uint8Array(32),
    packageId: new Uint8Array(32),
    stack: 1n,
    node: 1n,
    requestId: new Uint8Array(16),
    requestHash,
    code: 'overloaded',
    timestampMs: 1n,
  }),
  signature: new Uint8Array(97).fill(7),
});

test('a billed request that its node refused is shown by the refusal, and the jury finds a row never owed', () => {
  const promised = refusal(hash);
  const refused = [refusal(blake2b256(Uint8Array.of(2))), promised];
  const { shown, named, merkleRoot } = expectation(settled, [entry], { ...nothing, refused, signed: new Map() });
  expect(shown.map((each) => Buffer.from(each))).toEqual([Buffer.concat([promised.signature, promised.bytes])]);
  const tree = createMerkleBuilder();
  tree.add(faultLeaf(0));
  expect(merkleRoot).toEqual(tree.root());
  expect(named).toEqual([]);
  expect(expectation(settled, [entry], nothing).merkleRoot).toBeNull();
});

test('without a list refusals are shown beside the dearest receipts: a node may keep it from its buyer alone', () => {
  const refused = Array.from({ length: 9 }, (_, i) => refusal(blake2b256(Uint8Array.of(i))));
  const receipts = Array.from({ length: 9 }, (_, i) => ({
    requestId: String(i),
    index: i,
    units: BigInt(i),
    cumulative: 0n,
    receipt: Uint8Array.of(i),
    signature: Uint8Array.of(100),
  }));
  const of = (count: number, promised: number) => {
    const held = { ...nothing, receipts: receipts.slice(0, count), refused: refused.slice(0, promised) };
    const { shown, named, merkleRoot } = expectationWithoutList(held);
    expect({ named, merkleRoot }).toEqual({ named: [], merkleRoot: null });
    return shown.map((each) => (each.length === 2 ? Number(each[1]) : 'refusal'));
  };
  const four = Array.from({ length: 4 }, () => 'refusal');
  expect(of(9, 9)).toEqual([...four, 8, 7, 6, 5]);
  expect(of(1, 9)).toEqual([...four, 'refusal', 'refusal', 'refusal', 0]);
  expect(of(9, 1)).toEqual(['refusal', 8, 7, 6, 5, 4, 3, 2]);
  expect(of(0, 0)).toEqual([]);
});

const rows = [3n, 9n, 4n, 2n].map((units, i) => ({ ...entry, units, requestHash: blake2b256(Uint8Array.of(10 + i)) }));
const claimed = { ...settled, claimed: 18n };
const handoff = (count: bigint) =>
  Uint8Array.from([
    ...new Uint8Array(97).fill(3),
    ...handoffLayout.encode({
      chainId: new Uint8Array(32),
      packageId: new Uint8Array(32),
      stack: 1n,
      node: 1n,
      owner: new Uint8Array(32).fill(5),
      rows: count,
      units: 3n,
      timestampMs: 1n,
    }),
  ]);
const asked = new Map([[requestKey((rows[3] as (typeof rows)[0]).requestHash), 2n]]);

test('the cheapest row that its buyer never asked for is named', () => {
  expect(expectation(claimed, rows, { ...nothing, signed: asked })).toMatchObject({ named: [0n], namedUnits: 3n });
  expect(expectation(claimed, rows, { ...nothing, signed: asked, handoff: handoff(1n) })).toMatchObject({
    named: [2n],
    namedUnits: 4n,
    shown: [handoff(1n)],
  });
});

test('a request of its own that is billed above what it allows is named', () => {
  const allowed = (most: readonly bigint[]) => {
    const signed = new Map(rows.map(({ requestHash }, i) => [requestKey(requestHash), most[i] as bigint]));
    return expectation(claimed, rows, { ...nothing, signed });
  };
  expect(allowed([3n, 8n, 3n, 2n])).toMatchObject({ named: [2n], namedUnits: 4n, convicts: true });
  expect(allowed([3n, 9n, 4n, 2n])).toMatchObject({ named: [], namedUnits: 0n, convicts: false });
});

test('no row is named that costs too much, or where the journal does not know every request', () => {
  const dear = { ...nothing, signed: asked, handoff: handoff(1n) };
  expect(expectation({ ...claimed, nameable: 3n }, rows, dear).named).toEqual([]);
  expect(expectation({ ...claimed, nameable: 0n }, rows, dear).named).toEqual([]);
  expect(expectation(claimed, rows, { ...dear, signed: null }).named).toEqual([]);
});
