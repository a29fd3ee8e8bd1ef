import { engineError } from '../../move-engine-errors.ts';
import type { MovePackage } from '../../types.ts';
import { checkTables } from '../binary/check-tables.ts';
import { type BinaryModule, type FieldDef, Tag, type Token } from '../binary/decoded-module.ts';
import { deserializeModule } from '../binary/deserialize.ts';
import { isMalformed } from '../binary/reader.ts';
import type { Datatype, Ty, Types } from '../types/ty.ts';

/** What loaded code needs of its machine. */
export interface World {
  readonly types: Types;
  /** Declaration of a datatype by its defining id; throws ENGINE_TYPE_NOT_FOUND. */
  readonly datatype: (address: string, module: string, name: string) => Datatype;
  /** The package stored under an id. */
  readonly findPackage: (storageId: string) => MovePackage | undefined;
  /** Feature flags of the protocol. */
  readonly features: Readonly<Record<string, boolean>>;
}

/** A package under one resolution of its dependencies. */
export interface LoadedPackage {
  readonly world: World;
  readonly pkg: MovePackage;
  /** The package that bytecode of this one calls by original id. */
  readonly dependency: (original: string) => LoadedPackage;
  readonly module: (name: string) => LoadedModule | undefined;
}

/** A module of a loaded package; everything beyond the tables is resolved on first use. */
export interface LoadedModule {
  readonly package: LoadedPackage;
  readonly name: string;
  readonly binary: BinaryModule;
  /** Types of the signature, resolved. */
  readonly signature: (index: number) => readonly Ty[];
  readonly type: (token: Token) => Ty;
  readonly datatype: (handle: number) => Datatype;
  readonly functionIndex: (name: string) => number | undefined;
  readonly functions: LoadedFunction[];
  readonly function: (definition: number) => LoadedFunction;
  /** The function behind a handle, in this module or a dependency. */
  readonly callee: (handle: number) => LoadedFunction;
}

/** A function definition with its resolved signature. */
export interface LoadedFunction {
  readonly module: LoadedModule;
  readonly definition: number;
  readonly name: string;
  readonly constraints: readonly number[];
  readonly parameters: readonly Ty[];
  readonly returns: readonly Ty[];
  readonly isNative: boolean;
  /** The JavaScript function once translated. */
  compiled: MoveFunction | undefined;
}

/** Generated code and natives: state, then type arguments when the function is generic, then arguments. */
// biome-ignore lint/suspicious/noExplicitAny: generated code passes values of every kind by position
export type MoveFunction = (...parameters: any[]) => any;

