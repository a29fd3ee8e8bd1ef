import { toBase64 } from '@mysten/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import { rpcError } from '../rpc/rpc-errors.ts';
import {
  addressOf,
  type GraphqlContext,
  later,
  moduleOf,
  moveValue,
  objectOf,
  orNull,
  type PageArguments,
  pageSize,
} from './object-resolvers.ts';

/** Resolvers of transactions and events, as {@link object-resolvers.ts} has them of objects. */

type Executed = GrpcTypes.ExecutedTransaction;

const PATHS = [
  'digest',
  'transaction',
  'signatures',
  'effects',
  'events',
  'checkpoint',
  'timestamp',
  'balance_changes',
  'objects',
];

const timeOf = (timestamp: Executed['timestamp']): string | null =>
  timestamp ? new Date(Number(timestamp.seconds) * 1_000 + Math.floor(timestamp.nanos / 1e6)).toISOString() : null;

const ORDINALS = { one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' } as const;
const rules = new Intl.PluralRules('en', { type: 'ordinal' });
const ordinal = (n: number): string => `${n}${ORDINALS[rules.select(n)]}`;

/** A function by name, whose signature is read when it is asked for. */
const functionIn = (module: ReturnType<typeof moduleOf>, name: string) => ({
  name,
  ...later(['visibility', 'isEntry', 'typeParameters', 'parameters', 'return'], (context) =>
    module.function({ name }, context),
  ),
});

const detailsOf = ({ errorDetails }: GrpcTypes.ExecutionError) => {
  if (errorDetails.oneofKind !== 'abort') return {};
  const { abortCode, location, cleverError } = errorDetails.abort;
  const value = cleverError?.value;
  const module = location?.package && location.module ? moduleOf(location.package, location.module) : null;
  return {
    abortCode: abortCode === undefined ? null : String(abortCode),
    identifier: cleverError?.constantName ?? null,
    constant: value?.oneofKind === 'rendered' ? value.rendered : null,
    sourceLineNumber: cleverError?.lineNumber === undefined ? null : Number(cleverError.lineNumber),
    instructionOffset: location?.instruction ?? null,
    module,
    function: location?.functionName && module ? functionIn(module, location.functionName) : null,
  };
};

const errorOf = (error: GrpcTypes.ExecutionError | undefined) => {
  if (!error) return null;
  const where = error.command === undefined ? '' : `Error in ${ordinal(Number(error.command) + 1)} command: `;
  return { message: `${where}${error.description ?? ''}`, ...detailsOf(error) };
};

const eventOf = (event: GrpcTypes.Event, sequenceNumber: number, digest: string, timestamp: string | null) => ({
  sequenceNumber,
  timestamp,
  transaction: (_: unknown, context: GraphqlContext) => context.transaction(digest),
  transactionModule: moduleOf(event.packageId ?? '', event.module ?? ''),
  sender: addressOf(event.sender ?? ''),
  contents: () =>
    moveValue(event.eventType, event.contents?.value, (GrpcTypes.Event.toJson(event) as { json?: unknown }).json),
});

const whole = <Node>(nodes: readonly Node[], first: number | null | undefined) => ({
  nodes: nodes.slice(0, first ?? 50),
  pageInfo: {
    hasNextPage: nodes.length > (first ?? 50),
    hasPreviousPage: false,
    startCursor: null,
    endCursor: null,
  },
});

const changesOf = ({ effects, objects }: Executed) => {
  const at = (id: string | undefined, version: bigint | undefined) => {
    const found = objects?.objects.find((object) => object.objectId === id && object.version === version);
    return found ? objectOf(found) : null;
  };
  return (effects?.changedObjects ?? []).map((change) => ({
    address: change.objectId,
    inputState: at(change.objectId, change.inputVersion),
    outputState: at(change.objectId, change.outputVersion),
  }));
};

const checkpointOf = (sequenceNumber: number, timestamp: string | null) => ({
  sequenceNumber,
  timestamp,
  ...later(['digest'], (context) => context.checkpoint(sequenceNumber)),
});

const epochOf = (epochId: number) => ({
  epochId,
  ...later(['referenceGasPrice', 'startTimestamp', 'protocolConfigs', 'systemState'], (context) =>
    context.epoch(epochId),
  ),
});

/** A transaction as a message of the ledger's own services. */
export const transactionOf = (executed: Executed): { readonly digest: string | undefined } => {
  const json = () => GrpcTypes.ExecutedTransaction.toJson(executed) as Record<string, unknown>;
  const { digest = '', effects, checkpoint } = executed;
  const timestamp = timeOf(executed.timestamp);
  const events = executed.events?.events ?? [];
  const made = {
    digest,
    sender: executed.transaction?.sender ? addressOf(executed.transaction.sender) : null,
    transactionBcs: () => (executed.transaction?.bcs?.value ? toBase64(executed.transaction.bcs.value) : null),
    transactionJson: () => json().transaction,
    signatures: executed.signatures.map(({ bcs }) => ({ signatureBytes: bcs?.value ? toBase64(bcs.value) : null })),
    effects: effects && {
      status: effects.status?.success ? 'SUCCESS' : 'FAILURE',
      executionError: errorOf(effects.status?.error),
      timestamp,
      checkpoint: checkpoint === undefined ? null : checkpointOf(Number(checkpoint), timestamp),
      epoch: effects.epoch === undefined ? null : epochOf(Number(effects.epoch)),
      effectsBcs: effects.bcs?.value ? toBase64(effects.bcs.value) : null,
      effectsJson: () => json().effects,
      balanceChangesJson: () => json().balanceChanges ?? [],
      objectChanges: ({ first }: PageArguments) => whole(changesOf(executed), first),
      events: ({ first }: PageArguments) =>
        whole(
          events.map((event, i) => eventOf(event, i, digest, timestamp)),
          first,
        ),
      transaction: () => made,
    },
  };
  return made;
};

/** A transaction by digest. */
export const transactionAt = async ({ client }: GraphqlContext, digest: string) => {
  const found = await orNull(client.ledgerService.getTransaction({ digest, readMask: { paths: PATHS } }).response);
  return found?.transaction ? transactionOf(found.transaction) : null;
};

/** Which way a page is read, and from where. Throws RPC_GRAPHQL for both ways at once. */
const direction = (context: GraphqlContext, page: PageArguments) => {
  if (page.first != null && page.last != null) throw rpcError('GRAPHQL', { reason: 'give first or last, not both' });
  const bounds = { ...(page.after ? { after: page.after } : {}), ...(page.before ? { before: page.before } : {}) };
  const isBackward = page.last != null;
  return {
    order: isBackward ? ('descending' as const) : ('ascending' as const),
    limit: pageSize(context, page),
    ...bounds,
  };
};

interface Listed {
  readonly hasNextPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** Nodes always ascend, as GraphQL's connections have them. */
const connection = <Node>(
  nodes: readonly Node[],
  order: 'ascending' | 'descending',
  page: PageArguments,
  listed: Listed,
) => {
  const { hasNextPage: hasMore, startCursor, endCursor } = listed;
  const isForward = order === 'ascending';
  return {
    nodes: isForward ? nodes : [...nodes].reverse(),
    pageInfo: {
      hasNextPage: isForward ? hasMore : Boolean(page.before),
      hasPreviousPage: isForward ? Boolean(page.after) : hasMore,
      startCursor: isForward ? startCursor : endCursor,
      endCursor: isForward ? endCursor : startCursor,
    },
  };
};

interface TransactionsArguments extends PageArguments {
  readonly filter?: { readonly sentAddress?: string | null; readonly function?: string | null } | null;
}

/** Transactions of all, of a sender, or that call a package, module or function. */
export const transactions = async (page: TransactionsArguments, context: GraphqlContext) => {
  const { sentAddress, function: called } = page.filter ?? {};
  if (sentAddress && called) throw rpcError('GRAPHQL', { reason: 'filter by sentAddress or function, not both' });
  const filter = sentAddress ? { sender: sentAddress } : called ? { function: called } : undefined;
  const { order, ...bounds } = direction(context, page);
  const listed = await context.client.core.listTransactions({ order, ...bounds, ...(filter ? { filter } : {}) });
  const nodes = await Promise.all(
    listed.transactions.map((one) => transactionAt(context, (one.Transaction ?? one.FailedTransaction).digest)),
  );
  return connection(nodes, order, page, listed);
};

interface EventsArguments extends PageArguments {
  readonly filter?: {
    readonly sender?: string | null;
    readonly module?: string | null;
    readonly type?: string | null;
  } | null;
}

/** Events of all, of a sender, a module or a type. */
export const events = async (page: EventsArguments, context: GraphqlContext) => {
  const { sender, module, type } = page.filter ?? {};
  if ([sender, module, type].filter(Boolean).length > 1)
    throw rpcError('GRAPHQL', { reason: 'filter by one of sender, module and type' });
  const filter = sender ? { sender } : module ? { emitModule: module } : type ? { eventType: type } : undefined;
  const { order, ...bounds } = direction(context, page);
  const listed = await context.client.core.listEvents({ order, ...bounds, ...(filter ? { filter } : {}) });
  const nodes = listed.events.map((event) => ({
    sequenceNumber: event.eventIndex,
    transaction: (_: unknown, inner: GraphqlContext) => inner.transaction(event.transactionDigest),
    transactionModule: moduleOf(event.packageId, event.module),
    sender: addressOf(event.sender),
    contents: moveValue(event.eventType, event.bcs, event.json),
  }));
  return connection(nodes, order, page, listed);
};

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));

