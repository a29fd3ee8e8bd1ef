import { toBase64 } from '@mysten/bcs';
import { GrpcTypes, type SuiGrpcClient } from '@mysten/sui/grpc';
import { rpcError } from '../rpc/rpc-errors.ts';

/** Resolvers of objects, addresses and packages: each asks the ledger's own gRPC services, so that there is one set of reads. */

/** What resolvers share during one request. */
export interface GraphqlContext {
  readonly client: SuiGrpcClient;
  /** A transaction by digest; null when there is none. */
  readonly transaction: (digest: string) => Promise<unknown>;
  /** A checkpoint by number, and an epoch; null when there is none. */
  readonly checkpoint: (sequenceNumber: number) => Promise<unknown>;
  readonly epoch: (epochId: number) => Promise<unknown>;
  /** The transactions an address sent. */
  readonly sentBy: (address: string, page: PageArguments) => Promise<unknown>;
  /** Nodes of lists, and reads of the ledger, the request may still ask for. */
  nodesLeft: number;
}

/** Arguments of a list. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
  readonly last?: number | null;
  readonly before?: string | null;
}

/** Most nodes of one page, and how many come without being counted. */
const MAX_PAGE = 50;
const PAGE = 20;

/** Counts what a request asks for before it is read. Throws RPC_GRAPHQL. */
export const countNodes = (context: GraphqlContext, nodes: number): void => {
  context.nodesLeft -= nodes;
  if (context.nodesLeft < 0)
    throw rpcError('GRAPHQL', { reason: 'the lists of this request have too many nodes together' });
};

/** How many nodes a page may have. Throws RPC_GRAPHQL. */
export const pageSize = (context: GraphqlContext, { first, last }: PageArguments): number => {
  const size = first ?? last ?? PAGE;
  if (size < 1 || size > MAX_PAGE)
    throw rpcError('GRAPHQL', { reason: `a page has 1 to ${MAX_PAGE} nodes, not ${size}` });
  countNodes(context, size);
  return size;
};

/** A page read forward: its nodes, and the token of the next one. */
export const forwardPage = <Node>(
  nodes: readonly Node[],
  after: string | null | undefined,
  next: Uint8Array | undefined,
) => ({
  nodes,
  pageInfo: {
    hasNextPage: next !== undefined,
    hasPreviousPage: after !== undefined && after !== null,
    startCursor: after ?? null,
    endCursor: next === undefined ? null : toBase64(next),
  },
});

const tokenOf = (after: string | null | undefined): { pageToken?: Uint8Array } =>
  after ? { pageToken: new Uint8Array(Buffer.from(after, 'base64')) } : {};

const base64 = (bytes: Uint8Array | undefined): string | null => (bytes ? toBase64(bytes) : null);

/** Members of something that is read when the first of them is asked for. */
export const later = <Name extends string>(
  names: readonly Name[],
  find: (context: GraphqlContext) => Promise<unknown>,
): Record<Name, (given: unknown, context: GraphqlContext) => Promise<unknown>> => {
  let found: Promise<unknown> | undefined;
  const member = (name: Name) => async (given: unknown, context: GraphqlContext) => {
    found ??= find(context);
    const value = ((await found) as Readonly<Record<string, unknown>> | null)?.[name] ?? null;
    return typeof value === 'function' ? value(given, context) : value;
  };
  return Object.fromEntries(names.map((name) => [name, member(name)])) as ReturnType<typeof later<Name>>;
};

/** A value, by type and BCS; `json` as it is shown. */
export const moveValue = (
  type: string | undefined,
  bcs: Uint8Array | undefined,
  json?: unknown,
  display?: unknown,
) => ({
  __typename: 'MoveValue',
  type: type === undefined ? null : { repr: type },
  bcs: base64(bcs),
  json: json ?? null,
  display: display ?? null,
});

/** Where a list's answer is that may not be there: what is not found is null. */
export const orNull = async <Answer>(asked: Promise<Answer>): Promise<Answer | null> => {
  try {
    return await asked;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'NOT_FOUND') return null;
    throw thrown;
  }
};

const { IMMUTABLE, SHARED, OBJECT, CONSENSUS_ADDRESS } = GrpcTypes.Owner_OwnerKind;

const ownerOf = (owner: GrpcTypes.Owner | undefined) => {
  const address = addressOf(owner?.address ?? '');
  if (owner?.kind === IMMUTABLE) return { __typename: 'Immutable' };
  if (owner?.kind === SHARED) return { __typename: 'Shared', initialSharedVersion: Number(owner.version) };
  if (owner?.kind === OBJECT) return { __typename: 'ObjectOwner', address };
  return owner?.kind === CONSENSUS_ADDRESS
    ? { __typename: 'ConsensusAddressOwner', startVersion: Number(owner.version), address }
    : { __typename: 'AddressOwner', address };
};

