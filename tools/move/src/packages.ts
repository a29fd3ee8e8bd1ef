/** The project's Move packages: where each lives, under which address it compiles, and what it needs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { moveError } from './errors.ts';

/** Root of the checkout; package directories are relative to it. */
export const repositoryRoot: string = resolve(import.meta.dirname, '../../..');

/** One Move package of the project. Addresses are `0x` hex, short or long. */
export interface PackageDescription {
  readonly name: string;
  /** Directory with `sources/` and `tests/`, relative to {@link repositoryRoot}. */
  readonly directory: string;
  /** Address the package has while it is compiled itself: fixed for the framework, 0x0 for what is published later. */
  readonly ownAddress: string;
  /** Address other packages see. For packages published later a placeholder that publishing replaces. */
  readonly address: string;
  /** Names of the packages it needs, in dependency order. */
  readonly dependencies: readonly string[];
}

/**
 * Stand-in for TOMA's package id in `atoma`'s bytecode: the ASCII codes of `toma`. Publishing rewrites this entry of each
 * module's `address_identifiers` to the id TOMA really has, and recomputes the digest.
 */
export const TOMA_PLACEHOLDER = '0x746f6d61';

/** Stand-in for Atoma's package id in code that depends on it: the ASCII codes of `atoma`. */
export const ATOMA_PLACEHOLDER = '0x61746f6d61';

/** All packages, each after those it needs. */
export const packages: readonly PackageDescription[] = [
  { name: 'std', directory: 'move/framework/std', ownAddress: '0x1', address: '0x1', dependencies: [] },
  { name: 'sui', directory: 'move/framework/sui', ownAddress: '0x2', address: '0x2', dependencies: ['std'] },
  {
    name: 'toma',
    directory: 'move/toma',
    ownAddress: '0x0',
    address: TOMA_PLACEHOLDER,
    dependencies: ['std', 'sui'],
  },
  {
    name: 'atoma',
    directory: 'move/atoma',
    ownAddress: '0x0',
    address: ATOMA_PLACEHOLDER,
    dependencies: ['std', 'sui', 'toma'],
  },
];

/** Finds a package by name; throws `MOVE_UNKNOWN_PACKAGE`. */
export const findPackage = (name: string): PackageDescription => {
  const found = packages.find((entry) => entry.name === name);
  if (found) return found;
  throw moveError('UNKNOWN_PACKAGE', { name, known: packages.map((entry) => entry.name).join(', ') });
};

/** Source text by path inside the package, such as `sources/coin.move`. */
export type MoveSources = Readonly<Record<string, string>>;

/** Whether the package has any source file yet. */
export const packageExists = (description: PackageDescription): boolean =>
  Object.keys(readFolder(description, 'sources')).length > 0;

/** Reads `sources/`, and `tests/` if wanted; throws `MOVE_MISSING_SOURCES` when there is nothing to compile. */
export const readPackage = (description: PackageDescription, withTests: boolean): MoveSources => {
  const sources = readFolder(description, 'sources');
  if (Object.keys(sources).length === 0)
    throw moveError('MISSING_SOURCES', { name: description.name, directory: description.directory });
  return withTests ? { ...sources, ...readFolder(description, 'tests') } : sources;
};

const readFolder = (description: PackageDescription, folder: 'sources' | 'tests'): MoveSources => {
  const root = join(repositoryRoot, description.directory, folder);
  if (!existsSync(root)) return {};
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.move'))
    .sort();
  return Object.fromEntries(files.map((file) => [`${folder}/${file}`, readFileSync(join(root, file), 'utf8')]));
};
