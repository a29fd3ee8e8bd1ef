import { deserialize as reference } from '@mysten/move-bytecode-template';
import { expect, test } from 'vitest';
import { compilePackageText, frameworkPackages } from '../../testing/fixture.ts';
import { generateModule } from '../../testing/program.ts';
import { leb, rebuilt, type Table } from '../../testing/rebuilt.ts';
import type { BinaryModule, Instruction, Token } from './decoded-module.ts';
import { decodeCode, deserializeModule } from './deserialize.ts';
import { Op } from './opcodes.ts';

const opNames = new Map(Object.entries(Op).map(([name, op]) => [op as number, name]));
const tagNames: Readonly<Record<number, string>> = {
  1: 'Bool',
  2: 'U8',
  3: 'U64',
  4: 'U128',
  5: 'Address',
  12: 'Signer',
  13: 'U16',
  14: 'U32',
  15: 'U256',
};

const token = (t: Token): unknown => {
  if (t.tag === 6) return { Reference: token(t.args[0] as Token) };
  if (t.tag === 7) return { MutableReference: token(t.args[0] as Token) };
  if (t.tag === 8) return { Datatype: t.index };
  if (t.tag === 9) return { TypeParameter: t.index };
  if (t.tag === 10) return { Vector: token(t.args[0] as Token) };
  if (t.tag === 11) return { DatatypeInstantiation: [t.index, t.args.map(token)] };
  return tagNames[t.tag];
};

/** An instruction in the reference's form, literals as text so that number and bigint compare. */
const instruction = ({ op, a, b, value }: Instruction): unknown => {
  const name = opNames.get(op) as string;
  if (name === 'VecPack' || name === 'VecUnpack') return { [name]: [a, BigInt(b)] };
  if (name === 'LdU256') return { [name]: littleEndian(BigInt(value)) };
  if (name === 'LdU64' || name === 'LdU128') return { [name]: BigInt(value) };
  if (/^LdU/.test(name)) return { [name]: Number(value) };
  const plain = ['Op', 'Pop', 'Ret', 'LdTrue', 'LdFalse', 'ReadRef', 'WriteRef', 'Abort', 'Nop', 'FreezeRef', 'Not'];
  const arithmetic = /^(Add|Sub|Mul|Mod|Div|BitOr|BitAnd|Xor|Or|And|Eq|Neq|Lt|Gt|Le|Ge|Shl|Shr|Cast\w+)$/;
  return plain.includes(name) || arithmetic.test(name) ? name : { [name]: a };
};

const littleEndian = (value: bigint): number[] =>
  Array.from({ length: 32 }, (_, k) => Number((value >> BigInt(8 * k)) & 255n));

// biome-ignore lint/suspicious/noExplicitAny: the reference decoder's rows are untyped
type Untyped = any;

/** What both decoders must agree on. */
const normal = (m: BinaryModule): unknown => ({
  version: m.version,
  self: m.self,
  modules: m.moduleHandles,
  datatypes: m.datatypeHandles.map((h) => [h.module, h.name, h.abilities, h.typeParameters.map(Object.values)]),
  functions: m.functionHandles.map((h) => [h.module, h.name, h.parameters, h.returns, h.typeParameters]),
  signatures: m.signatures.map((row) => row.map(token)),
  constants: m.constants.map((c) => [token(c.type), [...c.data]]),
  identifiers: m.identifiers,
  addresses: m.addresses,
  structs: m.structDefs.map((s) => [s.handle, (s.fields ?? []).map((f) => [f.name, token(f.type)])]),
  enums: m.enumDefs.map((e) => [
    e.handle,
    e.variants.map((v) => [v.name, v.fields.map((f) => [f.name, token(f.type)])]),
  ]),
  tables: [m.fieldHandles, m.fieldInstantiations, m.structInstantiations, m.functionInstantiations].map((rows) =>
    rows.map((row) => Object.values(row)),
  ),
  variants: [m.enumInstantiations, m.variantHandles, m.variantInstantiations].map((rows) =>
    rows.map((row) => Object.values(row)),
  ),
  code: m.functionDefs.map((def) => [
    def.handle,
    def.visibility,
    def.isEntry,
    def.isNative ? null : [def.locals, decodeCode(m, def).map(instruction), def.jumpTables.map((t) => t.targets)],
  ]),
});

