import { GrpcTypes } from '@mysten/sui/grpc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMask, project, wants, within } from './mask.ts';

const mask = (...paths: string[]) => parseMask(GrpcTypes.ExecutedTransaction, { paths }, ['digest']);

test('only what the paths name comes back', () => {
  const message = {
    digest: 'd',
    checkpoint: 5n,
    effects: { digest: 'e', status: { success: true }, changedObjects: [{ objectId: '0x1', objectType: 't' }] },
  };
  expect(project(GrpcTypes.ExecutedTransaction, message, mask('digest'))).toEqual({ digest: 'd' });
  expect(project(GrpcTypes.ExecutedTransaction, message, mask('effects.changed_objects.object_type'))).toEqual({
    effects: { changedObjects: [{ objectType: 't' }] },
  });
  expect(project(GrpcTypes.ExecutedTransaction, message, mask('*'))).toEqual(message);
});

test('a longer path never narrows a shorter one', () => {
  for (const paths of [
    ['effects', 'effects.status'],
    ['effects.status', 'effects'],
  ]) {
    expect(within(mask(...paths), 'effects')).toBe('all');
  }
});

test('oneof members are fields of their own', () => {
  const kind = GrpcTypes.TransactionKind.create({
    data: {
      oneofKind: 'programmableTransaction',
      programmableTransaction: GrpcTypes.ProgrammableTransaction.create(),
    },
  });
  const inputs = parseMask(GrpcTypes.TransactionKind, { paths: ['programmable_transaction.inputs'] }, []);
  expect(project(GrpcTypes.TransactionKind, kind, inputs)).toEqual({
    data: { oneofKind: 'programmableTransaction', programmableTransaction: { inputs: [] } },
  });
  const other = parseMask(GrpcTypes.TransactionKind, { paths: ['change_epoch'] }, []);
  expect(project(GrpcTypes.TransactionKind, kind, other)).toEqual({});
});

test('without paths the default applies', () => {
  expect(wants(parseMask(GrpcTypes.Object, undefined, ['version']), 'version')).toBe(true);
  expect(wants(parseMask(GrpcTypes.Object, { paths: [] }, ['version']), 'digest')).toBe(false);
});

test.each(['nope', 'effects.nope', 'digest.more', 'effects..status', ''])('refuses the path %j', (path) => {
  expect(() => mask(path)).toThrow(expect.objectContaining({ code: 'RPC_BAD_MASK' }));
});

test('a projection of every single field holds that field alone', () => {
  const names = GrpcTypes.TransactionEffects.fields.map(({ name }) => name);
  const full = GrpcTypes.TransactionEffects.create({ digest: 'x', version: 2, epoch: 1n, dependencies: ['a'] });
  fc.assert(
    fc.property(fc.constantFrom(...names), (name) => {
      const only = project(
        GrpcTypes.TransactionEffects,
        full,
        parseMask(GrpcTypes.TransactionEffects, { paths: [name] }, []),
      );
      expect(Object.keys(only).length).toBeLessThanOrEqual(1);
    }),
  );
});
