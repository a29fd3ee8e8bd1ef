/**
 * The ledger's records. Ids and addresses are 64 hex digits without prefix; digests are base58 text; versions, epochs,
 * checkpoint numbers and times (ms) are numbers; coin amounts and gas figures (MIST) are bigints.
 */
import type { Address, Owner } from '@atoma/move-engine';
import type { Argument } from './internal/transaction-data.ts';

/** Base58 text of a 32-byte digest. */
export type Digest = string;

/** A live or historic object version. Packages have type `package` and their BCS `MovePackage` data in `contents`. */
export interface StoredObject {
  readonly id: Address;
  readonly version: number;
  readonly digest: Digest;
  readonly owner: Owner;
  /** Canonical Move type text (long addresses), or `package`. */
  readonly type: string;
  /** Whether the type has `store`, so that anyone may transfer the object; false for packages. Part of its BCS. */
  readonly publicTransfer: boolean;
  /** Move objects: BCS of the struct. Packages: BCS of Sui's `MovePackage`. */
  readonly contents: Uint8Array;
  /** Digest of the transaction that wrote this version. */
  readonly previousTransaction: Digest;
  /** MIST returned when the object is deleted or rewritten. */
  readonly storageRebate: bigint;
}

/** Gas figures of one transaction or checkpoint, in MIST. */
export interface GasUsed {
  readonly computationCost: bigint;
  readonly storageCost: bigint;
  readonly storageRebate: bigint;
  readonly nonRefundableStorageFee: bigint;
}

/** Why a transaction failed after it passed input checks. */
export interface ExecutionError {
  /** Variant and payload as the SDK's `bcs.ExecutionFailureStatus` takes it, for example `{ InsufficientGas: true }`. */
  readonly status: Readonly<Record<string, unknown>>;
  /** One full sentence for people. */
  readonly description: string;
  /** Index of the failing command, when one is to blame. */
  readonly command?: number;
  /** Present on Move aborts. `package` is a storage id. */
  readonly abort?: {
    readonly code: bigint;
    readonly package: Address;
    readonly module: string;
    readonly function: number;
    readonly functionName?: string;
    readonly instruction: number;
    readonly clever?: {
      readonly line: number;
      readonly errorCode?: number;
      readonly name?: string;
      readonly text?: string;
    };
  };
}

/** What a transaction adds to, or takes out of, the funds an address has without an object: the net of all its moves. */
export interface FundsWrite {
  /** Id of the field that holds them. */
  readonly id: Address;
  readonly owner: Address;
  /** `0x2::balance::Balance<T>`. */
  readonly type: string;
  readonly operation: 'merge' | 'split';
  /** Base units. */
  readonly amount: bigint;
}

/** One row of the effects: an object before and after. */
export interface ChangedObject {
  readonly id: Address;
  /** State before, null when it did not exist (or was wrapped). */
  readonly input: { readonly version: number; readonly digest: Digest; readonly owner: Owner } | null;
  /** State after, null when deleted or wrapped. Version is the effects' lamport version, or the package's own. */
  readonly output:
    | { readonly kind: 'object'; readonly version: number; readonly digest: Digest; readonly owner: Owner }
    | { readonly kind: 'package'; readonly version: number; readonly digest: Digest }
    /** No write of an object: a settlement behind the transaction carries it out. */
    | { readonly kind: 'funds'; readonly write: FundsWrite }
    | null;
  readonly idOperation: 'none' | 'created' | 'deleted';
}

/**
 * A shared object read, one named that had ended (`version` is then the version at which it did), or one whose settings of the
 * epoch were looked up.
 */
export type UnchangedConsensusObject =
  | { readonly kind: 'read'; readonly id: Address; readonly version: number; readonly digest: Digest }
  | { readonly kind: 'ended'; readonly id: Address; readonly version: number; readonly use: 'read' | 'mutable' }
  | { readonly kind: 'epochConfig'; readonly id: Address };

