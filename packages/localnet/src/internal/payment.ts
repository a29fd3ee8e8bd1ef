import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { GASLESS_UNITS, REFERENCE_GAS_PRICE } from '../params.ts';
import type { StoredObject } from '../types.ts';
import type { ObjectInput } from './checks.ts';
import { isGasless } from './gasless.ts';
import type { GasPayment } from './outcome.ts';
import type { Expiration, TransactionData } from './transaction-data.ts';

/** Pays with coins: they are added up. */
export const paymentOf = (coins: readonly StoredObject[]): GasPayment => ({
  coins,
  total: coins.reduce((sum, coin) => sum + Buffer.from(coin.contents).readBigUInt64LE(32), 0n),
  charged: { kind: 'coin', id: (coins[0] as StoredObject).id },
});

/** Pays without coins: from the gas owner's funds, of which the budget is reserved, or not at all. */
export const paymentWithoutCoins = (data: TransactionData): GasPayment =>
  isGasless(data)
    ? { coins: [], total: 0n, charged: undefined }
    : { coins: [], total: data.gas.budget, charged: { kind: 'funds', owner: data.gas.owner } };

/** Whose funds a payment reserves the budget of. */
export const payingFunds = ({ charged }: GasPayment): Address | undefined =>
  charged?.kind === 'funds' ? charged.owner : undefined;

/** Price (MIST per gas unit) and budget (MIST) that execution is held to; a gasless transaction has a budget of its own. */
export const limitsOf = (data: TransactionData): { readonly price: bigint; readonly budget: bigint } => {
  const price = BigInt(REFERENCE_GAS_PRICE);
  return isGasless(data) ? { price, budget: GASLESS_UNITS * price } : data.gas;
};

const isForTwoEpochs = (expiration: Expiration): boolean =>
  expiration.kind === 'range' &&
  expiration.minEpoch !== undefined &&
  expiration.maxEpoch !== undefined &&
  expiration.maxEpoch <= expiration.minEpoch + 1n;

/** What spends no object could be sent again for ever, were it not to expire soon (`check_replay_protection`). */
export const checkReplay = (data: TransactionData, inputs: readonly (ObjectInput | undefined)[]): void => {
  if (data.gas.payment.length > 0 || inputs.some((input) => input?.use === 'owned')) return;
  if (!isForTwoEpochs(data.expiration)) throw ledgerError('EXPIRATION_MISSING');
};
