import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { billOf, dependenciesOf, faultsOf, isAllowed } from './audit.ts';

const root = resolve(import.meta.dirname, '../..');

test('every package we depend on has a licence on the list and an integrity hash', () => {
  const dependencies = dependenciesOf(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  expect(dependencies.length).toBeGreaterThan(100);
  expect(faultsOf(dependencies)).toEqual([]);
});

test('what ships may not carry other licences, and what only builds a few more', () => {
  const one = { name: 'x', version: '1.0.0', license: 'MPL-2.0', dev: true, integrity: true };
  expect(faultsOf([one])).toEqual([]);
  expect(faultsOf([{ ...one, dev: false }])).toEqual(['x 1.0.0: licence MPL-2.0 is not on the list']);
  expect(faultsOf([{ ...one, integrity: false }])).toEqual(['x 1.0.0: the lock file has no integrity hash']);
});

test.each<[string, boolean]>([
  ['MIT', true],
  ['(GPL-3.0 OR MIT)', true],
  ['(Apache-2.0 AND BSD-3-Clause)', true],
  ['(Apache-2.0 AND GPL-3.0)', false],
  ['none', false],
])('%s: %s', (license, expected) => {
  expect(isAllowed(license, new Set(['MIT', 'Apache-2.0', 'BSD-3-Clause']))).toBe(expected);
});

test('the bill of materials holds what ships, and says what it lacks', () => {
  const one = (name: string) => ({ SPDXID: `SPDXRef-${name}`, name, versionInfo: '1.0.0' });
  const from = (spdxElementId: string, relatedSpdxElement: string) => ({ spdxElementId, relatedSpdxElement });
  const document = JSON.stringify({
    spdxVersion: 'SPDX-2.3',
    packages: ['all', 'atoma', 'a', 'tests'].map(one),
    relationships: [
      from('SPDXRef-DOCUMENT', 'SPDXRef-all'),
      from('SPDXRef-all', 'SPDXRef-atoma'),
      from('SPDXRef-atoma', 'SPDXRef-a'),
      from('SPDXRef-all', 'SPDXRef-tests'),
    ],
  });
  const ships = (name: string) => ({ name, version: '1.0.0', license: 'MIT', dev: false, integrity: true });
  const made = billOf(document, [ships('a'), ships('elsewhere')], (name) => name !== 'elsewhere');
  expect(made.packages.map(({ name }) => name)).toEqual(['all', 'atoma', 'a']);
  expect(made.relationships).toHaveLength(3);
  expect(() => billOf(document, [ships('b')], () => true)).toThrow('not in the bill of materials: b');
});
