/**
 * Where each unit goes in every case, through the SDK on the embedded ledger. Amounts in base units: P = 100, N = 1,000,000,
 * c = 600,000, so the price is 100,000,000 and the fee F = 60,000,000; every level-1 settlement is checked, for the least surcharge of
 * 20,000,000; bonds 2 and 6 times the price, silence slash and dispute bond B = 100,000,000, juror pay B / J = 20,000,000.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  acquireStack,
  claimFunds,
  commitDisputeVote,
  type DisputeOutcome,
  expireSettlement,
  finalizeStack,
  getDispute,
  getTicket,
  openStackCommitment,
  reclaimStack,
  redrawAttesters,
  requestStackRefund,
  resolveDispute,
  revealDisputeVote,
  ruleDispute,
  seatSecondJury,
  setConfig,
  showDisputeEvidence,
  startAttestationDispute,
  submitStackSettlementAttestation,
  trySettleStack,
  withdrawEarnings,
} from '../../packages/sdk/src/index.ts';
import { type History, historyOf, leafOf, proofOf, UNAVAILABLE } from './driver/commitments.ts';
import {
  actorOf,
  type Books,
  backToStart,
  booksOf,
  changesBetween,
  done,
  openSdkMarket,
  PLAIN,
  PRICE,
  SAMPLED,
  type SdkMarket,
  TINY,
  UNITS,
} from './driver/sdk-market.ts';

const CLAIMED = 600_000n;
const COST = PRICE * UNITS;
const FEE = PRICE * CLAIMED;
const SURCHARGE = 20_000_000n;
const ATTESTER_PAY = SURCHARGE;
const JUROR_PAY = 20_000_000n;
const SLASH = 100_000_000n;
const DISPUTE_BOND = 100_000_000n;
const BOND = 2n * COST;
const PLAIN_BOND = 6n * COST;

const truth = historyOf('true', CLAIMED);
const lie = historyOf('invented', CLAIMED);

let m: SdkMarket;
let before: Books;

beforeAll(async () => {
  m = await openSdkMarket('outcomes');
});
beforeEach(async () => {
  backToStart(m);
  before = await booksOf(m);
});
afterAll(() => m.market.close());

const changes = async (): Promise<Books> => changesBetween(before, await booksOf(m));

/** A stack under way: its seller, its attesters, k of its terms. */
interface Bought {
  readonly stack: bigint;
  readonly seller: bigint;
  readonly k: number;
  readonly attesters: readonly bigint[];
}

const buy = async (task: bigint, k = 1): Promise<Bought> => {
  const bought = await done(
    acquireStack(m.buyer, {
      taskSmallId: task,
      numComputeUnits: UNITS,
      pricePerComputeUnit: PRICE,
      allowUnchecked: true,
    }),
  );
  return { stack: bought.stackSmallId, seller: bought.selectedNodeSmallId, k, attesters: [] };
};

const settle = async (bought: Bought, history: History, claimed = CLAIMED, party = 0): Promise<Bought> => {
  const { stack, seller, k } = bought;
  const { attesters } = await done(
    trySettleStack(actorOf(m, seller), {
      stackSmallId: stack,
      numClaimedComputeUnits: claimed,
      committedStackProof: proofOf(Number(stack), history, k),
      stackMerkleLeaf: leafOf(Number(stack), history, party),
    }),
  );
  return { ...bought, attesters };
};

/** The attester in a place answers with the root of `history` and a leaf of `leafHistory`. */
const attest = ({ stack, k }: Bought, attester: bigint, place: number, history: History, leafHistory = history) =>
  done(
    submitStackSettlementAttestation(actorOf(m, attester), {
      stackSmallId: stack,
      committedStackProof: history.merkleRoot === UNAVAILABLE ? UNAVAILABLE : proofOf(Number(stack), history, k),
      stackMerkleLeaf: leafOf(Number(stack), leafHistory, place + 1),
    }),
  );

const attestAll = async (bought: Bought): Promise<void> => {
  for (const [place, attester] of bought.attesters.entries()) await attest(bought, attester, place, truth);
};

