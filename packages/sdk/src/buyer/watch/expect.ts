/** What a buyer can expect a jury to find, from the list its node named on chain, its own receipts and refusals. */

import { createMerkleBuilder } from '../../commitment/builder.ts';
import { leafHash } from '../../commitment/hashes.ts';
import { faultLeaf, type InputEntry, malformedRoot, openListCheck, receiptLeaf } from '../../commitment/inputs.ts';
import { equalBytes } from '../../values/bytes.ts';
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
}

/** What a buyer can show. */
export interface Held {
  readonly receipts: readonly JournalReceipt[];
  /** What its node promised never to bill. */
  readonly refused: readonly SignedBytes[];
  /** What its node signed when the stack came to this buyer. */
  readonly handoff: Uint8Array | null;
  /** Most units of every request this buyer ever signed for the stack, by its hash; null: it does not know all of them. */
  readonly signed: ReadonlyMap<string, bigint> | null;
}

/** The case a buyer makes. */
export interface Expectation {
  /** What to show, each a signature and what it signs: the handoff, refusals, and receipts that say something else than the list first. */
  readonly shown: readonly Uint8Array[];
  /** A row that this buyer never asked for, or for fewer units, where nothing else convicts; jurors ask for its signed request. */
  readonly named: readonly bigint[];
  readonly namedUnits: bigint;
  /** Whether the list contradicts what is shown, or has the row that is named. Without a list nobody here can tell. */
  readonly convicts: boolean;
  /** Whether the list has no row for a receipt, or other units. */
  readonly contradicts: boolean;
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

/** The case without a list: refusals and the dearest receipts. */
export const expectationWithoutList = ({ receipts, refused, handoff }: Held): Expectation => {
  // Nobody here can tell which of them the list contradicts, and its node may keep it from this buyer alone: some of both.
  const first = handoff ? [handoff] : [];
  const most = MOST_SHOWN - first.length;
  const promised = refused.slice(0, Math.max(most >> 1, most - receipts.length)).map(shownRefusal);
  const dearest = [...receipts].sort(byUnits).map(shownReceipt);
  const shown = [...first, ...promised, ...dearest].slice(0, MOST_SHOWN);
  return { shown, ...nothingNamed, convicts: false, contradicts: false, merkleRoot: null };
};

/** Finds the cheapest row behind the handoff that this buyer never asked for, or for fewer units. */
const openStrangeRow = ({ signed, handoff }: Held, nameable: bigint) => {
  const from = handoff ? Number(readHandoff(handoff).rows) : 0;
  let found: Pick<Expectation, 'named' | 'namedUnits'> | undefined;
  return {
    add: ({ requestHash, units }: InputEntry, row: number): void => {
      if (!signed || row < from || units > nameable || (found && found.namedUnits <= units)) return;
      if (units > (signed.get(key(requestHash)) ?? 0n)) found = { named: [BigInt(row)], namedUnits: units };
    },
    finish: () => found ?? nothingNamed,
  };
};

/** Makes the case from the rows of the list that T names, in their order; what it keeps does not grow with them but for a hash of each. */
export const openExpectation = (
  { claimed, largest, nameable, inputs }: SettledUnits & { readonly inputs: Uint8Array },
  held: Held,
) => {
  const first = held.handoff ? [held.handoff] : [];
  const room = MOST_SHOWN - first.length;
  const never = new Map(held.refused.map((each) => [key(refusalLayout.decode(each.bytes).requestHash), each]));
  const byHash = new Map(held.receipts.map((each) => [key(receiptLayout.decode(each.receipt).requestHash), each]));
  const [check, strange, tree] = [
    openListCheck(claimed, largest),
    openStrangeRow(held, nameable),
    createMerkleBuilder(),
  ];
  /** Receipts that the list does not bear out. */
  const unlisted = new Set(byHash.keys());
  const [billed, against] = [[] as SignedBytes[], [] as JournalReceipt[]];
  let [row, isKnown] = [0, true];
  /** Leaf of the row in the jury's tree; undefined where that cannot be told. What speaks against the row is shown while there is room. */
  const leafOf = ({ requestHash, units }: InputEntry, content: Uint8Array | undefined): Uint8Array | undefined => {
    const hash = key(requestHash);
    const hasRoom = billed.length + against.length < room;
    const refusal = never.get(hash);
    if (refusal && hasRoom) {
      billed.push(refusal);
      return faultLeaf(row);
    }
    const receipt = byHash.get(hash);
    if (!receipt) return undefined;
    const said = receiptLayout.decode(receipt.receipt);
    const contentHash = content ?? said.contentHash;
    if (receipt.units === units && equalBytes(contentHash, said.contentHash)) unlisted.delete(hash);
    else if (hasRoom) {
      against.push(receipt);
      return receiptLeaf(row, said);
    }
    return leafHash({ ...said, contentHash, index: row, units });
  };
  return {
    /** `content`: what the row came to, where that is known. */
    add: (entry: InputEntry, content?: Uint8Array): void => {
      check.add(entry);
      strange.add(entry, row);
      const leaf = leafOf(entry, content);
      if (leaf) tree.add(leaf);
      else isKnown = false;
      row++;
    },
    finish: (): Expectation => {
      const contradicts = unlisted.size > 0;
      if (check.finish() !== null)
        return { shown: [], ...nothingNamed, convicts: true, contradicts, merkleRoot: malformedRoot(inputs) };
      const others = [...held.receipts].sort(byUnits).filter((each) => !against.includes(each));
      const receipts = [...against, ...others].slice(0, room - billed.length);
      const shown = [...first, ...billed.map(shownRefusal), ...receipts.map(shownReceipt)];
      const isShown = billed.length + against.length > 0;
      const named = isShown ? nothingNamed : strange.finish();
      const convicts = isShown || named.named.length > 0;
      return { shown, ...named, convicts, contradicts, merkleRoot: isKnown ? tree.root() : null };
    },
  };
};
