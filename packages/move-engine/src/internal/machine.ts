import { featureFlags } from '../feature-flags.ts';
import { engineError } from '../move-engine-errors.ts';
import type { Address, MachineRules, MovePackage, PackageSource } from '../types.ts';
import { createPackages, type Packages } from './load/load-packages.ts';
import {
  type LoadedFunction,
  type LoadedModule,
  type MoveFunction,
  moduleAddress,
  typeOrigin,
  type World,
} from './load/loaded-module.ts';
import { type Natives, nativeKey } from './natives/registry.ts';
import { stop } from './run/failure.ts';
import { createHelpers } from './run/helpers.ts';
import { compile, translateFunction } from './translate/function.ts';
import { parseType } from './types/tags.ts';
import { createTypes, type Datatype, type Ty, type Types } from './types/ty.ts';

/** Code and type caches over a package source. */
export interface Machine {
  readonly types: Types;
  readonly packages: Packages;
  readonly resolveType: (text: string) => Ty;
  /** Declaration of a datatype by its defining id; throws ENGINE_TYPE_NOT_FOUND. */
  readonly datatype: (address: Address, module: string, name: string) => Datatype;
  readonly compiled: (fn: LoadedFunction) => MoveFunction;
  /** Function and instruction of a site number. */
  readonly place: (site: number) => Place | undefined;
  /** What was charged for the instructions of a segment behind the one that stopped the call. */
  readonly unreached: (place: Place, isReached: boolean) => SegmentGas;
  /** Makes a package visible that the source does not have yet. */
  readonly addPackage: (pkg: MovePackage) => void;
  readonly reset: () => void;
}

/** Where an instruction is. */
export interface Place {
  readonly fn: LoadedFunction;
  readonly instruction: number;
}

/** What instructions push, one entry for each. */
export interface SegmentGas {
  readonly pushes: readonly number[];
  readonly bytes: readonly number[];
}

/** Rules of the machine, and settings for tests of the engine itself. */
export interface MachineOptions extends MachineRules {
  /** Use the dispatcher form of every function. */
  readonly forceDispatcher?: boolean;
}

/** Numbers of instructions over all functions, so that a number alone says where something happened. */
const createSites = () => {
  const sites: { readonly base: number; readonly fn: LoadedFunction }[] = [];
  let next = 0;
  return {
    reserve: (fn: LoadedFunction, count: number): number => {
      const base = next;
      sites.push({ base, fn });
      next += count;
      return base;
    },
    place: (site: number): Place | undefined => {
      let low = 0;
      for (let high = sites.length - 1; low < high; ) {
        const middle = (low + high + 1) >> 1;
        if ((sites[middle] as { base: number }).base <= site) low = middle;
        else high = middle - 1;
      }
      const found = sites[low];
      return found && site >= found.base ? { fn: found.fn, instruction: site - found.base } : undefined;
    },
  };
};

