/** Assembles code that no compiler emits into the functions of a compiled module. */
import { assert } from 'vitest';
import type { BinaryModule, FunctionDef } from '../internal/binary/decoded-module.ts';
import { deserializeModule } from '../internal/binary/deserialize.ts';
import { Op } from '../internal/binary/opcodes.ts';
import type { MovePackage } from '../types.ts';

/** Statements that give a function of the module some hundred bytes of code to be replaced. */
export const filler = (name: string): string =>
  `let mut ${name} = n; ${Array.from({ length: 10 }, (_, k) => `${name} = ${name} + ${k}; `).join('')} abort ${name}`;

const literalBytes: Readonly<Record<string, number>> = {
  LdU8: 1,
  LdU16: 2,
  LdU32: 4,
  LdU64: 8,
  LdU128: 16,
  LdU256: 32,
};

const littleEndian = (value: bigint, length: number): number[] =>
  Array.from({ length }, (_, k) => Number((value >> BigInt(8 * k)) & 255n));

/** A package whose functions take other code, and how far nops push that code back. */
export interface Assembled {
  readonly pkg: MovePackage;
  readonly padding: number;
}

/**
 * An assembler for module `m` of a package. `locals` are the names of its functions' locals in order. Code is instructions separated
 * by semicolons, each a mnemonic with its operands: a local, a field, function, struct or variant by name, the number of an instruction
 * of the code for a branch, `[]` for the first signature that is one u64, the value of a literal (0 when it has none), or an index.
 */
export const createAssembler = (pkg: MovePackage, locals: readonly string[]) => {
  const bytes = pkg.modules.get('m') as Uint8Array;
  const binary: BinaryModule = deserializeModule(bytes);
  const named = (index: number | undefined): string | undefined => binary.identifiers[index ?? -1];
  const isU64 = (token: BinaryModule['signatures'][number][number] | undefined): boolean =>
    JSON.stringify(token) === JSON.stringify(u64);
  const u64 = binary.structDefs[0]?.fields?.[0]?.type;
  const field = (name: string): number =>
    binary.fieldHandles.findIndex(
      (handle) => named(binary.structDefs[handle.owner]?.fields?.[handle.field]?.name) === name,
    );
  const callee = (name: string): number => binary.functionHandles.findIndex((handle) => named(handle.name) === name);
  const struct = (name: string): number =>
    binary.structDefs.findIndex((def) => named(binary.datatypeHandles[def.handle]?.name) === name);
  const variant = (tag: number): number => binary.variantHandles.findIndex((handle) => handle.variant === tag);
  const list = (): number => binary.signatures.findIndex(([token, ...rest]) => rest.length === 0 && isU64(token));

  const indexOf = (mnemonic: string, operand: string): number => {
    if (operand === '[]') return list();
    if (mnemonic.includes('Variant') && !mnemonic.includes('Generic') && /^[01]$/.test(operand))
      return variant(Number(operand));
    if (/^\d+$/.test(operand)) return Number(operand);
    if (mnemonic.endsWith('Field')) return field(operand);
    if (mnemonic === 'Call') return callee(operand);
    return mnemonic === 'Pack' || mnemonic === 'Unpack' ? struct(operand) : locals.indexOf(operand);
  };
  const assemble = (line: string, padding: number): number[] => {
    const [mnemonic, operand, count] = line.split(' ') as [keyof typeof Op, string | undefined, string | undefined];
    const op = Op[mnemonic];
    const width = literalBytes[mnemonic];
    if (width) return [op, ...littleEndian(BigInt(operand ?? 0), width)];
    if (mnemonic === 'Pack' && operand === undefined) return [op, 0];
    if (operand === undefined) return [op];
    if (mnemonic.startsWith('Br')) return [op, padding + Number(operand)];
    return [op, indexOf(mnemonic, operand), ...(count === undefined ? [] : littleEndian(BigInt(count), 8))];
  };

  /** The package with other code in a function; nops fill the front. Fails when the code is too long. */
  return (name: string, code: string): Assembled => {
    const lines = code.split(';').map((line) => line.trim());
    const def = binary.functionDefs.find(({ handle }) => handle === callee(name)) as FunctionDef;
    const padding = def.end - def.start - lines.flatMap((line) => assemble(line, 0)).length;
    assert(padding >= 0 && padding + lines.length < 128, `${name} has no room for ${code}`);
    const made = bytes.slice();
    const nops = new Array<number>(padding).fill(Op.Nop);
    made.set([...nops, ...lines.flatMap((line) => assemble(line, padding))], def.start);
    made[def.start - 1] = padding + lines.length;
    return { pkg: { ...pkg, modules: new Map([['m', made]]) }, padding };
  };
};
