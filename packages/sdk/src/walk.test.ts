/** The documented walk by one person with one wallet, on the embedded ledger, with exact books. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Atoma,
  acquireStack,
  claimFunds,
  computeStackProof,
  createTask,
  deprecateTask,
  executedResult,
  faucet,
  findNodesBefore,
  findStack,
  findStackBefore,
  findTask,
  findTicket,
  getBalances,
  getNode,
  getStack,
  getTask,
  getTicket,
  getTransaction,
  listEvents,
  listSubscriptions,
  parseHistory,
  registerNode,
  removeDeprecatedTask,
  type StackProof,
  submitStackSettlementAttestation,
  subscribeNodeToTask,
  trySettleStack,
  unsubscribeNodeFromTask,
  type WriteOutcome,
} from './index.ts';
import { allFunds, mintedFunds } from './testing/books.ts';
import { openTestMarket, type TestMarket } from './testing/market.ts';
import { toHex0x } from './values/bytes.ts';

const TOMA = 1_000_000_000n;
const UNITS = 1_000_000n;
const CLAIMED = 600_000n;
const PRICE = 100n;
const COST = PRICE * UNITS;
/** The least an attester gets; this price would make 4 % of it less. */
const SURCHARGE = TOMA / 50n;

let market: TestMarket;
let user: Atoma;
let before: bigint;

beforeAll(async () => {
  market = await openTestMarket('the documented walk');
  user = market.actor();
});
afterAll(() => market.close());

const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);
const balance = async (): Promise<bigint> => (await getBalances(user)).toma;
const booksAgree = async (): Promise<void> =>
  expect(await allFunds([user, market.publisher])).toBe(await mintedFunds(user));

const proofOf = (units: bigint): StackProof => {
  const leaf = {
    request_hash: toHex0x(new Uint8Array(32).fill(1)),
    content_hash: toHex0x(new Uint8Array(32).fill(2)),
    units: String(units),
  };
  return computeStackProof({ history: parseHistory(JSON.stringify([leaf])), stackSmallId: 1, attesters: 1 });
};

test('the faucet gives TOMA', async () => {
  const outcome = await faucet(user, { amount: 100n * TOMA });
  expect(outcome).toMatchObject({ kind: 'executed', result: { amount: 100n * TOMA }, cost: { toma: 100n * TOMA } });
  expect(await balance()).toBe(100n * TOMA);
  await booksAgree();
});

test('a task is created', async () => {
  const model = 'meta-llama/Llama-3.1-8B-Instruct';
  const created = await done(
    createTask(user, { role: 0, modelName: model, securityLevel: 1, minimumReputationScore: 50 }),
  );
  expect(created).toMatchObject({ taskSmallId: 1n, modelName: model, securityLevel: 1, minimumReputationScore: 50 });
  expect(await getTask(user, { taskSmallId: 1 })).toMatchObject({
    modelName: model,
    deprecatedEpoch: null,
    subscribers: 0n,
  });
});

test('a node is registered with exactly the collateral', async () => {
  const outcome = await registerNode(user, {});
  expect(outcome).toMatchObject({ kind: 'executed', cost: { toma: -10n * TOMA, bond: 10n * TOMA } });
  expect(await getNode(user, { nodeSmallId: 1 })).toMatchObject({
    owner: user.sender,
    stake: 10n * TOMA,
    reputation: 50,
    disabledEpoch: null,
    url: '',
  });
  await booksAgree();
});

test('it subscribes', async () => {
  await done(
    subscribeNodeToTask(user, { taskSmallId: 1, pricePerComputeUnit: PRICE, maxNumComputeUnits: 10n * UNITS }),
  );
  expect(await listSubscriptions(user, { taskSmallId: 1 })).toEqual([
    { taskSmallId: 1n, nodeSmallId: 1n, pricePerComputeUnit: PRICE, maxNumComputeUnits: 10n * UNITS },
  ]);
});

test('a stack is bought: price and surcharge into escrow, the bond out of the stake', async () => {
  before = await balance();
  const outcome = await acquireStack(user, { taskSmallId: 1, numComputeUnits: UNITS, pricePerComputeUnit: PRICE });
  const bond = 2n * COST;
  expect(outcome).toMatchObject({
    kind: 'executed',
    result: { stackSmallId: 1n, selectedNodeSmallId: 1n, paid: COST + SURCHARGE, bond },
    cost: { toma: -(COST + SURCHARGE), bond },
  });
  expect(await getStack(user, { stackSmallId: 1 })).toMatchObject({
    escrow: COST + SURCHARGE,
    bond,
    owner: user.sender,
  });
  expect(await getNode(user, { nodeSmallId: 1 })).toMatchObject({
    stake: 10n * TOMA - bond,
    bonded: bond,
    openStacks: 1n,
  });
  await booksAgree();
});

test('it is settled; with a single node nobody is drawn to attest', async () => {
  const { committedStackProof, stackMerkleLeaf } = proofOf(CLAIMED);
  const settled = await done(
    trySettleStack(user, { stackSmallId: 1, numClaimedComputeUnits: CLAIMED, committedStackProof, stackMerkleLeaf }),
  );
  expect(settled).toMatchObject({ attesters: [], required: false, deadlineEpoch: market.epoch() + 2n, refund: null });
  const ticket = await getTicket(user, { stackSmallId: 1 });
  expect(ticket).toMatchObject({ state: 'open', numClaimedComputeUnits: CLAIMED });
  expect(ticket.committedStackProof).toEqual(committedStackProof);
});

