import { randomInt } from 'node:crypto';
import { GAS_COIN_TYPE, GAS_TYPE } from '../../internal/type-tag.ts';
import { INTERNAL_UNITS_PER_GAS_UNIT, MAX_GAS_COINS, MAX_TRANSACTION_GAS, READ_UNITS_PER_BYTE } from '../../params.ts';
import type { StoredObject } from '../../types.ts';
import { parseAddress } from '../convert/address.ts';
import { coinBalance } from '../convert/object.ts';
import type { TransactionDataV1 } from '../convert/transaction-message.ts';
import { chainState, getObject, listBalances, listOwnedObjects, simulateTransaction } from '../ledger-functions.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import { GAS_COIN_BYTES, GAS_SAFE_OVERHEAD, MAX_PAGE_SIZE, MOCK_COIN_STORAGE } from '../rpc-params.ts';
import { encodeTransaction } from './resolve-transaction.ts';

const INTERNAL_PER_UNIT = BigInt(INTERNAL_UNITS_PER_GAS_UNIT);

/** Objects the commands use themselves, which cannot pay. */
const usedIds = (data: TransactionDataV1): ReadonlySet<string> =>
  new Set(
    (data.kind.ProgrammableTransaction?.inputs ?? []).flatMap(({ Object: object }) => {
      const reference = object?.ImmOrOwnedObject ?? object?.Receiving;
      return reference ? [reference.objectId.slice(2)] : [];
    }),
  );

/** The gas owner's free SUI coins, largest first, as many as one transaction takes. */
const payingCoins = (context: RpcContext, data: TransactionDataV1): readonly StoredObject[] => {
  const used = usedIds(data);
  const owner = parseAddress(data.gasData.owner, 'gas_payment.owner');
  const { items } = listOwnedObjects(context.ledger, { owner, type: GAS_COIN_TYPE, limit: MAX_PAGE_SIZE });
  return items.filter(({ id, owner: by }) => by.kind === 'address' && !used.has(id)).slice(0, MAX_GAS_COINS);
};

const total = (coins: readonly StoredObject[]): bigint =>
  coins.reduce((sum, { contents }) => sum + coinBalance(contents), 0n);

const withGas = (data: TransactionDataV1, gas: Partial<TransactionDataV1['gasData']>): TransactionDataV1 => ({
  ...data,
  gasData: { ...data.gasData, ...gas },
});

/** MIST for reading gas coins beyond the first, which the mock run does not read. */
const extraCoinCost = (coins: number, price: bigint): bigint => {
  const internal = BigInt(Math.max(coins - 1, 0)) * GAS_COIN_BYTES * BigInt(READ_UNITS_PER_BYTE);
  return ((internal + INTERNAL_PER_UNIT - 1n) / INTERNAL_PER_UNIT) * price;
};

/**
 * The transaction with an estimated budget in MIST: what a run with a mock coin and the largest budget costs, plus a
 * margin of 1,000 gas units and the reading of the other gas coins. The formula is that of Sui's nodes and SDK.
 */
export const withEstimatedBudget = (context: RpcContext, data: TransactionDataV1): TransactionDataV1 => {
  const price = BigInt(data.gasData.price);
  const trial = withGas(data, { payment: [], budget: String(MAX_TRANSACTION_GAS) });
  const { gasUsed } = simulateTransaction(context.ledger, {
    transaction: encodeTransaction(trial),
    checks: 'enabled',
  }).effects;
  const storage = gasUsed.storageCost - MOCK_COIN_STORAGE - gasUsed.storageRebate;
  const used = gasUsed.computationCost + (storage > 0n ? storage : 0n);
  const given = data.gasData.payment.length;
  const coins = given > 0 ? given : payingCoins(context, data).length;
  const estimate = used + GAS_SAFE_OVERHEAD * price + extraCoinCost(coins, price);
  return withGas(data, { budget: String(estimate < MAX_TRANSACTION_GAS ? estimate : MAX_TRANSACTION_GAS) });
};

/** Refuses given gas coins that hold less than the budget. */
export const assertPaymentCovers = (context: RpcContext, data: TransactionDataV1): void => {
  const required = BigInt(data.gasData.budget);
  const available = total(
    data.gasData.payment.flatMap(({ objectId }) => getObject(context.ledger, objectId.slice(2)) ?? []),
  );
  if (available < required) throw rpcError('GAS_TOO_LOW', { available, required });
};

const fundsOf = ({ ledger }: RpcContext, owner: string): bigint =>
  listBalances(ledger, parseAddress(owner, 'gas_payment.owner')).find(({ coinType }) => coinType === GAS_TYPE)?.funds ??
  0n;

const usesGasCoin = ({ kind }: TransactionDataV1): boolean =>
  JSON.stringify(kind.ProgrammableTransaction?.commands ?? []).includes('"GasCoin"');

/** Paid from the gas owner's address balance, in this epoch and the next, as it spends no coin that would make it single. */
const paidFromFunds = ({ ledger }: RpcContext, data: TransactionDataV1): TransactionDataV1 => {
  const { epoch, chainId } = chainState(ledger);
  const ValidDuring = {
    minEpoch: String(epoch),
    maxEpoch: String(epoch + 1),
    minTimestamp: null,
    maxTimestamp: null,
    chain: chainId,
    nonce: randomInt(2 ** 32),
  };
  const isOpen = data.expiration?.$kind === 'None';
  return isOpen ? { ...data, expiration: { $kind: 'ValidDuring', ValidDuring } } : data;
};

/**
 * The transaction paid by all of the gas owner's free coins, or from the owner's address balance when the coins hold less than
 * the budget. RPC_NO_GAS when neither is enough.
 */
export const withSelectedCoins = (context: RpcContext, data: TransactionDataV1): TransactionDataV1 => {
  const coins = payingCoins(context, data);
  const required = BigInt(data.gasData.budget);
  const available = total(coins);
  if (coins.length === 0 || available < required) {
    if (!usesGasCoin(data) && fundsOf(context, data.gasData.owner) >= required) return paidFromFunds(context, data);
    throw rpcError('NO_GAS', { owner: data.gasData.owner, required, available });
  }
  const payment = coins.map(({ id, version, digest }) => ({ objectId: `0x${id}`, version: String(version), digest }));
  return withGas(data, { payment });
};
