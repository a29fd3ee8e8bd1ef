/**
 * Comparison of the framework subset with the published interface of Sui's framework. Compared are public and entry
 * functions, natives, structs and enums. Private and package-visible functions that are not native are each side's own affair.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AbiEnum, AbiFunction, AbiModule, AbiStruct } from './abi.ts';
import { repositoryRoot } from './packages.ts';

/** Something of Sui's framework that the subset does not have. Without `items` the whole module is absent. */
export interface Omission {
  /** `0x2::balance` */
  readonly module: string;
  /** Names of absent functions, structs and enums, sorted. */
  readonly items?: readonly string[];
}

type Item = AbiFunction | AbiStruct | AbiEnum;

/** Reads the published interface of the packages std and sui. */
export const readPublishedInterface = (): readonly AbiModule[] => {
  const file = join(repositoryRoot, 'move/framework/abi/sui-framework-abi.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly modules: readonly AbiModule[] }).modules;
};

const qualified = (module: AbiModule): string => `${module.address}::${module.name}`;

/** Sui's private entry functions, which the published interface names in its conventions only. */
const privateEntries: ReadonlySet<string> = new Set(['0x2::kiosk::default', '0x2::transfer_policy::default']);

const comparedItems = (module: AbiModule): ReadonlyMap<string, Item> => {
  const isCompared = (item: AbiFunction): boolean =>
    item.visibility === 'public' ||
    item.isNative ||
    (item.isEntry && !privateEntries.has(`${qualified(module)}::${item.name}`));
  const items: readonly Item[] = [...module.structs, ...module.enums, ...module.functions.filter(isCompared)];
  return new Map(items.map((item) => [item.name, item]));
};

const byName = (modules: readonly AbiModule[]): ReadonlyMap<string, AbiModule> =>
  new Map(modules.map((module) => [qualified(module), module]));

/** Canonical text of an item: key order does not matter, and a phantom mark of false equals none. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'phantom' && inner === false) return undefined;
    if (inner === null || typeof inner !== 'object' || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

const compareModule = (ours: AbiModule, theirs: AbiModule | undefined): readonly string[] => {
  if (theirs === undefined) return [`${qualified(ours)}: no such module is published`];
  const published = comparedItems(theirs);
  return [...comparedItems(ours)].flatMap(([name, item]) => {
    const other = published.get(name);
    if (other === undefined) return [`${qualified(ours)}::${name}: not published\n  ours ${canonical(item)}`];
    if (canonical(item) === canonical(other)) return [];
    return [`${qualified(ours)}::${name} differs\n  ours      ${canonical(item)}\n  published ${canonical(other)}`];
  });
};

/** Everything in `ours` that is not exactly as published; empty when the subset conforms. */
export const findDifferences = (ours: readonly AbiModule[], theirs: readonly AbiModule[]): readonly string[] => {
  const published = byName(theirs);
  return ours.flatMap((module) => compareModule(module, published.get(qualified(module))));
};

/** Everything published that `ours` lacks, by module. */
export const findOmissions = (ours: readonly AbiModule[], theirs: readonly AbiModule[]): readonly Omission[] => {
  const present = byName(ours);
  return theirs.flatMap((module): readonly Omission[] => {
    const own = present.get(qualified(module));
    if (own === undefined) return [{ module: qualified(module) }];
    const names = comparedItems(own);
    const items = [...comparedItems(module).keys()].filter((name) => !names.has(name)).sort();
    return items.length === 0 ? [] : [{ module: qualified(module), items }];
  });
};