const claim = ({ stack, seller }: Bought) => done(claimFunds(actorOf(m, seller), { stackSmallIds: [stack] }));

const dispute = ({ stack, k }: Bought, history: History) =>
  done(
    startAttestationDispute(m.challenger, {
      stackSmallId: stack,
      attestationCommitment: proofOf(Number(stack), history, k),
    }),
  );

/** Units of the rows that the owner names, and what each juror gets for them. */
const NAMED = 1_000n;
const ROWS = PRICE * NAMED;

/** The owner names rows in somebody else's dispute, and pays for each juror. */
const show = async ({ stack }: Bought, jurors = 5n): Promise<void> => {
  const shown = await done(showDisputeEvidence(m.buyer, { stackSmallId: stack, rows: [1, 2], namedUnits: NAMED }));
  expect(shown).toMatchObject({ bond: jurors * ROWS });
};

const unavailable: History = { merkleRoot: UNAVAILABLE, units: 0n };
const salt = new Uint8Array(32).fill(5);

/** Jurors vote in the order of their seats; null stays away. Then the dispute is resolved. */
const judge = async ({ stack }: Bought, votes: readonly (History | null)[]): Promise<DisputeOutcome> => {
  const { jurors } = await getDispute(m.buyer, { stackSmallId: stack });
  expect(jurors.length).toBe(votes.length);
  const voting = jurors.flatMap((juror, seat) => (votes[seat] ? [{ juror, history: votes[seat] as History }] : []));
  const vote = ({ juror, history }: (typeof voting)[number]) => ({
    ...history,
    stackSmallId: stack,
    nodeSmallId: juror,
    salt,
  });
  m.market.nextEpoch(1);
  for (const one of voting) await done(commitDisputeVote(actorOf(m, one.juror), vote(one)));
  m.market.nextEpoch(1);
  for (const one of voting) await done(revealDisputeVote(actorOf(m, one.juror), vote(one)));
  m.market.nextEpoch(2);
  // Too few nodes are left for a second jury here: what the first one found stands.
  if ((await getDispute(m.buyer, { stackSmallId: stack })).undecided)
    expect(await done(seatSecondJury(m.buyer, { stackSmallId: stack }))).toMatchObject({ jurors: [] });
  return (await done(resolveDispute(m.buyer, { stackSmallId: stack }))).outcome;
};

const jurorsOf = async ({ stack }: Bought): Promise<readonly bigint[]> =>
  (await getDispute(m.buyer, { stackSmallId: stack })).jurors;

const each = (ids: readonly bigint[], what: string, amount: bigint): Books =>
  Object.fromEntries(ids.map((id) => [`node ${id} ${what}`, amount]));

// ---------------------------------------------------------------- claimed

test('purchase: price and surcharge into escrow, the bond out of the free stake', async () => {
  const { seller } = await buy(SAMPLED);
  expect(await changes()).toEqual({
    'buyer wallet': -COST - SURCHARGE,
    [`node ${seller} stake`]: -BOND,
    'open stacks': COST + SURCHARGE + BOND,
  });
});

test('claimed at level 0', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  m.market.nextEpoch(2);
  expect(await claim(bought)).toMatchObject({ totalFee: FEE, claims: [{ nodeFee: FEE, refund: COST - FEE }] });
  expect(await changes()).toEqual({
    'buyer wallet': -FEE,
    [`node ${bought.seller} wallet`]: FEE,
    [`node ${bought.seller} reputation`]: 1n,
  });
});

test('claimed at level 1: surcharge to the pool, which then pays the attester', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  const [attester = 0n] = bought.attesters;
  await attestAll(bought);
  m.market.nextEpoch(2);
  await claim(bought);
  const claimed = {
    'buyer wallet': -FEE - SURCHARGE,
    [`node ${bought.seller} wallet`]: FEE,
    ...each([bought.seller, attester], 'reputation', 1n),
  };
  expect(await changes()).toEqual({ ...claimed, pool: SURCHARGE, [`node ${attester} credit`]: ATTESTER_PAY });
  await done(withdrawEarnings(actorOf(m, attester), { nodeSmallId: attester }));
  expect(await changes()).toEqual({ ...claimed, [`node ${attester} wallet`]: ATTESTER_PAY });
});

