import { engineError } from '../../move-engine-errors.ts';
import type { Address, MovePackage } from '../../types.ts';
import { type LoadedModule, type LoadedPackage, loadModule, type World } from './loaded-module.ts';

/** Loads packages on demand and keeps them. One instance per package and resolution of its dependencies. */
export interface Packages {
  /** The package under its own linkage or another one; throws ENGINE_PACKAGE_NOT_FOUND. */
  readonly root: (storageId: Address, linkage?: ReadonlyMap<Address, Address>) => LoadedPackage;
  readonly find: (storageId: Address) => MovePackage | undefined;
  readonly forget: () => void;
}

/** A loader over `find`. */
export const createPackages = (world: World, find: (storageId: Address) => MovePackage | undefined): Packages => {
  const instances = new Map<string, LoadedPackage>();
  const roots = new Map<Address, LoadedPackage>();

  const get = (storageId: Address): MovePackage => {
    const pkg = find(storageId);
    if (!pkg) throw engineError('PACKAGE_NOT_FOUND', { id: storageId });
    return pkg;
  };

  /** The package with its dependencies resolved as `resolve` says. */
  const instance = (pkg: MovePackage, resolve: (original: Address) => Address | undefined): LoadedPackage => {
    const resolved = [...pkg.linkage].map(([original, own]) => [original, resolve(original) ?? own.storageId] as const);
    const key = [pkg.storageId, ...resolved.map(([original, id]) => `${original}=${id}`).sort()].join();
    const known = instances.get(key);
    if (known && known.pkg === pkg) return known;
    const table = new Map(resolved);
    const dependencies = new Map<Address, LoadedPackage>();
    const modules = new Map<string, LoadedModule>();
    const made: LoadedPackage = {
      world,
      pkg,
      dependency: (original) => {
        if (original === pkg.originalId) return made;
        const found =
          dependencies.get(original) ?? instance(get(table.get(original) ?? original), (id) => table.get(id));
        dependencies.set(original, found);
        return found;
      },
      module: (name) => {
        const found = modules.get(name);
        if (found) return found;
        const bytes = pkg.modules.get(name);
        if (!bytes) return undefined;
        const loaded = loadModule(made, name, bytes);
        modules.set(name, loaded);
        return loaded;
      },
    };
    instances.set(key, made);
    return made;
  };

  return {
    find,
    root: (storageId, linkage) => {
      const pkg = get(storageId);
      if (linkage) return instance(pkg, (id) => linkage.get(id));
      const known = roots.get(storageId);
      if (known && known.pkg === pkg) return known;
      const made = instance(pkg, () => undefined);
      roots.set(storageId, made);
      return made;
    },
    forget: () => {
      instances.clear();
      roots.clear();
    },
  };
};