const OBJECT_PATHS = [
  'owner',
  'object_type',
  'digest',
  'version',
  'object_id',
  'contents',
  'previous_transaction',
  'bcs',
  'json',
  'display',
];

interface ShownJson {
  readonly json?: unknown;
  readonly display?: { readonly output?: unknown; readonly errors?: unknown };
}

const contentsOf = (object: GrpcTypes.Object) => {
  const shown = GrpcTypes.Object.toJson({ ...GrpcTypes.Object.create(), ...shownParts(object) }) as ShownJson;
  const { display } = shown;
  return moveValue(
    object.objectType,
    object.contents?.value,
    shown.json,
    display && { output: display.output ?? null, errors: display.errors ?? null },
  );
};

const shownParts = ({ json, display }: GrpcTypes.Object) => ({ ...(json && { json }), ...(display && { display }) });

/** An object as `Object` and `MoveObject` have it. */
export const objectOf = (object: GrpcTypes.Object) => {
  const address = object.objectId as string;
  const common = {
    address,
    version: Number(object.version),
    digest: object.digest ?? null,
    objectBcs: base64(object.bcs?.value),
    owner: ownerOf(object.owner),
    previousTransaction: (_: unknown, context: GraphqlContext) =>
      object.previousTransaction === undefined ? null : context.transaction(object.previousTransaction),
    dynamicFields: (page: PageArguments, context: GraphqlContext) => dynamicFields(address, page, context),
  };
  const isPackage = object.objectType === 'package';
  const asMoveObject = { __typename: 'MoveObject', ...common, contents: () => contentsOf(object) };
  return {
    ...common,
    asMoveObject: isPackage ? null : asMoveObject,
    asMovePackage: isPackage ? packageOf(address, Number(object.version)) : null,
  };
};

/** One object, or null. */
export const objectAt = async (address: string, version: number | null | undefined, { client }: GraphqlContext) => {
  const request = {
    objectId: address,
    readMask: { paths: OBJECT_PATHS },
    ...(version == null ? {} : { version: BigInt(version) }),
  };
  const found = await orNull(client.ledgerService.getObject(request).response);
  return found?.object ? objectOf(found.object) : null;
};

const dynamicFields = async (parent: string, page: PageArguments, context: GraphqlContext) => {
  const { dynamicFields: fields, nextPageToken } = await context.client.stateService.listDynamicFields({
    parent,
    pageSize: pageSize(context, page),
    ...tokenOf(page.after),
    readMask: { paths: ['kind', 'name', 'value', 'value_type', 'child_id', 'field_id'] },
  }).response;
  return forwardPage(fields.map(fieldNode), page.after, nextPageToken);
};

/** What of an object is read when it is asked for. */
const OBJECT_MEMBERS = ['version', 'digest', 'objectBcs', 'owner', 'previousTransaction', 'dynamicFields'] as const;

interface WithContents {
  readonly contents: () => unknown;
}

/** The object an id names, for {@link later}. */
const moveObjectAt =
  (id: string | undefined) =>
  async (context: GraphqlContext): Promise<WithContents | null> =>
    id === undefined ? null : ((await objectAt(id, undefined, context))?.asMoveObject ?? null);

/** What is shown of an object's contents. */
const shownAt =
  (id: string | undefined) =>
  async (context: GraphqlContext): Promise<unknown> =>
    (await moveObjectAt(id)(context))?.contents() ?? null;

interface FieldJson {
  readonly name?: unknown;
  readonly value?: unknown;
}

/** A dynamic field. Name and value as they are shown lie in the field's own object, which is read when they are asked for. */
const fieldNode = (field: GrpcTypes.DynamicField) => {
  const isObject = field.kind === GrpcTypes.DynamicField_DynamicFieldKind.OBJECT;
  const own = later(['json'], shownAt(field.fieldId));
  const shown = (pick: (json: FieldJson) => unknown) => async (given: unknown, context: GraphqlContext) =>
    pick(((await own.json(given, context)) ?? {}) as FieldJson) ?? null;
  const wrapped = ({ name }: FieldJson): unknown => (isObject ? (name as FieldJson | undefined)?.name : name);
  const value = [field.valueType, field.value?.value] as const;
  const child = {
    __typename: 'MoveObject',
    address: field.childId,
    ...later(OBJECT_MEMBERS, moveObjectAt(field.childId)),
    contents: { ...moveValue(...value), ...later(['json', 'display'], shownAt(field.childId)) },
  };
  return {
    name: moveValue(field.name?.name, field.name?.value, shown(wrapped)),
    value: isObject
      ? child
      : moveValue(
          ...value,
          shown((json) => json.value),
        ),
  };
};