/** A machine over `source` with these natives. */
export const createMachine = (source: PackageSource, natives: Natives, options: MachineOptions = {}): Machine => {
  const types = createTypes();
  const pending = new Map<Address, MovePackage>();
  const datatypes = new Map<string, Datatype>();
  const typeTexts = new Map<string, Ty>();
  const sites = createSites();

  const datatype = (address: Address, module: string, name: string): Datatype => {
    const key = `${address}::${module}::${name}`;
    const known = datatypes.get(key);
    if (known) return known;
    const found = declaration(packages, address, module, name);
    datatypes.set(key, found);
    return found;
  };
  const findPackage = (id: Address): MovePackage | undefined => source.getPackage(id) ?? pending.get(id);
  const world: World = { types, datatype, findPackage, features: options.features ?? featureFlags };
  const packages = createPackages(world, findPackage);

  const compiled = (fn: LoadedFunction): MoveFunction => {
    fn.compiled ??= fn.isNative ? native(fn) : translated(fn);
    return fn.compiled;
  };

  const translated = (fn: LoadedFunction): MoveFunction => {
    const def = fn.module.binary.functionDefs[fn.definition];
    const base = sites.reserve(fn, def?.count ?? 0);
    const translation = translateFunction(types, fn, base, options);
    return compile(translation, helpers, (handle) => {
      const callee = fn.module.callee(handle);
      requireSameSignature(fn.module, handle, callee);
      return compiled(callee);
    });
  };

  /** The rest of an instruction's segment, translated again: asked for on failures and at the ends of tiers only. */
  const segmentFrom = ({ fn, instruction }: Place, from: number): SegmentGas => {
    const { gas, code } = translateFunction(types, fn, 0, options);
    const end = gas.segments.reduce((next, start) => (start > instruction && start < next ? start : next), code.length);
    const part = (list: readonly number[]) => Array.from({ length: end - from }, (_, k) => list[from + k] ?? 0);
    return { pushes: part(gas.pushes), bytes: part(gas.bytes) };
  };
  const unreached = (at: Place, isReached: boolean): SegmentGas =>
    at.fn.isNative ? { pushes: [], bytes: [] } : segmentFrom(at, at.instruction + (isReached ? 1 : 0));
  const sizesOf = (site: number): readonly number[] => {
    const at = sites.place(site) as Place;
    return segmentFrom(at, at.instruction).bytes;
  };
  const helpers = createHelpers(types, sizesOf);

  const native = (fn: LoadedFunction): MoveFunction => {
    const key = nativeKey(moduleAddress(fn.module), fn.module.name, fn.name);
    const make = natives[key];
    const site = sites.reserve(fn, 1);
    if (!make) return () => stop('missingNative', site, undefined, key);
    return make({
      world,
      abort: (code, detail) => stop('abort', site, code, detail),
      limit: (detail) => stop('limit', site, undefined, detail),
    });
  };

  return {
    types,
    packages,
    compiled,
    datatype,
    resolveType: (text) => {
      const known = typeTexts.get(text);
      if (known) return known;
      const parsed = parseType(text, types, datatype);
      typeTexts.set(text, parsed);
      return parsed;
    },
    place: sites.place,
    unreached,
    addPackage: (pkg) => {
      const known = pending.get(pkg.storageId);
      if (known && samePackage(known, pkg)) return;
      pending.set(pkg.storageId, pkg);
      for (const [key, def] of datatypes) if (def.address === pkg.storageId) datatypes.delete(key);
      if (known) {
        typeTexts.clear();
        packages.forget();
      }
    },
    reset: () => {
      pending.clear();
      datatypes.clear();
      typeTexts.clear();
      packages.forget();
    },
  };
};

const samePackage = (a: MovePackage, b: MovePackage): boolean =>
  a === b ||
  (a.version === b.version &&
    a.modules.size === b.modules.size &&
    [...a.modules].every(([name, bytes]) => Buffer.compare(bytes, b.modules.get(name) ?? new Uint8Array()) === 0));

/** Link check: the callee is what the caller's handle says. Types are interned, so identity is equality. */
export const requireSameSignature = (caller: LoadedModule, handleIndex: number, callee: LoadedFunction): void => {
  const handle = caller.binary.functionHandles[handleIndex];
  if (!handle) return;
  const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
    a.length === b.length && a.every((one, k) => one === b[k]);
  const fits =
    same(caller.signature(handle.parameters), callee.parameters) &&
    same(caller.signature(handle.returns), callee.returns) &&
    handle.typeParameters.length === callee.constraints.length;
  if (!fits)
    throw engineError('BAD_MODULE', {
      module: caller.name,
      reason: `function ${callee.module.name}::${callee.name} has another signature`,
    });
};

/** The declaration of a datatype in the package that first defined it. */
const declaration = (packages: Packages, address: Address, module: string, name: string): Datatype => {
  const missing = (reason: string): never => {
    throw engineError('TYPE_NOT_FOUND', { text: `0x${address}::${module}::${name}`, reason });
  };
  if (!packages.find(address)) missing('the package does not exist');
  const home = packages.root(address).module(module);
  if (!home) return missing('the package has no such module');
  if (typeOrigin(home.package.pkg, module, name) !== address) missing('the package does not define it');
  const { binary } = home;
  const handleName = (handle: number): string => binary.identifiers[binary.datatypeHandles[handle]?.name ?? -1] ?? '';
  const struct = binary.structDefs.findIndex((def) => handleName(def.handle) === name);
  const variant = binary.enumDefs.findIndex((def) => handleName(def.handle) === name);
  if (struct < 0 && variant < 0) missing('the module does not declare it');
  const handle = (struct >= 0 ? binary.structDefs[struct]?.handle : binary.enumDefs[variant]?.handle) as number;
  const declared = binary.datatypeHandles[handle];
  return {
    id: declarations++,
    kind: struct >= 0 ? 'struct' : 'enum',
    address,
    original: moduleAddress(home),
    module,
    name,
    abilities: declared?.abilities ?? 0,
    parameters: declared?.typeParameters ?? [],
    home,
    definition: struct >= 0 ? struct : variant,
  };
};

// Declarations of one machine may be replaced after a reset: ids must not be reused.
let declarations = 0;
