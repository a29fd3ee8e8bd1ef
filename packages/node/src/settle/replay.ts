/** Running a stack's requests again, for attesters and jurors of level 1; reading receipts, for jurors of the other levels. */
import { chargedUnits, envelopeLayout, type HistoryEntry, requestHash, type StackProofBuilder } from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { planRequest } from '../serve/plan.ts';
import { closeChoices, createProduct, measureProduct, productHash, takeEvent } from '../serve/produce.ts';
import { bodyMediaType, type TranscriptRow } from '../serve/transcript.ts';
import type { RowNote } from './verify-rows.ts';

/** What a stack's requests are planned with. */
export interface ReplayTask {
  readonly role: number;
  readonly model: string;
}

const replayRow = async (
  engines: EngineSet,
  task: ReplayTask,
  row: TranscriptRow,
): Promise<HistoryEntry | undefined> => {
  const envelope = envelopeLayout.decode(row.envelope);
  const hash = requestHash(row.envelope);
  const planned = await planRequest(engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: hash,
    body: row.body,
    contentType: bodyMediaType(row.body),
    task: { ...task, level: 1 },
    remoteMedia: false,
  });
  if (planned.kind === 'problem') return undefined;
  const plan = planned.value;
  const frame = { id: '', created: 0, model: envelope.model, chat: true, includeUsage: false };
  const product = createProduct(plan, frame);
  const limit = { ...plan.limit, cut: row.cut };
  const signal = new AbortController().signal;
  for await (const event of plan.served.engine.run({ ...plan.request, stream: false }, limit, signal))
    takeEvent(product, event);
  product.complete = row.cut === null;
  closeChoices(product, 'stop');
  const { units } = await measureProduct(product);
  return { requestHash: hash, contentHash: productHash(product), units };
};

/**
 * Adds what an engine of the same profile produces for each row. A row that cannot be planned is dropped, as it was never charged.
 */
export const replayRows = async (
  engines: EngineSet,
  task: ReplayTask,
  rows: AsyncIterable<TranscriptRow> | Iterable<TranscriptRow>,
  builder: StackProofBuilder,
): Promise<void> => {
  for await (const row of rows) {
    const leaf = await replayRow(engines, task, row);
    if (leaf) builder.add(leaf);
  }
};

/** Adds what the accused's own receipts tell. A row without receipt is dropped. */
export const addReceipts = (notes: readonly RowNote[], builder: StackProofBuilder): void => {
  for (const { receipt, requestHash: hash, maxUnits } of notes)
    if (receipt)
      builder.add({
        requestHash: hash,
        contentHash: receipt.contentHash,
        units: chargedUnits(receipt.units, 0n, maxUnits),
      });
};