test('claimed at level 1 where nothing is ever checked: no surcharge, nobody is credited', async () => {
  await done(setConfig(m.market.publisher, { name: 'attestationProbability', value: 0 }));
  const bought = await settle(await buy(SAMPLED), truth);
  m.market.nextEpoch(2);
  await claim(bought);
  expect(await changes()).toEqual({
    'buyer wallet': -FEE,
    [`node ${bought.seller} wallet`]: FEE,
    [`node ${bought.seller} reputation`]: 1n,
  });
});

test('finalized by anyone, two epochs after the window: the fee waits in the node’s earnings', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  m.market.nextEpoch(2);
  const early = await finalizeStack(m.challenger, { stackSmallId: bought.stack });
  expect(early).toMatchObject({ failure: { name: 'EFinalizeTooEarly' } });
  m.market.nextEpoch(2);
  await done(finalizeStack(m.challenger, { stackSmallId: bought.stack }));
  expect(await changes()).toEqual({
    'buyer wallet': -FEE,
    [`node ${bought.seller} earnings`]: FEE,
    [`node ${bought.seller} reputation`]: 1n,
  });
});

// ---------------------------------------------------------------- attesters

test('silent attesters: S each to the pool, 10 points each; after two redraws a jury looks at the rows, paid out of that', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  const silent = [...bought.attesters];
  for (let redraws = 0; redraws < 3; redraws++) {
    m.market.nextEpoch(2);
    const { attesters } = await done(redrawAttesters(m.buyer, { stackSmallId: bought.stack }));
    silent.push(...attesters);
  }
  expect(await getDispute(m.buyer, { stackSmallId: bought.stack })).toMatchObject({ bond: 3n * SLASH });
  const jurors = await jurorsOf(bought);
  const votes = jurors.map(() => truth);
  expect(await judge(bought, votes)).toBe('acquitted');
  expect(new Set([...silent, bought.seller]).size).toBe(4);
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - SURCHARGE,
    [`node ${bought.seller} earnings`]: FEE,
    [`node ${bought.seller} reputation`]: 1n,
    ...each(silent, 'stake', -SLASH),
    ...each(silent, 'reputation', -10n),
    ...each(jurors, 'earnings', JUROR_PAY),
    pool: SURCHARGE + 3n * SLASH - BigInt(jurors.length) * JUROR_PAY,
  });
});

test('a wrong leaf of an attester is refused', async () => {
  const { stack, attesters, k } = await settle(await buy(SAMPLED), truth);
  const refused = await submitStackSettlementAttestation(actorOf(m, attesters[0] as bigint), {
    stackSmallId: stack,
    committedStackProof: proofOf(Number(stack), truth, k),
    stackMerkleLeaf: leafOf(Number(stack), lie, 1),
  });
  expect(refused).toMatchObject({ failure: { name: 'EWrongLeaf' } });
  expect(await getTicket(m.buyer, { stackSmallId: stack })).toMatchObject({ state: 'awaiting', attested: [] });
});

/** A settlement whose only attester differs where no jury can be seated. */
const excused = async (claimed = CLAIMED, party = 0): Promise<Bought> => {
  const bought = await settle(await buy(TINY), truth, claimed, party);
  const answered = await attest(bought, bought.attesters[0] as bigint, 0, lie);
  expect(answered).toMatchObject({ outcome: 'openRequired', nodeSmallId: bought.attesters[0], bond: null });
  return bought;
};

test('an attester that differs where no jury can be seated: opened, the claim stands, nobody loses', async () => {
  const bought = await excused();
  const opened = await done(openStackCommitment(actorOf(m, bought.seller), { ...truth, stackSmallId: bought.stack }));
  expect(opened).toMatchObject({ valid: true, rejectedNodes: [] });
  m.market.nextEpoch(2);
  await claim(bought);
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - SURCHARGE,
    [`node ${bought.seller} wallet`]: FEE,
    [`node ${bought.seller} reputation`]: 1n,
    pool: SURCHARGE,
  });
});

