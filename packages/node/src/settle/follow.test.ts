/** Following the chain: pages of events once each, what they show that is wrong, and own stacks compared with what is there. */
import { expect, test } from 'vitest';
import { objectId, openShownChain } from '../../../sdk/src/testing/shown-chain.ts';
import type { ChainView } from '../chain/view.ts';
import { keyOf } from '../testing/desk.ts';
import { stackTerms } from '../testing/ledger-fixtures.ts';
import { openRound, type Round } from '../testing/round.ts';
import { quarantineLostHistory } from './lost-history.ts';
import { reconcile } from './reconcile.ts';
import { syncEvents } from './sync.ts';

const view: ChainView = {
  readStack: async () => null,
  badgeHolder: async () => null,
  purchasedBadge: async () => null,
};
const bytes = new Uint8Array(32);

const openNode = (page = 2) => openRound({ node: 1n, chain: openShownChain(keyOf(1), { page }) });
const settle = ({ chain }: Round, stackSmallId: bigint, selectedNodeId = 1n): void =>
  chain.emit('StackTrySettleEvent', {
    ...{ stackSmallId, selectedNodeId, requestedAttestationNodes: [], attestationRequired: false },
    ...{ committedStackProof: bytes, stackMerkleLeaf: bytes, inputs: bytes, auditSeed: bytes },
    ...{ numClaimedComputeUnits: 1n, deadlineEpoch: 8n },
  });
const dispute = ({ chain }: Round, stackSmallId: bigint, originalNodeId: bigint): void =>
  chain.emit('StackAttestationDisputeEvent', {
    ...{ stackSmallId, originalNodeId, originalCommitment: bytes, challenger: objectId(7), challengerNodeId: 0n },
    ...{ attestationCommitment: bytes, rows: [], namedUnits: 0n, receipts: [], bond: 0n, jurors: [] },
    ...{ disputeEpoch: 5n, commitDeadlineEpoch: 7n, revealDeadlineEpoch: 9n },
  });

test('events are read page by page to the end, applied once, and gone on from', async () => {
  const round = await openNode();
  const { store } = round.desk;
  expect(await syncEvents(round.settle, view)).toEqual({ events: [], applied: 0 });
  expect(await store.cursor()).toMatchObject({ cursor: null });
  for (const stack of [1n, 2n, 3n, 4n, 5n]) settle(round, stack);
  const first = await syncEvents(round.settle, view);
  expect([first.events.length, first.applied]).toEqual([5, 5]);
  expect(await store.cursor()).toEqual({ cursor: '5', checkpoint: 5n });
  expect((await store.listTickets()).map(({ stack }) => stack)).toEqual([1n, 2n, 3n, 4n, 5n]);
  settle(round, 6n);
  expect(await syncEvents(round.settle, view)).toMatchObject({ applied: 1, events: [{ digest: 'digest 6' }] });
  expect(await syncEvents(round.settle, view)).toEqual({ events: [], applied: 0 });
  expect(await store.cursor()).toEqual({ cursor: '6', checkpoint: 6n });
  // Read anew, they are no news.
  await store.resetMirror();
  const again = await syncEvents(round.settle, view);
  expect(again.events).toHaveLength(6);
});

test('an own stack that somebody else settled is an alarm; one that this daemon settled, or another’s, is none', async () => {
  const round = await openNode();
  const { store } = round.desk;
  for (const stack of [1n, 2n, 3n]) await store.putStack(stackTerms(stack), 0);
  await store.putIntent('settle', '2', '{}', 0);
  settle(round, 1n);
  settle(round, 2n);
  settle(round, 3n, 9n);
  settle(round, 4n);
  await syncEvents(round.settle, view);
  expect(round.alarms).toEqual([['foreign_settlement', { stack: '1', digest: 'digest 1' }]]);
});

test('a dispute of an own stack is an alarm', async () => {
  const round = await openNode();
  dispute(round, 1n, 9n);
  dispute(round, 2n, 1n);
  await syncEvents(round.settle, view);
  const detail = { stack: '2', challenger: objectId(7), digest: 'digest 2' };
  expect(round.alarms).toEqual([['own_stack_disputed', detail]]);
});

test('what concerns the node is logged when it is new', async () => {
  const round = await openNode(50);
  const told: unknown[] = [];
  const node = { ...round.settle.node, log: { ...round.desk.node.log, info: (...all: unknown[]) => told.push(all) } };
  const watched = { ...round.settle, node } as unknown as Round['settle'];
  settle(round, 1n);
  settle(round, 2n, 9n);
  await syncEvents(watched, view);
  expect(told).toEqual([[expect.objectContaining({ stack: '1', digest: 'digest 1' }), 'stack settled']]);
  await syncEvents(watched, view);
  expect(told).toHaveLength(1);
});

