/** Records that are not rows of one table as they are. */
import type { SqlRow } from '@atoma/base';
import type { LeafRow, RequestRow, StackRow } from '../types.ts';
import { requests, stacks } from './tables.ts';

/** A stack, with nothing under way. */
export const toStack = (row: SqlRow): StackRow => {
  const { closedMs: _, ...stack } = stacks.read(row);
  return { ...stack, reserved: 0n };
};

/** A request. */
export const toRequest = (row: SqlRow): RequestRow => {
  const { id: _, refusal, refusalSignature, refusalStatus, refusalProblem, ...request } = requests.read(row);
  const refused =
    refusal !== null && refusalSignature !== null && refusalStatus !== null && refusalProblem !== null
      ? { refusal, signature: refusalSignature, status: refusalStatus, problem: refusalProblem }
      : null;
  return { ...request, refused };
};

/** A committed request as a leaf of the history. */
export const toLeaf = (row: SqlRow): LeafRow => {
  const { leafIndex, requestId, requestHash, contentHash, units, envelope, signature, authority, ...rest } =
    requests.read(row);
  const { badgeVersion, cut, receipt, receiptSignature, workDigest, traceHash } = rest;
  const always = { requestId, requestHash, envelope, signature, authority, badgeVersion, cut, workDigest, traceHash };
  // A committed request has them: the table checks it.
  return { ...always, index: leafIndex, contentHash, units, receipt, receiptSignature } as LeafRow;
};
