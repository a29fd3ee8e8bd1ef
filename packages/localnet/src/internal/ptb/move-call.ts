import type { Address, MovePackage, MoveValue, Ref, Type } from '@atoma/move-engine';
import type { Command } from '../transaction-data.ts';
import { type PtbContext, packageFor } from './context.ts';
import { moveError } from './failure.ts';
import type { Step } from './plan.ts';

type MoveCall = Command & { readonly kind: 'call' };

/** Runs a MoveCall and returns its results. */
export const runMoveCall = (
  ctx: PtbContext,
  { fn }: Step,
  call: MoveCall,
  values: readonly (MoveValue | Ref)[],
): (MoveValue | Ref)[] => invoke(ctx, call, fn?.typeArguments ?? [], values, fn?.linkage).map(({ value }) => value);

/** Storage id of code by the original id bytecode names it by, under a package's own linkage. */
const ownStorageId = (pkg: MovePackage, original: Address): Address =>
  original === pkg.originalId ? pkg.storageId : (pkg.linkage.get(original)?.storageId ?? original);

/** Calls into the machine; a Move failure fails the transaction. */
export const invoke = (
  ctx: PtbContext,
  call: Pick<MoveCall, 'package' | 'module' | 'function'>,
  typeArguments: readonly Type[],
  values: readonly (MoveValue | Ref)[],
  linkage?: ReadonlyMap<Address, Address>,
) => {
  const pkg = packageFor(ctx, call.package);
  ctx.calls.push({ package: call.package, module: call.module, command: ctx.command });
  const result = ctx.session.call({
    package: call.package,
    module: call.module,
    function: call.function,
    typeArguments,
    arguments: values,
    ...(linkage ? { linkage } : {}),
  });
  if (result.ok) return result.returns;
  const original = result.package ?? pkg.originalId;
  throw { failure: moveError(result, linkage?.get(original) ?? ownStorageId(pkg, original), ctx.command) };
};
