/** Completing the receipts of a stack from its node. */

import { isAtomaError } from '@atoma/base';
import { equalBytes } from '../../values/bytes.ts';
import { array, record } from '../../wire/json.ts';
import { envelopeLayout, receiptLayout, requestHash } from '../../wire/messages.ts';
import { receiptSigners } from '../../wire/sealed/pair.ts';
import { parseSignature, verifyPersonalMessage } from '../../wire/signature.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import { buyerError } from '../buyer-errors.ts';
import { checkReceipt, checkRefusal, type SentRequest } from '../check.ts';
import type { BuyerContext } from '../context.ts';
import { askFate, fateOf, inquire, signedPair } from '../inquiry.ts';
import type { JournalReceipt, JournalRequest, JournalStack } from '../journal/types.ts';
import { patient } from '../transport/patience.ts';
import { toJournalReceipt } from './history.ts';

/** What asking the node gave. */
export interface FetchReport {
  /** Receipts that were new. */
  readonly receipts: number;
  /** Requests that are certainly not billed. */
  readonly refusals: number;
  /** Why the node did not answer; null: it did. */
  readonly fault: string | null;
}

const MAX_LEFT = 100_000;

const sentOf = async (context: BuyerContext, stack: JournalStack, row: JournalRequest): Promise<SentRequest> => {
  const kept = stack.level === 2 ? await context.channels.keeper.unpack(row) : undefined;
  return {
    envelope: envelopeLayout.decode(row.envelope),
    envelopeBytes: row.envelope,
    requestId: row.requestId,
    stack: stack.stack,
    node: stack.node,
    stackUnits: stack.units,
    json: {},
    ...(kept ? { sealed: kept.sealed } : {}),
  };
};

const finish = async (
  context: BuyerContext,
  stack: JournalStack,
  row: JournalRequest,
  end: { receipt: SignedBytes } | { refusal: SignedBytes },
): Promise<void> => {
  const wasOpen = row.stage === 'open';
  const finishedMs = context.now();
  if ('refusal' in end) {
    const { bytes: answer, signature: answerSignature } = end.refusal;
    await context.journal.finishRequest(row.requestId, {
      stage: 'refused',
      index: null,
      units: null,
      cumulative: null,
      answer,
      answerSignature,
      finishedMs,
    });
    if (wasOpen) context.book.settle(stack.stack, row.maxUnits);
    return;
  }
  const {
    index,
    units,
    cumulative,
    receipt: answer,
    signature: answerSignature,
  } = toJournalReceipt(end.receipt.bytes, end.receipt.signature);
  await context.journal.finishRequest(row.requestId, {
    stage: 'receipt',
    index,
    units,
    cumulative,
    answer,
    answerSignature,
    finishedMs,
  });
  if (wasOpen) context.book.settle(stack.stack, row.maxUnits, { charged: units, cumulative });
  else context.book.count(stack.stack, units, cumulative);
  const { requestId, tag } = row;
  context.emit({
    kind: 'receipt',
    requestId,
    tag,
    stack: stack.stack,
    node: stack.node,
    units,
    cost: units * stack.price,
  });
};

/** Asks the node about every request of the stack without receipt or refusal. */
export const resolveOpen = async (context: BuyerContext, stack: JournalStack): Promise<FetchReport> => {
  let [receipts, refusals] = [0, 0];
  for (const row of await context.journal.listRequests({ stack: stack.stack, stages: ['open', 'dropped'] })) {
    try {
      const fate = await askFate(context, { node: stack.node, stack: stack.stack, requestId: row.requestId });
      if (fate.kind === 'receipt') {
        if (stack.level === 2 && !(await isSound(context, stack, fate.receipt))) continue;
        await checkReceipt(context, await sentOf(context, stack, row), fate.receipt, undefined);
        await finish(context, stack, row, { receipt: fate.receipt });
        receipts++;
      } else if (
        fate.kind === 'refused' &&
        (await checkRefusal(context, await sentOf(context, stack, row), fate.refusal))
      ) {
        await finish(context, stack, row, { refusal: fate.refusal });
        refusals++;
      }
    } catch (error) {
      return { receipts, refusals, fault: (error as Error).message };
    }
  }
  return { receipts, refusals, fault: null };
};

/** Ends what an earlier process left open: resolved by the node where it answers in time, else counted as possible loss. */
export const resolveLeftovers = async (started: BuyerContext): Promise<void> => {
  const context = { ...started, send: patient(started.send, started.now) };
  for (const stack of await context.journal.listStacks(['open', 'notice', 'settled'])) {
    const open = await context.journal.listRequests({ stack: stack.stack, stages: ['open'], limit: MAX_LEFT });
    if (open.length === 0) continue;
    await resolveOpen(context, stack);
    for (const { requestId, maxUnits } of open) {
      if ((await context.journal.findRequest(requestId))?.stage !== 'open') continue;
      const nothing = { index: null, units: null, cumulative: null, answer: null, answerSignature: null };
      await context.journal.finishRequest(requestId, { stage: 'dropped', ...nothing, finishedMs: context.now() });
      context.book.settle(stack.stack, maxUnits);
    }
  }
};

/** Units of the stack in its node's own ledger. Throws `BUYER_UNREACHABLE`: also when the node does not say. */
export const readMetered = async (
  context: BuyerContext,
  { stack, node }: Pick<JournalStack, 'stack' | 'node'>,
): Promise<bigint> => {
  const { status, json } = await inquire(context, { node, stack, path: `/v1/stacks/${stack}` });
  const { consumed } = json;
  if (status !== 200 || typeof consumed !== 'string' || !/^\d{1,20}$/.test(consumed))
    throw buyerError('UNREACHABLE', { node, why: `it answered ${status}` });
  return BigInt(consumed);
};

