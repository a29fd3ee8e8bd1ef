/** Simulating and executing transactions with everything a result is read from. */
import type { SuiClientTypes } from '@mysten/sui/client';
import { Transaction } from '@mysten/sui/transactions';
import { normalizeSuiAddress } from '@mysten/sui/utils';
import { type Atoma, type AtomaClient, requireSender, requireSigner } from '../context/atoma.ts';
import type { GasCost } from '../context/write.ts';
import type { Deployment } from '../deployment/record.ts';
import { contractDiffers, type ExecutionFailure, toExecutionFailure } from '../failures/execution-failure.ts';
import { reach, toAtomaError } from '../failures/network.ts';
import { networkError, sdkError } from '../sdk-errors.ts';
import { formatAmount } from '../values/amounts.ts';

/** What is asked of the chain with every simulation and execution. */
export const INCLUDE = { effects: true, events: true, balanceChanges: true, objectTypes: true } as const;
type Included = SuiClientTypes.Transaction<typeof INCLUDE>;

/** A transaction that ran, for real or in a simulation. */
export interface Ran {
  readonly digest: string;
  readonly failure: ExecutionFailure | null;
  readonly epoch: bigint;
  readonly gas: GasCost;
  readonly events: readonly SuiClientTypes.Event[];
  readonly balanceChanges: readonly SuiClientTypes.BalanceChange[];
  readonly changedObjects: readonly SuiClientTypes.ChangedObject[];
  readonly objectTypes: Readonly<Record<string, string>>;
}

/** A transaction with everything it needs but a signature. `isRoomy`: its budget leaves room for another draw than the simulated one. */
interface Complete {
  readonly kind: 'built';
  readonly bytes: Uint8Array;
  readonly budget: bigint;
  readonly isRoomy: boolean;
}

/** A built transaction, or why the chain refused it while building. */
export type Built = Complete | { readonly kind: 'refused'; readonly failure: ExecutionFailure };

const gasOf = (used: SuiClientTypes.GasCostSummary, budget: bigint): GasCost => {
  const [computation, storage, rebate] = [used.computationCost, used.storageCost, used.storageRebate].map(BigInt) as [
    bigint,
    bigint,
    bigint,
  ];
  const nonRefundable = BigInt(used.nonRefundableStorageFee);
  return { computation, storage, rebate, nonRefundable, net: computation + storage - rebate, budget };
};

/** What ran, from the client's answer. */
export const runFrom = (transaction: Included, deployment: Deployment | undefined, budget: bigint): Ran => ({
  digest: transaction.digest,
  failure: transaction.status.success ? null : toExecutionFailure(transaction.status.error, deployment),
  epoch: BigInt(transaction.epoch ?? 0),
  gas: gasOf(transaction.effects.gasUsed, budget),
  events: transaction.events,
  balanceChanges: transaction.balanceChanges,
  changedObjects: transaction.effects.changedObjects,
  objectTypes: transaction.objectTypes,
});

/** The same of an answer that tells success and failure apart. */
export const ranOf = (
  result: SuiClientTypes.TransactionResult<typeof INCLUDE>,
  deployment: Deployment | undefined,
  budget = 0n,
): Ran => runFrom(result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction, deployment, budget);

const executionErrorOf = (error: unknown): SuiClientTypes.ExecutionError | undefined =>
  (error as { executionError?: SuiClientTypes.ExecutionError }).executionError;

const GAS_SHORTAGE =
  /gas selection|insufficient SUI|Insufficient gas balance|No valid gas coins|GasBalanceTooLow|balance of gas object/i;

const insufficientSui = async (atoma: Atoma, owner: string, cause: unknown): Promise<Error> => {
  const { balance } = await reach(atoma.deployment.network, atoma.client.getBalance({ owner }));
  const needed = /(?:needed|required|budget|need)\D{0,20}(\d{4,})/i.exec((cause as Error).message)?.[1];
  const need = needed === undefined ? 'more' : formatAmount(BigInt(needed), 'SUI');
  return sdkError('INSUFFICIENT_SUI', { owner, have: formatAmount(BigInt(balance.balance), 'SUI'), need }, cause);
};

/** The object that transactions draw at random from. */
const RANDOM = normalizeSuiAddress('0x8');
/**
 * Units of gas that a draw may cost beyond its simulation, which drew others: 54,000 were the most measured, in a task of thousands of nodes
 * that may not be drawn. What is not used is not charged.
 */
const DRAW_UNITS = 60_000n;

