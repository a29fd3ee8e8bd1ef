import type { BinaryModule, Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedModule } from '../load/loaded-module.ts';

/** How many values an instruction takes from the operand stack and how many it puts there. */
export interface Exchange {
  readonly pops: number;
  readonly pushes: number;
}

const exchange = (pops: number, pushes: number): Exchange => ({ pops, pushes });

/** Fields of the struct a Pack or Unpack names. */
const structFields = ({ binary }: LoadedModule, index: number, generic: boolean): number =>
  binary.structDefs[generic ? (binary.structInstantiations[index]?.def ?? -1) : index]?.fields?.length ?? 0;

/** The variant an instruction names, with its number of fields. */
export const variantOf = ({ binary }: LoadedModule, index: number, generic: boolean) => {
  const { def, variant } = (generic ? binary.variantInstantiations : binary.variantHandles)[index] as {
    readonly def: number;
    readonly variant: number;
  };
  const owner = generic ? (binary.enumInstantiations[def]?.def as number) : def;
  return { owner, variant, fields: binary.enumDefs[owner]?.variants[variant]?.fields.length ?? 0 };
};

/** Handle of the function a call names. */
export const handleOf = ({ binary }: LoadedModule, { op, a }: Instruction): number =>
  op === Op.CallGeneric ? (binary.functionInstantiations[a]?.handle as number) : a;

const ofCall = (module: LoadedModule, handle: number): Exchange => {
  const { parameters, returns } = module.binary.functionHandles[handle] as BinaryModule['functionHandles'][number];
  return exchange(module.signature(parameters).length, module.signature(returns).length);
};

const fixed = (pops: number, pushes: number, ...ops: number[]): [number, Exchange][] =>
  ops.map((op) => [op, exchange(pops, pushes)]);

/** Instructions that always exchange the same; what is in no table takes two values and gives one. */
const constant = new Map<number, Exchange>([
  ...fixed(0, 0, Op.Branch, Op.Nop),
  ...fixed(1, 0, Op.Pop, Op.BrTrue, Op.BrFalse, Op.Abort, Op.StLoc, Op.VariantSwitch),
  ...fixed(0, 1, Op.LdU8, Op.LdU16, Op.LdU32, Op.LdU64, Op.LdU128, Op.LdU256, Op.LdConst, Op.LdTrue, Op.LdFalse),
  ...fixed(0, 1, Op.CopyLoc, Op.MoveLoc, Op.MutBorrowLoc, Op.ImmBorrowLoc),
  ...fixed(1, 1, Op.CastU8, Op.CastU16, Op.CastU32, Op.CastU64, Op.CastU128, Op.CastU256, Op.Not),
  ...fixed(1, 1, Op.FreezeRef, Op.ReadRef, Op.VecLen, Op.VecPopBack),
  ...fixed(1, 1, Op.MutBorrowField, Op.ImmBorrowField, Op.MutBorrowFieldGeneric, Op.ImmBorrowFieldGeneric),
  ...fixed(2, 0, Op.WriteRef, Op.VecPushBack),
  ...fixed(3, 0, Op.VecSwap),
]);

/** What an instruction of a function with so many results exchanges. */
export const exchangeOf = (module: LoadedModule, one: Instruction, results: number): Exchange => {
  const { op, a, b } = one;
  switch (op) {
    case Op.Ret:
      return exchange(results, 0);
    case Op.Call:
    case Op.CallGeneric:
      return ofCall(module, handleOf(module, one));
    case Op.Pack:
    case Op.PackGeneric:
      return exchange(structFields(module, a, op === Op.PackGeneric), 1);
    case Op.Unpack:
    case Op.UnpackGeneric:
      return exchange(1, structFields(module, a, op === Op.UnpackGeneric));
    case Op.PackVariant:
    case Op.PackVariantGeneric:
      return exchange(variantOf(module, a, op === Op.PackVariantGeneric).fields, 1);
    case Op.UnpackVariant:
    case Op.UnpackVariantImmRef:
    case Op.UnpackVariantMutRef:
      return exchange(1, variantOf(module, a, false).fields);
    case Op.UnpackVariantGeneric:
    case Op.UnpackVariantGenericImmRef:
    case Op.UnpackVariantGenericMutRef:
      return exchange(1, variantOf(module, a, true).fields);
    case Op.VecPack:
      return exchange(b, 1);
    case Op.VecUnpack:
      return exchange(1, b);
    default:
      return constant.get(op) ?? exchange(2, 1);
  }
};
