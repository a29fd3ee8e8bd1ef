/** A package on disk with everything it needs. */
import { basename, resolve } from 'node:path';
import { readFramework } from './framework.ts';
import { type DependencySource, longAddress, type Manifest, readManifest } from './manifest.ts';
import { moveError } from './move-compiler-errors.ts';
import { addressesOf, type LoadedPackage, type MoveSources, NONE, packageAt, readSources } from './read-package.ts';

/** A package to work on, with what it links to. */
export interface RootPackage extends LoadedPackage {
  readonly directory: string;
  /** Its `tests/`. */
  readonly tests: MoveSources;
  /** Each after those it needs, the framework first. */
  readonly dependencies: readonly LoadedPackage[];
}

/** Repositories' folders and names of packages that stand for a package of the framework. */
const FRAMEWORK_NAMES: Readonly<Record<string, string>> = {
  sui: '0x2',
  'sui-framework': '0x2',
  movestdlib: '0x1',
  'move-stdlib': '0x1',
  std: '0x1',
  suisystem: '0x3',
  'sui-system': '0x3',
  sui_system: '0x3',
  bridge: '0xb',
  deepbook: '0xdee9',
};

/** What every package links to, and what packages of the framework need besides. */
const ALWAYS: readonly bigint[] = [1n, 2n];
const NEEDED_BY: Readonly<Record<string, readonly string[]>> = { '0xb': ['0x3'] };

/** The address of the framework's package that a dependency means; undefined for any other. */
const frameworkAddress = (name: string, source: DependencySource): string | undefined => {
  if (source.kind === 'local') return undefined;
  const folder = source.kind === 'git' ? basename(source.subdir) : '';
  return FRAMEWORK_NAMES[folder.toLowerCase()] ?? FRAMEWORK_NAMES[name.toLowerCase()];
};

/** How packages are loaded. */
export interface LoadOptions {
  /** A directory with Sui's framework packages; ours when left out. */
  readonly framework?: string | undefined;
}

/** Loads a package with what it needs. Throws `MOVE_NO_PACKAGE`, `MOVE_MANIFEST`, `MOVE_DEPENDENCY`, `MOVE_FRAMEWORK`. */
export const loadPackage = (directory: string, options: LoadOptions = {}): RootPackage => {
  const manifest = readManifest(directory);
  const framework = readFramework(options.framework);
  const found = new Map<string, LoadedPackage>();
  const linked = new Set(ALWAYS);
  const visit = (parent: Manifest, at: string, users: readonly string[]): void => {
    for (const [name, source] of Object.entries(parent.dependencies)) {
      const refuse = (why: string, remedy: string) =>
        moveError('DEPENDENCY', { name, parent: parent.name, why, remedy });
      const address = frameworkAddress(name, source);
      if (address !== undefined) {
        for (const each of [address, ...(NEEDED_BY[address] ?? [])]) linked.add(BigInt(each));
        if (framework.some((one) => BigInt(one.address) === BigInt(address))) continue;
        throw refuse(
          `package ${address} is not part of the framework that is used`,
          "Name Sui's own with --framework DIR: crates/sui-framework/packages of Sui's repository.",
        );
      }
      if (source.kind !== 'local')
        throw refuse(
          source.kind === 'git'
            ? `it lies at ${source.url}, and nothing is fetched here`
            : `${source.text} is not known here`,
          `Get it beside this package and write ${name} = { local = "../PATH" }.`,
        );
      const path = resolve(at, source.path);
      if (found.has(path)) continue;
      if (users.includes(path)) throw refuse('it needs this package itself', 'Remove one dependency of the circle.');
      const dependency = readManifest(path);
      if (framework.some((one) => one.name === dependency.name)) continue;
      visit(dependency, path, [...users, path]);
      found.set(path, packageAt(path));
    }
  };
  visit(manifest, directory, [resolve(directory)]);
  const sources = readSources(directory, 'sources');
  if (Object.keys(sources).length === 0)
    throw moveError('NO_PACKAGE', { directory, why: 'sources/ holds no .move file' });
  const needed = framework.filter(({ address }) => linked.has(BigInt(address)));
  const dependencies = [...needed, ...found.values()];
  const own = { ...addressesOf(manifest, NONE), ...manifest.devAddresses };
  return {
    directory,
    name: manifest.name,
    edition: manifest.edition,
    address: NONE,
    addresses: {
      ...Object.assign({}, ...dependencies.map(({ addresses }) => addresses)),
      ...Object.fromEntries(Object.entries(own).map(([key, value]) => [key, longAddress(value)])),
    },
    sources,
    tests: readSources(directory, 'tests'),
    dependencies,
  };
};
