import { GrpcTypes } from '@mysten/sui/grpc';
import type { ExecutionError } from '../../types.ts';
import { prefixed } from './address.ts';

type Payload = Readonly<Record<string, unknown>>;
type Details = GrpcTypes.ExecutionError['errorDetails'];

/** `MoveObjectTooBig` -> `MOVE_OBJECT_TOO_BIG`. */
const snake = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toUpperCase();

/** Variants whose protobuf name is not their own in upper snake case. */
const renamed: Readonly<Record<string, string>> = {
  MoveObjectTooBig: 'OBJECT_TOO_BIG',
  MovePackageTooBig: 'PACKAGE_TOO_BIG',
  SharedObjectOperationNotAllowed: 'CONSENSUS_OBJECT_OPERATION_NOT_ALLOWED',
  ExecutionCancelledDueToSharedObjectCongestion: 'EXECUTION_CANCELED_DUE_TO_CONSENSUS_OBJECT_CONGESTION',
  ExecutionCancelledDueToRandomnessUnavailable: 'EXECUTION_CANCELED_DUE_TO_RANDOMNESS_UNAVAILABLE',
  InsufficientBalanceForWithdraw: 'INSUFFICIENT_FUNDS_FOR_WITHDRAW',
  InvalidBCSBytes: 'INVALID_BCS_BYTES',
  InvalidUsageOfPureArg: 'INVALID_USAGE_OF_PURE_ARGUMENT',
  PackageIDDoesNotMatch: 'PACKAGE_ID_DOES_NOT_MATCH',
};

const numberIn = (values: Record<string, string | number>, variant: string): number => {
  const value = values[renamed[variant] ?? snake(variant)];
  return typeof value === 'number' ? value : 0;
};

const variantOf = (value: unknown): string => {
  const name = Object.keys((value ?? {}) as object).find((key) => key !== '$kind');
  return name ?? '';
};

const big = (value: unknown): bigint => BigInt(value as string | number | bigint);

const sized =
  (size: string, max: string) =>
  (payload: Payload): Details => ({
    oneofKind: 'sizeError',
    sizeError: GrpcTypes.SizeError.create({ size: big(payload[size]), maxSize: big(payload[max]) }),
  });

const indexed = (payload: Payload): GrpcTypes.IndexError => {
  const index = payload.resultIdx ?? payload.idx;
  return GrpcTypes.IndexError.create({
    index: Number(index),
    ...(payload.secondaryIdx === undefined ? {} : { subresult: Number(payload.secondaryIdx) }),
  });
};

const argumentError = (payload: Payload): Details => {
  const kind = payload.kind as Payload;
  const inner = kind[variantOf(kind)];
  const hasIndex = typeof inner === 'object' && inner !== null;
  return {
    oneofKind: 'commandArgumentError',
    commandArgumentError: GrpcTypes.CommandArgumentError.create({
      argument: Number(payload.argIdx),
      kind: numberIn(GrpcTypes.CommandArgumentError_CommandArgumentErrorKind, variantOf(kind)),
      ...(hasIndex ? { indexError: indexed(inner as Payload) } : {}),
    }),
  };
};

const upgradeError = (payload: Payload): Details => {
  const error = payload.upgradeError as Payload;
  const variant = variantOf(error);
  const inner = error[variant] as Payload;
  const packageId = inner.packageId ?? inner.objectId;
  return {
    oneofKind: 'packageUpgradeError',
    packageUpgradeError: GrpcTypes.PackageUpgradeError.create({
      kind: numberIn(GrpcTypes.PackageUpgradeError_PackageUpgradeErrorKind, variant),
      ...(packageId === undefined ? {} : { packageId: String(packageId) }),
      ...(inner.ticketId === undefined ? {} : { ticketId: String(inner.ticketId) }),
      ...(inner.policy === undefined ? {} : { policy: Number(inner.policy) }),
      ...(inner.digest === undefined ? {} : { digest: Buffer.from(inner.digest as Uint8Array).toString('base64') }),
    }),
  };
};

