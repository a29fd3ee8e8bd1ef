/** Which of the own stacks serves a request, and when a new one is bought. */
import { isAtomaError } from '@atoma/base';
import type { BuyerContext } from '../context.ts';
import { buyerError } from '../errors.ts';
import type { Outbox } from '../outbox.ts';
import { buyStack, isNoOffer, planPurchase, taskServes, type Want } from '../purchase.ts';
import type { OwnStack } from '../stacks.ts';
import type { ParsedWork } from './bound.ts';

/** What a stack is looked for. */
export interface Search {
  readonly work: ParsedWork;
  readonly tenant: string;
  /** Only stacks of this tenant. */
  readonly dedicated: boolean;
  readonly maxPrice: bigint | null;
  /** Stacks and nodes that were tried already. */
  readonly tried: ReadonlySet<bigint>;
}

/** Finds stacks, buys them ahead of need, one purchase at a time for each kind of work. */
export interface Chooser {
  /** The best own stack with at least `units` free; undefined when there is none. */
  readonly pick: (search: Search, units: bigint) => Promise<OwnStack | undefined>;
  /** An own stack, or a bought one. Throws `BUYER_NO_NODE`, `BUYER_CAP`, `BUYER_NO_TASK`. */
  readonly ensure: (search: Search) => Promise<OwnStack>;
  /** Buys in the background when little is left for this kind of work. */
  readonly stockUp: (search: Search) => void;
  /** Resolves when no purchase is under way. */
  readonly idle: () => Promise<void>;
}

const RECENT = 32;
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const suits = (context: BuyerContext, own: OwnStack, search: Search): boolean => {
  const { work, tenant, dedicated, maxPrice, tried } = search;
  const limit = maxPrice ?? context.policy.maxPrice;
  return (
    own.stage === 'open' &&
    own.blocked === null &&
    !tried.has(own.stack) &&
    (dedicated ? own.tenant === tenant : own.tenant === '') &&
    (limit === null || own.price <= limit) &&
    taskServes({ role: own.role, modelName: own.model === '' ? null : own.model }, work)
  );
};

const better = (a: OwnStack & { readonly ms: number }, b: OwnStack & { readonly ms: number }): number => {
  if (a.price !== b.price) return a.price < b.price ? -1 : 1;
  if (a.promised !== b.promised) return a.promised < b.promised ? -1 : 1;
  return a.ms - b.ms;
};

/** Makes the chooser. */
export const createChooser = (context: BuyerContext, outbox: Outbox): Chooser => {
  const flights = new Map<string, Promise<OwnStack>>();
  const recent = new Map<string, bigint[]>();
  const keyOf = ({ work, tenant, dedicated, maxPrice }: Search): string =>
    [work.model, work.endpoint, work.vision, dedicated ? tenant : '', maxPrice].join('|');

  const noteBound = (search: Search): bigint => {
    const bounds = recent.get(keyOf(search)) ?? [];
    bounds.push(search.work.most);
    if (bounds.length > RECENT) bounds.shift();
    recent.set(keyOf(search), bounds);
    return bounds.reduce(max, 0n);
  };

  const candidates = (search: Search): readonly OwnStack[] =>
    context.book.list().filter((own) => suits(context, own, search));

  const pick = async (search: Search, units: bigint): Promise<OwnStack | undefined> => {
    const rated = await Promise.all(
      candidates(search)
        .filter((own) => own.free >= units)
        .map(async (own) => ({ own, status: await context.directory.status(own.node) })),
    );
    return rated
      .filter(({ status }) => status?.problem === null)
      .map(({ own, status }) => ({ ...own, ms: status?.latencyMs ?? 0 }))
      .sort(better)[0];
  };

  const buy = (search: Search): Promise<OwnStack> => {
    const key = keyOf(search);
    const flying = flights.get(key);
    if (flying) return flying;
    const { work, tenant, dedicated, maxPrice } = search;
    const want: Want = {
      model: work.model,
      endpoint: work.endpoint,
      vision: work.vision,
      units: work.most,
      maxPrice,
      tenant: dedicated ? tenant : '',
    };
    const flight = planPurchase(context, want)
      .then((plan) => buyStack(context, outbox, plan, want.tenant))
      .finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };

  /** A stack with room for less than the most, when the request may be given less and no other can be bought. */
  const makeDo = async (search: Search, error: unknown): Promise<OwnStack> => {
    const own = search.work.flexible && isNoOffer(error) ? await pick(search, search.work.least) : undefined;
    if (own) return own;
    throw error;
  };

  const ensure = async (search: Search): Promise<OwnStack> => {
    noteBound(search);
    const own = await pick(search, search.work.most);
    if (own) return own;
    if (!context.policy.autoPurchase)
      return makeDo(search, buyerError('NO_NODE', { model: search.work.model, why: 'no own stack has room' }));
    try {
      return await buy(search);
    } catch (error) {
      return makeDo(search, error);
    }
  };

  const stockUp = (search: Search): void => {
    if (!context.policy.autoPurchase || flights.has(keyOf(search))) return;
    const largest = (recent.get(keyOf(search)) ?? []).reduce(max, 0n);
    const own = candidates({ ...search, tried: new Set() });
    const free = own.reduce((sum, each) => sum + each.free, 0n);
    const size = own.reduce((most, each) => max(most, each.units), 0n);
    if (own.length === 0 || free >= max(size / 10n, 2n * largest)) return;
    buy(search).catch((error: unknown) => {
      if (!isAtomaError(error, 'BUYER_CAP'))
        context.emit({ kind: 'fault', what: 'purchase ahead of need', why: (error as Error).message });
    });
  };

  return {
    pick,
    ensure,
    stockUp,
    idle: async () => {
      await Promise.allSettled(flights.values());
    },
  };
};
