import { type BookOffer, independentNodes, measuredFields } from '@atoma/sdk';

/** Offers for units of a model, as JSON fields. */
export const quoteData = (model: string, units: bigint, offers: readonly BookOffer[]) => ({
  model,
  units,
  independent_nodes: independentNodes(offers),
  offers: offers.map((offer) => ({
    task_small_id: Number(offer.task),
    security_level: offer.level,
    node_small_id: Number(offer.node),
    owner: offer.owner,
    price: offer.price,
    max_units: offer.maxUnits,
    reputation: offer.reputation,
    free_stake: offer.freeStake,
    latency_ms: offer.latencyMs,
    quantization: offer.quantization,
    ...measuredFields(offer),
    problem: offer.problem,
    lying_pays_above: offer.lyingPaysAbove,
    surcharge: offer.surcharge,
    total: offer.total,
  })),
});
