/** Giving a node back what it lost: the receipts it signed, with the requests they answer. */
import { toBase64 } from '../../wire/headers.ts';
import { record, text } from '../../wire/json.ts';
import { readJsonObject } from '../../wire/json-body.ts';
import { RECEIPT_CUT, receiptLayout } from '../../wire/messages.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import { inquire } from '../inquiry.ts';
import type { JournalRequest } from '../journal/types.ts';

/** What a node took back. */
export interface RestoreReport {
  readonly stack: bigint;
  /** Receipts sent. */
  readonly sent: number;
  /** Those the node had lost. */
  readonly adopted: number;
  /** Whether the stack takes work again. */
  readonly reopened: boolean;
}

/** Rows of one upload: with bodies they stay far below what a node accepts. */
const PAGE = 100;

/** Units per choice of an answer that was cut; known where there is one choice. */
const cutOf = ({ answer, body }: JournalRequest): readonly number[] | undefined => {
  const { flags, completionUnits } = receiptLayout.decode(answer as Uint8Array);
  if ((flags & RECEIPT_CUT) === 0) return undefined;
  const read = body && readJsonObject(body);
  const n = read?.kind === 'read' ? (read.json.n ?? 1) : 1; // a form asks for one
  return n === 1 ? [Number(completionUnits)] : undefined;
};

const toRow = (request: JournalRequest): Readonly<Record<string, unknown>> => ({
  receipt: toBase64(request.answer as Uint8Array),
  receipt_signature: toBase64(request.answerSignature as Uint8Array),
  envelope: toBase64(request.envelope),
  signature: toBase64(request.signature),
  ...(request.body === null ? {} : { body: toBase64(request.body) }),
  cut: cutOf(request),
});

/**
 * Sends a node the receipts of a stack it keeps in quarantine; with the last of them the stack takes work again, if they are whole.
 * Throws `BUYER_RECEIPT_UNKNOWN`, `BUYER_UNREACHABLE`.
 */
export const restoreStack = async (context: BuyerContext, stack: bigint): Promise<RestoreReport> => {
  const own = await context.journal.findStack(stack);
  if (!own) throw buyerError('RECEIPT_UNKNOWN', { what: `of stack ${stack}: it is not in the journal` });
  const { node } = own;
  const rows = [...(await context.journal.listRequests({ stack, stages: ['receipt'], limit: Number.MAX_SAFE_INTEGER }))]
    .filter(({ envelope }) => envelope.length > 0)
    .sort((a, b) => (a.index as number) - (b.index as number))
    .map((request) => toRow(own.level === 1 ? request : { ...request, body: null }));
  let [adopted, reopened] = [0, false];
  for (let from = 0; from === 0 || from < rows.length; from += PAGE) {
    const complete = from + PAGE >= rows.length;
    const body = Buffer.from(JSON.stringify({ rows: rows.slice(from, from + PAGE), complete }));
    const { status, json } = await inquire(context, { node, stack, path: '/v1/receipts/import' }, new Uint8Array(body));
    if (status !== 200) {
      const error = record(json.error);
      throw buyerError('UNREACHABLE', { node, why: text(error.message) || `it answered ${status}` });
    }
    adopted += Number(json.adopted ?? 0);
    reopened = json.reopened === true;
  }
  return { stack, sent: rows.length, adopted, reopened };
};
