import type { Journal, JournalRequest } from '@atoma/sdk';

/** Receipts of a journal, newest first. */
export const receiptRows = async (
  journal: Journal | undefined,
  stack: bigint | undefined,
  limit: number,
): Promise<readonly JournalRequest[]> =>
  (await journal?.listRequests({ stages: ['receipt'], limit, ...(stack === undefined ? {} : { stack }) })) ?? [];

/** Receipts as JSON fields. */
export const receiptsData = (rows: readonly JournalRequest[]) => ({
  receipts: rows.map((row) => ({
    stack_small_id: Number(row.stack),
    index: row.index,
    request_id: row.requestId,
    endpoint: row.endpoint,
    model: row.model,
    units: row.units,
    cumulative: row.cumulative,
    time_ms: row.finishedMs,
  })),
});
