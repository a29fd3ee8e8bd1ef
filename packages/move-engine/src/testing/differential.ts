/** Generated programs, here and in the Move VM. */
import { expect } from 'vitest';
import { testSources } from '../../../../tools/move/src/index.ts';
import type { CallResult, MoveVm } from '../types.ts';
import { createMoveVmWith } from '../vm.ts';
import { compilePackageText, frameworkPackages, long, newSession, sourceOf } from './fixture.ts';
import { generateModule } from './program.ts';

/** Functions per generated module; compile time grows faster than this. */
const batch = 90;

const callAll = (vm: MoveVm): readonly CallResult[] =>
  Array.from({ length: batch }, (_, k) =>
    newSession(vm).call({ package: long('abc'), module: 'm', function: `f${k}`, typeArguments: [], arguments: [] }),
  );

/** A Move unit test that holds when the real VM does what the engine did. */
const unitTest = (result: CallResult, k: number): string => {
  if (result.ok) {
    const hex = Buffer.from(result.returns[0]?.value as number[]).toString('hex');
    return `#[test] fun t${k}() { assert!(a::m::f${k}() == x"${hex}", 1) }`;
  }
  const causes: Readonly<Record<string, string>> = {
    abort: `abort_code = ${result.code}`,
    arithmetic: 'arithmetic_error',
    vector: `vector_error, minor_status = ${result.code}`,
  };
  const place = `${result.package === long('abc') ? 'a' : 'std'}::${result.module}`;
  return `#[test, expected_failure(${causes[result.kind]}, location = ${place})] fun t${k}() { a::m::f${k}(); }`;
};

const outcome = (result: CallResult): unknown =>
  result.ok ? result.returns.map(({ value }) => value) : [result.kind, result.code, result.module, result.instruction];

/** Compares what the programs of a seed do in both forms of generated code, and then in the Move VM. */
export const compareWithMoveVm = async (seed: number): Promise<void> => {
  const text = generateModule(seed, batch);
  const [std, sui] = frameworkPackages();
  const source = sourceOf(std, sui, await compilePackageText(text));
  const results = callAll(createMoveVmWith(source, {}, {}));
  const kinds = new Set(results.map((result) => (result.ok ? 'ok' : result.kind)));
  expect([...kinds].sort()).toEqual(['abort', 'arithmetic', 'ok', 'vector']);
  expect(results.filter((result) => result.ok).length).toBeGreaterThan(batch / 4);
  // The form without structured loops must agree with the usual one before either is compared with the VM.
  const dispatched = callAll(createMoveVmWith(source, {}, { forceDispatcher: true }));
  expect(dispatched.map(outcome)).toEqual(results.map(outcome));
  const tests = `#[test_only, allow(all)]\nmodule a::t {\n${results.map(unitTest).join('\n')}\n}\n`;
  const report = await testSources({
    name: 'demo',
    sources: { 'sources/demo.move': text, 'tests/t.move': tests },
    addresses: { a: '0xabc' },
    dependencies: ['std'],
  });
  expect(report.tests.length).toBe(batch);
  expect(report.tests.filter((one) => !one.passed).map((one) => one.name)).toEqual([]);
};
