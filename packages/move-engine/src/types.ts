/**
 * The engine's vocabulary. The engine executes Move; it knows nothing of Sui transactions, gas coins or storage.
 * The ledger supplies packages and objects through {@link PackageSource} and {@link ObjectSource} and applies what a
 * {@link Session} reports.
 */

/** Address, object id or package id: 64 lower-case hex digits, no prefix. */
export type Address = string;

/**
 * A Move value. bool: boolean; u8, u16, u32: number; u64: number up to 2^53-1, bigint above, canonical; u128, u256:
 * bigint; address: {@link Address}; struct: array of its fields in declaration order; vector: array; enum: {@link EnumValue}.
 */
export type MoveValue = boolean | number | bigint | string | MoveValue[] | EnumValue;

/** An enum value: variant tag and that variant's fields. Both may change in place through a mutable reference. */
export interface EnumValue {
  tag: number;
  f: MoveValue[];
}

/** Names of the types without parameters. */
export type PrimitiveKind = 'bool' | 'u8' | 'u16' | 'u32' | 'u64' | 'u128' | 'u256' | 'address' | 'signer';

/** A closed run-time type, interned per {@link MoveVm}: `===` is type equality. */
export interface Type {
  readonly kind: PrimitiveKind | 'vector' | 'struct' | 'enum';
  /** Canonical text, long addresses by defining id: `0x<64 hex>::coin::Coin<0x<64 hex>::sui::SUI>`, `vector<u8>`. */
  readonly text: string;
  /** Ability bits of this instantiation: copy 1, drop 2, store 4, key 8. */
  readonly abilities: number;
  /** Parts of the type: `Coin<SUI>` has two. */
  readonly nodes: number;
  /** Element type of a vector. */
  readonly element?: Type;
  /** Identity of a struct or enum: `address` is the defining (type-origin) package id. */
  readonly datatype?: {
    readonly address: Address;
    readonly module: string;
    readonly name: string;
    readonly typeArguments: readonly Type[];
  };
}

/** Named fields of a struct, or of each variant of an enum, in declaration (BCS) order. */
export type Layout =
  | { readonly kind: 'struct'; readonly fields: readonly FieldLayout[] }
  | {
      readonly kind: 'enum';
      readonly variants: readonly { readonly name: string; readonly fields: readonly FieldLayout[] }[];
    };

/** A field of a closed type. */
export interface FieldLayout {
  readonly name: string;
  readonly type: Type;
}

/** A parameter or return type as written in a signature: possibly open (type parameters) and possibly a reference. */
export interface SignatureType {
  readonly reference: 'none' | 'immutable' | 'mutable';
  readonly body: OpenType;
}

/** A type that may mention the type parameters of its declaration. */
export type OpenType =
  | { readonly kind: PrimitiveKind }
  | { readonly kind: 'vector'; readonly element: OpenType }
  | { readonly kind: 'parameter'; readonly index: number }
  | {
      readonly kind: 'datatype';
      /** Defining (type-origin) package id under the linkage of the package asked. */
      readonly address: Address;
      readonly module: string;
      readonly name: string;
      readonly typeArguments: readonly OpenType[];
    };

/** What a function declares, resolved under the linkage of the package asked. */
export interface FunctionInfo {
  readonly visibility: 'public' | 'friend' | 'private';
  readonly isEntry: boolean;
  readonly isNative: boolean;
  /** Ability constraint bits of each type parameter. */
  readonly typeParameters: readonly number[];
  readonly parameters: readonly SignatureType[];
  readonly returns: readonly SignatureType[];
}

/** What a struct or enum declares; `fields` of structs, `variants` of enums, the other empty. */
export interface DatatypeInfo {
  readonly kind: 'struct' | 'enum';
  readonly name: string;
  readonly definingId: Address;
  readonly abilities: number;
  readonly typeParameters: readonly { readonly constraints: number; readonly isPhantom: boolean }[];
  readonly fields: readonly { readonly name: string; readonly type: OpenType }[];
  readonly variants: readonly {
    readonly name: string;
    readonly fields: readonly { readonly name: string; readonly type: OpenType }[];
  }[];
}

/** A published package as Sui stores it. Bytecode addresses its own modules and dependencies by original id. */
export interface MovePackage {
  /** Id the package object is stored under; what transactions call. */
  readonly storageId: Address;
  /** Id of the first version: the address inside bytecode. */
  readonly originalId: Address;
  readonly version: number;
  /** Module name to bytecode. */
  readonly modules: ReadonlyMap<string, Uint8Array>;
  /** Original id of each transitive dependency to the version this package runs with. */
  readonly linkage: ReadonlyMap<Address, { readonly storageId: Address; readonly version: number }>;
  /** Where each datatype was first defined. */
  readonly typeOrigins: readonly { readonly module: string; readonly datatype: string; readonly package: Address }[];
}

