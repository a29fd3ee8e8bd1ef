/** Attestation, opening and disputes at level 1 on the embedded ledger; the market's parameters make every settlement required. */
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Atoma,
  acquireStack,
  claimFunds,
  commitDisputeVote,
  computeStackProof,
  createTask,
  executedResult,
  expireSettlement,
  faucet,
  finalizeStack,
  findDispute,
  followEvents,
  getDispute,
  getMoney,
  getNode,
  getStackHistory,
  getTicket,
  type History,
  inputsUnavailable,
  listDisputes,
  listEvents,
  listStackBadges,
  listStacks,
  listTickets,
  mayReveal,
  mayShow,
  openStackCommitment,
  redrawAttesters,
  registerNode,
  resolveDispute,
  revealDisputeVote,
  ruleDispute,
  seatSecondJury,
  setConfig,
  showDisputeEvidence,
  startAttestationDispute,
  submitStackSettlementAttestation,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  updateStackOwner,
  type WriteOutcome,
} from './index.ts';
import { allFunds, mintedFunds } from './testing/books.ts';
import { openTestMarket, type TestMarket } from './testing/market.ts';

const TOMA = 1_000_000_000n;
const UNITS = 1_000_000n;
const PRICE = 100n;
const NODES = 8;
const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);

let market: TestMarket;
let nodes: readonly Atoma[];
let buyer: Atoma;

/** The actor of a small id: node i was registered by actor i - 1. */
const actorOf = (id: bigint): Atoma => nodes[Number(id) - 1] as Atoma;
const others = (id: bigint): readonly bigint[] => nodes.map((_, i) => BigInt(i + 1)).filter((each) => each !== id);

beforeAll(async () => {
  market = await openTestMarket('disputes');
  buyer = market.actor();
  nodes = Array.from({ length: NODES }, () => market.actor());
  await done(setConfig(market.publisher, { name: 'attestationProbability', value: 1_000_000_000_000 }));
  await done(faucet(buyer, { amount: 900n * TOMA }));
  await done(createTask(buyer, { role: 0, modelName: 'm', securityLevel: 1 }));
  for (const node of nodes) {
    await done(faucet(node, { amount: 100n * TOMA }));
    await done(registerNode(node, {}));
    await done(topUpCollateral(node, { amount: 90n * TOMA }));
    await done(subscribeNodeToTask(node, { taskSmallId: 1, pricePerComputeUnit: PRICE, maxNumComputeUnits: UNITS }));
  }
});
afterAll(() => market.close());

const history = (seed: number): History => ({
  leaves: [
    { requestHash: new Uint8Array(32).fill(seed), contentHash: new Uint8Array(32).fill(seed + 1), units: 400_000n },
    { requestHash: new Uint8Array(32).fill(seed + 2), contentHash: new Uint8Array(32).fill(seed + 3), units: 500_000n },
  ],
});
const CLAIMED = 900_000n;
const honest = history(1);
const forged = history(100);

const buy = async (taskSmallId: bigint) =>
  done(acquireStack(buyer, { taskSmallId, numComputeUnits: UNITS, pricePerComputeUnit: PRICE, allowUnchecked: true }));
const proofOf = (what: History, stackSmallId: bigint) =>
  computeStackProof({ history: what, stackSmallId, attesters: 1 });

const settle = async (what: History, task = 1n) => {
  const stack = await buy(task);
  const proof = proofOf(what, stack.stackSmallId);
  const settled = await done(
    trySettleStack(actorOf(stack.selectedNodeSmallId), { ...stack, ...proof, numClaimedComputeUnits: CLAIMED }),
  );
  const [attester = 0n] = settled.attesters;
  expect(settled).toMatchObject({ required: true, attesters: [attester] });
  expect(attester).not.toBe(stack.selectedNodeSmallId);
  return { id: stack.stackSmallId, seller: stack.selectedNodeSmallId, attester, proof };
};

