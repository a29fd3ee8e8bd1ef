import { executionLimits, pushed } from '../../params.ts';
import { deserialize } from '../bcs.ts';
import type { BinaryModule } from '../binary/decoded-module.ts';
import { abstractSize } from '../types/fields.ts';
import { nodesOf, type Ty } from '../types/ty.ts';
import {
  argumentsExpression,
  type BlockContext,
  constant,
  faultAt,
  helper,
  popType,
  popTypes,
  push,
  pushGas,
  reject,
  settle,
  site,
  splitAfter,
  temporary,
  valueText,
} from './context.ts';
import { isAtom } from './entry.ts';
import { checkInstantiations, checkTypeArguments, requireGeneric } from './own-types.ts';

/** Call, CallGeneric. Natives push their results and charge for them themselves. */
export const call = (b: BlockContext, index: number, generic: boolean): void => {
  const { module, types } = b.f;
  const instantiation = generic ? module.binary.functionInstantiations[index] : undefined;
  const handleIndex = generic ? (instantiation?.handle ?? -1) : index;
  const handle = module.binary.functionHandles[handleIndex] as BinaryModule['functionHandles'][number] | undefined;
  if (!handle) throw faultAt(b, 'function handle does not exist');
  const args = instantiation ? module.signature(instantiation.typeArguments) : [];
  checkTypeArguments(b, args, handle.typeParameters);
  requireGeneric(b, instantiation?.typeArguments, args);
  checkInstantiations(b, args);
  const instantiate = (ty: Ty): Ty => types.substitute(ty, args);
  const entries = popTypes(b, module.signature(handle.parameters).map(instantiate));
  const returns = module.signature(handle.returns).map(instantiate);
  settle(b, true);
  splitAfter(b);
  const passed = entries.map((entry) => valueText(b, entry));
  checkClosedArguments(b, args);
  if (args.length > 0) passed.unshift(argumentsExpression(b, args));
  const text = `${target(b, handleIndex)}(${['S', ...passed].join(',')})`;
  if (returns.length === 0) b.lines.push(`${text};`);
  else if (returns.length === 1) push(b, returns[0] as Ty, temporary(b, text));
  else {
    const list = temporary(b, text);
    returns.forEach((ty, k) => {
      push(b, ty, `${list}[${k}]`);
    });
  }
};

/** The limit on nodes where the type arguments mention no parameter of the caller. */
const checkClosedArguments = (b: BlockContext, args: readonly Ty[]): void => {
  if (args.length === 0 || args.some((arg) => arg.open)) return;
  const rest = executionLimits.typeNodes - 1 - nodesOf(args);
  const isGeneric = b.f.fn.constraints.length > 0;
  if (rest < 0) b.lines.push(`${helper(b, 'tooManyNodes')}(${site(b)});`);
  else if (isGeneric) b.lines.push(`if(ta.nodes>${rest})${helper(b, 'tooManyNodes')}(${site(b)});`);
};

/** The callee, linked on its first call: later calls see one function and can be inlined. */
const target = (b: BlockContext, handle: number): string => {
  let position = b.f.targets.indexOf(handle);
  if (position < 0) position = b.f.targets.push(handle) - 1;
  return `(f${position}??=L(${position}))`;
};

/** LdConst. */
export const loadConstant = (b: BlockContext, index: number): void => {
  const { module, types } = b.f;
  const pooled = module.binary.constants[index];
  if (!pooled) throw faultAt(b, 'constant does not exist');
  const ty = module.type(pooled.type);
  const value = deserialize(types, ty, pooled.data);
  pushGas(b, 1, b.f.chargesConstantValues ? abstractSize(types, ty, value) : pooled.data.length);
  if (typeof value === 'number' || typeof value === 'boolean') push(b, ty, String(value));
  else if (typeof value !== 'object') push(b, ty, constant(b.f, value));
  else {
    const isFlat = Array.isArray(value) && (ty.element?.primitive ?? false);
    const name = constant(b.f, value);
    push(b, ty, isFlat ? `${name}.slice()` : `${helper(b, 'copy')}(${name})`);
  }
};

/** Ret: everything on the stack is returned. */
export const returnValues = (b: BlockContext): void => {
  const { returns } = b.f.fn;
  const entries = popTypes(b, returns);
  if (b.stack.length > 0) reject(b, 'values left on the operand stack');
  const texts = entries.map((entry) => valueText(b, entry));
  const text = texts.length === 1 ? (texts[0] as string) : `[${texts.join(',')}]`;
  if (returns.length === 0) b.lines.push('S.d--;return;');
  else if (isAtom(text)) b.lines.push(`S.d--;return ${text};`);
  else b.lines.push(`const r${b.at}=${text};S.d--;return r${b.at};`);
};

/** Abort. */
export const abort = (b: BlockContext): void => {
  const code = popType(b, b.f.types.primitives.u64);
  settle(b, false);
  b.lines.push(`${helper(b, 'abort')}(${code.x},${site(b)});`);
  if (b.stack.length > 0) reject(b, 'values left on the operand stack');
};

/** Literals. */
export const loadLiteral = (b: BlockContext, ty: Ty, value: number | bigint): void => {
  pushGas(b, 1, pushed.primitive);
  push(b, ty, typeof value === 'bigint' ? `${value}n` : String(value));
};
