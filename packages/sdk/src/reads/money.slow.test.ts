/** Every stage of a stack: whose each unit is, when it becomes free, by which write; and all of TOMA is found each time. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Atoma,
  acquireStack,
  claimFunds,
  computeStackProof,
  createTask,
  executedResult,
  faucet,
  getMoney,
  getNode,
  type MoneyReport,
  type NextWrite,
  permanentlyDisableNode,
  registerNode,
  requestStackRefund,
  requestWithdrawal,
  setConfig,
  startAttestationDispute,
  submitStackSettlementAttestation,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  type WriteOutcome,
} from '../index.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';

const TOMA = 1_000_000_000n;
const [N, P] = [1_000_000n, 100n];

const BOND = N * P * 2n;
/** The least an attester gets; 4 % of this price would be less. */
const CHECK = TOMA / 50n;
const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);

let market: TestMarket;
let nodes: readonly Atoma[];
let buyer: Atoma;

const operator = (node: bigint): Atoma => nodes[Number(node) - 1] as Atoma;

beforeAll(async () => {
  market = await openTestMarket('money');
  buyer = market.actor();
  nodes = Array.from({ length: 3 }, () => market.actor());
  await done(faucet(buyer, { amount: 100n * TOMA }));
  await done(createTask(buyer, { role: 0, securityLevel: 1 }));
  await done(setConfig(market.publisher, { name: 'attestationProbability', value: 1_000_000_000_000n }));
  for (const node of nodes) {
    await done(faucet(node, { amount: 100n * TOMA }));
    await done(registerNode(node, {}));
    await done(topUpCollateral(node, { amount: 20n * TOMA }));
    await done(subscribeNodeToTask(node, { taskSmallId: 1, pricePerComputeUnit: P, maxNumComputeUnits: N }));
  }
});
afterAll(() => market.close());

const report = async (): Promise<MoneyReport> => {
  const all = await getMoney(buyer, { addresses: [buyer, ...nodes].map((one) => String(one.sender)) });
  expect(all.missing).toBe(0n);
  expect(all.supply).toBe(400n * TOMA);
  return all;
};

/** What frees an amount: the write's name and its parameters in words. */
const told = (next: NextWrite | null): string | null => next && Object.values(next).join(' ');

/** Lines about a stack: [whose, kind, amount, epoch, what frees it]. */
const linesOf = (all: MoneyReport, stack: bigint) =>
  all.addresses
    .flatMap((one, i) => one.lines.map((line) => ({ ...line, who: i === 0 ? 'buyer' : `node ${i}` })))
    .filter((line) => line.stackSmallId === stack)
    .map((line) => [line.who, line.kind, line.amount, line.fromEpoch, told(line.next)]);

const buy = () =>
  done(acquireStack(buyer, { taskSmallId: 1, numComputeUnits: N, pricePerComputeUnit: P, allowUnchecked: true }));

const history = (fill: number, units: bigint) => ({
  leaves: [{ requestHash: new Uint8Array(32).fill(fill), contentHash: new Uint8Array(32).fill(fill), units }],
});

const settle = async (claimed: bigint) => {
  const stack = await buy();
  const { stackSmallId, selectedNodeSmallId: node } = stack;
  const proof = computeStackProof({ history: history(1, claimed), stackSmallId, attesters: 1 });
  const ticket = await done(
    trySettleStack(operator(node), { stackSmallId, nodeSmallId: node, numClaimedComputeUnits: claimed, ...proof }),
  );
  return { id: stackSmallId, node, proof, attester: ticket.attesters[0] as bigint, D: ticket.deadlineEpoch };
};

test('with nothing bought: wallets, collateral that stays, stake that can go', async () => {
  const all = await report();
  expect(all.addresses.map((one) => one.toma)).toEqual([100n * TOMA, 100n * TOMA, 100n * TOMA, 100n * TOMA]);
  const kinds = all.addresses[1]?.lines.map((line) => [line.kind, line.amount, told(line.next)]);
  expect(kinds).toEqual([
    ['wallet', 70n * TOMA, null],
    ['stakeFree', 20n * TOMA, 'requestWithdrawal 1 20000000000'],
    ['stakeLocked', 10n * TOMA, 'permanentlyDisableNode 1'],
  ]);
  expect(all.addresses[0]?.sui).toBeGreaterThan(0n);
});

test('in use, after the notice, and when it can be taken back', async () => {
  const { stackSmallId: id, selectedNodeSmallId: node } = await buy();
  const escrow = N * P + CHECK;
  const life = market.epoch() + 14n;
  expect(linesOf(await report(), id)).toEqual([
    ['buyer', 'openStack', escrow, market.epoch(), `requestStackRefund ${id}`],
    [`node ${node}`, 'stakeLocked', BOND, life, `finalizeStack ${id}`],
  ]);
  await done(requestStackRefund(buyer, { stackSmallId: id }));
  const over = market.epoch() + 2n;
  expect(linesOf(await report(), id)[0]).toEqual(['buyer', 'settlement', escrow, over, `reclaimStack ${id}`]);
  market.nextEpoch(2);
  expect(linesOf(await report(), id)[0]?.slice(1, 4)).toEqual(['claimable', escrow, over]);
});

