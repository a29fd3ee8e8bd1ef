import { deserialize, serialize } from './internal/bcs.ts';
import { datatypeInfo, fromOpen, functionInfo, layoutOf, moduleInfo } from './internal/info.ts';
import { createMachine, type MachineOptions } from './internal/machine.ts';
import { allNatives } from './internal/natives/index.ts';
import type { Natives } from './internal/natives/registry.ts';
import { createSession } from './internal/session.ts';
import { hasLayout } from './internal/types/fields.ts';
import type { Ty } from './internal/types/ty.ts';
import { verifyPackage } from './internal/verify/verify-package.ts';
import { engineError } from './move-engine-errors.ts';
import type { MachineRules, MoveVm, PackageSource, Type } from './types.ts';

/** A machine that executes the packages of `source`. */
export const createMoveVm = (source: PackageSource, rules: MachineRules = {}): MoveVm =>
  createMoveVmWith(source, {}, rules);

/** The same with further natives, or others for the same names: what tests of test-only code need. */
export const createMoveVmWith = (source: PackageSource, extra: Natives, options: MachineOptions): MoveVm => {
  const machine = createMachine(source, { ...allNatives, ...extra }, options);
  const { types } = machine;
  return {
    resolveType: (text) => machine.resolveType(text) as Type,
    instantiate: (open, args) => types.substitute(fromOpen(machine, open), args as readonly Ty[]) as Type,
    layout: (type) => {
      if (type.kind !== 'struct' && type.kind !== 'enum')
        throw engineError('BAD_TYPE', { text: type.text, reason: 'it has no fields' });
      return layoutOf(types, type as Ty);
    },
    hasLayout: (type) => hasLayout(types, type as Ty),
    serialize: (type, value) => serialize(types, type as Ty, value),
    deserialize: (type, bytes) => deserialize(types, type as Ty, bytes),
    functionInfo: (id, module, name) => functionInfo(machine, id, module, name),
    datatypeInfo: (id, module, name) => datatypeInfo(machine, id, module, name),
    moduleInfo: (id, module) => moduleInfo(machine, id, module),
    verifyPackage: (pkg) => verifyPackage(machine, pkg),
    newSession: (options_) => createSession(machine, options_),
    reset: () => machine.reset(),
  };
};
