import { systemPackages } from '../../params.ts';
import { type BinaryModule, Tag } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import type { LoadedModule } from '../load/loaded-module.ts';
import { fieldTypes, moduleAddress } from '../load/loaded-module.ts';
import { isTxContext } from '../session.ts';
import { codeOf } from '../translate/function.ts';
import { isUid } from '../types/fields.ts';
import { Ability } from '../types/ty.ts';

/** What Sui demands of a module beyond Move (`sui-verifier`): each function returns why it is broken, or nothing. */

const name = (m: BinaryModule, index: number | undefined): string => m.identifiers[index ?? -1] ?? '';
const datatypeName = (m: BinaryModule, handle: number): string => name(m, m.datatypeHandles[handle]?.name);

/** A struct with `key` starts with `id: UID`; an enum has no `key`. */
export const keyFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  for (const def of binary.enumDefs)
    if (((binary.datatypeHandles[def.handle]?.abilities ?? 0) & Ability.key) !== 0)
      return `enum ${datatypeName(binary, def.handle)} has the key ability`;
  for (const def of binary.structDefs) {
    if (((binary.datatypeHandles[def.handle]?.abilities ?? 0) & Ability.key) === 0) continue;
    const [first] = def.fields ?? [];
    const [ty] = first ? fieldTypes(module, [first]) : [];
    if (!first || name(binary, first.name) !== 'id' || !ty || !isUid(ty))
      return `struct ${datatypeName(binary, def.handle)} has the key ability but does not start with id: UID`;
  }
  return undefined;
};

/** Functions whose type arguments must be defined by the calling module: by module and function of the framework. */
const privateGenerics: Readonly<Record<string, readonly string[]>> = {
  '2::transfer': ['transfer', 'share_object', 'freeze_object', 'receive', 'party_transfer'],
  '2::event': ['emit', 'emit_authenticated'],
  '2::coin_registry': ['new_currency'],
  '1::internal': ['permit'],
};

/** Private transfer, event and permit functions are called with own types only. */
export const privateCallFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  for (const { handle: at, typeArguments } of binary.functionInstantiations) {
    const handle = binary.functionHandles[at] as BinaryModule['functionHandles'][number];
    if (handle.module === binary.self) continue;
    const owner = binary.moduleHandles[handle.module] as BinaryModule['moduleHandles'][number];
    const address = (binary.addresses[owner.address] as string).replace(/^0+(?=.)/, '');
    const wanted = privateGenerics[`${address}::${name(binary, owner.name)}`];
    if (!wanted?.includes(name(binary, handle.name))) continue;
    const [argument] = binary.signatures[typeArguments] ?? [];
    const isDatatype = argument?.tag === Tag.Datatype || argument?.tag === Tag.DatatypeInstantiation;
    const isOwn = isDatatype && binary.datatypeHandles[argument.index]?.module === binary.self;
    if (!isOwn) return `${name(binary, handle.name)} is called with a type of another module`;
  }
  return undefined;
};

/** Index of the struct that is a one-time witness by its form: named like the module, with one bool. */
const witness = (module: LoadedModule): number => {
  const { binary } = module;
  return binary.structDefs.findIndex(
    ({ handle, fields }) =>
      datatypeName(binary, handle) === module.name.toUpperCase() &&
      fields?.length === 1 &&
      fields[0]?.type.tag === Tag.Bool,
  );
};

/** What has the form of a one-time witness can be dropped, nothing else, and is never made by the module itself. */
export const witnessFault = (module: LoadedModule): string | undefined => {
  const definition = witness(module);
  // The framework's own SUI is made once, by its own genesis function.
  if (definition < 0 || moduleAddress(module) === '2'.padStart(64, '0')) return undefined;
  const { binary } = module;
  const declared = binary.datatypeHandles[binary.structDefs[definition]?.handle ?? -1];
  if (declared?.abilities !== Ability.drop || declared.typeParameters.length > 0)
    return 'the one-time witness has other abilities than drop, or type parameters';
  const packs = module.binary.functionDefs.some(
    (def, index) =>
      !def.isNative && codeOf(module.function(index)).code.some(({ op, a }) => op === Op.Pack && a === definition),
  );
  return packs ? 'the module makes its own one-time witness' : undefined;
};

/** `init` is private, returns nothing and takes the witness, if there is one, and TxContext. */
export const initFault = (module: LoadedModule): string | undefined => {
  const index = module.functionIndex('init');
  if (index === undefined || moduleAddress(module) === '2'.padStart(64, '0')) return undefined;
  const def = module.binary.functionDefs[index] as BinaryModule['functionDefs'][number];
  const fn = module.function(index);
  if (def.visibility !== 'private' || def.isEntry) return 'init is not private';
  if (fn.constraints.length > 0 || fn.returns.length > 0) return 'init has type parameters or returns something';
  const context = fn.parameters.at(-1);
  if (!context?.target || !isTxContext(context)) return 'init does not end with a reference to TxContext';
  const definition = witness(module);
  if (definition < 0) return fn.parameters.length === 1 ? undefined : 'init takes more than TxContext';
  const handle = module.binary.structDefs[definition]?.handle ?? -1;
  const takesWitness = fn.parameters.length === 2 && fn.parameters[0]?.def === module.datatype(handle);
  return takesWitness ? undefined : 'init does not take the one-time witness and TxContext';
};

/** `init` runs when a package is published, and is called from nowhere else. */
export const initCallFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  if (moduleAddress(module) === '2'.padStart(64, '0')) return undefined;
  const isInit = (handle: number | undefined): boolean =>
    name(binary, binary.functionHandles[handle ?? -1]?.name) === 'init';
  const calls = binary.functionDefs.some(
    (def, index) =>
      !def.isNative &&
      codeOf(module.function(index)).code.some(
        ({ op, a }) =>
          (op === Op.Call && isInit(a)) || (op === Op.CallGeneric && isInit(binary.functionInstantiations[a]?.handle)),
      ),
  );
  return calls ? 'init is called by a function' : undefined;
};

/** Natives belong to the framework. */
export const nativeFault = (module: LoadedModule): string | undefined => {
  const { binary } = module;
  if (systemPackages.includes(moduleAddress(module).replace(/^0+/, ''))) return undefined;
  const isNative = binary.functionDefs.some((def) => def.isNative) || binary.structDefs.some((def) => !def.fields);
  return isNative ? 'only the framework declares natives' : undefined;
};

/** All rules in order. */
export const suiFault = (module: LoadedModule): string | undefined =>
  keyFault(module) ?? privateCallFault(module) ?? witnessFault(module) ?? initFault(module) ?? initCallFault(module);
