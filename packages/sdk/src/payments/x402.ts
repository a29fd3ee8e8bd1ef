/**
 * Payments by x402, protocol version 2, scheme `exact` on Sui: the payer signs a transaction that transfers exactly the amount, and who
 * is paid executes it. See x402's specification of the scheme (specs/schemes/exact/scheme_exact_sui.md of coinbase/x402).
 */
import { toHex } from '@atoma/base';
import { Transaction } from '@mysten/sui/transactions';
import { fromBase58, fromBase64, normalizeStructTag, normalizeSuiAddress, toBase64 } from '@mysten/sui/utils';
import { verifyTransactionSignature } from '@mysten/sui/verify';
import { type Atoma, requireSender, requireSigner } from '../context/atoma.ts';
import { type Deployment, tomaType } from '../deployment/record.ts';
import { cannotRun, reach, toAtomaError } from '../failures/network.ts';
import { insufficientToma, listTomaCoins, tomaCoin } from '../internal/coins.ts';
import { buildTransaction, findRun, INCLUDE, type Ran, ranOf } from '../internal/run-transaction.ts';
import { sdkError } from '../sdk-errors.ts';
import { formatAmount } from '../values/amounts.ts';
import { isRecord, record } from '../wire/json.ts';

/** Version of the protocol. */
export const X402_VERSION = 2;