/** Executes a signed transaction. */
export const executeTransaction = async (
  { transactionDataBcs, signatures }: { readonly transactionDataBcs: string; readonly signatures: readonly string[] },
  { client }: GraphqlContext,
) => {
  const { transaction } = await client.transactionExecutionService.executeTransaction({
    transaction: { bcs: { value: bytes(transactionDataBcs) }, version: 1 } as GrpcTypes.Transaction,
    signatures: signatures.map((text) => ({ bcs: { value: bytes(text) }, signature: { oneofKind: undefined } })),
    readMask: { paths: PATHS },
  }).response;
  return { effects: transaction ? { transaction: transactionOf(transaction) } : null, errors: null };
};

interface SimulateArguments {
  readonly transaction: unknown;
  readonly checksEnabled?: boolean | null;
  readonly doGasSelection?: boolean | null;
}

const outputs = (list: readonly GrpcTypes.CommandOutput[]) =>
  list.map(({ value }) => ({ value: moveValue(value?.name, value?.value) }));

/** Runs a transaction, given as JSON of gRPC's message, without storing it; fills in what it leaves out. */
export const simulateTransaction = async (
  { transaction, checksEnabled, doGasSelection }: SimulateArguments,
  { client }: GraphqlContext,
) => {
  const checks = GrpcTypes.SimulateTransactionRequest_TransactionChecks;
  const { transaction: simulated, commandOutputs } = await client.transactionExecutionService.simulateTransaction({
    transaction: GrpcTypes.Transaction.fromJson(transaction as Parameters<typeof GrpcTypes.Transaction.fromJson>[0]),
    checks: checksEnabled === false ? checks.DISABLED : checks.ENABLED,
    doGasSelection: doGasSelection ?? false,
    readMask: { paths: [...PATHS.map((path) => `transaction.${path}`), 'command_outputs'] },
  }).response;
  return {
    effects: simulated ? { transaction: transactionOf(simulated) } : null,
    outputs: commandOutputs.map(({ returnValues, mutatedByRef }) => ({
      returnValues: outputs(returnValues),
      mutatedReferences: outputs(mutatedByRef),
    })),
  };
};
