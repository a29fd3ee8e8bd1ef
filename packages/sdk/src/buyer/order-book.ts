/** What work would cost: the order book of a model, with what can be said about each node. */

import { lyingPaysAboveAtWorst, sampledTermsOf } from '../economics/coalition.ts';
import { rowCapOf } from '../reads/config.ts';
import { quotePurchase } from '../reads/quote.ts';
import { endpointRoles } from '../wire/endpoints.ts';
import type { BuyerContext } from './context.ts';
import type { Measured } from './measured.ts';
import { noTask } from './no-task.ts';
import { type DrawParameters, drawOf, type RatedOffer, ratedOffers } from './offers.ts';
import { type Terms, taskAllowed, taskServes, termsOf } from './routing.ts';

/** One offer of the book. */
export interface BookOffer extends Measured {
  readonly task: bigint;
  readonly level: number;
  readonly node: bigint;
  /** Who runs it: nodes of one owner are not independent of each other. Empty when it is gone. */
  readonly owner: string;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  /** Largest stack it serves, units. */
  readonly maxUnits: bigint;
  readonly reputation: number;
  /** What it has for bonds, base units of TOMA. */
  readonly freeStake: bigint;
  /** ms of its last answer; null when it did not answer. */
  readonly latencyMs: number | null;
  /** Of its weights, as it says; null when it does not. */
  readonly quantization: string | null;
  /** Why it cannot be used; null: it can. */
  readonly problem: string | null;
  /**
   * At level 1: what honest work may cost, as a part of the fee, before inventing the answers pays a coalition that holds a third of the task's
   * other owners, under the terms of now; null at other levels.
   */
  readonly lyingPaysAbove: number | null;
  /** Part of the total that pays for checks, base units of TOMA. */
  readonly surcharge: bigint;
  /** What these units would cost here, surcharge included, base units of TOMA. */
  readonly total: bigint;
}

/** Owners with an offer that can be used: so many are independent of each other. */
export const independentNodes = (offers: readonly BookOffer[]): number =>
  new Set(offers.filter(({ problem }) => problem === null).map(({ owner }) => owner)).size;

/** Part of a task's other owners that a quote assumes in one hand. */
const COALITION = 1 / 3;

const honestyOf = async (context: BuyerContext, offers: readonly RatedOffer[]): Promise<number> => {
  const owners = new Set(offers.flatMap(({ status }) => status?.node.owner ?? [])).size;
  const otherNodes = Math.max(0, owners - 1);
  const colludingNodes = Math.round(otherNodes * COALITION);
  return lyingPaysAboveAtWorst(sampledTermsOf(await context.directory.config()), { otherNodes, colludingNodes });
};

/** Quotes a number of units of a model, cheapest first; offers that cannot be used come last. */
export const quoteModel = async (
  context: BuyerContext,
  p: {
    readonly model: string;
    readonly units: bigint;
    readonly endpoint?: string;
    /** Only what these let through; without them every offer is shown. */
    readonly terms?: Partial<Terms>;
  },
): Promise<readonly BookOffer[]> => {
  const endpoints = p.endpoint === undefined ? Object.keys(endpointRoles) : [p.endpoint];
  const tasks = (await context.directory.tasks()).filter(
    (task) =>
      task.deprecatedEpoch === null &&
      (p.terms?.levels?.includes(task.securityLevel) ?? true) &&
      (p.terms?.tasks?.includes(task.taskSmallId) ?? true) &&
      endpoints.some((endpoint) => taskServes(task, { model: p.model, endpoint, vision: task.role === 2 })),
  );
  if (tasks.length === 0) throw await noTask(context, p.model, p.endpoint ?? 'any endpoint');
  const rows = await Promise.all(
    tasks.map(async (task) => {
      const offers = await ratedOffers(context, task.taskSmallId);
      const lyingPaysAbove = task.securityLevel === 1 ? await honestyOf(context, offers) : null;
      return Promise.all(
        offers.map(async (offer): Promise<BookOffer> => {
          const quote = await quotePurchase(context.atoma, {
            taskSmallId: task.taskSmallId,
            numComputeUnits: p.units,
            pricePerComputeUnit: offer.pricePerComputeUnit,
          });
          const tooSmall = offer.maxNumComputeUnits < p.units ? 'it serves smaller stacks only' : null;
          return {
            task: task.taskSmallId,
            level: task.securityLevel,
            node: offer.nodeSmallId,
            owner: offer.status?.node.owner ?? '',
            price: offer.pricePerComputeUnit,
            maxUnits: offer.maxNumComputeUnits,
            reputation: offer.status?.node.reputation ?? 0,
            freeStake: offer.status?.node.freeStake ?? 0n,
            latencyMs: offer.status?.latencyMs ?? null,
            quantization: offer.status?.models.get(p.model)?.quantization ?? null,
            ...context.measured.of(offer.nodeSmallId, p.model),
            problem: offer.status ? (offer.status.problem ?? tooSmall) : 'it is gone',
            lyingPaysAbove,
            surcharge: quote.surcharge,
            total: quote.total,
          };
        }),
      );
    }),
  );
  return rows.flat().sort((a, b) => {
    if ((a.problem === null) !== (b.problem === null)) return a.problem === null ? -1 : 1;
    return a.total === b.total ? Number(a.node - b.node) : a.total < b.total ? -1 : 1;
  });
};

