import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { buildFlags, publishFlags, testFlags } from './flags.ts';

const compiled = {
  name: s.text('Name of the package.'),
  modules: s.list(
    s.record({ name: s.text('Module.'), bytecode: s.text('Bytecode, base64.') }),
    'Each module after those it needs.',
  ),
  dependencies: s.list(s.objectId('Package.'), 'Packages it links to.'),
  digest: s.bytes32('Digest of the package, as upgrade tickets carry it.'),
};
const needs =
  'Needs the Move compiler, an optional package: npm install --global @zktx.io/sui-move-builder@0.5.1. Git dependencies on Sui and MoveStdlib are taken from the framework here; nothing is fetched.';

/** `atoma move ...` */
export const moveGroup = group('A Move package of your own.', {
  build: command({
    brief: 'Compile a package; its bytecode is written to build/.',
    examples: ['move build', 'move build ./hello', 'move build ./hello --framework sui/crates/sui-framework/packages'],
    notes: needs,
    access: 'local',
    flags: buildFlags,
    positional: ['directory'],
    next: 'move test',
    output: s.shape('move.build', { ...compiled, files: s.list(s.text('File.'), 'What was written.') }),
    load: async () => (await import('./build.handler.ts')).build,
  }),
  test: command({
    brief: 'Run the #[test] functions of a package on this program’s Move engine.',
    examples: ['move test', 'move test ./hello --filter hello::greets'],
    notes: `Exits with 1 when a test fails. ${needs}`,
    access: 'local',
    flags: testFlags,
    positional: ['directory'],
    next: 'move publish',
    output: s.shape('move.test', {
      name: s.text('Name of the package.'),
      engine: s.text('What ran the tests: atoma, or move-vm where the engine could not.'),
      passed: s.integer('Tests that passed.'),
      failed: s.integer('Tests that failed.'),
      tests: s.list(
        s.record({
          name: s.text('module::function.'),
          passed: s.bool('Whether it passed.'),
          detail: s.text('Why it failed; empty when it passed.'),
        }),
        'Every test.',
      ),
    }),
    load: async () => (await import('./test.handler.ts')).test,
  }),
  publish: command({
    brief: 'Compile a package and publish it on the active network.',
    examples: ['move publish', 'move publish ./hello --network testnet', 'move publish ./hello --dry-run'],
    notes: `The wallet gets the UpgradeCap. ${needs}`,
    access: 'write',
    flags: publishFlags,
    positional: ['directory'],
    next: 'object show 0xID',
    output: s.shape('move.publish', {
      status: s.text('executed or simulated.'),
      digest: s.orNull(s.text('Transaction; null when it was simulated.')),
      epoch: s.integer('Epoch it ran in.'),
      cost: s.anyRecord('TOMA, SUI and gas.'),
      package_id: s.objectId('The package.'),
      upgrade_cap_id: s.orNull(s.objectId('The capability to upgrade it.')),
      objects: s.list(
        s.record({ id: s.objectId('Object.'), type: s.text('Move type.') }),
        'Other objects that were created.',
      ),
    }),
    load: async () => (await import('./publish.handler.ts')).publish,
  }),
});
