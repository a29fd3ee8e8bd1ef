/** The files of one package. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { longAddress, type Manifest, readManifest } from './manifest.ts';

/** Source text by path inside the package, such as `sources/coin.move`. */
export type MoveSources = Readonly<Record<string, string>>;

/** A package whose files were read. */
export interface LoadedPackage {
  readonly name: string;
  readonly edition: string;
  /** Id it has for those that use it, 32-byte `0x` hex; 0 while it is not published. */
  readonly address: string;
  /** Named addresses, 32-byte `0x` hex; its own, too. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Its `sources/`. */
  readonly sources: MoveSources;
}

/** The Move files of a folder of a package. */
export const readSources = (directory: string, folder: string): MoveSources => {
  const root = join(directory, folder);
  if (!existsSync(root)) return {};
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.move') && statSync(join(root, file), { throwIfNoEntry: false })?.isFile())
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
  return Object.fromEntries(files.map((file) => [`${folder}/${file}`, readFileSync(join(root, file), 'utf8')]));
};

/** Id of a package that is not published. */
export const NONE = longAddress('0x0');

/** The names of a package's own address: its own name, else those left open, else the only one, else its own name undeclared. */
const ownNames = ({ name, addresses }: Manifest): readonly string[] => {
  const own = Object.keys(addresses).filter((key) => key.toLowerCase() === name.toLowerCase());
  if (own.length > 0) return own;
  const open = Object.keys(addresses).filter((key) => addresses[key] === '_' || BigInt(addresses[key] ?? 0) === 0n);
  if (open.length > 0) return open;
  const only = Object.keys(addresses);
  return only.length === 1 ? only : [name.replaceAll('-', '_')];
};

/** Named addresses of a package whose own is `own`, 32-byte `0x` hex. */
export const addressesOf = (manifest: Manifest, own: string): Readonly<Record<string, string>> => {
  const mine = new Set(ownNames(manifest));
  const given = Object.entries(manifest.addresses).map(
    ([key, value]) => [key, mine.has(key) || value === '_' ? own : longAddress(value)] as const,
  );
  return Object.fromEntries([...[...mine].map((key) => [key, own] as const), ...given]);
};

/** Reads a package that others use. */
export const packageAt = (directory: string): LoadedPackage => {
  const manifest = readManifest(directory);
  const [own = ''] = ownNames(manifest);
  const declared = manifest.addresses[own];
  const address = longAddress(manifest.publishedAt ?? (declared === undefined || declared === '_' ? '0x0' : declared));
  return {
    name: manifest.name,
    edition: manifest.edition,
    address,
    addresses: addressesOf(manifest, declared === undefined || declared === '_' ? address : longAddress(declared)),
    sources: readSources(directory, 'sources'),
  };
};
