import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { deserialize } from '@mysten/move-bytecode-template';
import { expect, test } from 'vitest';
import { addressIdentifiers, packageDigest, replaceAddress } from '../deployment/bytecode.ts';
import { linkPackage, shippedPackages } from '../deployment/shipped.ts';
import packages from '../generated/packages.json' with { type: 'json' };
import { toHex0x } from '../values/bytes.ts';
import { generateBindings } from './generate.ts';
import { readModule } from './read-bytecode.ts';

const directory = join(import.meta.dirname, '../generated/bindings');
const id = `0x${'ab'.repeat(32)}`;

test('the bindings are those of the shipped bytecode', () => {
  const expected = generateBindings(packages);
  const written = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
  expect(written.sort()).toEqual(Object.keys(expected).sort());
  for (const [path, text] of Object.entries(expected)) expect(readFileSync(join(directory, path), 'utf8')).toBe(text);
});

test('every error constant the bytecode holds is named in the bindings', () => {
  for (const { modules } of packages.packages)
    for (const module of modules) {
      const bytes = Buffer.from(module, 'base64');
      const { constant_pool } = deserialize(bytes) as { constant_pool: readonly { data: readonly number[] }[] };
      const names = constant_pool
        .map(({ data }) => new TextDecoder().decode(Uint8Array.from(data.slice(1))))
        .filter((text) => /^E[A-Z0-9][A-Za-z0-9]+$/.test(text));
      expect(readModule(bytes).errors.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    }
});

test("linking changes TOMA's id in the address pool and nothing else", async () => {
  const { toma, atoma } = await shippedPackages();
  const linked = linkPackage(atoma, toma, id);
  linked.modules.forEach((module, i) => {
    const before = atoma.modules[i] as Uint8Array;
    const [was, is] = [before, module].map((bytes) => deserialize(bytes) as Record<string, unknown>);
    const swapped = addressIdentifiers(before).map((address) => (address === toma.placeholder ? id : address));
    expect(is?.address_identifiers).toEqual(swapped.map((address) => address.slice(2)));
    expect({ ...is, address_identifiers: null }).toEqual({ ...was, address_identifiers: null });
    expect(replaceAddress(module, id, toma.placeholder)).toEqual(before);
  });
  expect(linked.dependencies).toContain(id);
  expect(linked.dependencies).not.toContain(toma.placeholder);
});

test('the digest follows modules and dependencies, in any order of either', async () => {
  const { toma, atoma } = await shippedPackages();
  const linked = linkPackage(atoma, toma, id);
  expect(toHex0x(linked.digest)).not.toBe(toHex0x(atoma.digest));
  expect(packageDigest(linked.modules.toReversed(), linked.dependencies.toReversed())).toEqual(linked.digest);
});

test('a package that does not name the other cannot be linked', async () => {
  const { toma } = await shippedPackages();
  expect(() => linkPackage(toma, toma, id)).toThrowError(expect.objectContaining({ code: 'DEPLOYMENT_BYTECODE' }));
});