// ---------------------------------------------------------------- the node's fault

const lost = (bought: Bought) => ({
  [`node ${bought.seller} stake`]: -BOND,
  [`node ${bought.seller} reputation`]: -50n,
});

test('the node’s own leaf is wrong: its attester disputes with the same root and wins', async () => {
  const bought = await settle(await buy(SAMPLED), truth, CLAIMED, 9);
  const [attester = 0n] = bought.attesters;
  const { stack, k } = bought;
  const disputed = await done(
    submitStackSettlementAttestation(actorOf(m, attester), {
      stackSmallId: stack,
      committedStackProof: proofOf(Number(stack), truth, k),
      stackMerkleLeaf: leafOf(Number(stack), truth, 1),
      disputesLeaf: true,
    }),
  );
  expect(disputed).toMatchObject({ outcome: 'disputed', bond: DISPUTE_BOND });
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(truth))).toBe('convicted');
  const rest = BOND - 5n * JUROR_PAY;
  expect(await changes()).toEqual({
    ...lost(bought),
    ...each(jurors, 'earnings', JUROR_PAY),
    [`node ${attester} earnings`]: rest / 2n,
    pool: rest - rest / 2n,
  });
});

test('the node’s own leaf is wrong, shown by opening: all to the buyer, the bond to the pool', async () => {
  const bought = await excused(CLAIMED, 9);
  const opened = await done(openStackCommitment(m.challenger, { ...truth, stackSmallId: bought.stack }));
  expect(opened).toMatchObject({ valid: false, rejectedNodes: [] });
  expect(await changes()).toEqual({ ...lost(bought), pool: BOND });
});

test('units below the claim: the same', async () => {
  const bought = await excused(CLAIMED + 1n);
  await done(openStackCommitment(m.challenger, { ...truth, stackSmallId: bought.stack }));
  expect(await changes()).toEqual({ ...lost(bought), pool: BOND });
});

test('more units in the history than claimed: the same', async () => {
  const bought = await excused(CLAIMED - 1n);
  await done(openStackCommitment(m.challenger, { ...truth, stackSmallId: bought.stack }));
  expect(await changes()).toEqual({ ...lost(bought), pool: BOND });
});

test('not opened in time: the same', async () => {
  const bought = await excused();
  m.market.nextEpoch(2);
  const expired = await done(expireSettlement(m.challenger, { stackSmallId: bought.stack }));
  expect(expired).toMatchObject({ slashedNodes: [], refund: COST + SURCHARGE, bond: BOND });
  expect(await changes()).toEqual({ ...lost(bought), pool: BOND });
});

// ---------------------------------------------------------------- disputes

test('convicted: majority jurors and the right challenger out of the bond, minority and absent jurors slashed', async () => {
  const bought = await settle(await buy(PLAIN), lie);
  await dispute(bought, truth);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, [truth, truth, truth, lie, null])).toBe('convicted');
  const rest = PLAIN_BOND - 3n * JUROR_PAY;
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors.slice(0, 3), 'earnings', JUROR_PAY),
    ...each(jurors.slice(3), 'stake', -SLASH),
    'challenger wallet': rest / 10n,
    pool: rest - rest / 10n + 2n * SLASH,
  });
});

test('convicted, the challenger wrong too: its bond back and no share', async () => {
  const bought = await settle(await buy(PLAIN), lie);
  await dispute(bought, historyOf('a third one', 5n));
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(truth))).toBe('convicted');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors, 'earnings', JUROR_PAY),
    pool: PLAIN_BOND - 5n * JUROR_PAY,
  });
});

