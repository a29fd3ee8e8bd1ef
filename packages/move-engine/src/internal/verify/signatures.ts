import { type BinaryModule, type FieldDef, Tag, type Token } from '../binary/decoded-module.ts';
import { fieldTypes, type LoadedModule } from '../load/loaded-module.ts';
import { abilitiesIn, type Ty } from '../types/ty.ts';

/** Whether every type argument inside a type has the abilities its place asks for; `scope` are those of type parameters. */
const isWellFormed = (ty: Ty, scope: readonly number[]): boolean => {
  const inner = ty.target ?? ty.element;
  if (inner) return isWellFormed(inner, scope);
  return (ty.datatype?.typeArguments ?? []).every((argument, k) => {
    const asked = ty.def?.parameters[k]?.constraints ?? 0;
    return (abilitiesIn(argument as Ty, scope) & asked) === asked && isWellFormed(argument as Ty, scope);
  });
};

type Parameters = BinaryModule['datatypeHandles'][number]['typeParameters'];

/** Whether a phantom type parameter stands where it would be stored: it gives its datatype no abilities. */
const storesPhantom = (m: BinaryModule, parameters: Parameters, token: Token, isPhantomPlace = false): boolean => {
  if (token.tag === Tag.TypeParameter) return (parameters[token.index]?.isPhantom ?? false) && !isPhantomPlace;
  const places = token.tag === Tag.DatatypeInstantiation ? m.datatypeHandles[token.index]?.typeParameters : undefined;
  return token.args.some((arg, k) => storesPhantom(m, parameters, arg, places?.[k]?.isPhantom ?? false));
};

const fieldsFault = (module: LoadedModule, handle: number, fields: readonly FieldDef[]): string | undefined => {
  const { binary } = module;
  const parameters = binary.datatypeHandles[handle]?.typeParameters ?? [];
  const scope = parameters.map(({ constraints }) => constraints);
  if (!fieldTypes(module, fields).every((ty) => isWellFormed(ty, scope))) return 'has a field of a type that is none';
  return fields.some(({ type }) => storesPhantom(binary, parameters, type)) ? 'stores a phantom type' : undefined;
};

const datatypesFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  const definitions = [
    ...binary.structDefs.map(({ handle, fields = [] }) => ({ handle, fields })),
    ...binary.enumDefs.map(({ handle, variants }) => ({ handle, fields: variants.flatMap(({ fields }) => fields) })),
  ];
  for (const { handle, fields } of definitions) {
    const fault = fieldsFault(module, handle, fields);
    if (fault) return `type ${binary.identifiers[binary.datatypeHandles[handle]?.name ?? -1]} ${fault}`;
  }
  return undefined;
};

/** Why types in the signatures of a module are none (`move-bytecode-verifier/src/signature.rs`). */
export const signaturesFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  const isSound = (signature: number, scope: readonly number[]): boolean =>
    module.signature(signature).every((ty) => isWellFormed(ty, scope));
  const named = (handle: number): string => binary.identifiers[binary.functionHandles[handle]?.name ?? -1] ?? '';
  const odd = binary.functionHandles.findIndex(
    ({ parameters, returns, typeParameters }) =>
      !isSound(parameters, typeParameters) || !isSound(returns, typeParameters),
  );
  if (odd >= 0) return `function ${named(odd)} has a type in its signature that is none`;
  const local = binary.functionDefs.find(
    ({ handle, locals, isNative }) =>
      !isNative && !isSound(locals, binary.functionHandles[handle]?.typeParameters ?? []),
  );
  return local ? `function ${named(local.handle)} has a local of a type that is none` : datatypesFault(module);
};
