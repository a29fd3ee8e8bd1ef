/** What anybody may try in a state of the market: an action seed names one operation, sensible or not. */
import { blake2b256, fromHex } from '@atoma/base';
import type { Account } from '../driver/accounts.ts';
import { epochOf } from '../driver/chain.ts';
import { type History, leafOf, proofOf, UNAVAILABLE, voteOf } from '../driver/commitments.ts';
import type { Row } from '../driver/decode.ts';
import * as op from '../driver/operations.ts';
import { subscribersOf } from '../driver/view.ts';
import { isRevealing, mayShow } from './foresight.ts';
import { type Random, randomOf } from './random.ts';
import { accountAt, lieOf, TOMA, truthOf, type World } from './world.ts';

/** States of a ticket. */
export const STATE = { open: 0, awaiting: 1, clean: 2, openRequired: 3, disputed: 4 } as const;

/** The epoch that never comes. */
const NEVER = 2n ** 64n - 1n;

type Choice = readonly [weight: number, make: () => op.Operation | null];

/** One of the weighted choices; later ones when it has nothing to offer. */
const choose = (random: Random, choices: readonly Choice[]): op.Operation | null => {
  const left = [...choices];
  while (left.length > 0) {
    let at = random.below(left.reduce((sum, [weight]) => sum + weight, 0));
    const index = left.findIndex(([weight]) => {
      at -= weight;
      return at < 0;
    });
    const made = (left.splice(index, 1)[0] as Choice)[1]();
    if (made) return made;
  }
  return null;
};

const OPEN_STACKS = 7;

/** The operation an action seed means now; null when nothing at all can be tried. */
export const operationOf = (world: World, seed: number): op.Operation | null => {
  const random = randomOf(seed);
  const isFull = world.chain.view.stacks.size >= OPEN_STACKS;
  return choose(random, [
    [6, () => op.epochs(random.chance(900) ? 1 : 2)],
    [isSomeoneLeaving(world) ? 1 : 0, () => op.epochs(6)],
    [isSomeoneLeaving(world) ? 12 : 0, () => destroyLeaving(world, random)],
    [isFull ? 1 : 14, () => buy(world, random)],
    [62, () => stackStep(world, random)],
    [8, () => nodeStep(world, random)],
    [5, () => subscriptionStep(world, random)],
    [2, () => taskStep(world, random)],
    [3, () => managerStep(world, random)],
    [3, () => moneyStep(world, random)],
  ]);
};

// ---------------------------------------------------------------- leaving in the middle of something

/** Nodes with a part in a ticket or dispute that others still have to end. */
const panelOf = (world: World): number[] => {
  const { tickets, disputes } = world.chain.view;
  const members = [
    ...[...tickets.values()].flatMap((ticket) => ticket.attesters),
    ...[...disputes.values()].flatMap((dispute) => [...dispute.jurors, dispute.challenger_node]),
  ];
  return [...new Set(members.map(Number))].filter((node) => world.chain.view.nodes.has(node));
};

const leaving = (world: World): number[] =>
  panelOf(world).filter((node) => world.chain.view.nodes.get(node).exit_epoch !== NEVER);

const isSomeoneLeaving = (world: World): boolean => leaving(world).length > 0;

/** A member of a panel retires; what it was drawn for goes on without it. */
const leave = (world: World, random: Random): op.Operation | null =>
  asNode(world, random.pick(panelOf(world)), op.disableNode);

const destroyLeaving = (world: World, random: Random): op.Operation | null => {
  const { nodes } = world.chain.view;
  const epoch = BigInt(epochOf(world.chain));
  const ready = leaving(world).filter(
    (node) => epoch >= nodes.get(node).exit_epoch && nodes.get(node).open_stacks === 0n,
  );
  return asNode(world, random.pick(ready), op.destroyNode);
};

// ---------------------------------------------------------------- who

const anyone = (world: World, random: Random): Account => random.pick([...world.accounts.values()]) as Account;

const holder = (world: World, kind: 'nodeBadges' | 'taskBadges' | 'stackBadges', id: number): Account | undefined => {
  const badge = world.chain.view[kind].get(id);
  return badge && accountAt(world, badge.holder);
};

type NodeAct = (by: Account, node: number) => op.Operation;

/** An act of a node by whoever holds its badge. */
const asNode = (world: World, node: number | bigint | undefined, act: NodeAct): op.Operation | null => {
  const by = node === undefined ? undefined : holder(world, 'nodeBadges', Number(node));
  return by ? act(by, Number(node)) : null;
};

