import type { SuiClientTypes } from '@mysten/sui/client';
import type { AtomaClient } from '../context/atoma.ts';
import type { GasCost } from '../context/write.ts';
import type { Deployment } from '../deployment/record.ts';
import { type AtomaEvent, decodeEvent } from '../events/decode.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { toAtomaError } from '../failures/network.ts';
import { type ObjectOwner, ownerOf } from '../internal/owners.ts';
import { runFrom } from '../internal/run-transaction.ts';
import { sdkError } from '../sdk-errors.ts';

/** An object that a transaction touched. */
export interface ObjectChange {
  readonly id: string;
  /** Move type, or `package`; null where the chain names none. */
  readonly type: string | null;
  /** Wrapped: put into another object; unwrapped: taken out of one. */
  readonly change: 'created' | 'changed' | 'deleted' | 'wrapped' | 'unwrapped';
  /** Who owns it afterwards; before, where it is gone. */
  readonly owner: ObjectOwner | null;
  /** Version it was written with, decimal text; the last one where it is gone. */
  readonly version: string | null;
}

/** An event of another package. */
export interface OtherEvent {
  readonly type: string;
  /** Place among the transaction's events. */
  readonly eventIndex: number;
  /** Its fields as the chain shows them; null where it does not. */
  readonly data: Readonly<Record<string, unknown>> | null;
}

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
  /** Events of all other packages. */
  readonly otherEvents: readonly OtherEvent[];
  readonly balanceChanges: readonly { readonly address: string; readonly coinType: string; readonly amount: bigint }[];
  readonly changedObjects: readonly ObjectChange[];
  /** Move functions called, `package::module::function`. */
  readonly calls: readonly string[];
}

const INCLUDE = { effects: true, events: true, balanceChanges: true, objectTypes: true, transaction: true } as const;

/** A chain to look at: an `Atoma`, or a client alone, which knows no event and no abort of the market. */
export interface LookedAt {
  readonly client: AtomaClient;
  readonly deployment?: Deployment | undefined;
}

const fetchTransaction = async (
  { client, deployment }: LookedAt,
  digest: string,
): Promise<SuiClientTypes.Transaction<typeof INCLUDE>> => {
  try {
    const result = await client.getTransaction({ digest, include: INCLUDE });
    return result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction;
  } catch (error) {
    const network = deployment?.network ?? client.network;
    if ((error as { reason?: string }).reason === 'notFound')
      throw sdkError('TRANSACTION_NOT_FOUND', { digest, network }, error);
    throw toAtomaError(error, network);
  }
};

const changeOf = ({ idOperation, inputState, outputState }: SuiClientTypes.ChangedObject): ObjectChange['change'] => {
  if (idOperation === 'Created') return 'created';
  if (idOperation === 'Deleted') return 'deleted';
  if (outputState === 'DoesNotExist') return 'wrapped';
  return inputState === 'DoesNotExist' ? 'unwrapped' : 'changed';
};

const objectChange = (change: SuiClientTypes.ChangedObject, types: Readonly<Record<string, string>>): ObjectChange => ({
  id: change.objectId,
  type: change.outputState === 'PackageWrite' ? 'package' : (types[change.objectId] ?? null),
  change: changeOf(change),
  owner: ownerOf(change.outputOwner ?? change.inputOwner),
  version: change.outputVersion ?? change.inputVersion,
});

const callsOf = ({ commands }: SuiClientTypes.TransactionData): readonly string[] =>
  commands.flatMap((command) => {
    if (!('MoveCall' in command) || !command.MoveCall) return [];
    const { package: packageId, module, function: name } = command.MoveCall;
    return [`${packageId}::${module}::${name}`];
  });

/** A transaction by its digest. Throws `SDK_TRANSACTION_NOT_FOUND`. */
export const getTransaction = async (
  at: LookedAt,
  parameters: { readonly digest: string },
): Promise<TransactionView> => {
  const found = await fetchTransaction(at, parameters.digest);
  const { deployment } = at;
  const ran = runFrom(found, deployment, BigInt(found.transaction.gasData.budget ?? 0));
  const { digest, checkpoint } = found;
  const events = ran.events.map((event, eventIndex) => ({
    event,
    eventIndex,
    known: deployment ? decodeEvent(deployment, { ...event, eventIndex, transactionDigest: digest, checkpoint }) : null,
  }));
  return {
    digest,
    sender: found.transaction.sender ?? null,
    failure: ran.failure,
    epoch: ran.epoch,
    checkpoint,
    timestampMs: found.timestampMs,
    gas: ran.gas,
    events: events.flatMap(({ known }) => known ?? []),
    otherEvents: events
      .filter(({ known }) => known === null)
      .map(({ event, eventIndex }) => ({ type: event.eventType, eventIndex, data: event.json })),
    balanceChanges: ran.balanceChanges.map((change) => ({ ...change, amount: BigInt(change.amount) })),
    changedObjects: ran.changedObjects.map((change) => objectChange(change, ran.objectTypes)),
    calls: callsOf(found.transaction),
  };
};
