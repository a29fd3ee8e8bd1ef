import type { DatatypeInfo, FunctionInfo, Layout, MoveVm, OpenType, SignatureType, Type } from '../types.ts';
import type { LoadedFunction, LoadedModule } from './load/loaded-module.ts';
import type { Machine } from './machine.ts';
import { enumDefinition, structDefinition, structFields, variantFields } from './types/fields.ts';
import type { Datatype, Ty, Types } from './types/ty.ts';

/** A type as clients see it. */
export const openType = (ty: Ty): OpenType => {
  if (ty.kind === 'parameter') return { kind: 'parameter', index: ty.index };
  if (ty.element) return { kind: 'vector', element: openType(ty.element) };
  if (!ty.datatype) return { kind: ty.kind as never };
  const { address, module, name, typeArguments } = ty.datatype;
  return { kind: 'datatype', address, module, name, typeArguments: typeArguments.map(openType) };
};

const signatureType = (ty: Ty): SignatureType => ({
  reference: ty.kind === 'reference' ? 'immutable' : ty.kind === 'mutable' ? 'mutable' : 'none',
  body: openType(ty.target ?? ty),
});

/** The engine's type behind an open type. */
export const fromOpen = (machine: Machine, open: OpenType): Ty => {
  const { types } = machine;
  switch (open.kind) {
    case 'parameter':
      return types.parameter(open.index);
    case 'vector':
      return types.vector(fromOpen(machine, open.element));
    case 'datatype': {
      const bare = machine.datatype(open.address, open.module, open.name);
      return types.datatype(
        bare,
        open.typeArguments.map((arg) => fromOpen(machine, arg)),
      );
    }
    default:
      return types.primitives[open.kind];
  }
};

const nameAt = (module: LoadedModule, index: number): string => module.binary.identifiers[index] as string;

/** Layout of a closed struct or enum. */
export const layoutOf = (types: Types, ty: Ty): Layout => {
  const def = ty.def as Datatype;
  if (ty.kind === 'struct') {
    const fields = structDefinition(def).fields ?? [];
    const found = structFields(types, ty);
    return {
      kind: 'struct',
      fields: fields.map((f, k) => ({ name: nameAt(def.home, f.name), type: found[k] as Type })),
    };
  }
  const found = variantFields(types, ty);
  return {
    kind: 'enum',
    variants: enumDefinition(def).variants.map((variant, v) => ({
      name: nameAt(def.home, variant.name),
      fields: variant.fields.map((f, k) => ({ name: nameAt(def.home, f.name), type: found[v]?.[k] as Type })),
    })),
  };
};

const moduleOf = (machine: Machine, storageId: string, name: string): LoadedModule | undefined =>
  machine.packages.find(storageId) ? machine.packages.root(storageId).module(name) : undefined;

/** See {@link MoveVm.functionInfo}. */
export const functionInfo = (
  machine: Machine,
  storageId: string,
  name: string,
  fn: string,
): FunctionInfo | undefined => {
  const module = moduleOf(machine, storageId, name);
  const index = module?.functionIndex(fn);
  return module && index !== undefined ? describeFunction(module.function(index)) : undefined;
};

const describeFunction = (fn: LoadedFunction): FunctionInfo => {
  const def = fn.module.binary.functionDefs[fn.definition];
  return {
    visibility: def?.visibility ?? 'private',
    isEntry: def?.isEntry ?? false,
    isNative: fn.isNative,
    typeParameters: fn.constraints,
    parameters: fn.parameters.map(signatureType),
    returns: fn.returns.map(signatureType),
  };
};

/** See {@link MoveVm.datatypeInfo}. */
export const datatypeInfo = (
  machine: Machine,
  storageId: string,
  name: string,
  type: string,
): DatatypeInfo | undefined => {
  const module = moduleOf(machine, storageId, name);
  if (!module) return undefined;
  const { binary } = module;
  const handleName = (handle: number): string => nameAt(module, binary.datatypeHandles[handle]?.name ?? -1);
  const struct = binary.structDefs.find((def) => handleName(def.handle) === type);
  const variant = binary.enumDefs.find((def) => handleName(def.handle) === type);
  const handle = struct?.handle ?? variant?.handle;
  if (handle === undefined) return undefined;
  const def = module.datatype(handle);
  const fields = (rows: readonly { readonly name: number; readonly type: Parameters<LoadedModule['type']>[0] }[]) =>
    rows.map((row) => ({ name: nameAt(module, row.name), type: openType(module.type(row.type)) }));
  return {
    kind: struct ? 'struct' : 'enum',
    name: type,
    definingId: def.address,
    abilities: def.abilities,
    typeParameters: def.parameters,
    fields: fields(struct?.fields ?? []),
    variants: (variant?.variants ?? []).map((row) => ({ name: nameAt(module, row.name), fields: fields(row.fields) })),
  };
};

/** See {@link MoveVm.moduleInfo}. */
export const moduleInfo: (
  machine: Machine,
  ...args: Parameters<MoveVm['moduleInfo']>
) => ReturnType<MoveVm['moduleInfo']> = (machine, storageId, name) => {
  const module = moduleOf(machine, storageId, name);
  if (!module) return undefined;
  const { binary } = module;
  return {
    datatypes: [...binary.structDefs, ...binary.enumDefs].map((def) =>
      nameAt(module, binary.datatypeHandles[def.handle]?.name ?? -1),
    ),
    functions: binary.functionDefs.map((def) => nameAt(module, binary.functionHandles[def.handle]?.name ?? -1)),
  };
};
