import type { Address, PrimitiveKind } from '../../types.ts';
import type { LoadedModule } from '../load/loaded-module.ts';

/** Ability bits. */
export const Ability = { copy: 1, drop: 2, store: 4, key: 8 } as const;

/** Every kind of type the engine handles: the closed ones of the public `Type`, type parameters and references. */
export type TyKind = PrimitiveKind | 'vector' | 'struct' | 'enum' | 'parameter' | 'reference' | 'mutable';

/** An interned type, open or closed. Closed types without references are the public `Type`. */
export interface Ty {
  readonly kind: TyKind;
  /** Unique in its machine, for keys. */
  readonly id: number;
  readonly text: string;
  /** Ability bits; of closed types only. */
  readonly abilities: number;
  readonly element?: Ty;
  /** Identity of a struct or enum, as in the public `Type`. */
  readonly datatype?: {
    readonly address: Address;
    readonly module: string;
    readonly name: string;
    readonly typeArguments: readonly Ty[];
  };
  /** Declaration of a struct or enum. */
  readonly def?: Datatype;
  /** Referent of a reference. */
  readonly target?: Ty;
  /** Index of a type parameter. */
  readonly index: number;
  /** Mentions a type parameter. */
  readonly open: boolean;
  /** Values are JavaScript primitives: a reference to one needs a container and an index. */
  readonly primitive: boolean;
  /** Nodes, for limits. */
  readonly nodes: number;
  /** Derived facts, filled on first use. */
  readonly memo: TyMemo;
}

/** What is computed about a type on first use. */
export interface TyMemo {
  vectorOf?: Ty;
  referenceTo?: Ty;
  mutableTo?: Ty;
  /** Field types of a struct, or of each variant. */
  fields?: readonly Ty[];
  variants?: readonly (readonly Ty[])[];
  /** Abstract size when every value has the same, -1 otherwise. */
  size?: number;
  holdsUid?: boolean;
  layoutNodes?: number;
  /** Depth of the fields below, itself included. */
  valueDepth?: number;
  tag?: Uint8Array;
  /** Abstract size of the type tag. */
  tagSize?: number;
  originalText?: string;
}

/** A declared struct or enum. Types are equal when their declarations and arguments are. */
export interface Datatype {
  readonly id: number;
  readonly kind: 'struct' | 'enum';
  /** Defining (type-origin) package id. */
  readonly address: string;
  /** Original id of that package: the address in bytecode. */
  readonly original: string;
  readonly module: string;
  readonly name: string;
  readonly abilities: number;
  readonly parameters: readonly { readonly constraints: number; readonly isPhantom: boolean }[];
  /** Module that declares the fields, and the index of the definition there. */
  readonly home: LoadedModule;
  readonly definition: number;
}

/** A list of closed type arguments, measured. */
export type TypeArguments = readonly Ty[] & {
  readonly nodes: number;
  /** Deepest values of any of them; 0 until it is asked for. */
  deepest: number;
};

/** Interner of types: one per machine. */
export interface Types {
  readonly primitives: Readonly<Record<PrimitiveKind, Ty>>;
  readonly vector: (element: Ty) => Ty;
  readonly reference: (target: Ty, isMutable: boolean) => Ty;
  readonly parameter: (index: number) => Ty;
  readonly datatype: (def: Datatype, args: readonly Ty[]) => Ty;
  /** `open` with its parameters replaced. */
  readonly substitute: (open: Ty, args: readonly Ty[]) => Ty;
  /** The interned array of closed type arguments: equal lists are the same array. */
  readonly argumentList: (args: readonly Ty[]) => TypeArguments;
}

const primitiveAbilities = Ability.copy | Ability.drop | Ability.store;
const noParameters = -1;

const primitiveKinds: readonly PrimitiveKind[] = [
  'bool',
  'u8',
  'u16',
  'u32',
  'u64',
  'u128',
  'u256',
  'address',
  'signer',
];

/** What most types have in common. */
const plain = { index: noParameters, open: false, primitive: false, nodes: 1 };

const leaf = (kind: PrimitiveKind, id: number): Ty => ({
  ...plain,
  kind,
  id,
  text: kind,
  abilities: kind === 'signer' ? Ability.drop : primitiveAbilities,
  primitive: true,
  memo: {},
});

/** Lists of type arguments, one object for equal ones. */
const createArgumentLists = () => {
  const lists = new Map<string, TypeArguments>();
  return (args: readonly Ty[]): TypeArguments => {
    const key = args.map((arg) => arg.id).join(',');
    const known = lists.get(key);
    if (known) return known;
    const made = Object.assign([...args], { nodes: nodesOf(args), deepest: 0 });
    lists.set(key, made);
    return made;
  };
};

