/** HTTP headers of the market, lower case, and base64 as it is used in them: standard alphabet, padded, no line breaks. */

/** Header names. */
export const headerNames = {
  envelope: 'atoma-envelope',
  signature: 'atoma-signature',
  inquiry: 'atoma-inquiry',
  /** Digest of the purchase transaction: a hint. */
  purchase: 'atoma-purchase',
  receipt: 'atoma-receipt',
  receiptSignature: 'atoma-receipt-signature',
  /** Digest of the steps of the work that the receipt covers, where the engine shows them. */
  work: 'atoma-work',
  refusal: 'atoma-refusal',
  refusalSignature: 'atoma-refusal-signature',
  requestId: 'atoma-request-id',
  units: 'atoma-units',
  remaining: 'atoma-remaining',
  /** Milliseconds not spent in the engine. */
  overhead: 'atoma-overhead-ms',
  /** `1` when answered from the ledger. */
  replayed: 'atoma-replayed',
} as const;

/** Name of the event of a stream that carries the receipt. */
export const RECEIPT_EVENT = 'atoma.receipt';

/** Node's own way, which is several times faster; browsers have none. */
const nodeBuffer = globalThis.Buffer as typeof Buffer | undefined;

/** Base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string =>
  nodeBuffer
    ? nodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
    : btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

/** Bytes of base64, whatever its padding; none for what is no base64 at all. */
export const decodeBase64 = (text: string): Uint8Array => {
  if (nodeBuffer) return new Uint8Array(nodeBuffer.from(text, 'base64'));
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
};

/** Bytes of canonical base64 with padding; undefined for any other text. */
export const fromBase64 = (text: string): Uint8Array | undefined => {
  const bytes = decodeBase64(text);
  return toBase64(bytes) === text ? bytes : undefined;
};
