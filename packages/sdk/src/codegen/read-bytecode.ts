/** Reading compiled modules into the few facts bindings are made of. */
import { deserialize } from '@mysten/move-bytecode-template';

/** A Move type as a signature spells it. */
export type MoveType =
  | { readonly kind: 'u8' | 'u16' | 'u32' | 'u64' | 'u128' | 'u256' | 'bool' | 'address' | 'signer' }
  | { readonly kind: 'vector'; readonly of: MoveType }
  | { readonly kind: 'parameter'; readonly index: number }
  | { readonly kind: 'reference'; readonly mutable: boolean; readonly to: MoveType }
  | {
      readonly kind: 'datatype';
      /** 64 hex digits. */
      readonly address: string;
      readonly module: string;
      readonly name: string;
      readonly of: readonly MoveType[];
    };

/** A named member. */
export interface MoveField {
  readonly name: string;
  readonly type: MoveType;
}

/** A struct or enum of the module. */
export interface MoveDatatype {
  readonly name: string;
  readonly typeParameters: number;
  readonly hasKey: boolean;
  readonly fields?: readonly MoveField[];
  readonly variants?: readonly { readonly name: string; readonly fields: readonly MoveField[] }[];
}

/** A function that a transaction can call. */
export interface MoveFunction {
  readonly name: string;
  readonly visibility: 'Public' | 'Private' | 'Friend';
  readonly isEntry: boolean;
  readonly typeParameters: number;
  readonly parameters: readonly MoveType[];
  readonly returns: readonly MoveType[];
}

/** A named error: a constant whose name and text an abort code carries. */
export interface MoveError {
  readonly name: string;
  readonly text: string;
  /** Low 32 bits of its abort codes, the same at every line that aborts with it. */
  readonly code: number;
}

/** What bindings need of one module. */
export interface MoveModule {
  readonly address: string;
  readonly name: string;
  readonly datatypes: readonly MoveDatatype[];
  readonly functions: readonly MoveFunction[];
  readonly errors: readonly MoveError[];
}

/** The parts of the deserializer's JSON that are read here. */
interface RawModule {
  readonly self_module_handle_idx: number;
  readonly module_handles: readonly { readonly address: number; readonly name: number }[];
  readonly datatype_handles: readonly {
    readonly module: number;
    readonly name: number;
    readonly abilities: number;
    readonly type_parameters: readonly unknown[];
  }[];
  readonly function_handles: readonly {
    readonly name: number;
    readonly parameters: number;
    readonly return_: number;
    readonly type_parameters: readonly unknown[];
  }[];
  readonly signatures: readonly (readonly RawType[])[];
  readonly identifiers: readonly string[];
  readonly address_identifiers: readonly string[];
  readonly constant_pool: readonly { readonly data: readonly number[] }[];
  readonly struct_defs: readonly {
    readonly struct_handle: number;
    readonly field_information: { readonly Declared?: readonly RawField[] } | string;
  }[];
  readonly enum_defs: readonly {
    readonly enum_handle: number;
    readonly variants: readonly { readonly variant_name: number; readonly fields: readonly RawField[] }[];
  }[];
  readonly function_defs: readonly {
    readonly function: number;
    readonly visibility: MoveFunction['visibility'];
    readonly is_entry: boolean;
    readonly code?: { readonly code: readonly (string | Record<string, unknown>)[] };
  }[];
}

interface RawField {
  readonly name: number;
  readonly signature: RawType;
}

type RawType = string | Readonly<Record<string, unknown>>;

/** Bit 3 of an ability mask. */
const KEY_ABILITY = 8;
/** Top bit of an abort code that carries a name; its low 32 bits are the constants that hold name and text, 16 bits each. */
const NAMED_ABORT = 1n << 63n;

