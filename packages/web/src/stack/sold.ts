/** What a gateway's receipts say was sold, held against what was repeated. */
import { parseReceipts, receiptLayout } from '@atoma/sdk';
import { text } from '../json.ts';
import { hex } from '../text.ts';

type Found = Readonly<Record<string, unknown>>;

/** Of rows that are repeated bit by bit a checker knows its own answer alone: those whose receipt is for another one become `other`. */
export const heldAgainst = (found: readonly Found[], receipts: string): readonly Found[] => {
  const sold = new Map(
    parseReceipts(receipts).map(({ receipt }) => {
      const { requestHash, contentHash } = receiptLayout.decode(receipt);
      return [hex(requestHash), hex(contentHash)];
    }),
  );
  return found.map((each) => {
    const hash = sold.get(`0x${text(each.request_hash)}`);
    const isOther = hash !== undefined && each.verdict === 'same' && hash !== `0x${text(each.work_hash)}`;
    return isOther && typeof each.threshold !== 'number' ? { ...each, verdict: 'other' } : each;
  });
};
