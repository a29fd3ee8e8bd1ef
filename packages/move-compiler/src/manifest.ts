/** `Move.toml`, as far as compiling needs it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'smol-toml';
import { moveError } from './move-compiler-errors.ts';

/** 32-byte form of a `0x` hex address. */
export const longAddress = (address: string): string => `0x${address.replace(/^0x/, '').padStart(64, '0')}`;

/** Where a dependency comes from. */
export type DependencySource =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'git'; readonly url: string; readonly subdir: string }
  /** The registry, the framework's short form, or anything newer. */
  | { readonly kind: 'other'; readonly text: string };

/** A manifest that was read. */
export interface Manifest {
  readonly file: string;
  readonly name: string;
  readonly edition: string;
  /** Id it is published under; undefined for a package that is not. */
  readonly publishedAt: string | undefined;
  readonly dependencies: Readonly<Record<string, DependencySource>>;
  /** Named addresses as written: `0x` hex, or `_` for one that whoever uses it must give. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Named addresses that count while the package itself is compiled for its tests. */
  readonly devAddresses: Readonly<Record<string, string>>;
}

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

const sourceOf = (value: unknown): DependencySource => {
  if (!isTable(value)) return { kind: 'other', text: JSON.stringify(value) ?? '' };
  if (typeof value.local === 'string') return { kind: 'local', path: value.local };
  if (typeof value.git === 'string')
    return { kind: 'git', url: value.git, subdir: typeof value.subdir === 'string' ? value.subdir : '' };
  return { kind: 'other', text: JSON.stringify(value) };
};

const ADDRESS = /^(0x[0-9a-fA-F]{1,64}|_)$/;

/** Reads the manifest of a package. Throws `MOVE_NO_PACKAGE`, `MOVE_MANIFEST`. */
export const readManifest = (directory: string): Manifest => {
  const file = join(directory, 'Move.toml');
  if (!existsSync(file)) throw moveError('NO_PACKAGE', { directory, why: 'it has no Move.toml' });
  const bad = (why: string, cause?: unknown) => moveError('MANIFEST', { file, why }, cause);
  let toml: Table;
  try {
    toml = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw bad((error as Error).message.split('\n')[0] ?? '', error);
  }
  const table = (name: string): Table => {
    const value = toml[name] ?? {};
    if (!isTable(value)) throw bad(`[${name}] is no table`);
    return value;
  };
  const addressTable = (name: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      Object.entries(table(name)).map(([key, value]) => {
        if (typeof value === 'string' && ADDRESS.test(value)) return [key, value];
        throw bad(`the address ${key} in [${name}] is neither 0x and up to 64 hex digits nor "_"`);
      }),
    );
  const { name, edition = 'legacy', 'published-at': publishedAt } = table('package');
  if (typeof name !== 'string' || !/^\w[\w-]*$/.test(name)) throw bad('[package] has no name');
  if (typeof edition !== 'string') throw bad('the edition is no text');
  return {
    file,
    name,
    edition,
    publishedAt: typeof publishedAt === 'string' && /^0x[0-9a-fA-F]+$/.test(publishedAt) ? publishedAt : undefined,
    dependencies: Object.fromEntries(
      Object.entries(table('dependencies')).map(([key, value]) => [key, sourceOf(value)]),
    ),
    addresses: addressTable('addresses'),
    devAddresses: addressTable('dev-addresses'),
  };
};

/** A manifest with only what the compiler needs of the package it compiles. */
export const manifestText = (name: string, edition: string, addresses: Readonly<Record<string, string>>): string =>
  [
    '[package]',
    `name = "${name}"`,
    `edition = "${edition}"`,
    '[addresses]',
    ...Object.entries(addresses).map(([key, value]) => `${key} = "${longAddress(value)}"`),
    '',
  ].join('\n');
