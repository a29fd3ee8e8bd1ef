/** What a buyer can expect a jury to find, from the list its node named on chain, its own receipts and refusals. */

import { createMerkleBuilder } from '../../commitment/builder.ts';
import { leafHash } from '../../commitment/hashes.ts';
import { faultLeaf, type InputEntry, listFault, malformedRoot, receiptLeaf } from '../../commitment/inputs.ts';
import { receiptLayout, refusalLayout } from '../../wire/messages.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import type { JournalReceipt } from '../journal/types.ts';

/** Most receipts and refusals a dispute takes. */
const MOST_SHOWN = 8;

/** A settlement as the chain has it. */
export interface SettledUnits {
  readonly claimed: bigint;
  readonly bought: bigint;
  /** T. */
  readonly inputs: Uint8Array | null;
}

/** The case a buyer makes. */
export interface Expectation {
  /** What to show, each a signature and what it signs: refusals and receipts that say something else than the list first. */
  readonly shown: readonly Uint8Array[];
  /** M of the jury, if every row has a receipt or a refusal; null: it cannot be told. */
  readonly merkleRoot: Uint8Array | null;
}

const key = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');
const exhibit = (signature: Uint8Array, bytes: Uint8Array): Uint8Array => Uint8Array.from([...signature, ...bytes]);
const shownReceipt = ({ signature, receipt }: JournalReceipt): Uint8Array => exhibit(signature, receipt);
const byUnits = (a: JournalReceipt, b: JournalReceipt): number => Number(b.units - a.units);

/** Makes the case. Without a list the dearest receipts are shown. `refused`: refusals of the node. */
export const expectation = (
  { claimed, bought, inputs }: SettledUnits,
  entries: readonly InputEntry[] | null,
  own: readonly JournalReceipt[],
  refused: readonly SignedBytes[] = [],
): Expectation => {
  if (!entries) return { shown: [...own].sort(byUnits).slice(0, MOST_SHOWN).map(shownReceipt), merkleRoot: null };
  if (inputs && listFault(entries, claimed, bought) !== null) return { shown: [], merkleRoot: malformedRoot(inputs) };
  const never = new Map(refused.map((each) => [key(refusalLayout.decode(each.bytes).requestHash), each]));
  const billed = entries.flatMap(({ requestHash }) => never.get(key(requestHash)) ?? []).slice(0, MOST_SHOWN);
  const byHash = new Map(own.map((each) => [key(receiptLayout.decode(each.receipt).requestHash), each]));
  const rows = entries.map((entry) => ({ entry, receipt: byHash.get(key(entry.requestHash)) }));
  const against = rows.flatMap(({ entry, receipt }) => (receipt && receipt.units !== entry.units ? [receipt] : []));
  const others = [...own].sort(byUnits).filter((each) => !against.includes(each));
  const receipts = [...against, ...others].slice(0, MOST_SHOWN - billed.length);
  const shown = [...billed.map(({ signature, bytes }) => exhibit(signature, bytes)), ...receipts.map(shownReceipt)];
  const tree = createMerkleBuilder();
  for (const [index, { entry, receipt }] of rows.entries()) {
    const refusal = never.get(key(entry.requestHash));
    if (refusal && billed.includes(refusal)) {
      tree.add(faultLeaf(index));
      continue;
    }
    if (!receipt) return { shown, merkleRoot: null };
    const said = receiptLayout.decode(receipt.receipt);
    const other = receipt.units !== entry.units && receipts.includes(receipt);
    tree.add(other ? receiptLeaf(index, said) : leafHash({ ...said, index, units: entry.units }));
  }
  return { shown, merkleRoot: tree.root() };
};
