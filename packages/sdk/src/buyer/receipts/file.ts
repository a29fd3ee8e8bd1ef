/** Receipts as files: written for keeping and for a watchtower elsewhere, verified without any network. */
import { isAtomaError, toHex } from '@atoma/base';
import { fromBase64, toBase64 } from '../../wire/headers.ts';
import { type Json, record } from '../../wire/json.ts';
import { envelopeLayout, receiptLayout } from '../../wire/messages.ts';
import { receiptSigners, splitSignature } from '../../wire/sealed/pair.ts';
import { parseSignature, verifyPersonalMessage } from '../../wire/signature.ts';
import { compareReceipts, verifyReceipt } from '../../wire/verify-answer.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import type { Journal, JournalRequest } from '../journal/types.ts';
import { toJournalReceipt } from './history.ts';

/** One exported receipt. */
export interface ExportedReceipt {
  readonly stack: bigint;
  readonly envelope: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly receipt: Uint8Array;
  readonly receiptSignature: Uint8Array;
}

const line = (request: JournalRequest): string => {
  const { stack, node, index, units } = receiptLayout.decode(request.answer as Uint8Array);
  const hasEnvelope = request.envelope.length > 0;
  return JSON.stringify({
    stack: String(stack),
    node: String(node),
    index: String(index),
    units: String(units),
    request_id: request.requestId,
    envelope: hasEnvelope ? toBase64(request.envelope) : null,
    signature: hasEnvelope ? toBase64(request.signature) : null,
    receipt: toBase64(request.answer as Uint8Array),
    receipt_signature: toBase64(request.answerSignature as Uint8Array),
  });
};

/** Receipts as JSON lines, of one stack or all, by stack and index. */
export const exportReceipts = async (journal: Journal, stack?: bigint): Promise<string> => {
  const rows = await journal.listRequests({
    stages: ['receipt'],
    limit: Number.MAX_SAFE_INTEGER,
    ...(stack === undefined ? {} : { stack }),
  });
  const sorted = [...rows].sort((a, b) => Number(a.stack - b.stack) || (a.index as number) - (b.index as number));
  return sorted.map((row) => `${line(row)}\n`).join('');
};

const bytes = (value: unknown, what: string): Uint8Array => {
  const decoded = typeof value === 'string' ? fromBase64(value) : undefined;
  if (!decoded) throw buyerError('EXPORT', { why: `${what} is not base64` });
  return decoded;
};

/** Reads exported receipts. Throws `BUYER_EXPORT`. */
export const parseReceipts = (text: string): readonly ExportedReceipt[] =>
  text
    .split('\n')
    .filter((each) => each.trim() !== '')
    .map((each, at) => {
      let json: Json;
      try {
        json = record(JSON.parse(each));
      } catch (cause) {
        throw buyerError('EXPORT', { why: `line ${at + 1} is not JSON` }, cause);
      }
      const receipt = bytes(json.receipt, `the receipt of line ${at + 1}`);
      const whole = typeof json.envelope === 'string';
      return {
        stack: readStack(receipt, at),
        envelope: whole ? bytes(json.envelope, `the envelope of line ${at + 1}`) : null,
        signature: whole ? bytes(json.signature, `the signature of line ${at + 1}`) : null,
        receipt,
        receiptSignature: bytes(json.receipt_signature, `the receipt signature of line ${at + 1}`),
      };
    });

const readStack = (receipt: Uint8Array, at: number): bigint => {
  try {
    return receiptLayout.decode(receipt).stack;
  } catch (cause) {
    throw buyerError('EXPORT', { why: `the receipt of line ${at + 1} cannot be decoded` }, cause);
  }
};

/** The verdict on one receipt. */
export interface VerifiedReceipt {
  readonly stack: bigint;
  readonly node: bigint;
  readonly index: bigint;
  readonly requestId: string;
  readonly units: bigint;
  readonly cumulative: bigint;
  /** Who signed it. */
  readonly signer: string;
  /** Who signed the request; null without envelope. */
  readonly buyer: string | null;
  /** What is wrong with it; null: nothing. */
  readonly fault: string | null;
}

