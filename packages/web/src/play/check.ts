/** An answer held against its receipt, in the page: who signed it, for which stack and units, and that it covers exactly what was delivered. */
import {
  answerContent,
  type Content,
  contentHash,
  decodeBase64,
  parseSignature,
  receiptLayout,
  verifyPersonalMessage,
  workHash,
} from '@atoma/sdk';
import type { PageProps } from '../pages/props.ts';

/** What came with an answer. */
export interface Proof {
  readonly receipt: string;
  readonly signature: string;
  /** Digest of the steps of the work, which the receipt of a checked stack covers too. */
  readonly work?: string;
}

/** What a check came to. */
export interface Verdict {
  readonly good: boolean;
  readonly words: string;
  readonly stack: bigint | null;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Checks it against the stack on the chain. */
export const checkAnswer = async (
  { reads, atoma }: Pick<PageProps, 'reads' | 'atoma'>,
  content: Content,
  { receipt: text, signature, work }: Proof,
): Promise<Verdict> => {
  try {
    const bytes = decodeBase64(text);
    const receipt = receiptLayout.decode(bytes);
    const { stack, units, node } = receipt;
    const bad = (words: string): Verdict => ({ good: false, words, stack });
    const parsed = parseSignature(decodeBase64(signature));
    if (!(await verifyPersonalMessage(bytes, parsed))) return bad('the signature of its receipt is not valid');
    const row = await reads.findStack(atoma, { stackSmallId: stack });
    if (!row) return bad(`the chain knows no open stack ${stack}`);
    if (row.nodeAddress !== parsed.address) return bad(`its receipt is not signed by the node of stack ${stack}`);
    if (!same(workHash(contentHash(content), work ? decodeBase64(work) : null), receipt.contentHash))
      return bad(`node ${node} signed for ${units} units, but not for this answer`);
    const cost = reads.formatAmount(units * row.pricePerComputeUnit);
    return {
      good: true,
      words: `${units} units, ${cost}; node ${node} signed for exactly this answer, checked in this page`,
      stack,
    };
  } catch (error) {
    return { good: false, words: error instanceof Error ? error.message : 'it cannot be read', stack: null };
  }
};

/** The content of a whole answer. */
export const contentOf = (endpoint: string, body: Uint8Array): Content => answerContent(endpoint, body);