test('settled: window, claimable, claimed; the fee, the rest and the surcharge apart', async () => {
  const { id, node, proof, attester, D } = await settle(600_000n);
  const fee = 600_000n * P;
  const inWindow = await report();
  expect(linesOf(inWindow, id)).toEqual([
    ['buyer', 'window', N * P - fee, D, `finalizeStack ${id}`],
    [`node ${node}`, 'window', fee, D, `claimFunds ${id}`],
    [`node ${node}`, 'stakeLocked', BOND, D, `claimFunds ${id}`],
  ]);
  expect(inWindow.poolPending).toBe(CHECK);
  // What the drawn attester may lose cannot be withdrawn.
  const { stake, freeStake, reserved } = await getNode(buyer, { nodeSmallId: attester });
  expect(reserved).toBeGreaterThan(0n);
  const standing = inWindow.addresses[Number(attester)]?.lines.filter((line) => line.stackSmallId === null) ?? [];
  expect(standing.find(({ kind }) => kind === 'stakeFree')?.amount).toBe(freeStake - 10n * TOMA);
  expect(standing.find(({ kind }) => kind === 'stakeLocked')?.amount).toBe(stake - freeStake + 10n * TOMA);
  await done(
    submitStackSettlementAttestation(operator(attester), {
      stackSmallId: id,
      nodeSmallId: attester,
      committedStackProof: proof.committedStackProof,
      stackMerkleLeaf: proof.leaves[1] as Uint8Array,
    }),
  );
  market.nextEpoch(2);
  expect(linesOf(await report(), id).map((line) => line[1])).toEqual(['claimable', 'claimable', 'stakeLocked']);
  await done(claimFunds(operator(node), { nodeSmallId: node, stackSmallIds: [id] }));
  const after = await report();
  expect(linesOf(after, id)).toEqual([]);
  expect(after.pool).toBe(CHECK);
  expect(after.addresses[Number(attester)]?.credits).toEqual([
    {
      nodeSmallId: attester,
      owed: CHECK,
      payable: CHECK,
      next: { write: 'withdrawEarnings', nodeSmallId: attester },
    },
  ]);
});

test('a silent attester, then a history that must be opened and is not: what it costs is told', async () => {
  const { id, node, D } = await settle(500_000n);
  market.nextEpoch(Number(D - market.epoch()));
  expect(linesOf(await report(), id)[1]).toEqual([`node ${node}`, 'window', 500_000n * P, D, `redrawAttesters ${id}`]);
  const { redrawAttesters, expireSettlement } = await import('../index.ts');
  await done(redrawAttesters(buyer, { stackSmallId: id }));
  market.nextEpoch(2);
  const second = await done(redrawAttesters(buyer, { stackSmallId: id }));
  if (!second.openRequired) {
    market.nextEpoch(2);
    await done(redrawAttesters(buyer, { stackSmallId: id }));
  }
  const until = market.epoch() + 2n;
  const opening = linesOf(await report(), id);
  expect(opening[0]).toEqual(['buyer', 'opening', N * P + CHECK, until, `expireSettlement ${id}`]);
  market.nextEpoch(2);
  const before = (await report()).addresses.map((one) => one.slashed as bigint);
  await done(expireSettlement(buyer, { stackSmallId: id }));
  const all = await report();
  expect((all.addresses[Number(node)]?.slashed as bigint) - (before[Number(node)] as bigint)).toBe(BOND);
  expect(linesOf(all, id)).toEqual([]);
});

test('a dispute holds escrow, bond and the challenger’s bond until the jury is due', async () => {
  const { id, node } = await settle(N);
  const other = computeStackProof({ history: history(9, N), stackSmallId: id, attesters: 1 });
  const dispute = await done(
    startAttestationDispute(buyer, { stackSmallId: id, attestationCommitment: other.committedStackProof }),
  );
  const from = dispute.jurors.length === 0 ? dispute.disputeEpoch + 2n : dispute.revealDeadlineEpoch;
  const command = `resolveDispute ${id}`;
  expect(linesOf(await report(), id)).toEqual([
    ['buyer', 'dispute', N * P + CHECK, from, command],
    ['buyer', 'dispute', dispute.bond, from, command],
    [`node ${node}`, 'stakeLocked', BOND, from, command],
  ]);
});

test('stake on its way out, and a node that leaves', async () => {
  const free = (await getNode(buyer, { nodeSmallId: 3 })).freeStake - 10n * TOMA;
  const { availableEpoch } = await done(requestWithdrawal(operator(3n), { nodeSmallId: 3, amount: free }));
  const lines = async () => (await report()).addresses[3]?.lines ?? [];
  expect((await lines()).find((line) => line.kind === 'queuedWithdrawal')).toMatchObject({
    amount: free,
    fromEpoch: availableEpoch,
    next: { write: 'withdrawCollateral', nodeSmallId: 3n },
  });
  expect((await lines()).some((line) => line.kind === 'stakeFree')).toBe(false);
  const { exitEpoch } = await done(permanentlyDisableNode(operator(3n), { nodeSmallId: 3 }));
  expect((await lines()).find((line) => line.next?.write === 'destroyDisabledNode')).toMatchObject({
    kind: 'stakeLocked',
    fromEpoch: exitEpoch,
    next: { write: 'destroyDisabledNode', nodeSmallId: 3n },
  });
});

test('units outside every known wallet are missed, to the unit', async () => {
  const stranger = market.actor();
  const { Transaction } = await import('@mysten/sui/transactions');
  const { tomaType } = await import('../deployment/record.ts');
  const coins = await buyer.client.listCoins({
    owner: String(buyer.sender),
    coinType: tomaType(market.deployment),
  });
  const tx = new Transaction();
  const [part] = tx.splitCoins(tx.object(coins.objects[0]?.objectId as string), [7n]);
  if (part) tx.transferObjects([part], String(stranger.sender));
  await buyer.client.signAndExecuteTransaction({ transaction: tx, signer: buyer.signer as never });
  expect((await getMoney(buyer)).missing).toBe(7n);
  expect((await getMoney(buyer, { history: false })).missing).toBeNull();
  expect((await getMoney(stranger, { addresses: [String(stranger.sender), String(buyer.sender)] })).missing).toBe(0n);
});
