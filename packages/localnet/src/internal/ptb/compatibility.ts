import {
  type CanonicalDatatype,
  type CanonicalFunction,
  type CanonicalModule,
  canonicalModule,
  type MovePackage,
} from '@atoma/move-engine';

/** Upgrade policies of `sui::package`. */
const DEPENDENCIES_ONLY = 192;
const ADDITIVE = 128;

/** Constraints on a function's type parameter may be dropped by an upgrade, never added. */
const relaxes = (before: readonly number[], after: readonly number[]): boolean =>
  before.length === after.length && after.every((constraints, i) => (constraints & ~(before[i] as number)) === 0);

const functionFault = (before: CanonicalFunction, after: CanonicalFunction | undefined): string | undefined => {
  if (before.visibility !== 'public') return undefined;
  if (!after) return 'is missing';
  if (after.visibility !== 'public') return 'is no longer public';
  const fits = before.signature === after.signature && relaxes(before.constraints, after.constraints);
  return fits ? undefined : 'has another signature';
};

const datatypeFault = (before: CanonicalDatatype, after: CanonicalDatatype | undefined): string | undefined => {
  if (!after) return 'is missing';
  if (before.abilities !== after.abilities) return 'has other abilities';
  if (before.typeParameters !== after.typeParameters) return 'has other type parameters';
  return before.kind === after.kind && before.layout === after.layout ? undefined : 'has another layout';
};

type Members<Member> = ReadonlyMap<string, Member>;

const firstFault = <Member>(
  old: Members<Member>,
  next: Members<Member>,
  faultOf: (before: Member, after: Member | undefined) => string | undefined,
): string | undefined => {
  for (const [name, before] of old) {
    const fault = faultOf(before, next.get(name));
    if (fault !== undefined) return `${name} ${fault}`;
  }
  return undefined;
};

/** Compatible: public functions keep their signatures, datatypes their layouts, abilities and type parameters. */
const compatibleFault = (old: CanonicalModule, next: CanonicalModule): string | undefined =>
  firstFault(old.datatypes, next.datatypes, datatypeFault) ?? firstFault(old.functions, next.functions, functionFault);

const changeFault = (before: object, after: object | undefined): string | undefined => {
  if (!after) return 'is missing';
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : 'has changed';
};

const newMember = (old: Members<object>, next: Members<object>): string | undefined => {
  for (const name of next.keys()) if (!old.has(name)) return `${name} is new`;
  return undefined;
};

/** Additive: nothing changes, something may be new. */
const additiveFault = (old: CanonicalModule, next: CanonicalModule): string | undefined => {
  if (next.version < old.version) return 'the binary format is older';
  return (
    firstFault(old.datatypes, next.datatypes, changeFault) ?? firstFault(old.functions, next.functions, changeFault)
  );
};

/** Dependency-only: nothing is new either. */
const unchangedFault = (old: CanonicalModule, next: CanonicalModule): string | undefined => {
  if (next.friends !== old.friends) return 'the friends are others';
  return (
    additiveFault(old, next) ?? newMember(old.datatypes, next.datatypes) ?? newMember(old.functions, next.functions)
  );
};

/**
 * Why `next` must not follow `old` under the policy, or undefined: the rules of Sui's execution
 * (`sui-adapter`, `check_compatibility`; `move-binary-format/src/compatibility.rs`). `next` need not be verified yet.
 * Throws ENGINE_BAD_MODULE on modules that cannot be read.
 */
export const isCompatible = (policy: number, old: MovePackage, next: MovePackage): string | undefined => {
  if (policy === DEPENDENCIES_ONLY && next.modules.size !== old.modules.size) return 'a module is new or missing';
  const rule = { [ADDITIVE]: additiveFault, [DEPENDENCIES_ONLY]: unchangedFault }[policy] ?? compatibleFault;
  for (const [module, bytes] of old.modules) {
    const after = next.modules.get(module);
    if (!after) return `module ${module} is missing`;
    const fault = rule(canonicalModule(module, bytes), canonicalModule(module, after));
    if (fault !== undefined) return `module ${module}: ${fault}`;
  }
  return undefined;
};
