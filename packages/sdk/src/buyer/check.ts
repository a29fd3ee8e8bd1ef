/** What a buyer checks before it believes an answer, and what it does when it does not. */
import { isAtomaError } from '@atoma/base';
import { equalBytes } from '../values/bytes.ts';
import type { Content } from '../wire/content.ts';
import { profileCounters, type UnitCounter } from '../wire/counters.ts';
import { toBase64 } from '../wire/headers.ts';
import { type Envelope, noPreviousReceipt, type Receipt, type Refusal, receiptLayout } from '../wire/messages.ts';
import { answerUpperBound, generatedTexts, promptUpperBound } from '../wire/units.ts';
import { compareRead, type SignedBytes, verifyReceipt, verifyRefusal } from '../wire/verify-answer.ts';
import { buyerError } from './buyer-errors.ts';
import type { AnswerKeys } from './confidential/unseal.ts';
import type { BuyerContext } from './context.ts';
import { idText } from './context.ts';
import type { JournalReceipt } from './journal/types.ts';
import type { JsonBody } from './work/bound.ts';

/** A signed request as it was sent. */
export interface SentRequest {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  readonly requestId: string;
  readonly stack: bigint;
  readonly node: bigint;
  readonly stackUnits: bigint;
  readonly json: JsonBody;
  /** What opens its answer; absent: it was sent in clear. */
  readonly sealed?: AnswerKeys;
}

/** Names of models and profiles are other people's. */
const named = (counters: Readonly<Record<string, UnitCounter>>, name: string): UnitCounter | undefined =>
  Object.hasOwn(counters, name) ? counters[name] : undefined;

const counterFor = async (context: BuyerContext, sent: SentRequest): Promise<UnitCounter | undefined> => {
  const { model } = sent.envelope;
  const own = named(context.counters, model);
  if (own) return own;
  const status = await context.directory.status(sent.node);
  return named(profileCounters, status?.models.get(model)?.profile ?? '');
};

const counted: ReadonlySet<Content['kind']> = new Set(['chat', 'completion', 'embeddings']);

/** Compares the units with an exact count, where the tokenizer is known: another figure is a lie. */
export const unitsFault = (
  receipt: Pick<Receipt, 'promptUnits' | 'completionUnits'>,
  sent: Pick<SentRequest, 'json' | 'envelope'>,
  content: Content,
  counter: UnitCounter,
): string | undefined => {
  if (!counted.has(content.kind)) return undefined;
  const { endpoint } = sent.envelope;
  const prompt = counter.prompt(endpoint, sent.json);
  const completion = counter.completion(endpoint, generatedTexts(content));
  if (receipt.promptUnits !== prompt) return `it bills ${receipt.promptUnits} prompt units, ${prompt} were sent`;
  if (receipt.completionUnits !== completion)
    return `it bills ${receipt.completionUnits} units of answer, ${completion} were delivered`;
  return undefined;
};

/**
 * What a receipt bills beyond the bounds both sides compute. It stays within max_units, which the buyer set: it is told, and costs the
 * node no trust, for no count of ours proves it wrong.
 */
export const unitsExcess = (
  receipt: Pick<Receipt, 'promptUnits' | 'completionUnits'>,
  sent: Pick<SentRequest, 'json'>,
  content: Content,
): string | undefined => {
  if (!counted.has(content.kind)) return undefined;
  const most = promptUpperBound(sent.json);
  if (receipt.promptUnits > most) return `it bills ${receipt.promptUnits} prompt units, at most ${most} were sent`;
  const longest = answerUpperBound(content);
  if (longest !== null && receipt.completionUnits > longest)
    return `it bills ${receipt.completionUnits} units of answer, at most ${longest} were delivered`;
  return undefined;
};

/** Checks the units of a checked receipt. Throws `BUYER_UNTRUSTED` for a lie. */
const checkUnits = async (
  context: BuyerContext,
  sent: SentRequest,
  receipt: Receipt,
  content: Content,
  signed: SignedBytes,
): Promise<void> => {
  const counter = await counterFor(context, sent);
  const fault = counter && unitsFault(receipt, sent, content, counter);
  if (fault !== undefined) await mistrust(context, sent, fault, signed);
  const excess = counter ? undefined : unitsExcess(receipt, sent, content);
  const { node, stack, requestId } = sent;
  if (excess !== undefined) context.emit({ kind: 'excess', node, stack, requestId, why: excess });
};

