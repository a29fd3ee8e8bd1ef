import { longAddress } from '@atoma/move-compiler';
import { deserialize } from '@mysten/move-bytecode-template';
import { type CompiledPackage, compilePackage } from './compile.ts';
import { findPackage, packageExists, packages } from './packages.ts';

/** Text of each generated file by path from the repository's root. */
export type GeneratedFiles = Readonly<Record<string, string>>;

/** Framework bytecode for the ledger's genesis. */
const FRAMEWORK_FILE = 'packages/localnet/src/generated/framework.json';
/** Bytecode that users publish. */
const PACKAGES_FILE = 'packages/sdk/src/generated/packages.json';

interface BytecodeNames {
  readonly self_module_handle_idx: number;
  readonly module_handles: readonly { readonly name: number }[];
  readonly identifiers: readonly string[];
}

/** Name of a compiled module, read from its bytecode (base64). */
const moduleName = (base64: string): string => {
  const code = deserialize(Buffer.from(base64, 'base64')) as BytecodeNames;
  const self = code.module_handles[code.self_module_handle_idx] as { readonly name: number };
  return code.identifiers[self.name] as string;
};

const byName = (modules: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(modules.map((module) => [moduleName(module), module]));

const frameworkEntry = (compiled: CompiledPackage): unknown => ({
  name: compiled.name,
  id: longAddress(findPackage(compiled.name).address),
  modules: byName(compiled.modules),
  dependencies: compiled.dependencies,
});

const publishedEntry = (compiled: CompiledPackage): unknown => ({
  name: compiled.name,
  placeholder: longAddress(findPackage(compiled.name).address),
  moduleNames: compiled.modules.map(moduleName),
  modules: compiled.modules,
  dependencies: compiled.dependencies,
  digest: compiled.digest,
});

const compileAll = async (names: readonly string[]): Promise<readonly CompiledPackage[]> => {
  const compiled: CompiledPackage[] = [];
  for (const name of names) if (packageExists(findPackage(name))) compiled.push(await compilePackage(name));
  return compiled;
};

const toText = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const isFramework = (name: string): boolean => findPackage(name).directory.startsWith('move/framework/');
const names = packages.map((description) => description.name);

/** Renders the ledger's file of std and sui bytecode; writes nothing. */
export const generateFramework = async (): Promise<GeneratedFiles> => {
  const compiled = await compileAll(names.filter(isFramework));
  return { [FRAMEWORK_FILE]: toText({ packages: compiled.map(frameworkEntry) }) };
};

/** Renders the file of bytecode to publish; packages without sources are left out. Writes nothing. */
export const generatePackages = async (): Promise<GeneratedFiles> => {
  const compiled = await compileAll(names.filter((name) => !isFramework(name)));
  return { [PACKAGES_FILE]: toText({ packages: compiled.map(publishedEntry) }) };
};
