/** Asking the contract's read functions by simulation: nothing is signed, sent or paid. */
import type { BcsType } from '@mysten/bcs';
import type { SuiClientTypes } from '@mysten/sui/client';
import { Transaction } from '@mysten/sui/transactions';
import type { Atoma } from '../context/atoma.ts';
import { failedCall } from '../context/write.ts';
import { toExecutionFailure } from '../failures/execution-failure.ts';
import { reach } from '../failures/network.ts';
import { sdkError } from '../sdk-errors.ts';
import type { CallBuilder } from './move-call.ts';
import { u64 } from './move-types.ts';

/** Reads that no address makes; any will do. */
const NOBODY = `0x${'0'.repeat(64)}`;

const UNKNOWN: SuiClientTypes.ExecutionError = { $kind: 'Unknown', message: 'no reason was given', Unknown: null };

const firstValue = (results: readonly { readonly bcs: Uint8Array }[] | undefined): Uint8Array => {
  const [value] = results ?? [];
  if (!value) throw sdkError('DECODE', { what: 'The answer of a read function' });
  return value.bcs;
};

/** First return value of each call, decoded. Throws `SDK_TRANSACTION_FAILED` when the contract aborts. */
export const readViews = async <Value, Input>(
  atoma: Atoma,
  layout: BcsType<Value, Input>,
  calls: readonly CallBuilder[],
): Promise<readonly Value[]> => {
  const tx = new Transaction();
  tx.setSender(atoma.sender ?? NOBODY);
  for (const call of calls) tx.add(call);
  const result = await reach(
    atoma.deployment.network,
    atoma.client.simulateTransaction({ transaction: tx, checksEnabled: false, include: { commandResults: true } }),
  );
  if (result.$kind === 'FailedTransaction') {
    const { error } = result.FailedTransaction.status;
    throw failedCall('Reading from the contract', toExecutionFailure(error ?? UNKNOWN, atoma.deployment));
  }
  return result.commandResults.map(({ returnValues }) => layout.parse(firstValue(returnValues)));
};

/** {@link readViews} for functions that return u64. */
export const readNumbers = (atoma: Atoma, calls: readonly CallBuilder[]): Promise<readonly bigint[]> =>
  readViews(atoma, u64, calls);
