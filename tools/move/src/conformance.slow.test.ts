import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type AbiModule, readInterface } from './abi.ts';
import { compilePackage, compileSources } from './compile.ts';
import { findDifferences, findOmissions, readPublishedInterface } from './conformance.ts';
import { omissions, renderOmissions } from './omitted.ts';
import { repositoryRoot } from './packages.ts';

const published = readPublishedInterface();
let subset: readonly AbiModule[] = [];

beforeAll(async () => {
  const compiled = await Promise.all([compilePackage('std'), compilePackage('sui')]);
  subset = compiled.flatMap(({ modules }) => modules.map(readInterface));
});

test('every public, entry and native function, struct and enum of the subset is exactly as published', () => {
  expect(subset.length).toBeGreaterThan(60);
  expect(findDifferences(subset, published)).toEqual([]);
});

test('the table of omissions is exact', () => {
  expect(omissions.map(({ module, items }) => (items === undefined ? { module } : { module, items }))).toEqual(
    findOmissions(subset, published),
  );
});

test('the page of omissions is up to date', () => {
  expect(readFileSync(join(repositoryRoot, 'move/framework/OMITTED.md'), 'utf8')).toBe(renderOmissions());
});

/** A module that offers under 0x2 what the framework offers, except for the given deviation. */
const deviating = async (name: string, body: string): Promise<readonly string[]> => {
  const { modules } = await compileSources({
    name: 'deviation',
    sources: { 'sources/m.move': `module deviation::${name};\n${body}` },
    addresses: { deviation: '0x2' },
    dependencies: ['std'],
  });
  return findDifferences(modules.map(readInterface), published);
};

test.each([
  ['an extra public function', 'public fun extra() {}'],
  ['another parameter', 'public fun encode(_: vector<u8>, _: u8): vector<u8> { vector[] }'],
  ['entry', 'public entry fun encode(_: vector<u8>): vector<u8> { vector[] }'],
  ['a native', 'public native fun encode(bytes: vector<u8>): vector<u8>;'],
  ['an extra struct', 'public struct Extra has drop {}'],
])('%s is noticed', async (_, body) => {
  expect(await deviating('hex', body)).toHaveLength(1);
});

test('fields, abilities, type parameters and variants of a struct or enum are compared', async () => {
  const field = await deviating('url', 'public struct Url has copy, drop, store { uri: std::ascii::String }');
  const ability = await deviating('url', 'public struct Url has copy, drop { url: std::ascii::String }');
  const phantom = await deviating('balance', 'public struct Balance<T> has store { value: u64, t: Option<T> }');
  const same = await deviating('url', 'public struct Url has copy, drop, store { url: std::ascii::String }');
  const variant = await deviating('derived_object', 'public enum ClaimedStatus has store { Free }');
  expect([field, ability, phantom, variant, same].map((differences) => differences.length)).toEqual([1, 1, 1, 1, 0]);
});

test('private and package functions are free', async () => {
  expect(await deviating('hex', 'fun mine() {}\npublic(package) fun ours() { mine() }')).toEqual([]);
});
