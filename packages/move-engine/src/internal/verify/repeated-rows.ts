import { binaryLimits } from '../../params.ts';
import { type BinaryModule, type FieldDef, Tag, type Token } from '../binary/decoded-module.ts';

/** Index of the first row that is there before, or -1. */
const repeated = (rows: readonly string[]): number => {
  const seen = new Set<string>();
  return rows.findIndex((row) => seen.size === seen.add(row).size);
};

const tokenText = ({ tag, index, args }: Token): string => `${tag}.${index}(${args.map(tokenText)})`;
const pair = (a: number, b: number): string => `${a}.${b}`;
const fieldNames = (fields: readonly FieldDef[]): string[] => fields.map(({ name }) => String(name));

/** What makes a row of each table the row it is: no two may be alike (`move-bytecode-verifier/src/check_duplication.rs`). */
const identities = (m: BinaryModule): Readonly<Record<string, readonly string[]>> => ({
  identifier: m.identifiers,
  address: m.addresses,
  constant: m.constants.map(({ type, data }) => `${tokenText(type)}:${Buffer.from(data).toString('latin1')}`),
  signature: m.signatures.map((types) => types.map(tokenText).join()),
  'module handle': m.moduleHandles.map(({ address, name }) => pair(address, name)),
  friend: m.friends.map(({ address, name }) => pair(address, name)),
  'datatype handle': m.datatypeHandles.map(({ module, name }) => pair(module, name)),
  'function handle': m.functionHandles.map(({ module, name }) => pair(module, name)),
  'function instantiation': m.functionInstantiations.map(({ handle, typeArguments }) => pair(handle, typeArguments)),
  'variant handle': m.variantHandles.map(({ def, variant }) => pair(def, variant)),
  'field handle': m.fieldHandles.map(({ owner, field }) => pair(owner, field)),
  'field instantiation': m.fieldInstantiations.map(({ handle, typeArguments }) => pair(handle, typeArguments)),
  'struct instantiation': m.structInstantiations.map(({ def, typeArguments }) => pair(def, typeArguments)),
  'enum instantiation': m.enumInstantiations.map(({ def, typeArguments }) => pair(def, typeArguments)),
});

const repetition = (m: BinaryModule): string | undefined => {
  for (const [what, rows] of Object.entries(identities(m))) {
    const at = repeated(rows);
    if (at >= 0) return `${what} ${at} is there twice`;
  }
  return undefined;
};

/** Structs have fields, which a compiler gives those that have none; names within a datatype differ. */
const datatypeFault = (m: BinaryModule): string | undefined => {
  for (const { fields } of m.structDefs) {
    if (fields?.length === 0) return 'a struct has no fields';
    if (fields && repeated(fieldNames(fields)) >= 0) return 'two fields have one name';
  }
  for (const { variants } of m.enumDefs) {
    if (repeated(variants.map(({ name }) => String(name))) >= 0) return 'two variants have one name';
    if (variants.some(({ fields }) => repeated(fieldNames(fields)) >= 0)) return 'two fields have one name';
    if (variants.reduce((sum, { fields }) => sum + fields.length, 0) > binaryLimits.fields)
      return 'an enum has too many fields';
  }
  return undefined;
};

/** Nodes of a type as the verifier weighs them: what may stand for more counts four. */
const weight = ({ tag, args }: Token): number => {
  const isOpen = tag === Tag.Datatype || tag === Tag.DatatypeInstantiation || tag === Tag.TypeParameter;
  return args.reduce((sum, arg) => sum + weight(arg), isOpen ? 4 : 1);
};

const limitFault = (m: BinaryModule): string | undefined => {
  const types = [
    ...m.signatures.flat(),
    ...m.constants.map(({ type }) => type),
    ...m.structDefs.flatMap(({ fields = [] }) => fields.map(({ type }) => type)),
    ...m.enumDefs.flatMap(({ variants }) => variants.flatMap(({ fields }) => fields.map(({ type }) => type))),
  ];
  if (types.some((type) => weight(type) > binaryLimits.typeNodes)) return 'a type has too many nodes';
  if (m.functionHandles.some(({ parameters }) => (m.signatures[parameters]?.length ?? 0) > binaryLimits.parameters))
    return 'a function has too many parameters';
  return m.datatypeHandles.some(({ typeParameters }) => typeParameters.length > binaryLimits.typeParameters)
    ? 'a datatype has too many type parameters'
    : undefined;
};

/** A module's friends are others at its address. */
const friendFault = (m: BinaryModule): string | undefined => {
  const self = m.moduleHandles[m.self];
  if (m.friends.some(({ address, name }) => address === self?.address && name === self.name))
    return 'the module is its own friend';
  return m.friends.some(({ address }) => address !== self?.address) ? 'a friend has another address' : undefined;
};

/** Why the tables of a module are not those of one, in the order Sui's verifier judges. */
export const tablesFault = (m: BinaryModule): string | undefined =>
  limitFault(m) ?? repetition(m) ?? datatypeFault(m) ?? friendFault(m);
