/** The inputs of a stack as its node keeps and gives them: one line per row, every byte of it bound by T on chain. */
import { createHmac, randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { blake2b256 } from '@atoma/base';
import { blindOf, fromBase64, type InputEntry, openInputsHash, toBase64, tracedBlind } from '@atoma/sdk';
import { nodeError } from '../node-errors.ts';
import type { LeafRow, StackRow, Store } from '../store/types.ts';

/** A signed request. */
export interface RowRequest {
  readonly envelope: Uint8Array;
  readonly signature: Uint8Array;
  /** Null where nobody has to repeat the work. */
  readonly body: Uint8Array | null;
}

/** What the blind of a row covers. 32 bytes each. */
export interface RowOpening {
  readonly salt: Uint8Array;
  readonly workHash: Uint8Array;
  /** Null where no trace is kept. */
  readonly traceHash: Uint8Array | null;
}

/** What is shown of the work of a row that is repeated by its values. */
export interface RowTrace {
  readonly trace: Uint8Array;
  /** Blind without the trace: `tracedBlind` of it and of the trace's hash is the entry's. 32 bytes. */
  readonly inner: Uint8Array;
}

/** One row: its entry in the list, and what is shown of it. */
export interface TranscriptRow {
  readonly entry: InputEntry;
  readonly request: RowRequest | null;
  readonly opening: RowOpening | null;
  readonly trace: RowTrace | null;
  /** The trace of whoever passes the row on, made of its own values at the same tokens; nothing binds it but a dispute's commitment. */
  readonly reference: Uint8Array | null;
}

const requestJson = ({ envelope, signature, body }: RowRequest) => ({
  envelope: toBase64(envelope),
  signature: toBase64(signature),
  body: body && toBase64(body),
});

const openingJson = ({ salt, workHash, traceHash }: RowOpening) => ({
  salt: toBase64(salt),
  work_hash: toBase64(workHash),
  ...(traceHash ? { trace_hash: toBase64(traceHash) } : {}),
});

/** The JSON line of a row. */
export const encodeRow = ({ entry, request, opening, trace, reference }: TranscriptRow): string =>
  JSON.stringify({
    request_hash: toBase64(entry.requestHash),
    units: String(entry.units),
    cut: entry.cut,
    blind: toBase64(entry.blind),
    ...(request ? requestJson(request) : {}),
    ...(opening ? openingJson(opening) : {}),
    ...(trace ? { trace: toBase64(trace.trace), inner: toBase64(trace.inner) } : {}),
    ...(reference ? { reference: toBase64(reference) } : {}),
  });

/** The JSON line of a request alone, as evidence. */
export const encodeRequest = (request: RowRequest): string => JSON.stringify(requestJson(request));

const wrong = () => nodeError('ENGINE', { engine: 'transcript', why: 'a line is not a row' });

const bytes = (value: unknown, length?: number): Uint8Array => {
  const decoded = typeof value === 'string' ? fromBase64(value) : undefined;
  if (!decoded || (length !== undefined && decoded.length !== length)) throw wrong();
  return decoded;
};

const unitsOf = (value: unknown): bigint => {
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) throw wrong();
  return BigInt(value);
};

const cutOf = (value: unknown): readonly number[] | null => {
  if (value === null) return null;
  if (!Array.isArray(value) || !value.every((each) => Number.isSafeInteger(each) && each >= 0)) throw wrong();
  return value as number[];
};

const parse = (line: string): Record<string, unknown> => {
  const json: unknown = JSON.parse(line);
  if (typeof json !== 'object' || json === null) throw wrong();
  return json as Record<string, unknown>;
};

const requestOf = (json: Record<string, unknown>): RowRequest => ({
  envelope: bytes(json.envelope),
  signature: bytes(json.signature),
  body: json.body === null || json.body === undefined ? null : bytes(json.body),
});

const openingOf = (json: Record<string, unknown>): RowOpening => ({
  salt: bytes(json.salt, 32),
  workHash: bytes(json.work_hash, 32),
  traceHash: json.trace_hash === undefined ? null : bytes(json.trace_hash, 32),
});

/** Reads a request; throws for anything that is not one. */
export const decodeRequest = (line: string): RowRequest => requestOf(parse(line));

/** Reads a row; throws for anything that is not one. */
export const decodeRow = (line: string): TranscriptRow => {
  const json = parse(line);
  return {
    entry: {
      requestHash: bytes(json.request_hash, 32),
      units: unitsOf(json.units),
      cut: cutOf(json.cut),
      blind: bytes(json.blind, 32),
    },
    request: json.envelope === undefined ? null : requestOf(json),
    opening: json.salt === undefined ? null : openingOf(json),
    trace: json.trace === undefined ? null : { trace: bytes(json.trace), inner: bytes(json.inner, 32) },
    reference: json.reference === undefined ? null : bytes(json.reference),
  };
};

