/** The two ways an authenticated request ends: a signed receipt with its answer, or a signed refusal. */
import { fromHex } from '@atoma/base';
import {
  headerNames,
  RECEIPT_CUT,
  type Receipt,
  receiptHash,
  receiptLayout,
  refusalLayout,
  SEALED_TYPE,
  toBase64,
} from '@atoma/sdk';
import type { Channel } from '../confidential/channel.ts';
import type { NodeContext } from '../context.ts';
import type { ReceiptPlace, RefusalRecord, RequestInput, RequestRow, StoredResponse } from '../store/types.ts';
import type { AnswerHead } from './answer.ts';
import type { Authenticated } from './authenticate.ts';
import { type Problem, problem, problemJson, problems } from './problem.ts';
import type { Measured } from './produce.ts';
import { DONE, receiptEvent, type ShownReceipt, withReceipt } from './render.ts';
import { type SealedOutput, sealedProblem } from './sealed.ts';

/** The ledger's view of a request. */
export const requestInput = (auth: Authenticated, now: number): RequestInput => ({
  stack: auth.envelope.stack,
  requestId: auth.requestId,
  requestHash: auth.requestHash,
  envelope: auth.envelopeBytes,
  signature: auth.signature.serialized,
  authority: auth.entitlement.authority,
  badgeVersion: auth.entitlement.badgeVersion,
  body: auth.body,
  now,
});

const bytesOf = (requestId: string): Uint8Array => fromHex(requestId) as Uint8Array;

/** Signs the receipt of a request for the place the ledger gives it. */
export const receiptSigner =
  (
    node: NodeContext,
    request: { stack: bigint; requestId: string },
    measured: Measured,
    contentHash: Uint8Array,
    cut: boolean,
    now: number,
    sealed: boolean,
  ) =>
  (place: ReceiptPlace) => {
    const receipt: Receipt = {
      chainId: node.identity.chainId,
      packageId: node.identity.packageId,
      stack: request.stack,
      node: node.identity.node,
      index: BigInt(place.index),
      requestId: bytesOf(request.requestId),
      requestHash: place.requestHash,
      contentHash,
      promptUnits: measured.prompt,
      completionUnits: measured.completion,
      units: measured.units,
      cumulativeUnits: place.cumulative,
      previous: place.previous,
      timestampMs: BigInt(now),
      flags: cut ? RECEIPT_CUT : 0,
    };
    const bytes = receiptLayout.encode(receipt);
    const wallet = node.identity.signer.sign(bytes);
    const signature = sealed ? (node.confidential as Channel).cosign(bytes, wallet) : wallet;
    return { receipt: bytes, signature, hash: receiptHash(bytes) };
  };

/** Headers that carry a receipt. */
const receiptHeaders = (shown: ShownReceipt, units: bigint): Record<string, string> => ({
  [headerNames.receipt]: toBase64(shown.receipt),
  [headerNames.receiptSignature]: toBase64(shown.signature),
  ...(shown.workDigest ? { [headerNames.work]: toBase64(shown.workDigest) } : {}),
  [headerNames.units]: String(units),
});

/** A whole answer with its receipt. */
export const committedHead = (
  requestId: string,
  response: StoredResponse,
  committed: ShownReceipt,
  units: bigint,
  extra: Readonly<Record<string, string>> = {},
): AnswerHead => {
  if (response.contentType === SEALED_TYPE) return sealedHead(requestId, response.body);
  return {
    status: response.status,
    contentType: response.contentType,
    headers: {
      [headerNames.requestId]: requestId,
      ...receiptHeaders(committed, units),
      ...extra,
    },
    body: response.streamed
      ? Buffer.concat([response.body, Buffer.from(receiptEvent(committed) + DONE)])
      : withReceipt(response.body, response.contentType, committed),
  };
};

/** A sealed answer from outside: always the same head, whatever is inside. */
const sealedHead = (requestId: string, body: Uint8Array): AnswerHead => ({
  status: 200,
  contentType: SEALED_TYPE,
  headers: { [headerNames.requestId]: requestId },
  body,
});

/** An error answer, with its refusal when there is one. */
export const problemHead = (problem: Problem, requestId: string | null, refused?: RefusalRecord): AnswerHead => ({
  status: refused?.status ?? problems[problem.code].status,
  contentType: 'application/json',
  headers: {
    ...(requestId === null ? {} : { [headerNames.requestId]: requestId }),
    ...(problem.retryAfterSeconds === null ? {} : { 'retry-after': String(problem.retryAfterSeconds) }),
    ...(refused
      ? {
          [headerNames.refusal]: toBase64(refused.refusal),
          [headerNames.refusalSignature]: toBase64(refused.signature),
        }
      : {}),
  },
  body: Buffer.from(refused?.problem ?? JSON.stringify(problemJson(problem, requestId))),
});

/** A stored refusal as an answer. */
export const refusedHead = (requestId: string, refused: RefusalRecord): AnswerHead => {
  const sealed = sealedProblem(refused.problem);
  if (sealed) return sealedHead(requestId, sealed);
  return {
    status: refused.status,
    contentType: 'application/json',
    headers: {
      [headerNames.requestId]: requestId,
      [headerNames.refusal]: toBase64(refused.refusal),
      [headerNames.refusalSignature]: toBase64(refused.signature),
    },
    body: Buffer.from(refused.problem),
  };
};

/** Signs a refusal and stores it; the request can then never be billed. Returns the row as it stands. */
export const refuseRequest = async (
  node: NodeContext,
  auth: Authenticated,
  problem: Problem,
  reason: 'refused' | 'engine',
  sealed: SealedOutput | null,
): Promise<RequestRow> => {
  const now = node.now();
  const refusal = refusalLayout.encode({
    chainId: node.identity.chainId,
    packageId: node.identity.packageId,
    stack: auth.envelope.stack,
    node: node.identity.node,
    requestId: auth.envelope.requestId,
    requestHash: auth.requestHash,
    code: problem.code,
    timestampMs: BigInt(now),
  });
  const record: RefusalRecord = {
    problem: JSON.stringify(problemJson(problem, auth.requestId)),
    status: problems[problem.code].status,
    refusal,
    signature: node.identity.signer.sign(refusal),
  };
  return node.store.refuse(requestInput(auth, now), sealed?.problem(record) ?? record, reason);
};

/** What the ledger answers for a row that is finished. */
export const replayHead = async (node: NodeContext, row: RequestRow): Promise<AnswerHead | undefined> => {
  if (row.refused) return refusedHead(row.requestId, row.refused);
  if (row.state !== 'committed' || row.receipt === null || row.receiptSignature === null) return undefined;
  const response = await node.store.findResponse(row.stack, row.requestId);
  const units = row.units as bigint;
  const shown = { receipt: row.receipt, signature: row.receiptSignature, workDigest: row.workDigest };
  if (response) return committedHead(row.requestId, response, shown, units);
  const { status, body } = problemHead(problem('response_expired'), row.requestId);
  const headers = {
    [headerNames.requestId]: row.requestId,
    ...receiptHeaders(shown, units),
  };
  return { status, contentType: 'application/json', headers, body };
};
