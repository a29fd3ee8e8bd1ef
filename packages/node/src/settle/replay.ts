/** Running a stack's requests again, for attesters and jurors of level 1; reading receipts, for jurors of the other levels. */
import type { History, HistoryEntry } from '@atoma/sdk';
import { chargedUnits } from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { planRequest } from '../serve/plan.ts';
import { isProblem } from '../serve/problem.ts';
import { closeChoices, createProduct, measureProduct, productHash, takeEvent } from '../serve/produce.ts';
import { bodyMediaType } from '../serve/transcript.ts';
import type { ValidRow } from './verify-rows.ts';

/** What a stack's requests are planned with. */
export interface ReplayTask {
  readonly role: number;
  readonly model: string;
}

const replayRow = async (engines: EngineSet, task: ReplayTask, valid: ValidRow): Promise<HistoryEntry | undefined> => {
  const { envelope, row } = valid;
  const plan = await planRequest(engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: valid.requestHash,
    body: row.body,
    contentType: bodyMediaType(row.body),
    task,
  });
  if (isProblem(plan)) return undefined;
  const frame = { id: '', created: 0, model: envelope.model, chat: true, includeUsage: false };
  const product = createProduct(plan, frame);
  const limit = { ...plan.limit, cut: row.cut };
  const signal = new AbortController().signal;
  for await (const event of plan.served.engine.run({ ...plan.request, stream: false }, limit, signal))
    takeEvent(product, event);
  product.complete = row.cut === null;
  closeChoices(product, 'stop');
  const { units } = await measureProduct(product);
  return { requestHash: valid.requestHash, contentHash: productHash(product), units };
};

/** The history as an engine of the same profile produces it. A row that cannot be planned is dropped, as it was never charged. */
export const replayHistory = async (
  engines: EngineSet,
  task: ReplayTask,
  rows: readonly ValidRow[],
): Promise<History> => {
  const leaves: HistoryEntry[] = [];
  for (const valid of rows) {
    const leaf = await replayRow(engines, task, valid);
    if (leaf) leaves.push(leaf);
  }
  return { leaves };
};

/** The history as the accused's own receipts tell it. A row without receipt is dropped. */
export const receiptHistory = (rows: readonly ValidRow[]): History => ({
  leaves: rows.flatMap(({ receipt, requestHash, envelope }) =>
    receipt
      ? [{ requestHash, contentHash: receipt.contentHash, units: chargedUnits(receipt.units, 0n, envelope.maxUnits) }]
      : [],
  ),
});
