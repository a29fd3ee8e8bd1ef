import { expect, test } from 'vitest';
import { Dispute } from '../generated/bindings/atoma/dispute.ts';
import { DisputeResolvedEvent } from '../generated/bindings/atoma/events.ts';
import { Ticket } from '../generated/bindings/atoma/settlement.ts';
import { Stack } from '../generated/bindings/atoma/stack.ts';
import { disputeLayout, resolvedLayout, stackLayout, ticketLayout } from './layouts.ts';

const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const account = `0x${'a1'.repeat(32)}`;
const spans = { window: 2n, phase: 2n, stackLife: 14n };
const terms = {
  ...{ attestationProbability: 1_500n, attesters: 1n, attesterPay: 40n, minimumAttesterPay: 5n, bond: 2_000n },
  ...{ jurors: 5n, jurorPay: 80n, disputeBond: 500n, silenceSlash: 120n, challengerShare: 500n, outsiderShare: 100n },
  ...{ minimumDisputeBond: 6n, samples: 8n, sampledShare: 50n, rowCap: 40n, ...spans, rules: 1n },
};
const stack = {
  ...{ owner: account, task: 1n, node: 2n, nodeAddress: account, keyHash: hash(0), price: 100n, units: 1_000n },
  ...{ level: 1, terms, escrow: 104n, bond: 200n, boughtEpoch: 3n, noticeEpoch: 2n ** 64n - 1n },
};
const ticket = {
  ...{ claimed: 7n, root: hash(1), inputs: hash(2), seed: hash(3), leaves: [hash(4), hash(0)], attesters: [4n] },
  ...{ attested: [false], drawn: [4n], required: true, surcharge: 4n, deadline: 5n, windowLeft: 0n, redraws: 1 },
  ...{ slashed: 0n, state: 1 },
};
const dispute = {
  ...{ challenger: account, challengerNode: 0n, fromStake: false, commitment: hash(5), rows: [], namedUnits: 0n },
  ...{ bond: 50n, jurors: [6n, 7n, 8n], commits: [hash(6), hash(7), hash(8)], secrets: [hash(9), new Uint8Array()] },
  ...{ units: [7n, 0n, 0n], blames: [true, false, false], evidence: null, waits: false, joined: [] },
  ...{ epoch: 3n, commitDeadline: 5n },
  ...{ revealDeadline: 7n, firstJury: [9n], together: true, last: true },
};
const resolved = {
  ...{ stackSmallId: 1n, selectedNodeId: 2n, outcome: 0, ruledByManager: false, nodeFee: 0n, userRefundAmount: 104n },
  ...{ nodeBondReturned: 0n, jurorPay: 8n, paidJurors: [6n], slashedJurors: [], challengerBondReturned: 50n },
  ...{ challengerShare: 0n, ownerBondReturned: 0n, shareNodeId: 4n, joinedShare: 20n, poolAmount: 172n, fromPool: 0n },
};

const without = (bytes: Uint8Array, from: number, count = 8): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + count)]);

/** Bytes before the version of the rules: owner, ids, address, hash, price, units, level, and 18 parameters. */
const RULES_AT = 32 + 16 + 32 + 33 + 16 + 2 + 18 * 8;

test('rows of stacks, tickets and disputes are read as this contract and earlier ones wrote them', () => {
  const [ofStack, ofTicket, ofDispute] = [Stack, Ticket, Dispute].map((layout, i) =>
    layout.serialize([stack, ticket, dispute][i] as never).toBytes(),
  ) as [Uint8Array, Uint8Array, Uint8Array];
  expect(stackLayout.parse(ofStack)).toEqual(stack);
  expect(stackLayout.parse(without(ofStack, RULES_AT))).toEqual(stack);
  expect(ticketLayout.parse(ofTicket)).toEqual(ticket);
  expect(ticketLayout.parse(without(ofTicket, ofTicket.length - 9))).toEqual(ticket);
  expect(disputeLayout.parse(ofDispute)).toEqual(dispute);
  // The one before knew no evidence of the owner and did not wait for it.
  const evidenceAt = ofDispute.length - (1 + 3 * 8 + 9 + 2) - 2;
  const before = without(ofDispute, evidenceAt, 2);
  expect(disputeLayout.parse(before)).toEqual(dispute);
  // One before that named who of a first jury had found the inputs unavailable, before its last two flags.
  const earlier = [...before.subarray(0, -2), 1, ...[9, 0, 0, 0, 0, 0, 0, 0], ...before.subarray(-2)];
  expect(disputeLayout.parse(Uint8Array.from(earlier))).toMatchObject(dispute);
});

test('a dispute with evidence of its owner is read as it is, and one before it is never read as one with it', () => {
  const evidence = { owner: account, rows: [1n, 4n], namedUnits: 9n, bond: 450n };
  const shown = { ...dispute, evidence, waits: false };
  expect(disputeLayout.parse(Dispute.serialize(shown).toBytes())).toEqual(shown);
  for (const [epoch, joins] of [0n, 1n, 255n, 256n, 257n, 1_000n, 2n ** 40n].flatMap((at) =>
    [0, 1, 2].map((n) => [at, n] as const),
  )) {
    const joined = Array.from({ length: joins }, (_, i) => ({ node: BigInt(i + 1), owner: account, claim: hash(i) }));
    const row = { ...dispute, joined, epoch, commitDeadline: epoch + 2n, revealDeadline: epoch + 3n };
    const bytes = Dispute.serialize(row).toBytes();
    const tail = Dispute.serialize({ ...row, joined: [] }).toBytes();
    const ofJoined = bytes.length - tail.length;
    const before = without(bytes, bytes.length - (1 + 3 * 8 + 9 + 2) - ofJoined - 2, 2);
    expect(disputeLayout.parse(before)).toEqual(row);
  }
});

test('what a dispute came to is read as earlier contracts told it: in the first a joined attester had the challenger’s share', () => {
  const bytes = DisputeResolvedEvent.serialize(resolved).toBytes();
  expect(resolvedLayout.parse(bytes)).toEqual(resolved);
  // The one before told of no owner's payment.
  const before = without(bytes, bytes.length - 40);
  expect(resolvedLayout.parse(before)).toEqual(resolved);
  const told = DisputeResolvedEvent.serialize({ ...resolved, challengerShare: 20n }).toBytes();
  const earlier = without(without(without(told, told.length - 8), told.length - 24), told.length - 40);
  expect(resolvedLayout.parse(earlier)).toEqual(resolved);
});
