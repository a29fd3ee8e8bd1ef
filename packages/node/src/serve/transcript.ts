/** The transcript of a stack: one signed line, then one line per leaf. What attesters and jurors check. */
import { blake2b256 } from '@atoma/base';
import { exhibitLayout, fromBase64, toBase64 } from '@atoma/sdk';
import type { Identity } from '../context.ts';
import { nodeError } from '../errors.ts';
import type { LeafRow, StackRow, Store } from '../store/types.ts';

/** One row of a transcript as data. */
export interface TranscriptRow {
  /** Place in the served order. */
  readonly index: number;
  readonly envelope: Uint8Array;
  readonly signature: Uint8Array;
  readonly authority: 0 | 1;
  /** Version of the StackBadge its holder was read from, where the signer is not a recorded owner. */
  readonly badgeVersion: bigint | null;
  readonly body: Uint8Array;
  readonly cut: readonly number[] | null;
  /** With its signature, except in transcripts of level-1 stacks. */
  readonly receipt: { readonly bytes: Uint8Array; readonly signature: Uint8Array } | null;
}

/** First line of a transcript. */
export interface TranscriptHead {
  readonly exhibit: Uint8Array;
  readonly signature: Uint8Array;
}

/** The JSON line of a row. */
export const encodeRow = (row: TranscriptRow): string =>
  JSON.stringify({
    index: row.index,
    envelope: toBase64(row.envelope),
    signature: toBase64(row.signature),
    authority: row.authority,
    ...(row.badgeVersion === null ? {} : { badge_version: String(row.badgeVersion) }),
    body: toBase64(row.body),
    cut: row.cut,
    ...(row.receipt
      ? { receipt: toBase64(row.receipt.bytes), receipt_signature: toBase64(row.receipt.signature) }
      : {}),
  });

const bytes = (value: unknown): Uint8Array => {
  const decoded = typeof value === 'string' ? fromBase64(value) : undefined;
  if (!decoded) throw nodeError('ENGINE', { engine: 'transcript', why: 'a line is not base64' });
  return decoded;
};

const cutOf = (value: unknown): readonly number[] | null =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0) ? (value as number[]) : null;

/** Reads a row; throws for anything that is not one. */
export const decodeRow = (line: string): TranscriptRow => {
  const json = JSON.parse(line) as Record<string, unknown>;
  return {
    index: Number(json.index),
    envelope: bytes(json.envelope),
    signature: bytes(json.signature),
    authority: json.authority === 1 ? 1 : 0,
    badgeVersion: /^\d{1,18}$/.test(String(json.badge_version)) ? BigInt(String(json.badge_version)) : null,
    body: bytes(json.body),
    cut: cutOf(json.cut),
    receipt:
      json.receipt === undefined ? null : { bytes: bytes(json.receipt), signature: bytes(json.receipt_signature) },
  };
};

/** The JSON of a first line. */
export const encodeHead = (head: TranscriptHead): string => {
  const { count, bytes: length, digest } = exhibitLayout.decode(head.exhibit);
  return JSON.stringify({
    count: String(count),
    bytes: String(length),
    digest: toBase64(digest),
    exhibit: toBase64(head.exhibit),
    signature: toBase64(head.signature),
  });
};

/** Reads a first line. */
export const decodeHead = (line: string): TranscriptHead => {
  const json = JSON.parse(line) as Record<string, unknown>;
  return { exhibit: bytes(json.exhibit), signature: bytes(json.signature) };
};

const toRow = async (store: Store, stack: StackRow, leaf: LeafRow): Promise<TranscriptRow> => ({
  index: leaf.index,
  envelope: leaf.envelope,
  signature: leaf.signature,
  authority: leaf.authority,
  badgeVersion: leaf.authority === 1 ? leaf.badgeVersion : null,
  body: (await store.findBody(stack.id, leaf.requestId)) ?? new Uint8Array(),
  cut: leaf.cut,
  receipt: stack.level === 1 ? null : { bytes: leaf.receipt, signature: leaf.receiptSignature },
});

/** Writes the transcript of a stack; lines end with a line feed. */
export const writeTranscript = async (store: Store, identity: Identity, stack: StackRow): Promise<string> => {
  const lines: string[] = [];
  for (const leaf of await store.listLeaves(stack.id)) lines.push(`${encodeRow(await toRow(store, stack, leaf))}\n`);
  const rows = Buffer.from(lines.join(''));
  const exhibit = exhibitLayout.encode({
    chainId: identity.chainId,
    packageId: identity.packageId,
    stack: stack.id,
    node: identity.node,
    count: BigInt(lines.length),
    bytes: BigInt(rows.length),
    digest: blake2b256(rows),
  });
  return `${encodeHead({ exhibit, signature: identity.signer.sign(exhibit) })}\n${rows.toString('utf8')}`;
};

/** Media type of a stored body: JSON, or a form whose first line is its boundary. */
export const bodyMediaType = (body: Uint8Array): string => {
  if (body[0] !== 0x2d) return 'application/json';
  const end = Buffer.from(body).indexOf('\r\n');
  return `multipart/form-data; boundary=${Buffer.from(body.subarray(2, end)).toString('latin1')}`;
};