/** A fresh interner. */
export const createTypes = (): Types => {
  const primitives = Object.fromEntries(primitiveKinds.map((kind, id) => [kind, leaf(kind, id)])) as Record<
    PrimitiveKind,
    Ty
  >;
  let nextId = primitiveKinds.length;
  const parameters: Ty[] = [];
  const datatypes = new Map<string, Ty>();
  const argumentList = createArgumentLists();

  const vector = (element: Ty): Ty => {
    element.memo.vectorOf ??= {
      ...plain,
      kind: 'vector',
      id: nextId++,
      text: `vector<${element.text}>`,
      abilities: element.abilities & primitiveAbilities,
      element,
      open: element.open,
      nodes: element.nodes + 1,
      memo: {},
    };
    return element.memo.vectorOf;
  };

  const reference = (target: Ty, isMutable: boolean): Ty => {
    const known = isMutable ? target.memo.mutableTo : target.memo.referenceTo;
    if (known) return known;
    const made: Ty = {
      ...plain,
      kind: isMutable ? 'mutable' : 'reference',
      id: nextId++,
      text: `&${isMutable ? 'mut ' : ''}${target.text}`,
      abilities: Ability.copy | Ability.drop,
      target,
      open: target.open,
      memo: {},
    };
    if (isMutable) target.memo.mutableTo = made;
    else target.memo.referenceTo = made;
    return made;
  };

  const parameter = (index: number): Ty => {
    parameters[index] ??= {
      ...plain,
      kind: 'parameter',
      id: nextId++,
      text: `T${index}`,
      abilities: 0,
      index,
      open: true,
      memo: {},
    };
    return parameters[index];
  };

  const datatype = (def: Datatype, args: readonly Ty[]): Ty => {
    const key = args.length === 0 ? `${def.id}` : `${def.id}:${args.map((arg) => arg.id).join(',')}`;
    const known = datatypes.get(key);
    if (known) return known;
    const made: Ty = {
      ...plain,
      kind: def.kind,
      id: nextId++,
      text: `0x${def.address}::${def.module}::${def.name}${args.length === 0 ? '' : `<${args.map((arg) => arg.text).join(',')}>`}`,
      abilities: instantiatedAbilities(
        def,
        args.map((arg) => arg.abilities),
      ),
      datatype: { address: def.address, module: def.module, name: def.name, typeArguments: args },
      def,
      open: args.some((arg) => arg.open),
      nodes: 1 + nodesOf(args),
      memo: {},
    };
    datatypes.set(key, made);
    return made;
  };

  const substitute = (open: Ty, args: readonly Ty[]): Ty => {
    if (!open.open) return open;
    if (open.kind === 'parameter') return args[open.index] as Ty;
    if (open.element) return vector(substitute(open.element, args));
    if (open.target) return reference(substitute(open.target, args), open.kind === 'mutable');
    return datatype(
      open.def as Datatype,
      (open.datatype?.typeArguments ?? []).map((arg) => substitute(arg, args)),
    );
  };

  return { primitives, vector, reference, parameter, datatype, substitute, argumentList };
};

/** Nodes of several types. */
export const nodesOf = (list: readonly Ty[]): number => list.reduce((sum, ty) => sum + ty.nodes, 0);

/**
 * Abilities of an instantiation: a declared ability holds when every non-phantom argument has what it requires (key
 * requires store, the others themselves).
 */
export const instantiatedAbilities = (
  def: Pick<Datatype, 'abilities' | 'parameters'>,
  args: readonly number[],
): number => {
  let result = def.abilities;
  args.forEach((abilities, index) => {
    if (def.parameters[index]?.isPhantom) return;
    const allowed = (abilities & primitiveAbilities) | (abilities & Ability.store ? Ability.key : 0);
    result &= allowed;
  });
  return result;
};

/** Abilities of a possibly open type, given those of the type parameters in scope. */
export const abilitiesIn = (ty: Ty, parameters: readonly number[]): number => {
  if (!ty.open || ty.target) return ty.abilities;
  if (ty.kind === 'parameter') return parameters[ty.index] ?? 0;
  if (ty.element) return abilitiesIn(ty.element, parameters) & primitiveAbilities;
  return instantiatedAbilities(
    ty.def as Datatype,
    (ty.datatype?.typeArguments ?? []).map((arg) => abilitiesIn(arg, parameters)),
  );
};
