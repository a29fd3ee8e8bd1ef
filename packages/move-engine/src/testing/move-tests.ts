import { readDependencies, rootFiles } from '../../../../tools/move/src/internal/inputs.ts';
import { runJob } from '../../../../tools/move/src/internal/run-job.ts';
import { findPackage, type MoveSources, readPackage } from '../../../../tools/move/src/packages.ts';
import type { CallResult, MovePackage } from '../types.ts';
import { createMoveVmWith } from '../vm.ts';
import { newSession, packageOf, sourceOf, unbase64 } from './fixture.ts';
import { type TestFunction, testFunctions, withCallableInit, withoutTestAttributes } from './plain-tests.ts';
import { createInventory, inventorySource, scenarioNatives } from './scenario.ts';

/** Runs the Move unit tests of the project's packages on the engine. */

const plain = (files: MoveSources): MoveSources =>
  Object.fromEntries(
    // Publishing takes `sources/` only.
    Object.entries(files).map(([path, text]) => [
      path.replace(/(^|\/)tests\//, '$1sources/of_tests_'),
      withCallableInit(withoutTestAttributes(text)),
    ]),
  );

/** A package of the project with its test code as ordinary bytecode, under the address others see. */
export const compileWithTests = async (name: string): Promise<MovePackage> => {
  const description = findPackage(name);
  const addresses = Object.fromEntries(
    [...description.dependencies, name].map((one) => [one, findPackage(one).address]),
  );
  const { ok, output } = await runJob(
    {
      operation: 'compile',
      name,
      files: rootFiles(name, plain(readPackage(description, true)), addresses),
      dependencies: readDependencies(description.dependencies).map((one) => ({ ...one, files: plain(one.files) })),
    },
    120_000,
  );
  if (!ok) throw output;
  const { modules } = JSON.parse(output) as { modules: readonly string[] };
  return packageOf(
    modules.map(unbase64),
    description.address,
    description.dependencies.map((one) => findPackage(one).address),
  );
};

/** All Move text of a package. */
export const sourcesOf = (name: string): string => Object.values(readPackage(findPackage(name), true)).join('\n');

/** The `#[test]` functions of a package. */
export const testsOf = (name: string): readonly TestFunction[] =>
  Object.values(readPackage(findPackage(name), true)).flatMap(testFunctions);

/** Runs tests on one machine, each with an empty inventory. */
export const createTestRunner = (packages: readonly MovePackage[]) => {
  const inventory = createInventory();
  const vm = createMoveVmWith(sourceOf(...packages), scenarioNatives(inventory), {});
  return (pkg: MovePackage, test: TestFunction): CallResult => {
    for (const map of [inventory.objects, inventory.taken, inventory.fields, inventory.inputs]) map.clear();
    const session = newSession(vm, {
      objects: inventorySource(inventory),
      inputs: inventory.inputs,
      computationLimit: 1e15,
    });
    return session.call({
      package: pkg.storageId,
      module: test.module,
      function: test.name,
      typeArguments: [],
      arguments: [],
    });
  };
};

/** Whether a result is what the test expects. Constants are looked up in the sources of all packages. */
export const isExpected = (test: TestFunction, result: CallResult, sources: string): boolean => {
  if (test.expectedFailure === undefined || result.ok) return result.ok === (test.expectedFailure === undefined);
  const fields = new Map(
    test.expectedFailure.split(',').map((part) => {
      const [key, value] = part.split('=').map((side) => side.trim());
      return [key as string, value ?? ''] as const;
    }),
  );
  const location = fields.get('location');
  const code = fields.get('abort_code');
  const minor = fields.get('minor_status');
  if (location !== undefined && lastName(location === 'Self' ? test.module : location) !== result.module) return false;
  if (code !== undefined) return result.kind === 'abort' && codeFits(code, test, result, sources);
  if (fields.has('arithmetic_error')) return result.kind === 'arithmetic';
  if (fields.has('vector_error'))
    return result.kind === 'vector' && (minor === undefined || BigInt(minor) === result.code);
  return !['internal', 'missingNative', 'outOfGas'].includes(result.kind);
};

const lastName = (path: string): string => path.split('::').at(-1) as string;

const codeFits = (
  text: string,
  test: TestFunction,
  result: Extract<CallResult, { ok: false }>,
  sources: string,
): boolean => {
  if (/^\d/.test(text)) return BigInt(text.replace(/_/g, '').replace(/u64$/, '')) === result.code;
  const path = text.split('::');
  const name = path.at(-1) as string;
  const module = path.length > 1 ? (path.at(-2) as string) : test.module;
  if (result.clever?.name !== undefined) return result.clever.name === name && result.module === module;
  const [, body = ''] = sources.split(new RegExp(`\\bmodule\\s+(?:\\w+::)?${module}\\s*[;{]`));
  const value = body.match(new RegExp(`const\\s+${name}\\s*:\\s*u64\\s*=\\s*([0-9a-fA-Fx_]+)`))?.[1];
  return value !== undefined && BigInt(value.replace(/_/g, '')) === result.code && result.module === module;
};
