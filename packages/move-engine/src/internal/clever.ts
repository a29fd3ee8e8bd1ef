import type { MoveFailure } from '../types.ts';
import { Tag, type Token } from './binary/decoded-module.ts';
import { isMalformed, reader, take, uleb } from './binary/reader.ts';
import type { LoadedModule } from './load/loaded-module.ts';

const absent = 0xffff;
const noCode = 0xff;

/**
 * Reads a clever abort code: from the top, 0xC0, u8 error code (ff none), u16 source line, u16 constant of the name,
 * u16 constant of the value; both constants index the module's constant pool (`move-core-types/src/clever_error.rs`).
 */
export const describeClever = (module: LoadedModule, code: bigint): MoveFailure['clever'] => {
  if (code >> 63n !== 1n) return undefined;
  const part = (shift: bigint, bits: number): number => Number(BigInt.asUintN(bits, code >> shift));
  const errorCode = part(48n, 8);
  const name = textConstant(module, part(16n, 16));
  const text = textConstant(module, part(0n, 16));
  return {
    line: part(32n, 16),
    ...(errorCode === noCode ? {} : { errorCode }),
    ...(name === undefined ? {} : { name }),
    ...(text === undefined ? {} : { text }),
  };
};

/** A constant as text: UTF-8 bytes as they are, numbers in decimal, other types not at all. */
const textConstant = (module: LoadedModule, index: number): string | undefined => {
  const constant = index === absent ? undefined : module.binary.constants[index];
  if (!constant) return undefined;
  const { type, data } = constant;
  if (isBytes(type)) return utf8(data);
  if (type.tag === Tag.Bool) return String(data[0] === 1);
  const isNumber = ([Tag.U8, Tag.U16, Tag.U32, Tag.U64, Tag.U128, Tag.U256] as number[]).includes(type.tag);
  return isNumber ? String(BigInt(`0x${Buffer.from(data).reverse().toString('hex')}`)) : undefined;
};

const isBytes = (type: Token): boolean => type.tag === Tag.Vector && type.args[0]?.tag === Tag.U8;

const utf8 = (data: Uint8Array): string | undefined => {
  try {
    const r = reader(data);
    return new TextDecoder('utf-8', { fatal: true }).decode(take(r, uleb(r)));
  } catch (error) {
    if (isMalformed(error) || error instanceof TypeError) return undefined;
    throw error;
  }
};