const attest = (attester: bigint, stackSmallId: bigint, what: History, leaf?: Uint8Array) => {
  const proof = proofOf(what, stackSmallId);
  return submitStackSettlementAttestation(actorOf(attester), {
    stackSmallId,
    committedStackProof: proof.committedStackProof,
    stackMerkleLeaf: leaf ?? (proof.leaves[1] as Uint8Array),
  });
};

const vote = (juror: bigint, what: History, stackSmallId: bigint) => {
  const { merkleRoot, units } = proofOf(what, stackSmallId);
  return { stackSmallId, merkleRoot, units, salt: new Uint8Array(32).fill(Number(juror)) };
};

/** All jurors commit and reveal the same history. */
const judge = async (stackSmallId: bigint, what: History): Promise<void> => {
  const { jurors } = await getDispute(buyer, { stackSmallId });
  market.nextEpoch();
  for (const juror of jurors) await done(commitDisputeVote(actorOf(juror), vote(juror, what, stackSmallId)));
  market.nextEpoch();
  for (const juror of jurors) await done(revealDisputeVote(actorOf(juror), vote(juror, what, stackSmallId)));
  expect(await getDispute(buyer, { stackSmallId })).toMatchObject({ committed: jurors, revealed: jurors });
};

test('an attested settlement is clean and pays the attester from the pool', async () => {
  const { id, seller, attester } = await settle(honest);
  expect(await getTicket(buyer, { stackSmallId: id })).toMatchObject({
    state: 'awaiting',
    attesters: [attester],
    attested: [],
  });
  const [stranger = 0n] = others(seller).filter((each) => each !== attester);
  expect(await attest(stranger, id, honest)).toMatchObject({ kind: 'failed', failure: { name: 'ENotAnAttester' } });
  expect(await done(attest(attester, id, honest))).toMatchObject({
    outcome: 'clean',
    nodeSmallId: attester,
    bond: null,
  });
  expect(await attest(attester, id, honest)).toMatchObject({ kind: 'failed', failure: { kind: 'abort' } });
  market.nextEpoch(2);
  const { claims } = await done(claimFunds(actorOf(seller), { stackSmallIds: [id] }));
  expect(claims).toMatchObject([{ nodeFee: PRICE * CLAIMED }]);
  expect((await getNode(buyer, { nodeSmallId: attester })).credit).toBe(TOMA / 50n);
});

test('an attester that computed otherwise disputes with its stake; the jury convicts', async () => {
  const { id, seller, attester } = await settle(forged);
  const disputed = await done(attest(attester, id, honest));
  expect(disputed).toMatchObject({ outcome: 'disputed', nodeSmallId: attester, bond: TOMA / 10n });
  expect(disputed.jurors).toHaveLength(5);
  expect(disputed.jurors).not.toContain(seller);
  expect(await claimFunds(actorOf(seller), { stackSmallIds: [id] })).toMatchObject({
    failure: { name: 'EStackDisputed' },
  });
  expect(await resolveDispute(buyer, { stackSmallId: id })).toMatchObject({
    failure: { name: 'EResolveTooEarly', retryable: true },
  });
  await judge(id, honest);
  const ended = await done(resolveDispute(buyer, { stackSmallId: id }));
  expect(ended).toMatchObject({
    outcome: 'convicted',
    nodeFee: 0n,
    refund: PRICE * UNITS + TOMA / 50n,
    paidJurors: expect.any(Array),
  });
  expect(ended.paidJurors.toSorted()).toEqual(disputed.jurors.toSorted());
  expect((await getNode(buyer, { nodeSmallId: seller })).reputation).toBe(0);
  expect(await findDispute(buyer, { stackSmallId: id })).toBeNull();
  const life = (await getStackHistory(buyer, { stackSmallId: id })).flatMap(({ events }) => events);
  const times = (kind: string, count: number): string[] => Array.from({ length: count }, () => kind);
  expect(life.map(({ kind }) => kind).filter((kind) => kind !== 'NodeReputationChangedEvent')).toEqual([
    'StackCreatedEvent',
    'StackTrySettleEvent',
    'StackAttestationDisputeEvent',
    ...times('DisputeVoteCommittedEvent', 5),
    ...times('DisputeVoteRevealedEvent', 5),
    'DisputeResolvedEvent',
  ]);
  expect(await getStackHistory(buyer, { stackSmallId: 999 })).toEqual([]);
});

