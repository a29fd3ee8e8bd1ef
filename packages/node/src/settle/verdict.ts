/** What follows from the inputs of a stack: the history as whoever did the work finds it. */

import {
  createMerkleBuilder,
  type Envelope,
  equalBytes,
  faultLeaf,
  type InputEntry,
  leafHash,
  listFault,
  malformedRoot,
  noPreviousReceipt,
  otherWorkLeaf,
  RECEIPT_BYTES,
  type Receipt,
  receiptHash,
  receiptLeaf,
  type Stack,
  type Ticket,
  workHash,
} from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { roleEndpoints } from '../serve/plan.ts';
import type { SketchProfile } from '../sketch/profile.ts';
import { type Recovered, readTrace, recoverTrace, traceOf } from '../sketch/trace.ts';
import type { Holding } from './holding.ts';
import { type Replayed, type ReplayTask, replayRow } from './replay.ts';
import { type Accused, type Exhibits, exhibitKey, readShownReceipt } from './shown.ts';

/** What a history is held against. */
export interface Case extends Accused {
  readonly ticket: Ticket;
  readonly task: ReplayTask;
  /** Whether rows are checked by their values, which needs the traces of them. */
  readonly traced: boolean;
  /** Whether a jury looks, not an attester. */
  readonly disputed: boolean;
  /** Rows that are repeated at level 1. */
  readonly isChecked: (row: number) => boolean;
  /** What of the accused came with the dispute. */
  readonly exhibits: Exhibits;
}

