import type { DatatypeInfo, FunctionInfo, MovePackage, MoveVm } from '@atoma/move-engine';

/** Upgrade policies of `sui::package`. */
const DEPENDENCIES_ONLY = 192;
const ADDITIVE = 128;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Constraints on a type parameter may be dropped by an upgrade, never added. */
const relaxes = (before: readonly number[], after: readonly number[]): boolean =>
  before.length === after.length && after.every((constraints, i) => (constraints & ~(before[i] as number)) === 0);

const functionFault = (before: FunctionInfo, after: FunctionInfo | undefined): string | undefined => {
  if (!after) return 'is missing';
  if (before.visibility === 'public' && after.visibility !== 'public') return 'is no longer public';
  if (before.isEntry && !after.isEntry && before.visibility !== 'public') return 'is no longer entry';
  const equal = same(before.parameters, after.parameters) && same(before.returns, after.returns);
  return equal && relaxes(before.typeParameters, after.typeParameters) ? undefined : 'has another signature';
};

const datatypeFault = (before: DatatypeInfo, after: DatatypeInfo | undefined): string | undefined => {
  if (!after) return 'is missing';
  if (before.abilities !== after.abilities) return 'has other abilities';
  const constraints = (info: DatatypeInfo) => info.typeParameters.map((parameter) => parameter.constraints);
  if (!relaxes(constraints(before), constraints(after))) return 'has other type parameters';
  const equal =
    before.kind === after.kind && same(before.fields, after.fields) && same(before.variants, after.variants);
  return equal ? undefined : 'has another layout';
};

/** With the policies that allow no change of code, old modules must come back byte for byte. */
const bytesFault = (policy: number, old: MovePackage, next: MovePackage): string | undefined => {
  for (const [name, bytes] of old.modules) {
    const after = next.modules.get(name);
    if (!after || Buffer.compare(bytes, after) !== 0) return `module ${name} differs`;
  }
  return policy === DEPENDENCIES_ONLY && next.modules.size !== old.modules.size ? 'a module is new' : undefined;
};

/**
 * Why `next` must not follow `old` under the policy, or undefined. Compatible (0): public functions keep their signatures,
 * datatypes their layouts and abilities. Additive (128) and dependency-only (192) are stricter than on Sui: an old module
 * must be unchanged byte for byte, so additions go to new modules.
 */
export const isCompatible = (vm: MoveVm, policy: number, old: MovePackage, next: MovePackage): string | undefined => {
  if (policy === ADDITIVE || policy === DEPENDENCIES_ONLY) return bytesFault(policy, old, next);
  for (const module of old.modules.keys()) {
    const fault = moduleFault(vm, module, old, next);
    if (fault !== undefined) return fault;
  }
  return undefined;
};

const moduleFault = (vm: MoveVm, module: string, old: MovePackage, next: MovePackage): string | undefined => {
  const before = vm.moduleInfo(old.storageId, module);
  if (!next.modules.has(module)) return `module ${module} is missing`;
  for (const name of before?.datatypes ?? []) {
    const info = vm.datatypeInfo(old.storageId, module, name) as DatatypeInfo;
    const fault = datatypeFault(info, vm.datatypeInfo(next.storageId, module, name));
    if (fault !== undefined) return `${module}::${name} ${fault}`;
  }
  for (const name of before?.functions ?? []) {
    const info = vm.functionInfo(old.storageId, module, name) as FunctionInfo;
    if (info.visibility !== 'public') continue;
    const fault = functionFault(info, vm.functionInfo(next.storageId, module, name));
    if (fault !== undefined) return `${module}::${name} ${fault}`;
  }
  return undefined;
};