test('the buyer disputes an honest settlement and loses its bond', async () => {
  const { id, seller, proof } = await settle(honest);
  const outcome = await startAttestationDispute(buyer, {
    stackSmallId: id,
    attestationCommitment: proofOf(forged, id).committedStackProof,
  });
  const bond = TOMA / 10n;
  expect(outcome).toMatchObject({ kind: 'executed', cost: { toma: -bond, bond }, result: { stackSmallId: id, bond } });
  await judge(id, honest);
  const ended = await done(resolveDispute(buyer, { stackSmallId: id }));
  expect(ended).toMatchObject({
    outcome: 'acquitted',
    selectedNodeSmallId: seller,
    nodeFee: PRICE * CLAIMED,
    challengerBondReturned: 0n,
  });
  expect(proof.committedStackProof).not.toEqual(proofOf(forged, id).committedStackProof);
});

/** A forged settlement that a stranger disputes, with nothing to see. */
const disputedByStranger = async () => {
  const { id, seller } = await settle(forged);
  const stranger = market.actor();
  await done(faucet(stranger, { amount: TOMA }));
  const attestationCommitment = new Uint8Array(32).fill(7);
  const { jurors } = await done(startAttestationDispute(stranger, { stackSmallId: id, attestationCommitment }));
  strangers.push(stranger);
  return { id, seller, stranger, jurors };
};
const strangers: Atoma[] = [];

test('the owner adds rows and receipts to a dispute of somebody else, once; votes begin anew, and the jurors keep what it paid', async () => {
  const { id, seller, stranger, jurors } = await disputedByStranger();
  const evidence = { stackSmallId: id, rows: [1], namedUnits: 90n, receipts: [new Uint8Array(150).fill(1)] };
  const early = jurors[0] as bigint;
  expect(await commitDisputeVote(actorOf(early), vote(early, honest, id))).toMatchObject({
    failure: { name: 'ECommitTooEarly', retryable: true },
  });
  market.nextEpoch();
  await done(commitDisputeVote(actorOf(early), vote(early, forged, id)));
  expect(await showDisputeEvidence(stranger, evidence)).toMatchObject({ failure: { name: 'ENotToShow' } });
  const paid = 5n * PRICE * 90n;
  const epoch = market.epoch();
  const times = { disputeEpoch: epoch, commitDeadlineEpoch: epoch + 2n, revealDeadlineEpoch: epoch + 3n };
  expect(await showDisputeEvidence(buyer, evidence)).toMatchObject({
    ...{ kind: 'executed', cost: { toma: -paid, bond: paid } },
    result: { stackSmallId: id, bond: paid, ...times },
  });
  const dispute = await getDispute(buyer, { stackSmallId: id });
  expect(dispute).toMatchObject({
    ...{ waits: false, committed: [], rows: [], ...times },
    evidence: { owner: buyer.sender, rows: [1n], namedUnits: 90n, bond: paid },
  });
  const { addresses } = await getMoney(buyer);
  expect(
    addresses[0]?.lines.filter(({ stackSmallId, amount }) => stackSmallId === id && amount === paid),
  ).toMatchObject([{ kind: 'dispute', what: 'paid by the owner for rows' }]);
  expect(await showDisputeEvidence(buyer, evidence)).toMatchObject({ failure: { name: 'ENotToShow' } });
  await judge(id, honest);
  expect(await done(resolveDispute(buyer, { stackSmallId: id }))).toMatchObject({
    ...{ outcome: 'convicted', selectedNodeSmallId: seller, ownerBondReturned: 0n, jurorPay: TOMA / 50n + paid / 5n },
    refund: PRICE * UNITS + TOMA / 50n,
  });
});