const coinDenied = (coin: { readonly address?: string; readonly coinType: string }): Details => ({
  oneofKind: 'coinDenyListError',
  coinDenyListError: GrpcTypes.CoinDenyListError.create(coin),
});

const detailsByVariant: Readonly<Record<string, (payload: Payload) => Details>> = {
  MoveObjectTooBig: sized('objectSize', 'maxObjectSize'),
  MovePackageTooBig: sized('objectSize', 'maxObjectSize'),
  EffectsTooLarge: sized('currentSize', 'maxSize'),
  WrittenObjectsTooLarge: sized('currentSize', 'maxSize'),
  MoveVectorElemTooBig: sized('valueSize', 'maxScaledSize'),
  MoveRawValueTooBig: sized('valueSize', 'maxScaledSize'),
  CommandArgumentError: argumentError,
  PackageUpgradeError: upgradeError,
  TypeArgumentError: (payload) => ({
    oneofKind: 'typeArgumentError',
    typeArgumentError: GrpcTypes.TypeArgumentError.create({
      typeArgument: Number(payload.argumentIdx),
      kind: numberIn(GrpcTypes.TypeArgumentError_TypeArgumentErrorKind, variantOf(payload.kind)),
    }),
  }),
  UnusedValueWithoutDrop: (payload) => ({ oneofKind: 'indexError', indexError: indexed(payload) }),
  InvalidPublicFunctionReturnType: (payload) => ({ oneofKind: 'indexError', indexError: indexed(payload) }),
  AddressDeniedForCoin: (payload) =>
    coinDenied({ address: String(payload.address), coinType: String(payload.coinType) }),
  CoinTypeGlobalPause: (payload) => coinDenied({ coinType: String(payload.coinType) }),
  CircularObjectOwnership: (payload) => ({ oneofKind: 'objectId', objectId: String(payload.object) }),
  NonExclusiveWriteInputObjectModified: (payload) => ({ oneofKind: 'objectId', objectId: String(payload.id) }),
};

const cleverOf = (clever: NonNullable<NonNullable<ExecutionError['abort']>['clever']>): GrpcTypes.CleverError =>
  GrpcTypes.CleverError.create({
    lineNumber: BigInt(clever.line),
    ...(clever.errorCode === undefined ? {} : { errorCode: BigInt(clever.errorCode) }),
    ...(clever.name === undefined ? {} : { constantName: clever.name }),
    ...(clever.text === undefined ? {} : { value: { oneofKind: 'rendered', rendered: clever.text } as const }),
  });

const abortDetails = (abort: NonNullable<ExecutionError['abort']>): Details => ({
  oneofKind: 'abort',
  abort: GrpcTypes.MoveAbort.create({
    abortCode: abort.code,
    location: {
      package: prefixed(abort.package),
      module: abort.module,
      function: abort.function,
      instruction: abort.instruction,
      ...(abort.functionName === undefined ? {} : { functionName: abort.functionName }),
    },
    ...(abort.clever ? { cleverError: cleverOf(abort.clever) } : {}),
  }),
});

/** Why a transaction failed. The full sentence goes into `description`: it is what people see. */
export const executionErrorMessage = (error: ExecutionError): GrpcTypes.ExecutionError => {
  const variant = variantOf(error.status);
  const payload = error.status[variant];
  const details = detailsByVariant[variant];
  return GrpcTypes.ExecutionError.create({
    description: error.description,
    kind: numberIn(GrpcTypes.ExecutionError_ExecutionErrorKind, variant),
    ...(error.command === undefined ? {} : { command: BigInt(error.command) }),
    ...(error.abort
      ? { errorDetails: abortDetails(error.abort) }
      : details
        ? { errorDetails: details(payload as Payload) }
        : {}),
  });
};
