import { combinedJob, compiledFrom, moveError, moveVmJob, type RootPackage, runJob } from '@atoma/move-compiler';
import {
  createTestRunner,
  groupPackages,
  isExpected,
  plainSource,
  type TestFunction,
  testFunctions,
  unbase64,
} from '@atoma/move-engine/unit-tests';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { counted } from '../kernel/lines.ts';
import type { testFlags } from './flags.ts';
import { loaded, timeLimit } from './load.ts';

type Values = Parameters<Handler<typeof testFlags>>[1];

/** One test that ran. */
interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  /** Why it failed; empty when it passed. */
  readonly detail: string;
}

const nameOf = ({ module, name }: TestFunction): string => `${module}::${name}`;

const detailOf = (test: TestFunction, result: ReturnType<ReturnType<typeof createTestRunner>>): string => {
  const wanted = test.expectedFailure === undefined ? '' : `expected_failure(${test.expectedFailure}), but it `;
  return result.ok ? `${wanted}returned` : `${wanted}${wanted === '' ? '' : 'ended with: '}${result.message}`;
};

/** Runs the tests on the engine; undefined where the compiler does not take test code as ordinary code. */
const onEngine = async (
  root: RootPackage,
  tests: readonly TestFunction[],
  flags: Values,
): Promise<readonly Outcome[] | undefined> => {
  const answer = await runJob(combinedJob(root, plainSource), timeLimit(flags));
  if (!answer.ok) return undefined;
  const { modules } = compiledFrom(root.name, answer);
  const packages = groupPackages(modules.map(unbase64));
  const run = createTestRunner(packages, flags.gasLimit);
  const everything = [root, ...root.dependencies]
    .flatMap(({ sources }) => Object.values(sources))
    .concat(Object.values(root.tests))
    .join('\n');
  const placeOf = (test: TestFunction) =>
    packages.find(({ modules: of, storageId }) => of.has(test.module) && !isForeign(root, storageId));
  return tests.map((test) => {
    const pkg = placeOf(test);
    if (!pkg) return { name: nameOf(test), passed: false, detail: `the compiler gave no module ${test.module}` };
    const result = run(pkg, test);
    const passed = isExpected(test, result, everything);
    return { name: nameOf(test), passed, detail: passed ? '' : detailOf(test, result) };
  });
};

const isForeign = ({ dependencies }: RootPackage, id: string): boolean =>
  dependencies.some(({ address }) => BigInt(address) !== 0n && BigInt(address) === BigInt(`0x${id}`));

const VM_LINE = /^\[ (PASS|FAIL|TIMEOUT)\s*\] (?:0x)?\w+::(\S+)/gm;

/** The same in the Move VM, whose build of the compiler knows test code. Throws `MOVE_COMPILE`. */
const onMoveVm = async (run: Run, root: RootPackage, flags: Values): Promise<readonly Outcome[]> => {
  const { ok, output } = await runJob(moveVmJob(root), timeLimit(flags));
  if (!ok && !/^Test result:/m.test(output)) throw moveError('COMPILE', { name: root.name, output: output.trim() });
  run.note('note: these tests ran in the Move VM, which computes other ids of dynamic fields than a Sui node');
  const outcomes = [...output.matchAll(VM_LINE)].map((match) => ({
    name: match[2] as string,
    passed: match[1] === 'PASS',
    detail: match[1] === 'PASS' ? '' : 'see the log of the Move VM',
  }));
  if (outcomes.some(({ passed }) => !passed)) run.note(output.trim());
  return outcomes.filter(({ name }) => flags.filter === undefined || name.includes(flags.filter));
};

const reportOf = (root: RootPackage, engine: string, tests: readonly Outcome[]): Report => {
  const failed = tests.filter(({ passed }) => !passed).length;
  return {
    data: { name: root.name, engine, passed: tests.length - failed, failed, tests: tests.map((each) => ({ ...each })) },
    short: failed === 0 ? 'passed' : 'failed',
    negative: failed > 0,
    lines: (paint) => [
      ...tests.map(({ name, passed, detail }) =>
        passed ? `${paint.green('pass')}  ${name}` : `${paint.red('FAIL')}  ${name}: ${detail}`,
      ),
      `${root.name}: ${counted(tests.length - failed, 'test')} passed, ${failed} failed`,
    ],
  };
};

/** `atoma move test` */
export const test: Handler<typeof testFlags> = async (run, flags) => {
  const root = loaded(run, flags);
  const texts = Object.values({ ...root.sources, ...root.tests });
  const all = texts.flatMap(testFunctions);
  const chosen = all.filter((each) => flags.filter === undefined || nameOf(each).includes(flags.filter));
  if (chosen.length === 0)
    throw moveError('NO_TEST', {
      what: flags.filter === undefined ? '#[test]' : `#[test] whose name contains "${flags.filter}"`,
      name: root.name,
      hint:
        all.length === 0
          ? 'Write `#[test] fun name() { ... }` in a module of sources/ or tests/.'
          : `There are: ${all.map(nameOf).join(', ')}.`,
    });
  const random = texts.filter((text) => /^\s*#\[random_test/m.test(text)).length;
  if (random > 0) run.note('note: #[random_test] functions are not run');
  const outcomes = await onEngine(root, chosen, flags);
  return outcomes ? reportOf(root, 'atoma', outcomes) : reportOf(root, 'move-vm', await onMoveVm(run, root, flags));
};