test('receipts alone cost nothing, also of an owner without a coin of TOMA; rows that it cannot pay are refused with the sums', async () => {
  const { id } = await disputedByStranger();
  const badge = (await listStackBadges(buyer)).find(({ smallId }) => smallId === id)?.badgeId as string;
  const poor = market.actor();
  const tx = new Transaction();
  tx.transferObjects([badge], poor.sender as string);
  await buyer.client.signAndExecuteTransaction({ transaction: tx, signer: buyer.signer as Signer });
  await done(updateStackOwner(poor, { stackSmallId: id }));
  const receipts = [new Uint8Array(150).fill(1)];
  await expect(
    showDisputeEvidence(poor, { stackSmallId: id, rows: [0], namedUnits: 1, receipts }),
  ).rejects.toMatchObject({
    ...{ code: 'SDK_INSUFFICIENT_TOMA', details: { need: '0.0000005 TOMA' } },
  });
  expect(await done(showDisputeEvidence(poor, { stackSmallId: id, receipts }))).toMatchObject({ bond: 0n });
  const { events } = await listEvents(buyer, { kind: 'DisputeEvidenceEvent', order: 'descending' });
  expect(events[0]?.data).toMatchObject({ stackSmallId: id, owner: poor.sender, rows: [], receipts });
  strangers.push(poor);
  await judge(id, honest);
  await done(resolveDispute(buyer, { stackSmallId: id }));
});

test('evidence is refused two epochs later, and in a dispute in which the owner itself named rows', async () => {
  const receipts = [new Uint8Array(150).fill(1)];
  const own = (await settle(forged)).id;
  const attestationCommitment = proofOf(honest, own).committedStackProof;
  await done(startAttestationDispute(buyer, { stackSmallId: own, attestationCommitment, rows: [1], namedUnits: 90n }));
  const refused = { kind: 'failed', failure: { name: 'ENotToShow', ours: true } };
  expect(await showDisputeEvidence(buyer, { stackSmallId: own, receipts })).toMatchObject(refused);
  await judge(own, honest);
  await done(resolveDispute(buyer, { stackSmallId: own }));
  const late = await disputedByStranger();
  market.nextEpoch();
  for (const juror of late.jurors) await done(commitDisputeVote(actorOf(juror), vote(juror, honest, late.id)));
  const waiting = await getDispute(buyer, { stackSmallId: late.id });
  expect([mayShow(waiting, market.epoch()), mayReveal(waiting, market.epoch())]).toEqual([true, false]);
  const [first] = late.jurors as [bigint];
  expect(await revealDisputeVote(actorOf(first), vote(first, honest, late.id))).toMatchObject({
    failure: { name: 'ERevealPhaseNotOpen' },
  });
  market.nextEpoch();
  expect([mayShow(waiting, market.epoch()), mayReveal(waiting, market.epoch())]).toEqual([false, true]);
  expect(await showDisputeEvidence(buyer, { stackSmallId: late.id, receipts })).toMatchObject(refused);
  for (const juror of late.jurors) await done(revealDisputeVote(actorOf(juror), vote(juror, honest, late.id)));
  await done(resolveDispute(buyer, { stackSmallId: late.id }));
});

test('a jury that cannot obtain the inputs gives everything back; one that stays silent ends without a majority', async () => {
  const unknown = { merkleRoot: inputsUnavailable(), units: 0n };
  const start = async () => {
    const { id } = await settle(honest);
    const attestationCommitment = proofOf(forged, id).committedStackProof;
    await done(startAttestationDispute(buyer, { stackSmallId: id, attestationCommitment }));
    return id;
  };
  const [blind, silent] = [await start(), await start()];
  const { jurors } = await getDispute(buyer, { stackSmallId: blind });
  market.nextEpoch();
  for (const juror of jurors)
    await done(commitDisputeVote(actorOf(juror), { ...vote(juror, honest, blind), ...unknown, nodeSmallId: juror }));
  market.nextEpoch();
  for (const juror of jurors)
    await done(revealDisputeVote(actorOf(juror), { ...vote(juror, honest, blind), ...unknown }));
  expect(await resolveDispute(buyer, { stackSmallId: blind })).toMatchObject({ failure: { name: 'ESecondJuryDue' } });
  expect(await done(seatSecondJury(buyer, { stackSmallId: blind }))).toMatchObject({ jurors: [] });
  const ended = await done(resolveDispute(buyer, { stackSmallId: blind }));
  expect(ended).toMatchObject({ outcome: 'unavailable', ruledByManager: false, paidJurors: [], slashedJurors: [] });
  market.nextEpoch(3);
  await done(seatSecondJury(buyer, { stackSmallId: silent }));
  expect(await done(resolveDispute(buyer, { stackSmallId: silent }))).toMatchObject({
    outcome: 'noMajority',
    nodeFee: 0n,
  });
});

