import { type JobDependency, longAddress, manifestText } from '@atoma/move-compiler';
import type { MoveSources, PackageDescription } from '../packages.ts';
import { findPackage, packages, readPackage } from '../packages.ts';

const EDITION = '2024.beta';

const mapEntries = <A, B>(
  record: Readonly<Record<string, A>>,
  f: (key: string, value: A) => readonly [string, B],
): Readonly<Record<string, B>> => Object.fromEntries(Object.entries(record).map(([key, value]) => f(key, value)));

/** Names a package's sources may use: its own, and those of its dependencies. */
const addressesFor = (description: PackageDescription): Readonly<Record<string, string>> =>
  Object.fromEntries([...description.dependencies, description.name].map((name) => [name, findPackage(name).address]));

const toDependency = (description: PackageDescription): JobDependency => ({
  name: description.name,
  displayName: description.name,
  edition: EDITION,
  publishedIdForOutput: longAddress(description.address),
  files: mapEntries(readPackage(description, false), (path, text) => [
    `dependencies/${description.name}/${path}`,
    text,
  ]),
  addressMapping: mapEntries(addressesFor(description), (name, address) => [name, longAddress(address)]),
});

/** The named packages and everything they need, in dependency order. */
export const dependencyClosure = (names: readonly string[]): readonly PackageDescription[] => {
  const wanted = new Set(names.flatMap((name) => [...findPackage(name).dependencies, name]));
  return packages.filter((description) => wanted.has(description.name));
};

/** Reads the dependencies from disk in the toolchain's form. */
export const readDependencies = (names: readonly string[]): readonly JobDependency[] =>
  dependencyClosure(names).map(toDependency);

/** The root package's files with the manifest that carries the named addresses. */
export const rootFiles = (
  name: string,
  sources: MoveSources,
  addresses: Readonly<Record<string, string>>,
): MoveSources => ({ ...sources, 'Move.toml': manifestText(name, EDITION, addresses) });
