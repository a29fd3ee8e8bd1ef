import { readDependencies, rootFiles } from '../../../../tools/move/src/internal/inputs.ts';
import { compileOnce } from '../../../../tools/move/src/internal/kept-answers.ts';
import {
  findPackage,
  type MoveSources,
  packageExists,
  packages,
  readPackage,
} from '../../../../tools/move/src/packages.ts';
import type { MovePackage } from '../types.ts';
import { plainSource, type TestFunction, testFunctions } from '../unit-tests/plain-tests.ts';
import { createTestRunner, isExpected } from '../unit-tests/run.ts';
import { packageOf, unbase64 } from '../unit-tests/test-machine.ts';

/** Runs the Move unit tests of the project's packages on the engine. */

const plain = (files: MoveSources): MoveSources =>
  Object.fromEntries(
    // Publishing takes `sources/` only.
    Object.entries(files).map(([path, text]) => [
      path.replace(/(^|\/)tests\//, '$1sources/of_tests_'),
      plainSource(text),
    ]),
  );

/** A package of the project with its test code as ordinary bytecode, under the address others see. */
export const compileWithTests = async (name: string): Promise<MovePackage> => {
  const description = findPackage(name);
  const addresses = Object.fromEntries(
    [...description.dependencies, name].map((one) => [one, findPackage(one).address]),
  );
  const { ok, output } = await compileOnce(
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

/** Packages of the project that have sources. */
export const presentPackages: readonly string[] = packages.filter(packageExists).map((one) => one.name);

const compiled = new Map<string, MovePackage>();
const compile = async (name: string): Promise<MovePackage> => {
  const pkg = compiled.get(name) ?? (await compileWithTests(name));
  compiled.set(name, pkg);
  return pkg;
};

/** The test that takes as long as all others. */
export const isLongest = ({ module, name }: TestFunction): boolean =>
  `${module}::${name}` === 'conservation_tests::many_nodes';

/** Runs the tests of a package that are chosen; gives how many ran, and those that did not end as they should. */
export const runTests = async (name: string, isChosen: (one: TestFunction) => boolean) => {
  const needed = await Promise.all([...findPackage(name).dependencies, name].map(compile));
  const run = createTestRunner(needed);
  const everything = presentPackages.map(sourcesOf).join('\n');
  const chosen = testsOf(name).filter(isChosen);
  const failed = chosen.flatMap((one) => {
    const result = run(needed.at(-1) as MovePackage, one);
    const why = result.ok ? 'returned' : result.message;
    return isExpected(one, result, everything) ? [] : [{ name: `${one.module}::${one.name}`, why }];
  });
  return { ran: chosen.length, failed };
};