/** M and total units. */
export interface Verdict {
  /** 32 bytes; zeros: inputs unavailable. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
}

/** Whether the request's own bytes show that it can never have been owed. */
const isFaulty = ({ stack, task, ...about }: Case, envelope: Envelope, units: bigint): boolean =>
  !equalBytes(envelope.chainId, about.chainId) ||
  !equalBytes(envelope.packageId, about.packageId) ||
  envelope.stack !== stack.stackSmallId ||
  envelope.node !== stack.selectedNodeSmallId ||
  !roleEndpoints[task.role]?.includes(envelope.endpoint) ||
  envelope.maxUnits < units;

/** What a row comes to. */
type RowResult =
  | { readonly kind: 'work'; readonly workHash: Uint8Array; readonly units: bigint; readonly values: Values | null }
  /** Work, but not that of the model it was sold under. */
  | { readonly kind: 'other'; readonly workHash: Uint8Array; readonly units: bigint }
  | { readonly kind: 'fault' };

/** Distances of own values from those that were sketched: their sum, and how many. */
interface Values {
  readonly profile: SketchProfile;
  readonly distance: number;
  readonly values: number;
}

const fault: RowResult = { kind: 'fault' };

/** The work of a row, by own values at the tokens its node shows. */
const compareValues = (
  holding: Holding,
  row: number,
  { contentHash, units, evaluated }: Extract<Replayed, { readonly kind: 'evaluated' }>,
): RowResult => {
  const { profile, steps, follows } = evaluated;
  const by = (trace: Uint8Array | undefined): Recovered | undefined => {
    const read = trace && readTrace(trace, profile);
    return read && recoverTrace(read, steps, profile);
  };
  const shown = by(holding.trace(row));
  if (shown && follows)
    return { kind: 'work', workHash: workHash(contentHash, shown.digest), units, values: { profile, ...shown } };
  if (shown) return { kind: 'other', workHash: workHash(contentHash, shown.digest), units };
  // Who did the work agrees with the challenger on what it should have been; where there is none, this node's own view goes to others.
  const own = traceOf(steps, profile);
  if (!own) return fault;
  holding.refer(row, own.trace);
  return { kind: 'other', workHash: workHash(contentHash, by(holding.reference(row))?.digest ?? own.digest), units };
};

const repeat = async (
  engines: EngineSet,
  about: Case,
  entry: InputEntry,
  holding: Holding,
  row: number,
): Promise<RowResult | undefined> => {
  const request = holding.request(row);
  if (!request) return undefined;
  if (isFaulty(about, request.envelope, entry.units)) return fault;
  const replayed = await replayRow(engines, about.task, { request, cut: entry.cut, trace: holding.trace(row) });
  if (!replayed) return replayed === null ? fault : undefined;
  if (replayed.kind === 'evaluated') return compareValues(holding, row, replayed);
  return { kind: 'work', workHash: replayed.workHash, units: replayed.units, values: null };
};

const believe = async (
  about: Case,
  entry: InputEntry,
  holding: Holding,
  row: number,
  chain: ReceiptChain,
): Promise<RowResult | undefined> => {
  const opening = holding.opening(row);
  if (!opening) return undefined;
  const { securityLevel } = about.stack;
  if (securityLevel !== 1) {
    const request = holding.request(row);
    if (!request) return undefined;
    if (isFaulty(about, request.envelope, entry.units)) return fault;
  }
  if (securityLevel === 2) {
    const shown = holding.trace(row);
    if (!shown && opening.traceHash) return undefined;
    if (!shown || !(await chain(entry, opening.workHash, shown))) return fault;
  }
  return { kind: 'work', workHash: opening.workHash, units: entry.units, values: null };
};

/** Whether a row's receipt is the next of its stack: told row by row, from the first. */
type ReceiptChain = (entry: InputEntry, workHash: Uint8Array, shown: Uint8Array) => Promise<boolean>;

const openReceiptChain = (about: Case): ReceiptChain => {
  let [index, cumulative] = [0n, 0n];
  let previous = noPreviousReceipt();
  return async (entry, workHash, shown) => {
    const receipt = await readShownReceipt(shown, about);
    cumulative += entry.units;
    const sound =
      receipt !== undefined &&
      receipt.index === index &&
      receipt.units === entry.units &&
      receipt.cumulativeUnits === cumulative &&
      equalBytes(receipt.requestHash, entry.requestHash) &&
      equalBytes(receipt.contentHash, workHash) &&
      equalBytes(receipt.previous, previous);
    index++;
    previous = receiptHash(shown.subarray(-RECEIPT_BYTES));
    return sound;
  };
};

/**
 * Whether the checked rows, each close enough to be recovered, lie too far away together. Jurors are stricter than attesters by more
 * than honest engines differ, so that what an attester finds, jurors find.
 */
const liesApart = (results: readonly RowResult[], disputed: boolean): boolean => {
  const compared = results.flatMap((result) => (result.kind === 'work' && result.values ? [result.values] : []));
  const profile = compared[0]?.profile;
  const values = compared.reduce((sum, each) => sum + each.values, 0);
  if (!profile || values < profile.least_values || results.some(({ kind }) => kind !== 'work')) return false;
  const distance = compared.reduce((sum, each) => sum + each.distance, 0);
  return distance / values > (disputed ? profile.juror : profile.attester);
};

const leafOf = (index: number, { requestHash }: InputEntry, result: RowResult, apart: boolean, receipt?: Receipt) => {
  if (result.kind === 'fault') return faultLeaf(index);
  const { workHash: hash, units } = result;
  if (receipt && (receipt.units !== units || !equalBytes(receipt.contentHash, hash)) && result.kind === 'work')
    return receiptLeaf(index, receipt);
  return result.kind === 'other' || apart
    ? otherWorkLeaf({ index, requestHash, workHash: hash, units })
    : leafHash({ index, requestHash, contentHash: hash, units });
};

/** Most units of one row: above it nobody has to work on the list. Rows are repeated at level 1 only. */
const largestRow = ({ securityLevel, numComputeUnits, terms }: Stack): bigint =>
  securityLevel === 1 ? (numComputeUnits * terms.rowCap) / 1_000n : numComputeUnits;

/** The verdict; undefined while inputs are missing. */
export const reach = async (engines: EngineSet, about: Case, holding: Holding): Promise<Verdict | undefined> => {
  const entries = holding.entries();
  if (!entries) return undefined;
  const { numClaimedComputeUnits: units, inputs } = about.ticket;
  if (listFault(entries, units, largestRow(about.stack)) !== null)
    return { merkleRoot: malformedRoot(inputs as Uint8Array), units };
  const results: RowResult[] = [];
  const chain = openReceiptChain(about);
  for (const [row, entry] of entries.entries()) {
    const repeats = about.stack.securityLevel === 1 && about.isChecked(row);
    const result = repeats
      ? await repeat(engines, about, entry, holding, row)
      : await believe(about, entry, holding, row, chain);
    if (result === undefined) return undefined;
    results.push(about.exhibits.refused.has(exhibitKey(entry.requestHash)) ? fault : result);
  }
  const apart = liesApart(results, about.disputed);
  const tree = createMerkleBuilder();
  for (const [row, entry] of entries.entries())
    tree.add(
      leafOf(row, entry, results[row] as RowResult, apart, about.exhibits.receipts.get(exhibitKey(entry.requestHash))),
    );
  return { merkleRoot: tree.root(), units };
};