/** A node that sells a model. */
export interface ModelProvider extends Measured {
  readonly node: bigint;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  readonly quantization: string | null;
}

/** A model that can be bought. */
export interface OfferedModel {
  readonly model: string;
  readonly role: number;
  /** Level it would be bought at. */
  readonly level: number;
  /** What a purchase would offer, base units of TOMA a unit. */
  readonly price: bigint;
  /** Nodes that can be used. */
  readonly nodes: number;
  readonly largestStack: bigint;
  /** Most units of one request of that stack. */
  readonly largestRequest: bigint;
  /** The nodes that can be used, cheapest first. */
  readonly providers: readonly ModelProvider[];
}

/** Models that can be bought within the terms: of each the offer a purchase would take. `avoid`: why a node must not be drawn. */
export const offeredModels = async (
  context: BuyerContext,
  own: Partial<Terms> = {},
  avoid?: DrawParameters['avoid'],
): Promise<readonly OfferedModel[]> => {
  const terms = termsOf(context.policy, own);
  const tasks = (await context.directory.tasks()).filter((task) => taskAllowed(task, terms));
  const config = await context.directory.config();
  const found = await Promise.all(
    tasks.map(async (task): Promise<readonly OfferedModel[]> => {
      const offers = await ratedOffers(context, task.taskSmallId);
      const draw = await drawOf(context, { task, offers, terms, units: 1n, avoid });
      if (typeof draw === 'string') return [];
      const usable = offers.filter(({ status }) => status?.problem === null);
      const named = task.modelName === null ? [...(usable[0]?.status?.models.keys() ?? [])] : [task.modelName];
      return named.map((model) => ({
        model,
        role: task.role,
        level: task.securityLevel,
        price: draw.price,
        nodes: usable.length,
        largestStack: draw.largest,
        largestRequest: (draw.largest * rowCapOf(config, task)) / 1_000n,
        providers: usable.map(({ nodeSmallId: node, pricePerComputeUnit, status }) => ({
          node,
          price: pricePerComputeUnit,
          quantization: status?.models.get(model)?.quantization ?? null,
          ...context.measured.of(node, model),
        })),
      }));
    }),
  );
  const rank = ({ level }: OfferedModel): number => terms.levels.indexOf(level);
  const best = new Map<string, OfferedModel>();
  for (const each of found.flat()) {
    const known = best.get(`${each.role}/${each.model}`);
    if (!known || rank(each) < rank(known) || (rank(each) === rank(known) && each.price < known.price))
      best.set(`${each.role}/${each.model}`, each);
  }
  return [...best.values()];
};

const rounded = (value: number | null, digits: number): number | null =>
  value === null ? null : Number(value.toFixed(digits));

/** What was measured of a node, as JSON members: ms, units a second, a share, counts. */
export const measuredFields = (measured: Measured) => ({
  first_token_ms: rounded(measured.firstMs, 1),
  units_per_second: rounded(measured.unitsPerSecond, 1),
  completion_rate: rounded(measured.completionRate, 3),
  requests: measured.requests,
  receipts_checked: measured.receipts,
});

/** Models in the list format of OpenAI. */
export const modelList = (
  models: readonly OfferedModel[],
): { readonly object: 'list'; readonly data: readonly { readonly id: string }[] } => ({
  object: 'list',
  data: models.map(({ model, role, level, price, nodes, largestStack, providers }) => ({
    id: model,
    object: 'model',
    created: 0,
    owned_by: 'atoma',
    atoma: {
      role,
      level,
      price: String(price),
      nodes,
      largest_stack: String(largestStack),
      providers: providers.map((each) => ({
        node: String(each.node),
        price: String(each.price),
        quantization: each.quantization,
        ...measuredFields(each),
      })),
    },
  })),
});
