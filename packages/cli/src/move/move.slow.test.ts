/** The built program on a stranger's Move package. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { atoma, bundle, checkout, cleanMachine, devCli, execute, type Finished } from '../testing/process.ts';
import { moveGroup } from './spec.ts';

const machine = cleanMachine();
const here = join(machine.home, 'hello');
const manifest = readFileSync(join(checkout, 'docs/examples/hello/Move.toml'), 'utf8');

beforeAll(async () => {
  cpSync(join(checkout, 'docs/examples/hello'), here, { recursive: true });
  expect(await execute(cleanMachine(), devCli, ['--version'])).toMatchObject({ code: 0 });
});

const parsed = (name: 'build' | 'test' | 'publish', done: Finished): Record<string, unknown> => {
  const data = JSON.parse(done.out) as Record<string, unknown>;
  const command = moveGroup.routes[name];
  if (command?.kind !== 'command') throw new TypeError(`${name} is no command`);
  expect(schemaFaults(jsonSchemaOf(command.output as Shape), data)).toEqual([]);
  return data;
};

test('a package with Sui by git is built, its bytecode lies where Sui’s tool puts it', async () => {
  expect(manifest).toContain('git = "https://github.com/MystenLabs/sui.git"');
  const built = parsed('build', await atoma(machine, 'move build hello --json'));
  const [module] = built.modules as { name: string; bytecode: string }[];
  const file = join(here, 'build/hello/bytecode_modules/hello.mv');
  expect(built).toMatchObject({ name: 'hello', files: [file] });
  expect((built.dependencies as string[]).map((id) => BigInt(id))).toEqual([1n, 2n]);
  expect(readFileSync(file).toString('base64')).toBe(module?.bytecode);
});

test('its tests run on the engine; a failing one is named, and the command ends with 1', async () => {
  writeFileSync(
    join(here, 'tests/more.move'),
    '#[test_only]\nmodule hello::more;\n#[test]\nfun wrong() { assert!(1u64 == 2, 77) }\n#[test]\nfun endless() { let mut i = 0u64; loop { i = i ^ 1 } }\n',
  );
  const done = await atoma(machine, 'move test hello --gas-limit 1000000 --json');
  const report = parsed('test', done);
  expect([done.code, report.engine, report.passed, report.failed]).toEqual([1, 'atoma', 3, 2]);
  expect(report.tests).toEqual(
    expect.arrayContaining([
      { name: 'hello_tests::counts', passed: true, detail: '' },
      { name: 'more::wrong', passed: false, detail: expect.stringContaining('77') },
      { name: 'more::endless', passed: false, detail: expect.stringContaining('gas') },
    ]),
  );
});

test('what does not compile is told in the words of the compiler, about the file as it was written', async () => {
  mkdirSync(join(machine.home, 'bad/sources'), { recursive: true });
  writeFileSync(join(machine.home, 'bad/Move.toml'), manifest.replaceAll('hello', 'bad'));
  writeFileSync(join(machine.home, 'bad/sources/bad.move'), 'module bad::bad;\n#[test] fun t() { nothing() }\n');
  const done = await atoma(machine, 'move test bad');
  expect([done.code, done.err]).toEqual([1, expect.stringMatching(/does not compile:[\s\S]*sources\/bad\.move:2:/)]);
});

test('published on the active network: package, UpgradeCap and what its initializer made can be looked at', async () => {
  const planned = parsed('publish', await atoma(machine, 'move publish hello --dry-run --json'));
  expect(planned).toMatchObject({ status: 'simulated', digest: null });
  const done = parsed('publish', await atoma(machine, 'move publish hello --json'));
  const {
    package_id: id,
    upgrade_cap_id: cap,
    objects,
  } = done as { package_id: string; upgrade_cap_id: string; objects: { id: string; type: string }[] };
  expect(objects).toEqual([{ id: expect.any(String), type: `${id}::hello::Counter` }]);
  const show = async (what: string) => JSON.parse((await atoma(machine, `object show ${what} --json`)).out);
  expect(await show(id)).toMatchObject({ type: 'package', modules: [{ name: 'hello' }] });
  expect(await show(cap)).toMatchObject({ fields: { package: id } });
  expect(await show(objects[0]?.id ?? '')).toMatchObject({
    owner: { kind: 'shared' },
    fields: { name: 'first', value: '0' },
  });
  const { transaction } = JSON.parse((await atoma(machine, `tx show ${done.digest} --json`)).out);
  expect(transaction.other_events).toEqual([expect.objectContaining({ type: `${id}::hello::Made` })]);
});

test('without the compiler one sentence says how to get it', async () => {
  const alone = join(machine.home, 'lib/node_modules/atoma');
  cpSync(dirname(bundle), alone, { recursive: true });
  expect(existsSync(join(alone, 'atoma.js'))).toBe(true);
  const done = await execute(machine, process.execPath, [join(alone, 'atoma.js'), 'move', 'build', 'hello']);
  expect(done).toMatchObject({
    code: 1,
    err: expect.stringContaining('npm install --global @zktx.io/sui-move-builder@0.5.1'),
  });
});
