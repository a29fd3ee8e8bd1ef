import { engineError } from '../../errors.ts';
import type { MovePackage } from '../../types.ts';
import type { LoadedModule, LoadedPackage } from '../load/module.ts';
import { moduleAddress } from '../load/module.ts';
import { type Machine, requireSameSignature } from '../machine.ts';
import { translateFunction } from '../translate/function.ts';

/** Checks and links every module of a package; throws ENGINE_BAD_MODULE naming what is wrong. */
export const verifyPackage = (machine: Machine, pkg: MovePackage): void => {
  machine.addPackage(pkg);
  const root = machine.packages.root(pkg.storageId);
  for (const name of pkg.modules.keys()) verifyModule(machine, root, root.module(name) as LoadedModule);
};

const verifyModule = (machine: Machine, root: LoadedPackage, module: LoadedModule): void => {
  const bad = (reason: string): never => {
    throw engineError('BAD_MODULE', { module: module.name, reason });
  };
  const { binary } = module;
  const self = binary.identifiers[binary.moduleHandles[binary.self]?.name ?? -1];
  if (self !== module.name) bad(`the module calls itself ${self}`);
  if (moduleAddress(module) !== root.pkg.originalId) bad('the module has another address than its package');
  binary.datatypeHandles.forEach((_, handle) => {
    module.datatype(handle);
  });
  binary.functionHandles.forEach((_, handle) => {
    requireSameSignature(module, handle, module.callee(handle));
  });
  binary.functionDefs.forEach((def, index) => {
    if (!def.isNative) translateFunction(machine.types, module.function(index), 0);
  });
};
