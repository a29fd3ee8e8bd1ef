import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HistoryEntry } from '../../commitment/history.ts';
import { computeStackProof } from '../../commitment/proof.ts';
import { receiptLayout } from '../../wire/messages.ts';
import type { JournalReceipt } from '../journal/types.ts';
import { openLeaves } from './leaves.ts';

const stack = 7n;
const filled = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

const receiptOf = (
  { requestHash, contentHash, units }: HistoryEntry,
  index: number,
  cumulative: bigint,
): JournalReceipt => {
  const receipt = receiptLayout.encode({
    chainId: filled(1),
    packageId: filled(2),
    stack,
    node: 1n,
    index: BigInt(index),
    requestId: new Uint8Array(16).fill(index),
    requestHash,
    contentHash,
    promptUnits: units,
    completionUnits: 0n,
    units,
    cumulativeUnits: cumulative,
    previous: filled(0),
    timestampMs: 1n,
    flags: 0,
  });
  return { requestId: String(index), index, units, cumulative, receipt, signature: filled(0) };
};

const entry = fc.record({
  requestHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  contentHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  units: fc.bigInt(1n, 1_000n),
});
const history = fc.array(entry, { minLength: 2, maxLength: 12 });

const settledWith = (leaves: readonly HistoryEntry[]) => {
  const { committedStackProof, units } = computeStackProof({ history: { leaves }, stackSmallId: stack, attesters: 1 });
  return { stack, attesters: 1, claimed: units, committedStackProof };
};
const receiptsOf = (leaves: readonly HistoryEntry[]): readonly JournalReceipt[] => {
  let cumulative = 0n;
  return leaves.map((leaf, index) => {
    cumulative += leaf.units;
    return receiptOf(leaf, index, cumulative);
  });
};

const judgeLeaves = (
  leaves: readonly HistoryEntry[],
  settled: ReturnType<typeof settledWith>,
  receipts: readonly JournalReceipt[],
) => {
  const judge = openLeaves(settled, receipts);
  for (const leaf of leaves) judge.add(leaf);
  return judge.finish();
};

test('any part of the receipts stands in the list they were made from; a changed leaf is found missing', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.func(fc.boolean()), (leaves, at, held) => {
      const own = receiptsOf(leaves).filter((each) => held(each.index));
      const settled = settledWith(leaves);
      expect(judgeLeaves(leaves, settled, own)).toBe('holds');
      const index = at % leaves.length;
      const lied = leaves.map((leaf, i) => (i === index ? { ...leaf, contentHash: filled(9) } : leaf));
      const found = judgeLeaves(lied, settledWith(lied), own);
      expect(found).toBe(own.some((each) => each.index === index) ? 'lacks' : 'holds');
      const shorter = leaves.slice(0, -1);
      expect(judgeLeaves(shorter, settledWith(shorter), receiptsOf(leaves))).toBe('lacks');
      expect(judgeLeaves(lied, settled, own)).toBe('unknown');
    }),
    { numRuns: 60 },
  );
});
