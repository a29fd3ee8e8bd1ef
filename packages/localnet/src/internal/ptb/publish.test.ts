/** What a publication is refused for, and what it costs. */
import type { MovePackage } from '@atoma/move-engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, type Ledger, openLedger } from '../../index.ts';
import { PUBLISH_UNITS_PER_BYTE } from '../../params.ts';
import { compileDemo } from '../../testing/fixture.ts';
import { address, contextOf, input, long, result, transfer } from '../../testing/ptb.ts';
import { type ModuleOutline, readModule, withAddress } from '../bytecode.ts';
import { type LedgerState, packageOf } from '../state.ts';
import type { PtbContext } from './context.ts';
import { isCommandFailure } from './failure.ts';
import { planUnits, sizeUnits } from './metering.ts';
import { runCommands } from './run.ts';
import { planTransaction } from './typing.ts';

let ledger: Ledger;
/** Modules by name. */
let modules: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  ledger = await openLedger({ seed: 'publish', clock: 'logical' });
  const compiled = await compileDemo({
    'sources/plain.move': 'module demo::plain; public fun idle(_: &mut TxContext) {}',
    'sources/begun.move': 'module demo::begun; fun init(_: &mut TxContext) {}',
    'sources/many.move':
      'module demo::many; public struct A has drop {} public enum B has drop { C } public fun coin(_: &sui::coin::TreasuryCap<A>) {}',
  });
  const bytes = compiled.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')));
  modules = new Map(bytes.map((each) => [(readModule(each) as ModuleOutline).name, each]));
});
afterAll(() => closeLedger(ledger));

const of = (name: string): Uint8Array => modules.get(name) as Uint8Array;
const needs = [long('1'), long('2')];

/** Publishes, and gives the cap away. */
const publishing = (published: readonly Uint8Array[], dependencies: readonly string[], more?: Partial<PtbContext>) => {
  const commands = [{ kind: 'publish', modules: published, dependencies } as const, transfer(input(0), result(0))];
  const ctx = contextOf(ledger as LedgerState, commands, [address], more);
  const free = contextOf(ledger as LedgerState, commands, [address]);
  const before = sizeUnits(free) + planUnits(free, planTransaction(free));
  try {
    runCommands(ctx, undefined);
  } catch (thrown) {
    if (!isCommandFailure(thrown)) throw thrown;
    return {
      status: Object.keys(thrown.failure.status)[0],
      why: thrown.failure.description,
      command: thrown.failure.command,
    };
  }
  return { published: ctx.published, calls: ctx.calls, cost: ctx.session.computation() - before };
};

/** A dependency that is stored in another version than the ledger's. */
const withVersions = (versions: Readonly<Record<string, Partial<MovePackage>>>): Partial<PtbContext> => ({
  packageOf: (id) => {
    const pkg = packageOf(ledger as LedgerState, id);
    return pkg && { ...pkg, ...versions[id.replace(/^0+/, '')] };
  },
});
const sui = { linkage: new Map([[long('1'), { storageId: long('71'), version: 2 }]]) };

test.each<
  [
    what: string,
    published: () => Uint8Array[],
    dependencies: string[],
    status: string,
    why: RegExp,
    more?: Partial<PtbContext>,
  ]
>([
  ['no module', () => [Uint8Array.of(1, 2, 3)], needs, 'VMVerificationOrDeserializationError', /module 0: /],
  [
    'one module that is none',
    () => [of('plain'), of('begun').slice(0, 40)],
    needs,
    'VMVerificationOrDeserializationError',
    /module 1: /,
  ],
  [
    'a module twice',
    () => [of('plain'), of('plain')],
    needs,
    'VMVerificationOrDeserializationError',
    /two modules have one name/,
  ],
  [
    'a module with an address',
    () => [withAddress(of('plain'), readModule(of('plain')) as ModuleOutline, long('5'))],
    needs,
    'PublishErrorNonZeroAddress',
    /module plain has address 0x0+5,/,
  ],
  [
    'a module whose dependency is not listed',
    () => [of('plain')],
    [long('1')],
    'PublishUpgradeMissingDependency',
    /0x0+2 is not/,
  ],
  [
    'a dependency whose own one is not listed',
    () => [of('plain')],
    [long('2')],
    'PublishUpgradeMissingDependency',
    /0x0+1 is not/,
  ],
  [
    'a dependency in an older version than another one needs',
    () => [of('plain')],
    needs,
    'PublishUpgradeDependencyDowngrade',
    /0x0+1 is given at version 1, 0x0+2 needs 2/,
    withVersions({ 2: sui }),
  ],
])('%s is not published', (_, published, dependencies, status, why, more) => {
  expect(publishing(published(), dependencies, more)).toEqual({ status, why: expect.stringMatching(why), command: 0 });
});

test('a later version of a dependency than is needed will do', () => {
  const later = { version: 3 };
  const linked = publishing([of('plain')], needs, withVersions({ 1: later, 2: sui }));
  const linkage = linked.published?.[0]?.linkage;
  expect(linkage?.get(long('1'))).toEqual({ storageId: long('1'), version: 3 });
});

test('a package is its own origin, and names each dependency once', () => {
  const { published, calls } = publishing([of('many')], [...needs, long('1')]);
  const [pkg] = published as MovePackage[];
  const { storageId, originalId, version, typeOrigins, linkage } = pkg as MovePackage;
  expect([originalId, version, [...linkage.keys()].sort()]).toEqual([storageId, 1, needs]);
  expect(typeOrigins).toEqual(['A', 'B'].map((datatype) => ({ module: 'many', datatype, package: storageId })));
  expect(calls).toEqual([]);
});

test('bytes are charged for, and a call of `init` with the context it gets', () => {
  const beside = (name: string): number =>
    (publishing([of(name)], needs).cost as number) - of(name).length * PUBLISH_UNITS_PER_BYTE;
  expect(publishing([of('begun')], needs).calls).toMatchObject([{ module: 'begun', command: 0 }]);
  expect(beside('begun') - beside('plain')).toBe(2 + 8 + 1 + 1); // the reference, handing it over, and Ret
});
