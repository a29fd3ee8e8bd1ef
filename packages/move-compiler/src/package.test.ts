/** Packages as strangers write them: what is read, what is linked, what is refused and how. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isAtomaError } from '@atoma/base';
import { afterAll, expect, test } from 'vitest';
import { loadPackage } from './package.ts';

const root = mkdtempSync(join(tmpdir(), 'atoma-move-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
const put = (files: Readonly<Record<string, string>>): string => {
  const directory = join(root, String(count++));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
};
const source = { 'sources/a.move': 'module a::a;' };
const codeOf = (load: () => unknown): string => {
  try {
    load();
    return 'loaded';
  } catch (error) {
    return isAtomaError(error) ? error.code : String(error);
  }
};
const hex = (digit: string): string => `0x${digit.padStart(64, '0')}`;
const manifest = (more: string): string => `[package]\nname = "a"\nedition = "2024.beta" # a comment\n${more}`;

test.each([
  [
    'Sui by git, the package at zero',
    '[dependencies]\nSui = { git = "https://github.com/MystenLabs/sui.git", subdir = "crates/sui-framework/packages/sui-framework", rev = "framework/testnet" }\n[addresses]\na = "0x0"\n',
  ],
  ['no dependency and no address', ''],
  ['empty tables and environments', '[dependencies]\n[addresses]\n[environments]\ntestnet = "4c78adac"\n'],
  ['an address left open', '[addresses]\na = "_"\n'],
  ['an address it was published under', '[addresses]\na = "0x77"\n'],
])('%s: compiled at zero, with std and sui', (_what, more) => {
  const loaded = loadPackage(put({ ...source, 'Move.toml': manifest(more), 'tests/t.move': 'module a::t;' }));
  expect(loaded).toMatchObject({
    name: 'a',
    edition: '2024.beta',
    addresses: { a: hex('0'), std: hex('1'), sui: hex('2') },
    sources: source,
    tests: { 'tests/t.move': 'module a::t;' },
  });
  expect(loaded.dependencies.map(({ name }) => name)).toEqual(['MoveStdlib', 'Sui']);
});

test('only files are sources: a folder or the lock of an editor may be named like one', () => {
  const directory = put({ ...source, 'Move.toml': manifest(''), 'sources/b.move/notes.txt': '' });
  symlinkSync('nobody@nowhere', join(directory, 'sources/.#a.move'));
  expect(loadPackage(directory).sources).toEqual(source);
});

test('local dependencies come after what they need, with the ids they are published under', () => {
  const low = put({
    ...source,
    'Move.toml': '[package]\nname = "Low"\npublished-at = "0x88"\n[addresses]\nlow = "0x77"\n',
  });
  const high = put({
    ...source,
    'Move.toml': `[package]\nname = "High"\n[dependencies]\nLow = { local = "${low}" }\n[addresses]\nhigh = "0x0"\n`,
  });
  const top = put({
    ...source,
    'Move.toml': manifest(`[dependencies]\nHigh = { local = "${high}" }\nLow = { local = "${low}" }\n`),
  });
  const { dependencies, addresses } = loadPackage(top);
  expect(dependencies.slice(2).map(({ name, address }) => [name, address])).toEqual([
    ['Low', hex('88')],
    ['High', hex('0')],
  ]);
  expect(addresses).toMatchObject({ a: hex('0'), low: hex('77'), high: hex('0') });
});

test('addresses for development count in the package itself alone', () => {
  const { addresses } = loadPackage(
    put({ ...source, 'Move.toml': manifest('[addresses]\na = "_"\nbank = "_"\n[dev-addresses]\nbank = "0x99"\n') }),
  );
  expect(addresses).toMatchObject({ a: hex('0'), bank: hex('99') });
});

test.each([
  ['no manifest', {}, 'MOVE_NO_PACKAGE'],
  ['no sources', { 'Move.toml': manifest('') }, 'MOVE_NO_PACKAGE'],
  ['no TOML', { ...source, 'Move.toml': 'package]' }, 'MOVE_MANIFEST'],
  ['no name', { ...source, 'Move.toml': '[package]\n' }, 'MOVE_MANIFEST'],
  ['an address that is none', { ...source, 'Move.toml': manifest('[addresses]\na = "zero"') }, 'MOVE_MANIFEST'],
  [
    'a stranger by git',
    { ...source, 'Move.toml': manifest('[dependencies]\nX = { git = "https://example.org/x.git" }') },
    'MOVE_DEPENDENCY',
  ],
  ['the registry', { ...source, 'Move.toml': manifest('[dependencies]\nX = { r.mvr = "@x/y" }') }, 'MOVE_DEPENDENCY'],
  [
    'a package of the system that the subset lacks',
    {
      ...source,
      'Move.toml': manifest(
        '[dependencies]\nSuiSystem = { git = "https://github.com/MystenLabs/sui.git", subdir = "crates/sui-framework/packages/sui-system" }',
      ),
    },
    'MOVE_DEPENDENCY',
  ],
  [
    'a directory that is not there',
    { ...source, 'Move.toml': manifest('[dependencies]\nX = { local = "../nothing" }') },
    'MOVE_NO_PACKAGE',
  ],
  [
    'packages that need each other',
    {
      ...source,
      'Move.toml': manifest('[dependencies]\nB = { local = "b" }'),
      'b/Move.toml': '[package]\nname = "B"\n[dependencies]\na = { local = ".." }',
    },
    'MOVE_DEPENDENCY',
  ],
])('%s is an error that says so', (_what, files, code) => {
  const directory = put(files as Record<string, string>);
  expect(codeOf(() => loadPackage(directory))).toBe(code);
});

test('a framework is a directory of packages with std and sui among them', () => {
  const place = put({
    'move-stdlib/Move.toml': '[package]\nname = "MoveStdlib"\n[addresses]\nstd = "0x1"\n',
    'move-stdlib/sources/a.move': 'module std::a;',
    'sui-framework/Move.toml':
      '[package]\nname = "Sui"\n[dependencies]\nMoveStdlib = { local = "../move-stdlib" }\n[addresses]\nsui = "0x2"\n',
    'sui-framework/sources/b.move': 'module sui::b;',
    'sui-system/Move.toml':
      '[package]\nname = "SuiSystem"\n[dependencies]\nSui = { local = "../sui-framework" }\n[addresses]\nsui_system = "0x3"\n',
    'sui-system/sources/c.move': 'module sui_system::c;',
  });
  const framework = { framework: place };
  const plain = put({ ...source, 'Move.toml': manifest('') });
  expect(loadPackage(plain, framework).dependencies.map(({ name }) => name)).toEqual(['MoveStdlib', 'Sui']);
  const using = put({
    ...source,
    'Move.toml': manifest('[dependencies]\nSuiSystem = { git = "g", subdir = "a/sui-system" }'),
  });
  expect(loadPackage(using, framework).dependencies.map(({ name }) => name)).toEqual([
    'MoveStdlib',
    'Sui',
    'SuiSystem',
  ]);
  for (const wrong of [join(root, 'nowhere'), plain])
    expect(codeOf(() => loadPackage(plain, { framework: wrong }))).toBe('MOVE_FRAMEWORK');
});
