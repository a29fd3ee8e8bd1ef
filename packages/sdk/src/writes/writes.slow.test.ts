/** What every write promises, shown on the embedded ledger. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModule } from '../codegen/read-bytecode.ts';
import { camelCase } from '../codegen/render.ts';
import { tomaType } from '../deployment/record.ts';
import packages from '../generated/packages.json' with { type: 'json' };
import {
  type Atoma,
  acquireStack,
  createAtoma,
  createManagerBadge,
  createTask,
  deprecateTask,
  destroyDisabledNode,
  disableFaucet,
  discardStackBadge,
  donate,
  enableFaucet,
  evictSubscription,
  executedResult,
  faucet,
  finalizeStack,
  getBalances,
  getConfig,
  getNode,
  getStack,
  knownDeployments,
  listNodeBadges,
  listStackBadges,
  migrate,
  permanentlyDisableNode,
  quotePurchase,
  reclaimStack,
  registerNode,
  requestStackRefund,
  requestWithdrawal,
  setConfig,
  setNodeKeyCommitment,
  setRegistrationOpen,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  updateNodeSubscription,
  updateNodeUrl,
  updateStackOwner,
  type WriteOutcome,
  withdrawCollateral,
  withdrawEarnings,
  writes,
} from '../index.ts';
import { allFunds, mintedFunds } from '../testing/books.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';

const TOMA = 1_000_000_000n;
const code = (expected: string) => expect.objectContaining({ code: expected });
const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);
const zeros = new Uint8Array(32);

let market: TestMarket;
let provider: Atoma;
let buyer: Atoma;
let manager: Atoma;
let everyone: readonly Atoma[];

beforeAll(async () => {
  market = await openTestMarket('writes');
  [provider, buyer, manager] = [market.actor(), market.actor(), market.publisher];
  everyone = [provider, buyer, manager];
  await done(faucet(provider, { amount: 500n * TOMA }));
  await done(createTask(provider, { role: 0, modelName: 'a', securityLevel: 0 }));
  await done(registerNode(provider, { url: 'https://node.example' }));
  await done(
    subscribeNodeToTask(provider, { taskSmallId: 1, pricePerComputeUnit: 120, maxNumComputeUnits: 1_000_000 }),
  );
});
afterAll(() => market.close());

const purchase = { taskSmallId: 1, numComputeUnits: 1_000_000, pricePerComputeUnit: 120 };

test('a dry run and a declined write change nothing', async () => {
  await done(faucet(buyer, { amount: 10n * TOMA }));
  const dry = await acquireStack(buyer, purchase, { dryRun: true });
  expect(dry).toMatchObject({
    kind: 'simulated',
    digest: null,
    result: { stackSmallId: 1n },
    cost: { toma: -120_000_000n },
  });
  let shown: unknown;
  const declined = await acquireStack(buyer, purchase, {
    confirm: (planned) => {
      shown = planned;
      return false;
    },
  });
  expect(declined.kind).toBe('declined');
  expect(shown).toMatchObject({ kind: 'simulated', cost: { toma: -120_000_000n, bond: 720_000_000n } });
  expect((await getBalances(buyer)).toma).toBe(10n * TOMA);
  expect(() => executedResult(dry)).toThrowError(code('SDK_NOT_EXECUTED'));
});

test('an escrow above the limit of its buyer is refused by the contract, one at the limit is not', async () => {
  expect(await acquireStack(buyer, { ...purchase, maxEscrow: 119_999_999n })).toMatchObject({
    kind: 'failed',
    failure: { kind: 'abort', name: 'EEscrowAboveLimit' },
  });
  expect((await getBalances(buyer)).toma).toBe(10n * TOMA);
  expect(await acquireStack(buyer, { ...purchase, maxEscrow: 120_000_000n }, { dryRun: true })).toMatchObject({
    kind: 'simulated',
    cost: { toma: -120_000_000n },
  });
});

test('without a signer a write can be simulated and not executed', async () => {
  const reader = createAtoma({ client: market.client, deployment: market.deployment, sender: buyer.sender ?? '' });
  expect((await acquireStack(reader, purchase, { dryRun: true })).kind).toBe('simulated');
  await expect(acquireStack(reader, purchase)).rejects.toThrowError(code('SDK_NO_SIGNER'));
  const nobody = createAtoma({ client: market.client, deployment: market.deployment });
  await expect(acquireStack(nobody, purchase)).rejects.toThrowError(code('SDK_NO_SENDER'));
});

test('cost equals what the wallet pays', async () => {
  const before = await getBalances(buyer);
  const outcome = await acquireStack(buyer, purchase);
  const after = await getBalances(buyer);
  if (outcome.kind !== 'executed') expect.fail(JSON.stringify(outcome.kind));
  expect(after.toma - before.toma).toBe(outcome.cost.toma);
  expect(after.sui - before.sui).toBe(outcome.cost.sui);
  expect(outcome.cost.sui).toBe(-outcome.cost.gas.net);
  expect(outcome.result).toMatchObject({ stackSmallId: 1n, owner: buyer.sender, selectedNodeSmallId: 1n });
  expect(await listStackBadges(buyer)).toEqual([{ badgeId: outcome.result.stackBadgeId, smallId: 1n }]);
});

test('a purchase nobody serves says what the offers are', async () => {
  const remedy = async (change: object) => {
    const outcome = await acquireStack(buyer, { ...purchase, ...change });
    if (outcome.kind !== 'failed' || outcome.failure.kind !== 'abort') expect.fail(outcome.kind);
    expect(outcome.failure.name).toBe('ENoNodesEligibleForTask');
    return outcome.failure.remedy;
  };
  expect(await remedy({ pricePerComputeUnit: 119 })).toContain('120');
  expect(await remedy({ numComputeUnits: 1_000_001 })).toContain('1000000');
  expect(await quotePurchase(buyer, { ...purchase, pricePerComputeUnit: 119 })).toMatchObject({
    price: 119_000_000n,
    surcharge: 0n,
    total: 119_000_000n,
    bond: 714_000_000n,
    cheapestPrice: 120n,
    offers: 0,
  });
});

test('many coins are merged into the one that pays', async () => {
  const many = market.actor();
  for (let i = 0; i < 3; i++) await done(faucet(many, { amount: 45_000_000n }));
  const outcome = await acquireStack(many, purchase);
  expect(outcome).toMatchObject({ kind: 'executed', cost: { toma: -120_000_000n } });
  const { objects } = await market.client.listCoins({
    owner: many.sender ?? '',
    coinType: tomaType(market.deployment),
  });
  expect(objects.map(({ balance }) => balance)).toEqual(['15000000']);
  everyone = [...everyone, many];
});

test('too little TOMA is said with the sums, too little SUI as such', async () => {
  const poor = market.actor();
  await expect(registerNode(poor, {})).rejects.toThrowError(code('SDK_INSUFFICIENT_TOMA'));
  await done(faucet(poor, { amount: TOMA }));
  everyone = [...everyone, poor];
  await expect(registerNode(poor, {})).rejects.toMatchObject({
    code: 'SDK_INSUFFICIENT_TOMA',
    details: { have: '1 TOMA', need: '10 TOMA', missing: '9 TOMA' },
  });
  await expect(donate(poor, { amount: 2n * TOMA })).rejects.toMatchObject({ details: { missing: '1 TOMA' } });
  const penniless = createAtoma({
    client: market.client,
    deployment: market.deployment,
    signer: Ed25519Keypair.generate(),
  });
  await expect(faucet(penniless, { amount: 1 })).rejects.toThrowError(code('SDK_INSUFFICIENT_SUI'));
});

test('a gas budget is kept, and one too small is a failure of its own', async () => {
  const kept = await faucet(buyer, { amount: 1 }, { gasBudget: 50_000_000n });
  expect(kept).toMatchObject({ kind: 'executed', cost: { gas: { budget: 50_000_000n } } });
  const outcome = await faucet(buyer, { amount: 1 }, { gasBudget: 2_000_000n });
  expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'gas' } });
});

test('badges: none, several, named', async () => {
  await expect(deprecateTask(buyer, {})).rejects.toThrowError(code('SDK_NO_BADGE'));
  await expect(topUpCollateral(buyer, { amount: 1 })).rejects.toThrowError(code('SDK_NO_BADGE'));
  await expect(setConfig(buyer, { name: 'window', value: 3 })).rejects.toThrowError(code('SDK_NO_BADGE'));
  await done(registerNode(provider, {}));
  const [, second] = await listNodeBadges(provider);
  await expect(topUpCollateral(provider, { amount: 1 })).rejects.toThrowError(code('SDK_AMBIGUOUS_BADGE'));
  const named = await done(topUpCollateral(provider, { nodeSmallId: 2, amount: TOMA }));
  expect(named).toEqual({ nodeSmallId: 2n, amount: TOMA, stake: 11n * TOMA });
  const byBadge = await done(topUpCollateral(provider, { nodeBadgeId: second?.badgeId ?? '', amount: TOMA }));
  expect(byBadge.stake).toBe(12n * TOMA);
});

test('a node of many settles the stack it was drawn for without being named', async () => {
  const outcome = await trySettleStack(provider, {
    stackSmallId: 1,
    numClaimedComputeUnits: 0,
    committedStackProof: zeros,
    stackMerkleLeaf: zeros,
  });
  expect(outcome).toMatchObject({
    kind: 'executed',
    result: { stackSmallId: 1n, selectedNodeSmallId: 1n, refund: 120_000_000n },
  });
});

test('values that cannot be right are refused before anything is sent', async () => {
  await expect(acquireStack(buyer, { ...purchase, numComputeUnits: 1.5 })).rejects.toThrowError(code('VALUE_RANGE'));
  await expect(acquireStack(buyer, { ...purchase, taskSmallId: 0 })).rejects.toThrowError(code('VALUE_SMALL_ID'));
  await expect(faucet(buyer, { amount: -1n })).rejects.toThrowError(code('VALUE_RANGE'));
  const short = {
    stackSmallId: 1,
    numClaimedComputeUnits: 1,
    committedStackProof: zeros,
    stackMerkleLeaf: zeros.slice(1),
  };
  await expect(trySettleStack(provider, short)).rejects.toThrowError(code('VALUE_BYTES32'));
});

test("the node's own acts", async () => {
  const node = { nodeSmallId: 2 };
  expect(await done(updateNodeUrl(provider, { ...node, url: 'http://[::1]:8080/v1' }))).toMatchObject({
    owner: provider.sender,
  });
  const keyHash = new Uint8Array(32).fill(7);
  await done(setNodeKeyCommitment(provider, { ...node, keyHash, evidenceHash: new Uint8Array(32).fill(8) }));
  expect(await getNode(provider, node)).toMatchObject({
    url: 'http://[::1]:8080/v1',
    keyHash,
    keyEpoch: market.epoch(),
  });
  const offer = { taskSmallId: 1, pricePerComputeUnit: 500, maxNumComputeUnits: 5 };
  await done(subscribeNodeToTask(provider, { ...node, ...offer }));
  await done(updateNodeSubscription(provider, { ...node, ...offer, pricePerComputeUnit: 600 }));
  const queued = await done(requestWithdrawal(provider, { ...node, amount: 2n * TOMA }));
  expect(queued).toEqual({ nodeSmallId: 2n, amount: 2n * TOMA, availableEpoch: market.epoch() + 6n });
  expect(await getNode(provider, node)).toMatchObject({
    stake: 12n * TOMA,
    freeStake: 10n * TOMA,
    queuedWithdrawal: { amount: 2n * TOMA },
  });
  expect(await withdrawCollateral(provider, node)).toMatchObject({
    kind: 'failed',
    failure: { name: 'EWithdrawalTooEarly' },
  });
  expect(await withdrawEarnings(provider, node)).toMatchObject({
    kind: 'failed',
    failure: { name: 'ENothingToWithdraw' },
  });
  expect((await done(permanentlyDisableNode(provider, node))).exitEpoch).toBe(market.epoch() + 6n);
  // It has left its tasks with that: there is nothing to evict.
  expect(await evictSubscription(buyer, { taskSmallId: 1, ...node })).toMatchObject({
    kind: 'failed',
    failure: { name: 'ENotSubscribed' },
  });
  market.nextEpoch(6);
  expect(await done(withdrawCollateral(provider, node))).toEqual({ nodeSmallId: 2n, amount: 2n * TOMA });
  expect(await done(destroyDisabledNode(provider, node))).toMatchObject({ stake: 10n * TOMA, paid: 10n * TOMA });
  expect((await listNodeBadges(provider)).map(({ smallId }) => smallId)).toEqual([1n]);
});

test('a buyer takes an unsettled stack back after its notice', async () => {
  const [first] = [await done(acquireStack(buyer, purchase))];
  const stack = { stackSmallId: first?.stackSmallId ?? 0n };
  const { reclaimEpoch } = await done(requestStackRefund(buyer, stack));
  expect((await getStack(buyer, stack)).reclaimEpoch).toBe(reclaimEpoch);
  expect(await done(updateStackOwner(buyer, stack))).toMatchObject({ owner: buyer.sender });
  expect(await reclaimStack(buyer, stack)).toMatchObject({ kind: 'failed', failure: { name: 'EReclaimTooEarly' } });
  market.nextEpoch(2);
  expect(await done(reclaimStack(buyer, stack))).toMatchObject({ refund: 120_000_000n, recipient: buyer.sender });
});

test('the badge of a stack that has ended can be destroyed, no other', async () => {
  const { stackSmallId } = await done(acquireStack(buyer, purchase));
  const open = await discardStackBadge(buyer, { stackSmallId });
  expect(open).toMatchObject({ kind: 'failed', failure: { name: 'EStackStillOpen', ours: true } });
  const [ended] = await listStackBadges(buyer); // stack 1, settled with no units
  expect(await done(discardStackBadge(buyer, { stackSmallId: 1 }))).toEqual({ stackBadgeId: ended?.badgeId });
  expect((await listStackBadges(buyer)).map(({ smallId }) => smallId)).not.toContain(1n);
});

test('anyone ends a stack that both parties forgot', async () => {
  const { stackSmallId, expiryEpoch } = await done(acquireStack(buyer, purchase));
  expect((await getStack(buyer, { stackSmallId })).expiryEpoch).toBe(expiryEpoch);
  market.nextEpoch(Number(expiryEpoch - market.epoch()));
  expect(await done(finalizeStack(manager, { stackSmallId }))).toMatchObject({
    reclaimed: true,
    nodeFee: 0n,
    refund: 120_000_000n,
  });
});

test("the manager's acts", async () => {
  expect(await done(setConfig(manager, { name: 'stackLife', value: 20 }))).toEqual({
    name: 'stack_life',
    old: 14n,
    new: 20n,
  });
  expect(await setConfig(manager, { name: 'jurors', value: 4 })).toMatchObject({
    failure: { name: 'EJurorCountOutOfRange' },
  });
  expect(await done(setRegistrationOpen(manager, { open: false }))).toEqual({ open: false });
  expect(await registerNode(provider, {})).toMatchObject({ kind: 'failed', failure: { name: 'ERegistrationClosed' } });
  await done(setRegistrationOpen(manager, { open: true }));
  const { managerBadgeId } = await done(createManagerBadge(manager, { recipient: buyer.sender ?? '' }));
  expect(await done(setConfig(buyer, { name: 'stackLife', value: 14, managerBadgeId }))).toMatchObject({ new: 14n });
  expect(await migrate(manager, {})).toMatchObject({ kind: 'failed', failure: { name: 'EAlreadyMigrated' } });
  await done(donate(provider, { amount: 3n * TOMA }));
  expect(await getConfig(buyer)).toMatchObject({
    stackLife: 14n,
    registrationOpen: true,
    pool: 3n * TOMA,
    version: 1n,
  });
});

test('the faucet is switched by whoever may', async () => {
  expect(await disableFaucet(buyer, {})).toMatchObject({ failure: { name: 'ENotFaucetOwner' } });
  await done(disableFaucet(manager, {}));
  expect(await faucet(buyer, { amount: 1 })).toMatchObject({ failure: { name: 'EFaucetDisabled' } });
  expect(await done(enableFaucet(manager, {}))).toEqual({ enabled: true });
});

test('no base unit was lost or invented', async () => {
  expect(await allFunds(everyone)).toBe(await mintedFunds(buyer));
});

test('an older deployment is refused', () => {
  const deployment = knownDeployments.testnet as Atoma['deployment'];
  expect(() => createAtoma({ client: market.client, deployment })).toThrowError(code('SDK_OLDER_GENERATION'));
});

test('every entry point of the market is used by a write', async () => {
  const sources = readdirSync(import.meta.dirname).filter((file) => !file.endsWith('.test.ts'));
  const text = sources.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join();
  const shipped = packages.packages.find(({ name }) => name === 'atoma');
  const bytes = shipped?.modules[shipped.moduleNames.indexOf('db')] ?? '';
  const entries = readModule(Buffer.from(bytes, 'base64')).functions.filter(
    ({ name, returns, visibility, isEntry }) =>
      returns.length === 0 && name !== 'init' && (visibility === 'Public' || isEntry),
  );
  expect(entries.length).toBeGreaterThan(40);
  const unused = entries.filter(({ name }) => !new RegExp(`db\\.${camelCase(name)}\\b`).test(text));
  expect(unused.map(({ name }) => name)).toEqual([]);
  const labels = Object.values(writes).map((write) => write.label);
  expect(new Set(labels).size).toBe(labels.length);
});
