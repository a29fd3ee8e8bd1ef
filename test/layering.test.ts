import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Every arrow there may be between the project's packages; docs/ARCHITECTURE.md explains them. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  'move-engine': ['base'],
  localnet: ['base', 'move-engine'],
  sdk: ['base'],
  attest: ['base'],
  node: ['base', 'sdk'],
  gateway: ['base', 'sdk'],
  cli: ['base', 'attest', 'localnet', 'sdk', 'node', 'gateway'],
};

/** Source files that ship: no tests, benches, test support or scripts. */
const shippedSources = (name: string): readonly string[] =>
  readdirSync(join(root, 'packages', name, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.ts$/.test(entry.name) && !/\.(test|bench|fuzz)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/testing/'));

const importsOf = (file: string): readonly string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] as string,
  );

const violations = (name: string): readonly string[] =>
  shippedSources(name).flatMap((file) =>
    importsOf(file)
      .filter((target) => !isAllowed(name, file, target))
      .map((target) => `${relative(root, file)} imports ${target}`),
  );

const isAllowed = (name: string, file: string, target: string): boolean => {
  if (target.startsWith('.'))
    return resolve(dirname(file), target).startsWith(`${join(root, 'packages', name, 'src')}/`);
  const own = target.match(/^@atoma\/([^/]+)/)?.[1];
  return own === undefined || (mayImport[name] as readonly string[]).includes(own);
};

test('the table of arrows names every package', () => {
  expect(readdirSync(join(root, 'packages')).sort()).toEqual(Object.keys(mayImport).sort());
});

test.each(Object.keys(mayImport))('%s imports only what lies below it', (name) => {
  expect(violations(name)).toEqual([]);
});

test('only the SDK knows the market: ledger and engine sources name neither Atoma contract nor TOMA', () => {
  const naming = ['move-engine', 'localnet'].flatMap((name) =>
    shippedSources(name).filter((file) => /\b(toma|TOMA|AtomaDb)\b/.test(readFileSync(file, 'utf8'))),
  );
  expect(naming.map((file) => relative(root, file))).toEqual([]);
});