test('what the chain cannot tell just now is read again later; what was applied stays', async () => {
  const round = await openNode();
  settle(round, 1n);
  await syncEvents(round.settle, view);
  round.chain.fault = new TypeError('away');
  await expect(syncEvents(round.settle, view)).rejects.toThrow();
  round.chain.fault = undefined;
  settle(round, 2n);
  expect(await syncEvents(round.settle, view)).toMatchObject({ applied: 1 });
});

const stateOf = async ({ desk }: Round, stack: bigint) => (await desk.store.findStack(stack))?.state;

test('own stacks are brought to where the chain has them, with an alarm where no event told', async () => {
  const round = await openNode();
  const { desk, chain } = round;
  const owner = stackTerms(1n).owner;
  for (const stack of [1n, 2n, 3n, 4n]) {
    await desk.store.putStack(stackTerms(stack), 0);
    chain.show('stacks', stack, { owner });
  }
  await desk.store.putStack(stackTerms(5n), 0);
  await desk.store.moveStack(5n, ['open'], 'closed');
  chain.show('tasks', 1n, {});
  chain.show('tickets', 2n, {});
  chain.show('tickets', 3n, { state: 4 });
  chain.show('stacks', 4n, null);
  await reconcile(round.settle);
  expect(await Promise.all([1n, 2n, 3n, 4n, 5n].map((stack) => stateOf(round, stack)))).toEqual([
    'open',
    'settled',
    'disputed',
    'closed',
    'closed',
  ]);
  expect(round.alarms).toEqual([
    ['ledger_behind_chain', { stack: '2', ledger: 'open', chain: 'settled' }],
    ['ledger_behind_chain', { stack: '3', ledger: 'open', chain: 'disputed' }],
  ]);
  await reconcile(round.settle);
  expect(round.alarms).toHaveLength(2);
});

test('a notice and a new owner are taken over from the chain', async () => {
  const round = await openNode();
  const { desk, chain } = round;
  const { owner } = stackTerms(1n);
  for (const stack of [1n, 2n, 3n]) await desk.store.putStack({ ...stackTerms(stack), badge: '0xbadge' }, 0);
  chain.show('tasks', 1n, { modelName: 'renamed' });
  chain.show('stacks', 1n, { owner, noticeEpoch: 4n });
  chain.show('stacks', 2n, { owner: objectId(9) });
  chain.show('stacks', 3n, { owner });
  await reconcile(round.settle);
  expect(await desk.store.findStack(1n)).toMatchObject({ noticeEpoch: 4n, owner, badge: '0xbadge' });
  expect(await desk.store.findStack(2n)).toMatchObject({ noticeEpoch: null, owner: objectId(9) });
  const untouched = await desk.store.findStack(3n);
  expect(untouched).toMatchObject({ model: 'atoma/demo-chat' }); // nothing of it was read again
});

test('a database that knows nothing puts stacks aside that may have receipts, once', async () => {
  const round = await openNode();
  const { store } = round.desk;
  const stack = { terms: stackTerms(1n), node: 1n, nodeAddress: round.desk.node.identity.signer.address };
  await store.putSetting('other', 'x');
  const { applyEvents } = store;
  // The purchase comes with the first events.
  store.applyEvents = async (events, next) => {
    await store.putStack(stack.terms, 0);
    return applyEvents(events, next);
  };
  settle(round, 9n, 9n);
  await quarantineLostHistory(round.settle, view);
  expect([await stateOf(round, 1n), round.alarms]).toEqual(['quarantine', [['history_lost', { stack: '1' }]]]);
  store.applyEvents = applyEvents;
  await store.moveStack(1n, ['quarantine'], 'open');
  await quarantineLostHistory(round.settle, view);
  expect([await stateOf(round, 1n), round.alarms.length]).toEqual(['open', 1]);
  // A look that was ended half way is gone through again.
  await store.putSetting('lost_history', 'looking');
  await quarantineLostHistory(round.settle, view);
  expect([await stateOf(round, 1n), await store.getSetting('lost_history')]).toEqual(['quarantine', 'looked']);
});

test('a database that knows a stack, or has followed the chain, has lost nothing', async () => {
  const knowing = await openNode();
  await knowing.desk.store.putStack(stackTerms(1n), 0);
  await quarantineLostHistory(knowing.settle, view);
  const following = await openNode();
  await following.desk.store.applyEvents([], { cursor: '3', checkpoint: 3n });
  await quarantineLostHistory(following.settle, view);
  for (const round of [knowing, following]) expect(await round.desk.store.getSetting('lost_history')).toBeUndefined();
  expect(await stateOf(knowing, 1n)).toBe('open');
});
