import { toHex } from '@atoma/base';
import { binaryLimits, tableRows } from '../../params.ts';
import {
  type BinaryModule,
  type FieldDef,
  type FunctionDef,
  type Instruction,
  type JumpTable,
  Tag,
  type Token,
} from './decoded-module.ts';
import { Op, operandShapes } from './opcodes.ts';
import { index16, list, littleEndian, malformed, type Reader, reader, table, take, u8, uleb } from './reader.ts';

/** Table kinds of the binary format. */
const Kind = {
  ModuleHandles: 0x1,
  DatatypeHandles: 0x2,
  FunctionHandles: 0x3,
  FunctionInstantiations: 0x4,
  Signatures: 0x5,
  Constants: 0x6,
  Identifiers: 0x7,
  Addresses: 0x8,
  StructDefs: 0xa,
  StructInstantiations: 0xb,
  FunctionDefs: 0xc,
  FieldHandles: 0xd,
  FieldInstantiations: 0xe,
  Friends: 0xf,
  Metadata: 0x10,
  EnumDefs: 0x11,
  EnumInstantiations: 0x12,
  VariantHandles: 0x13,
  VariantInstantiations: 0x14,
} as const;

/** Decodes a module of version 6 or 7 (`move-binary-format/src/deserializer.rs`); throws {@link MalformedBinary}. */
export const deserializeModule = (bytes: Uint8Array): BinaryModule => {
  const r = reader(bytes);
  if (littleEndian(r, 4) !== 0x0beb1ca1n) malformed('no Move magic number');
  const version = versionOf(Number(littleEndian(r, 4)));
  const tables = tableReaders(r);
  const self = index16(r);
  if (r.at !== r.end) malformed(`${r.end - r.at} bytes follow the module`);
  const rows = <T>(kind: number, item: (r: Reader) => T): T[] => {
    const at = tables.get(kind);
    const all = at ? table(at, item) : [];
    return all.length > (tableRows[kind] ?? all.length) ? malformed(`table ${kind} has too many rows`) : all;
  };
  return {
    bytes,
    version,
    self,
    moduleHandles: rows(Kind.ModuleHandles, (t) => ({ address: index16(t), name: index16(t) })),
    datatypeHandles: rows(Kind.DatatypeHandles, datatypeHandle),
    functionHandles: rows(Kind.FunctionHandles, functionHandle),
    functionInstantiations: rows(Kind.FunctionInstantiations, (t) => ({
      handle: index16(t),
      typeArguments: index16(t),
    })),
    signatures: rows(Kind.Signatures, signature),
    constants: rows(Kind.Constants, (t) => ({ type: token(t), data: take(t, uleb(t)) })),
    identifiers: rows(Kind.Identifiers, identifier),
    addresses: rows(Kind.Addresses, (t) => toHex(take(t, 32))),
    structDefs: rows(Kind.StructDefs, structDef),
    structInstantiations: rows(Kind.StructInstantiations, instantiation),
    functionDefs: rows(Kind.FunctionDefs, (t) => functionDef(t, version)),
    fieldHandles: rows(Kind.FieldHandles, (t) => ({ owner: index16(t), field: index16(t) })),
    fieldInstantiations: rows(Kind.FieldInstantiations, (t) => ({ handle: index16(t), typeArguments: index16(t) })),
    friends: rows(Kind.Friends, (t) => ({ address: index16(t), name: index16(t) })),
    enumDefs: rows(Kind.EnumDefs, enumDef),
    enumInstantiations: rows(Kind.EnumInstantiations, instantiation),
    variantHandles: rows(Kind.VariantHandles, (t) => ({ def: index16(t), variant: index16(t) })),
    variantInstantiations: rows(Kind.VariantInstantiations, (t) => ({ def: index16(t), variant: index16(t) })),
  };
};

/** The flavour of Sui: from version 7 the top byte of the version word names one. */
const SUI_FLAVOUR = 5;

const versionOf = (word: number): number => {
  const [version, flavour] = [word & 0xffffff, word >>> 24];
  if (version < 6 || version > 7) malformed(`version ${version} is not supported`);
  return version === 7 && flavour !== SUI_FLAVOUR ? malformed(`flavour ${flavour} is not Sui's`) : version;
};

/** Reads the table headers and leaves `r` behind the last table. Tables lie one behind the other, in any order. */
const tableReaders = (r: Reader): Map<number, Reader> => {
  const headers = list(r, (t) => ({ kind: u8(t), offset: uleb(t), length: uleb(t) }));
  const base = r.at;
  const readers = new Map<number, Reader>();
  let used = 0;
  for (const { kind, offset, length } of headers.sort((a, b) => a.offset - b.offset)) {
    if (kind < 1 || kind > 0x14 || kind === 9) malformed(`unknown table ${kind}`);
    if (kind === Kind.Metadata) malformed('metadata are not supported');
    if (readers.has(kind)) malformed(`table ${kind} occurs twice`);
    if (length === 0 || offset !== used) malformed(`table ${kind} is empty, or does not begin where another ends`);
    used += length;
    if (base + used > r.bytes.length) malformed('table beyond the end');
    readers.set(kind, reader(r.bytes, base + offset, base + used));
  }
  r.at = base + used;
  return readers;
};

const signature = (r: Reader): Token[] => {
  const types = list(r, token);
  return types.length > binaryLimits.signatureTypes ? malformed('too many types in a signature') : types;
};

const instantiation = (r: Reader) => ({ def: index16(r), typeArguments: index16(r) });

