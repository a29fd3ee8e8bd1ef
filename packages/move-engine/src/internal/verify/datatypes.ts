import { type BinaryModule, type FieldDef, Tag, type Token } from '../binary/decoded-module.ts';
import type { LoadedModule } from '../load/loaded-module.ts';
import { Ability, abilitiesIn, type Ty } from '../types/ty.ts';

/** Requires fields to have what their type's abilities need, and no type to contain itself. */
export const datatypeFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  const definitions = [
    ...binary.structDefs.map((def) => ({ handle: def.handle, fields: def.fields ?? [] })),
    ...binary.enumDefs.map((def) => ({ handle: def.handle, fields: def.variants.flatMap((v) => v.fields) })),
  ];
  const finished = new Set<number>();
  const byHandle = new Map(definitions.map((def) => [def.handle, def.fields]));
  for (const { handle, fields } of definitions) {
    const name = binary.identifiers[binary.datatypeHandles[handle]?.name ?? -1];
    const fault = abilityFault(module, handle, fields);
    if (fault) return `type ${name} ${fault}`;
    if (containsItself(byHandle, handle, new Set(), finished)) return `type ${name} contains itself`;
  }
  return undefined;
};

/** A field has each ability its type has; `key` asks for `store`. */
const abilityFault = (module: LoadedModule, handle: number, fields: readonly FieldDef[]): string | undefined => {
  const declared = module.binary.datatypeHandles[handle] as BinaryModule['datatypeHandles'][number];
  const { abilities, typeParameters } = declared;
  const needed = (abilities & 7) | ((abilities & Ability.key) !== 0 ? Ability.store : 0);
  // Type arguments are taken at their best: an instantiation loses abilities its arguments lack.
  const constraints = typeParameters.map((parameter) => parameter.constraints | needed);
  const ok = (ty: Ty): boolean => (abilitiesIn(ty, constraints) & needed) === needed;
  return fields.every((field) => ok(module.type(field.type)))
    ? undefined
    : 'has a field that lacks one of its abilities';
};

const mentioned = (token: Token): readonly number[] => [
  ...(token.tag === Tag.Datatype || token.tag === Tag.DatatypeInstantiation ? [token.index] : []),
  ...token.args.flatMap(mentioned),
];

/** Other modules cannot refer back here: dependencies form no cycle, so only own types need a look. */
const containsItself = (
  byHandle: ReadonlyMap<number, readonly FieldDef[]>,
  handle: number,
  above: ReadonlySet<number>,
  finished: Set<number>,
): boolean => {
  if (above.has(handle)) return true;
  if (finished.has(handle)) return false;
  const inside = new Set([...above, handle]);
  const found = (byHandle.get(handle) ?? []).some((field) =>
    mentioned(field.type).some((inner) => byHandle.has(inner) && containsItself(byHandle, inner, inside, finished)),
  );
  finished.add(handle);
  return found;
};
