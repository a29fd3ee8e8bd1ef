import { parseReceipts, receiptLayout } from '@atoma/sdk';
import { cliError } from '../kernel/cli-errors.ts';

/** Most receipts a dispute takes. */
const MOST_RECEIPTS = 8;

/**
 * Those of the stack with most units, signature and receipt of each: what they contradict is most. Throws `CLI_NO_RECEIPTS` when `file`,
 * which holds `text`, has none of it.
 */
export const receiptsIn = (text: string, file: string, stack: bigint): readonly Uint8Array[] => {
  const own = parseReceipts(text).filter((each) => each.stack === stack);
  if (own.length === 0) throw cliError('NO_RECEIPTS', { file, stack: String(stack) });
  return own
    .map((each) => ({ ...each, units: receiptLayout.decode(each.receipt).units }))
    .sort((a, b) => Number(b.units - a.units))
    .slice(0, MOST_RECEIPTS)
    .map(({ receipt, receiptSignature }) => Uint8Array.from([...receiptSignature, ...receipt]));
};
