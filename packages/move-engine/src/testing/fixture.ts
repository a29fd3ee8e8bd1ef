import { readFileSync } from 'node:fs';
import { compileSources } from '../../../../tools/move/src/index.ts';
import type { MovePackage } from '../types.ts';
import { long, newSession, packageOf, sourceOf, unbase64 } from '../unit-tests/test-machine.ts';

/** Support for the engine's tests: packages from bytecode or source, sessions over no objects. */

export { long, newSession, packageOf, sourceOf, unbase64 };

const framework = (): { readonly name: string; readonly modules: Readonly<Record<string, string>> }[] =>
  JSON.parse(readFileSync(new URL('../../../localnet/src/generated/framework.json', import.meta.url), 'utf8')).packages;

/** The framework's packages 0x1 and 0x2, as the ledger has them at genesis. */
export const frameworkPackages = (): readonly [std: MovePackage, sui: MovePackage] => {
  const modules = (name: string): Uint8Array[] =>
    Object.values(framework().find((row) => row.name === name)?.modules ?? {}).map(unbase64);
  return [packageOf(modules('std'), '1'), packageOf(modules('sui'), '2', ['1'])];
};

/** Compiles Move text with named address `a` as the package 0xabc over the framework. */
export const compilePackageText = async (
  text: string,
  dependencies: readonly string[] = ['std'],
): Promise<MovePackage> => {
  const { modules } = await compileSources({
    name: 'demo',
    sources: { 'sources/demo.move': text },
    addresses: { a: '0xabc' },
    dependencies,
  });
  return packageOf(modules.map(unbase64), 'abc', ['1', '2']);
};

/** Modules of their own names in `a`, compiled at once: a package of each, in their order. */
export const compileApart = async (
  texts: readonly string[],
  dependencies: readonly string[] = ['std'],
): Promise<readonly MovePackage[]> => {
  const { modules } = await compileSources({
    name: 'demo',
    sources: Object.fromEntries(texts.map((text, k) => [`sources/demo${k}.move`, text])),
    addresses: { a: '0xabc' },
    dependencies,
  });
  const packages = modules.map((module) => packageOf([unbase64(module)], 'abc', ['1', '2']));
  return texts.map((text) => {
    const [, name = ''] = /module a::(\w+)/.exec(text) ?? [];
    return packages.find((each) => each.modules.has(name)) as MovePackage;
  });
};