test('convicted at level 1: an attester that backed the false root counts as silent', async () => {
  await done(setConfig(m.market.publisher, { name: 'attesters', value: 1 }));
  const bought = await settle(await buy(SAMPLED), lie);
  const [attester = 0n] = bought.attesters;
  await attest(bought, attester, 0, lie);
  await dispute(bought, truth);
  const jurors = await jurorsOf(bought);
  expect(jurors).not.toContain(attester);
  expect(await judge(bought, Array(5).fill({ ...truth, blame: true }))).toBe('convicted');
  const rest = BOND - 5n * JUROR_PAY;
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -50n,
    [`node ${attester} stake`]: -SLASH,
    [`node ${attester} reputation`]: -10n,
    ...each(jurors, 'earnings', JUROR_PAY),
    'challenger wallet': rest / 10n,
    pool: rest - rest / 10n + SLASH,
  });
});

test('convicted by an attester: bond back to its stake, share into its earnings', async () => {
  const bought = await settle(await buy(SAMPLED), lie);
  const [attester = 0n] = bought.attesters;
  expect(await attest(bought, attester, 0, truth)).toMatchObject({ outcome: 'disputed', bond: DISPUTE_BOND });
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(truth))).toBe('convicted');
  const rest = BOND - 5n * JUROR_PAY;
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors, 'earnings', JUROR_PAY),
    [`node ${attester} earnings`]: rest / 2n,
    pool: rest - rest / 2n,
  });
});

test('acquitted: paid as claimed; majority jurors, then the accused out of the challenger’s bond', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, [truth, truth, truth, lie, null])).toBe('acquitted');
  expect(await changes()).toEqual({
    'buyer wallet': -FEE,
    [`node ${bought.seller} earnings`]: FEE + DISPUTE_BOND - 3n * JUROR_PAY,
    [`node ${bought.seller} reputation`]: 1n,
    ...each(jurors.slice(0, 3), 'earnings', JUROR_PAY),
    ...each(jurors.slice(3), 'stake', -SLASH),
    'challenger wallet': -DISPUTE_BOND,
    pool: 2n * SLASH,
  });
});

test('acquitted at level 1: surcharge to the pool, the attester that attested is credited', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  const [attester = 0n] = bought.attesters;
  await attestAll(bought);
  await dispute(bought, lie);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(truth))).toBe('acquitted');
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - SURCHARGE,
    [`node ${bought.seller} earnings`]: FEE,
    ...each([bought.seller, attester], 'reputation', 1n),
    ...each(jurors, 'earnings', JUROR_PAY),
    [`node ${attester} credit`]: ATTESTER_PAY,
    'challenger wallet': -DISPUTE_BOND,
    pool: SURCHARGE,
  });
});

test('inputs unavailable: buyer refunded, bond to the pool, jurors neither paid nor slashed, 10 points', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  expect(await judge(bought, [unavailable, unavailable, unavailable, truth, null])).toBe('unavailable');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -10n,
    pool: PLAIN_BOND,
  });
});

test('an attester that cannot get the inputs bonds only S, and gets it back when the jury agrees', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  const [attester = 0n] = bought.attesters;
  expect(await attest(bought, attester, 0, unavailable)).toMatchObject({ outcome: 'disputed', bond: SLASH });
  expect(await judge(bought, Array(5).fill(unavailable))).toBe('unavailable');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -10n,
    pool: BOND,
  });
});

test('no majority: nobody is paid, the price of the work goes from the challenger’s bond to the pool', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  await attestAll(bought);
  await dispute(bought, lie);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, [truth, truth, lie, unavailable, null])).toBe('noMajority');
  expect(await changes()).toEqual({
    'buyer wallet': -SURCHARGE,
    [`node ${jurors[4]} stake`]: -SLASH,
    'challenger wallet': -FEE,
    pool: SURCHARGE + SLASH + FEE,
  });
});

test('no majority of a jury that stayed away: the fee goes from the challenger’s bond to the pool', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(null))).toBe('noMajority');
  expect(await changes()).toEqual({
    ...each(jurors, 'stake', -SLASH),
    'challenger wallet': -FEE,
    pool: FEE + 5n * SLASH,
  });
});

test('no majority with a drawn attester as challenger: its bond goes back', async () => {
  const bought = await settle(await buy(SAMPLED), truth);
  const [attester = 0n] = bought.attesters;
  await attest(bought, attester, 0, lie);
  expect(await judge(bought, [truth, truth, lie, lie, unavailable])).toBe('noMajority');
  expect(await changes()).toEqual({ 'buyer wallet': -SURCHARGE, pool: SURCHARGE });
});

