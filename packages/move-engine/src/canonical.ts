import {
  type BinaryModule,
  type DatatypeParameter,
  type FieldDef,
  type FunctionDef,
  type Instruction,
  Tag,
  type Token,
} from './internal/binary/decoded-module.ts';
import { decodeCode } from './internal/binary/deserialize.ts';
import { Op, operandShapes } from './internal/binary/opcodes.ts';
import { isMalformed } from './internal/binary/reader.ts';
import { readModule } from './internal/load/loaded-module.ts';
import { engineError } from './move-engine-errors.ts';

/** A struct or enum without table indices. The parts are texts to be compared as a whole. */
export interface CanonicalDatatype {
  readonly kind: 'struct' | 'enum';
  readonly abilities: number;
  /** Constraints and phantom marks. */
  readonly typeParameters: string;
  /** Names and types of fields, or of variants and their fields, in order. */
  readonly layout: string;
}

/** A function without table indices. */
export interface CanonicalFunction {
  readonly visibility: 'public' | 'friend' | 'private';
  readonly isEntry: boolean;
  /** Ability bits that each type parameter asks for. */
  readonly constraints: readonly number[];
  /** Types of parameters and results. */
  readonly signature: string;
  /** Locals and instructions. */
  readonly code: string;
}

/**
 * A module without its tables: every name, type, constant and callee in place of an index. Two are equal when Sui's
 * `normalized` forms are (`move-binary-format/src/normalized.rs`): tables may be ordered otherwise, or be larger.
 */
export interface CanonicalModule {
  /** Version of the binary format. */
  readonly version: number;
  readonly friends: number;
  readonly datatypes: ReadonlyMap<string, CanonicalDatatype>;
  readonly functions: ReadonlyMap<string, CanonicalFunction>;
}

/** Canonical form of module `module`; throws ENGINE_BAD_MODULE on what cannot be read. */
export const canonicalModule = (module: string, bytes: Uint8Array): CanonicalModule => {
  const m = readModule(module, bytes);
  try {
    return canonical(m);
  } catch (error) {
    if (isMalformed(error)) throw engineError('BAD_MODULE', { module, reason: error.malformed });
    throw error;
  }
};

const canonical = (m: BinaryModule): CanonicalModule => {
  const handleName = (handle: number): string => name(m, m.datatypeHandles[handle]?.name);
  const structs = m.structDefs.map((def) => datatypeForm(m, 'struct', def.handle, fields(m, def.fields)));
  const enums = m.enumDefs.map((def) => {
    const variants = def.variants.map((variant) => [name(m, variant.name), fields(m, variant.fields)]);
    return datatypeForm(m, 'enum', def.handle, variants);
  });
  const handles = [...m.structDefs, ...m.enumDefs].map((def) => handleName(def.handle));
  return {
    version: m.version,
    friends: m.friends.length,
    datatypes: new Map([...structs, ...enums].map((form, k) => [handles[k] as string, form])),
    functions: new Map(
      m.functionDefs.map((def) => [name(m, m.functionHandles[def.handle]?.name), functionForm(m, def)]),
    ),
  };
};

type Form = string | number | boolean | readonly Form[];

const text = (form: Form): string => JSON.stringify(form);

const name = (m: BinaryModule, index: number | undefined): string => m.identifiers[index ?? -1] ?? '';

const moduleName = (m: BinaryModule, index: number): string => {
  const handle = m.moduleHandles[index];
  return `${m.addresses[handle?.address ?? -1]}::${name(m, handle?.name)}`;
};

const datatypeName = (m: BinaryModule, index: number): string => {
  const handle = m.datatypeHandles[index];
  return `${moduleName(m, handle?.module ?? -1)}::${name(m, handle?.name)}`;
};

const typeForm = (m: BinaryModule, { tag, index, args }: Token): Form => {
  if (tag === Tag.Datatype || tag === Tag.DatatypeInstantiation)
    return [datatypeName(m, index), ...args.map((arg) => typeForm(m, arg))];
  return tag === Tag.TypeParameter ? [tag, index] : [tag, ...args.map((arg) => typeForm(m, arg))];
};

const signature = (m: BinaryModule, index: number): Form =>
  (m.signatures[index] ?? []).map((token) => typeForm(m, token));

const parameters = (list: readonly DatatypeParameter[] = []): Form =>
  list.map(({ constraints, isPhantom }) => [constraints, isPhantom]);

const datatypeForm = (
  m: BinaryModule,
  kind: CanonicalDatatype['kind'],
  handle: number,
  layout: Form,
): CanonicalDatatype => {
  const declared = m.datatypeHandles[handle];
  return {
    kind,
    abilities: declared?.abilities ?? 0,
    typeParameters: text(parameters(declared?.typeParameters)),
    layout: text(layout),
  };
};

const fields = (m: BinaryModule, list: readonly FieldDef[] = []): Form =>
  list.map((field) => [name(m, field.name), typeForm(m, field.type)]);

