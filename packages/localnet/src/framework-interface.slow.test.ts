/**
 * Genesis from a framework with every module of Sui's published interface: ours where we have them, the rest written from the
 * interface, natives declared and all else aborting. It boots, runs contracts, and its natives stop whoever calls them by name.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AbiFunction, type AbiModule, compilePackage, compileSources } from '../../../tools/move/src/index.ts';
import {
  closeLedger,
  getPackage,
  readFramework,
  type StoredObject,
  simulateTransaction,
  stateDigest,
} from './index.ts';
import { buildTransaction, createdBy, type Demo, openDemo, send } from './testing/fixture.ts';

const interfaceFile = new URL('../../../move/framework/abi/sui-framework-abi.json', import.meta.url);
const published = (JSON.parse(readFileSync(interfaceFile, 'utf8')) as { modules: readonly AbiModule[] }).modules;

const parameters = (list: AbiFunction['typeParameters']): string =>
  list.length === 0
    ? ''
    : `<${list
        .map(({ constraints, phantom }, i) => {
          const bounds = constraints.length === 0 ? '' : `: ${constraints.join(' + ')}`;
          return `${phantom ? 'phantom ' : ''}T${i}${bounds}`;
        })
        .join(', ')}>`;

const signature = ({ name, typeParameters, parameters: types, returns }: AbiFunction): string =>
  `fun ${name}${parameters(typeParameters)}(${types.map((type, i) => `p${i}: ${type}`).join(', ')})${
    returns.length === 0 ? '' : `: (${returns.join(', ')})`
  }`;

const visibility = { public: 'public ', friend: 'public(package) ', private: '' };

/** Source of a function, and for a native of one that everybody may call. */
const functionSource = (fn: AbiFunction): string => {
  if (!fn.isNative) return `${visibility[fn.visibility]}${signature(fn)} { abort 0 }`;
  const types = fn.typeParameters.map((_, i) => `T${i}`).join(', ');
  const call = `${fn.name}${types === '' ? '' : `<${types}>`}(${fn.parameters.map((_, i) => `p${i}`).join(', ')})`;
  return `${visibility[fn.visibility]}native ${signature(fn)};
    public ${signature({ ...fn, name: `call_${fn.name}` })} { ${call} }`;
};

const moduleSource = (module: AbiModule): string => `#[allow(all)] module ${module.address}::${module.name};
${module.structs
  .map(
    ({ name, typeParameters, abilities, fields }) =>
      `public struct ${name}${parameters(typeParameters)}${abilities.length === 0 ? '' : ` has ${abilities.join(', ')}`} {
        ${fields.map((field) => `${field.name}: ${field.type}`).join(', ')} }`,
  )
  .join('\n')}
${module.functions.map(functionSource).join('\n')}
`;

const directory = mkdtempSync(join(tmpdir(), 'interface-'));
let rest: readonly AbiModule[];
let d: Demo;

beforeAll(async () => {
  const [std, sui] = [await compilePackage('std'), await compilePackage('sui')];
  const own = new Set(readOwnNames(sui.modules));
  rest = published.filter(({ address, name }) => address === '0x2' && !own.has(name) && name !== 'prover');
  const more = await compileSources({
    name: 'rest',
    sources: Object.fromEntries(rest.map((module) => [`sources/${module.name}.move`, moduleSource(module)])),
    addresses: { rest: '0x2' },
  });
  const write = (name: string, modules: readonly string[]) =>
    writeFileSync(
      join(directory, name),
      bcs
        .vector(bcs.byteVector())
        .serialize(modules.map((module) => Buffer.from(module, 'base64')))
        .toBytes(),
    );
  write('move-stdlib', std.modules);
  write('sui-framework', [...sui.modules, ...more.modules]);
  d = await openDemo({ seed: 'interface', clock: 'logical', framework: readFramework(directory) });
});
afterAll(() => {
  closeLedger(d.ledger);
  rmSync(directory, { recursive: true });
});

/** Names of modules, which their own snapshot file tells. */
const readOwnNames = (modules: readonly string[]): readonly string[] => {
  const folder = mkdtempSync(join(tmpdir(), 'names-'));
  const bytes = modules.map((module) => Buffer.from(module, 'base64'));
  writeFileSync(join(folder, 'package'), bcs.vector(bcs.byteVector()).serialize(bytes).toBytes());
  const names = readFramework(folder).flatMap((pkg) => Object.keys(pkg.modules));
  rmSync(folder, { recursive: true });
  return names;
};

test('it boots with all of them and runs contracts', async () => {
  const names = [...(getPackage(d.ledger, '0x2')?.modules.keys() ?? [])];
  expect(rest.length).toBeGreaterThan(10);
  expect(names).toEqual(expect.arrayContaining(rest.map(({ name }) => name)));
  const record = await send(d.ledger, d.alice, (tx) => {
    tx.moveCall({ target: `${d.demo}::things::share` });
  });
  expect((createdBy(d.ledger, record, '::Counter')[0] as StoredObject).owner.kind).toBe('shared');
  expect(stateDigest(d.ledger)).toMatch(/^[0-9a-f]{64}$/);
});

/** Zero of a type in BCS: no bytes where the length says so. */
const zero = (type: string): Uint8Array => {
  const bare = type.replace(/^&(mut )?/, '');
  const widths: Readonly<Record<string, number>> = { u8: 1, u64: 8, u256: 32, address: 32, bool: 1 };
  return new Uint8Array(bare === 'T0' ? 8 : (widths[bare] ?? 1));
};

test('each of their natives stops its caller and is named', async () => {
  // Verifying a signature or a proof of zeros is to say no; hashing nothing, and groups of no such kind, abort.
  const answering = ['nitro_attestation', 'protocol_config', 'bls12381', 'poseidon', 'group_ops', 'groth16'];
  const stopping = rest.filter((module) => !answering.includes(module.name));
  const natives = stopping.flatMap((module) =>
    module.functions.filter((fn) => fn.isNative).map((fn) => [module, fn] as const),
  );
  const outcomes: (readonly [string, string])[] = [];
  for (const [module, fn] of natives) {
    const transaction = await buildTransaction(d.ledger, d.alice, (tx) => {
      tx.moveCall({
        target: `0x2::${module.name}::call_${fn.name}`,
        typeArguments: fn.typeParameters.map(() => 'u64'),
        arguments: fn.parameters.map((type) => tx.pure(zero(type))),
      });
    });
    const { effects } = simulateTransaction(d.ledger, { transaction, checks: 'enabled' });
    const [status] = Object.keys(effects.error?.status ?? { Success: true });
    expect([fn.name, effects.error?.description]).toEqual([fn.name, expect.stringContaining(fn.name)]);
    outcomes.push([`${module.name}::${fn.name}`, status as string]);
  }
  expect(outcomes).toEqual(outcomes.map(([name]) => [name, 'MovePrimitiveRuntimeError']));
  expect(outcomes.length).toBeGreaterThanOrEqual(4);
});