const anyNode = (world: World, random: Random): number | undefined =>
  random.pick([...world.chain.view.nodeBadges.keys()]);

// ---------------------------------------------------------------- buying

const PRICES = [100n, 120n, 80n, 61n, 1n, 7_000n];
const UNITS = [1_000_000n, 1_000_000n, 333_334n, 2_500_000n, 4_999_999n, 200_001n];

const buy = (world: World, random: Random): op.Operation | null => {
  const task = random.pick([2, 2, 2, ...world.chain.view.tasks.keys()]) ?? 1;
  const price = random.chance(20) ? 2n ** 63n : (random.pick(PRICES.slice(0, random.chance(850) ? 2 : 6)) as bigint);
  const units = random.chance(20) ? 0n : (random.pick(UNITS) as bigint);
  const by = random.chance(900) ? (random.pick(world.buyers) as Account) : anyone(world, random);
  return op.acquire(by, task, units, price, random.chance(800) ? undefined : choice(world, random, units * price));
};

/** A purchase that is particular: checked or not at all, for no more than so much, of a few nodes. */
const choice = (world: World, random: Random, value: bigint): op.Choice => ({
  unchecked: random.chance(500),
  most: random.pick([null, 0n, ...[value, 2n * value].filter((amount) => amount < 2n ** 64n)]) ?? null,
  among: random.chance(500) ? [] : [...world.chain.view.nodes.keys()].filter(() => random.chance(600)),
});

// ---------------------------------------------------------------- a stack's next step

const stackStep = (world: World, random: Random): op.Operation | null => {
  const { stacks, tickets } = world.chain.view;
  const weighted = [...stacks.keys()].flatMap((id) =>
    tickets.get(id)?.state === STATE.disputed ? [id, id, id] : [id],
  );
  const id = random.chance(20) ? 1 + random.below(30) : random.pick(weighted);
  if (id === undefined) return null;
  const stack = stacks.get(id);
  if (!stack) return choose(random, strangeSteps(world, random, id));
  const ticket = tickets.get(id);
  if (!ticket) return choose(random, unsettledSteps(world, random, id, stack));
  if (ticket.state === STATE.disputed) return choose(random, disputedSteps(world, random, id, stack));
  return choose(random, settledSteps(world, random, id, stack, ticket));
};

const discard = (world: World, id: number): op.Operation | null => {
  const owner = holder(world, 'stackBadges', id);
  return owner ? op.discardBadge(owner, id) : null;
};

/** Calls on a stack that may not exist, or not in this state. */
const strangeSteps = (world: World, random: Random, id: number): Choice[] => {
  const by = anyone(world, random);
  const node = anyNode(world, random);
  return [
    [2, () => discard(world, id)],
    [1, () => op.finalize(by, id)],
    [1, () => op.expire(by, id)],
    [1, () => op.resolve(by, id)],
    [1, () => op.redraw(by, id)],
    [1, () => op.open(by, id, lieOf(id, 5n).merkleRoot, 5n)],
    [1, () => op.dispute(by, id, UNAVAILABLE)],
    [1, () => op.show(by, id)],
    [1, () => op.rule(world.chain.manager, id, random.below(4))],
    [1, () => asNode(world, node, (who, n) => op.claim(who, n, [id]))],
    [1, () => asNode(world, node, (who, n) => op.claim(who, n, []))],
    [1, () => asNode(world, node, (who, n) => op.settle(who, n, id, 1n, UNAVAILABLE, UNAVAILABLE))],
    [1, () => asNode(world, node, (who, n) => op.attest(who, n, id, UNAVAILABLE, UNAVAILABLE))],
    [1, () => asNode(world, node, (who, n) => op.commitVote(who, n, id, UNAVAILABLE))],
    [1, () => asNode(world, node, (who, n) => op.revealVote(who, n, id, UNAVAILABLE, 1n, UNAVAILABLE))],
    [1, () => asNode(world, node, (who, n) => op.settle(who, n, id, 1n, new Uint8Array(31), UNAVAILABLE))],
  ];
};

/** The selected node claims `claimed` on a history; `party` 0 gives the right leaf. */
const settleWith = (world: World, id: number, stack: Row, history: History, claimed: bigint, party = 0) =>
  asNode(world, stack.node, (by, node) => {
    if (!world.chain.view.tickets.has(id)) world.committed.set(id, history);
    const root = proofOf(id, history, Number(stack.terms.attesters));
    const inputs = claimed % 2n === 0n ? root : null; // any 32 bytes: the contract only keeps them
    return op.settle(by, node, id, claimed, root, leafOf(id, history, party), inputs);
  });