/** Setting that holds what the salts of this ledger's rows follow from. */
const SALTS = 'row_salts';

/** Salt by stack and row: secret, and the same each time. */
export type RowSalts = (stack: bigint, row: number) => Uint8Array;

/** The salts of this ledger; made when they are first used. */
export const rowSalts = async (store: Store): Promise<RowSalts> => {
  let known = await store.getSetting(SALTS);
  if (known === undefined) {
    known = randomBytes(32).toString('hex');
    await store.putSetting(SALTS, known);
  }
  const secret = Buffer.from(known, 'hex');
  return (stack, row) => new Uint8Array(createHmac('sha256', secret).update(`${stack}/${row}`).digest());
};

/** The blind of a row. */
export const rowBlind = ({ salt, workHash, traceHash }: RowOpening): Uint8Array => {
  const blind = blindOf(salt, workHash);
  return traceHash ? tracedBlind(blind, traceHash) : blind;
};

const traceOf = async (
  store: Store,
  { id, level }: Pick<StackRow, 'id' | 'level'>,
  leaf: LeafRow,
  salt: Uint8Array,
): Promise<RowTrace | null> => {
  const kept = leaf.traceHash ? await store.findTrace(id, leaf.requestId) : undefined;
  const trace = level === 2 ? shownReceipt(leaf) : kept;
  return trace ? { trace, inner: blindOf(salt, leaf.contentHash) } : null;
};

/**
 * What is shown of a row at level 2 in place of a trace: its receipt behind both signatures, so that whoever checks the row holds what
 * its buyer was given.
 */
const shownReceipt = ({ receipt, receiptSignature }: LeafRow): Uint8Array => Buffer.concat([receiptSignature, receipt]);

const openingFor = (level: number, leaf: LeafRow, salt: Uint8Array): RowOpening => ({
  salt,
  workHash: leaf.contentHash,
  traceHash: level === 2 ? blake2b256(shownReceipt(leaf)) : leaf.traceHash,
});

/** A leaf of a stack of this level as the list names it. */
export const entryOf = (level: number, leaf: LeafRow, salt: Uint8Array): InputEntry => ({
  requestHash: leaf.requestHash,
  units: leaf.units,
  cut: leaf.cut,
  blind: rowBlind(openingFor(level, leaf, salt)),
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

/** T of a stack's first `count` rows. */
export const inputsOf = async (
  store: Store,
  stack: Pick<StackRow, 'id' | 'level' | 'nextLeaf'>,
): Promise<Uint8Array> => {
  const [salts, list] = [await rowSalts(store), await openInputsHash()];
  for await (const leaf of eachLeaf(store, stack.id, stack.nextLeaf))
    list.add(entryOf(stack.level, leaf, salts(stack.id, leaf.index)));
  return list.finish();
};

/** Which rows the reader has to check. */
export type IsChecked = (row: number) => boolean;

/**
 * Writes the rows of a stack line by line; lines end with a line feed. Of rows that are repeated the request is shown, of the others
 * what their blind covers; where nothing is repeated, both, without bodies; at level 2 the receipts, too.
 */
export async function* writeTranscript(store: Store, stack: StackRow, isChecked: IsChecked): AsyncGenerator<string> {
  const salts = await rowSalts(store);
  const repeats = stack.level === 1;
  for await (const leaf of eachLeaf(store, stack.id, stack.nextLeaf)) {
    const salt = salts(stack.id, leaf.index);
    const shown = !repeats || isChecked(leaf.index);
    const body = shown && repeats ? ((await store.findBody(stack.id, leaf.requestId)) ?? null) : null;
    const row: TranscriptRow = {
      entry: entryOf(stack.level, leaf, salt),
      request: shown ? { envelope: leaf.envelope, signature: leaf.signature, body } : null,
      opening: repeats && shown ? null : openingFor(stack.level, leaf, salt),
      trace: shown && stack.level > 0 ? await traceOf(store, stack, leaf, salt) : null,
      reference: null,
    };
    yield `${encodeRow(row)}\n`;
  }
}

/** Media type of a stored body: JSON, or a form whose first line is its boundary. */
export const bodyMediaType = (body: Uint8Array): string => {
  if (body[0] !== 0x2d) return 'application/json';
  const end = Buffer.from(body).indexOf('\r\n');
  return `multipart/form-data; boundary=${Buffer.from(body.subarray(2, end)).toString('latin1')}`;
};
