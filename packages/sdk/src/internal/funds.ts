/** Turning "the coin holds less than this call needs" into an error with the sums. */
import { type Atoma, requireSender } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import { getBalances } from '../reads/balances.ts';
import { insufficientToma } from './coins.ts';

/** Throws `SDK_INSUFFICIENT_TOMA` when the failure says so; `need` is asked of the chain only then, in base units. */
export const refuseShortage = async (
  failure: ExecutionFailure,
  atoma: Atoma,
  need: () => Promise<bigint>,
): Promise<ExecutionFailure> => {
  if (failure.kind !== 'abort' || failure.name !== 'EInsufficientFunds') return failure;
  const { toma } = await getBalances(atoma);
  throw insufficientToma(requireSender(atoma), toma, await need());
};