const normalReference = (m: Untyped): unknown => ({
  version: m.version,
  self: m.self_module_handle_idx,
  modules: m.module_handles,
  datatypes: m.datatype_handles.map((h: Untyped) => [
    h.module,
    h.name,
    h.abilities,
    h.type_parameters.map((p: Untyped) => [p.constraints, p.is_phantom]),
  ]),
  functions: m.function_handles.map((h: Untyped) => [h.module, h.name, h.parameters, h.return_, h.type_parameters]),
  signatures: m.signatures,
  constants: m.constant_pool.map((c: Untyped) => [c.type_, c.data]),
  identifiers: m.identifiers,
  addresses: m.address_identifiers,
  structs: m.struct_defs.map((s: Untyped) => [
    s.struct_handle,
    (s.field_information.Declared ?? []).map((f: Untyped) => [f.name, f.signature]),
  ]),
  enums: m.enum_defs.map((e: Untyped) => [
    e.enum_handle,
    e.variants.map((v: Untyped) => [v.variant_name, v.fields.map((f: Untyped) => [f.name, f.signature])]),
  ]),
  tables: [
    m.field_handles.map((h: Untyped) => [h.owner, h.field]),
    m.field_instantiations.map((h: Untyped) => [h.handle, h.type_parameters]),
    m.struct_def_instantiations.map((h: Untyped) => [h.def, h.type_parameters]),
    m.function_instantiations.map((h: Untyped) => [h.handle, h.type_parameters]),
  ],
  variants: [
    m.enum_def_instantiations.map((h: Untyped) => [h.def, h.type_parameters]),
    m.variant_handles.map((h: Untyped) => [h.enum_def, h.variant]),
    m.variant_instantiation_handles.map((h: Untyped) => [h.enum_def, h.variant]),
  ],
  code: m.function_defs.map((d: Untyped) => [
    d.function,
    d.visibility.toLowerCase(),
    d.is_entry,
    d.code ? [d.code.locals, d.code.code, d.code.jump_tables.map((t: Untyped) => t.jump_table.Full)] : null,
  ]),
});

test('every module of the framework decodes as the reference decoder says', () => {
  const modules = frameworkPackages().flatMap((pkg) => [...pkg.modules.values()]);
  expect(modules.length).toBeGreaterThan(60);
  for (const bytes of modules) expect(normal(deserializeModule(bytes))).toEqual(normalReference(reference(bytes)));
});

test('a module with enums, all widths and generics decodes as the reference decoder says', async () => {
  const pkg = await compilePackageText(generateModule(5, 20));
  for (const bytes of pkg.modules.values())
    expect(normal(deserializeModule(bytes))).toEqual(normalReference(reference(bytes)));
});

test('only what is a module in every byte is one', () => {
  const bytes = [...(frameworkPackages()[0]?.modules.values() ?? [])][0] as Uint8Array;
  const patched = (at: number, value: number) => Uint8Array.from(bytes, (byte, i) => (i === at ? value : byte));
  const tableOf = (tables: Table[], kind: number): Table => tables.find((table) => table.kind === kind) as Table;
  expect(normal(deserializeModule(rebuilt(bytes, () => {})))).toEqual(normal(deserializeModule(bytes)));
  const refusals: readonly (readonly [why: RegExp, module: Uint8Array])[] = [
    [/flavour 4/, patched(7, 4)],
    [/version 8/, patched(4, 8)],
    [/1 bytes follow/, Uint8Array.from([...bytes, 0])],
    [/metadata/, rebuilt(bytes, (tables) => tables.push({ kind: 16, body: Uint8Array.of(1, 65, 1, 66) }))],
    [/empty/, rebuilt(bytes, (tables) => tables.push({ kind: 15, body: new Uint8Array() }))],
    [/does not begin/, rebuilt(bytes, (tables) => Object.assign(tables[1] as Table, { gap: 1 }))],
    [/twice/, rebuilt(bytes, (tables) => tables.push(tables[0] as Table))],
    [
      /table 8 has too many rows/,
      rebuilt(bytes, (tables) => Object.assign(tableOf(tables, 8), { body: new Uint8Array(101 * 32) })),
    ],
    [
      /too many types/,
      rebuilt(bytes, (tables) =>
        Object.assign(tableOf(tables, 5), { body: Uint8Array.from([...leb(256), ...Array(256).fill(1)]) }),
      ),
    ],
    ...['_', 'a<b', '<SELF>', '1a'].map(
      (name) =>
        [
          /forbidden characters/,
          rebuilt(bytes, (tables) =>
            Object.assign(tableOf(tables, 7), { body: Uint8Array.from([name.length, ...Buffer.from(name)]) }),
          ),
        ] as const,
    ),
  ];
  for (const [why, module] of refusals)
    expect(() => deserializeModule(module)).toThrow(expect.objectContaining({ malformed: expect.stringMatching(why) }));
});
