import type { GrpcTypes } from '@mysten/sui/grpc';
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { type ObjectOwner, ownerOfMessage } from '../internal/owners.ts';
import { sdkError } from '../sdk-errors.ts';
import { parseObjectId } from '../values/ids.ts';

/** A value of JSON, as the chain shows the fields of an object: u64 and wider as decimal text. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/** An object at one version. */
export interface ObjectView {
  readonly id: string;
  /** Decimal text. */
  readonly version: string;
  readonly digest: string;
  /** Move type with full addresses, or `package`. */
  readonly type: string;
  readonly owner: ObjectOwner | null;
  /** Digest of the transaction that wrote this version; null for what the first checkpoint holds. */
  readonly previousTransaction: string | null;
  /** MIST given back when it is deleted. */
  readonly storageRebate: bigint;
  /** Decoded Move fields; null for a package. */
  readonly fields: FieldValue;
  /** Modules of a package with the functions others may call; empty for everything else. */
  readonly modules: readonly { readonly name: string; readonly functions: readonly string[] }[];
}

const PATHS = [
  'object_id',
  'version',
  'digest',
  'owner',
  'object_type',
  'previous_transaction',
  'storage_rebate',
  'json',
  'package',
];

const plainValue = (value: NonNullable<GrpcTypes.Object['json']>): FieldValue => {
  const { kind } = value;
  switch (kind.oneofKind) {
    case 'numberValue':
      return kind.numberValue;
    case 'stringValue':
      return kind.stringValue;
    case 'boolValue':
      return kind.boolValue;
    case 'listValue':
      return kind.listValue.values.map(plainValue);
    case 'structValue':
      return Object.fromEntries(Object.entries(kind.structValue.fields).map(([name, one]) => [name, plainValue(one)]));
    default:
      return null;
  }
};

/** `FunctionDescriptor.Visibility.PUBLIC` of the protocol. */
const PUBLIC = 2;

const modulesOf = (found: GrpcTypes.Package | undefined): ObjectView['modules'] =>
  (found?.modules ?? []).map(({ name = '', functions }) => ({
    name,
    functions: functions
      .filter(({ visibility, isEntry }) => Number(visibility) === PUBLIC || isEntry === true)
      .map((each) => each.name ?? ''),
  }));

/** An object now, or at a version that is kept. Throws `SDK_NO_SUCH_OBJECT`. */
export const getObject = async (
  { client, network }: { readonly client: AtomaClient; readonly network: string },
  parameters: { readonly objectId: string; readonly version?: bigint },
): Promise<ObjectView> => {
  const objectId = parseObjectId(parameters.objectId);
  const { version } = parameters;
  const call = client.ledgerService.getObject({
    objectId,
    ...(version === undefined ? {} : { version }),
    readMask: { paths: PATHS },
  }).response;
  const { object } = await reach(
    network,
    call.catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'NOT_FOUND') throw error;
      const at = version === undefined ? '' : ` at version ${version}`;
      throw sdkError('NO_SUCH_OBJECT', { id: objectId, at, network }, error);
    }),
  );
  if (!object) throw sdkError('DECODE', { what: `Object ${objectId}` });
  return {
    id: object.objectId ?? objectId,
    version: String(object.version ?? 0n),
    digest: object.digest ?? '',
    type: object.objectType ?? 'package',
    owner: object.owner ? ownerOfMessage(object.owner) : null,
    previousTransaction: object.previousTransaction ?? null,
    storageRebate: object.storageRebate ?? 0n,
    fields: object.json ? plainValue(object.json) : null,
    modules: modulesOf(object.package),
  };
};
