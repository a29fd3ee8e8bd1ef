/** The transcript of a stack: one signed line, then one line per leaf. What attesters and jurors check. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { openBlake2b256 } from '@atoma/base';
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

/** Rows read from the ledger at once. */
const PAGE = 100;

/** Leaves of a stack up to `count`, a page at a time, so that other work runs in between. */
export async function* eachLeaf(store: Store, stack: bigint, count = Number.MAX_SAFE_INTEGER): AsyncGenerator<LeafRow> {
  for (let from = 0; from < count; ) {
    const page = await store.listLeaves(stack, from, Math.min(PAGE, count - from));
    yield* page;
    if (page.length < PAGE) return;
    from += page.length;
    await nextTurn();
  }
}

async function* rowLines(store: Store, stack: StackRow, count: number): AsyncGenerator<string> {
  for await (const leaf of eachLeaf(store, stack.id, count)) yield `${encodeRow(await toRow(store, stack, leaf))}\n`;
}

/**
 * Writes the transcript of a stack line by line; lines end with a line feed. The rows are read twice, once for the digest the
 * first line signs and once to be sent: a long history is never in memory as a whole.
 */
export async function* writeTranscript(store: Store, identity: Identity, stack: StackRow): AsyncGenerator<string> {
  const hash = await openBlake2b256();
  let [count, bytes] = [0, 0];
  for await (const line of rowLines(store, stack, stack.nextLeaf)) {
    const part = Buffer.from(line);
    hash.update(part);
    bytes += part.length;
    count++;
  }
  const exhibit = exhibitLayout.encode({
    chainId: identity.chainId,
    packageId: identity.packageId,
    stack: stack.id,
    node: identity.node,
    count: BigInt(count),
    bytes: BigInt(bytes),
    digest: hash.digest(),
  });
  yield `${encodeHead({ exhibit, signature: identity.signer.sign(exhibit) })}\n`;
  yield* rowLines(store, stack, count);
}

/** Media type of a stored body: JSON, or a form whose first line is its boundary. */
export const bodyMediaType = (body: Uint8Array): string => {
  if (body[0] !== 0x2d) return 'application/json';
  const end = Buffer.from(body).indexOf('\r\n');
  return `multipart/form-data; boundary=${Buffer.from(body.subarray(2, end)).toString('latin1')}`;
};
