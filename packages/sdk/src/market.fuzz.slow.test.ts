/**
 * Random lives of a whole market, every call the real bytecode on the embedded ledger. Whatever happens: no base unit is lost
 * or invented, every refusal is a named error of the contract, and strangers alone can bring every stack to an end.
 */
import { isAtomaError } from '@atoma/base';
import { expect, test } from 'vitest';
import {
  type Atoma,
  acquireStack,
  claimFunds,
  commitDisputeVote,
  computeStackProof,
  createTask,
  donate,
  executedResult,
  expireSettlement,
  faucet,
  finalizeStack,
  type History,
  inputsUnavailable,
  listDisputes,
  listEvents,
  listStacks,
  listTickets,
  openStackCommitment,
  outcomeName,
  reclaimStack,
  redrawAttesters,
  registerNode,
  requestStackRefund,
  requestWithdrawal,
  resolveDispute,
  revealDisputeVote,
  seatSecondJury,
  setConfig,
  showDisputeEvidence,
  startAttestationDispute,
  submitStackSettlementAttestation,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  unsubscribeNodeFromTask,
  updateNodeSubscription,
  updateStackOwner,
  type WriteOutcome,
  withdrawEarnings,
} from './index.ts';
import { allFunds, mintedFunds } from './testing/books.ts';
import { openTestMarket, type TestMarket } from './testing/market.ts';

const TOMA = 1_000_000_000n;
const NODES = 7;
const STEPS = 150;
/** Refusals of the SDK itself that a random call may meet. */
const EXPECTED = ['SDK_NO_BADGE', 'SDK_INSUFFICIENT_TOMA', 'SDK_AMBIGUOUS_BADGE'];

const history = (seed: number): History => ({
  leaves: [{ requestHash: new Uint8Array(32).fill(seed), contentHash: new Uint8Array(32), units: 900_000n }],
});

/** Mulberry32: the same life for the same seed. */
const dice = (seed: number) => {
  let state = seed;
  return (sides: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * sides);
  };
};

type Outcome = WriteOutcome<unknown>;
type Act = () => Promise<Outcome>;

interface Life {
  readonly market: TestMarket;
  readonly nodes: readonly Atoma[];
  readonly buyers: readonly Atoma[];
  readonly stranger: Atoma;
  readonly roll: (sides: number) => number;
}

const everyone = ({ nodes, buyers, stranger, market }: Life): readonly Atoma[] => [
  ...nodes,
  ...buyers,
  stranger,
  market.publisher,
];

const begin = async (seed: number): Promise<Life> => {
  const market = await openTestMarket(`life ${seed}`);
  const [nodes, buyers] = [NODES, 2].map((count) => Array.from({ length: count }, () => market.actor())) as [
    Atoma[],
    Atoma[],
  ];
  const must = async (outcome: Promise<WriteOutcome<unknown>>) => executedResult(await outcome);
  await must(setConfig(market.publisher, { name: 'attestationProbability', value: 700 }));
  for (const level of [0, 1, 1]) await must(createTask(market.publisher, { role: 0, securityLevel: level }));
  for (const actor of [...nodes, ...buyers]) await must(faucet(actor, { amount: 200n * TOMA }));
  for (const [i, node] of nodes.entries()) {
    await must(registerNode(node, {}));
    await must(topUpCollateral(node, { amount: 50n * TOMA }));
    // Of the third task's two nodes no jury can sit: what a silent attester leaves has to be opened.
    for (const taskSmallId of i < 2 ? [1, 2, 3] : [1, 2])
      await must(subscribeNodeToTask(node, { taskSmallId, pricePerComputeUnit: 100, maxNumComputeUnits: 1_000_000 }));
  }
  return { market, nodes, buyers, stranger: market.actor(), roll: dice(seed) };
};

/** What a juror saw: the honest history, another one in stacks that 3 divides, nothing in those that 5 divides. */
const seenBy = (juror: bigint, stackSmallId: bigint) => {
  const { merkleRoot, units } = computeStackProof({
    history: history(stackSmallId % 3n === 0n ? 9 : 1),
    stackSmallId,
    attesters: 1,
  });
  const salt = new Uint8Array(32).fill(Number(juror));
  return { stackSmallId, units, salt, merkleRoot: stackSmallId % 5n === 0n ? inputsUnavailable() : merkleRoot };
};

/** Every juror of every dispute takes its next step; those of stacks that 4 divides never do. */
const juryActs = async ({ nodes, stranger }: Life): Promise<Outcome> => {
  let last: Outcome = await resolveDispute(stranger, { stackSmallId: 1 });
  for (const { stackSmallId, jurors, committed, revealed } of await listDisputes(stranger))
    for (const juror of jurors.filter((id) => !revealed.includes(id) && stackSmallId % 4n !== 0n)) {
      const step = committed.includes(juror) ? revealDisputeVote : commitDisputeVote;
      last = await step(nodes[Number(juror) - 1] as Atoma, seenBy(juror, stackSmallId));
    }
  return last;
};