const abilities = (r: Reader): number => {
  const set = u8(r);
  return set < 16 ? set : malformed('unknown ability');
};

const flag = (r: Reader): boolean => {
  const value = u8(r);
  return value < 2 ? value === 1 : malformed('a flag is 0 or 1');
};

const datatypeHandle = (r: Reader) => ({
  module: index16(r),
  name: index16(r),
  abilities: abilities(r),
  typeParameters: list(r, (t) => ({ constraints: abilities(t), isPhantom: flag(t) })),
});

const functionHandle = (r: Reader) => ({
  module: index16(r),
  name: index16(r),
  parameters: index16(r),
  returns: index16(r),
  typeParameters: list(r, abilities),
});

/** Latin-1 is enough: the pattern leaves ASCII only. */
const identifier = (r: Reader): string => {
  const length = uleb(r);
  if (length === 0 || length > binaryLimits.identifierBytes) malformed('identifier of wrong length');
  const bytes = take(r, length);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
  return /^(?:[A-Za-z]|_\w)\w*$/.test(text) ? text : malformed('identifier with forbidden characters');
};

const leaf: readonly (Token | undefined)[] = Array.from({ length: 16 }, (_, tag) =>
  ([Tag.Bool, Tag.U8, Tag.U16, Tag.U32, Tag.U64, Tag.U128, Tag.U256, Tag.Address, Tag.Signer] as number[]).includes(tag)
    ? { tag, index: 0, args: [] }
    : undefined,
);

const token = (r: Reader, depth = 0): Token => {
  if (depth > binaryLimits.signatureDepth) malformed('type nested too deeply');
  const tag = u8(r);
  const simple = leaf[tag];
  if (simple) return simple;
  if (tag === Tag.Datatype || tag === Tag.TypeParameter) return { tag, index: index16(r), args: [] };
  if (tag === Tag.DatatypeInstantiation) {
    const index = index16(r);
    const args = list(r, (t) => token(t, depth + 1));
    return args.length > 0 ? { tag, index, args } : malformed('instantiation without type arguments');
  }
  if (tag !== Tag.Vector && tag !== Tag.Reference && tag !== Tag.MutableReference) malformed(`unknown type tag ${tag}`);
  if (tag !== Tag.Vector && depth > 0) malformed('reference inside a type');
  return { tag, index: 0, args: [token(r, depth + 1)] };
};

const field = (r: Reader): FieldDef => ({ name: index16(r), type: token(r) });

const structDef = (r: Reader): { handle: number; fields?: FieldDef[] } => {
  const handle = index16(r);
  const flag = u8(r);
  if (flag === 1) return { handle };
  return flag === 2 ? { handle, fields: list(r, field) } : malformed('unknown struct flag');
};

const enumDef = (r: Reader) => {
  const handle = index16(r);
  if (u8(r) !== 2) malformed('unknown enum flag');
  return { handle, variants: list(r, (t) => ({ name: index16(t), fields: list(t, field) })) };
};

const visibilities: Readonly<Record<number, FunctionDef['visibility']>> = { 0: 'private', 1: 'public', 3: 'friend' };

const functionDef = (r: Reader, version: number): FunctionDef => {
  const handle = index16(r);
  const visibility = visibilities[u8(r)] ?? malformed('unknown visibility');
  const flags = u8(r);
  if ((flags & ~6) !== 0) malformed('unknown function flag');
  if (list(r, index16).length > 0) malformed('global storage is not supported');
  const common = { handle, visibility, isEntry: (flags & 4) !== 0, isNative: (flags & 2) !== 0 };
  if (common.isNative) return { ...common, locals: 0, start: 0, end: 0, count: 0, jumpTables: [] };
  const locals = index16(r);
  const count = index16(r);
  const start = r.at;
  for (let left = count; left > 0; left--) skipInstruction(r);
  const end = r.at;
  return { ...common, locals, start, end, count, jumpTables: version >= 7 ? list(r, jumpTable) : [] };
};

const jumpTable = (r: Reader): JumpTable => {
  const enumDefIndex = index16(r);
  const branches = index16(r);
  if (u8(r) !== 1) malformed('unknown jump table flag');
  const targets: number[] = [];
  for (let left = branches; left > 0; left--) targets.push(index16(r));
  return { enumDef: enumDefIndex, targets };
};

const skipInstruction = (r: Reader): void => {
  const op = u8(r);
  const shape = operandShapes[op] as number;
  if (shape === -3) malformed(`unknown opcode ${op}`);
  if (shape >= 0) r.at += shape;
  else {
    index16(r);
    if (shape === -2) r.at += 8;
  }
  if (r.at > r.end) malformed('unexpected end');
};

/** The instructions of a function. */
export const decodeCode = (module: BinaryModule, fn: FunctionDef): Instruction[] => {
  const r = reader(module.bytes, fn.start, fn.end);
  return table(r, instruction);
};

const instruction = (r: Reader): Instruction => {
  const op = u8(r);
  const shape = operandShapes[op] as number;
  if (shape === 0) return { op, a: 0, b: 0, value: 0 };
  if (shape === -1) return { op, a: index16(r), b: 0, value: 0 };
  if (shape === -2) return { op, a: index16(r), b: Number(littleEndian(r, 8)), value: 0 };
  const literal = littleEndian(r, shape);
  const isBig = op === Op.LdU128 || op === Op.LdU256 || literal > 9007199254740991n;
  return { op, a: 0, b: 0, value: isBig ? literal : Number(literal) };
};
