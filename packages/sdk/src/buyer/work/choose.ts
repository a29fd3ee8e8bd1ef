/** Which of the own stacks serves a request, and when a new one is bought. */

import { isAtomaError } from '@atoma/base';
import { formatAmount } from '../../values/amounts.ts';
import { max, min } from '../../values/bigints.ts';
import { buyerError } from '../buyer-errors.ts';
import type { Outbox } from '../buyer-outbox.ts';
import type { BuyerContext } from '../context.ts';
import type { NodeStatus } from '../directory.ts';
import { mayServe } from '../provider.ts';
import {
  buyStack,
  isNoOffer,
  type PurchasePlan,
  planPurchase,
  type Spending,
  shareText,
  type Want,
} from '../purchase.ts';
import { stackAllowed, type Terms, termsOf } from '../routing.ts';
import type { OwnStack } from '../stack-book.ts';
import type { ParsedWork } from './bound.ts';
import { ranking } from './rank.ts';

/** What the payer of a request may still spend. */
export interface Budget {
  /** Throws when a request of these units at this price would pass it. Nothing is counted. */
  readonly check: (units: bigint, price: bigint) => void;
  /** Most units at this price; null: no limit. */
  readonly left: (price: bigint) => bigint | null;
  /** Most that a stack bought for it may be. */
  readonly stack: () => Spending;
  /** Throws when `stack` allows less than the smallest stack that serves it. Nothing is counted. */
  readonly checkStack: (smallest: SmallestStack) => void;
}

/** The smallest stack that serves a request. */
export interface SmallestStack {
  readonly units: bigint;
  /** Surcharge included, base units of TOMA. */
  readonly cost: bigint;
  /** Why it is larger than the request, as the end of a clause; empty where it need not be. */
  readonly why: string;
}

/** What a stack is looked for. */
export interface Search {
  readonly work: ParsedWork;
  readonly tenant: string;
  /** Only stacks of this tenant. */
  readonly dedicated: boolean;
  /** In place of the policy's. */
  readonly terms: Partial<Terms>;
  readonly budget: Budget | undefined;
  /** Stacks that were tried already. */
  readonly tried: ReadonlySet<bigint>;
  /** Nodes that failed or refused this request: not used for it again. */
  readonly failed: ReadonlySet<bigint>;
}

/** An own stack, and what is known of its node: asked once, before it is tried. */
export interface Chosen {
  readonly own: OwnStack;
  /** Undefined: the chain has no such node. */
  readonly status: NodeStatus | undefined;
}

/** A stack to try, and whether it was bought for this request. */
export interface Found extends Chosen {
  readonly bought: boolean;
}

/** Finds stacks, buys them ahead of need, one purchase at a time for each model. */
export interface Chooser {
  /** The best own stack with at least `units` free; undefined when there is none. */
  readonly pick: (search: Search, units: bigint) => Promise<Chosen | undefined>;
  /**
   * An own stack, or with `mayBuy` a bought one. Throws `BUYER_NO_NODE`, `BUYER_CAP`, `BUYER_NO_TASK`, `BUYER_TOO_LARGE`, and
   * what the budget throws.
   */
  readonly ensure: (search: Search, mayBuy: boolean) => Promise<Found>;
  /** Told of a request that was served: buys in the background when little is left for its model. */
  readonly stockUp: (search: Search) => void;
  /** Resolves when no purchase is under way. */
  readonly idle: () => Promise<void>;
}

const RECENT = 32;

/**
 * Most units a request is given at a price: its bound, lowered to the cap, the budget and what is free where the body leaves that
 * open. Throws `BUYER_CAP`.
 */
export const unitsFor = (
  context: BuyerContext,
  { work, budget }: Pick<Search, 'work' | 'budget'>,
  at: { readonly price: bigint; readonly free: bigint; readonly spent: bigint },
): bigint => {
  const { request: cap } = context.caps;
  const affordable = cap === null ? work.most : (cap - at.spent) / at.price;
  const floor = work.flexible ? work.least : work.most;
  if (affordable < floor)
    throw buyerError('CAP', {
      cap: 'request',
      limit: formatAmount(cap as bigint),
      wanted: formatAmount(floor * at.price),
      used: formatAmount(at.spent),
    });
  if (!work.flexible) return work.most;
  const open = [affordable, at.free, budget?.left(at.price) ?? work.most];
  return max(open.reduce(min, work.most), work.least);
};

/** The member of a body that makes its bound pass `most`. */
const culprit = ({ json, least, endpoint }: ParsedWork, most: bigint): string => {
  if (least <= most) return json.max_completion_tokens === undefined ? 'max_tokens' : 'max_completion_tokens';
  if (endpoint === '/v1/images/generations') return 'size';
  return ['messages', 'prompt', 'input'].find((name) => json[name] !== undefined) ?? 'file';
};

/** Stacks are shared by all requests for a model, or by those of a tenant that has its own. */
const poolOf = ({ work, tenant, dedicated }: Search): string => JSON.stringify([work.model, dedicated ? tenant : '']);

/** What a purchase for a search must give; `wished`: units it should serve in one request. */
export const wantOf = ({ work, tenant, dedicated, terms, budget, failed }: Search, wished = work.most): Want => ({
  model: work.model,
  endpoint: work.endpoint,
  vision: work.vision,
  units: work.flexible ? work.least : work.most,
  wished,
  perRequest: true,
  tenant: dedicated ? tenant : '',
  terms,
  ...(budget ? { spending: budget.stack() } : {}),
  avoid: ({ nodeSmallId: node, status }) =>
    failed.has(node) || !status || !mayServe(work, status) ? 'which is not to serve this request' : undefined,
});

