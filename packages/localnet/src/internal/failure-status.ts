import {
  getAddress,
  getBytes,
  getLength,
  getList,
  getOption,
  getText,
  getU16,
  getU64,
  type Reader,
  refuse,
} from './bcs-reader.ts';
import { putAddress, putBytes, putLength, putText, putU8, putU16, putU64, type Writer } from './bcs-writer.ts';

/**
 * BCS of Sui's `ExecutionFailureStatus` (`sui-types/src/execution_status.rs`), as a table: variant numbers are positions,
 * `null` has no payload. Values have the shape the SDK's `bcs.ExecutionFailureStatus` takes; u64 are decimal strings,
 * addresses have `0x`.
 */
type Shape =
  | 'u8'
  | 'u16'
  | 'u64'
  | 'address'
  | 'text'
  | 'bytes'
  | { readonly option: Shape }
  | { readonly list: Shape }
  | { readonly tuple: readonly Shape[] }
  | { readonly fields: readonly (readonly [string, Shape])[] }
  | { readonly variants: readonly (readonly [string, Shape | null])[] };

const fields = (entries: Readonly<Record<string, Shape>>): Shape => ({ fields: Object.entries(entries) });

const UPGRADE_ERROR: Shape = {
  variants: [
    ['UnableToFetchPackage', fields({ packageId: 'address' })],
    ['NotAPackage', fields({ objectId: 'address' })],
    ['IncompatibleUpgrade', null],
    ['DigestDoesNotMatch', fields({ digest: 'bytes' })],
    ['UnknownUpgradePolicy', fields({ policy: 'u8' })],
    ['PackageIDDoesNotMatch', fields({ packageId: 'address', ticketId: 'address' })],
  ],
};

const LOCATION = fields({
  module: fields({ address: 'address', name: 'text' }),
  function: 'u16',
  instruction: 'u16',
  functionName: { option: 'text' },
});

const ARGUMENT_ERROR: Shape = {
  variants: [
    ['TypeMismatch', null],
    ['InvalidBCSBytes', null],
    ['InvalidUsageOfPureArg', null],
    ['InvalidArgumentToPrivateEntryFunction', null],
    ['IndexOutOfBounds', fields({ idx: 'u16' })],
    ['SecondaryIndexOutOfBounds', fields({ resultIdx: 'u16', secondaryIdx: 'u16' })],
    ['InvalidResultArity', fields({ resultIdx: 'u16' })],
    ['InvalidGasCoinUsage', null],
    ['InvalidValueUsage', null],
    ['InvalidObjectByValue', null],
    ['InvalidObjectByMutRef', null],
    ['SharedObjectOperationNotAllowed', null],
    ['InvalidArgumentArity', null],
    ['InvalidTransferObject', null],
    ['InvalidMakeMoveVecNonObjectArgument', null],
    ['ArgumentWithoutValue', null],
    ['CannotMoveBorrowedValue', null],
    ['CannotWriteToExtendedReference', null],
    ['InvalidReferenceArgument', null],
    ['InvalidTxContext', null],
  ],
};

const TYPE_ARGUMENT_ERROR: Shape = {
  variants: [
    ['TypeNotFound', null],
    ['ConstraintNotSatisfied', null],
  ],
};

const sizes = (value: string, limit: string): Shape => fields({ [value]: 'u64', [limit]: 'u64' });

