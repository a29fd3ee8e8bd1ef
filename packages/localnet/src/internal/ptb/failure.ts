import type { Address, MoveFailure } from '@atoma/move-engine';
import type { ExecutionError } from '../../types.ts';

/** What a command throws to fail the transaction: data, without a stack. */
export interface CommandFailure {
  readonly failure: ExecutionError;
}

/** True for what commands throw. */
export const isCommandFailure = (thrown: unknown): thrown is CommandFailure =>
  typeof thrown === 'object' && thrown !== null && 'failure' in thrown;

/** Fails the transaction with a status of Sui's `ExecutionFailureStatus`. */
export const failWith = (
  status: Readonly<Record<string, unknown>>,
  description: string,
  command: number | undefined,
): never => {
  throw { failure: { status, description, ...(command === undefined ? {} : { command }) } } satisfies CommandFailure;
};

/** Sui's sentences for faulty arguments (`CommandArgumentError`). */
const ARGUMENT_TEXT = {
  TypeMismatch: 'The type of the value does not match the expected type',
  InvalidBCSBytes: 'The argument cannot be deserialized into a value of the specified type',
  InvalidUsageOfPureArg: 'The argument cannot be instantiated from raw bytes',
  InvalidArgumentToPrivateEntryFunction:
    'Invalid argument to private entry function. These functions cannot take arguments from other Move functions that hold unfinished values',
  IndexOutOfBounds: 'Out of bounds access to input or result vector',
  SecondaryIndexOutOfBounds: 'Out of bounds secondary access to result vector',
  InvalidResultArity: 'Invalid usage of result, expected a single result but found either no return values or multiple',
  InvalidGasCoinUsage: 'Invalid taking of the Gas coin. It can only be used by-value with TransferObjects',
  InvalidObjectByValue: 'Immutable objects and shared objects declared immutable cannot be passed by-value',
  InvalidObjectByMutRef:
    'Immutable objects and shared objects declared immutable cannot be passed by mutable reference, &mut',
  InvalidTransferObject:
    'Object passed to TransferObject does not have public transfer, i.e. the `key` and `store` abilities',
  InvalidMakeMoveVecNonObjectArgument:
    'First argument to MakeMoveVec is not an object. If no type is specified for MakeMoveVec, all arguments must be the same object type',
  ArgumentWithoutValue: 'Specified argument location does not have a value and cannot be used: it was moved before',
  CannotMoveBorrowedValue: 'Cannot move a value that the same command borrows',
  CannotWriteToExtendedReference: 'Cannot write to a coin that another reference points into',
  InvalidReferenceArgument:
    'The argument is a mutable reference and conflicts with another argument of the same command',
} as const;

/** Names of argument faults without further data. */
type ArgumentFault = keyof typeof ARGUMENT_TEXT;

/** Fails for an argument of a command. `detail` is the fault's payload where it has one. */
export const failArgument = (
  command: number,
  argument: number,
  fault: ArgumentFault,
  detail: unknown = true,
  note = '',
): never =>
  failWith(
    { CommandArgumentError: { argIdx: argument, kind: { [fault]: detail } } },
    `Invalid argument ${argument} of command ${command}. ${ARGUMENT_TEXT[fault]}${note ? ` (${note})` : ''}.`,
    command,
  );

const place = (failure: MoveFailure, storageId: Address): string => {
  const name = failure.functionName ?? `function ${failure.function ?? '?'}`;
  return `0x${storageId}::${failure.module ?? '?'}::${name} at instruction ${failure.instruction ?? 0}`;
};

const u16 = (value: number | undefined): number => Math.min(value ?? 0, 0xffff);

const locationOf = (failure: MoveFailure, storageId: Address) => ({
  module: { address: `0x${storageId}`, name: failure.module ?? '' },
  function: u16(failure.function),
  instruction: u16(failure.instruction),
  functionName: failure.functionName ?? null,
});

const abortOf = (failure: MoveFailure, storageId: Address): NonNullable<ExecutionError['abort']> => ({
  code: failure.code ?? 0n,
  package: storageId,
  module: failure.module ?? '',
  function: u16(failure.function),
  ...(failure.functionName === undefined ? {} : { functionName: failure.functionName }),
  instruction: u16(failure.instruction),
  ...(failure.clever === undefined ? {} : { clever: failure.clever }),
});

const cleverText = (failure: MoveFailure): string => {
  const { clever } = failure;
  if (!clever) return '';
  const named = [clever.name, clever.text && `'${clever.text}'`].filter((part) => part).join(': ');
  return `${named ? ` ${named}` : ''}, source line ${clever.line}`;
};

/** Error of a transaction whose Move code, stored under `storageId`, stopped in command `command`. */
export const moveError = (failure: MoveFailure, storageId: Address, command: number): ExecutionError => {
  const where = place(failure, storageId);
  if (failure.kind === 'outOfGas')
    return {
      status: { InsufficientGas: true },
      description: `Insufficient gas: computation used up the budget in command ${command}.`,
      command,
    };
  if (failure.kind === 'abort') {
    const abort = abortOf(failure, storageId);
    const description = `Move abort in command ${command}: ${where}, abort code ${abort.code}${cleverText(failure)}.`;
    return {
      status: { MoveAbort: [locationOf(failure, storageId), abort.code.toString()] },
      description,
      command,
      abort,
    };
  }
  if (failure.kind === 'internal')
    return {
      status: { VMInvariantViolation: true },
      description: `Move machine fault in command ${command}: ${failure.message}.`,
      command,
    };
  const status = { MovePrimitiveRuntimeError: failure.module === undefined ? null : locationOf(failure, storageId) };
  return { status, description: `Move runtime error in command ${command}: ${failure.message} (${where}).`, command };
};