/** Effects V2 as data; `effectsBcs` beside it is their exact encoding. */
export interface Effects {
  readonly error: ExecutionError | null;
  readonly executedEpoch: number;
  readonly gasUsed: GasUsed;
  readonly transactionDigest: Digest;
  /** Index of the gas object in `changedObjects`; null for system transactions. */
  readonly gasObjectIndex: number | null;
  readonly eventsDigest: Digest | null;
  /** Sorted. */
  readonly dependencies: readonly Digest[];
  readonly lamportVersion: number;
  /** Sorted by id. */
  readonly changedObjects: readonly ChangedObject[];
  /** Shared objects (and those of parties) that were read and not written, or were there no more. */
  readonly unchangedConsensusObjects: readonly UnchangedConsensusObject[];
  /** Children loaded and not changed (not in BCS, reported by the RPC). */
  readonly unchangedLoadedObjects: readonly {
    readonly id: Address;
    readonly version: number;
    readonly digest: Digest;
  }[];
}

/** An event as emitted; `contents` is the BCS of the event struct. */
export interface LedgerEvent {
  /** Storage id and module of the function the transaction called. */
  readonly packageId: Address;
  readonly module: string;
  readonly sender: Address;
  /** Canonical type text by defining id. */
  readonly type: string;
  readonly contents: Uint8Array;
}

/** A committed transaction. */
export interface TransactionRecord {
  readonly sequence: number;
  readonly digest: Digest;
  /** BCS of `TransactionData`. */
  readonly transaction: Uint8Array;
  /** Serialized signatures, flag first. Empty for system transactions. */
  readonly signatures: readonly Uint8Array[];
  readonly effects: Effects;
  readonly effectsBcs: Uint8Array;
  readonly effectsDigest: Digest;
  readonly events: readonly LedgerEvent[];
  readonly checkpoint: number;
  readonly timestampMs: number;
}

/** What a simulation would do; nothing is stored. */
export interface Simulation {
  readonly digest: Digest;
  readonly transaction: Uint8Array;
  readonly effects: Effects;
  readonly effectsBcs: Uint8Array;
  readonly effectsDigest: Digest;
  readonly events: readonly LedgerEvent[];
  /** Objects as they were read and as they would be written. */
  readonly inputObjects: readonly StoredObject[];
  readonly outputObjects: readonly StoredObject[];
  /** Per command: return values, and arguments changed through `&mut`. */
  readonly commandOutputs: readonly {
    readonly returnValues: readonly { readonly type: string; readonly bcs: Uint8Array }[];
    readonly mutatedByRef: readonly { readonly argument: Argument; readonly type: string; readonly bcs: Uint8Array }[];
  }[];
}

/** What to simulate and how strictly. */
export interface SimulateOptions {
  /** BCS of `TransactionData`; gas payment may be empty, then a mock gas coin is used. */
  readonly transaction: Uint8Array;
  /** `disabled` is dev-inspect: any function, any values, no ownership checks. */
  readonly checks: 'enabled' | 'disabled';
}

/** A checkpoint summary with its contents. No committee signs it. */
export interface CheckpointRecord {
  readonly sequence: number;
  readonly digest: Digest;
  readonly contentDigest: Digest;
  readonly previousDigest: Digest | null;
  readonly epoch: number;
  readonly timestampMs: number;
  /** Transactions since genesis, this checkpoint's included. */
  readonly networkTotalTransactions: number;
  readonly epochRollingGas: GasUsed;
  /**
   * What it commits to of the objects it changed, Sui's `CheckpointArtifactsDigest`; null on chains that do not: those of
   * protocol 121, and those made before this ledger committed to them.
   */
  readonly artifactsDigest: Digest | null;
  /** Digests of transactions and of their effects, in order. */
  readonly contents: readonly { readonly transaction: Digest; readonly effects: Digest }[];
  readonly endOfEpoch: boolean;
}

/** Where the chain stands now. */
export interface ChainState {
  /** Digest of the genesis checkpoint, base58. */
  readonly chainId: Digest;
  readonly epoch: number;
  readonly epochStartMs: number;
  readonly epochDurationMs: number;
  readonly protocolVersion: number;
  /** MIST per gas unit. */
  readonly referenceGasPrice: number;
  readonly checkpoint: number;
  readonly timestampMs: number;
}

/** A page of a listing; `next` is absent on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: Uint8Array;
}
