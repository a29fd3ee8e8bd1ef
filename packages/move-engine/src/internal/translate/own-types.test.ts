/** Which types an instruction may name: within scope, without references, with the abilities that are asked for. */
import { expect, test } from 'vitest';
import type { LoadedFunction, LoadedModule } from '../load/loaded-module.ts';
import { Ability, createTypes, type Datatype, type Ty } from '../types/ty.ts';
import type { At } from './context.ts';
import { checkInstantiations, checkTypeArguments, inScope } from './own-types.ts';

const { copy, drop, store, key } = Ability;
const types = createTypes();
const { u64, signer } = types.primitives;
const module = { name: 'm' } as LoadedModule;
/** Instruction 3 of `f<T: drop, U>`. */
const at: At = { f: { fn: { name: 'f', constraints: [drop, 0] } as unknown as LoadedFunction, module }, at: 3 };
const [t, u, beyond] = [0, 1, 2].map(types.parameter) as [Ty, Ty, Ty];
const datatype = (id: number, abilities: number, ...constraints: number[]): Datatype => ({
  ...{ id, kind: 'struct', address: '1', original: '1', module: 'm', name: `D${id}`, abilities },
  ...{ parameters: constraints.map((each) => ({ constraints: each, isPhantom: false })), home: module, definition: 0 },
});
/** Has all abilities but key as far as its argument does, which needs store; and one without any, which needs nothing. */
const box = (of: Ty): Ty => types.datatype(datatype(1, copy | drop | store, store), [of]);
const hard = (of: Ty): Ty => types.datatype(datatype(2, 0, 0), [of]);

const verdict = (check: () => void): string => {
  try {
    check();
    return 'ok';
  } catch (error) {
    return /function f, instruction 3: (.*?)\.?$/.exec((error as Error).message)?.[1] ?? String(error);
  }
};
const [count, scope, reference] = [
  'wrong number of type arguments',
  'type parameter out of range',
  'reference as a type argument',
];
const lacks = (text: string): string => `type argument ${text} lacks an ability`;

test.each<[args: Ty[], constraints: number[], expected: string]>([
  [[], [], 'ok'],
  [[u64], [], count],
  [[], [0], count],
  [[u64, u64], [0], count],
  [[u64, t], [copy | drop | store, drop], 'ok'],
  [[u64], [key], lacks('u64')],
  [[u64], [copy | key], lacks('u64')],
  [[u64, signer], [0, copy], lacks('signer')],
  [[t], [copy], lacks(t.text)],
  [[u], [drop], lacks(u.text)],
  [[box(u64)], [copy | drop], 'ok'],
  [[hard(u64)], [drop], lacks(hard(u64).text)],
  [[types.vector(t)], [drop], 'ok'],
  [[types.vector(u)], [drop], lacks(types.vector(u).text)],
  [[beyond], [0], scope],
  [[u64, types.vector(beyond)], [0, 0], scope],
  [[hard(beyond)], [0], scope],
  [[types.reference(u64, false)], [0], reference],
  [[types.vector(types.reference(u64, true))], [0], reference],
])('type arguments %# against constraints', (args, constraints, expected) => {
  expect(verdict(() => checkTypeArguments(at, args, constraints))).toBe(expected);
});

test.each<[type: Ty, expected: string]>([
  [u64, 'ok'],
  [box(u64), 'ok'],
  [box(signer), lacks('signer')],
  [box(t), lacks(t.text)],
  [hard(t), 'ok'],
  [types.vector(box(signer)), lacks('signer')],
  [hard(box(signer)), lacks('signer')],
  [types.vector(hard(types.vector(box(signer)))), lacks('signer')],
  [box(box(u64)), 'ok'],
  [box(hard(u64)), lacks(hard(u64).text)],
])('the types within type %#', (type, expected) => {
  expect(verdict(() => checkInstantiations(at, [type]))).toBe(expected);
  expect(verdict(() => checkInstantiations(at, [u64, type]))).toBe(expected);
});

test('a type is in scope when its parameters are', () => {
  expect([t, u, hard(u), types.vector(t)].map((ty) => verdict(() => inScope(at, ty)))).toEqual([
    'ok',
    'ok',
    'ok',
    'ok',
  ]);
  expect([beyond, hard(hard(beyond))].map((ty) => verdict(() => inScope(at, ty)))).toEqual([scope, scope]);
});
