/**
 * The messages between buyers and nodes, and how both read them.
 * @module @atoma/sdk/wire
 */
export { answerContent, type ChoiceCollector, collectChoices, collectStream } from './answer-content.ts';
export {
  type Content,
  type ContentChoice,
  type ContentToolCall,
  contentBytes,
  contentHash,
  contentKinds,
  float32Bytes,
  normalFloat32Bytes,
} from './content.ts';
export { countPieces, profileCounters, textPieces, type UnitCounter, utf8Bytes } from './counters.ts';
export {
  CHAT,
  completionKind,
  type Endpoint,
  endpointOfRole,
  endpointRoles,
  endpoints,
  faceRoles,
  unservedRoles,
} from './endpoints.ts';
export { errorType } from './error-type.ts';
export { decodeBase64, fromBase64, headerNames, RECEIPT_EVENT, toBase64 } from './headers.ts';
export { array, isRecord, type Json, record, text } from './json.ts';
export { type JsonObject, MAX_JSON_DEPTH, type ReadJson, readJsonObject } from './json-body.ts';
export type { Layout } from './layout.ts';
export {
  type AddressProof,
  addressLayout,
  type Envelope,
  envelopeLayout,
  HANDOFF_BYTES,
  type Handoff,
  handoffLayout,
  type Inquiry,
  inquiryLayout,
  MAX_ENDPOINT_BYTES,
  MAX_ENVELOPE_BYTES,
  MAX_MODEL_BYTES,
  MAX_PATH_BYTES,
  MAX_URL_BYTES,
  noPreviousReceipt,
  RECEIPT_BYTES,
  RECEIPT_CUT,
  type Receipt,
  type Refusal,
  receiptHash,
  receiptLayout,
  refusalLayout,
  requestHash,
} from './messages.ts';
export { codeSet, type ProblemCode, problemCodes, type Retryable, retryables } from './problem-codes.ts';
export {
  type AnswerOpener,
  type AnswerSealer,
  createAnswerOpener,
  createAnswerSealer,
} from './sealed/answer.ts';
export { blindContentHash } from './sealed/blind.ts';
export { type ChannelKeyRecord, channelKeyLayout, channelKid } from './sealed/channel-key.ts';
export {
  type Binding,
  bindingLayout,
  documentLayout,
  EVIDENCE_NONCE_BYTES,
  type EvidenceDocument,
  type EvidenceJudge,
  type EvidenceKindName,
  type EvidenceQuestion,
  type EvidenceVerdict,
  enclaveKeyHash,
  evidenceHash,
  evidenceKinds,
  gpuHash,
  gpuNonce,
  isEvidenceDocument,
  MAX_DOCUMENT_BYTES,
  readDocument,
  reportData,
  signRaw,
  verifyRaw,
} from './sealed/evidence.ts';
export { type Frame, type FrameType, frameTypes } from './sealed/frame.ts';
export { type KeyPair, makeX25519, rawPublic } from './sealed/hpke.ts';
export {
  type InnerRequest,
  type RequestSecrets,
  SEALED_TYPE,
  type SealRequestParameters,
  sealedEnc,
  sealedKid,
  type UnsealedEnvelope,
  unitsClass,
} from './sealed/inner.ts';
export { pairSignatures, type ReceiptSigners, receiptSigners } from './sealed/pair.ts';
export { openSealedRequest, sealRequest } from './sealed/request.ts';
export {
  type MessageSigner,
  messageSigner,
  type ParsedSignature,
  parseSignature,
  personalMessageDigest,
  type Scheme,
  signMessage,
  verifyEd25519,
  verifyPersonalMessage,
} from './signature.ts';
export {
  createSigningFetch,
  type SealedSignedRequest,
  type SignedRequest,
  type SigningFetchParameters,
  type SignRequestParameters,
  signRequest,
  signSealedRequest,
} from './signing-fetch.ts';
export { soundUnits, soundUpperBound } from './sound.ts';
export { createSseByteReader, createSseReader, type SseBlock, sseBlocks } from './sse.ts';
export {
  answerUpperBound,
  audioUnits,
  chargedUnits,
  derivedSeed,
  type EffectiveMaxParameters,
  effectiveMax,
  generatedTexts,
  hasMedia,
  IMAGE_PART_UNITS,
  imageUnits,
  isMediaPart,
  MESSAGE_OVERHEAD_UNITS,
  parseImageSize,
  promptUpperBound,
  speechUnits,
} from './units.ts';
export {
  compareReceipts,
  type ReceiptPair,
  type SignedBytes,
  type VerifyReceiptParameters,
  verifyReceipt,
  verifyRefusal,
} from './verify-answer.ts';
export { wireError } from './wire-errors.ts';