const unsettledSteps = (world: World, random: Random, id: number, stack: Row): Choice[] => {
  const truth = truthOf(id, stack.units);
  const owner = holder(world, 'stackBadges', id);
  const expiry = stack.bought_epoch + stack.terms.stack_life;
  const noticed = stack.notice_epoch === NEVER ? expiry : stack.notice_epoch + 2n;
  const isLate = BigInt(epochOf(world.chain)) >= (noticed < expiry ? noticed : expiry);
  const asOwner = (act: (by: Account, id: number) => op.Operation) => (): op.Operation | null =>
    owner ? act(owner, id) : null;
  return [
    [40, () => settleWith(world, id, stack, truth, truth.units)],
    [12, () => settleWith(world, id, stack, truth, stack.units)],
    [14, () => settleWith(world, id, stack, lieOf(id, stack.units), stack.units)],
    [8, () => settleWith(world, id, stack, truth, truth.units, 9)],
    [3, () => settleWith(world, id, stack, truth, 0n)],
    [2, () => settleWith(world, id, stack, truth, stack.units + 1n)],
    [9, asOwner(op.requestRefund)],
    [isLate ? 60 : 4, asOwner(op.reclaim)],
    [3, asOwner(op.updateOwner)],
    [4, () => (owner ? op.transferBadge(owner, 'stackBadges', id, anyone(world, random)) : null)],
    [isLate ? 30 : 6, () => op.finalize(anyone(world, random), id)],
    [6, () => choose(random, strangeSteps(world, random, id))],
  ];
};

const settledSteps = (world: World, random: Random, id: number, stack: Row, ticket: Row): Choice[] => {
  const history = world.committed.get(id) ?? truthOf(id, stack.units);
  const isAwaiting = ticket.state === STATE.awaiting;
  const isOpening = ticket.state === STATE.openRequired;
  return [
    [isAwaiting ? 60 : 3, () => attestStep(world, random, id, stack, ticket, history)],
    [isAwaiting ? 10 : 2, () => op.redraw(anyone(world, random), id)],
    [isAwaiting ? 12 : 1, () => flight(world, random.pick<bigint>(ticket.drawn))],
    [2, () => leave(world, random)],
    [isOpening ? 30 : 2, () => op.open(anyone(world, random), id, history.merkleRoot, history.units)],
    [2, () => op.open(anyone(world, random), id, history.merkleRoot, history.units + 1n)],
    [isOpening ? 15 : 2, () => op.expire(anyone(world, random), id)],
    [16, () => disputeStep(world, random, id, stack, ticket, history)],
    [
      isAwaiting || isOpening ? 2 : 25,
      () => asNode(world, stack.node, (by, node) => op.claim(by, node, claimable(world, random, id, node))),
    ],
    [isAwaiting || isOpening ? 2 : 12, () => op.finalize(anyone(world, random), id)],
    [4, () => choose(random, strangeSteps(world, random, id))],
    [
      2,
      () => (holder(world, 'stackBadges', id) ? op.updateOwner(holder(world, 'stackBadges', id) as Account, id) : null),
    ],
    [2, () => (holder(world, 'stackBadges', id) ? op.reclaim(holder(world, 'stackBadges', id) as Account, id) : null)],
  ];
};

/** A node that has something to lose queues all of its stake that it may. */
const flight = (world: World, node: bigint | undefined): op.Operation | null => {
  const { nodes, db } = world.chain.view;
  const row = nodes.get(Number(node ?? 0));
  const free = row ? (row.stake as bigint) - row.queued - db.config.registration_collateral : 0n;
  return free > 0n ? asNode(world, node, (by, id) => op.requestWithdrawal(by, id, free)) : null;
};

/** This stack, often with the node's others. */
const claimable = (world: World, random: Random, id: number, node: number): number[] => {
  if (random.chance(700)) return [id];
  const others = [...world.chain.view.stacks]
    .filter(([, stack]) => Number(stack.node) === node)
    .map(([other]) => other);
  return random.chance(100) ? [id, id] : others;
};