/** What is to be paid, as a seller says it. */
export interface PaymentRequirements {
  readonly scheme: string;
  /** `sui:` and the first four bytes of the genesis digest, hex. */
  readonly network: string;
  /** Type of the coin. */
  readonly asset: string;
  /** Base units of the coin, decimal. */
  readonly amount: string;
  readonly payTo: string;
  readonly maxTimeoutSeconds: number;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Whether a seller's JSON says what is to be paid. */
export const isRequirements = (value: unknown): value is PaymentRequirements => {
  const { scheme, network, asset, amount, payTo, maxTimeoutSeconds, extra = {} } = record(value);
  const texts = [scheme, network, asset, amount, payTo];
  return texts.every((each) => typeof each === 'string') && typeof maxTimeoutSeconds === 'number' && isRecord(extra);
};

/** The payload of the scheme. */
export interface SuiPayment {
  /** Base64 of the transaction's bytes. */
  readonly transaction: string;
  /** Its signature by the payer, as Sui serialises it. */
  readonly signature: string;
}

/** A signed payment. */
export interface OpenPayment {
  /** Of its transaction: a payment counts once. */
  readonly digest: string;
  readonly payer: string;
}

/** Whether a transaction pays what is asked. */
export type SettledPayment = { readonly kind: 'settled' } | { readonly kind: 'failed'; readonly reason: string };

/** The network of a deployment by its CAIP-2 name. Throws `SDK_DEPLOYMENT_INCOMPLETE`. */
export const paymentNetwork = ({ chainId, network }: Deployment): string => {
  if (chainId === null) throw sdkError('DEPLOYMENT_INCOMPLETE', { network, what: 'chain id' });
  return `sui:${toHex(fromBase58(chainId).subarray(0, 4))}`;
};

/** How a payer is set up. */
export interface PayerOptions {
  /** Most base units of TOMA for one payment; reaching it is `SDK_PAYMENT`, before anything is signed. */
  readonly most: bigint;
}

/** A scheme as `@x402/core` registers it on a client. */
export interface PaymentScheme {
  readonly scheme: 'exact';
  /** Signs a transfer of the amount in TOMA. Throws `SDK_PAYMENT`, `SDK_INSUFFICIENT_*`, `NETWORK_*`. */
  readonly createPaymentPayload: (
    version: number,
    requirements: PaymentRequirements,
  ) => Promise<{ readonly x402Version: number; readonly payload: { transaction: string; signature: string } }>;
}

const amountOf = (text: string): bigint => {
  if (!/^\d{1,20}$/.test(text)) throw sdkError('PAYMENT', { why: `${text.slice(0, 30)} is not an amount` });
  return BigInt(text);
};

const sameType = (a: string, b: string): boolean => {
  try {
    return normalizeStructTag(a) === normalizeStructTag(b);
  } catch {
    return false;
  }
};

/** Makes the payer's side: register it on an x402 client for {@link paymentNetwork}. */
export const createPaymentScheme = (atoma: Atoma, { most }: PayerOptions): PaymentScheme => ({
  scheme: 'exact',
  createPaymentPayload: async (version, { network, asset, amount: text, payTo, scheme }) => {
    const own = paymentNetwork(atoma.deployment);
    if (
      version !== X402_VERSION ||
      scheme !== 'exact' ||
      network !== own ||
      !sameType(asset, tomaType(atoma.deployment))
    )
      throw sdkError('PAYMENT', { why: `only x402 version 2, scheme exact, TOMA on ${own} is paid` });
    const amount = amountOf(text);
    if (amount > most)
      throw sdkError('PAYMENT', {
        why: `${formatAmount(amount)} is asked, and ${formatAmount(most)} may be paid at most`,
      });
    const tx = new Transaction();
    const coins: string[] = [];
    let have = 0n;
    for (const { objectId, balance } of await listTomaCoins(atoma, requireSender(atoma))) {
      if (have >= amount) break;
      coins.push(objectId);
      have += BigInt(balance);
    }
    const [first, ...others] = coins;
    if (first === undefined || have < amount) throw insufficientToma(requireSender(atoma), have, amount);
    if (others.length > 0) tx.mergeCoins(first, others);
    tx.transferObjects([tx.splitCoins(first, [amount])], payTo);
    const built = await buildTransaction(atoma, tx);
    if (built.kind === 'refused') throw sdkError('PAYMENT', { why: built.failure.sentence });
    const { signature } = await requireSigner(atoma).signTransaction(built.bytes);
    return { x402Version: version, payload: { transaction: toBase64(built.bytes), signature } };
  },
});

/** Whether a run paid exactly what is asked. */
const paid = ({ failure, balanceChanges }: Ran, { asset, amount, payTo }: PaymentRequirements): SettledPayment => {
  if (failure) return { kind: 'failed', reason: 'invalid_transaction_state' };
  const got = balanceChanges
    .filter(
      ({ address, coinType }) =>
        normalizeSuiAddress(address) === normalizeSuiAddress(payTo) && sameType(coinType, asset),
    )
    .reduce((sum, change) => sum + BigInt(change.amount), 0n);
  return got === BigInt(amount) ? { kind: 'settled' } : { kind: 'failed', reason: 'invalid_exact_sui_payload_amount' };
};

/** Packages whose functions hand on what the sender brings along, and nothing that others have due. */
const FRAMEWORK: ReadonlySet<string> = new Set([normalizeSuiAddress('0x1'), normalizeSuiAddress('0x2')]);

/**
 * Reads a payment and checks that the sender of its transaction signed it; undefined for anything else. Asks nobody. A transaction that
 * calls other packages than Sui's own is none: anybody may end a stack, and what its owner gets back then would look like a payment.
 */
export const openPayment = async ({ transaction, signature }: SuiPayment): Promise<OpenPayment | undefined> => {
  try {
    const bytes = fromBase64(transaction);
    const tx = Transaction.from(bytes);
    const { sender, gasData, commands } = tx.getData();
    const payer = normalizeSuiAddress(sender ?? '');
    // One signature pays for one transaction: who pays its gas is who signs it.
    if (!gasData.owner || normalizeSuiAddress(gasData.owner) !== payer) return undefined;
    if (commands.some(({ MoveCall: call }) => call && !FRAMEWORK.has(normalizeSuiAddress(call.package))))
      return undefined;
    await verifyTransactionSignature(bytes, signature, { address: payer });
    return { digest: await tx.getDigest(), payer };
  } catch {
    return undefined;
  }
};

/** Whether a payment transfers exactly the amount: by what the chain has of it, else by a simulation. Throws `NETWORK_*`. */
export const checkPayment = async (
  atoma: Atoma,
  payment: SuiPayment,
  digest: string,
  requirements: PaymentRequirements,
): Promise<SettledPayment> => {
  const known = await findRun(atoma, digest);
  if (known) return paid(known, requirements);
  try {
    const transaction = fromBase64(payment.transaction);
    const tried = await atoma.client.simulateTransaction({ transaction, include: INCLUDE });
    return paid(ranOf(tried, atoma.deployment), requirements);
  } catch (error) {
    const fault = toAtomaError(error, atoma.deployment.network);
    if (fault.code === 'NETWORK_UNREACHABLE' || fault.code === 'NETWORK_BUSY') throw fault;
    return { kind: 'failed', reason: 'invalid_transaction_state' };
  }
};

/**
 * Executes a checked payment, or looks what became of it; the same payment is executed once, however often this is called. Throws
 * `NETWORK_*` when that cannot be said now.
 */
export const settlePayment = async (
  atoma: Atoma,
  payment: SuiPayment,
  digest: string,
  requirements: PaymentRequirements,
): Promise<SettledPayment> => {
  const { deployment } = atoma;
  const { network } = deployment;
  const known = await findRun(atoma, digest);
  if (known) return paid(known, requirements);
  try {
    const transaction = fromBase64(payment.transaction);
    const call = atoma.client.executeTransaction({ transaction, signatures: [payment.signature], include: INCLUDE });
    const ran = ranOf(await reach(network, call), deployment);
    await reach(network, atoma.client.waitForTransaction({ digest: ran.digest }));
    return paid(ran, requirements);
  } catch (error) {
    const late = await findRun(atoma, digest);
    if (late) return paid(late, requirements);
    const fault = toAtomaError(error, network);
    if (cannotRun(fault)) return { kind: 'failed', reason: 'invalid_transaction_state' };
    throw fault;
  }
};

/** What the chain knows of a payment: paid, failed, or nothing (undefined). Throws `NETWORK_*`. */
export const findPayment = async (
  atoma: Atoma,
  digest: string,
  requirements: PaymentRequirements,
): Promise<SettledPayment | undefined> => {
  const ran = await findRun(atoma, digest);
  return ran ? paid(ran, requirements) : undefined;
};

/** One transaction that transfers TOMA to several addresses, base units. Throws `SDK_INSUFFICIENT_TOMA`. */
export const buildPayout = async (
  atoma: Atoma,
  to: readonly { readonly address: string; readonly amount: bigint }[],
): Promise<Transaction> => {
  const tx = new Transaction();
  const coin = await tomaCoin(
    atoma,
    tx,
    to.reduce((sum, { amount }) => sum + amount, 0n),
  );
  for (const { address, amount } of to) tx.transferObjects([tx.splitCoins(coin, [amount])], address);
  return tx;
};