const typeReader = (raw: RawModule) => {
  const datatype = (handle: number, of: readonly MoveType[]): MoveType => {
    const { module, name } = raw.datatype_handles[handle] as RawModule['datatype_handles'][number];
    const home = raw.module_handles[module] as RawModule['module_handles'][number];
    return {
      kind: 'datatype',
      address: raw.address_identifiers[home.address] as string,
      module: raw.identifiers[home.name] as string,
      name: raw.identifiers[name] as string,
      of,
    };
  };
  const read = (type: RawType): MoveType => {
    if (typeof type === 'string') return { kind: type.toLowerCase() as 'u8' };
    const [form, value] = Object.entries(type)[0] as [string, never];
    if (form === 'Vector') return { kind: 'vector', of: read(value) };
    if (form === 'TypeParameter') return { kind: 'parameter', index: value };
    if (form === 'Datatype') return datatype(value, []);
    if (form === 'DatatypeInstantiation') return datatype(value[0], (value[1] as readonly RawType[]).map(read));
    return { kind: 'reference', mutable: form === 'MutableReference', to: read(value) };
  };
  return read;
};

const readDatatypes = (raw: RawModule): readonly MoveDatatype[] => {
  const read = typeReader(raw);
  const fields = (list: readonly RawField[]): readonly MoveField[] =>
    list.map((field) => ({ name: raw.identifiers[field.name] as string, type: read(field.signature) }));
  const head = (handle: number) => {
    const { name, abilities, type_parameters } = raw.datatype_handles[handle] as RawModule['datatype_handles'][number];
    return {
      name: raw.identifiers[name] as string,
      typeParameters: type_parameters.length,
      hasKey: (abilities & KEY_ABILITY) !== 0,
    };
  };
  const structs = raw.struct_defs.map(({ struct_handle, field_information }) => ({
    ...head(struct_handle),
    fields: fields((typeof field_information === 'string' ? undefined : field_information.Declared) ?? []),
  }));
  const enums = raw.enum_defs.map(({ enum_handle, variants }) => ({
    ...head(enum_handle),
    variants: variants.map((variant) => ({
      name: raw.identifiers[variant.variant_name] as string,
      fields: fields(variant.fields),
    })),
  }));
  return [...structs, ...enums];
};

const readFunctions = (raw: RawModule): readonly MoveFunction[] => {
  const read = typeReader(raw);
  const types = (signature: number) => (raw.signatures[signature] as readonly RawType[]).map(read);
  return raw.function_defs.map(({ function: handle, visibility, is_entry }) => {
    const { name, parameters, return_, type_parameters } = raw.function_handles[
      handle
    ] as RawModule['function_handles'][number];
    return {
      name: raw.identifiers[name] as string,
      visibility,
      isEntry: is_entry,
      typeParameters: type_parameters.length,
      parameters: types(parameters),
      returns: types(return_),
    };
  });
};

const textOf = (data: readonly number[]): string => {
  const bytes = Uint8Array.from(data);
  let at = 0;
  while ((bytes[at] ?? 0) & 0x80) at += 1; // the ULEB length in front of the text
  return new TextDecoder().decode(bytes.subarray(at + 1));
};

const readErrors = (raw: RawModule): readonly MoveError[] => {
  const codes = raw.function_defs
    .flatMap(({ code }) => code?.code ?? [])
    .map((step) => (typeof step === 'object' ? step.LdU64 : undefined))
    .filter((value): value is bigint => typeof value === 'bigint' && (value & NAMED_ABORT) !== 0n);
  const found = new Map<string, MoveError>();
  for (const full of codes) {
    const code = Number(full & 0xffff_ffffn);
    const [name, text] = [raw.constant_pool[code >>> 16], raw.constant_pool[code & 0xffff]];
    if (name && text) found.set(textOf(name.data), { name: textOf(name.data), text: textOf(text.data), code });
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
};

/** Reads one compiled module. */
export const readModule = (bytecode: Uint8Array): MoveModule => {
  const raw = deserialize(bytecode) as RawModule;
  const self = raw.module_handles[raw.self_module_handle_idx] as RawModule['module_handles'][number];
  return {
    address: raw.address_identifiers[self.address] as string,
    name: raw.identifiers[self.name] as string,
    datatypes: readDatatypes(raw),
    functions: readFunctions(raw),
    errors: readErrors(raw),
  };
};