// ---------------------------------------------------------------- the owner adds to somebody else's dispute

test('evidence: what its rows cost waits in the dispute', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  const disputed = await booksOf(m);
  await show(bought);
  expect(changesBetween(disputed, await booksOf(m))).toEqual({
    'buyer wallet': -5n * ROWS,
    'open disputes': 5n * ROWS,
  });
});

test('convicted: the owner pays those in the majority for its rows, and has the rest back', async () => {
  const bought = await settle(await buy(PLAIN), lie);
  await dispute(bought, historyOf('nothing', 1n));
  await show(bought);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, [truth, truth, truth, truth, lie])).toBe('convicted');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors.slice(0, 4), 'earnings', JUROR_PAY + ROWS),
    ...each(jurors.slice(4), 'stake', -SLASH),
    'buyer wallet': -4n * ROWS,
    pool: PLAIN_BOND - 4n * JUROR_PAY + SLASH,
  });
});

test('convicted, who accused before the evidence came out of a wallet: its share where most blame', async () => {
  const bought = await settle(await buy(PLAIN), lie);
  await dispute(bought, historyOf('as the seed shows it', CLAIMED));
  await show(bought);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill({ ...truth, blame: true }))).toBe('convicted');
  const rest = PLAIN_BOND - 5n * JUROR_PAY;
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors, 'earnings', JUROR_PAY + ROWS),
    'buyer wallet': -5n * ROWS,
    'challenger wallet': rest / 10n,
    pool: rest - rest / 10n,
  });
});

test('convicted, a drawn attester accused before the evidence came: its share where most blame', async () => {
  const bought = await settle(await buy(SAMPLED), lie);
  const [attester = 0n] = bought.attesters;
  await attest(bought, attester, 0, historyOf('as the seed shows it', CLAIMED));
  await show(bought);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill({ ...truth, blame: true }))).toBe('convicted');
  const rest = BOND - 5n * JUROR_PAY;
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors, 'earnings', JUROR_PAY + ROWS),
    'buyer wallet': -5n * ROWS,
    [`node ${attester} earnings`]: rest / 2n,
    pool: rest - rest / 2n,
  });
});

test('the same where nobody blames: what the seed shows was no reason to accuse', async () => {
  const bought = await settle(await buy(SAMPLED), lie);
  await attest(bought, bought.attesters[0] as bigint, 0, historyOf('as the seed shows it', CLAIMED));
  await show(bought);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, Array(5).fill(truth))).toBe('convicted');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -50n,
    ...each(jurors, 'earnings', JUROR_PAY + ROWS),
    'buyer wallet': -5n * ROWS,
    pool: BOND - 5n * JUROR_PAY,
  });
});

test('acquitted: the owner pays those in the majority for its rows, and has the rest back', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  await show(bought);
  const jurors = await jurorsOf(bought);
  expect(await judge(bought, [truth, truth, truth, lie, null])).toBe('acquitted');
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - 3n * ROWS,
    [`node ${bought.seller} earnings`]: FEE + DISPUTE_BOND - 3n * JUROR_PAY,
    [`node ${bought.seller} reputation`]: 1n,
    ...each(jurors.slice(0, 3), 'earnings', JUROR_PAY + ROWS),
    ...each(jurors.slice(3), 'stake', -SLASH),
    'challenger wallet': -DISPUTE_BOND,
    pool: 2n * SLASH,
  });
});

test('inputs unavailable: the owner has its payment back', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  await show(bought);
  expect(await judge(bought, [unavailable, unavailable, unavailable, truth, null])).toBe('unavailable');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -PLAIN_BOND,
    [`node ${bought.seller} reputation`]: -10n,
    pool: PLAIN_BOND,
  });
});

test('no majority: the owner has its payment back', async () => {
  const bought = await settle(await buy(PLAIN), truth);
  await dispute(bought, lie);
  await show(bought);
  expect(await judge(bought, [truth, truth, lie, lie, unavailable])).toBe('noMajority');
  expect(await changes()).toEqual({ 'challenger wallet': -FEE, pool: FEE });
});

