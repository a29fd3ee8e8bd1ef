/** The framework that packages are compiled against: ours, or a directory with Sui's own. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, readManifest } from './manifest.ts';
import { moveError } from './move-compiler-errors.ts';
import { type LoadedPackage, packageAt, readSources } from './read-package.ts';

/** A framework, each package after those it needs. */
export type Framework = readonly LoadedPackage[];

/** The file beside the bundled program that holds the sources of our framework. */
export const bundledFramework = 'framework-sources.json';

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');

const packageOf = (value: unknown): readonly LoadedPackage[] => {
  const { name, edition, address, addresses, sources }: Readonly<Record<string, unknown>> = Object(value);
  if (typeof name !== 'string' || typeof edition !== 'string' || typeof address !== 'string') return [];
  return isTexts(addresses) && isTexts(sources) ? [{ name, edition, address, addresses, sources }] : [];
};

const readBundled = (file: string): Framework => {
  const listed: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const packages = Array.isArray(listed) ? listed.flatMap(packageOf) : [];
  if (!Array.isArray(listed) || packages.length < listed.length)
    throw moveError('FRAMEWORK', { directory: file, why: 'it is not as it was installed' });
  return packages;
};

/** Ours: a file beside the bundled program, the directory itself in a checkout. */
const ownFramework = (): Framework => {
  const bundled = [bundledFramework, `../${bundledFramework}`].map(beside).find(existsSync);
  if (bundled !== undefined) return readBundled(bundled);
  return ['std', 'sui'].map((name) => packageAt(beside(`../../../move/framework/${name}`)));
};

/** Needed ones first. */
const inOrder = (manifests: readonly (readonly [directory: string, Manifest])[]): readonly string[] => {
  const byName = new Map(manifests.map(([directory, manifest]) => [manifest.name, { directory, manifest }]));
  const done = new Set<string>();
  const visit = (name: string): void => {
    const found = byName.get(name);
    if (!found || done.has(found.directory)) return;
    for (const needed of Object.keys(found.manifest.dependencies)) visit(needed);
    done.add(found.directory);
  };
  for (const [, { name }] of manifests) visit(name);
  return [...done];
};

/** The packages below a directory. Throws `MOVE_FRAMEWORK`. */
const frameworkAt = (directory: string): Framework => {
  if (!existsSync(directory)) throw moveError('FRAMEWORK', { directory, why: 'it does not exist' });
  const found = readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, 'Move.toml')))
    .map((entry) => join(directory, entry.name))
    .filter((path) => Object.keys(readSources(path, 'sources')).length > 0)
    .map((path) => [path, readManifest(path)] as const);
  const packages = inOrder(found).map(packageAt);
  for (const address of ['0x1', '0x2'])
    if (!packages.some(({ address: id }) => BigInt(id) === BigInt(address)))
      throw moveError('FRAMEWORK', { directory, why: `no package in it has the address ${address}` });
  return packages;
};

/** The framework of `directory`, ours when it is left out. */
export const readFramework = (directory: string | undefined): Framework =>
  directory === undefined ? ownFramework() : frameworkAt(directory);
