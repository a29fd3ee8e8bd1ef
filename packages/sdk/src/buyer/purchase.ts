/** Buying stacks: which task, how many units, at what price, within which caps; and finding the ones already owned. */

import { isAtomaError } from '@atoma/base';
import { theOnly } from '../internal/results.ts';
import type { Ran } from '../internal/run-transaction.ts';
import { listStackBadges } from '../reads/badges.ts';
import { getBalances } from '../reads/balances.ts';
import { rowCapOf } from '../reads/config.ts';
import { type Quote, quotePurchase } from '../reads/quote.ts';
import { findStack, largestRequest, type Stack } from '../reads/stacks.ts';
import { getTask, type Task } from '../reads/tasks.ts';
import { formatAmount } from '../values/amounts.ts';
import { max, min } from '../values/bigints.ts';
import { record } from '../wire/json.ts';
import { acquireStack } from '../writes/acquire-stack.ts';
import { buyerError } from './buyer-errors.ts';
import { confirmed, type Outbox } from './buyer-outbox.ts';
import type { BuyerContext } from './context.ts';
import { isKnownSince, keptHandoff, readHandoff } from './handoff.ts';
import type { JournalOutbox, JournalStack } from './journal/types.ts';
import { noTask } from './no-task.ts';
import { drawOf, independentOwners, ownersToCheck, type RatedOffer, ratedOffers } from './offers.ts';
import { type Purpose, type Terms, taskAllowed, taskServes, termsOf } from './routing.ts';
import type { OwnStack } from './stack-book.ts';

const DAY_MS = 86_400_000;

/** Most a stack may hold, and cost with the surcharge in base units of TOMA; null: no limit. */
export interface Spending {
  readonly units: bigint | null;
  readonly cost: bigint | null;
}

/** What is to be bought. */
export interface Want extends Purpose {
  /** Least units the stack must hold. */
  readonly units: bigint;
  /** Units it should hold if that can be had; not less than `units`. */
  readonly wished?: bigint;
  /** Both are units of one request: a stack that is checked holds several as large. */
  readonly perRequest?: boolean;
  /** Tenant the stack is reserved for; empty: shared. */
  readonly tenant: string;
  /** In place of the policy's. */
  readonly terms?: Partial<Terms>;
  /** What its payer may spend: a stack is no larger, unless none as small serves what is wished (see {@link PurchasePlan.within}). */
  readonly spending?: Spending;
  /** Why a node must not be drawn, as a clause about it; undefined: it may. */
  readonly avoid?: (offer: RatedOffer) => string | undefined;
}

/** A purchase about to be made. */
export interface PurchasePlan {
  readonly task: Task;
  readonly units: bigint;
  /** Most units of one request. */
  readonly largestRequest: bigint;
  /** Largest part of the stack that one request may be, permille. */
  readonly requestShare: bigint;
  /** Whether its payer may spend it; where not, it is the smallest that serves what is wanted. */
  readonly within: boolean;
  readonly price: bigint;
  readonly quote: Quote;
  /** Nodes to draw among; none: all at the price. */
  readonly among: readonly bigint[];
  /** Buy also where too few others could check it. */
  readonly allowUnchecked: boolean;
  readonly offers: readonly RatedOffer[];
}

/** Throws `BUYER_CAP` when `cost` more for stacks passes a cap; `what` it buys is said behind it. */
const checkCaps = async (context: BuyerContext, cost: bigint, what: string): Promise<void> => {
  const { caps, journal } = context;
  const check = (cap: 'stack' | 'day' | 'total', used: bigint): void => {
    const limit = caps[cap];
    if (limit !== null && used + cost > limit)
      throw buyerError('CAP', {
        cap,
        limit: formatAmount(limit),
        wanted: `${formatAmount(cost)}${what}`,
        used: formatAmount(used),
      });
  };
  check('stack', 0n);
  check('day', await journal.spentSince(context.now() - DAY_MS));
  check('total', await journal.spentSince(0));
};

