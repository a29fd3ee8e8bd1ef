import { abilitiesIn, type Datatype, type Ty } from '../types/ty.ts';
import type { At, BlockContext } from './context.ts';
import { reject } from './context.ts';

/** Type of a datatype handle of the function's module: instantiated by a signature, or without type arguments. */
export const moduleOwnType = (b: BlockContext, handle: number, typeArguments: number | undefined): Ty => {
  const { module, types } = b.f;
  const def = module.datatype(handle);
  const args = typeArguments === undefined ? [] : module.signature(typeArguments);
  checkTypeArguments(
    b,
    args,
    def.parameters.map((parameter) => parameter.constraints),
  );
  requireGeneric(b, typeArguments, args);
  checkInstantiations(b, args);
  return types.datatype(def, args);
};

/** Requires an instruction in its generic form to have type arguments. */
export const requireGeneric = (b: At, signature: number | undefined, args: readonly Ty[]): void => {
  if (signature !== undefined && args.length === 0) reject(b, 'nothing here is generic');
};

/** Requires type arguments to be within scope, without references, and to have the abilities asked. */
export const checkTypeArguments = (b: At, args: readonly Ty[], constraints: readonly number[]): void => {
  if (args.length !== constraints.length) reject(b, 'wrong number of type arguments');
  args.forEach((arg, index) => {
    inScope(b, arg);
    const wanted = constraints[index] as number;
    if ((abilitiesIn(arg, b.f.fn.constraints) & wanted) !== wanted)
      reject(b, `type argument ${arg.text} lacks an ability`);
  });
};

/** Requires every type parameter mentioned to exist, and no reference inside. */
export const inScope = (b: At, ty: Ty): void => {
  if (ty.target) reject(b, 'reference as a type argument');
  if (ty.kind === 'parameter' && ty.index >= b.f.fn.constraints.length) reject(b, 'type parameter out of range');
  if (ty.element) inScope(b, ty.element);
  for (const arg of ty.datatype?.typeArguments ?? []) inScope(b, arg);
};

/** Requires datatypes mentioned anywhere in the types to have arguments with the abilities they ask for. */
export const checkInstantiations = (b: At, types: readonly Ty[]): void => {
  for (const ty of types) {
    if (ty.element) checkInstantiations(b, [ty.element]);
    if (!ty.datatype) continue;
    const { typeArguments } = ty.datatype;
    checkTypeArguments(
      b,
      typeArguments,
      (ty.def as Datatype).parameters.map((parameter) => parameter.constraints),
    );
    checkInstantiations(b, typeArguments);
  }
};
