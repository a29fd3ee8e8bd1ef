/** Which rows of a transcript are valid, and the order they count in. */
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
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
  /** Whether an address held the StackBadge at a version of it. */
  readonly heldBadge: (address: string, version: bigint) => Promise<boolean>;
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

const maySign = async (row: TranscriptRow, address: string, scope: RowScope): Promise<boolean> =>
  scope.signers.includes(address) || (row.badgeVersion !== null && (await scope.heldBadge(address, row.badgeVersion)));

const check = async (row: TranscriptRow, scope: RowScope): Promise<ValidRow | undefined> => {
  const envelope = envelopeLayout.decode(row.envelope);
  const parsed = parseSignature(row.signature);
  const fits =
    equalBytes(envelope.chainId, scope.chainId) &&
    equalBytes(envelope.packageId, scope.packageId) &&
    envelope.stack === scope.stack &&
    envelope.node === scope.node &&
    equalBytes(blake2b256(row.body), envelope.bodyHash);
  if (!fits || !(await maySign(row, parsed.address, scope)) || !(await verifyPersonalMessage(row.envelope, parsed)))
    return undefined;
  const hash = requestHash(row.envelope);
  return { row, envelope, requestHash: hash, receipt: await readReceipt(row, scope, hash) };
};

/** The valid rows in the order given; of a request id only the first counts. */
export const validRows = async (rows: readonly TranscriptRow[], scope: RowScope): Promise<readonly ValidRow[]> => {
  const found = new Map<string, ValidRow>();
  for (const row of rows) {
    try {
      const valid = await check(row, scope);
      const id = valid && toHex(valid.envelope.requestId);
      if (valid && id !== undefined && !found.has(id)) found.set(id, valid);
    } catch (error) {
      if (!isAtomaError(error)) throw error;
    }
  }
  return [...found.values()];
};

const placeOf = ({ receipt, row }: ValidRow): bigint => receipt?.index ?? BigInt(Math.max(0, Math.trunc(row.index)));

/** Joins rows of several sources by request id, in the order of receipt index, else served index, ties by request hash. */
export const joinRows = (sources: readonly (readonly ValidRow[])[]): readonly ValidRow[] => {
  const byId = new Map<string, ValidRow>();
  for (const valid of sources.flat()) {
    const id = toHex(valid.envelope.requestId);
    const known = byId.get(id);
    if (!known) byId.set(id, valid);
    else if (valid.receipt && (!known.receipt || valid.receipt.units < known.receipt.units))
      byId.set(id, { ...known, receipt: valid.receipt });
  }
  return [...byId.values()].sort((a, b) => {
    const [x, y] = [placeOf(a), placeOf(b)];
    if (x !== y) return x < y ? -1 : 1;
    return Buffer.compare(a.requestHash, b.requestHash);
  });
};