/** Whether the node signed the receipt, for this stack; at level 2 an environment, too. */
const isSound = async (context: BuyerContext, stack: JournalStack, signed: SignedBytes): Promise<boolean> => {
  const receipt = receiptLayout.decode(signed.bytes);
  const signers = await receiptSigners(signed.bytes, signed.signature);
  return (
    signers !== undefined &&
    signers.address === (await context.directory.stackSigner(stack.stack)) &&
    (stack.level !== 2 || signers.enclaveKey !== null) &&
    receipt.stack === stack.stack &&
    receipt.node === stack.node &&
    equalBytes(receipt.chainId, context.ids.chainId) &&
    equalBytes(receipt.packageId, context.ids.packageId)
  );
};

/** Whether a row of the node shows the request of its receipt, signed by the wallet's own key, and that allows its units. */
const isOwn = async (
  context: BuyerContext,
  stack: JournalStack,
  row: Readonly<Record<string, unknown>>,
  receipt: Uint8Array,
): Promise<boolean> => {
  const shown = signedPair(row.envelope, row.envelope_signature);
  if (!shown) return false;
  const { requestId, requestHash: wanted, units } = receiptLayout.decode(receipt);
  const envelope = envelopeLayout.decode(shown.bytes);
  const parsed = parseSignature(shown.signature);
  return (
    parsed.address === context.address &&
    envelope.stack === stack.stack &&
    equalBytes(envelope.requestId, requestId) &&
    equalBytes(requestHash(shown.bytes), wanted) &&
    units <= envelope.maxUnits &&
    (await verifyPersonalMessage(shown.bytes, parsed))
  );
};

/**
 * Takes a receipt whose request the journal does not know. Where the journal should know every request, the wallet's own signature
 * must show that another journal of the same wallet sent it: a node alone could make receipts up.
 */
const takeForeign = async (
  context: BuyerContext,
  stack: JournalStack,
  row: Readonly<Record<string, unknown>>,
  receipt: JournalReceipt,
): Promise<boolean> => {
  if (stack.complete && !(await isOwn(context, stack, row, receipt.receipt).catch(() => false))) return false;
  await context.journal.addForeignReceipt(stack.stack, receipt, context.now());
  context.book.count(stack.stack, receipt.units, receipt.cumulative);
  return true;
};

/** Whether a receipt is what the request of the journal allows, and follows from the others. One that is not is told, and kept as evidence. */
const isOwed = async (
  context: BuyerContext,
  stack: JournalStack,
  known: JournalRequest,
  receipt: SignedBytes,
): Promise<boolean> => {
  try {
    await checkReceipt(context, await sentOf(context, stack, known), receipt, undefined);
    return true;
  } catch (error) {
    if (isAtomaError(error, 'BUYER_UNTRUSTED')) return false;
    throw error;
  }
};

/** What the journal learns of one row: nothing, a receipt of a request it knows, or one of a request it does not know. */
const takeRow = async (
  context: BuyerContext,
  stack: JournalStack,
  row: Readonly<Record<string, unknown>>,
): Promise<'nothing' | 'own' | 'foreign'> => {
  const fate = fateOf(row);
  if (fate.kind !== 'receipt' || !(await isSound(context, stack, fate.receipt))) return 'nothing';
  const receipt = toJournalReceipt(fate.receipt.bytes, fate.receipt.signature);
  const known = await context.journal.findRequest(receipt.requestId);
  if (known?.stage === 'receipt') return 'nothing';
  if (!known) return (await takeForeign(context, stack, row, receipt)) ? 'foreign' : 'nothing';
  if (known.stage === 'refused' || !(await isOwed(context, stack, known, fate.receipt))) return 'nothing';
  await finish(context, stack, known, { receipt: fate.receipt });
  return 'own';
};

/** The journal does not know everything the wallet signed for the stack; it says so once and counts on it from now on. */
const noteForeign = async (context: BuyerContext, stack: JournalStack, requests: number): Promise<void> => {
  if (requests === 0 || !stack.complete) return;
  await context.book.change(stack.stack, { complete: false });
  context.emit({ kind: 'foreign', stack: stack.stack, node: stack.node, requests });
};

/** Whether a node's word of where its next page begins can be true: every row has a unit, so there are no more rows than units were bought. */
const isNext = (next: unknown, from: number, { units }: JournalStack): next is number =>
  Number.isSafeInteger(next) && (next as number) > from && (next as number) <= units;

/** Fetches all receipts of the stack that the journal does not have, those of other journals of the same wallet included. */
export const fetchReceipts = async (context: BuyerContext, stack: JournalStack): Promise<FetchReport> => {
  let [receipts, foreign] = [0, 0];
  let fault: string | null = null;
  try {
    for (let from: number | null = 0; from !== null && fault === null; ) {
      const path = `/v1/receipts?stack=${stack.stack}&from=${from}`;
      const { status, json } = await inquire(context, { node: stack.node, stack: stack.stack, path });
      if (status !== 200) fault = `the node answered ${status}`;
      const rows = array(json.receipts).map(record);
      for (const row of rows) {
        const taken = await takeRow(context, stack, row);
        if (taken !== 'nothing') receipts++;
        if (taken === 'foreign') foreign++;
      }
      from = rows.length > 0 && isNext(json.next, from, stack) ? json.next : null;
    }
  } catch (error) {
    fault = (error as Error).message;
  }
  await noteForeign(context, stack, foreign);
  return { receipts, refusals: 0, fault };
};
