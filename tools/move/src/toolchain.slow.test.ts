import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import { runJob } from '@atoma/move-compiler';
import { expect, test } from 'vitest';
import { readInterface } from './abi.ts';
import { compileSources, type SourcesParameters } from './compile.ts';
import { readDependencies, rootFiles } from './internal/inputs.ts';
import { selectTests } from './internal/select-tests.ts';
import { findPackage, packages, readPackage } from './packages.ts';
import { testSources } from './test-runner.ts';

const demo = (body: string): SourcesParameters => ({
  name: 'demo',
  sources: { 'sources/demo.move': `module demo::demo;\n${body}` },
  addresses: { demo: '0xd' },
});

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: unknown) => (isAtomaError(error) ? error.code : String(error)),
  );

test('bytecode of the Sui flavour of version 7, with dependencies in the digest', async () => {
  const compiled = await compileSources(demo('public fun one(): u64 { 1 }'));
  const code = Buffer.from(compiled.modules[0] as string, 'base64');
  expect(code.subarray(0, 8).toString('hex')).toBe('a11ceb0b07000005');
  const parts = [blake2b256(code), ...compiled.dependencies.map((id) => Buffer.from(id.slice(2), 'hex'))];
  const sorted = parts.map((part) => toHex(part)).sort();
  expect(compiled.digest).toBe(toHex(blake2b256(Buffer.from(sorted.join(''), 'hex'))));
});

test('modules come in dependency order', async () => {
  const { modules } = await compileSources({
    name: 'demo',
    sources: {
      'sources/a.move': 'module demo::a;\npublic fun two(): u64 { demo::b::one() + 1 }',
      'sources/b.move': 'module demo::b;\npublic fun one(): u64 { 1 }',
    },
    addresses: { demo: '0x0' },
  });
  expect(modules.map((module) => readInterface(module).name)).toEqual(['b', 'a']);
});

test('a source error carries the compiler text', async () => {
  const work = compileSources(demo('public fun one(): u64 { true }'));
  expect(await codeOf(work)).toBe('MOVE_COMPILE');
  await expect(work).rejects.toThrow(/demo\.move:2/);
  expect(await codeOf(testSources(demo('#[test] fun t() { nothing() }')))).toBe('MOVE_COMPILE');
});

test('results of single tests', async () => {
  const report = await testSources(demo('#[test] fun good() {}\n#[test] fun bad() { abort 7 }'));
  expect(report.passed).toBe(false);
  expect([...report.tests].sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
    { name: 'demo::bad', passed: false },
    { name: 'demo::good', passed: true },
  ]);
});

test('no test at all is no success', async () => {
  expect((await testSources(demo('public fun one(): u64 { 1 }'))).passed).toBe(false);
});

test('a filter runs only matching tests, also beside expected failures', async () => {
  const body = `#[test] fun wanted() { helper() }
#[test_only] fun helper() {}
#[test, expected_failure(abort_code = 7)] fun other() { abort 7 }
#[test]
#[expected_failure]
fun another() {}`;
  const report = await testSources({ ...demo(body), filter: 'wanted' });
  expect([report.passed, report.tests]).toEqual([true, [{ name: 'demo::wanted', passed: true }]]);
});

test('filtering keeps line numbers', () => {
  const text = 'module a::a;\n#[test,\n expected_failure]\nfun b() {}\nfun c() {}\n';
  const selected = selectTests({ 'sources/a.move': text }, 'nothing')['sources/a.move'] as string;
  expect(selected).not.toContain('expected_failure');
  expect(selected.split('\n')[3]).toBe('fun b() {}');
});

test('an endless loop is killed', async () => {
  const work = testSources({ ...demo('#[test] fun t() { loop {} }'), timeoutMs: 1_500 });
  expect(await codeOf(work)).toBe('MOVE_TIMEOUT');
});

test('packages are listed after what they need', () => {
  packages.forEach(({ dependencies }, index) => {
    const before = packages.slice(0, index).map((entry) => entry.name);
    expect(before).toEqual(expect.arrayContaining([...dependencies]));
  });
  expect(() => findPackage('nothing')).toThrow();
});

test('the same sources give the same bytes', async () => {
  const { name, ownAddress, dependencies } = findPackage('sui');
  const files = rootFiles(name, readPackage(findPackage(name), false), { std: '0x1', sui: ownAddress });
  const job = { operation: 'compile', name, files, dependencies: readDependencies(dependencies) } as const;
  const [first, second] = await Promise.all([runJob(job, 240_000), runJob(job, 240_000)]);
  expect(first.ok).toBe(true);
  expect(first).toEqual(second);
});

/** Fixes a fact other tests rely on: in the WebAssembly build a length is 4 bytes, on a Sui node it is 8. */
test('ids of dynamic fields differ from those on Sui: the test VM hashes the key length in 4 bytes', async () => {
  const text = (value: string): string => Buffer.from([value.length, ...Buffer.from(value)]).toString('hex');
  const tag = `07${'2'.padStart(64, '0')}${text('derived_object')}${text('DerivedObjectKey')}0102`;
  const id = (length: string): string =>
    toHex(blake2b256(Buffer.from(`f0${'aa'.padStart(64, '0')}${length}0700000000000000${tag}`, 'hex')));
  const assertion = (hash: string): string =>
    `assert!(sui::derived_object::derive_address(@0xaa.to_id(), 7u64) == @0x${hash});`;
  const report = await testSources(
    demo(`#[test] fun wasm() { ${assertion(id('08000000'))} }
#[test] fun node() { ${assertion(id('0800000000000000'))} }`),
  );
  expect(report.tests.filter((each) => each.passed).map((each) => each.name)).toEqual(['demo::wasm']);
});

/** Why the subset may stand in for Sui's framework: a user's bytecode carries signatures and names, not the bodies it links to. */
test('bytecode of user code does not depend on the bodies of the framework', async () => {
  const text = `module demo::demo;
public struct Book has key { id: UID, pages: sui::table::Table<u64, vector<u8>> }
public fun write(book: &mut Book, page: u64, text: vector<u8>) { book.pages.add(page, text) }`;
  const files = rootFiles('demo', { 'sources/demo.move': text }, { demo: '0x0', std: '0x1', sui: '0x2' });
  const dependencies = readDependencies(['sui']);
  const [from, to] = ['table.size = table.size + 1;', 'let old = table.size; table.size = 1 + old;'];
  const edited = dependencies.map((dependency) => ({
    ...dependency,
    files: Object.fromEntries(
      Object.entries(dependency.files).map(([path, source]) => [
        path,
        path.endsWith('/table.move') ? source.replace(from, to) : source,
      ]),
    ),
  }));
  expect(JSON.stringify(edited)).not.toBe(JSON.stringify(dependencies));
  const compile = (set: typeof dependencies): Promise<{ readonly ok: boolean; readonly output: string }> =>
    runJob({ operation: 'compile', name: 'demo', files, dependencies: set }, 60_000);
  const [first, second] = await Promise.all([compile(dependencies), compile(edited)]);
  expect(first.ok).toBe(true);
  expect(second).toEqual(first);
});