/** Someone opens the first commitment that must be opened, with either history. */
const opens = async ({ roll, stranger }: Life, units: bigint): Promise<Outcome> => {
  const due = (await listTickets(stranger)).find(({ state }) => state === 'openRequired');
  const stackSmallId = due?.stackSmallId ?? 1n;
  const { merkleRoot } = computeStackProof({ history: history(roll(2) === 0 ? 9 : 1), stackSmallId, attesters: 1 });
  return openStackCommitment(stranger, { stackSmallId, merkleRoot, units });
};

/** One random call by one random actor, legal or not. */
const randomAct = (life: Life, stacks: readonly bigint[]): Act => {
  const { roll, nodes, buyers, stranger } = life;
  const pick = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
  const stackSmallId = stacks.length === 0 || roll(20) === 0 ? BigInt(1 + roll(60)) : pick(stacks);
  const [node, buyer, anyone] = [pick(nodes), pick(buyers), pick([...nodes, ...buyers, stranger])];
  const taskSmallId = 1 + roll(3);
  // Most parties are honest; one history in four is another.
  const truth = computeStackProof({ history: history(roll(4) === 0 ? 9 : 1), stackSmallId, attesters: 1 });
  const vote = { stackSmallId, merkleRoot: truth.merkleRoot, units: truth.units, salt: new Uint8Array(32).fill(4) };
  const offer = { taskSmallId, pricePerComputeUnit: 80 + roll(40), maxNumComputeUnits: 1_000_000 };
  const leaf = truth.leaves[roll(3) === 0 ? 0 : 1] as Uint8Array;
  const claimed = roll(8) === 0 ? 0 : 900_000;
  const byServer = async (act: (node: Atoma) => Promise<Outcome>): Promise<Outcome> => {
    const stack = (await listStacks(stranger)).find((each) => each.stackSmallId === stackSmallId);
    return act(stack && roll(10) > 0 ? (nodes[Number(stack.selectedNodeSmallId) - 1] as Atoma) : node);
  };
  const byDrawn = async (kind: 'attest' | 'vote', act: (node: Atoma) => Promise<Outcome>): Promise<Outcome> => {
    const ticket = (await listTickets(stranger)).find((each) => each.stackSmallId === stackSmallId);
    const dispute = (await listDisputes(stranger)).find((each) => each.stackSmallId === stackSmallId);
    const ids = kind === 'vote' ? (dispute?.jurors ?? []) : (ticket?.attesters.filter((id) => id !== null) ?? []);
    return act(ids.length > 0 ? (nodes[Number(pick(ids)) - 1] as Atoma) : node);
  };
  const buys: Act = () =>
    acquireStack(buyer, {
      taskSmallId,
      numComputeUnits: 1_000_000,
      pricePerComputeUnit: 100 + roll(30),
      allowUnchecked: true,
    });
  const settles: Act = () =>
    byServer((who) => trySettleStack(who, { stackSmallId, ...truth, numClaimedComputeUnits: claimed }));
  const attests: Act = () =>
    byDrawn('attest', (who) =>
      submitStackSettlementAttestation(who, { stackSmallId, ...truth, stackMerkleLeaf: leaf }),
    );
  const disputes: Act = () =>
    startAttestationDispute(anyone, { stackSmallId, attestationCommitment: truth.committedStackProof });
  /** The owner of a stack that somebody else disputes adds what it has; of other stacks nobody may. */
  const shows: Act = async () => {
    const id = (await listDisputes(stranger)).find(({ waits }) => waits)?.stackSmallId ?? stackSmallId;
    const owner = (await listStacks(stranger)).find((stack) => stack.stackSmallId === id)?.owner;
    const rows = roll(2) === 0 ? {} : { rows: [0], namedUnits: 9 };
    const by = buyers.find(({ sender }) => sender === owner) ?? buyer;
    return showDisputeEvidence(by, { stackSmallId: id, receipts: [leaf], ...rows });
  };
  const acts: readonly Act[] = [
    ...[buys, buys, buys, buys],
    ...[settles, settles, settles, settles, settles],
    ...[attests, attests, attests, attests],
    ...[disputes, disputes],
    shows,
    () => byDrawn('vote', (who) => commitDisputeVote(who, vote)),
    () => byDrawn('vote', (who) => revealDisputeVote(who, vote)),
    () => juryActs(life),
    () => resolveDispute(anyone, { stackSmallId }),
    () => seatSecondJury(anyone, { stackSmallId }),
    () => openStackCommitment(anyone, { stackSmallId, ...truth }),
    () => opens(life, truth.units),
    () => redrawAttesters(anyone, { stackSmallId }),
    () => expireSettlement(anyone, { stackSmallId }),
    () => byServer((who) => claimFunds(who, { stackSmallIds: [stackSmallId] })),
    () => finalizeStack(anyone, { stackSmallId }),
    () => requestStackRefund(buyer, { stackSmallId }),
    () => reclaimStack(buyer, { stackSmallId }),
    () => updateStackOwner(buyer, { stackSmallId }),
    () => updateNodeSubscription(node, offer),
    () => (roll(3) === 0 ? unsubscribeNodeFromTask(node, { taskSmallId }) : subscribeNodeToTask(node, offer)),
    () => withdrawEarnings(node, {}),
    () => requestWithdrawal(node, { amount: BigInt(1 + roll(40)) * TOMA }),
    () => donate(anyone, { amount: 1 + roll(1_000) }),
  ];
  return pick(acts);
};

