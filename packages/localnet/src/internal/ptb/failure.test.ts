/** Failures of Move code as execution statuses. */
import type { MoveFailure } from '@atoma/move-engine';
import { expect, test } from 'vitest';
import { failArgument, failWith, isCommandFailure, moveError } from './failure.ts';

const id = 'ab'.repeat(32);
const at = { package: '2'.padStart(64, '0'), module: 'm', function: 3, functionName: 'f', instruction: 9 };
const failure = (more: Partial<MoveFailure>): MoveFailure => ({
  ok: false,
  kind: 'abort',
  message: 'why',
  ...at,
  ...more,
});
const location = { module: { address: `0x${id}`, name: 'm' }, function: 3, instruction: 9, functionName: 'f' };

test('an abort names its place under the id the code is stored at, and its code', () => {
  const error = moveError(failure({ code: 7n }), id, 2);
  expect(error).toEqual({
    status: { MoveAbort: [location, '7'] },
    description: `Move abort in command 2: 0x${id}::m::f at instruction 9, abort code 7.`,
    command: 2,
    abort: { code: 7n, package: id, module: 'm', function: 3, functionName: 'f', instruction: 9 },
  });
});

test('a named abort tells its name, its text and its line', () => {
  const text = (clever: NonNullable<MoveFailure['clever']>) =>
    moveError(failure({ code: 7n, clever }), id, 0).description;
  expect(text({ line: 5, name: 'ETooLarge', text: 'Too large' })).toContain(
    "code 7 ETooLarge: 'Too large', source line 5.",
  );
  expect(text({ line: 5, name: 'ETooLarge' })).toContain('code 7 ETooLarge, source line 5.');
  expect(text({ line: 5 })).toContain('code 7, source line 5.');
  const clever = { line: 5, name: 'ETooLarge' };
  expect(moveError(failure({ code: 7n, clever }), id, 0).abort?.clever).toBe(clever);
});

test('indices that no u16 holds end at its largest; what is not known is left out', () => {
  const far = moveError(failure({ code: 1n, function: 70_000, instruction: 70_000 }), id, 0);
  expect(far.abort).toMatchObject({ function: 65_535, instruction: 65_535 });
  const bare = moveError({ ok: false, kind: 'abort', message: '' }, id, 0);
  expect(bare.abort).toEqual({ code: 0n, package: id, module: '', function: 0, instruction: 0 });
  expect(bare.status).toEqual({
    MoveAbort: [{ module: { address: `0x${id}`, name: '' }, function: 0, instruction: 0, functionName: null }, '0'],
  });
  expect(bare.description).toContain(`0x${id}::?::function ? at instruction 0`);
});

test.each<[kind: MoveFailure['kind'], status: object]>([
  ['outOfGas', { InsufficientGas: true }],
  ['internal', { VMInvariantViolation: true }],
  ['arithmetic', { MovePrimitiveRuntimeError: location }],
  ['vector', { MovePrimitiveRuntimeError: location }],
  ['limit', { MovePrimitiveRuntimeError: location }],
])('%s', (kind, status) => {
  const error = moveError(failure({ kind }), id, 1);
  expect(error).toMatchObject({ status, command: 1 });
  expect(error).not.toHaveProperty('abort');
});

test('a runtime error without a place has none', () => {
  const { module: _, ...nowhere } = failure({ kind: 'limit' });
  expect(moveError(nowhere, id, 1).status).toEqual({ MovePrimitiveRuntimeError: null });
});

/** What a call throws. */
const thrownBy = (work: () => never): unknown => {
  try {
    return work();
  } catch (thrown) {
    return thrown;
  }
};

test('a faulty argument is named by command, position and fault, with what is known about it', () => {
  const plain = thrownBy(() => failArgument(1, 2, 'TypeMismatch'));
  expect(plain).toMatchObject({
    failure: { status: { CommandArgumentError: { argIdx: 2, kind: { TypeMismatch: true } } }, command: 1 },
  });
  const full = thrownBy(() => failArgument(1, 2, 'IndexOutOfBounds', { idx: 9 }, 'input 9')) as { failure: object };
  expect(full.failure).toMatchObject({ status: { CommandArgumentError: { kind: { IndexOutOfBounds: { idx: 9 } } } } });
  expect(JSON.stringify(full)).toContain(' (input 9).');
  expect(JSON.stringify(plain)).not.toContain('(');
});

test('a failure of no command names none, and nothing else is taken for a failure', () => {
  const thrown = thrownBy(() => failWith({ X: true }, 'why', undefined));
  expect(thrown).toEqual({ failure: { status: { X: true }, description: 'why' } });
  expect([thrown, new Error('x'), null, undefined, 'failure', {}].map(isCommandFailure)).toEqual([
    ...[true, false, false, false, false, false],
  ]);
});
