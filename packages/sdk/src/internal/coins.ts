/** TOMA coins for a transaction: everything the sender holds, merged in the same transaction. */
import type { SuiClientTypes } from '@mysten/sui/client';
import type { Transaction, TransactionObjectArgument } from '@mysten/sui/transactions';
import { type Atoma, requireSender } from '../context/atoma.ts';
import { tomaType } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';
import { sdkError } from '../sdk-errors.ts';
import { formatAmount } from '../values/amounts.ts';

/** Most coins one transaction merges; Sui allows 2,048 inputs, and merging more makes the call dear. */
const MAX_MERGED = 256;
const PAGE = 50;

/** The owner's TOMA coins, dearest first, up to `limit`. */
export const listTomaCoins = async (
  atoma: Atoma,
  owner: string,
  limit = MAX_MERGED,
): Promise<readonly SuiClientTypes.Coin[]> => {
  const coins: SuiClientTypes.Coin[] = [];
  const coinType = tomaType(atoma.deployment);
  for (let cursor: string | null = null; coins.length < limit; ) {
    const call = atoma.client.listCoins({ owner, coinType, limit: PAGE, cursor });
    const page: SuiClientTypes.ListCoinsResponse = await reach(atoma.deployment.network, call);
    coins.push(...page.objects);
    if (!page.hasNextPage) break;
    cursor = page.cursor;
  }
  return coins.toSorted((a, b) => (BigInt(b.balance) > BigInt(a.balance) ? 1 : -1)).slice(0, limit);
};

/** Throws `SDK_INSUFFICIENT_TOMA` with the sums. */
export const insufficientToma = (owner: string, have: bigint, need: bigint) =>
  sdkError('INSUFFICIENT_TOMA', {
    owner,
    have: formatAmount(have),
    need: formatAmount(need),
    missing: formatAmount(need - have),
  });

/**
 * One coin with all the TOMA of the sender (of its dearest 256 coins). With `need`, in base units, too little throws
 * `SDK_INSUFFICIENT_TOMA`; without any coin at all it always does. A function is only asked in that case.
 */
export const tomaCoin = async (
  atoma: Atoma,
  tx: Transaction,
  need: bigint | (() => Promise<bigint>),
): Promise<TransactionObjectArgument> => {
  const owner = requireSender(atoma);
  const coins = await listTomaCoins(atoma, owner);
  const have = coins.reduce((sum, { balance }) => sum + BigInt(balance), 0n);
  const [first, ...others] = coins;
  if (!first || (typeof need === 'bigint' && have < need))
    throw insufficientToma(owner, have, typeof need === 'bigint' ? need : await need());
  const primary = tx.object(first.objectId);
  if (others.length > 0)
    tx.mergeCoins(
      primary,
      others.map(({ objectId }) => tx.object(objectId)),
    );
  return primary;
};