const STATUS: Shape = {
  variants: [
    ['InsufficientGas', null],
    ['InvalidGasObject', null],
    ['InvariantViolation', null],
    ['FeatureNotYetSupported', null],
    ['MoveObjectTooBig', sizes('objectSize', 'maxObjectSize')],
    ['MovePackageTooBig', sizes('objectSize', 'maxObjectSize')],
    ['CircularObjectOwnership', fields({ object: 'address' })],
    ['InsufficientCoinBalance', null],
    ['CoinBalanceOverflow', null],
    ['PublishErrorNonZeroAddress', null],
    ['SuiMoveVerificationError', null],
    ['MovePrimitiveRuntimeError', { option: LOCATION }],
    ['MoveAbort', { tuple: [LOCATION, 'u64'] }],
    ['VMVerificationOrDeserializationError', null],
    ['VMInvariantViolation', null],
    ['FunctionNotFound', null],
    ['ArityMismatch', null],
    ['TypeArityMismatch', null],
    ['NonEntryFunctionInvoked', null],
    ['CommandArgumentError', fields({ argIdx: 'u16', kind: ARGUMENT_ERROR })],
    ['TypeArgumentError', fields({ argumentIdx: 'u16', kind: TYPE_ARGUMENT_ERROR })],
    ['UnusedValueWithoutDrop', fields({ resultIdx: 'u16', secondaryIdx: 'u16' })],
    ['InvalidPublicFunctionReturnType', fields({ idx: 'u16' })],
    ['InvalidTransferObject', null],
    ['EffectsTooLarge', sizes('currentSize', 'maxSize')],
    ['PublishUpgradeMissingDependency', null],
    ['PublishUpgradeDependencyDowngrade', null],
    ['PackageUpgradeError', fields({ upgradeError: UPGRADE_ERROR })],
    ['WrittenObjectsTooLarge', sizes('currentSize', 'maxSize')],
    ['CertificateDenied', null],
    ['SuiMoveVerificationTimedout', null],
    ['SharedObjectOperationNotAllowed', null],
    ['InputObjectDeleted', null],
    ['ExecutionCancelledDueToSharedObjectCongestion', fields({ congested_objects: { list: 'address' } })],
    ['AddressDeniedForCoin', fields({ address: 'address', coinType: 'text' })],
    ['CoinTypeGlobalPause', fields({ coinType: 'text' })],
    ['ExecutionCancelledDueToRandomnessUnavailable', null],
    ['MoveVectorElemTooBig', sizes('valueSize', 'maxScaledSize')],
    ['MoveRawValueTooBig', sizes('valueSize', 'maxScaledSize')],
    ['InvalidLinkage', null],
  ],
};

const putShape = (w: Writer, shape: Shape, value: unknown): void => {
  if (shape === 'u8') putU8(w, value as number);
  else if (shape === 'u16') putU16(w, value as number);
  else if (shape === 'u64') putU64(w, BigInt(value as string));
  else if (shape === 'address') putAddress(w, (value as string).slice(2));
  else if (shape === 'text') putText(w, value as string);
  else if (shape === 'bytes') putBytes(w, Uint8Array.from(value as number[]));
  else putCompound(w, shape, value);
};

const putCompound = (w: Writer, shape: Exclude<Shape, string>, value: unknown): void => {
  if ('option' in shape) {
    putU8(w, value === null ? 0 : 1);
    if (value !== null) putShape(w, shape.option, value);
  } else if ('list' in shape) {
    const items = value as unknown[];
    putLength(w, items.length);
    for (const item of items) putShape(w, shape.list, item);
  } else if ('tuple' in shape) {
    for (const [i, part] of shape.tuple.entries()) putShape(w, part, (value as unknown[])[i]);
  } else if ('fields' in shape)
    for (const [name, part] of shape.fields) putShape(w, part, (value as Record<string, unknown>)[name]);
  else {
    const index = shape.variants.findIndex(([name]) => name in (value as object));
    const [name, payload] = shape.variants[index] as readonly [string, Shape | null];
    putLength(w, index);
    if (payload) putShape(w, payload, (value as Record<string, unknown>)[name]);
  }
};

const getShape = (r: Reader, shape: Shape): unknown => {
  if (shape === 'u8') return r.bytes[r.at++];
  if (shape === 'u16') return getU16(r);
  if (shape === 'u64') return getU64(r).toString();
  if (shape === 'address') return `0x${getAddress(r)}`;
  if (shape === 'text') return getText(r);
  if (shape === 'bytes') return [...getBytes(r)];
  if ('option' in shape) return getOption(r, (inner) => getShape(inner, shape.option)) ?? null;
  if ('list' in shape) return getList(r, (inner) => getShape(inner, shape.list));
  if ('tuple' in shape) return shape.tuple.map((part) => getShape(r, part));
  if ('fields' in shape) return Object.fromEntries(shape.fields.map(([name, part]) => [name, getShape(r, part)]));
  const index = getLength(r);
  const variant = shape.variants[index];
  if (!variant) return refuse(`${index} is no failure status`);
  return { [variant[0]]: variant[1] ? getShape(r, variant[1]) : true };
};

/** Failure status in the shape of the SDK's `bcs.ExecutionFailureStatus`. */
export type FailureStatus = Readonly<Record<string, unknown>>;

/** BCS of a failure status. */
export const putFailureStatus = (w: Writer, status: FailureStatus): void => putShape(w, STATUS, status);

/** Reads the BCS of a failure status. */
export const getFailureStatus = (r: Reader): FailureStatus => getShape(r, STATUS) as FailureStatus;
