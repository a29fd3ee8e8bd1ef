import { moveError } from '@atoma/move-compiler';
import { runOnSources, type SourcesParameters } from './compile.ts';
import { selectTests } from './internal/select-tests.ts';
import { findPackage, readPackage } from './packages.ts';

/** Result of one Move unit test. */
export interface MoveTest {
  /** `module::function`. */
  readonly name: string;
  readonly passed: boolean;
}

/** Outcome of a package's unit tests in the Move VM. */
export interface MoveTestReport {
  /** Every test passed and there was at least one. */
  readonly passed: boolean;
  readonly tests: readonly MoveTest[];
  /** The whole log, with the cause of each failure. */
  readonly output: string;
}

const TEST_LINE = /^\[ (PASS|FAIL|TIMEOUT)\s*\] (?:0x)?\w+::(\S+)/gm;

const parseReport = (output: string, ok: boolean): MoveTestReport => {
  const tests = [...output.matchAll(TEST_LINE)].map((match) => ({
    name: match[2] as string,
    passed: match[1] === 'PASS',
  }));
  return { passed: ok && tests.length > 0 && tests.every((test) => test.passed), tests, output };
};

/**
 * Runs the `#[test]` functions of free-standing sources. A failing test is part of the report; sources that do not compile
 * throw `MOVE_COMPILE`.
 */
export const testSources = async (
  parameters: SourcesParameters & { readonly filter?: string },
): Promise<MoveTestReport> => {
  const { filter, sources, name } = parameters;
  const selected = filter === undefined ? sources : selectTests(sources, filter);
  const { ok, output } = await runOnSources('test', { ...parameters, sources: selected });
  if (!ok && !/^Test result:/m.test(output)) throw moveError('COMPILE', { name, output });
  return parseReport(output, ok);
};

/** Choices for {@link testPackage}. */
export interface TestPackageOptions {
  /** Only tests whose `path/file.move::function` contains this text. */
  readonly filter?: string;
  /** Leaves out files whose path contains one of these texts. */
  readonly without?: readonly string[];
  readonly timeoutMs?: number;
}

/** Runs the unit tests of one of the project's packages, those in `sources/` and those in `tests/`. */
export const testPackage = (
  name: string,
  { without = [], ...options }: TestPackageOptions = {},
): Promise<MoveTestReport> => {
  const description = findPackage(name);
  const all = Object.entries(readPackage(description, true));
  return testSources({
    ...options,
    name,
    sources: Object.fromEntries(all.filter(([path]) => !without.some((text) => path.includes(text)))),
    addresses: { [name]: description.ownAddress },
    dependencies: description.dependencies,
  });
};