/** Units that fit under every cap, in the wallet and in `most` base units of TOMA at this price and surcharge share. */
const affordable = async (context: BuyerContext, quote: Quote, units: bigint, most: bigint | null): Promise<bigint> => {
  const { caps, journal } = context;
  const left = [
    most,
    caps.stack,
    caps.day === null ? null : caps.day - (await journal.spentSince(context.now() - DAY_MS)),
    caps.total === null ? null : caps.total - (await journal.spentSince(0)),
    (await getBalances(context.atoma)).toma,
  ].filter((each) => each !== null);
  const least = left.reduce((a, b) => (b < a ? b : a));
  if (least >= quote.total) return units;
  // A check costs a part of the price, at least a fixed amount: what it costs here is never below what it costs for fewer units.
  return least <= quote.surcharge ? 0n : (units * (least - quote.surcharge)) / quote.price;
};

/** Largest part of a stack, in permille, that what is wanted may be. */
const capOf = async (context: BuyerContext, want: Want, task: Task): Promise<bigint> =>
  want.perRequest ? rowCapOf(await context.directory.config(), task) : 1_000n;

const partOf = (units: bigint, cap: bigint): bigint => (units * cap) / 1_000n;

const NO_LIMIT: Spending = { units: null, cost: null };

/** Why a stack is larger than its request, as the end of a sentence; empty where it need not be. */
export const shareText = (share: bigint): string =>
  share < 1_000n ? `, of which a request that is checked may be ${Number(share) / 10} %` : '';

/** Units of the smallest stack that serves a request of so many. */
const serving = (units: bigint, cap: bigint): bigint => (units * 1_000n + cap - 1n) / cap;

/** Fewest units a stack can be bought with: its price must cover a jury's pay, and the bond on it a challenger's. */
const smallestStack = async (context: BuyerContext, level: number, price: bigint): Promise<bigint> => {
  const { minimumDisputeBond, jurors, sampledBond, plainBond } = await context.directory.config();
  const forJury = (minimumDisputeBond + jurors - 1n) / jurors;
  const forBond = ((minimumDisputeBond - 1n) * 1_000n) / (level === 1 ? sampledBond : plainBond) + 1n;
  const least = max(forJury, forBond);
  return (least + price - 1n) / price;
};

/** Nodes whose published evidence is refused, and why: a draw must not be able to name them. */
const refusedEnvironments = async (
  context: BuyerContext,
  offers: readonly RatedOffer[],
): Promise<ReadonlyMap<bigint, string>> => {
  const answering = offers.filter(({ status }) => status?.problem === null);
  const judged = await Promise.all(
    answering.map(async ({ nodeSmallId }) => [nodeSmallId, await context.channels.preview(nodeSmallId)] as const),
  );
  return new Map(
    judged.flatMap(([node, why]) => (why === undefined ? [] : [[node, `whose environment is refused: ${why}`]])),
  );
};

const planFor = async (
  context: BuyerContext,
  want: Want,
  terms: Terms,
  task: Task,
  offers: readonly RatedOffer[],
): Promise<PurchasePlan | string> => {
  const named = task.securityLevel === 2;
  const refusals = named ? await refusedEnvironments(context, offers) : new Map<bigint, string>();
  const avoid = (offer: RatedOffer): string | undefined => refusals.get(offer.nodeSmallId) ?? want.avoid?.(offer);
  const cap = await capOf(context, want, task);
  const needed = serving(want.units, cap);
  const draw = await drawOf(context, { task, offers, terms, units: needed, avoid, named });
  if (typeof draw === 'string') return draw;
  const { price, largest, among } = draw;
  const least = max(needed, await smallestStack(context, task.securityLevel, price));
  const wished = min(max(context.policy.stackUnits, serving(want.wished ?? want.units, cap)), largest);
  if (least > wished) return `the smallest stack the market sells holds ${least} units`;
  const { units: mostUnits, cost: mostCost } = want.spending ?? NO_LIMIT;
  const top = mostUnits === null ? wished : max(least, min(wished, mostUnits));
  const draft = { taskSmallId: task.taskSmallId, pricePerComputeUnit: price };
  const first = await quotePurchase(context.atoma, { ...draft, numComputeUnits: top });
  const units = max(await affordable(context, first, top, mostCost), least);
  const quote = units === top ? first : await quotePurchase(context.atoma, { ...draft, numComputeUnits: units });
  const config = await context.directory.config();
  const allowUnchecked = terms.nodePolicy === 'any';
  if (task.securityLevel === 1 && !allowUnchecked) {
    const [able, owners] = [ownersToCheck(offers, task, config, units * price), independentOwners(config)];
    if (able < owners)
      return `${able} independent owners have the stake to check ${units} units and ${owners} are needed`;
  }
  return {
    task,
    units,
    largestRequest: partOf(units, rowCapOf(config, task)),
    requestShare: rowCapOf(config, task),
    within: (mostUnits === null || units <= mostUnits) && (mostCost === null || quote.total <= mostCost),
    price,
    quote,
    among,
    allowUnchecked,
    offers,
  };
};

