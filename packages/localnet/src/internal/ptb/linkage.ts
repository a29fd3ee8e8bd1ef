import type { Address, MovePackage, Type } from '@atoma/move-engine';
import type { PtbContext } from './context.ts';
import { failWith } from './failure.ts';

/** Which version of each package code runs with, after Sui's `static_programmable_transactions/linkage`. */

interface Bound {
  readonly version: number;
  readonly storageId: Address;
  /** This version and no other; else it or a later one. */
  readonly exact: boolean;
}

/** Bounds by original id. */
type Table = Map<Address, Bound>;

const conflict = (ctx: PtbContext, a: Bound, b: Bound): never =>
  failWith(
    { InvalidLinkage: true },
    `Command ${ctx.command} needs one package at two versions: 0x${a.storageId} (version ${a.version}) and 0x${b.storageId} (version ${b.version}).`,
    ctx.command,
  );

const unified = (ctx: PtbContext, a: Bound, b: Bound): Bound => {
  if (a.exact && b.exact) return a.storageId === b.storageId ? a : conflict(ctx, a, b);
  if (!a.exact && !b.exact) return a.version > b.version ? a : b;
  const [fixed, least] = a.exact ? [a, b] : [b, a];
  return fixed.version < least.version ? conflict(ctx, fixed, least) : fixed;
};

const add = (ctx: PtbContext, table: Table, original: Address, bound: Bound): void => {
  const known = table.get(original);
  table.set(original, known ? unified(ctx, known, bound) : bound);
};

const addPackage = (ctx: PtbContext, table: Table, pkg: MovePackage, exact: { self: boolean; others: boolean }) => {
  for (const [original, { storageId, version }] of pkg.linkage)
    add(ctx, table, original, { storageId, version, exact: exact.others });
  add(ctx, table, pkg.originalId, { storageId: pkg.storageId, version: pkg.version, exact: exact.self });
};

const packagesOf = (type: Type): Address[] => {
  if (type.element) return packagesOf(type.element);
  return type.datatype ? [type.datatype.address, ...type.datatype.typeArguments.flatMap(packagesOf)] : [];
};

/**
 * Versions a call of a function of `pkg` links to: the package itself exactly, what it needs at least (exactly for a function
 * that is not public), and at least what its type arguments need. Undefined when that is the package's own linkage.
 */
export const linkCall = (
  ctx: PtbContext,
  pkg: MovePackage,
  isPublic: boolean,
  typeArguments: readonly Type[],
): ReadonlyMap<Address, Address> | undefined => {
  const named = new Set(typeArguments.flatMap(packagesOf));
  if (named.size === 0) return undefined;
  const table: Table = new Map();
  addPackage(ctx, table, pkg, { self: true, others: !isPublic });
  for (const id of named) addPackage(ctx, table, ctx.packageOf(id) as MovePackage, { self: false, others: false });
  const isOwn = [...pkg.linkage].every(([original, own]) => table.get(original)?.storageId === own.storageId);
  return isOwn ? undefined : new Map([...table].map(([original, { storageId }]) => [original, storageId]));
};

/** The packages a publication links to: each once, and no package at two versions. */
export const linkPublication = (ctx: PtbContext, dependencies: readonly Address[]): MovePackage[] => {
  const table: Table = new Map();
  const packages = [...new Set(dependencies)].map((id) => ctx.packageOf(id) as MovePackage);
  for (const { originalId, storageId, version } of packages)
    add(ctx, table, originalId, { storageId, version, exact: true });
  return packages;
};