/** A refusal must be a named abort of the market; anything else is a fault of ours. */
const check = async (act: Act): Promise<string> => {
  try {
    const outcome = await act();
    if (outcome.kind !== 'failed') return outcome.kind;
    expect(outcome.failure).toMatchObject({ kind: 'abort', ours: true, name: expect.stringMatching(/^E[A-Z]/) });
    expect(outcome.digest).toBeNull(); // the simulation saw it coming
    return 'failed';
  } catch (error) {
    if (isAtomaError(error) && EXPECTED.includes(error.code)) return error.code;
    throw error;
  }
};

/** A new epoch, at whose start juries mostly do their duty and openings are tried. */
const turnEpoch = async (life: Life): Promise<void> => {
  life.market.nextEpoch();
  if (life.roll(4) > 0) await check(() => juryActs(life));
  for (let tries = life.roll(3); tries > 0; tries--) await check(() => opens(life, 900_000n));
};

/** One round in which a stranger takes whatever next step is legal for each stack. */
const strangerRound = async ({ stranger }: Life): Promise<void> => {
  for (const { stackSmallId } of await listStacks(stranger)) {
    const steps = [finalizeStack, resolveDispute, seatSecondJury, redrawAttesters, expireSettlement];
    for (const step of steps) if ((await check(() => step(stranger, { stackSmallId }))) === 'executed') break;
  }
};

/** Leaves a settlement in the third task that nobody attests: where no jury can sit it has to be opened, and expires. */
const leaveUnattested = async ({ nodes, buyers }: Life): Promise<void> => {
  const [buyer] = buyers as readonly [Atoma];
  const want = { taskSmallId: 3, numComputeUnits: 1_000_000, pricePerComputeUnit: 130, allowUnchecked: true };
  const bought = await acquireStack(buyer, want);
  if (bought.kind !== 'executed') return;
  const { stackSmallId, selectedNodeSmallId } = bought.result;
  const proof = computeStackProof({ history: history(1), stackSmallId, attesters: 1 });
  const server = nodes[Number(selectedNodeSmallId) - 1] as Atoma;
  await check(() => trySettleStack(server, { stackSmallId, ...proof, numClaimedComputeUnits: 900_000 }));
};

const reached = new Set<string>();

const remember = async ({ stranger }: Life): Promise<void> => {
  for (let after: string | undefined; ; ) {
    const page = await listEvents(stranger, after === undefined ? {} : { after });
    for (const event of page.events)
      reached.add(event.kind === 'DisputeResolvedEvent' ? `dispute ${outcomeName(event.data.outcome)}` : event.kind);
    if (!page.hasMore || page.cursor === null) return;
    after = page.cursor;
  }
};

test.each([1, 2, 3])('life %i keeps its books and can always be ended', async (seed) => {
  const life = await begin(seed);
  const balanced = async () => expect(await allFunds(everyone(life))).toBe(await mintedFunds(life.stranger));
  const seen = new Map<string, number>();
  for (let step = 0; step < STEPS; step++) {
    const stacks = (await listStacks(life.stranger)).map((stack) => stack.stackSmallId);
    const kind = await check(randomAct(life, stacks));
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    if (life.roll(14) === 0) await turnEpoch(life);
    if (step % 20 === 0) await balanced();
  }
  expect(seen.get('executed') ?? 0).toBeGreaterThan(STEPS / 8);
  await leaveUnattested(life);
  for (let round = 0; round < 24 && (await listStacks(life.stranger)).length > 0; round++) {
    await strangerRound(life);
    life.market.nextEpoch();
  }
  expect([
    await listStacks(life.stranger),
    await listTickets(life.stranger),
    await listDisputes(life.stranger),
  ]).toEqual([[], [], []]);
  await balanced();
  await remember(life);
  life.market.close();
});

test('the lives were not idle: they settled, attested, disputed, slashed, forfeited and gave back', () => {
  expect([...reached]).toEqual(
    expect.arrayContaining([
      'AttestersRedrawnEvent',
      'DisputeEvidenceEvent',
      'DisputeVoteCommittedEvent',
      'NodeSlashedEvent',
      'StackAttestationDisputeEvent',
      'StackForfeitedEvent',
      'StackReclaimedEvent',
      'StackSettlementTicketClaimedEvent',
      'StackTrySettleEvent',
    ]),
  );
  expect([...reached].some((name) => name.startsWith('dispute '))).toBe(true);
});
