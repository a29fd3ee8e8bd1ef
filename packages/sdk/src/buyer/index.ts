/**
 * Buying and using compute units.
 * @module @atoma/sdk/buyer
 */

export type { UnitCounter } from '../wire/counters.ts';
export { type Buyer, type BuyerInternals, createBuyer, type WatchOptions } from './buyer.ts';
export { buyerError } from './buyer-errors.ts';
export type { ConfidentialPolicy } from './confidential/check.ts';
export { type LookParameters, lookAtEvidence, type ShownChannelKey, type ShownEvidence } from './confidential/look.ts';
export { type BuyerContext, ownerOf, wireIdsOf } from './context.ts';
export { checkHandoff, type GivenHandoff, type HandedStack } from './handoff.ts';
export { type OpenJournalParameters, openJournal } from './journal/sqlite.ts';
export type {
  Journal,
  JournalEvidence,
  JournalOutbox,
  JournalReceipt,
  JournalRequest,
  JournalStack,
  StackMeters,
  TagCharge,
} from './journal/types.ts';
export type { Measured } from './measured.ts';
export { independentOwners, type RatedOffer } from './offers.ts';
export { endpointOf, errorAnswer, type OpenAiOptions } from './openai.ts';
export {
  type BookOffer,
  independentNodes,
  type ModelProvider,
  measuredFields,
  modelList,
  type OfferedModel,
} from './order-book.ts';
export { plainEvent } from './plain-event.ts';
export { type Provider, type ProviderSort, quantizations } from './provider.ts';
export type { PurchasePlan, Want } from './purchase.ts';
export { type AuditReport, auditOffline, proveReceipt, type SeenSettlement, seenSettlement } from './receipts/audit.ts';
export { readMetered } from './receipts/fetch.ts';
export {
  type ExportedReceipt,
  exportReceipts,
  importReceipts,
  parseReceipts,
  type VerifiedReceipt,
  verifyReceipts,
} from './receipts/file.ts';
export { chainOf, historyOf, ownProof, type ReceiptChain, toJournalReceipt } from './receipts/history.ts';
export {
  createNodeLedgerReader,
  type NodeLeaf,
  type NodeLedger,
  type NodeLedgerReader,
} from './receipts/node-ledger.ts';
export type { RestoreReport } from './receipts/restore.ts';
export type { Terms } from './routing.ts';
export type { OwnStack } from './stack-book.ts';
export { checkedUrl, isPublicAddress, publicLookup } from './transport/address.ts';
export { createTransport, type NodeAnswer, type NodeRequest, type Transport } from './transport/http.ts';
export {
  type BuyerEvent,
  type BuyerParameters,
  type BuyerPolicy,
  type Caps,
  defaultCaps,
  defaultPolicy,
  type NodePolicy,
} from './types.ts';
export { disputeBond } from './watch/case.ts';
export { type Judgement, judgeSettlement, type SettlementView } from './watch/judge.ts';
export {
  defaultWatchPolicy,
  type SettlementFinding,
  type WatchPolicy,
  type WatchStep,
} from './watch/watchtower.ts';
export type { NodeProblem, Settled } from './work/attempt.ts';
export type { ParsedWork } from './work/bound.ts';
export type { Budget, SmallestStack } from './work/choose.ts';
export type { TaggedCharge, WorkAnswer, WorkRequest } from './work/course.ts';
export type { Deliver } from './work/deliver.ts';
export type { Annotation } from './work/relay.ts';
