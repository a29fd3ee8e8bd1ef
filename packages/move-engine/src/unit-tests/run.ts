/** Runs the `#[test]` functions of compiled packages on the engine. */
import type { CallResult, MovePackage } from '../types.ts';
import { createMoveVmWith } from '../vm.ts';
import type { TestFunction } from './plain-tests.ts';
import { createInventory, inventorySource, scenarioNatives } from './scenario.ts';
import { newSession, sourceOf } from './test-machine.ts';

/** Gas units of a test that is known to end. */
const NO_LIMIT = 1e12;

/** Runs tests on one machine, each with an empty inventory; `gasLimit` in gas units, as of one transaction. */
export const createTestRunner = (packages: readonly MovePackage[], gasLimit = NO_LIMIT) => {
  const inventory = createInventory();
  const vm = createMoveVmWith(sourceOf(...packages), scenarioNatives(inventory), {});
  return (pkg: MovePackage, test: TestFunction): CallResult => {
    for (const map of [inventory.objects, inventory.taken, inventory.fields, inventory.inputs]) map.clear();
    const session = newSession(vm, {
      objects: inventorySource(inventory),
      inputs: inventory.inputs,
      computationLimit: gasLimit * 1_000,
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
