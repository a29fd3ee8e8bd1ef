/**
 * The interface a compiled module offers, in the notation of `move/framework/abi/sui-framework-abi.json`: types as
 * `&mut 0x2::coin::Coin<T0>` with short addresses, `T0`, `T1` for the type parameters of the enclosing item.
 */
import { deserialize } from '@mysten/move-bytecode-template';

/** A type parameter of a function or datatype. */
export interface AbiTypeParameter {
  readonly constraints: readonly string[];
  readonly phantom?: boolean;
}

/** One field: positional fields are named `pos0`, `pos1`. */
export interface AbiField {
  readonly name: string;
  readonly type: string;
}

/** A struct; fields in declaration order, which is their BCS order. */
export interface AbiStruct {
  readonly name: string;
  readonly abilities: readonly string[];
  readonly typeParameters: readonly AbiTypeParameter[];
  readonly fields: readonly AbiField[];
}

/** An enum; variants in declaration order, which is their BCS tag. */
export interface AbiEnum extends Omit<AbiStruct, 'fields'> {
  readonly variants: readonly { readonly name: string; readonly fields: readonly AbiField[] }[];
}

/** A function's signature. `friend` is `public(package)` in source. */
export interface AbiFunction {
  readonly name: string;
  readonly visibility: 'public' | 'friend' | 'private';
  readonly isEntry: boolean;
  readonly isNative: boolean;
  readonly typeParameters: readonly AbiTypeParameter[];
  readonly parameters: readonly string[];
  readonly returns: readonly string[];
}

/** A module's interface. */
export interface AbiModule {
  readonly address: string;
  readonly name: string;
  readonly structs: readonly AbiStruct[];
  readonly enums: readonly AbiEnum[];
  readonly functions: readonly AbiFunction[];
}

type Token =
  | string
  | { readonly Vector: Token }
  | { readonly Reference: Token }
  | { readonly MutableReference: Token }
  | { readonly Datatype: number }
  | { readonly DatatypeInstantiation: readonly [number, readonly Token[]] }
  | { readonly TypeParameter: number };

interface BytecodeField {
  readonly name: number;
  readonly signature: Token;
}

/** The part of the deserializer's answer that the interface needs; numbers are indices into the tables. */
interface Bytecode {
  readonly self_module_handle_idx: number;
  readonly module_handles: readonly { readonly address: number; readonly name: number }[];
  readonly address_identifiers: readonly string[];
  readonly identifiers: readonly string[];
  readonly datatype_handles: readonly {
    readonly module: number;
    readonly name: number;
    readonly abilities: number;
    readonly type_parameters: readonly { readonly constraints: number; readonly is_phantom: boolean }[];
  }[];
  readonly function_handles: readonly {
    readonly name: number;
    readonly parameters: number;
    readonly return_: number;
    readonly type_parameters: readonly number[];
  }[];
  readonly signatures: readonly (readonly Token[])[];
  readonly struct_defs: readonly {
    readonly struct_handle: number;
    readonly field_information: { readonly Declared: readonly BytecodeField[] };
  }[];
  readonly enum_defs: readonly {
    readonly enum_handle: number;
    readonly variants: readonly { readonly variant_name: number; readonly fields: readonly BytecodeField[] }[];
  }[];
  readonly function_defs: readonly {
    readonly function: number;
    readonly visibility: 'Public' | 'Friend' | 'Private';
    readonly is_entry: boolean;
    readonly code?: unknown;
  }[];
}

const ABILITIES = ['copy', 'drop', 'store', 'key'];
const abilityNames = (mask: number): readonly string[] => ABILITIES.filter((_, bit) => mask & (1 << bit));

const at = <T>(table: readonly T[], index: number): T => table[index] as T;

const nameOf = (code: Bytecode, index: number): string => at(code.identifiers, index);

const qualifiedModule = (code: Bytecode, handle: number): { readonly address: string; readonly name: string } => {
  const { address, name } = at(code.module_handles, handle);
  return {
    address: `0x${at(code.address_identifiers, address).replace(/^0+(?=.)/, '')}`,
    name: nameOf(code, name),
  };
};

const datatypeName = (code: Bytecode, handle: number): string => {
  const { module, name } = at(code.datatype_handles, handle);
  const owner = qualifiedModule(code, module);
  return `${owner.address}::${owner.name}::${nameOf(code, name)}`;
};

const typeText = (code: Bytecode, token: Token): string => {
  const text = (inner: Token): string => typeText(code, inner);
  if (typeof token === 'string') return token.toLowerCase();
  if ('Vector' in token) return `vector<${text(token.Vector)}>`;
  if ('Reference' in token) return `&${text(token.Reference)}`;
  if ('MutableReference' in token) return `&mut ${text(token.MutableReference)}`;
  if ('TypeParameter' in token) return `T${token.TypeParameter}`;
  if ('Datatype' in token) return datatypeName(code, token.Datatype);
  const [handle, types] = token.DatatypeInstantiation;
  return `${datatypeName(code, handle)}<${types.map(text).join(', ')}>`;
};

const fieldsOf = (code: Bytecode, fields: readonly BytecodeField[]): readonly AbiField[] =>
  fields.map((field) => ({ name: nameOf(code, field.name), type: typeText(code, field.signature) }));

const headerOf = (code: Bytecode, index: number): Omit<AbiStruct, 'fields'> => {
  const handle = at(code.datatype_handles, index);
  return {
    name: nameOf(code, handle.name),
    abilities: abilityNames(handle.abilities),
    typeParameters: handle.type_parameters.map(({ constraints, is_phantom }) => ({
      constraints: abilityNames(constraints),
      phantom: is_phantom,
    })),
  };
};

const functionOf = (code: Bytecode, definition: Bytecode['function_defs'][number]): AbiFunction => {
  const handle = at(code.function_handles, definition.function);
  const types = (signature: number): readonly string[] =>
    at(code.signatures, signature).map((token) => typeText(code, token));
  return {
    name: nameOf(code, handle.name),
    visibility: definition.visibility.toLowerCase() as AbiFunction['visibility'],
    isEntry: definition.is_entry,
    isNative: definition.code === undefined || definition.code === null,
    typeParameters: handle.type_parameters.map((mask) => ({ constraints: abilityNames(mask) })),
    parameters: types(handle.parameters),
    returns: types(handle.return_),
  };
};

/** Reads the interface of a compiled module (base64). */
export const readInterface = (base64: string): AbiModule => {
  const code = deserialize(Buffer.from(base64, 'base64')) as Bytecode;
  return {
    ...qualifiedModule(code, code.self_module_handle_idx),
    structs: code.struct_defs.map(({ struct_handle, field_information }) => ({
      ...headerOf(code, struct_handle),
      fields: fieldsOf(code, field_information.Declared),
    })),
    enums: code.enum_defs.map(({ enum_handle, variants }) => ({
      ...headerOf(code, enum_handle),
      variants: variants.map(({ variant_name, fields }) => ({
        name: nameOf(code, variant_name),
        fields: fieldsOf(code, fields),
      })),
    })),
    functions: code.function_defs.map((definition) => functionOf(code, definition)),
  };
};
