/** The decoded form of a module. Indices refer to the tables of the same module. */

/** A type as written in a signature. `tag` is the binary format's; see {@link Tag}. */
export interface Token {
  readonly tag: number;
  /** Datatype handle or type parameter. */
  readonly index: number;
  /** Element, referent or type arguments. */
  readonly args: readonly Token[];
}

/** Type tags of the binary format. */
export const Tag = {
  Bool: 0x1,
  U8: 0x2,
  U64: 0x3,
  U128: 0x4,
  Address: 0x5,
  Reference: 0x6,
  MutableReference: 0x7,
  Datatype: 0x8,
  TypeParameter: 0x9,
  Vector: 0xa,
  DatatypeInstantiation: 0xb,
  Signer: 0xc,
  U16: 0xd,
  U32: 0xe,
  U256: 0xf,
} as const;

/** A named field with its type. */
export interface FieldDef {
  readonly name: number;
  readonly type: Token;
}

/** A function defined in the module; code is decoded on demand. */
export interface FunctionDef {
  readonly handle: number;
  readonly visibility: 'public' | 'friend' | 'private';
  readonly isEntry: boolean;
  readonly isNative: boolean;
  /** Signature of the locals beyond the parameters. */
  readonly locals: number;
  /** Bytes [start, end) of the instructions, their number, and the jump tables. */
  readonly start: number;
  readonly end: number;
  readonly count: number;
  readonly jumpTables: readonly JumpTable[];
}

/** Targets of a VariantSwitch by variant tag. */
export interface JumpTable {
  readonly enumDef: number;
  readonly targets: readonly number[];
}

/** One instruction: `a` an index, `b` a count, `value` a literal. */
export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly value: number | bigint;
}

/** A type parameter of a datatype. */
export interface DatatypeParameter {
  readonly constraints: number;
  readonly isPhantom: boolean;
}

/** Tables of a module. */
export interface BinaryModule {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly self: number;
  readonly moduleHandles: readonly { readonly address: number; readonly name: number }[];
  readonly datatypeHandles: readonly {
    readonly module: number;
    readonly name: number;
    readonly abilities: number;
    readonly typeParameters: readonly DatatypeParameter[];
  }[];
  readonly functionHandles: readonly {
    readonly module: number;
    readonly name: number;
    readonly parameters: number;
    readonly returns: number;
    readonly typeParameters: readonly number[];
  }[];
  readonly functionInstantiations: readonly { readonly handle: number; readonly typeArguments: number }[];
  readonly signatures: readonly (readonly Token[])[];
  readonly constants: readonly { readonly type: Token; readonly data: Uint8Array }[];
  readonly identifiers: readonly string[];
  readonly addresses: readonly string[];
  /** `fields` is absent on native structs. */
  readonly structDefs: readonly { readonly handle: number; readonly fields?: readonly FieldDef[] }[];
  readonly structInstantiations: readonly { readonly def: number; readonly typeArguments: number }[];
  readonly functionDefs: readonly FunctionDef[];
  readonly fieldHandles: readonly { readonly owner: number; readonly field: number }[];
  readonly fieldInstantiations: readonly { readonly handle: number; readonly typeArguments: number }[];
  readonly friends: readonly { readonly address: number; readonly name: number }[];
  readonly enumDefs: readonly {
    readonly handle: number;
    readonly variants: readonly { readonly name: number; readonly fields: readonly FieldDef[] }[];
  }[];
  readonly enumInstantiations: readonly { readonly def: number; readonly typeArguments: number }[];
  readonly variantHandles: readonly { readonly def: number; readonly variant: number }[];
  /** `def` indexes enumInstantiations. */
  readonly variantInstantiations: readonly { readonly def: number; readonly variant: number }[];
}
