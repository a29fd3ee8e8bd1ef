/** A receipt that somebody typed or pasted: base64 of it, or a line of `atoma receipts export`. */
import { fromBase64, parseReceipts, receiptLayout, verifyReceipts } from '@atoma/sdk';

/** What it says. */
export interface TypedReceipt {
  readonly stack: bigint;
  readonly node: bigint;
  readonly index: bigint;
  readonly requestId: string;
  readonly units: bigint;
  readonly cumulative: bigint;
  /** Null where no signature came with it. */
  readonly signer: string | null;
  /** What is wrong with it; null: nothing, or it cannot be told. */
  readonly fault: string | null;
}

const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const readLine = async (text: string): Promise<TypedReceipt | null> => {
  const [found] = await verifyReceipts(parseReceipts(text));
  return found ?? null;
};

/** Reads it; null when it is none. */
export const readTyped = async (text: string): Promise<TypedReceipt | null> => {
  try {
    if (text.trim().startsWith('{')) return await readLine(text);
    const bytes = fromBase64(text.trim());
    if (!bytes) return null;
    const { stack, node, index, requestId, units, cumulativeUnits } = receiptLayout.decode(bytes);
    return {
      stack,
      node,
      index,
      requestId: hex(requestId),
      units,
      cumulative: cumulativeUnits,
      signer: null,
      fault: null,
    };
  } catch {
    return null;
  }
};
