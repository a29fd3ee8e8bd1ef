import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getAddress, getBytes, getList, type Reader } from './internal/bcs-reader.ts';
import { type ModuleOutline, readModule } from './internal/bytecode.ts';
import type { FrameworkPackage } from './internal/genesis.ts';
import { tryRead } from './internal/transaction-data.ts';
import { ledgerError } from './ledger-errors.ts';

const bad = (name: string, reason: string) => ledgerError('FRAMEWORK_BAD', { reason: `${name}: ${reason}` });

const outlineOf = (name: string, bytes: Uint8Array): ModuleOutline => {
  const outline = readModule(bytes);
  if ('bcsFault' in outline) throw bad(name, outline.bcsFault);
  return outline;
};

/** What a file holds: modules, and as a snapshot its package's id and what it depends on. */
interface PackageFile {
  readonly id?: string;
  readonly modules: readonly Uint8Array[];
  readonly dependencies?: readonly string[];
}

const getModules = (r: Reader): PackageFile => ({ modules: getList(r, getBytes) });

const getSnapshot = (r: Reader): PackageFile => ({
  id: getAddress(r),
  modules: getList(r, getBytes),
  dependencies: getList(r, getAddress),
});

const readFile = (name: string, bytes: Uint8Array): PackageFile => {
  const [alone, snapshot] = [tryRead(bytes, getModules), tryRead(bytes, getSnapshot)];
  if (!('bcsFault' in alone)) return alone;
  if (!('bcsFault' in snapshot)) return snapshot;
  throw bad(name, `neither a list of modules (${alone.bcsFault}) nor a snapshot (${snapshot.bcsFault})`);
};

const readPackage = (directory: string, name: string): FrameworkPackage => {
  const { modules, ...stated } = readFile(name, readFileSync(join(directory, name)));
  const outlines = modules.map((bytes) => outlineOf(name, bytes));
  const id = outlines[0]?.address;
  if (id === undefined || outlines.some((outline) => outline.address !== id))
    throw bad(name, 'its modules must have one address');
  if (new Set(outlines.map((outline) => outline.name)).size < outlines.length)
    throw bad(name, 'two modules have one name');
  if (stated.id !== undefined && stated.id !== id)
    throw bad(name, `its modules have another address than 0x${stated.id}`);
  return {
    name,
    id,
    modules: Object.fromEntries(
      outlines.map((outline, i) => [outline.name, Buffer.from(modules[i] as Uint8Array).toString('base64')]),
    ),
    dependencies: [
      ...new Set([...(stated.dependencies ?? []), ...outlines.flatMap((outline) => [...outline.dependencies])]),
    ],
  };
};

/**
 * Packages of a directory for `openLedger({ framework })`, a file each, in one of the two forms Sui keeps its framework in:
 * compiled packages (BCS of `vector<vector<u8>>`, the modules) and snapshots (BCS of `SystemPackage { id, bytes,
 * dependencies }`). Files whose names have a dot (`README.md`, `.DS_Store`) are left alone. Throws LEDGER_FRAMEWORK_BAD.
 */
export const readFramework = (directory: string): readonly FrameworkPackage[] => {
  const names = listFiles(directory);
  if (names.length === 0)
    throw bad(
      directory,
      'it has no files of packages, whose names have no dot; of several versions name the folder of one',
    );
  const packages = names.map((name) => readPackage(directory, name));
  for (const { name, id } of packages) {
    const first = packages.find((one) => one.id === id);
    if (first && first.name !== name) throw bad(name, `its package is in ${first.name}, too`);
  }
  return packages;
};

const listFiles = (directory: string): string[] => {
  try {
    return readdirSync(directory)
      .filter((name) => !name.includes('.') && statSync(join(directory, name)).isFile())
      .sort();
  } catch (thrown) {
    throw ledgerError('FRAMEWORK_BAD', { reason: (thrown as Error).message }, thrown);
  }
};
