/** What a request would be sold at, for who is paid before it is served. */
import { endpointRoles } from '../../wire/endpoints.ts';
import type { BuyerContext } from '../context.ts';
import { offeredModels } from '../order-book.ts';
import { narrowed } from '../provider.ts';
import { planPurchase } from '../purchase.ts';
import { termsOf } from '../routing.ts';
import type { ParsedWork } from './bound.ts';
import { type Chooser, type Search, wantOf } from './choose.ts';

/** Most units a request may be given, and what one costs, base units of TOMA. */
export interface Priced {
  readonly units: bigint;
  readonly price: bigint;
}

/**
 * Prices a request as its `provider` member asks: at a purchase of now, else at a stack that is here. Throws `BUYER_BODY`,
 * `BUYER_NO_NODE`, `BUYER_NO_TASK`, `BUYER_TOO_LARGE`.
 */
export const priceWork = async (
  context: BuyerContext,
  { pick }: Pick<Chooser, 'pick'>,
  work: ParsedWork,
): Promise<Priced> => {
  const none: ReadonlySet<bigint> = new Set();
  const terms = narrowed(termsOf(context.policy), work.provider);
  const search: Search = {
    ...{ work, terms, tenant: '', dedicated: false, budget: undefined },
    ...{ tried: none, failed: none },
  };
  const upTo = (most: bigint, price: bigint): Priced => ({ units: work.most < most ? work.most : most, price });
  const want = wantOf(search);
  const offer = (await offeredModels(context, terms, want.avoid)).find(
    ({ model, role }) =>
      model === work.model && (endpointRoles[work.endpoint] ?? []).includes(role) && (!work.vision || role === 2),
  );
  if (offer && want.units <= offer.largestRequest) return upTo(offer.largestRequest, offer.price);
  const own = (await pick(search, want.units))?.own;
  if (own) return upTo(own.free < own.largestRequest ? own.free : own.largestRequest, own.price);
  const plan = await planPurchase(context, want); // says why there is none
  return upTo(plan.largestRequest, plan.price);
};