/** Loads module `name` of `owner` from bytecode. */
export const loadModule = (owner: LoadedPackage, name: string, bytes: Uint8Array): LoadedModule => {
  const binary = readModule(name, bytes);
  const { types } = owner.world;
  const signatures: (readonly Ty[] | undefined)[] = [];
  const datatypes: (Datatype | undefined)[] = [];
  const handleModule = (index: number) => {
    const handle = binary.moduleHandles[index] as { address: number; name: number };
    return {
      address: binary.addresses[handle.address] as string,
      name: binary.identifiers[handle.name] as string,
      isSelf: index === binary.self,
    };
  };
  const type = (token: Token): Ty => {
    switch (token.tag) {
      case Tag.Vector:
        return types.vector(type(token.args[0] as Token));
      case Tag.Reference:
      case Tag.MutableReference:
        return types.reference(type(token.args[0] as Token), token.tag === Tag.MutableReference);
      case Tag.TypeParameter:
        return types.parameter(token.index);
      case Tag.Datatype:
      case Tag.DatatypeInstantiation:
        return types.datatype(datatype(token.index), token.args.map(type));
      default:
        return primitive(types, token.tag);
    }
  };
  const datatype = (index: number): Datatype => {
    const known = datatypes[index];
    if (known) return known;
    const handle = binary.datatypeHandles[index] as BinaryModule['datatypeHandles'][number];
    const at = handleModule(handle.module);
    const typeName = binary.identifiers[handle.name] as string;
    const home = at.isSelf ? owner : owner.dependency(at.address);
    const origin = typeOrigin(home.pkg, at.name, typeName);
    if (origin === undefined)
      throw engineError('BAD_MODULE', { module: name, reason: `type ${at.name}::${typeName} has no type origin` });
    const found = owner.world.datatype(origin, at.name, typeName);
    datatypes[index] = found;
    return found;
  };
  const names = new Map<string, number>();
  binary.functionDefs.forEach((def, index) => {
    const handle = binary.functionHandles[def.handle] as BinaryModule['functionHandles'][number];
    names.set(binary.identifiers[handle.name] as string, index);
  });
  const module: LoadedModule = {
    package: owner,
    name,
    binary,
    type,
    datatype,
    functions: [],
    signature: (index) => {
      signatures[index] ??= (binary.signatures[index] as readonly Token[]).map(type);
      return signatures[index];
    },
    functionIndex: (text) => names.get(text),
    function: (definition) => {
      module.functions[definition] ??= loadFunction(module, definition);
      return module.functions[definition];
    },
    callee: (index) => {
      const handle = binary.functionHandles[index] as BinaryModule['functionHandles'][number];
      const at = handleModule(handle.module);
      const target = at.isSelf ? module : owner.dependency(at.address).module(at.name);
      const fn = binary.identifiers[handle.name] as string;
      const definition = target?.functionIndex(fn);
      if (!target || definition === undefined)
        throw engineError('BAD_MODULE', { module: name, reason: `function ${at.name}::${fn} does not exist` });
      return target.function(definition);
    },
  };
  return module;
};

/** Tables of module `name`, checked; throws ENGINE_BAD_MODULE. */
export const readModule = (name: string, bytes: Uint8Array): BinaryModule => {
  try {
    const binary = deserializeModule(bytes);
    checkTables(binary);
    return binary;
  } catch (error) {
    if (isMalformed(error)) throw engineError('BAD_MODULE', { module: name, reason: error.malformed });
    throw error;
  }
};

const loadFunction = (module: LoadedModule, definition: number): LoadedFunction => {
  const { binary } = module;
  const def = binary.functionDefs[definition] as BinaryModule['functionDefs'][number];
  const handle = binary.functionHandles[def.handle] as BinaryModule['functionHandles'][number];
  return {
    module,
    definition,
    name: binary.identifiers[handle.name] as string,
    constraints: handle.typeParameters,
    parameters: module.signature(handle.parameters),
    returns: module.signature(handle.returns),
    isNative: def.isNative,
    compiled: undefined,
  };
};

const primitiveByTag: Readonly<Record<number, keyof Types['primitives']>> = {
  [Tag.Bool]: 'bool',
  [Tag.U8]: 'u8',
  [Tag.U16]: 'u16',
  [Tag.U32]: 'u32',
  [Tag.U64]: 'u64',
  [Tag.U128]: 'u128',
  [Tag.U256]: 'u256',
  [Tag.Address]: 'address',
  [Tag.Signer]: 'signer',
};

const primitive = (types: Types, tag: number): Ty => types.primitives[primitiveByTag[tag] as keyof Types['primitives']];

/** Package id a datatype was first defined in, under its package's table. */
export const typeOrigin = (pkg: MovePackage, module: string, name: string): string | undefined =>
  pkg.typeOrigins.find((row) => row.module === module && row.datatype === name)?.package;

/** Types of declared fields, open in the declaration's parameters. */
export const fieldTypes = (module: LoadedModule, fields: readonly FieldDef[]): readonly Ty[] =>
  fields.map((field) => module.type(field.type));

/** Original id in a module's address table, for places in failures. */
export const moduleAddress = (module: LoadedModule): string => {
  const handle = module.binary.moduleHandles[module.binary.self] as { address: number };
  return module.binary.addresses[handle.address] as string;
};
