/** Which transactions created, changed or removed an object. */
import type { Atoma } from '../context/atoma.ts';
import { toAtomaError } from '../failures/network.ts';
import { parseObjectId } from '../values/ids.ts';

/** Which of them. */
export interface ObjectTransactionsParameters {
  readonly objectId: string;
  /** At most this many. Default 50, which is also the most some servers give. */
  readonly limit?: number;
  /** Cursor of the page before. */
  readonly before?: Uint8Array;
}

/** A page of them, newest first. */
export interface ObjectTransactions {
  readonly digests: readonly string[];
  /** Pass as `before` to go on; null: there are no more. */
  readonly cursor: Uint8Array | null;
}

const LIMIT = 50;
/** `Ordering.DESCENDING` of the protocol. */
const DESCENDING = 1;
/** `QueryEndReason.ITEM_LIMIT` and `SCAN_LIMIT`: there may be more behind them. */
const MORE: ReadonlySet<number> = new Set([1, 2]);

/** Transactions of an object, newest first; also of one that is gone. */
export const listObjectTransactions = async (
  atoma: Atoma,
  { objectId, limit = LIMIT, before }: ObjectTransactionsParameters,
): Promise<ObjectTransactions> => {
  const affectedObject = { objectId: parseObjectId(objectId) };
  const call = atoma.client.ledgerService.listTransactions({
    readMask: { paths: ['digest'] },
    filter: { terms: [{ literals: [{ negated: false, predicate: { oneofKind: 'affectedObject', affectedObject } }] }] },
    options: { limit, ordering: DESCENDING, ...(before ? { before } : {}) },
  });
  const digests: string[] = [];
  let cursor: Uint8Array | null = null;
  try {
    for await (const { transaction, watermark, end } of call.responses) {
      if (transaction?.digest) digests.push(transaction.digest);
      if (end) cursor = MORE.has(end.reason ?? 0) ? (watermark?.cursor ?? null) : null;
    }
  } catch (error) {
    throw toAtomaError(error, atoma.deployment.network);
  }
  return { digests, cursor };
};