/** The best of the plans of one level: what its payer may spend first; among what is too large for that, the one that costs least. */
const cheapest = (plans: readonly PurchasePlan[]): PurchasePlan | undefined => {
  const within = plans.filter((plan) => plan.within);
  const rate = ({ quote, units }: PurchasePlan): number =>
    within.length > 0 ? Number(quote.total) / Number(units) : Number(quote.total);
  return (within.length > 0 ? within : plans).reduce<PurchasePlan | undefined>(
    (best, plan) => (best && rate(best) <= rate(plan) ? best : plan),
    undefined,
  );
};

/**
 * Looks for the cheapest way to buy at the most preferred level. Throws `BUYER_NO_TASK`, `BUYER_NO_NODE`, and `BUYER_TOO_LARGE` when
 * nobody sells a stack as large.
 */
export const planPurchase = async (context: BuyerContext, want: Want): Promise<PurchasePlan> => {
  const terms = termsOf(context.policy, want.terms);
  const tasks = (await context.directory.tasks()).filter((task) => taskAllowed(task, terms) && taskServes(task, want));
  if (tasks.length === 0) throw await noTask(context, want.model, want.endpoint);
  const books = await Promise.all(
    tasks.map(async (task) => ({ task, offers: await ratedOffers(context, task.taskSmallId) })),
  );
  const caps = await Promise.all(tasks.map((task) => capOf(context, want, task)));
  const sizes = books.flatMap(({ offers }, i) =>
    offers.map(({ maxNumComputeUnits }) => partOf(maxNumComputeUnits, caps[i] as bigint)),
  );
  const largest = sizes.reduce(max, 0n);
  if (sizes.length > 0 && want.units > largest)
    throw buyerError('TOO_LARGE', { param: 'The request', wanted: want.units, most: largest });
  const plans = await Promise.all(books.map(({ task, offers }) => planFor(context, want, terms, task, offers)));
  const possible = plans.filter((plan) => typeof plan !== 'string');
  for (const level of terms.levels) {
    const plan = cheapest(possible.filter(({ task }) => task.securityLevel === level));
    if (plan) return plan;
  }
  throw buyerError('NO_NODE', { model: want.model, why: [...new Set(plans as string[])].join('; ') });
};

interface Frozen {
  readonly task: string;
  readonly units: string;
  readonly price: string;
  readonly tenant: string;
  readonly role: number;
  readonly model: string;
  readonly level: number;
  readonly largestRequest?: string;
  readonly attesters: number;
}

/** What of a purchase its row needs. Throws `BUYER_FROZEN` when the journal's entry lacks it. */
const readFrozen = (
  text: string,
): Pick<Frozen, 'tenant' | 'role' | 'model' | 'level' | 'largestRequest' | 'attesters'> => {
  const { tenant, role, model, level, largestRequest, attesters } = record(JSON.parse(text));
  const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
  const isUnits = (value: unknown): value is string => typeof value === 'string' && /^\d{1,20}$/.test(value);
  if (
    typeof tenant !== 'string' ||
    typeof model !== 'string' ||
    !isWhole(role) ||
    !isWhole(level) ||
    !isWhole(attesters)
  )
    throw buyerError('FROZEN', { what: 'purchase' });
  // Plans of earlier versions name no largest request.
  return { tenant, role, model, level, attesters, ...(isUnits(largestRequest) ? { largestRequest } : {}) };
};

/** The journal's row of a purchase that was executed. */
export const boughtStack = (context: BuyerContext, row: Pick<JournalOutbox, 'frozen'>, ran: Ran): JournalStack => {
  const frozen = readFrozen(row.frozen);
  const event = theOnly(ran, context.atoma, 'StackCreatedEvent', 'db acquire-new-stack-entry');
  context.directory.noteStackSigner(event.stackSmallId, event.nodeAddress);
  return {
    stack: event.stackSmallId,
    badge: event.stackBadgeId,
    task: event.taskSmallId,
    role: frozen.role,
    model: frozen.model,
    level: frozen.level,
    node: event.selectedNodeId,
    price: event.pricePerComputeUnit,
    units: event.numComputeUnits,
    largestRequest: BigInt(frozen.largestRequest ?? event.numComputeUnits),
    attesters: frozen.attesters,
    paid: event.escrow,
    boughtEpoch: ran.epoch,
    expiryEpoch: event.expiryEpoch,
    digest: ran.digest,
    complete: true,
    stage: 'open',
    noticeEpoch: null,
    usedBefore: 0n,
    tenant: frozen.tenant,
    addedMs: context.now(),
  };
};

