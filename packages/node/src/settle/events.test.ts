/** What each event of the market means to one node, node 1 of the tests: what becomes of its stacks, and what it owes from when to when. */
import type { AtomaEvent, EventData, EventKind } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { dutyKinds, type Mutation } from '../store/types.ts';
import { stackTerms } from '../testing/ledger-fixtures.ts';
import { openRound } from '../testing/round.ts';
import { toMutations } from './events.ts';

const OWN = 1n;
const STACK = 7n;
const scope = {
  nodeId: OWN,
  address: '0xnode',
  now: () => 5,
  chain: {
    readStack: async (stack: bigint) =>
      stack === STACK ? { terms: stackTerms(STACK), node: OWN, nodeAddress: '0xnode' } : null,
    badgeHolder: async () => null,
    purchasedBadge: async () => null,
  },
};

const mutationsOf = async <Kind extends EventKind>(
  kind: Kind,
  data: Partial<EventData<Kind>>,
  change: Partial<typeof scope> = {},
): Promise<readonly Mutation[]> => {
  const place = { digest: 'digest', eventIndex: 3, checkpoint: '9', sender: '0x0' };
  const event = { ...place, kind, data: { stackSmallId: STACK, ...data } } as unknown as AtomaEvent;
  const found = await toMutations(event, { ...scope, ...change });
  expect(found).toMatchObject({ digest: 'digest', eventIndex: 3 });
  return found.mutations;
};

const owed = (kind: string, fromEpoch: bigint, beforeEpoch: bigint | null, data = {}) => ({
  kind: 'duty',
  row: { kind, stack: STACK, fromEpoch, beforeEpoch, data: JSON.stringify(data), updatedMs: 5 },
});
const vote = (epoch: bigint, commitBefore: bigint, revealBefore: bigint) => [
  owed('commit_vote', 0n, commitBefore, { epoch: String(epoch) }),
  owed('reveal_vote', epoch + 1n, revealBefore, { epoch: String(epoch) }),
];
const fallen = (nodes: string): unknown => {
  const row = { kind: 'evict', stack: STACK, fromEpoch: 0n, beforeEpoch: null, updatedMs: 5 };
  return { kind: 'duty', row: { ...row, data: JSON.stringify({ nodes }) } };
};
const met = (...duties: readonly string[]) =>
  duties.map((duty) => ({ kind: 'dutyDone', duty, stack: STACK, state: 'done' }));
const missed = (...duties: readonly string[]) =>
  duties.map((duty) => ({ kind: 'dutyDone', duty, stack: STACK, state: 'missed' }));
const state = (to: string): unknown => ({ kind: 'stackState', stack: STACK, state: to });

test('a purchase: who may sign for the stack, and the stack itself where it is this node’s under this address', async () => {
  const bought = { stackBadgeId: '0xbadge', owner: '0xbuyer', selectedNodeId: OWN };
  const signers = { kind: 'signers', stack: STACK, badge: '0xbadge', owner: '0xbuyer' };
  const terms = { ...stackTerms(STACK), badge: '0xbadge' };
  expect(await mutationsOf('StackCreatedEvent', bought)).toEqual([signers, { kind: 'stack', terms, now: 5 }]);
  expect(await mutationsOf('StackCreatedEvent', { ...bought, selectedNodeId: 2n })).toEqual([signers]);
  expect(await mutationsOf('StackCreatedEvent', bought, { address: '0xother' })).toEqual([signers]);
  const gone = await mutationsOf('StackCreatedEvent', { ...bought, stackSmallId: 8n });
  expect(gone).toEqual([{ ...signers, stack: 8n }]);
});

test('a new owner, and a notice two epochs before it ends', async () => {
  expect(await mutationsOf('StackOwnerUpdatedEvent', { owner: '0xheir' })).toEqual([
    { kind: 'stackOwner', stack: STACK, owner: '0xheir' },
    { kind: 'signer', stack: STACK, owner: '0xheir' },
  ]);
  expect(await mutationsOf('StackRefundRequestedEvent', { reclaimEpoch: 9n })).toEqual([
    { kind: 'stackNotice', stack: STACK, epoch: 7n },
  ]);
});

