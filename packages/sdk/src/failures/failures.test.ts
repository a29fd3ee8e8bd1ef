import { defineErrors, isAtomaError } from '@atoma/base';
import type { SuiClientTypes } from '@mysten/sui/client';
import { expect, test } from 'vitest';
import { knownDeployments } from '../deployment/known.ts';
import type { Deployment } from '../deployment/record.ts';
import { moveErrorCodes, moveErrors } from '../generated/bindings/errors.ts';
import { sdkError, valueError, walletError } from '../sdk-errors.ts';
import { abortCatalogue } from './catalogue.ts';
import { explainAbort, toExecutionFailure } from './execution-failure.ts';
import { errorClass, reach, toAtomaError } from './network.ts';

const named = Object.values(moveErrors).flatMap((modules) =>
  Object.entries(modules).flatMap(([module, errors]) =>
    Object.entries(errors).map(([name, text]) => ({ module, name, text })),
  ),
);
const deployment = knownDeployments.testnet as Deployment;

test('every named error of the contract has a remedy, and no remedy is for an error it does not have', () => {
  expect(named.length).toBeGreaterThan(60);
  expect(Object.keys(abortCatalogue).sort()).toEqual([...new Set(named.map(({ name }) => name))].sort());
});

test('no remedy names a command or flag: not every caller is the command line', () => {
  const remedies = Object.values(abortCatalogue).map(({ remedy }) => remedy);
  expect(remedies.filter((remedy) => /`|--[a-z]/.test(remedy))).toEqual([]);
});

test('the sentence is the text of the contract, of the aborting module where two share a name', () => {
  for (const { module, name, text } of named) expect(explainAbort(name, module).sentence).toBe(text);
  expect(explainAbort('ENew', 'db', 'what the chain says').sentence).toBe('what the chain says');
});

const abort = (packageId: string, name?: string): SuiClientTypes.ExecutionError => ({
  $kind: 'MoveAbort',
  message: 'MoveAbort',
  command: 0,
  MoveAbort: {
    abortCode: '9223372036854775809',
    location: { package: packageId, module: 'db', functionName: 'claim_funds' },
    ...(name !== undefined && { cleverError: { constantName: name, value: 'said by the chain' } }),
  },
});

test('an abort of the market is explained, one of another package is only reported', () => {
  const ours = toExecutionFailure(abort(deployment.packageId, 'EEmptyBatch'), deployment);
  expect(ours).toMatchObject({
    kind: 'abort',
    name: 'EEmptyBatch',
    ours: true,
    remedy: abortCatalogue.EEmptyBatch?.remedy,
  });
  const other = toExecutionFailure(abort('0x2', 'EEmptyBatch'), deployment);
  expect(other).toMatchObject({ kind: 'abort', ours: false, sentence: 'said by the chain' });
  const bare = toExecutionFailure(abort(deployment.packageId), deployment);
  expect(bare).toMatchObject({ kind: 'abort', name: 'UnnamedAbort' });
});

test('a name is read from the code alone, whatever the line, where the chain does not spell it', () => {
  const codes = Object.values(moveErrorCodes).flatMap((modules) =>
    Object.entries(modules).flatMap(([module, names]) =>
      Object.entries(names).map(([low, name]) => ({ module, low: BigInt(low), name })),
    ),
  );
  expect(codes).toHaveLength(named.length);
  for (const { module, low, name } of codes) {
    const abortCode = String((1n << 63n) | (123n << 32n) | low);
    const location = { package: deployment.packageId, module };
    const error = {
      $kind: 'MoveAbort',
      message: '',
      MoveAbort: { abortCode, location },
    } as SuiClientTypes.ExecutionError;
    expect(toExecutionFailure(error, deployment)).toMatchObject({
      name,
      ours: true,
      remedy: abortCatalogue[name]?.remedy,
    });
  }
});

test('gas shortage and congestion may be tried again', () => {
  const unknown = (message: string): SuiClientTypes.ExecutionError => ({ $kind: 'Unknown', message, Unknown: null });
  expect(toExecutionFailure(unknown('Insufficient Gas.'))).toMatchObject({ kind: 'gas', retryable: true });
  expect(toExecutionFailure(unknown('Something else'))).toMatchObject({ kind: 'other', retryable: false });
});

test.each([
  'unable to find function 0x1::db::acquire_new_stack_entry',
  'Command 0 gives 9 arguments, db::acquire_new_stack_entry takes 6.',
  'Invalid argument 1 of command 0. The argument cannot be deserialized into a value of the specified type (u64).',
])('a call that the contract does not take is told from other refusals: %s', (message) => {
  const failure = toExecutionFailure({ $kind: 'Unknown', message, Unknown: null });
  expect(failure).toMatchObject({ kind: 'other', name: 'ContractDiffers', retryable: false });
});

const rpc = (code: string, message: string) => Object.assign(new Error(message), { name: 'RpcError', code });

test.each([
  ['UNAVAILABLE', 'shutting down', 'NETWORK_UNREACHABLE'],
  ['INTERNAL', 'fetch failed', 'NETWORK_UNREACHABLE'],
  ['RESOURCE_EXHAUSTED', 'slow down', 'NETWORK_BUSY'],
  ['CANCELLED', 'stop', 'NETWORK_CANCELLED'],
  ['FAILED_PRECONDITION', 'locked', 'NETWORK_LOCKED'],
  ['NOT_FOUND', 'Object 0x12 not found', 'SDK_OBJECT_NOT_FOUND'],
  ['INVALID_ARGUMENT', 'no', 'NETWORK_REFUSED'],
])('a gRPC status %s (%s) becomes %s', async (status, message, code) => {
  await expect(reach('testnet', Promise.reject(rpc(status, message)))).rejects.toThrowError(
    expect.objectContaining({ code }),
  );
  const wrapped = new Error('outer', { cause: rpc(status, message) });
  expect(toAtomaError(wrapped).code).toBe(code);
});

test('an error of ours passes as it is', () => {
  const mine = defineErrors('X', { Y: { message: 'm', hint: 'h' } })('Y');
  expect(toAtomaError(mine)).toBe(mine);
  expect(isAtomaError(toAtomaError('text'))).toBe(true);
});

test.each([
  [valueError('ROLE', {}), 'usage'],
  [sdkError('TASK_NOT_FOUND', {}), 'notFound'],
  [sdkError('NO_BADGE', {}), 'notFound'],
  [walletError('MISSING', {}), 'key'],
  [sdkError('NO_SIGNER'), 'key'],
  [toAtomaError(rpc('UNAVAILABLE', 'x')), 'network'],
  [sdkError('INSUFFICIENT_TOMA', {}), 'funds'],
  [sdkError('DECODE', {}), 'failed'],
  ['anything', 'failed'],
] as const)('%s is of class %s', (error, expected) => {
  expect(errorClass(error)).toBe(expected);
});
