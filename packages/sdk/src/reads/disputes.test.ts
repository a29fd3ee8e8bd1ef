/** When the owner of a stack may add evidence, also where a market's votes take longer than that. */
import { expect, test } from 'vitest';
import { type Dispute, evidenceDeadline, mayReveal, mayShow } from './disputes.ts';

const dispute: Dispute = {
  ...{ stackSmallId: 1n, challenger: '0x1', challengerNodeSmallId: null, fromStake: false, bond: 0n },
  ...{ commitment: new Uint8Array(32), rows: [], namedUnits: 0n, jurors: [1n, 2n, 3n], voting: [1n, 2n, 3n] },
  ...{ firstJury: [], joined: [], undecided: false, committed: [1n, 2n, 3n], revealed: [], evidence: null },
  ...{ waits: true, disputeEpoch: 5n, commitDeadlineEpoch: 9n, revealDeadlineEpoch: 12n },
};

test('evidence is taken for two epochs, however long votes are; votes that are all in are revealed after that', () => {
  expect(evidenceDeadline(dispute)).toBe(7n);
  expect([5n, 6n, 7n, 8n].map((epoch) => mayShow(dispute, epoch))).toEqual([true, true, false, false]);
  expect([5n, 6n, 7n, 8n].map((epoch) => mayReveal(dispute, epoch))).toEqual([false, false, true, true]);
});

test('none is taken where the owner disputes itself, showed it, or a second jury votes', () => {
  const shown = { ...dispute, waits: false };
  expect(evidenceDeadline(shown)).toBeNull();
  expect([0n, 5n, 6n].map((epoch) => mayShow(shown, epoch))).toEqual([false, false, false]);
  expect([5n, 6n].map((epoch) => mayReveal(shown, epoch))).toEqual([false, true]);
});