const drawsAtRandom = (transaction: Transaction): boolean =>
  transaction.getData().inputs.some(({ Object: object, UnresolvedObject: unresolved }) => {
    const id = unresolved?.objectId ?? object?.SharedObject?.objectId;
    return id !== undefined && normalizeSuiAddress(id) === RANDOM;
  });

const complete = async (atoma: Atoma, transaction: Transaction): Promise<Complete> => {
  const bytes = await transaction.build({ client: atoma.client });
  return { kind: 'built', bytes, budget: BigInt(transaction.getData().gasData.budget ?? 0), isRoomy: false };
};

/** With room for another draw, where the sender can afford that. */
const withRoom = async (atoma: Atoma, unbuilt: Transaction, price: bigint, simulated: Complete): Promise<Complete> => {
  unbuilt.setGasBudget(simulated.budget + DRAW_UNITS * price);
  try {
    return { ...(await complete(atoma, unbuilt)), isRoomy: true };
  } catch (error) {
    if (GAS_SHORTAGE.test((error as Error).message)) return simulated;
    throw error;
  }
};

/** Resolves inputs, gas price, budget and payment. Refusals by the contract come back, faults are thrown. */
export const buildTransaction = async (atoma: Atoma, transaction: Transaction, gasBudget?: bigint): Promise<Built> => {
  const sender = requireSender(atoma);
  transaction.setSenderIfNotSet(sender);
  const budget = gasBudget ?? atoma.gasBudget;
  if (budget !== null) transaction.setGasBudgetIfNotSet(budget);
  const unbuilt = budget === null && drawsAtRandom(transaction) ? Transaction.from(transaction) : undefined;
  try {
    const built = await complete(atoma, transaction);
    if (!unbuilt) return built;
    return await withRoom(atoma, unbuilt, BigInt(transaction.getData().gasData.price ?? 0), built);
  } catch (error) {
    const refused = executionErrorOf(error);
    if (refused) return { kind: 'refused', failure: toExecutionFailure(refused, atoma.deployment) };
    const differs = contractDiffers((error as Error).message);
    if (differs) return { kind: 'refused', failure: differs };
    if (GAS_SHORTAGE.test((error as Error).message)) throw await insufficientSui(atoma, sender, error);
    throw toAtomaError(error, atoma.deployment.network);
  }
};

const assertGoing = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted) throw networkError('CANCELLED', {}, signal.reason);
};

/** What the transaction would do now. */
export const simulateBytes = async (
  atoma: Atoma,
  built: { readonly bytes: Uint8Array; readonly budget: bigint },
  signal?: AbortSignal,
): Promise<Ran> => {
  assertGoing(signal);
  const call = atoma.client.simulateTransaction({
    transaction: built.bytes,
    include: INCLUDE,
    ...(signal && { signal }),
  });
  return ranOf(await reach(atoma.deployment.network, call), atoma.deployment, built.budget);
};

/** Signs and executes, then waits until the chain answers for the transaction. */
export const executeBytes = async (
  atoma: Atoma,
  built: { readonly bytes: Uint8Array; readonly budget: bigint },
  signal?: AbortSignal,
): Promise<Ran> => {
  const signer = requireSigner(atoma);
  assertGoing(signal);
  const { network } = atoma.deployment;
  const { signature } = await signer.signTransaction(built.bytes);
  const call = atoma.client.executeTransaction({ transaction: built.bytes, signatures: [signature], include: INCLUDE });
  const ran = ranOf(await reach(network, call), atoma.deployment, built.budget);
  await reach(network, atoma.client.waitForTransaction({ digest: ran.digest, ...(signal && { signal }) }));
  return ran;
};

/** A transaction as the chain has it; null when it is unknown there. Throws `NETWORK_*`. */
export const findRun = async (
  { client, deployment }: { readonly client: AtomaClient; readonly deployment?: Deployment },
  digest: string,
): Promise<Ran | null> => {
  try {
    return ranOf(await client.getTransaction({ digest, include: INCLUDE }), deployment);
  } catch (error) {
    const fault = toAtomaError(error, deployment?.network ?? client.network);
    if ((error as { reason?: string }).reason === 'notFound' || fault.code === 'SDK_OBJECT_NOT_FOUND') return null;
    throw fault;
  }
};

/** A transaction of the past. Throws `SDK_TRANSACTION_NOT_FOUND`. */
export const runOf = async (client: AtomaClient, digest: string): Promise<Ran> => {
  const ran = await findRun({ client }, digest);
  if (!ran) throw sdkError('TRANSACTION_NOT_FOUND', { digest, network: client.network });
  return ran;
};