const attestStep = (world: World, random: Random, id: number, stack: Row, ticket: Row, history: History) => {
  const drawn = ticket.attesters.filter((node: bigint) => node !== 0n);
  const node = random.chance(920) ? random.pick<bigint>(drawn) : anyNode(world, random);
  const place = ticket.attesters.findIndex((attester: bigint) => attester === BigInt(node ?? 0));
  const root = fromHex(ticket.root) as Uint8Array;
  const other = lieOf(id, stack.units + 7n);
  const k = Number(stack.terms.attesters);
  const isFleeing = (world.chain.view.nodes.get(Number(node ?? 0))?.queued ?? 0n) > 0n;
  return asNode(
    world,
    node,
    (by, attester) =>
      choose(random, [
        [isFleeing ? 15 : 70, () => op.attest(by, attester, id, root, leafOf(id, history, place + 1))],
        [8, () => op.attest(by, attester, id, root, leafOf(id, other, place + 1))],
        [8, () => op.attest(by, attester, id, proofOf(id, truthOf(id, stack.units), k), UNAVAILABLE)],
        [4, () => op.attest(by, attester, id, proofOf(id, other, k), UNAVAILABLE)],
        [5, () => op.attest(by, attester, id, UNAVAILABLE, UNAVAILABLE)],
        [4, () => op.dispute(by, id, root)],
      ]) as op.Operation,
  );
};

const disputeStep = (world: World, random: Random, id: number, stack: Row, ticket: Row, history: History) => {
  const by = random.chance(500) ? accountAt(world, stack.owner) : anyone(world, random);
  const k = Number(stack.terms.attesters);
  const root = random.pick([
    proofOf(id, truthOf(id, stack.units), k),
    proofOf(id, lieOf(id, stack.units + 3n), k),
    fromHex(ticket.root) as Uint8Array,
    UNAVAILABLE,
    proofOf(id, history, k),
  ]) as Uint8Array;
  return by ? op.dispute(by, id, root, random.chance(700) ? undefined : exhibitsOf(random, stack)) : null;
};

/** Rows and units of up to a tenth of the stack, now and then more than may be named, or rows without units. */
const exhibitsOf = (random: Random, stack: Row): op.Exhibits => ({
  rows: Array.from({ length: random.below(random.chance(950) ? 9 : 12) }, (_, row) => BigInt(row)),
  units: random.chance(900) ? (stack.units * BigInt(random.below(101))) / 1_000n : stack.units,
  receipts: Array.from({ length: random.below(3) }, () => new Uint8Array(random.chance(950) ? 200 : 1_025)),
});

// ---------------------------------------------------------------- disputes

const saltOf = (stack: number, juror: number): Uint8Array => blake2b256(Buffer.from(`salt ${stack} ${juror}`, 'utf8'));

/** What most jurors of a dispute believe, and what this one does. */
const opinion = (world: World, random: Random, id: number, stack: Row): History => {
  const believed = world.committed.get(id) ?? truthOf(id, stack.units);
  const mood = randomOf(id * 7 + 1).below(10);
  const common = mood < 5 ? truthOf(id, stack.units) : mood < 6 ? believed : { merkleRoot: UNAVAILABLE, units: 0n };
  if (random.chance(mood === 9 ? 350 : 900)) return common;
  return random.pick([
    believed,
    lieOf(id, BigInt(random.below(50))),
    { merkleRoot: UNAVAILABLE, units: 0n },
  ]) as History;
};

const disputedSteps = (world: World, random: Random, id: number, stack: Row): Choice[] => {
  const dispute = world.chain.view.disputes.get(id) as Row;
  const waiting = dispute.jurors.filter((_: bigint, i: number) => dispute.commits[i] === '');
  const hidden = dispute.jurors.filter(
    (_: bigint, i: number) => dispute.commits[i] !== '' && dispute.secrets[i] === '',
  );
  const isEarly = BigInt(epochOf(world.chain)) === dispute.epoch;
  const isOpen = isRevealing(world, id, dispute);
  const isIdle = isOpen || isEarly || waiting.length === 0;
  return [
    [isIdle ? 2 : 60, () => commitStep(world, random, id, stack, random.pick(waiting))],
    [mayShow(world, id, dispute) ? 10 : 2, () => showStep(world, random, id, stack)],
    [isOpen ? 60 : 3, () => revealStep(world, random, id, random.pick(hidden))],
    [hidden.length === 0 && isOpen ? 40 : 6, () => op.resolve(anyone(world, random), id)],
    [hidden.length === 0 && isOpen && !dispute.last ? 40 : 2, () => op.secondJury(anyone(world, random), id)],
    [
      dispute.jurors.length === 0 ? 60 : 2,
      () => op.rule(world.chain.manager, id, random.below(random.chance(50) ? 4 : 3)),
    ],
    [dispute.jurors.length === 0 || (isIdle && !isOpen) ? 20 : 3, () => op.epochs(1)],
    [2, () => leave(world, random)],
    [3, () => choose(random, strangeSteps(world, random, id))],
    [isOpen ? 1 : 8, () => joinStep(world, random, id, stack)],
  ];
};