// ---------------------------------------------------------------- fewer than three possible jurors

const disputedWithoutJury = async (history: History, challenge: History): Promise<Bought> => {
  const bought = await settle(await buy(TINY), history);
  await attest(bought, bought.attesters[0] as bigint, 0, history);
  await dispute(bought, challenge);
  expect(await jurorsOf(bought)).toEqual([]);
  return bought;
};

test('no jury and no ruling: no majority after two epochs', async () => {
  const bought = await disputedWithoutJury(truth, lie);
  m.market.nextEpoch(2);
  expect(await done(resolveDispute(m.buyer, { stackSmallId: bought.stack }))).toMatchObject({ outcome: 'noMajority' });
  expect(await changes()).toEqual({
    'buyer wallet': -SURCHARGE,
    'challenger wallet': -FEE,
    pool: SURCHARGE + FEE,
  });
});

const ruling = (stackSmallId: bigint, outcome: 'convicted' | 'acquitted' | 'unavailable') =>
  done(ruleDispute(m.market.publisher, { stackSmallId, outcome }));

test('no jury, convicted by the manager', async () => {
  const bought = await disputedWithoutJury(lie, truth);
  await ruling(bought.stack, 'convicted');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -50n,
    [`node ${bought.attesters[0]} stake`]: -SLASH,
    [`node ${bought.attesters[0]} reputation`]: -10n,
    pool: BOND + SLASH,
  });
});

test('no jury, acquitted by the manager', async () => {
  const bought = await disputedWithoutJury(truth, lie);
  await ruling(bought.stack, 'acquitted');
  const [attester = 0n] = bought.attesters;
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - SURCHARGE,
    'challenger wallet': -DISPUTE_BOND,
    [`node ${bought.seller} earnings`]: FEE + DISPUTE_BOND,
    [`node ${attester} credit`]: ATTESTER_PAY,
    ...each([bought.seller, attester], 'reputation', 1n),
    pool: SURCHARGE,
  });
});

test('no jury, acquitted by the manager: the owner pays nobody for the rows it names', async () => {
  const bought = await disputedWithoutJury(truth, lie);
  await show(bought, 0n);
  await ruling(bought.stack, 'acquitted');
  const [attester = 0n] = bought.attesters;
  expect(await changes()).toEqual({
    'buyer wallet': -FEE - SURCHARGE,
    'challenger wallet': -DISPUTE_BOND,
    [`node ${bought.seller} earnings`]: FEE + DISPUTE_BOND,
    [`node ${attester} credit`]: ATTESTER_PAY,
    ...each([bought.seller, attester], 'reputation', 1n),
    pool: SURCHARGE,
  });
});

test('no jury, inputs unavailable by the manager', async () => {
  const bought = await disputedWithoutJury(truth, lie);
  await ruling(bought.stack, 'unavailable');
  expect(await changes()).toEqual({
    [`node ${bought.seller} stake`]: -BOND,
    [`node ${bought.seller} reputation`]: -10n,
    pool: BOND,
  });
});

// ---------------------------------------------------------------- nothing claimed

test('a claim of nothing: everything back at once', async () => {
  const bought = await settle(await buy(SAMPLED), truth, 0n);
  expect(await changes()).toEqual({});
  expect(bought.attesters).toEqual([]);
});

test('reclaimed after a notice: everything back', async () => {
  const bought = await buy(SAMPLED);
  await done(requestStackRefund(m.buyer, { stackSmallId: bought.stack }));
  m.market.nextEpoch(2);
  await done(reclaimStack(m.buyer, { stackSmallId: bought.stack }));
  expect(await changes()).toEqual({});
});

test('expired unsettled and finalized by anyone: everything back', async () => {
  const bought = await buy(PLAIN);
  m.market.nextEpoch(14);
  expect(await done(finalizeStack(m.challenger, { stackSmallId: bought.stack }))).toMatchObject({
    reclaimed: true,
    refund: COST,
  });
  expect(await changes()).toEqual({});
});