const faultOf = (error: unknown): string =>
  isAtomaError(error) ? String(error.details.why ?? error.message) : (error as Error).message;

const verifyOne = async (
  row: ExportedReceipt,
  nodeAddresses: readonly string[] | undefined,
): Promise<VerifiedReceipt> => {
  const receipt = receiptLayout.decode(row.receipt);
  const base = {
    stack: row.stack,
    node: receipt.node,
    index: receipt.index,
    requestId: toHex(receipt.requestId),
    units: receipt.units,
    cumulative: receipt.cumulativeUnits,
  };
  let signer = '';
  let buyer: string | null = null;
  try {
    signer = parseSignature(splitSignature(row.receiptSignature).wallet).address;
    if (nodeAddresses && !nodeAddresses.includes(signer))
      return { ...base, signer, buyer, fault: `it is signed by ${signer}, not by the node` };
    if (!(await receiptSigners(row.receipt, row.receiptSignature)))
      return { ...base, signer, buyer, fault: 'its signature is not valid' };
    if (!row.envelope || !row.signature) return { ...base, signer, buyer, fault: null };
    const asked = parseSignature(row.signature);
    buyer = asked.address;
    if (!(await verifyPersonalMessage(row.envelope, asked)))
      return { ...base, signer, buyer, fault: 'the signature of its request is not valid' };
    await verifyReceipt({
      envelope: envelopeLayout.decode(row.envelope),
      envelopeBytes: row.envelope,
      receipt: { bytes: row.receipt, signature: row.receiptSignature },
      nodeAddresses: [signer],
    });
    return { ...base, signer, buyer, fault: null };
  } catch (error) {
    return { ...base, signer, buyer, fault: faultOf(error) };
  }
};

/** Verifies receipts with nothing but the file: signatures, binding to their requests, and each stack's chain. */
export const verifyReceipts = async (
  rows: readonly ExportedReceipt[],
  nodeAddresses?: readonly string[],
): Promise<readonly VerifiedReceipt[]> => {
  const verified = await Promise.all(rows.map((row) => verifyOne(row, nodeAddresses)));
  const order = rows
    .map((row, at) => ({ row, at, receipt: receiptLayout.decode(row.receipt) }))
    .sort((a, b) => Number(a.row.stack - b.row.stack) || Number(a.receipt.index - b.receipt.index));
  const faults = new Map<number, string>();
  order.forEach(({ row, at, receipt }, i) => {
    const before = order[i - 1];
    if (!before || before.row.stack !== row.stack) return;
    const pair = compareReceipts(before.row.receipt, row.receipt);
    if (pair === 'equivocation') faults.set(at, `another receipt carries index ${receipt.index} too`);
    if (pair === 'brokenChain') faults.set(at, `it does not follow from receipt ${before.receipt.index}`);
  });
  return verified.map((each, at) => ({ ...each, fault: each.fault ?? faults.get(at) ?? null }));
};

/** Takes exported receipts into a journal, for a watchtower without the wallet's own journal. Returns how many were new. */
export const importReceipts = async (
  context: Pick<BuyerContext, 'journal' | 'now' | 'book'>,
  rows: readonly ExportedReceipt[],
): Promise<number> => {
  let taken = 0;
  for (const row of rows) {
    const receipt = toJournalReceipt(row.receipt, row.receiptSignature);
    if (await context.journal.findRequest(receipt.requestId)) continue;
    if (row.envelope && row.signature) {
      const envelope = envelopeLayout.decode(row.envelope);
      await context.journal.addRequest({
        requestId: receipt.requestId,
        stack: row.stack,
        endpoint: envelope.endpoint,
        model: envelope.model,
        maxUnits: envelope.maxUnits,
        envelope: row.envelope,
        signature: row.signature,
        body: null,
        tag: '',
        stage: 'receipt',
        index: receipt.index,
        units: receipt.units,
        cumulative: receipt.cumulative,
        answer: row.receipt,
        answerSignature: row.receiptSignature,
        createdMs: context.now(),
        finishedMs: context.now(),
      });
    } else await context.journal.addForeignReceipt(row.stack, receipt, context.now());
    context.book.count(row.stack, receipt.units, receipt.cumulative);
    taken++;
  }
  return taken;
};
