/** Versions of packages that calls and publications run with. */
import type { MovePackage, Type } from '@atoma/move-engine';
import { expect, test } from 'vitest';
import type { PtbContext } from './context.ts';
import { isCommandFailure } from './failure.ts';
import { linkCall, linkPublication } from './linkage.ts';

/** `a2` is version 2 of the package `a`. */
const versionOf = (id: string): number => Number(id.slice(1));
const pkg = (id: string, ...needs: string[]): MovePackage => ({
  ...{ storageId: id, originalId: `${id[0]}1`, version: versionOf(id), modules: new Map(), typeOrigins: [] },
  linkage: new Map(needs.map((need) => [`${need[0]}1`, { storageId: need, version: versionOf(need) }])),
});
const type = (address: string, ...typeArguments: Type[]): Type =>
  ({ datatype: { address, typeArguments } }) as unknown as Type;
const vector = (element: Type): Type => ({ element }) as unknown as Type;
const number = {} as Type;

const known = [
  ...[pkg('a1', 'c1'), pkg('a2', 'c2'), pkg('b1', 'c3'), pkg('c1'), pkg('c2'), pkg('c3'), pkg('d1', 'c1', 'a1')],
  pkg('e1', 'c2', 'a2'),
];
const ctx = { command: 4, packageOf: (id: string) => known.find((one) => one.storageId === id) } as PtbContext;

/** Storage ids by package, `own` where the package's own linkage stands, or the failure. */
const linked = (id: string, isPublic: boolean, types: readonly Type[]): string => {
  try {
    const map = linkCall(ctx, ctx.packageOf(id) as MovePackage, isPublic, types);
    return map ? [...map.values()].sort().join(' ') : 'own';
  } catch (thrown) {
    if (!isCommandFailure(thrown)) throw thrown;
    return `${Object.keys(thrown.failure.status)[0]} of command ${thrown.failure.command}`;
  }
};

test.each<[what: string, id: string, isPublic: boolean, types: Type[], expected: string]>([
  ['no type arguments', 'a1', true, [], 'own'],
  ['a number', 'a1', true, [number, vector(number)], 'own'],
  ['a type that needs nothing later', 'a1', true, [type('c1')], 'own'],
  ['a type of a later version', 'a1', true, [type('c3')], 'a1 c3'],
  ['a type whose package needs a later version', 'a1', true, [type('b1')], 'a1 b1 c3'],
  ['one inside a vector', 'a1', true, [vector(type('b1'))], 'a1 b1 c3'],
  ['one inside a type', 'a1', true, [type('c1', type('b1'))], 'a1 b1 c3'],
  ['one of several', 'a1', true, [type('c1'), type('b1')], 'a1 b1 c3'],
  ['one of what it needs later, another as it is', 'd1', true, [type('b1')], 'a1 b1 c3 d1'],
  ['an earlier version than its own', 'a2', true, [type('c1')], 'own'],
  ['a private function keeps its own versions', 'a1', false, [type('b1')], 'InvalidLinkage of command 4'],
  ['a private function and what its own versions cover', 'a2', false, [type('c1')], 'own'],
  ['the called version is exact', 'a1', true, [type('e1')], 'InvalidLinkage of command 4'],
  ['a later called version covers an earlier need', 'a2', true, [type('d1')], 'own'],
])('a call with %s', (_, id, isPublic, types, expected) => {
  expect(linked(id, isPublic, types)).toBe(expected);
});

test('a publication names each package once, at one version', () => {
  expect(linkPublication(ctx, ['a1', 'c1', 'a1']).map(({ storageId }) => storageId)).toEqual(['a1', 'c1']);
  expect(() => linkPublication(ctx, ['c1', 'c2'])).toThrow(
    expect.objectContaining({ failure: expect.objectContaining({ status: { InvalidLinkage: true } }) }),
  );
});
