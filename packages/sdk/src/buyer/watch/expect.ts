/** What a buyer can expect a jury to find, from the list its node named on chain and its own receipts. */

import { createMerkleBuilder } from '../../commitment/builder.ts';
import { leafHash } from '../../commitment/hashes.ts';
import { type InputEntry, listFault, malformedRoot, receiptLeaf } from '../../commitment/inputs.ts';
import { receiptLayout } from '../../wire/messages.ts';
import type { JournalReceipt } from '../journal/types.ts';

/** Most receipts a dispute takes. */
const MAX_RECEIPTS = 8;

/** A settlement as the chain has it. */
export interface SettledUnits {
  readonly claimed: bigint;
  readonly bought: bigint;
  /** T. */
  readonly inputs: Uint8Array | null;
}

/** The case a buyer makes. */
export interface Expectation {
  /** Receipts to show: those that say something else than the list first. */
  readonly receipts: readonly JournalReceipt[];
  /** M of the jury, if every row has a receipt; null: it cannot be told. */
  readonly merkleRoot: Uint8Array | null;
}

const key = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');
const byUnits = (a: JournalReceipt, b: JournalReceipt): number => Number(b.units - a.units);

/** Makes the case. Without a list the dearest receipts are shown. */
export const expectation = (
  { claimed, bought, inputs }: SettledUnits,
  entries: readonly InputEntry[] | null,
  own: readonly JournalReceipt[],
): Expectation => {
  if (!entries) return { receipts: [...own].sort(byUnits).slice(0, MAX_RECEIPTS), merkleRoot: null };
  if (inputs && listFault(entries, claimed, bought) !== null)
    return { receipts: [], merkleRoot: malformedRoot(inputs) };
  const byHash = new Map(own.map((each) => [key(receiptLayout.decode(each.receipt).requestHash), each]));
  const rows = entries.map((entry) => ({ entry, receipt: byHash.get(key(entry.requestHash)) }));
  const against = rows.flatMap(({ entry, receipt }) => (receipt && receipt.units !== entry.units ? [receipt] : []));
  const others = [...own].sort(byUnits).filter((each) => !against.includes(each));
  const receipts = [...against, ...others].slice(0, MAX_RECEIPTS);
  const tree = createMerkleBuilder();
  for (const [index, { entry, receipt }] of rows.entries()) {
    if (!receipt) return { receipts, merkleRoot: null };
    const said = receiptLayout.decode(receipt.receipt);
    const shown = receipt.units !== entry.units && receipts.includes(receipt);
    tree.add(shown ? receiptLeaf(index, said) : leafHash({ ...said, index, units: entry.units }));
  }
  return { receipts, merkleRoot: tree.root() };
};
