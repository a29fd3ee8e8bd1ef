/** From Move types to the TypeScript that encodes them. */
import type { MoveType } from './read-bytecode.ts';

/** Where the rendered code stands, so that references to other modules can be spelled. */
export interface Place {
  /** Package name by the address its types carry, 64 hex digits. */
  readonly packages: Readonly<Record<string, string>>;
  readonly packageName: string;
  readonly moduleName: string;
  /** Modules referred to, collected while rendering: `package/module`. */
  readonly imports: Set<string>;
}

const FRAMEWORK: Readonly<Record<string, (of: readonly string[]) => string>> = {
  '1::string::String': () => 'bcs.string()',
  '1::ascii::String': () => 'bcs.string()',
  '1::type_name::TypeName': () => 'bcs.string()',
  '1::option::Option': ([inner]) => `bcs.option(${inner})`,
  '2::url::Url': () => 'bcs.string()',
  '2::object::UID': () => 'm.address',
  '2::object::ID': () => 'm.address',
  '2::balance::Balance': () => 'm.u64',
  '2::balance::Supply': () => 'm.u64',
  '2::coin::Coin': () => 'm.coin',
  '2::table::Table': () => 'm.collection',
  '2::table_vec::TableVec': () => 'm.collection',
  '2::object_table::ObjectTable': () => 'm.collection',
  '2::bag::Bag': () => 'm.collection',
  '2::object_bag::ObjectBag': () => 'm.collection',
  '2::vec_map::VecMap': ([key, value]) => `m.vecMap(${key}, ${value})`,
  '2::vec_set::VecSet': ([item]) => `bcs.vector(${item})`,
  '2::coin::TreasuryCap': () => "bcs.struct('TreasuryCap', { id: m.address, totalSupply: m.u64 })",
  '2::package::UpgradeCap': () =>
    "bcs.struct('UpgradeCap', { id: m.address, package: m.address, version: m.u64, policy: bcs.u8() })",
};

const short = (address: string): string => address.replace(/^0+(?=.)/, '');

/** The framework type's short path, such as `2::coin::Coin`; undefined for anything else. */
export const frameworkPath = (type: MoveType): string | undefined =>
  type.kind === 'datatype' && /^0{63}[12]$/.test(type.address)
    ? `${short(type.address)}::${type.module}::${type.name}`
    : undefined;

/** Identifier under which another module is imported. */
export const moduleAlias = (place: Place, packageName: string, moduleName: string): string =>
  packageName === place.packageName ? `${moduleName}Module` : `${packageName}_${moduleName}Module`;

const datatypeCode = (type: MoveType & { kind: 'datatype' }, place: Place): string => {
  const of = () => type.of.map((argument) => bcsCode(argument, place));
  const path = frameworkPath(type);
  if (path !== undefined) {
    const render = FRAMEWORK[path];
    return render ? render(of()) : `m.unknownType('${path}')`;
  }
  const packageName = place.packages[type.address] as string;
  const here = packageName === place.packageName && type.module === place.moduleName;
  if (!here) place.imports.add(`${packageName}/${type.module}`);
  const name = here ? type.name : `${moduleAlias(place, packageName, type.module)}.${type.name}`;
  return type.of.length === 0 ? name : `${name}(${of().join(', ')})`;
};

/** The BCS type of a Move type, as TypeScript text. */
export const bcsCode = (type: MoveType, place: Place): string => {
  switch (type.kind) {
    case 'u64':
    case 'u128':
    case 'u256':
    case 'address':
      return `m.${type.kind}`;
    case 'vector':
      return type.of.kind === 'u8' ? 'm.bytes' : `bcs.vector(${bcsCode(type.of, place)})`;
    case 'parameter':
      return `t${type.index}`;
    case 'reference':
      return bcsCode(type.to, place);
    case 'datatype':
      return datatypeCode(type, place);
    default:
      return `bcs.${type.kind}()`;
  }
};

/** Whether a transaction passes the value itself; everything else is an object. */
export const isPure = (type: MoveType): boolean => {
  if (type.kind === 'vector') return isPure(type.of);
  if (type.kind !== 'datatype') return type.kind !== 'reference' && type.kind !== 'parameter';
  const path = frameworkPath(type);
  if (path === '1::option::Option') return isPure(type.of[0] as MoveType);
  return path === '1::string::String' || path === '1::ascii::String' || path === '2::object::ID';
};

/** The TypeScript type of a pure argument. */
export const pureType = (type: MoveType): string => {
  switch (type.kind) {
    case 'u8':
    case 'u16':
    case 'u32':
      return 'number';
    case 'bool':
      return 'boolean';
    case 'u64':
    case 'u128':
    case 'u256':
      return 'IntegerInput';
    case 'vector':
      return type.of.kind === 'u8' ? 'Iterable<number>' : `readonly ${wrapped(pureType(type.of))}[]`;
    case 'datatype':
      return frameworkPath(type) === '1::option::Option' ? `${pureType(type.of[0] as MoveType)} | null` : 'string';
    default:
      return 'string';
  }
};

const wrapped = (text: string): string => (text.includes('|') ? `(${text})` : text);