test('a settlement: the node claims its own, a drawn one attests where it must, the others do nothing', async () => {
  const settled = {
    ...{ selectedNodeId: OWN, requestedAttestationNodes: [2n, 3n], attestationRequired: true, deadlineEpoch: 8n },
  };
  const ticket = (node: bigint, nodes: readonly string[], required: boolean) => ({
    kind: 'ticket',
    row: {
      ...{ stack: STACK, node, state: 'settled', deadlineEpoch: 8n },
      data: JSON.stringify({ attesters: nodes, required }),
    },
  });
  expect(await mutationsOf('StackTrySettleEvent', settled)).toEqual([
    ticket(OWN, ['2', '3'], true),
    state('settled'),
    owed('claim', 8n, null),
  ]);
  const drawn = { ...settled, selectedNodeId: 4n, requestedAttestationNodes: [2n, OWN] };
  expect(await mutationsOf('StackTrySettleEvent', drawn)).toEqual([
    ticket(4n, ['2', '1'], true),
    owed('attest', 0n, 8n),
  ]);
  expect(await mutationsOf('StackTrySettleEvent', { ...drawn, attestationRequired: false })).toEqual([]);
  expect(await mutationsOf('StackTrySettleEvent', { ...settled, selectedNodeId: 4n })).toEqual([]);
});

test('attesters drawn anew: a new one owes, a silent one has missed, the others do nothing', async () => {
  const redrawn = { newNodes: [2n], silentNodes: [3n], deadlineEpoch: 9n };
  const drawn = { ...redrawn, newNodes: [2n, OWN] };
  expect(await mutationsOf('AttestersRedrawnEvent', drawn)).toEqual([owed('attest', 0n, 9n), fallen('3')]);
  expect(await mutationsOf('AttestersRedrawnEvent', { ...redrawn, silentNodes: [OWN] })).toEqual(missed('attest'));
  const filled = await mutationsOf('AttestersRedrawnEvent', { ...redrawn, newNodes: [OWN], silentNodes: [] });
  expect(filled).toMatchObject([{ kind: 'duty', row: { kind: 'attest' } }]);
  expect(filled).toHaveLength(1);
  expect(await mutationsOf('AttestersRedrawnEvent', redrawn)).toEqual([]);
});

test('what met a duty ends it, for whoever it was', async () => {
  const ends = async <Kind extends EventKind>(kind: Kind, who: keyof EventData<Kind>) => {
    const by = (node: bigint) => mutationsOf(kind, { [who]: node } as Partial<EventData<Kind>>);
    expect(await by(2n), kind).toEqual([]);
    return by(OWN);
  };
  expect(await ends('NewStackSettlementAttestationEvent', 'attestationNodeId')).toEqual([
    ...met('attest'),
    owed('finalize', 0n, null),
  ]);
  expect(await ends('DisputeJoinedEvent', 'attesterNodeId')).toEqual(met('attest'));
  expect(await ends('AttesterExcusedEvent', 'attestationNodeId')).toEqual(met('attest'));
  expect(await ends('DisputeVoteCommittedEvent', 'jurorNodeId')).toEqual(met('commit_vote'));
  expect(await ends('DisputeVoteRevealedEvent', 'jurorNodeId')).toEqual(met('reveal_vote'));
});

test('a dispute: jurors vote in their epochs, every party resolves it, an own stack waits for it', async () => {
  const dispute = {
    ...{ originalNodeId: 4n, challengerNodeId: 3n, jurors: [5n, 6n], disputeEpoch: 5n },
    ...{ commitDeadlineEpoch: 7n, revealDeadlineEpoch: 9n },
  };
  const attested = met('attest');
  const resolve = owed('resolve', 6n, null);
  const votes = vote(5n, 7n, 9n);
  const disputed = (change: object) => mutationsOf('StackAttestationDisputeEvent', { ...dispute, ...change });
  expect(await disputed({})).toEqual(attested);
  expect(await disputed({ jurors: [5n, OWN] })).toEqual([...votes, resolve, ...attested]);
  expect(await disputed({ originalNodeId: OWN })).toEqual([state('disputed'), resolve, ...attested]);
  expect(await disputed({ challengerNodeId: OWN })).toEqual([resolve, ...attested]);
  // What a buyer disputes a drawn attester may still join.
  expect(await disputed({ challengerNodeId: 0n })).toEqual([]);
});

