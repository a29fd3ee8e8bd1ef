/** The leaf list a node gives for a settled stack, held against the commitment on chain and the buyer's own receipts. */
import { toHex } from '@atoma/base';
import { type HistoryEntry, parseHistory } from '../../commitment/history.ts';
import { type InputEntry, openInputsHash } from '../../commitment/inputs.ts';
import { computeStackProof } from '../../commitment/proof.ts';
import { equalBytes } from '../../values/bytes.ts';
import { parseBytes32Sync } from '../../values/bytes32.ts';
import { receiptLayout } from '../../wire/messages.ts';
import type { BuyerContext } from '../context.ts';
import { inquire } from '../inquiry.ts';
import type { JournalReceipt } from '../journal/types.ts';

/**
 * `holds`: the list gives the commitment and has every receipt in its place; `lacks`: it is the list the settlement names on chain, or
 * gives its commitment, and contradicts a receipt: proof that the settlement is wrong; `unknown`: the node does not answer, or its
 * list is another one, which proves nothing.
 */
export type LeafFinding = 'holds' | 'lacks' | 'unknown';

/** A settlement the list is held against. */
export interface SettledStack {
  readonly stack: bigint;
  readonly node: bigint;
  readonly attesters: number;
  readonly claimed: bigint;
  readonly committedStackProof: Uint8Array;
  /** T; null where the settlement names none. */
  readonly inputs: Uint8Array | null;
}

const hasReceipt = (leaves: readonly HistoryEntry[], { index, receipt }: JournalReceipt): boolean => {
  const { requestHash, contentHash, units } = receiptLayout.decode(receipt);
  const leaf = leaves[index];
  return (
    leaf !== undefined &&
    leaf.units === units &&
    equalBytes(leaf.requestHash, requestHash) &&
    equalBytes(leaf.contentHash, contentHash)
  );
};

/** Judges a leaf list. */
export const judgeLeaves = (
  leaves: readonly HistoryEntry[],
  settled: Omit<SettledStack, 'node' | 'inputs'>,
  receipts: readonly JournalReceipt[],
): LeafFinding => {
  const { stack: stackSmallId, attesters, claimed, committedStackProof } = settled;
  const proof = computeStackProof({ history: { leaves }, stackSmallId, attesters });
  if (proof.units !== claimed || !equalBytes(proof.committedStackProof, committedStackProof)) return 'unknown';
  return receipts.every((receipt) => hasReceipt(leaves, receipt)) ? 'holds' : 'lacks';
};

/** Entries of the list, if they are those the settlement named on chain (T). */
const boundEntries = async (leaves: unknown, inputs: Uint8Array | null): Promise<readonly InputEntry[] | null> => {
  if (inputs === null || !Array.isArray(leaves)) return null;
  const list = await openInputsHash();
  const entries = leaves.map((each: Record<string, unknown>): InputEntry => {
    const entry = {
      requestHash: parseBytes32Sync(String(each.request_hash)),
      units: BigInt(String(each.units)),
      cut: Array.isArray(each.cut) ? each.cut.map(Number) : null,
      blind: parseBytes32Sync(String(each.blind)),
    };
    list.add(entry);
    return entry;
  });
  return equalBytes(list.finish(), inputs) ? entries : null;
};

/** Whether the list on chain contradicts a receipt: another number of units, or no row for it. */
const contradicts = (entries: readonly InputEntry[], receipts: readonly JournalReceipt[]): boolean => {
  const units = new Map(entries.map((entry) => [toHex(entry.requestHash), entry.units]));
  return receipts.some(({ receipt }) => {
    const said = receiptLayout.decode(receipt);
    return units.get(toHex(said.requestHash)) !== said.units;
  });
};

/** The list of a settlement, from whoever gave it. */
export interface LeafList {
  readonly finding: LeafFinding;
  /** The rows the settlement named on chain; null where they cannot be had. */
  readonly entries: readonly InputEntry[] | null;
}

const nothing: LeafList = { finding: 'unknown', entries: null };

/** Asks one node; an answer that cannot be read is none. */
const ask = async (
  context: BuyerContext,
  { stack }: SettledStack,
  node: bigint,
  what: 'leaves' | 'inputs',
  read: (json: Readonly<Record<string, unknown>>) => Promise<LeafList>,
): Promise<LeafList> => {
  try {
    const { status, json } = await inquire(context, { node, stack, path: `/v1/stacks/${stack}/${what}` });
    return status === 200 ? await read(json) : nothing;
  } catch {
    return nothing;
  }
};

/**
 * Asks the node for its list, then `holders`, nodes that check the stack: a node may keep its list from its buyer alone, and loses where it keeps
 * it from those who check it. T binds the bytes, so any of them will do.
 */
export const checkLeaves = async (
  context: BuyerContext,
  settled: SettledStack,
  holders: readonly bigint[],
): Promise<LeafList> => {
  const { stack, node, inputs } = settled;
  const receipts = await context.journal.listReceipts(stack);
  const own = await ask(context, settled, node, 'leaves', async (json) => {
    const { leaves } = parseHistory(JSON.stringify({ leaves: json.leaves }));
    const entries = await boundEntries(json.leaves, inputs);
    const finding = entries && contradicts(entries, receipts) ? 'lacks' : judgeLeaves(leaves, settled, receipts);
    return { finding, entries };
  });
  if (own.entries !== null || inputs === null) return own;
  for (const holder of holders) {
    const { entries } = await ask(context, settled, holder, 'inputs', async (json) => ({
      finding: 'unknown',
      entries: await boundEntries(json.inputs, inputs),
    }));
    if (entries) return { entries, finding: contradicts(entries, receipts) ? 'lacks' : own.finding };
  }
  return own;
};
