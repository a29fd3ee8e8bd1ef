/** Which rows of a transcript are valid, and the order they count in. */
import { blake2b256, isAtomaError } from '@atoma/base';
import {
  type Envelope,
  envelopeLayout,
  equalBytes,
  parseSignature,
  type Receipt,
  receiptLayout,
  requestHash,
  verifyPersonalMessage,
} from '@atoma/sdk';
import type { TranscriptRow } from '../serve/transcript.ts';

/** A row whose envelope, signature and body hold. */
export interface ValidRow {
  readonly row: TranscriptRow;
  readonly envelope: Envelope;
  readonly requestHash: Uint8Array;
  /** Valid receipt of the accused, if the row carries one. */
  readonly receipt: Receipt | null;
}

/** What rows are checked against. */
export interface RowScope {
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  readonly stack: bigint;
  /** The serving node. */
  readonly node: bigint;
  /** Recorded owners, past ones included: they may sign requests. */
  readonly signers: readonly string[];
  /** Address whose receipts count. */
  readonly nodeAddress: string;
}

const readReceipt = async (row: TranscriptRow, scope: RowScope, hash: Uint8Array): Promise<Receipt | null> => {
  if (!row.receipt) return null;
  const parsed = parseSignature(row.receipt.signature);
  if (parsed.address !== scope.nodeAddress || !(await verifyPersonalMessage(row.receipt.bytes, parsed))) return null;
  const receipt = receiptLayout.decode(row.receipt.bytes);
  const bound = receipt.stack === scope.stack && receipt.node === scope.node && equalBytes(receipt.requestHash, hash);
  return bound ? receipt : null;
};

const check = async (row: TranscriptRow, scope: RowScope): Promise<ValidRow | undefined> => {
  const envelope = envelopeLayout.decode(row.envelope);
  const parsed = parseSignature(row.signature);
  const fits =
    equalBytes(envelope.chainId, scope.chainId) &&
    equalBytes(envelope.packageId, scope.packageId) &&
    envelope.stack === scope.stack &&
    envelope.node === scope.node &&
    equalBytes(blake2b256(row.body), envelope.bodyHash);
  if (!fits || !scope.signers.includes(parsed.address) || !(await verifyPersonalMessage(row.envelope, parsed)))
    return undefined;
  const hash = requestHash(row.envelope);
  return { row, envelope, requestHash: hash, receipt: await readReceipt(row, scope, hash) };
};

/**
 * The valid ones in the order given; of a request id only the first counts. What is remembered of a row is its request id.
 */
export async function* validRows<Source extends { readonly row: TranscriptRow }>(
  sources: AsyncIterable<Source> | Iterable<Source>,
  scope: RowScope,
): AsyncGenerator<ValidRow & { readonly source: Source }> {
  const seen = new Set<string>();
  for await (const source of sources) {
    try {
      const valid = await check(source.row, scope);
      const id = valid && Buffer.from(valid.envelope.requestId).toString('latin1');
      if (!valid || id === undefined || seen.has(id)) continue;
      seen.add(id);
      yield { ...valid, source };
    } catch (error) {
      if (!isAtomaError(error)) throw error;
    }
  }
}

/** What a juror keeps of a valid row. */
export interface RowNote {
  readonly requestHash: Uint8Array;
  /** Index of the receipt, else the place it was served at. */
  readonly place: bigint;
  /** Content hash and units the accused's receipt tells. */
  readonly receipt: { readonly contentHash: Uint8Array; readonly units: bigint } | null;
  readonly maxUnits: bigint;
  /** The row itself, read again. */
  readonly load: () => TranscriptRow;
}

/** Notes by request id. */
export type RowNotes = Map<string, RowNote>;

/** Adds a valid row to the notes: of two receipts for one request the lower units count. */
export const noteRow = (notes: RowNotes, valid: ValidRow, load: () => TranscriptRow): void => {
  const { receipt, row, envelope, requestHash: hash } = valid;
  const id = Buffer.from(envelope.requestId).toString('latin1');
  const known = notes.get(id);
  const told = receipt && { contentHash: receipt.contentHash, units: receipt.units };
  if (!known) {
    const place = receipt?.index ?? BigInt(Math.max(0, Math.trunc(row.index)));
    notes.set(id, { requestHash: hash, place, receipt: told, maxUnits: envelope.maxUnits, load });
  } else if (receipt && (!known.receipt || receipt.units < known.receipt.units))
    notes.set(id, { ...known, place: receipt.index, receipt: told });
};

/** Notes in the order rows count in: place, ties by request hash. */
export const inOrder = (notes: RowNotes): readonly RowNote[] =>
  [...notes.values()].sort((a, b) => {
    if (a.place !== b.place) return a.place < b.place ? -1 : 1;
    return Buffer.compare(a.requestHash, b.requestHash);
  });