test('attesting says that no attester was drawn', async () => {
  const { committedStackProof, stackMerkleLeaf } = proofOf(CLAIMED);
  const outcome = await submitStackSettlementAttestation(user, {
    stackSmallId: 1,
    committedStackProof,
    stackMerkleLeaf,
  });
  expect(outcome).toMatchObject({ kind: 'failed', digest: null, failure: { kind: 'abort', name: 'ENoAttesterDrawn' } });
});

test('it cannot be claimed before the deadline, and a batch names the stack that is to blame', async () => {
  const early = await claimFunds(user, { stackSmallIds: [1] });
  expect(early).toMatchObject({ kind: 'failed', failure: { name: 'EClaimTooEarly', retryable: true } });
  const absent = await claimFunds(user, { stackSmallIds: [7, 1] });
  expect(absent).toMatchObject({
    kind: 'failed',
    failure: { name: 'EStackNotFound', sentence: expect.stringMatching(/^Stack 7:/) },
  });
});

test('after two epochs the node claims its fee and the buyer gets the rest', async () => {
  market.nextEpoch(2);
  const fee = PRICE * CLAIMED;
  const claimed = await done(claimFunds(user, { stackSmallIds: [1] }));
  const refund = COST + SURCHARGE - fee;
  expect(claimed).toMatchObject({
    totalFee: fee,
    claims: [{ stackSmallId: 1n, nodeFee: fee, refund, surcharge: 0n }],
  });
  expect(await balance()).toBe(before); // one person is buyer and node, and nobody could check: nothing is gone
  expect(await findStack(user, { stackSmallId: 1 })).toBeNull();
  expect(await findTicket(user, { stackSmallId: 1 })).toBeNull();
  expect(await getNode(user, { nodeSmallId: 1 })).toMatchObject({ stake: 10n * TOMA, reputation: 51, openStacks: 0n });
  await booksAgree();
});

test('the node leaves the task, which is deprecated and, two epochs later, removed', async () => {
  await done(unsubscribeNodeFromTask(user, { taskSmallId: 1 }));
  const { removableFromEpoch } = await done(deprecateTask(user, {}));
  expect(removableFromEpoch).toBe(market.epoch() + 2n);
  expect(await removeDeprecatedTask(user, {})).toMatchObject({ failure: { name: 'ETaskRemovalTooEarly' } });
  market.nextEpoch(2);
  expect(await done(removeDeprecatedTask(user, {}))).toEqual({ taskSmallId: 1n });
  expect(await findTask(user, { taskSmallId: 1 })).toBeNull();
  await booksAgree();
});

test('what is over is read as it was, from the versions the chain keeps', async () => {
  const { events } = await listEvents(user, { kind: 'StackCreatedEvent' });
  const checkpoint = BigInt(events[0]?.checkpoint ?? 0);
  const of = { stackSmallId: 1 };
  expect(await findStackBefore(user, { ...of, checkpoint })).toBeNull(); // it is bought in that checkpoint
  expect(await findStackBefore(user, { ...of, checkpoint: checkpoint + 1n })).toMatchObject({
    owner: user.sender,
    escrow: COST + SURCHARGE,
    terms: { attesters: 1n },
  });
  expect(await findStackBefore(user, { ...of, checkpoint: 2n ** 40n })).toBeNull();
  const nodeSmallIds = [7, 1];
  const [none, then] = await findNodesBefore(user, { nodeSmallIds, checkpoint });
  expect([none, then?.freeStake, then?.bonded]).toEqual([null, 10n * TOMA, 0n]);
  const [, bonded] = await findNodesBefore(user, { nodeSmallIds, checkpoint: checkpoint + 1n });
  expect([bonded?.freeStake, bonded?.bonded]).toEqual([10n * TOMA - 2n * COST, 2n * COST]);
  expect(await findNodesBefore(user, { nodeSmallIds: [], checkpoint })).toEqual([]);
});

test('the events tell the walk', async () => {
  const { events, hasMore } = await listEvents(user);
  expect(hasMore).toBe(false);
  expect(events.map(({ kind }) => kind)).toEqual([
    'PublishedEvent',
    'TaskRegisteredEvent',
    'NodeRegisteredEvent',
    'NodeSubscribedToTaskEvent',
    'StackCreatedEvent',
    'StackTrySettleEvent',
    'NodeReputationChangedEvent',
    'StackSettlementTicketClaimedEvent',
    'NodeUnsubscribedFromTaskEvent',
    'TaskDeprecatedEvent',
    'TaskRemovedEvent',
  ]);
  const claim = events.find(({ kind }) => kind === 'StackSettlementTicketClaimedEvent');
  const view = await getTransaction(user, { digest: claim?.digest ?? '' });
  expect(view).toMatchObject({ sender: user.sender, failure: null, epoch: 2n });
  expect(view.calls).toEqual([`${market.deployment.packageId}::db::claim_funds`]);
  expect(view.events.map(({ kind }) => kind)).toContain('StackSettlementTicketClaimedEvent');
});