test('with its owner’s evidence a dispute begins anew: who had to vote or attest, met or not, votes or may join in the new epochs, and nobody else', async () => {
  const evidence = { disputeEpoch: 6n, commitDeadlineEpoch: 8n, revealDeadlineEpoch: 9n };
  const again = await mutationsOf('DisputeEvidenceEvent', evidence);
  const join = { kind: 'dutyAgain', row: { ...owed('attest', 0n, null).row, data: JSON.stringify({ epoch: '6' }) } };
  expect(again).toEqual([...vote(6n, 8n, 9n).map(({ row }) => ({ kind: 'dutyAgain', row })), join]);
  const { desk, duty } = await openRound();
  const apply = async (digest: string, mutations: readonly Mutation[]) =>
    desk.store.applyEvents([{ digest, eventIndex: 0, mutations }], { cursor: null, checkpoint: 0n });
  await apply('none', again);
  expect(await desk.store.listDuties()).toEqual([]);
  await apply('start', vote(5n, 7n, 8n) as readonly Mutation[]);
  await desk.store.endDuty('commit_vote', STACK, 'done');
  await apply('shown', again);
  await apply('shown', again); // a second time it changes nothing
  expect([await duty('commit_vote', STACK), await duty('reveal_vote', STACK)]).toEqual(['open', 'open']);
  expect((await desk.store.listDuties()).map(({ kind, beforeEpoch }) => [kind, beforeEpoch])).toEqual([
    ['commit_vote', 8n],
    ['reveal_vote', 9n],
  ]);
  await desk.store.endDuty('commit_vote', STACK, 'done');
  await apply('again', again); // read anew: a vote that was cast stays cast
  expect(await duty('commit_vote', STACK)).toBe('done');
  // An attester that had joined, after all in the window, and of which the time is over.
  await apply('settled', [owed('attest', 0n, 8n) as Mutation]);
  await desk.store.endDuty('attest', STACK, 'done');
  await apply('joins', again);
  expect(await duty('attest', STACK)).toBe('open');
  await desk.store.endDuty('attest', STACK, 'done');
  await apply('joins again', again);
  expect(await duty('attest', STACK)).toBe('done');
});

test('a second jury votes anew; the first one need not any more', async () => {
  const second = { jurors: [2n, OWN], disputeEpoch: 8n, commitDeadlineEpoch: 10n, revealDeadlineEpoch: 12n };
  expect(await mutationsOf('SecondJuryEvent', second)).toEqual([...vote(8n, 10n, 12n), owed('resolve', 9n, null)]);
  expect(await mutationsOf('SecondJuryEvent', { ...second, jurors: [2n] })).toEqual(
    missed('commit_vote', 'reveal_vote'),
  );
});

test('a commitment that must be opened is owed by its node until it is open', async () => {
  const required = { selectedNodeId: OWN, openUntilEpoch: 12n };
  expect(await mutationsOf('StackOpeningRequiredEvent', required)).toEqual([owed('open', 0n, 12n)]);
  expect(await mutationsOf('StackOpeningRequiredEvent', { ...required, selectedNodeId: 2n })).toEqual([]);
  expect(await mutationsOf('StackOpenedEvent', {})).toEqual(met('open'));
});

test.each<EventKind>([
  'StackSettlementTicketClaimedEvent',
  'StackReclaimedEvent',
  'StackForfeitedEvent',
  'SettlementExpiredEvent',
  'DisputeResolvedEvent',
])('%s ends the stack, and all that was owed about it', async (kind) => {
  const resolved = { selectedNodeId: 4n, paidJurors: [2n] };
  const ended = [
    state('closed'),
    { kind: 'signersEnd', stack: STACK },
    ...met('claim', 'resolve', 'finalize'),
    ...missed(...dutyKinds),
  ];
  expect(await mutationsOf(kind, resolved)).toEqual(ended);
  // Who was paid for a conviction clears the slots of the node at fault.
  const paid = await mutationsOf(kind, { ...resolved, paidJurors: [2n, OWN] });
  expect(paid).toEqual(kind === 'DisputeResolvedEvent' ? [...ended, fallen('4')] : ended);
});

test('other events change nothing', async () => {
  expect(await mutationsOf('NodeUrlUpdatedEvent', {})).toEqual([]);
});
