/** What a task's offers come to: the price a purchase is made at, and who may then be drawn to serve it. */
import type { MarketConfig } from '../reads/config.ts';
import type { Subscription, Task } from '../reads/tasks.ts';
import type { BuyerContext } from './context.ts';
import type { NodeStatus } from './directory.ts';
import type { Terms } from './routing.ts';

/** An offer with its node. */
export interface RatedOffer extends Subscription {
  readonly status: NodeStatus | undefined;
}

/** Fewest seats of a jury. */
const SMALLEST_JURY = 3n;
/** So many owners accept the price of an independent purchase: who undercuts the others is drawn no more often than they are. */
const OWNERS_AT_PRICE = 4;

/** Owners that must sell at level 1, so that a server's checkers and a jury can be others than its owner. */
export const independentOwners = ({ attesters }: Pick<MarketConfig, 'attesters'>): number =>
  Number(attesters + SMALLEST_JURY + 1n);

const permille = (value: bigint, share: bigint): bigint => (value * share) / 1_000n;

/** Owners whose nodes have the stake to check a stack of this value at level 1: for the duty in all, for a slash free. */
export const ownersToCheck = (
  offers: readonly RatedOffer[],
  task: Task,
  config: MarketConfig,
  value: bigint,
): number => {
  const { minimumDisputeBond, disputeBond, silenceSlash } = config;
  const atLeast = (part: bigint): bigint => (part > minimumDisputeBond ? part : minimumDisputeBond);
  const duty = atLeast(permille(value * disputeBond + 999n, 1n));
  const slash = atLeast(permille(value, silenceSlash));
  const owners = offers.flatMap((offer) => {
    const node = offer.status?.node;
    if (!node || !eligible(offer, task)) return [];
    // What other duties reserve keeps nobody from one more: `accepts` of the contract's sampling.
    const free = node.stake - (node.queuedWithdrawal?.amount ?? 0n);
    return free >= slash && free + node.bonded >= duty ? [node.owner] : [];
  });
  return new Set(owners).size;
};

/** Offers of a task with what is known about their nodes, cheapest first. */
export const ratedOffers = async (context: BuyerContext, task: bigint): Promise<readonly RatedOffer[]> => {
  const offers = await context.directory.offers(task);
  return Promise.all(
    offers.map(async (offer) => ({ ...offer, status: await context.directory.status(offer.nodeSmallId) })),
  );
};

/** A price, the units of the largest stack that can be sold at it, and the nodes to draw among (none: all at that price). */
export interface Draw {
  readonly price: bigint;
  readonly among: readonly bigint[];
  readonly largest: bigint;
}

/** What a draw is looked for. */
export interface DrawParameters {
  readonly task: Task;
  /** Of the task, as the chain and the nodes say. */
  readonly offers: readonly RatedOffer[];
  readonly terms: Terms;
  /** Least units the stack must hold. */
  readonly units: bigint;
  /** Why a node must not be drawn, as a clause about it (`which ...`); undefined: it may. */
  readonly avoid?: ((offer: RatedOffer) => string | undefined) | undefined;
  /** Name the nodes even where all of them will do: one that comes before the purchase is made must not be drawn. */
  readonly named?: boolean;
}

const least = (values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));
/** Nodes that a purchase can name. */
const MAX_NAMED = 64;
const descending = (a: bigint, b: bigint): number => (a < b ? 1 : a > b ? -1 : 0);

/** The chain lets this node be drawn; whether it answers is another question. */
const eligible = ({ status }: RatedOffer, task: Task): boolean =>
  status !== undefined && status.node.disabledEpoch === null && status.node.reputation >= task.minimumReputationScore;

const byOwner = (offers: readonly RatedOffer[], value: (offer: RatedOffer) => bigint, pick: typeof least): bigint[] => {
  const owners = Map.groupBy(offers, ({ status }) => status?.node.owner ?? '');
  return [...owners.values()].map((own) => pick(own.map(value)));
};

const usableOf = (context: BuyerContext, offers: readonly RatedOffer[]): readonly RatedOffer[] =>
  offers.filter(({ status, nodeSmallId }) => status?.problem === null && !context.book.mistrusted().has(nodeSmallId));

const whyUnusable = (offers: readonly RatedOffer[]): string => {
  const [first] = offers;
  return `no node that offers it can be used (node ${first?.nodeSmallId}: ${first?.status?.problem ?? 'not trusted'})`;
};

/** The price of an independent purchase, or why there is none. */
const independentPrice = (sellers: readonly RatedOffer[], needed: number): bigint | string => {
  const asks = byOwner(sellers, ({ pricePerComputeUnit }) => pricePerComputeUnit, least).sort((a, b) =>
    descending(b, a),
  );
  return asks.length < needed
    ? `${asks.length} independent owners sell it at level 1 and ${needed} are needed for its checks`
    : (asks[OWNERS_AT_PRICE - 1] as bigint);
};

/** Units that several owners at the price serve. */
const sharedSize = (offers: readonly RatedOffer[]): bigint => {
  const sizes = byOwner(
    offers,
    ({ maxNumComputeUnits }) => maxNumComputeUnits,
    (all) => [...all].sort(descending)[0] as bigint,
  ).sort(descending);
  return sizes[Math.min(OWNERS_AT_PRICE, sizes.length) - 1] as bigint;
};

/** At what price a task is bought from, or why it is not. */
export const drawOf = async (context: BuyerContext, p: DrawParameters): Promise<Draw | string> => {
  const { task, offers, terms, units, avoid = () => undefined } = p;
  if (offers.length === 0) return 'no node offers it';
  const large = offers.filter((offer) => offer.maxNumComputeUnits >= units);
  if (large.length === 0) return `no stack holds ${units} units`;
  const fitting = usableOf(context, large);
  if (fitting.length === 0) return whyUnusable(large);
  const whyNot = (offer: RatedOffer): string => `node ${offer.nodeSmallId} could be drawn, ${avoid(offer)}`;
  const wanted = fitting.filter((offer) => avoid(offer) === undefined);
  if (wanted.length === 0) return whyNot(fitting[0] as RatedOffer);
  const independent = task.securityLevel === 1 && terms.nodePolicy === 'independent';
  const checked = independent
    ? independentPrice(
        large.filter((offer) => eligible(offer, task)),
        independentOwners(await context.directory.config()),
      )
    : least(wanted.map(({ pricePerComputeUnit }) => pricePerComputeUnit));
  if (typeof checked === 'string') return checked;
  const price = terms.price ?? (checked > task.leastPrice ? checked : task.leastPrice);
  if (terms.maxPrice !== null && price > terms.maxPrice)
    return `${independent ? 'the price several owners accept' : 'the cheapest offer'} is ${price} base units, above the limit of ${terms.maxPrice}`;
  const within = (offer: RatedOffer): boolean => offer.pricePerComputeUnit <= price;
  const sellers = wanted.filter(within);
  if (sellers.length === 0) return `no node that can be used sells at ${price} base units`;
  const all = !p.named && sellers.length === large.filter(within).length;
  const among = all ? [] : sellers.slice(0, MAX_NAMED);
  const largest = independent ? sharedSize(sellers) : [...sellers.map((o) => o.maxNumComputeUnits)].sort(descending)[0];
  return { price, largest: largest as bigint, among: among.map(({ nodeSmallId }) => nodeSmallId) };
};