/** Own stacks that requests like this one share. */
const pool = (context: BuyerContext, search: Search, terms: Terms): readonly OwnStack[] =>
  context.book
    .list()
    .filter(
      (own) =>
        own.stage === 'open' &&
        own.blocked === null &&
        own.tenant === (search.dedicated ? search.tenant : '') &&
        stackAllowed(own, search.work, terms),
    );

const pick = async (context: BuyerContext, search: Search, units: bigint): Promise<Chosen | undefined> => {
  const terms = termsOf(context.policy, search.terms);
  const rated = await Promise.all(
    pool(context, search, terms)
      .filter(
        (own) =>
          own.free >= units &&
          own.largestRequest >= units &&
          !search.tried.has(own.stack) &&
          !search.failed.has(own.node),
      )
      .map(async (own) => ({ own, status: await context.directory.status(own.node) })),
  );
  const { work } = search;
  return rated
    .flatMap(({ own, status }) =>
      status?.problem === null && mayServe(work, status)
        ? [{ own, status, measured: context.measured.of(own.node, work.model) }]
        : [],
    )
    .sort(ranking(terms, work.provider))[0];
};

/**
 * Units a stack should serve in one request: what is asked for; where those of the pool are too small for it, at least twice what
 * they serve, so that requests that grow and grow buy few.
 */
const wishedFor = (context: BuyerContext, search: Search): bigint => {
  const shared = pool(context, search, termsOf(context.policy, search.terms));
  const largest = shared.reduce((most, each) => max(most, each.largestRequest), 0n);
  return search.work.most > largest ? max(search.work.most, 2n * largest) : search.work.most;
};

/** Makes the chooser. */
export const createChooser = (context: BuyerContext, outbox: Outbox): Chooser => {
  const flights = new Map<string, Promise<void>>();
  const recent = new Map<string, bigint[]>();
  const noteBound = (place: string, bound: bigint): bigint => {
    const bounds = [...(recent.get(place) ?? []), bound].slice(-RECENT);
    recent.set(place, bounds);
    return bounds.reduce(max, 0n);
  };

  /** Buys alone for its pool. What the plan may not cost is told before anything is signed: `permit` throws, or says no. */
  const buy = (search: Search, permit: (plan: PurchasePlan) => boolean): Promise<OwnStack | undefined> => {
    const want = wantOf(search, wishedFor(context, search));
    const flight = planPurchase(context, want).then((plan) =>
      permit(plan) ? buyStack(context, outbox, plan, want.tenant) : undefined,
    );
    const over = (): void => void flights.delete(poolOf(search));
    flights.set(poolOf(search), flight.then(over, over));
    return flight;
  };

  /** A stack with room for less than the most, when the request may be given less and no other can be bought. */
  const makeDo = async (search: Search, error: unknown, isDear = false): Promise<Found> => {
    const chosen =
      search.work.flexible && (isDear || isNoOffer(error)) ? await pick(context, search, search.work.least) : undefined;
    if (chosen) return { ...chosen, bought: false };
    if (!isAtomaError(error, 'BUYER_TOO_LARGE')) throw error;
    const [wanted, most] = [String(error.details.wanted), String(error.details.most)];
    throw buyerError('TOO_LARGE', { param: culprit(search.work, BigInt(most)), wanted, most }, error);
  };

  const ensure = async (search: Search, mayBuy: boolean): Promise<Found> => {
    for (;;) {
      const chosen = await pick(context, search, search.work.most);
      if (chosen) return { ...chosen, bought: false };
      const flying = flights.get(poolOf(search));
      if (!flying) break;
      await flying;
    }
    const none = (why: string) => buyerError('NO_NODE', { model: search.work.model, why });
    if (!context.policy.autoPurchase) return makeDo(search, none('no own stack has room'));
    if (!mayBuy) return makeDo(search, none('a stack was bought for this request already'));
    let isDear = false;
    const permit = ({ price, largestRequest, units, quote, requestShare }: PurchasePlan): boolean => {
      search.budget?.check(unitsFor(context, search, { price, free: largestRequest, spent: 0n }), price);
      try {
        search.budget?.checkStack({ units, cost: quote.total, why: shareText(requestShare) });
      } catch (error) {
        isDear = true;
        throw error;
      }
      return true;
    };
    try {
      const own = (await buy(search, permit)) as OwnStack;
      return { own, status: await context.directory.status(own.node), bought: true };
    } catch (error) {
      return makeDo(search, error, isDear);
    }
  };

  const stockUp = (search: Search): void => {
    const place = poolOf(search);
    const largest = noteBound(place, search.work.most);
    if (!context.policy.autoPurchase || flights.has(place)) return;
    const shared = pool(context, search, termsOf(context.policy, { ...search.terms, price: null, maxPrice: null }));
    const free = shared.reduce((sum, each) => sum + each.free, 0n);
    const size = shared.reduce((most, each) => max(most, each.units), 0n);
    const unused = shared.some(({ used, promised }) => used === 0n && promised === 0n);
    if (shared.length === 0 || unused || free >= max(size / 10n, 2n * largest)) return;
    buy({ ...search, tried: new Set(), failed: new Set() }, ({ within }) => within).catch((error: unknown) => {
      if (!isAtomaError(error, 'BUYER_CAP'))
        context.emit({ kind: 'fault', what: 'purchase ahead of need', why: (error as Error).message });
    });
  };

  return {
    pick: (search, units) => pick(context, search, units),
    ensure,
    stockUp,
    idle: async () => {
      await Promise.allSettled(flights.values());
    },
  };
};
