import type { Atoma } from '../context/atoma.ts';
import type { Terms } from '../generated/bindings/atoma/config.ts';
import type { Stack as StackRow } from '../generated/bindings/atoma/stack.ts';
import { stackLayout } from '../internal/layouts.ts';
import {
  type ListRowsParameters,
  listRows,
  newestRows,
  optionalEpoch,
  optionalHash,
  readDb,
  readRow,
  rowPages,
  tableId,
} from '../internal/rows.ts';
import { readRowsBefore } from '../internal/rows-before.ts';
import { sdkError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import { spans } from '../values/spans.ts';

/** Terms a stack was bought under: shares in permille, spans in epochs, amounts in base units. */
export type StackTerms = Terms;

/** An open stack. Amounts in base units of TOMA. */
export interface Stack {
  readonly stackSmallId: bigint;
  /** Recorded owner: receives every refund. */
  readonly owner: string;
  readonly taskSmallId: bigint;
  readonly selectedNodeSmallId: bigint;
  /** The only address that signs receipts, refusals and exhibits of this stack: the node's owner at purchase. */
  readonly nodeAddress: string;
  /** Key commitment of the node at purchase, 32 bytes; null: it had none. */
  readonly nodeKeyHash: Uint8Array | null;
  readonly numComputeUnits: bigint;
  readonly pricePerComputeUnit: bigint;
  readonly securityLevel: number;
  readonly terms: StackTerms;
  /** The buyer's money in the stack. */
  readonly escrow: bigint;
  /** The node's money in the stack. */
  readonly bond: bigint;
  readonly boughtEpoch: bigint;
  /** From this epoch on an unsettled stack can be reclaimed. */
  readonly expiryEpoch: bigint;
  /** Epoch of the refund notice, if one was given. */
  readonly noticeEpoch: bigint | null;
  /** The earlier of expiry and the end of the notice. */
  readonly reclaimEpoch: bigint;
}

/** Names a stack. */
export interface StackParameters {
  readonly stackSmallId: SmallIdInput;
}

const toStack = (stackSmallId: bigint, row: StackRow): Stack => {
  const expiryEpoch = row.boughtEpoch + row.terms.stackLife;
  const noticeEpoch = optionalEpoch(row.noticeEpoch);
  const noticeEnds = noticeEpoch === null ? expiryEpoch : noticeEpoch + spans.notice;
  return {
    stackSmallId,
    owner: row.owner,
    taskSmallId: row.task,
    selectedNodeSmallId: row.node,
    nodeAddress: row.nodeAddress,
    nodeKeyHash: optionalHash(row.keyHash),
    numComputeUnits: row.units,
    pricePerComputeUnit: row.price,
    securityLevel: row.level,
    terms: row.terms,
    escrow: row.escrow,
    bond: row.bond,
    boughtEpoch: row.boughtEpoch,
    expiryEpoch,
    noticeEpoch,
    reclaimEpoch: noticeEnds < expiryEpoch ? noticeEnds : expiryEpoch,
  };
};

/** Most units of one request of a stack: floor(N * row cap / 1000). A longer list of requests has none larger, so that a check repeats little. */
export const largestRequest = ({ numComputeUnits, terms }: Pick<Stack, 'numComputeUnits' | 'terms'>): bigint =>
  (numComputeUnits * terms.rowCap) / 1_000n;

/** All open stacks, ordered by small id. */
export const listStacks = async (atoma: Atoma, parameters?: ListRowsParameters): Promise<readonly Stack[]> =>
  (await listRows(atoma, 'stacks', stackLayout, parameters)).map(({ id, row }) => toStack(id, row));

/** Money in all open stacks, base units. */
export interface LockedMoney {
  readonly stacks: number;
  /** Of buyers. */
  readonly escrow: bigint;
  /** Of nodes. */
  readonly bonds: bigint;
}

/** Sums the open stacks, a page of rows at a time: none of them is kept. */
export const readLockedMoney = async (atoma: Atoma): Promise<LockedMoney> => {
  let [stacks, escrow, bonds] = [0, 0n, 0n];
  for await (const page of rowPages(atoma, await tableId(atoma, 'stacks'), stackLayout)) {
    stacks += page.length;
    for (const { row } of page) [escrow, bonds] = [escrow + row.escrow, bonds + row.bond];
  }
  return { stacks, escrow, bonds };
};

/** Which open stacks {@link listNewestStacks} gives. */
export interface NewestStacksParameters {
  /** Only smaller small ids. Default: all. */
  readonly before?: SmallIdInput;
  /** At most this many. Default 50. */
  readonly limit?: number;
}

/** A page of open stacks. */
export interface NewestStacks {
  readonly stacks: readonly Stack[];
  /** Pass as `before` to go on; null: there are no older ones. A page may be empty and yet not the last. */
  readonly before: bigint | null;
}

const NEWEST = 50;

/** Open stacks, newest first, a page at a time: what it costs does not grow with the market. */
export const listNewestStacks = async (
  atoma: Atoma,
  parameters: NewestStacksParameters = {},
): Promise<NewestStacks> => {
  const before = parameters.before === undefined ? (await readDb(atoma)).nextStack : smallId(parameters.before);
  const table = await tableId(atoma, 'stacks');
  const page = await newestRows(atoma, table, stackLayout, { before, limit: parameters.limit ?? NEWEST });
  return { stacks: page.rows.map(({ id, row }) => toStack(id, row)), before: page.before };
};

/** An open stack, or null. */
export const findStack = async (atoma: Atoma, parameters: StackParameters): Promise<Stack | null> => {
  const id = smallId(parameters.stackSmallId);
  const row = await readRow(atoma, await tableId(atoma, 'stacks'), stackLayout, id);
  return row && toStack(id, row);
};

/** A stack as it was before a checkpoint; null: there was none, or the chain keeps that version no more. */
export const findStackBefore = async (
  atoma: Atoma,
  parameters: StackParameters & { readonly checkpoint: bigint },
): Promise<Stack | null> => {
  const id = smallId(parameters.stackSmallId);
  const { checkpoint } = parameters;
  const [row = null] = await readRowsBefore(atoma, stackLayout, { table: 'stacks', ids: [id], checkpoint });
  return row && toStack(id, row);
};

/** An open stack. Throws `SDK_STACK_NOT_FOUND`. */
export const getStack = async (atoma: Atoma, parameters: StackParameters): Promise<Stack> => {
  const stack = await findStack(atoma, parameters);
  if (!stack) throw sdkError('STACK_NOT_FOUND', { id: String(parameters.stackSmallId) });
  return stack;
};
