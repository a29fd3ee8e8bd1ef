/** What a buyer can expect a jury to find, from the list its node named on chain, its own receipts and refusals. */

import { createMerkleBuilder } from '../../commitment/builder.ts';
import { leafHash } from '../../commitment/hashes.ts';
import { faultLeaf, type InputEntry, listFault, malformedRoot, receiptLeaf } from '../../commitment/inputs.ts';
import { receiptLayout, refusalLayout } from '../../wire/messages.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import { readHandoff } from '../handoff.ts';
import type { JournalReceipt } from '../journal/types.ts';

/** Most exhibits a dispute takes. */
const MOST_SHOWN = 8;

/** A settlement as the chain has it. */
export interface SettledUnits {
  readonly claimed: bigint;
  /** Most units of one request. */
  readonly largest: bigint;
  /** Most units of the rows a challenger names; 0 where every request is looked at anyway. */
  readonly nameable: bigint;
  /** T. */
  readonly inputs: Uint8Array | null;
}

/** What a buyer can show. */
export interface Held {
  readonly receipts: readonly JournalReceipt[];
  /** What its node promised never to bill. */
  readonly refused: readonly SignedBytes[];
  /** What its node signed when the stack came to this buyer. */
  readonly handoff: Uint8Array | null;
  /** Hashes of all requests this buyer ever signed for the stack; null: it does not know all of them. */
  readonly signed: ReadonlySet<string> | null;
}

/** The case a buyer makes. */
export interface Expectation {
  /** What to show, each a signature and what it signs: the handoff, refusals, and receipts that say something else than the list first. */
  readonly shown: readonly Uint8Array[];
  /** A row that this buyer never asked for, where nothing else convicts; jurors ask for its signed request. */
  readonly named: readonly bigint[];
  readonly namedUnits: bigint;
  /** Whether the list contradicts what is shown, or has the row that is named. Without a list nobody here can tell. */
  readonly convicts: boolean;
  /** M of the jury, if every row has a receipt or a refusal; null: it cannot be told. */
  readonly merkleRoot: Uint8Array | null;
}

/** Key of {@link Held.signed}. */
export const requestKey = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

const key = requestKey;
const exhibit = (signature: Uint8Array, bytes: Uint8Array): Uint8Array => Uint8Array.from([...signature, ...bytes]);
const shownReceipt = ({ signature, receipt }: JournalReceipt): Uint8Array => exhibit(signature, receipt);
const shownRefusal = ({ signature, bytes }: SignedBytes): Uint8Array => exhibit(signature, bytes);
const byUnits = (a: JournalReceipt, b: JournalReceipt): number => Number(b.units - a.units);
const nothingNamed = { named: [], namedUnits: 0n };

/** The cheapest row behind the handoff that this buyer never asked for. */
const strangeRow = (entries: readonly InputEntry[], { signed, handoff }: Held, nameable: bigint) => {
  const from = handoff ? Number(readHandoff(handoff).rows) : 0;
  const strange = entries
    .map(({ requestHash, units }, row) => ({ requestHash, units, row }))
    .filter(({ requestHash, units, row }) => row >= from && units <= nameable && !signed?.has(key(requestHash)))
    .sort((a, b) => Number(a.units - b.units))[0];
  return signed && strange ? { named: [BigInt(strange.row)], namedUnits: strange.units } : nothingNamed;
};

/** Makes the case. Without a list refusals and the dearest receipts are shown. */
export const expectation = (
  { claimed, largest, nameable, inputs }: SettledUnits,
  entries: readonly InputEntry[] | null,
  held: Held,
): Expectation => {
  const { receipts: own, refused } = held;
  const first = held.handoff ? [held.handoff] : [];
  const dearest = [...own].sort(byUnits);
  if (!entries) {
    // Nobody here can tell which of them the list contradicts, and its node may keep it from this buyer alone: some of both.
    const most = MOST_SHOWN - first.length;
    const promised = refused.slice(0, Math.max(most >> 1, most - own.length)).map(shownRefusal);
    const shown = [...first, ...promised, ...dearest.map(shownReceipt)].slice(0, MOST_SHOWN);
    return { shown, ...nothingNamed, convicts: false, merkleRoot: null };
  }
  if (inputs && listFault(entries, claimed, largest) !== null)
    return { shown: [], ...nothingNamed, convicts: true, merkleRoot: malformedRoot(inputs) };
  const never = new Map(refused.map((each) => [key(refusalLayout.decode(each.bytes).requestHash), each]));
  const billed = entries
    .flatMap(({ requestHash }) => never.get(key(requestHash)) ?? [])
    .slice(0, MOST_SHOWN - first.length);
  const byHash = new Map(own.map((each) => [key(receiptLayout.decode(each.receipt).requestHash), each]));
  const rows = entries.map((entry) => ({ entry, receipt: byHash.get(key(entry.requestHash)) }));
  const against = rows.flatMap(({ entry, receipt }) => (receipt && receipt.units !== entry.units ? [receipt] : []));
  const others = dearest.filter((each) => !against.includes(each));
  const receipts = [...against, ...others].slice(0, MOST_SHOWN - first.length - billed.length);
  const shown = [...first, ...billed.map(shownRefusal), ...receipts.map(shownReceipt)];
  const isShown = billed.length > 0 || against.length > 0;
  const named = isShown ? nothingNamed : strangeRow(entries, held, nameable);
  const convicts = isShown || named.named.length > 0;
  const tree = createMerkleBuilder();
  for (const [index, { entry, receipt }] of rows.entries()) {
    const refusal = never.get(key(entry.requestHash));
    if (refusal && billed.includes(refusal)) {
      tree.add(faultLeaf(index));
      continue;
    }
    if (!receipt) return { shown, ...named, convicts, merkleRoot: null };
    const said = receiptLayout.decode(receipt.receipt);
    const other = receipt.units !== entry.units && receipts.includes(receipt);
    tree.add(other ? receiptLeaf(index, said) : leafHash({ ...said, index, units: entry.units }));
  }
  return { shown, ...named, convicts, merkleRoot: tree.root() };
};
