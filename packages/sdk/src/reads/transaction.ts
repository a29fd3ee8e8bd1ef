import type { SuiClientTypes } from '@mysten/sui/client';
import type { Atoma } from '../context/atoma.ts';
import type { GasCost } from '../context/write.ts';
import { sdkError } from '../errors.ts';
import type { AtomaEvent } from '../events/decode.ts';
import type { ExecutionFailure } from '../failures/execution.ts';
import { toAtomaError } from '../failures/network.ts';
import { runFrom } from '../internal/execution.ts';
import { eventsOf } from '../internal/results.ts';

/** A transaction of the past, read for people. */
export interface TransactionView {
  readonly digest: string;
  readonly sender: string | null;
  /** Null when it succeeded. */
  readonly failure: ExecutionFailure | null;
  readonly epoch: bigint;
  /** Checkpoint number, decimal; null before it is in one. */
  readonly checkpoint: string | null;
  /** ms since 1970; null before it is in a checkpoint. */
  readonly timestampMs: number | null;
  /** MIST. */
  readonly gas: GasCost;
  /** Events of this deployment. */
  readonly events: readonly AtomaEvent[];
  readonly balanceChanges: readonly { readonly address: string; readonly coinType: string; readonly amount: bigint }[];
  readonly changedObjects: readonly {
    readonly id: string;
    readonly type: string | null;
    readonly change: 'created' | 'changed' | 'deleted';
  }[];
  /** Move functions called, `package::module::function`. */
  readonly calls: readonly string[];
}

const INCLUDE = { effects: true, events: true, balanceChanges: true, objectTypes: true, transaction: true } as const;

const fetchTransaction = async (atoma: Atoma, digest: string): Promise<SuiClientTypes.Transaction<typeof INCLUDE>> => {
  try {
    const result = await atoma.client.getTransaction({ digest, include: INCLUDE });
    return result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction;
  } catch (error) {
    const { network } = atoma.deployment;
    if ((error as { reason?: string }).reason === 'notFound')
      throw sdkError('TRANSACTION_NOT_FOUND', { digest, network }, error);
    throw toAtomaError(error, network);
  }
};

const changeOf = ({ idOperation, outputState }: SuiClientTypes.ChangedObject): 'created' | 'changed' | 'deleted' => {
  if (idOperation === 'Created') return 'created';
  return idOperation === 'Deleted' || outputState === 'DoesNotExist' ? 'deleted' : 'changed';
};

const callsOf = ({ commands }: SuiClientTypes.TransactionData): readonly string[] =>
  commands.flatMap((command) => {
    if (!('MoveCall' in command) || !command.MoveCall) return [];
    const { package: packageId, module, function: name } = command.MoveCall;
    return [`${packageId}::${module}::${name}`];
  });

/** A transaction by its digest. Throws `SDK_TRANSACTION_NOT_FOUND`. */
export const getTransaction = async (
  atoma: Atoma,
  parameters: { readonly digest: string },
): Promise<TransactionView> => {
  const found = await fetchTransaction(atoma, parameters.digest);
  const ran = runFrom(found, atoma.deployment, BigInt(found.transaction.gasData.budget ?? 0));
  return {
    digest: found.digest,
    sender: found.transaction.sender ?? null,
    failure: ran.failure,
    epoch: ran.epoch,
    checkpoint: found.checkpoint,
    timestampMs: found.timestampMs,
    gas: ran.gas,
    events: eventsOf(ran, atoma).map((event) => ({ ...event, checkpoint: found.checkpoint })),
    balanceChanges: ran.balanceChanges.map((change) => ({ ...change, amount: BigInt(change.amount) })),
    changedObjects: ran.changedObjects.map((change) => ({
      id: change.objectId,
      type: ran.objectTypes[change.objectId] ?? null,
      change: changeOf(change),
    })),
    calls: callsOf(found.transaction),
  };
};