test('a wallet without any TOMA still hears first that there is nothing to dispute', async () => {
  const attestationCommitment = new Uint8Array(32);
  const outcome = await startAttestationDispute(market.actor(), { stackSmallId: 999, attestationCommitment });
  expect(outcome).toMatchObject({ kind: 'failed', digest: null, failure: { name: 'EStackNotFound', ours: true } });
});

test('a dispute costs what the contract says, and a poor challenger hears how much', async () => {
  const { id, attester } = await settle(honest);
  const poor = market.actor();
  await done(faucet(poor, { amount: 1 }));
  const attestationCommitment = new Uint8Array(32).fill(9);
  await expect(startAttestationDispute(poor, { stackSmallId: id, attestationCommitment })).rejects.toMatchObject({
    code: 'SDK_INSUFFICIENT_TOMA',
    details: { need: '0.1 TOMA' },
  });
  await done(attest(attester, id, honest));
  market.nextEpoch(2);
  expect(await done(finalizeStack(buyer, { stackSmallId: id }))).toMatchObject({
    reclaimed: false,
    nodeFee: PRICE * CLAIMED,
  });
});

test('a wrong leaf is refused; after three silences a jury looks at the rows', async () => {
  const { id, proof, seller, attester } = await settle(honest);
  const { committedStackProof } = proof;
  const lied = { stackSmallId: id, committedStackProof, stackMerkleLeaf: new Uint8Array(32).fill(9) };
  expect(await submitStackSettlementAttestation(actorOf(attester), lied)).toMatchObject({
    failure: { name: 'EWrongLeaf' },
  });
  expect(await redrawAttesters(buyer, { stackSmallId: id })).toMatchObject({ failure: { name: 'ERedrawTooEarly' } });
  let silent = [attester];
  for (let round = 0; round < 3; round++) {
    market.nextEpoch(2);
    const redrawn = await done(redrawAttesters(buyer, { stackSmallId: id }));
    expect(redrawn).toMatchObject({ silent, openRequired: false });
    expect(redrawn.jurors.length > 0).toBe(round === 2);
    silent = [...redrawn.attesters];
  }
  await judge(id, honest);
  expect(await done(resolveDispute(buyer, { stackSmallId: id }))).toMatchObject({
    outcome: 'acquitted',
    selectedNodeSmallId: seller,
    nodeFee: PRICE * CLAIMED,
  });
});

/** A settlement in a task of two nodes: nobody can take the place of a silent attester, and no jury can sit. */
const settleAmongTwo = async () => {
  const { taskSmallId } = await done(createTask(buyer, { role: 0, modelName: 'two', securityLevel: 1 }));
  for (const node of nodes.slice(0, 2))
    await done(subscribeNodeToTask(node, { taskSmallId, pricePerComputeUnit: PRICE, maxNumComputeUnits: UNITS }));
  return settle(honest, taskSmallId);
};