const chainFault = (receipt: Receipt, bytes: Uint8Array, near: readonly JournalReceipt[]): string | undefined => {
  if (receipt.index === 0n && !equalBytes(receipt.previous, noPreviousReceipt()))
    return 'the first receipt names a predecessor';
  for (const other of near) {
    const pair = compareRead(
      { bytes, receipt },
      { bytes: other.receipt, receipt: receiptLayout.decode(other.receipt) },
    );
    if (pair === 'equivocation') return `two receipts carry index ${receipt.index}`;
    if (pair === 'brokenChain') return `it does not follow from the receipt with index ${other.index}`;
  }
  return undefined;
};

const whyOf = (error: unknown): string =>
  isAtomaError(error) ? String(error.details.why ?? error.message) : String(error);

/** Remembers the fault, stops using the node, and throws `BUYER_UNTRUSTED`. */
export const mistrust = async (
  context: BuyerContext,
  sent: Pick<SentRequest, 'node' | 'stack' | 'requestId' | 'envelopeBytes'>,
  why: string,
  proof: SignedBytes | null,
  other?: JournalReceipt,
): Promise<never> => {
  const payload = JSON.stringify({
    request_id: sent.requestId,
    why,
    envelope: toBase64(sent.envelopeBytes),
    ...(proof ? { answer: toBase64(proof.bytes), signature: toBase64(proof.signature) } : {}),
    ...(other ? { other: toBase64(other.receipt), other_signature: toBase64(other.signature) } : {}),
  });
  const { stack, node } = sent;
  // Both begin now: no request goes to the node any more.
  await Promise.all([
    context.journal.addEvidence({ stack, node, kind: 'receipt', payload, atMs: context.now() }),
    context.book.mistrust(node, why),
  ]);
  context.emit({ kind: 'untrusted', node: sent.node, stack: sent.stack, why });
  throw buyerError('UNTRUSTED', { node: sent.node, why });
};

/** Addresses whose signature counts on a stack: the one its node had at purchase. */
const signersOf = async (context: BuyerContext, stack: bigint): Promise<readonly string[]> => {
  const address = await context.directory.stackSigner(stack);
  return address === undefined ? [] : [address];
};

/** Checks a receipt against everything the buyer knows. `content` is left out when the answer is not at hand. */
export const checkReceipt = async (
  context: BuyerContext,
  sent: SentRequest,
  signed: SignedBytes,
  content: Content | undefined,
): Promise<Receipt> => {
  let receipt: Receipt;
  try {
    receipt = await verifyReceipt({
      envelope: sent.envelope,
      envelopeBytes: sent.envelopeBytes,
      receipt: signed,
      nodeAddresses: await signersOf(context, sent.stack),
      stackUnits: sent.stackUnits,
      ...(sent.sealed ? { secrets: sent.sealed.secrets, enclaveKey: sent.sealed.enclaveKey } : {}),
      ...(content ? { content } : {}),
    });
  } catch (error) {
    if (isAtomaError(error) && error.code.startsWith('WIRE_')) return mistrust(context, sent, whyOf(error), signed);
    throw error;
  }
  if (content) await checkUnits(context, sent, receipt, content, signed);
  const near = await context.journal.neighbours(sent.stack, Number(receipt.index));
  const broken = chainFault(receipt, signed.bytes, near);
  if (broken !== undefined) return mistrust(context, sent, broken, signed, near[0]);
  return receipt;
};

/** Checks a refusal; undefined when it is not a valid one, and thus no promise. */
export const checkRefusal = async (
  context: BuyerContext,
  sent: SentRequest,
  refusal: SignedBytes,
): Promise<Refusal | undefined> => {
  try {
    const nodeAddresses = await signersOf(context, sent.stack);
    return await verifyRefusal({ envelope: sent.envelope, envelopeBytes: sent.envelopeBytes, nodeAddresses, refusal });
  } catch (error) {
    if (isAtomaError(error) && error.code.startsWith('WIRE_')) return undefined;
    throw error;
  }
};

/** 32 hex digits of an envelope's id. */
export const requestIdOf = (envelope: Envelope): string => idText(envelope.requestId);