/** Where the machine finds code. */
export interface PackageSource {
  /** The package stored under `storageId`, or undefined. Called often: the source caches. */
  readonly getPackage: (storageId: Address) => MovePackage | undefined;
}

/** Who owns an object. Versions are numbers (below 2^53). */
export type Owner =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'object'; readonly parent: Address }
  | { readonly kind: 'shared'; readonly initialVersion: number }
  /** Owned by one address and ordered like a shared object (a party of one), since `startVersion`. */
  | { readonly kind: 'consensus'; readonly address: Address; readonly startVersion: number }
  | { readonly kind: 'immutable' };

/** A Move object as stored: `contents` is the BCS of the struct, starting with its 32-byte id. */
export interface ObjectRecord {
  readonly id: Address;
  readonly version: number;
  readonly owner: Owner;
  /** Canonical type text, see {@link Type.text}. */
  readonly type: string;
  readonly contents: Uint8Array;
}

/** Lazy reads during execution, against the state before the transaction. */
export interface ObjectSource {
  /** The live object `id` when its owner is the object `parent`. */
  readonly child: (parent: Address, id: Address) => ObjectRecord | undefined;
  /** The live object `id` at exactly `version` when its owner is the address `parent`. */
  readonly receivable: (parent: Address, id: Address, version: number) => ObjectRecord | undefined;
}

/** What `TxContext` tells Move code. */
export interface TxContextData {
  readonly sender: Address;
  readonly sponsor?: Address;
  /** Transaction digest, 32 bytes. */
  readonly digest: Uint8Array;
  readonly epoch: number;
  readonly epochTimestampMs: number;
  /** MIST per gas unit. */
  readonly referenceGasPrice: number;
  readonly gasPrice: number;
  /** MIST. */
  readonly gasBudget: bigint;
}

/** One transaction as the engine sees it. */
export interface SessionOptions {
  readonly txContext: TxContextData;
  /** Most that may be spent on computation, in internal units (1,000 to a gas unit). */
  readonly computationLimit: number;
  readonly objects: ObjectSource;
  /** Objects the transaction takes as inputs with their owners: decides what may be re-shared, and what is known. */
  readonly inputs: ReadonlyMap<Address, Owner>;
}

/** One call. Arguments are owned by the callee; `&mut` and `&` aggregates are passed as the array itself, primitives as {@link Ref}. */
export interface Call {
  /** Storage id of the package called; its linkage resolves everything below, unless `linkage` does. */
  readonly package: Address;
  /** Storage ids by original ids, in place of those of the package's own linkage. */
  readonly linkage?: ReadonlyMap<Address, Address>;
  readonly module: string;
  readonly function: string;
  readonly typeArguments: readonly Type[];
  /** Without TxContext: the engine supplies it wherever the signature has it. */
  readonly arguments: readonly (MoveValue | Ref)[];
}

/** A reference to a primitive: container and index. */
export interface Ref {
  readonly c: MoveValue[];
  readonly i: number;
}

/** Return values (and their types) of a call, or why it stopped. */
export type CallResult =
  | { readonly ok: true; readonly returns: readonly { type: Type; value: MoveValue | Ref }[] }
  | MoveFailure;

/** Why execution stopped. Data, never thrown out of {@link Session.call}. */
export interface MoveFailure {
  readonly ok: false;
  readonly kind: 'abort' | 'arithmetic' | 'vector' | 'outOfGas' | 'stack' | 'limit' | 'missingNative' | 'internal';
  /** Abort code as raised (u64), or the sub-status of a vector error. */
  readonly code?: bigint;
  /** Storage-independent place: original package id of the code. */
  readonly package?: Address;
  readonly module?: string;
  /** Index of the function definition in its module, and its name. */
  readonly function?: number;
  readonly functionName?: string;
  readonly instruction?: number;
  /** Decoded clever error: constant name and rendered text. */
  readonly clever?: {
    readonly line: number;
    readonly errorCode?: number;
    readonly name?: string;
    readonly text?: string;
  };
  readonly message: string;
}

/** An amount added to (`merge`) or taken out of (`split`) what an address owns without an object. */
export interface FundsMove {
  /** Id of the field under the accumulator root that holds what `owner` has of `type`. */
  readonly accumulator: Address;
  readonly operation: 'merge' | 'split';
  readonly owner: Address;
  /** `0x2::balance::Balance<T>`. */
  readonly type: Type;
  /** At most 2^64-1. */
  readonly amount: bigint;
}

