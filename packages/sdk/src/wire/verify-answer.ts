/** What a buyer checks before it trusts an answer. */
import { toHex } from '@atoma/base';
import { workHash } from '../commitment/work.ts';
import { equalBytes } from '../values/bytes.ts';
import { type Content, contentHash } from './content.ts';
import {
  type Envelope,
  type Receipt,
  type Refusal,
  receiptHash,
  receiptLayout,
  refusalLayout,
  requestHash,
} from './messages.ts';
import { blindContentHash } from './sealed/blind.ts';
import type { RequestSecrets } from './sealed/inner.ts';
import { receiptSigners } from './sealed/pair.ts';
import { parseSignature, verifyPersonalMessage } from './signature.ts';
import { chargedUnits } from './units.ts';
import { wireError } from './wire-errors.ts';

/** A signed message: its bytes and the serialized Sui signature. */
export interface SignedBytes {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  /** Of a receipt: digest of the steps of the work, where the node shows it beside. 32 bytes. */
  readonly work?: Uint8Array;
}

/** What {@link verifyReceipt} compares. */
export interface VerifyReceiptParameters {
  readonly envelope: Envelope;
  /** The envelope as it was sent. */
  readonly envelopeBytes: Uint8Array;
  readonly receipt: SignedBytes;
  /** Addresses the node's receipts may be signed by (its address history on chain). */
  readonly nodeAddresses: readonly string[];
  /** What was delivered; left out when only the receipt is at hand. */
  readonly content?: Content;
  /** Of a sealed request: its receipt covers the content behind a blind. */
  readonly secrets?: RequestSecrets;
  /** Of a sealed request: the environment's key, which must have signed the receipt beside the wallet. */
  readonly enclaveKey?: Uint8Array;
  /** Units of the stack: cumulative never exceeds them. */
  readonly stackUnits?: bigint;
}

const failing =
  (requestId: Uint8Array) =>
  (why: string): never => {
    throw wireError('RECEIPT', { requestId: toHex(requestId), why });
  };

const boundFields = ['chainId', 'packageId', 'requestId'] as const;

const checkBinding = (
  envelope: Envelope,
  envelopeBytes: Uint8Array,
  answer: Receipt | Refusal,
  fail: (why: string) => never,
): void => {
  for (const field of boundFields)
    if (!equalBytes(answer[field], envelope[field])) fail(`its ${field} is not the request's`);
  if (answer.stack !== envelope.stack) fail('it names another stack');
  if (answer.node !== envelope.node) fail('it names another node');
  if (!equalBytes(answer.requestHash, requestHash(envelopeBytes))) fail('it answers another request');
};

const checkSigner = async (
  signed: SignedBytes,
  nodeAddresses: readonly string[],
  fail: (why: string) => never,
): Promise<void> => {
  const parsed = parseSignature(signed.signature);
  if (!nodeAddresses.includes(parsed.address)) fail(`it is signed by ${parsed.address}, not by the node`);
  if (!(await verifyPersonalMessage(signed.bytes, parsed))) fail('its signature is not valid');
};

const hashFor = ({ secrets, receipt }: VerifyReceiptParameters, content: Content): Uint8Array =>
  secrets ? blindContentHash(secrets, content) : workHash(contentHash(content), receipt.work ?? null);

const checkSigners = async (
  { receipt: { bytes, signature }, nodeAddresses, enclaveKey }: VerifyReceiptParameters,
  fail: (why: string) => never,
): Promise<void> => {
  const signers = await receiptSigners(bytes, signature);
  if (!signers) return fail('its signature is not valid');
  if (!nodeAddresses.includes(signers.address)) fail(`it is signed by ${signers.address}, not by the node`);
  if (enclaveKey && !(signers.enclaveKey && equalBytes(signers.enclaveKey, enclaveKey)))
    fail('it is not signed inside the attested environment');
};

/** Checks a receipt against the request, the node's key and what was delivered. Throws `WIRE_RECEIPT`. */
export const verifyReceipt = async (p: VerifyReceiptParameters): Promise<Receipt> => {
  const fail = failing(p.envelope.requestId);
  const receipt = receiptLayout.decode(p.receipt.bytes);
  await checkSigners(p, fail);
  checkBinding(p.envelope, p.envelopeBytes, receipt, fail);
  if (receipt.units !== chargedUnits(receipt.promptUnits, receipt.completionUnits, p.envelope.maxUnits))
    fail('its units do not follow from the measured units and max_units');
  if (p.content && !equalBytes(receipt.contentHash, hashFor(p, p.content))) fail('it covers another answer');
  if (p.stackUnits !== undefined && receipt.cumulativeUnits > p.stackUnits) fail('it bills more than the stack holds');
  return receipt;
};

/** Checks a refusal against the request and the node's key. Throws `WIRE_RECEIPT`. */
export const verifyRefusal = async (
  p: Pick<VerifyReceiptParameters, 'envelope' | 'envelopeBytes' | 'nodeAddresses'> & { readonly refusal: SignedBytes },
): Promise<Refusal> => {
  const fail = failing(p.envelope.requestId);
  const refusal = refusalLayout.decode(p.refusal.bytes);
  await checkSigner(p.refusal, p.nodeAddresses, fail);
  checkBinding(p.envelope, p.envelopeBytes, refusal, fail);
  return refusal;
};

/** How two receipts of one stack stand to each other. */
export type ReceiptPair = 'consistent' | 'equivocation' | 'brokenChain';

/** A receipt as it is encoded, and what it says. */
export interface ReadReceipt {
  readonly bytes: Uint8Array;
  readonly receipt: Receipt;
}

/** {@link compareReceipts} of receipts that were decoded. */
export const compareRead = (a: ReadReceipt, b: ReadReceipt): ReceiptPair => {
  if (a.receipt.index === b.receipt.index) return equalBytes(a.bytes, b.bytes) ? 'consistent' : 'equivocation';
  const [{ receipt: first, bytes }, { receipt: next }] = a.receipt.index < b.receipt.index ? [a, b] : [b, a];
  const neighbours = next.index === first.index + 1n;
  const grows = first.cumulativeUnits + next.units;
  const sums = neighbours ? next.cumulativeUnits === grows : next.cumulativeUnits >= grows;
  const chains = !neighbours || equalBytes(next.previous, receiptHash(bytes));
  return sums && chains ? 'consistent' : 'brokenChain';
};

/**
 * Compares two receipts of one stack, given in any order: two different ones with one index are equivocation; neighbours
 * must chain by `previous`; the cumulative units must grow by at least the later one's units.
 */
export const compareReceipts = (a: Uint8Array, b: Uint8Array): ReceiptPair =>
  compareRead({ bytes: a, receipt: receiptLayout.decode(a) }, { bytes: b, receipt: receiptLayout.decode(b) });