/** Buys a stack through the outbox. */
export const buyStack = async (
  context: BuyerContext,
  outbox: Outbox,
  plan: PurchasePlan,
  tenant: string,
): Promise<OwnStack> => {
  const { task, units, price, quote, allowUnchecked, among } = plan;
  await checkCaps(context, quote.total, ` for ${units} units${shareText(plan.requestShare)}`);
  context.emit({ kind: 'purchasing', task: task.taskSmallId, units, price, cost: quote.total });
  const frozen: Frozen = {
    task: String(task.taskSmallId),
    units: String(units),
    price: String(price),
    tenant,
    role: task.role,
    model: task.modelName ?? '',
    level: task.securityLevel,
    largestRequest: String(plan.largestRequest),
    attesters: Number((await context.directory.config()).attesters),
  };
  const text = JSON.stringify(frozen);
  let bought: JournalStack | undefined;
  const outcome = await outbox.run({
    kind: 'purchase',
    frozen: text,
    cost: quote.total,
    build: () =>
      acquireStack.build(context.atoma, {
        taskSmallId: task.taskSmallId,
        numComputeUnits: units,
        pricePerComputeUnit: price,
        maxEscrow: quote.total,
        allowUnchecked,
        among,
      }),
    changes: async (ran) => {
      bought = boughtStack(context, { frozen: text }, ran);
      return [bought];
    },
  });
  confirmed('purchase', `of ${units} units of task ${task.taskSmallId}`, outcome);
  const stack = bought as JournalStack;
  context.emit({ kind: 'purchased', stack: stack.stack, node: stack.node, units, paid: stack.paid });
  return context.book.find(stack.stack) as OwnStack;
};

const toJournalStack = (stack: Stack, task: Task, badge: string, nowMs: number): JournalStack => ({
  stack: stack.stackSmallId,
  badge,
  task: stack.taskSmallId,
  role: task.role,
  model: task.modelName ?? '',
  level: stack.securityLevel,
  node: stack.selectedNodeSmallId,
  price: stack.pricePerComputeUnit,
  units: stack.numComputeUnits,
  largestRequest: largestRequest(stack),
  attesters: Number(stack.terms.attesters),
  paid: stack.escrow,
  boughtEpoch: stack.boughtEpoch,
  expiryEpoch: stack.expiryEpoch,
  digest: null,
  complete: false,
  stage: stack.noticeEpoch === null ? 'open' : 'notice',
  noticeEpoch: stack.noticeEpoch,
  usedBefore: 0n,
  tenant: '',
  addedMs: nowMs,
});

/** Takes every owned stack the journal does not know into it: a purchase cannot be lost. Returns the adopted ones. */
export const adoptStacks = async (context: BuyerContext): Promise<readonly JournalStack[]> => {
  const adopted: JournalStack[] = [];
  for (const { badgeId, smallId } of await listStackBadges(context.atoma)) {
    if (await context.journal.findStack(smallId)) continue;
    const stack = await findStack(context.atoma, { stackSmallId: smallId });
    if (!stack) continue;
    const task = await getTask(context.atoma, { taskSmallId: stack.taskSmallId });
    const handoff = await keptHandoff(context.journal, smallId);
    // Behind a handoff to this wallet its own requests are all that count.
    const known = handoff && {
      usedBefore: readHandoff(handoff).units,
      complete: await isKnownSince(context.journal, smallId),
    };
    const row = { ...toJournalStack(stack, task, badgeId, context.now()), ...known };
    await context.book.add(row);
    context.emit({ kind: 'adopted', stack: row.stack, node: row.node, units: row.units, paid: row.paid });
    adopted.push(row);
  }
  return adopted;
};

/** Whether an error says that nothing can be bought just now, as opposed to a fault. */
export const isNoOffer = (error: unknown): boolean =>
  isAtomaError(error, 'BUYER_NO_NODE') || isAtomaError(error, 'BUYER_CAP');