/** A drawn attester, now and then somebody else, joins with some accusation. */
const joinStep = (world: World, random: Random, id: number, stack: Row) => {
  const drawn: readonly bigint[] = world.chain.view.tickets.get(id)?.attesters ?? [];
  return asNode(world, random.chance(900) ? random.pick(drawn) : anyNode(world, random), (by, node) =>
    op.join(by, node, id, proofOf(id, opinion(world, random, id, stack), Number(stack.terms.attesters))),
  );
};

/** The owner, now and then somebody else, shows rows, receipts or nothing. */
const showStep = (world: World, random: Random, id: number, stack: Row): op.Operation | null => {
  const by = random.chance(850) ? accountAt(world, stack.owner) : anyone(world, random);
  return by ? op.show(by, id, random.chance(300) ? undefined : exhibitsOf(random, stack)) : null;
};

const commitStep = (world: World, random: Random, id: number, stack: Row, juror: bigint | undefined) =>
  asNode(world, random.chance(950) ? juror : anyNode(world, random), (by, node) => {
    const history = { ...opinion(world, random, id, stack), blame: random.chance(500) };
    const salt = saltOf(id, node);
    world.votes.set(`${id}/${node}`, { history, salt });
    return op.commitVote(by, node, id, voteOf(id, node, history, salt));
  });

const revealStep = (world: World, random: Random, id: number, juror: bigint | undefined) => {
  const vote = world.votes.get(`${id}/${juror}`);
  if (!vote) return null;
  const units = random.chance(40) ? vote.history.units + 1n : vote.history.units;
  return asNode(world, juror, (by, node) =>
    op.revealVote(by, node, id, vote.history.merkleRoot, units, vote.salt, vote.history.blame),
  );
};

// ---------------------------------------------------------------- nodes, subscriptions, tasks

const HASH = new Uint8Array(32).fill(9);

const nodeStep = (world: World, random: Random): op.Operation | null => {
  const node = anyNode(world, random);
  const as = (act: NodeAct) => (): op.Operation | null => asNode(world, node, act);
  const amount = BigInt(random.below(random.chance(700) ? 25 : 60)) * TOMA;
  const epoch = BigInt(epochOf(world.chain));
  const ripe = [...world.chain.view.nodes].filter(([, row]) => row.queued > 0n && epoch >= row.queued_until);
  const gone = [...world.chain.view.nodes].filter(([, row]) => epoch >= row.exit_epoch && row.open_stacks === 0n);
  return choose(random, [
    [15, () => asNode(world, random.pick(ripe)?.[0], op.withdrawCollateral)],
    [15, () => asNode(world, random.pick(gone)?.[0], op.destroyNode)],
    [
      world.chain.view.nodes.size < 10 ? 14 : 1,
      () => op.registerNode(anyone(world, random), random.pick([undefined, 'http://node', 'ftp://x'])),
    ],
    [20, as((by, id) => op.topUp(by, id, amount))],
    [6, as((by, id) => op.requestWithdrawal(by, id, amount))],
    [4, () => flight(world, node === undefined ? undefined : BigInt(node))],
    [5, as(op.withdrawCollateral)],
    [20, as(op.withdrawEarnings)],
    [6, as((by, id) => op.updateUrl(by, id, random.chance(800) ? 'https://node.example' : 'nowhere'))],
    [8, as((by, id) => op.setKey(by, id, random.chance(900) ? HASH : new Uint8Array(3)))],
    [5, as(op.disableNode)],
    [3, as(op.destroyNode)],
    [3, as((by, id) => op.transferBadge(by, 'nodeBadges', id, anyone(world, random)))],
  ]);
};

