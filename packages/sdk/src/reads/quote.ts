import type { Atoma } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { readNumbers } from '../internal/views.ts';
import { smallId } from '../values/ids.ts';
import { listSubscriptions, type TaskParameters } from './tasks.ts';

/** A purchase as it would be made. */
export interface QuotePurchaseParameters extends TaskParameters {
  readonly numComputeUnits: bigint | number;
  /** Base units of TOMA a compute unit. */
  readonly pricePerComputeUnit: bigint | number;
}

/** What a purchase would cost now, as the contract computes it. Base units of TOMA. */
export interface Quote {
  /** Price times units. */
  readonly price: bigint;
  readonly surcharge: bigint;
  /** What the buyer pays into escrow. */
  readonly total: bigint;
  /** What the selected node must bond. */
  readonly bond: bigint;
  /** Lowest price any node asks for this many units; null when none serves as many. */
  readonly cheapestPrice: bigint | null;
  /** Nodes that ask at most this price for this many units; their stake is not looked at. */
  readonly offers: number;
}

/** Quotes a purchase. Throws `SDK_TASK_NOT_FOUND`, and `SDK_TRANSACTION_FAILED` when the amounts overflow. */
export const quotePurchase = async (atoma: Atoma, parameters: QuotePurchaseParameters): Promise<Quote> => {
  const { packageId } = atoma.deployment;
  const dbId = requireId(atoma.deployment, 'dbId');
  const task = smallId(parameters.taskSmallId);
  const [units, asked] = [BigInt(parameters.numComputeUnits), BigInt(parameters.pricePerComputeUnit)];
  const subscriptions = await listSubscriptions(atoma, { taskSmallId: task });
  const large = subscriptions.filter((offer) => offer.maxNumComputeUnits >= units);
  const [total = 0n, bond = 0n] = await readNumbers(atoma, [
    db.purchasePrice(packageId, dbId, task, units, asked),
    db.purchaseBond(packageId, dbId, task, units, asked),
  ]);
  const price = units * asked;
  return {
    price,
    surcharge: total - price,
    total,
    bond,
    cheapestPrice: large[0]?.pricePerComputeUnit ?? null,
    offers: large.filter((offer) => offer.pricePerComputeUnit <= asked).length,
  };
};