const balanceOf = (balance: GrpcTypes.Balance) => ({
  coinType: { repr: balance.coinType },
  totalBalance: String(balance.balance ?? 0n),
  coinBalance: String(balance.coinBalance ?? 0n),
  addressBalance: String(balance.addressBalance ?? 0n),
});

const balances = async (owner: string, page: PageArguments, context: GraphqlContext) => {
  const request = { owner, pageSize: pageSize(context, page), ...tokenOf(page.after) };
  const { balances: list, nextPageToken } = await context.client.stateService.listBalances(request).response;
  return forwardPage(list.map(balanceOf), page.after, nextPageToken);
};

/** Arguments of a list of objects. */
export interface OwnedArguments extends PageArguments {
  readonly filter?: { readonly type?: string | null } | null;
}

const ownedObjects = async (owner: string, page: OwnedArguments, context: GraphqlContext) => {
  const { objects, nextPageToken } = await context.client.stateService.listOwnedObjects({
    owner,
    pageSize: pageSize(context, page),
    ...tokenOf(page.after),
    ...(page.filter?.type ? { objectType: page.filter.type } : {}),
    readMask: { paths: OBJECT_PATHS },
  }).response;
  const nodes = objects.map((object) => objectOf(object).asMoveObject);
  return forwardPage(nodes, page.after, nextPageToken);
};

/** Everything an address has. */
export const addressOf = (address: string) => ({
  address,
  balance: async ({ coinType }: { coinType: string }, { client }: GraphqlContext) => {
    const { balance } = await client.stateService.getBalance({ owner: address, coinType }).response;
    return balance ? balanceOf(balance) : null;
  },
  balances: (page: PageArguments, context: GraphqlContext) => balances(address, page, context),
  objects: (page: OwnedArguments, context: GraphqlContext) => ownedObjects(address, page, context),
  dynamicFields: (page: PageArguments, context: GraphqlContext) => dynamicFields(address, page, context),
  transactions: (page: PageArguments, context: GraphqlContext) => context.sentBy(address, page),
  defaultNameRecord: null,
});

const signatureBody = (body: GrpcTypes.OpenSignatureBody | undefined): unknown => {
  const types = GrpcTypes.OpenSignatureBody_Type;
  const inner = body?.typeParameterInstantiation ?? [];
  if (body?.type === types.VECTOR) return { vector: signatureBody(inner[0]) };
  if (body?.type === types.TYPE_PARAMETER) return { typeParameter: body.typeParameter };
  if (body?.type !== types.DATATYPE) return types[body?.type ?? 0]?.toLowerCase();
  const [id, module, type] = (body.typeName ?? '').split('::');
  return { datatype: { package: id, module, type, typeParameters: inner.map(signatureBody) } };
};

const openType = ({ reference, body }: GrpcTypes.OpenSignature) => {
  const kinds = GrpcTypes.OpenSignature_Reference;
  const ref = reference === kinds.IMMUTABLE ? '&' : reference === kinds.MUTABLE ? '&mut' : null;
  return { signature: { ref, body: signatureBody(body) } };
};

const functionOf = (found: GrpcTypes.FunctionDescriptor) => ({
  name: found.name,
  visibility: GrpcTypes.FunctionDescriptor_Visibility[found.visibility ?? 0],
  isEntry: found.isEntry ?? false,
  typeParameters: found.typeParameters.map(({ constraints }) => ({
    constraints: constraints.map((ability) => GrpcTypes.Ability[ability]),
  })),
  parameters: found.parameters.map(openType),
  return: found.returns.map(openType),
});

/** A module by name; of a function there its signature. */
export const moduleOf = (packageId: string, name: string) => ({
  name,
  package: packageOf(packageId),
  function: async ({ name: functionName }: { name: string }, { client }: GraphqlContext) => {
    const request = { packageId, moduleName: name, name: functionName };
    const found = await orNull(client.movePackageService.getFunction(request).response);
    return found?.function ? functionOf(found.function) : null;
  },
});

/** A package. */
export const packageOf = (address: string, version?: number) => ({
  address,
  ...(version === undefined
    ? later(['version'], (context): Promise<unknown> => objectAt(address, undefined, context))
    : { version }),
  module: ({ name }: { name: string }) => moduleOf(address, name),
});
