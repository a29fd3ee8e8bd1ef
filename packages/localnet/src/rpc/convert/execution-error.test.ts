import { GrpcTypes } from '@mysten/sui/grpc';
import { expect, test } from 'vitest';
import { executionErrorMessage } from './execution-error.ts';

const id = `0x${'a'.repeat(64)}`;
const sizes = { currentSize: '9', maxSize: '5' };
const scaled = { valueSize: '9', maxScaledSize: '5' };

/** Every failure status, with a payload where it has one. */
const statuses: readonly object[] = [
  ...[
    'InsufficientGas',
    'InvalidGasObject',
    'InvariantViolation',
    'FeatureNotYetSupported',
    'InsufficientCoinBalance',
    'CoinBalanceOverflow',
    'PublishErrorNonZeroAddress',
    'SuiMoveVerificationError',
    'VMVerificationOrDeserializationError',
    'VMInvariantViolation',
    'FunctionNotFound',
    'ArityMismatch',
    'TypeArityMismatch',
    'NonEntryFunctionInvoked',
    'InvalidTransferObject',
    'PublishUpgradeMissingDependency',
    'PublishUpgradeDependencyDowngrade',
    'CertificateDenied',
    'SuiMoveVerificationTimedout',
    'SharedObjectOperationNotAllowed',
    'InputObjectDeleted',
    'ExecutionCancelledDueToRandomnessUnavailable',
    'InvalidLinkage',
    'InsufficientBalanceForWithdraw',
  ].map((name) => ({ [name]: true })),
  { MoveObjectTooBig: { objectSize: '9', maxObjectSize: '5' } },
  { MovePackageTooBig: { objectSize: '9', maxObjectSize: '5' } },
  { EffectsTooLarge: sizes },
  { WrittenObjectsTooLarge: sizes },
  { MoveVectorElemTooBig: scaled },
  { MoveRawValueTooBig: scaled },
  { CircularObjectOwnership: { object: id } },
  { MovePrimitiveRuntimeError: null },
  { UnusedValueWithoutDrop: { resultIdx: 1, secondaryIdx: 2 } },
  { InvalidPublicFunctionReturnType: { idx: 3 } },
  { TypeArgumentError: { argumentIdx: 1, kind: { TypeNotFound: true } } },
  { PackageUpgradeError: { upgradeError: { IncompatibleUpgrade: true } } },
  { NonExclusiveWriteInputObjectModified: { id } },
];

const convert = (status: object) =>
  executionErrorMessage({ status: status as Record<string, unknown>, description: 'a sentence', command: 2 });

test.each(statuses.map((status) => [Object.keys(status)[0] as string, status] as const))(
  '%s keeps its kind',
  (_name, status) => {
    const message = convert(status);
    expect(message.kind).toBeGreaterThan(0);
    expect([message.description, message.command]).toEqual(['a sentence', 2n]);
  },
);

const argumentKinds = GrpcTypes.CommandArgumentError_CommandArgumentErrorKind;

test.each([
  [{ TypeMismatch: true }, argumentKinds.TYPE_MISMATCH, undefined],
  [{ InvalidBCSBytes: true }, argumentKinds.INVALID_BCS_BYTES, undefined],
  [{ InvalidUsageOfPureArg: true }, argumentKinds.INVALID_USAGE_OF_PURE_ARGUMENT, undefined],
  [{ SharedObjectOperationNotAllowed: true }, argumentKinds.CONSENSUS_OBJECT_OPERATION_NOT_ALLOWED, undefined],
  [{ IndexOutOfBounds: { idx: 4 } }, argumentKinds.INDEX_OUT_OF_BOUNDS, { index: 4 }],
  [
    { SecondaryIndexOutOfBounds: { resultIdx: 1, secondaryIdx: 2 } },
    argumentKinds.SECONDARY_INDEX_OUT_OF_BOUNDS,
    { index: 1, subresult: 2 },
  ],
])('argument errors name the argument and what is wrong: %j', (kind, expected, indexError) => {
  const { errorDetails } = convert({ CommandArgumentError: { argIdx: 3, kind } });
  expect(errorDetails.oneofKind === 'commandArgumentError' && errorDetails.commandArgumentError).toEqual({
    argument: 3,
    kind: expected,
    ...(indexError ? { indexError } : {}),
  });
});

test.each([
  [{ DigestDoesNotMatch: { digest: Uint8Array.of(1, 2) } }, { digest: 'AQI=' }],
  [{ PackageIDDoesNotMatch: { packageId: id, ticketId: id } }, { packageId: id, ticketId: id }],
  [{ UnknownUpgradePolicy: { policy: 9 } }, { policy: 9 }],
  [{ NotAPackage: { objectId: id } }, { packageId: id }],
])('upgrade errors carry what did not match: %j', (upgradeError, fields) => {
  const { errorDetails } = convert({ PackageUpgradeError: { upgradeError } });
  expect(errorDetails.oneofKind === 'packageUpgradeError' && errorDetails.packageUpgradeError).toMatchObject(fields);
  expect(errorDetails.oneofKind === 'packageUpgradeError' && errorDetails.packageUpgradeError.kind).toBeGreaterThan(0);
});

test('sizes are told in bytes', () => {
  const { errorDetails } = convert({ MoveObjectTooBig: { objectSize: '300000', maxObjectSize: '256000' } });
  expect(errorDetails).toEqual({ oneofKind: 'sizeError', sizeError: { size: 300000n, maxSize: 256000n } });
});