const subscriptionStep = (world: World, random: Random): op.Operation | null => {
  const { view } = world.chain;
  const task = random.pick([2, ...view.tasks.keys()]) as number;
  const node = anyNode(world, random);
  const price = random.pick([1n, 60n, 100n, 101n, 2n ** 64n - 1n, 0n]) as bigint;
  const max = random.pick([5_000_000n, 300_000n, 2n ** 64n - 1n, 0n]) as bigint;
  const subscriber = random.pick([...subscribersOf(view, task).keys()]);
  const least = view.tasks.get(task)?.minimum_reputation ?? 0;
  const unfit = [...subscribersOf(view, task).keys()].filter((id) => (view.nodes.get(id)?.reputation ?? 0) < least);
  const as = (id: number | undefined, act: NodeAct) => (): op.Operation | null => asNode(world, id, act);
  return choose(random, [
    [unfit.length > 0 ? 40 : 0, () => op.evict(anyone(world, random), task, random.pick(unfit) ?? 1)],
    [40, as(node, (by, id) => op.subscribe(by, id, task, price, max))],
    [25, as(random.chance(800) ? subscriber : node, (by, id) => op.updateSubscription(by, id, task, price, max))],
    [15, as(random.chance(800) ? subscriber : node, (by, id) => op.unsubscribe(by, id, task))],
    [20, () => op.evict(anyone(world, random), task, subscriber ?? 1)],
  ]);
};

const taskStep = (world: World, random: Random): op.Operation | null => {
  const task = random.pick([...world.chain.view.taskBadges.keys()]);
  const by = task === undefined ? undefined : holder(world, 'taskBadges', task);
  const level = random.below(random.chance(100) ? 5 : 3);
  return choose(random, [
    [
      world.chain.view.tasks.size < 6 ? 50 : 1,
      () => op.createTask(anyone(world, random), random.below(9), level, random.pick([0, 50, 101]) as number),
    ],
    [10, () => (by && task !== undefined ? op.deprecateTask(by, task) : null)],
    [20, () => (by && task !== undefined ? op.removeTask(by, task) : null)],
    [5, () => (by && task !== undefined ? op.transferBadge(by, 'taskBadges', task, anyone(world, random)) : null)],
  ]);
};

// ---------------------------------------------------------------- manager and money

/** Values near the bounds of each parameter, legal and not. */
const SETTINGS: Readonly<Record<string, readonly number[]>> = {
  registration_collateral: [0, 1, 10_000_000_000, 20_000_000_000],
  attestation_probability: [0, 120, 500, 1_500, 10 ** 12, 10 ** 12 + 1],
  attesters: [0, 1, 2, 4, 5],
  attester_pay: [0, 1, 40, 1_000, 2_000],
  minimum_attester_pay: [0, 1, 20_000_000],
  sampled_bond: [300, 2_000, 15_000],
  plain_bond: [300, 6_000, 15_000],
  jurors: [2, 3, 5, 7, 9],
  juror_pay: [0, 1, 80, 900],
  dispute_bond: [300, 500, 5_000],
  silence_slash: [0, 120, 1_000],
  challenger_share: [0, 200, 500, 501],
  outsider_share: [0, 100, 500, 501],
  samples: [0, 1, 8, 64, 65],
  sampled_share: [0, 50, 1_000, 1_001],
  row_cap: [0, 40, 1_000, 1_001],
  minimum_dispute_bond: [0, 1, 100_000_000, 1_000_000_000],
  window: [1, 2, 3, 15],
  phase: [1, 2, 3],
  stack_life: [3, 4, 14, 20],
  exit_delay: [3, 6, 9],
};

const managerStep = (world: World, random: Random): op.Operation | null => {
  const { manager } = world.chain;
  const name = random.pick(Object.keys(SETTINGS)) as string;
  return choose(random, [
    [80, () => op.setParameter(manager, name, random.pick(SETTINGS[name] as readonly number[]) as number)],
    [10, () => op.setRegistration(manager, random.chance(800))],
    [6, () => op.createManagerBadge(manager, manager)],
    [2, () => op.revokeManagerBadges(manager)],
    [6, () => op.migrate(manager)],
  ]);
};

const moneyStep = (world: World, random: Random): op.Operation | null => {
  const amount = random.pick([1n, TOMA, 700n * TOMA, 1_000n * TOMA, 2n ** 64n - 2n, 0n]) as bigint;
  const ended = [...world.chain.view.stackBadges.keys()].filter((id) => !world.chain.view.stacks.has(id));
  return choose(random, [
    [20, () => discard(world, random.pick(ended) ?? 0)],
    [50, () => op.faucet(anyone(world, random), amount)],
    [30, () => op.donate(anyone(world, random), random.chance(900) ? BigInt(random.below(10 ** 9)) : 2n ** 63n)],
  ]);
};
