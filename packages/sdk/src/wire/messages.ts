/** The six messages buyers and nodes sign. Layouts: envelope, receipt, refusal, handoff, inquiry, address. */
import { blake2b256 } from '@atoma/base';
import { layout, type RecordOf, raw, text, u8, u64 } from './layout.ts';

/** Longest endpoint path of an envelope, bytes. */
export const MAX_ENDPOINT_BYTES = 64;
/** Longest model name, bytes. */
export const MAX_MODEL_BYTES = 128;
/** Longest encoded envelope, bytes. */
export const MAX_ENVELOPE_BYTES = 355;
/** Every receipt has this many bytes. */
export const RECEIPT_BYTES = 257;
/** Longest path with query of an inquiry, bytes. */
export const MAX_PATH_BYTES = 512;
/** Longest announced URL, bytes. */
export const MAX_URL_BYTES = 256;

const isPath = (value: string): boolean => /^\/[\x21-\x7e]*$/.test(value) && !/[?#]/.test(value);

const envelopeFields = {
  /** Digest of the genesis checkpoint. */
  chainId: raw(32),
  /** First-published id of the market package. */
  packageId: raw(32),
  stack: u64,
  node: u64,
  /** Path only. */
  endpoint: text(MAX_ENDPOINT_BYTES),
  /** Equal to the body's `model`. */
  model: text(MAX_MODEL_BYTES),
  /** 16 bytes, unique for the stack. */
  requestId: raw(16),
  /** Buyer's clock, ms since 1970. */
  timestampMs: u64,
  /** Most compute units this request may cost. */
  maxUnits: u64,
  /** H of the raw body as sent. */
  bodyHash: raw(32),
} as const;

/** A billable request as its buyer signs it. */
export type Envelope = RecordOf<typeof envelopeFields>;

/** `atoma/request/v1`. */
export const envelopeLayout = layout({
  what: 'envelope',
  domain: 'atoma/request/v1',
  fields: envelopeFields,
  rule: (value) => {
    if (!isPath(value.endpoint)) return ['endpoint', 'it is not a path without query'];
    if (value.maxUnits < 1n) return ['maxUnits', 'it is 0'];
    return undefined;
  },
});

const receiptFields = {
  chainId: raw(32),
  packageId: raw(32),
  stack: u64,
  node: u64,
  /** Leaf index: place in the stack's history. */
  index: u64,
  requestId: raw(16),
  requestHash: raw(32),
  /** Hash of the work (`workHash`): of the content, and of the steps behind it where the engine shows them. */
  contentHash: raw(32),
  promptUnits: u64,
  completionUnits: u64,
  /** What the request costs: the sum of both, at most the envelope's max_units. */
  units: u64,
  cumulativeUnits: u64,
  /** H of the receipt before, zero for index 0. */
  previous: raw(32),
  /** Node's clock, ms since 1970. */
  timestampMs: u64,
  /** Bit 0: cut short by the client. */
  flags: u8,
} as const;

/** What a node signs for every request it charges. */
export type Receipt = RecordOf<typeof receiptFields>;

/** Flag bit 0 of a receipt. */
export const RECEIPT_CUT = 1;

/** `atoma/receipt/v1`. */
export const receiptLayout = layout({
  what: 'receipt',
  domain: 'atoma/receipt/v1',
  fields: receiptFields,
  rule: (value) => {
    if ((value.flags & ~RECEIPT_CUT) !== 0) return ['flags', 'an unknown bit is set'];
    if (value.units < 1n) return ['units', 'it is 0'];
    if (value.units > value.promptUnits + value.completionUnits) return ['units', 'it exceeds the measured units'];
    if (value.cumulativeUnits < value.units) return ['cumulativeUnits', 'it is below units'];
    return undefined;
  },
});

const refusalFields = {
  chainId: raw(32),
  packageId: raw(32),
  stack: u64,
  node: u64,
  requestId: raw(16),
  requestHash: raw(32),
  /** Error code of the answer. */
  code: text(64),
  timestampMs: u64,
} as const;

/** A node's promise that a request id is never billed. */
export type Refusal = RecordOf<typeof refusalFields>;

/** `atoma/refusal/v1`. */
export const refusalLayout = layout({
  what: 'refusal',
  domain: 'atoma/refusal/v1',
  fields: refusalFields,
  rule: (value) => (/^[a-z0-9_]+$/.test(value.code) ? undefined : ['code', 'it is not an error code']),
});

const handoffFields = {
  chainId: raw(32),
  packageId: raw(32),
  stack: u64,
  node: u64,
  /** Address of the next owner. */
  owner: raw(32),
  /** Rows of the stack so far. */
  rows: u64,
  /** Their units. */
  units: u64,
  /** Node's clock, ms since 1970. */
  timestampMs: u64,
} as const;

/**
 * A node's word on what is used of a stack when it changes hands: its first `rows` rows come to `units`, and of later ones it bills
 * only what `owner`, or somebody recorded as owner after it, has signed.
 */
export type Handoff = RecordOf<typeof handoffFields>;

/** Every handoff has this many bytes. */
export const HANDOFF_BYTES = 152;

/** `atoma/handoff/v1`. */
export const handoffLayout = layout({ what: 'handoff', domain: 'atoma/handoff/v1', fields: handoffFields });

const inquiryFields = {
  chainId: raw(32),
  packageId: raw(32),
  node: u64,
  stack: u64,
  /** Path with query. */
  path: text(MAX_PATH_BYTES),
  timestampMs: u64,
  nonce: raw(16),
  /** H of the body, zero for GET. */
  bodyHash: raw(32),
} as const;

/** An authenticated read, or upload of evidence. */
export type Inquiry = RecordOf<typeof inquiryFields>;

/** `atoma/inquiry/v1`. */
export const inquiryLayout = layout({
  what: 'inquiry',
  domain: 'atoma/inquiry/v1',
  fields: inquiryFields,
  rule: (value) =>
    /^\/[\x21-\x7e]*$/.test(value.path) && !value.path.includes('#') ? undefined : ['path', 'it is not a path'],
});

const addressFields = {
  chainId: raw(32),
  packageId: raw(32),
  node: u64,
  /** The announced URL; empty when none is announced. */
  url: text(MAX_URL_BYTES),
  /** Chosen by who asks. */
  nonce: raw(16),
} as const;

/** Proof that the daemon behind a URL holds the node's key. */
export type AddressProof = RecordOf<typeof addressFields>;

/** `atoma/address/v1`. */
export const addressLayout = layout({ what: 'address proof', domain: 'atoma/address/v1', fields: addressFields });

/** request_hash = H(envelope); 32 bytes. The signature is no part of it. */
export const requestHash = (envelope: Uint8Array): Uint8Array => blake2b256(envelope);

/** receipt_hash = H(receipt); 32 bytes, the next receipt's `previous`. */
export const receiptHash = (receipt: Uint8Array): Uint8Array => blake2b256(receipt);

/** `previous` of the receipt with index 0. */
export const noPreviousReceipt = (): Uint8Array => new Uint8Array(32);
