/** The list of rows of a settled stack, read row by row from whoever gives it, and held against the chain and the buyer's own receipts. */
import { createStackProofBuilder } from '../../commitment/builder.ts';
import { type HistoryEntry, parseHistoryEntry } from '../../commitment/history.ts';
import { type InputEntry, MAX_INPUT_ROWS, openInputsHash } from '../../commitment/inputs.ts';
import { firstAnswer } from '../../internal/first-answer.ts';
import { equalBytes } from '../../values/bytes.ts';
import { parseBytes32Sync } from '../../values/bytes32.ts';
import type { Json } from '../../wire/json.ts';
import { listError } from '../../wire/json-rows.ts';
import { receiptLayout } from '../../wire/messages.ts';
import type { BuyerContext } from '../context.ts';
import { inquireRows } from '../inquiry.ts';
import type { JournalReceipt } from '../journal/types.ts';
import { type Expectation, type openExpectation, requestKey } from './expect.ts';

/**
 * `holds`: the list gives the commitment and bears out every receipt; `lacks`: it is the list the settlement names on chain, or
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

/** Holders of a list that are asked at once. */
const ASKED_AT_ONCE = 3;

const isOf = (leaf: HistoryEntry, { receipt }: JournalReceipt): boolean => {
  const { requestHash, contentHash, units } = receiptLayout.decode(receipt);
  return leaf.units === units && equalBytes(leaf.requestHash, requestHash) && equalBytes(leaf.contentHash, contentHash);
};

/** Judges a list of leaves by what its settlement commits to, and by the receipts of its requests, in whatever order they were settled. */
export const openLeaves = (
  { stack: stackSmallId, attesters, claimed, committedStackProof }: Omit<SettledStack, 'node' | 'inputs'>,
  receipts: readonly JournalReceipt[],
) => {
  const proof = createStackProofBuilder({ stackSmallId, attesters });
  const byHash = new Map(receipts.map((each) => [requestKey(receiptLayout.decode(each.receipt).requestHash), each]));
  let found = 0;
  return {
    add: (leaf: HistoryEntry): void => {
      const own = byHash.get(requestKey(leaf.requestHash));
      if (own && isOf(leaf, own)) found++;
      proof.add(leaf);
    },
    finish: (): LeafFinding => {
      const { units, committedStackProof: given } = proof.finish();
      if (units !== claimed || !equalBytes(given, committedStackProof)) return 'unknown';
      return found === receipts.length ? 'holds' : 'lacks';
    },
  };
};

const nothing: ReadList = { finding: 'unknown', expected: null };

/** Starts to make a case from the rows that T names. */
type OpenExpectation = (inputs: Uint8Array) => ReturnType<typeof openExpectation>;

const entryOf = (row: Json): InputEntry => ({
  requestHash: parseBytes32Sync(String(row.request_hash)),
  units: BigInt(String(row.units)),
  cut: Array.isArray(row.cut) ? row.cut.map(Number) : null,
  blind: parseBytes32Sync(String(row.blind)),
});

/** What the list of a settlement came to. */
export interface ReadList {
  readonly finding: LeafFinding;
  /** What its rows lead to; null: nobody gave the list that T names. */
  readonly expected: Expectation | null;
}

/** What reads a list while it comes. Each try begins anew: who gives a wrong list costs nothing but the time. */
type OpenReader = () => Promise<{
  readonly add: (row: Json, content?: Uint8Array) => void;
  /** `isProven`: what every row came to is proven by the commitment on chain. */
  readonly finish: (isProven?: boolean) => ReadList;
}>;

/** Reads rows as T binds them; what a row came to, where that is told, counts once it is proven. */
const boundReader =
  (inputs: Uint8Array, expect: OpenExpectation): OpenReader =>
  async () => {
    const [list, bound, proven] = [await openInputsHash(), expect(inputs), expect(inputs)];
    return {
      add: (row, content) => {
        const entry = entryOf(row);
        list.add(entry);
        bound.add(entry);
        if (content) proven.add(entry, content);
      },
      finish: (isProven = false) => {
        if (!equalBytes(list.finish(), inputs)) return { finding: 'unknown', expected: null };
        const found = (isProven ? proven : bound).finish();
        return { finding: found.contradicts ? 'lacks' : 'unknown', expected: found };
      },
    };
  };

/** Reads leaves, which are the same rows with what each came to. */
const leafReader =
  (settled: SettledStack, receipts: readonly JournalReceipt[], bound: OpenReader | undefined): OpenReader =>
  async () => {
    const [leaves, rows] = [openLeaves(settled, receipts), await bound?.()];
    let count = 0;
    return {
      add: (row) => {
        const leaf = parseHistoryEntry(row, count++);
        leaves.add(leaf);
        rows?.add(row, leaf.contentHash);
      },
      finish: () => {
        const found = leaves.finish();
        const { finding, expected } = rows?.finish(found !== 'unknown') ?? nothing;
        return { finding: finding === 'unknown' ? found : finding, expected };
      },
    };
  };

/** Most rows of a stack's list: each has a unit at least, and no check takes more than so many. */
const mostRows = ({ claimed }: SettledStack): number => Math.min(Number(claimed), MAX_INPUT_ROWS);

/** Asks one node; an answer that cannot be read is none. */
const ask = async (
  context: BuyerContext,
  settled: SettledStack,
  node: bigint,
  member: 'leaves' | 'inputs',
  open: OpenReader,
  signal?: AbortSignal,
): Promise<ReadList> => {
  const { stack } = settled;
  const wanted = { member, rows: mostRows(settled), ...(signal && { signal }) };
  try {
    const reader = await open();
    let rows = 0;
    const status = await inquireRows(context, { node, stack, path: `/v1/stacks/${stack}/${member}` }, wanted, (row) => {
      if (rows++ > MAX_INPUT_ROWS) throw listError(`there are more than ${MAX_INPUT_ROWS}`);
      reader.add(row);
    });
    return status === 200 ? reader.finish() : nothing;
  } catch {
    return nothing;
  }
};

/**
 * Asks the node for its list, then `holders`, nodes that check the stack: a node may keep its list from its buyer alone, and loses where it keeps
 * it from those who check it. T binds the bytes, so any of them will do.
 */
export const readList = async (
  context: BuyerContext,
  settled: SettledStack,
  holders: readonly bigint[],
  receipts: readonly JournalReceipt[],
  expect: OpenExpectation,
): Promise<ReadList> => {
  const { node, inputs } = settled;
  const bound = inputs === null ? undefined : boundReader(inputs, expect);
  const own = await ask(context, settled, node, 'leaves', leafReader(settled, receipts, bound));
  if (own.expected !== null || !bound) return own;
  const found = await firstAnswer(holders, ASKED_AT_ONCE, async (holder, signal) => {
    const read = await ask(context, settled, holder, 'inputs', bound, signal);
    return read.expected === null ? undefined : read;
  });
  if (!found) return own;
  return { ...found, finding: found.finding === 'unknown' ? own.finding : found.finding };
};
