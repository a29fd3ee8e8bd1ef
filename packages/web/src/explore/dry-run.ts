/** Calling a function without consequences. */
import type { SuiClientTypes } from '@mysten/sui/client';
import { Transaction } from '@mysten/sui/transactions';
import type { PageProps } from '../pages/props.ts';
import { decodePure, encodeTyped, typeText } from './move-values.ts';

const NOBODY = `0x${'0'.repeat(64)}`;

/** Simulates the call; what it returned, cost and changed, a line each. Throws with what is wrong with the values. */
export const dryRun = async (
  atoma: PageProps['atoma'],
  { packageId, moduleName, name, parameters, returns }: SuiClientTypes.FunctionResponse,
  given: readonly string[],
  typeArguments: readonly string[],
  sender: string,
): Promise<readonly string[]> => {
  const transaction = new Transaction();
  transaction.setSender(sender.trim() || NOBODY);
  const bodies = parameters.map(({ body }) => body).filter((body) => typeText(body) !== 'tx_context::TxContext');
  transaction.moveCall({
    target: `${packageId}::${moduleName}::${name}`,
    typeArguments: [...typeArguments],
    arguments: bodies.map((body, i) => {
      const typed = (given[i] ?? '').trim();
      const bytes = encodeTyped(typed, body);
      return bytes ? transaction.pure(bytes) : transaction.object(typed);
    }),
  });
  const result = await atoma.client.simulateTransaction({
    transaction,
    checksEnabled: false,
    include: { effects: true, commandResults: true, balanceChanges: true },
  });
  const done = result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction;
  const { effects, status } = done;
  const outcome = status.success ? 'It would succeed.' : `It would fail: ${status.error.message}`;
  const values = result.commandResults?.[0]?.returnValues ?? [];
  return [
    outcome,
    ...values.map(({ bcs }, i) => {
      const type = returns[i]?.body;
      return `Returns ${type ? typeText(type) : 'a value'}: ${decodePure(bcs, type)}`;
    }),
    `Computation ${effects.gasUsed.computationCost} MIST, storage ${effects.gasUsed.storageCost} MIST.`,
    `${effects.changedObjects.length} objects would change.`,
  ];
};