test('where nobody else can look, the right history opens the commitment', async () => {
  const { id, seller, attester, proof } = await settleAmongTwo();
  market.nextEpoch(2);
  expect(await done(redrawAttesters(buyer, { stackSmallId: id }))).toMatchObject({
    silent: [attester],
    jurors: [],
    openRequired: true,
  });
  const ticket = await getTicket(buyer, { stackSmallId: id });
  expect(ticket.openUntilEpoch).toBe(ticket.deadlineEpoch + 2n);
  const wrong = await openStackCommitment(buyer, {
    stackSmallId: id,
    merkleRoot: proof.merkleRoot,
    units: proof.units + 1n,
  });
  expect(wrong).toMatchObject({ kind: 'failed', failure: { name: 'ECommitmentMismatch' } });
  const opened = await done(openStackCommitment(buyer, { stackSmallId: id, ...proof }));
  expect(opened).toMatchObject({ valid: true, rejectedNodes: [] });
  expect(opened.deadlineEpoch).toBe(market.epoch()); // nothing of the window was left
  await done(claimFunds(actorOf(seller), { stackSmallIds: [id] }));
});

test('a commitment that nobody opens ends by anyone', async () => {
  const { id, seller } = await settleAmongTwo();
  market.nextEpoch(2);
  await done(redrawAttesters(buyer, { stackSmallId: id }));
  expect(await expireSettlement(buyer, { stackSmallId: id })).toMatchObject({ failure: { name: 'EExpiryTooEarly' } });
  market.nextEpoch(2);
  expect(await done(expireSettlement(buyer, { stackSmallId: id }))).toMatchObject({
    refund: PRICE * UNITS + TOMA / 50n,
  });
  expect((await getNode(buyer, { nodeSmallId: seller })).reputation).toBe(0);
});

test('without enough jurors the manager rules', async () => {
  const { taskSmallId } = await done(createTask(buyer, { role: 1, modelName: 'few', securityLevel: 0 }));
  const [single] = nodes as readonly [Atoma];
  await done(subscribeNodeToTask(single, { taskSmallId, pricePerComputeUnit: PRICE, maxNumComputeUnits: UNITS }));
  const stack = await done(
    acquireStack(buyer, { taskSmallId, numComputeUnits: UNITS, pricePerComputeUnit: PRICE, allowUnchecked: true }),
  );
  const id = stack.stackSmallId;
  await done(trySettleStack(single, { ...stack, ...proofOf(honest, id), numClaimedComputeUnits: CLAIMED }));
  const { jurors } = await done(
    startAttestationDispute(buyer, { stackSmallId: id, attestationCommitment: new Uint8Array(32).fill(3) }),
  );
  expect(jurors).toEqual([]);
  const [ticket] = (await listTickets(buyer)).filter(({ stackSmallId }) => stackSmallId === id);
  expect(ticket?.state).toBe('disputed');
  await expect(ruleDispute(buyer, { stackSmallId: id, outcome: 'convicted' })).rejects.toMatchObject({
    code: 'SDK_NO_BADGE',
  });
  const ruled = await done(ruleDispute(market.publisher, { stackSmallId: id, outcome: 'unavailable' }));
  expect(ruled).toMatchObject({ outcome: 'unavailable', ruledByManager: true, refund: PRICE * UNITS });
});

test('nothing is left open, and no base unit was lost or invented', async () => {
  expect([await listStacks(buyer), await listTickets(buyer), await listDisputes(buyer)]).toEqual([[], [], []]);
  const known = await allFunds([buyer, ...nodes, ...strangers, market.publisher]);
  expect((await mintedFunds(buyer)) - known).toBe(1n); // the poor challenger's only base unit
});

test('events can be followed from the first to the newest, none left out', async () => {
  const stop = new AbortController();
  const seen: string[] = [];
  const follow = async () => {
    for await (const { kind } of followEvents(buyer, { pollMs: 5, signal: stop.signal })) {
      seen.push(kind);
      if (kind === 'PoolDonatedEvent') stop.abort();
    }
  };
  const following = follow();
  const { donate } = await import('./index.ts');
  await done(donate(buyer, { amount: 1 }));
  await expect(following).rejects.toMatchObject({ code: 'NETWORK_CANCELLED' });
  expect(seen[0]).toBe('PublishedEvent');
  expect(seen.filter((kind) => kind === 'NodeRegisteredEvent')).toHaveLength(NODES);
  expect(seen.filter((kind) => kind === 'DisputeResolvedEvent')).toHaveLength(10);
});