/** What a session did to objects, read by the ledger once every command has run. */
export interface SessionChanges {
  /** Ids made by `object::new` and not deleted again. */
  readonly created: ReadonlySet<Address>;
  /** Ids of UIDs deleted, including ids also in the inputs; ids created and deleted here are in neither set. */
  readonly deleted: ReadonlySet<Address>;
  /**
   * Last transfer, share or freeze of each object by Move code. A newly shared object has initial version 0, one given to a
   * party start version 0: the ledger puts the version it assigns in its place.
   */
  readonly transfers: ReadonlyMap<Address, { readonly owner: Owner; readonly type: Type; readonly value: MoveValue }>;
  /** Dynamic-field objects whose state differs from the store: written (value) or removed (no value). */
  readonly children: ReadonlyMap<
    Address,
    { readonly parent: Address; readonly before?: ObjectRecord; readonly type: Type; readonly value?: MoveValue }
  >;
  /** Every object loaded from the store during execution (children, received). */
  readonly loaded: ReadonlyMap<Address, ObjectRecord>;
  readonly received: ReadonlySet<Address>;
  /** What was added to and taken out of the funds of addresses, in order. */
  readonly funds: readonly FundsMove[];
  readonly events: readonly {
    readonly type: Type;
    readonly contents: Uint8Array /** Index of the session call that emitted it. */;
    readonly call: number;
  }[];
}

/** Execution of one transaction's commands over one meter, id counter and object runtime. */
export interface Session {
  readonly call: (call: Call) => CallResult;
  /** Adds to computation what the ledger itself prices (input reads, publish). Internal units. False when the limit is passed. */
  readonly charge: (internalUnits: number) => boolean;
  /** Counts an instruction of the ledger's own, which pushes a value, a reference or nothing. The limit is looked at later. */
  readonly step: (pushes?: { readonly type: Type; readonly value: MoveValue } | 'reference') => void;
  /** Computation so far in internal units, unrounded; never above the limit. */
  readonly computation: () => number;
  /** Next id of the transaction's one counter: BLAKE2b-256(0xf1 || digest || u64le counter). */
  readonly freshId: () => Address;
  /** Marks an id as created or deleted by the ledger's own commands (split coins, merged coins, packages). */
  readonly recordCreated: (id: Address) => void;
  readonly recordDeleted: (id: Address) => void;
  /** Moves an object to an owner as TransferObjects does, without ability checks. */
  readonly recordTransfer: (id: Address, owner: Owner, type: Type, value: MoveValue) => void;
  /** Makes a package published earlier in this transaction callable. */
  readonly addPackage: (pkg: MovePackage) => void;
  /** Ids of all objects reachable as UIDs inside a value: what wrapping and unwrapping look at. */
  readonly uidsWithin: (type: Type, value: MoveValue) => readonly Address[];
  readonly changes: () => SessionChanges;
}

/** Rules of execution that differ between protocol versions. */
export interface MachineRules {
  /** Loading a constant pushes the abstract size of its value (default), not the bytes of its serialized form. */
  readonly chargesConstantValues?: boolean;
  /** What `protocol_config::is_feature_enabled` answers; a flag that is not there is not known. Default: {@link featureFlags}. */
  readonly features?: Readonly<Record<string, boolean>>;
}

/** The machine: code and type caches over a package source, shared by every session. */
export interface MoveVm {
  /** Type of a tag in any usual spelling; throws ENGINE_TYPE_NOT_FOUND or ENGINE_BAD_TYPE. */
  readonly resolveType: (text: string) => Type;
  /** Closed type from an open one, in place of {@link OpenType} parameters. */
  readonly instantiate: (open: OpenType, typeArguments: readonly Type[]) => Type;
  readonly layout: (type: Type) => Layout;
  /** Whether the layout of a type is within the protocol's limit; values of others are neither written nor read. */
  readonly hasLayout: (type: Type) => boolean;
  /** BCS of a value. */
  readonly serialize: (type: Type, value: MoveValue) => Uint8Array;
  /** Value of BCS bytes; throws ENGINE_BAD_BCS on any malformed, trailing or non-canonical byte. */
  readonly deserialize: (type: Type, bytes: Uint8Array) => MoveValue;
  readonly functionInfo: (storageId: Address, module: string, name: string) => FunctionInfo | undefined;
  readonly datatypeInfo: (storageId: Address, module: string, name: string) => DatatypeInfo | undefined;
  readonly moduleInfo: (
    storageId: Address,
    module: string,
  ) => { readonly datatypes: readonly string[]; readonly functions: readonly string[] } | undefined;
  /**
   * Checks and links a package before publication; throws ENGINE_BAD_MODULE, ENGINE_BROKEN_RULE (a rule of Sui beyond Move's) or
   * ENGINE_TOO_COMPLEX, naming what is wrong.
   */
  readonly verifyPackage: (pkg: MovePackage) => void;
  readonly newSession: (options: SessionOptions) => Session;
  /** Forgets cached packages and types, after another process or a restore changed the source. */
  readonly reset: () => void;
}
