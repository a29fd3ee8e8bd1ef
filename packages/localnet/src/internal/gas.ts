import {
  ABORTED_PRICE_FACTOR,
  INTERNAL_UNITS_PER_GAS_UNIT,
  MAX_COMPUTATION_UNITS,
  MIN_COMPUTATION_UNITS,
  OBJECT_META_BYTES,
  READ_UNITS_PER_BYTE,
  REFERENCE_GAS_PRICE,
  STORAGE_MIST_PER_BYTE,
} from '../params.ts';
import type { Protocol } from '../protocol.ts';
import type { GasUsed } from '../types.ts';
import { objectTypeBcs } from './type-tag.ts';

/** Metered bytes of a package besides its modules: per linkage entry 72, per type origin its names and 32. */
const LINKAGE_BYTES = 72;
const ORIGIN_BYTES = 32;

/** What the size of a package is made of. */
export interface PackageParts {
  readonly modules: ReadonlyMap<string, Uint8Array>;
  readonly typeOrigins: readonly { readonly module: string; readonly datatype: string }[];
  readonly linkage: ReadonlyMap<string, unknown>;
}

/** Bytes of a package that storage is paid for and that its size limit counts (`MovePackage::size`). */
export const packageBytes = (pkg: PackageParts): number => {
  let size = 8 + pkg.linkage.size * LINKAGE_BYTES;
  for (const [name, bytes] of pkg.modules) size += name.length + bytes.length;
  for (const origin of pkg.typeOrigins) size += origin.module.length + origin.datatype.length + ORIGIN_BYTES;
  return size;
};

/** Metered bytes of a stored Move object: contents, type, flag and version, fixed part. A SUI coin has 130. */
export const meteredBytes = (type: string, contents: Uint8Array): number =>
  contents.length + objectTypeBcs(type).length + 1 + 8 + OBJECT_META_BYTES;

const sizes = new WeakMap<PackageParts, number>();

/** Metered bytes of a stored package; remembered, since every call of a package is charged for reading it. */
export const meteredPackageBytes = (pkg: PackageParts): number => {
  const known = sizes.get(pkg) ?? packageBytes(pkg) + OBJECT_META_BYTES;
  sizes.set(pkg, known);
  return known;
};

/** MIST that storing a Move object costs. A SUI coin is 988,000. */
export const objectStorageCost = (type: string, contents: Uint8Array): bigint =>
  BigInt(meteredBytes(type, contents)) * STORAGE_MIST_PER_BYTE;

/** MIST that storing a package costs. */
export const packageStorageCost = (pkg: PackageParts): bigint =>
  BigInt(meteredPackageBytes(pkg)) * STORAGE_MIST_PER_BYTE;

/**
 * Computation in gas units as charged: whole units, at least 1,000, above that rounded up to its upper half of digits
 * (1,001 -> 1,010; 20,001 -> 20,100; 1,000,001 -> 1,001,000), at most 5 million.
 */
export const chargedUnits = (internalUnits: number): bigint => {
  const units = BigInt(Math.floor(internalUnits / INTERNAL_UNITS_PER_GAS_UNIT));
  if (units <= MIN_COMPUTATION_UNITS) return MIN_COMPUTATION_UNITS;
  const step = 10n ** BigInt(Math.floor((units.toString().length - 1) / 2));
  const rounded = ((units + step - 1n) / step) * step;
  return rounded > MAX_COMPUTATION_UNITS ? MAX_COMPUTATION_UNITS : rounded;
};

/** Most computation a budget (MIST) pays at a price, in internal units. */
export const computationLimit = (budget: bigint, price: bigint): number => {
  const units = budget / price;
  return Number(units > MAX_COMPUTATION_UNITS ? MAX_COMPUTATION_UNITS : units) * INTERNAL_UNITS_PER_GAS_UNIT;
};

/** MIST for computation, at most the budget; an aborted transaction pays a capped price. */
export const computationCost = (internalUnits: number, price: bigint, budget: bigint, aborted: boolean): bigint => {
  const cap = ABORTED_PRICE_FACTOR * BigInt(REFERENCE_GAS_PRICE);
  const cost = chargedUnits(internalUnits) * (aborted && price > cap ? cap : price);
  return cost > budget ? budget : cost;
};

/** Storage paid and storage released (before the share that is not refunded), MIST. */
export interface StorageMove {
  readonly cost: bigint;
  readonly released: bigint;
}

/** Internal units for reading bytes of objects and of packages. */
export const readUnits = (objects: number, packages: number, { packageReadUnits }: Protocol): number =>
  packageReadUnits === undefined
    ? (objects + packages) * READ_UNITS_PER_BYTE
    : objects * READ_UNITS_PER_BYTE + Math.ceil((packages * packageReadUnits) / 1_000);

/** The four figures of a transaction. The refund is rounded half up. */
export const gasUsed = (computation: bigint, storage: StorageMove, { rebateBasisPoints }: Protocol): GasUsed => {
  const storageRebate = (storage.released * rebateBasisPoints + 5_000n) / 10_000n;
  return {
    computationCost: computation,
    storageCost: storage.cost,
    storageRebate,
    nonRefundableStorageFee: storage.released - storageRebate,
  };
};

/** True when the budget covers what storage costs beyond computation and refund. */
export const fitsBudget = (gas: GasUsed, budget: bigint): boolean =>
  gas.computationCost + gas.storageCost - gas.storageRebate <= budget;

/** MIST taken from the gas coin; negative when more is refunded than charged. */
export const netGas = (gas: GasUsed): bigint => gas.computationCost + gas.storageCost - gas.storageRebate;