const functionForm = (m: BinaryModule, def: FunctionDef): CanonicalFunction => {
  const handle = m.functionHandles[def.handle];
  const code = def.isNative
    ? ['native']
    : [signature(m, def.locals), ...decodeCode(m, def).map((instruction) => instructionForm(m, def, instruction))];
  return {
    visibility: def.visibility,
    isEntry: def.isEntry,
    constraints: handle?.typeParameters ?? [],
    signature: text([signature(m, handle?.parameters ?? -1), signature(m, handle?.returns ?? -1)]),
    code: text(code),
  };
};

const structName = (m: BinaryModule, def: number): string => datatypeName(m, m.structDefs[def]?.handle ?? -1);

const fieldForm = (m: BinaryModule, index: number): Form => {
  const field = m.fieldHandles[index];
  return [structName(m, field?.owner ?? -1), field?.field ?? -1];
};

const calleeForm = (m: BinaryModule, index: number): Form => {
  const handle = m.functionHandles[index];
  return [moduleName(m, handle?.module ?? -1), name(m, handle?.name)];
};

const variantForm = (m: BinaryModule, index: number): Form => {
  const handle = m.variantHandles[index];
  return [datatypeName(m, m.enumDefs[handle?.def ?? -1]?.handle ?? -1), handle?.variant ?? -1];
};

const genericVariantForm = (m: BinaryModule, index: number): Form => {
  const handle = m.variantInstantiations[index];
  const instantiation = m.enumInstantiations[handle?.def ?? -1];
  const enumName = datatypeName(m, m.enumDefs[instantiation?.def ?? -1]?.handle ?? -1);
  return [enumName, handle?.variant ?? -1, signature(m, instantiation?.typeArguments ?? -1)];
};

/** What an index after an opcode stands for. Offsets and locals stand for themselves. */
const operands: Readonly<Record<number, (m: BinaryModule, index: number, def: FunctionDef) => Form>> = (() => {
  const constant = (m: BinaryModule, index: number): Form => {
    const { type, data } = m.constants[index] ?? {};
    return [type ? typeForm(m, type) : 0, Buffer.from(data ?? []).toString('hex')];
  };
  const generic = (m: BinaryModule, row: { readonly typeArguments: number } | undefined, form: Form): Form => [
    form,
    signature(m, row?.typeArguments ?? -1),
  ];
  const genericField = (m: BinaryModule, index: number): Form => {
    const row = m.fieldInstantiations[index];
    return generic(m, row, fieldForm(m, row?.handle ?? -1));
  };
  const genericStruct = (m: BinaryModule, index: number): Form => {
    const row = m.structInstantiations[index];
    return generic(m, row, structName(m, row?.def ?? -1));
  };
  const genericCall = (m: BinaryModule, index: number): Form => {
    const row = m.functionInstantiations[index];
    return generic(m, row, calleeForm(m, row?.handle ?? -1));
  };
  const jump = (m: BinaryModule, index: number, def: FunctionDef): Form => {
    const table = def.jumpTables[index];
    return [datatypeName(m, m.enumDefs[table?.enumDef ?? -1]?.handle ?? -1), table?.targets ?? []];
  };
  const vectors = [Op.VecPack, Op.VecLen, Op.VecImmBorrow, Op.VecMutBorrow, Op.VecPushBack, Op.VecPopBack];
  return {
    [Op.LdConst]: constant,
    [Op.MutBorrowField]: fieldForm,
    [Op.ImmBorrowField]: fieldForm,
    [Op.MutBorrowFieldGeneric]: genericField,
    [Op.ImmBorrowFieldGeneric]: genericField,
    [Op.Call]: calleeForm,
    [Op.CallGeneric]: genericCall,
    [Op.Pack]: structName,
    [Op.Unpack]: structName,
    [Op.PackGeneric]: genericStruct,
    [Op.UnpackGeneric]: genericStruct,
    ...Object.fromEntries([...vectors, Op.VecUnpack, Op.VecSwap].map((op) => [op, signature])),
    ...Object.fromEntries(
      [Op.PackVariant, Op.UnpackVariant, Op.UnpackVariantImmRef, Op.UnpackVariantMutRef].map((op) => [op, variantForm]),
    ),
    [Op.PackVariantGeneric]: genericVariantForm,
    [Op.UnpackVariantGeneric]: genericVariantForm,
    [Op.UnpackVariantGenericImmRef]: genericVariantForm,
    [Op.UnpackVariantGenericMutRef]: genericVariantForm,
    [Op.VariantSwitch]: jump,
  };
})();

const instructionForm = (m: BinaryModule, def: FunctionDef, { op, a, b, value }: Instruction): Form => {
  const shape = operandShapes[op] as number;
  if (shape === 0) return op;
  if (shape > 0) return [op, String(value)];
  const operand = operands[op]?.(m, a, def) ?? a;
  return shape === -2 ? [op, operand, b] : [op, operand];
};
