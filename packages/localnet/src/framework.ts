import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ledgerError } from './errors.ts';
import { getBytes, getList } from './internal/bcs-reader.ts';
import { type ModuleOutline, readModule } from './internal/bytecode.ts';
import type { FrameworkPackage } from './internal/genesis.ts';
import { tryRead } from './internal/transaction-data.ts';

const bad = (name: string, reason: string) => ledgerError('FRAMEWORK_BAD', { reason: `${name}: ${reason}` });

const outlineOf = (name: string, bytes: Uint8Array): ModuleOutline => {
  const outline = readModule(bytes);
  if ('bcsFault' in outline) throw bad(name, outline.bcsFault);
  return outline;
};

const readPackage = (directory: string, name: string): FrameworkPackage => {
  const modules = tryRead(readFileSync(join(directory, name)), (r) => getList(r, getBytes));
  if ('bcsFault' in modules) throw bad(name, modules.bcsFault);
  const outlines = modules.map((bytes) => outlineOf(name, bytes));
  const id = outlines[0]?.address;
  if (id === undefined || outlines.some((outline) => outline.address !== id))
    throw bad(name, 'its modules must have one address');
  return {
    name,
    id,
    modules: Object.fromEntries(
      outlines.map((outline, i) => [outline.name, Buffer.from(modules[i] as Uint8Array).toString('base64')]),
    ),
    dependencies: [...new Set(outlines.flatMap((outline) => [...outline.dependencies]))],
  };
};

/**
 * Packages of a directory for `openLedger({ framework })`, each a file with the BCS of `vector<vector<u8>>`: its modules, as
 * Sui's repository keeps its framework snapshots. Throws LEDGER_FRAMEWORK_BAD.
 */
export const readFramework = (directory: string): readonly FrameworkPackage[] => {
  const names = listFiles(directory);
  if (names.length === 0) throw bad(directory, 'it has no files');
  return names.map((name) => readPackage(directory, name));
};

const listFiles = (directory: string): string[] => {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort();
  } catch (thrown) {
    throw ledgerError('FRAMEWORK_BAD', { reason: (thrown as Error).message }, thrown);
  }
};
