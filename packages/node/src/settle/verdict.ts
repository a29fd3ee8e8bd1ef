/** What follows from the inputs of a stack: the history as whoever did the work finds it. */

import { isAtomaError } from '@atoma/base';
import {
  createMerkleBuilder,
  type Envelope,
  equalBytes,
  faultLeaf,
  type InputEntry,
  leafHash,
  listFault,
  malformedRoot,
  parseSignature,
  type Receipt,
  receiptLayout,
  receiptLeaf,
  type Stack,
  type Ticket,
  verifyPersonalMessage,
} from '@atoma/sdk';
import type { EngineSet } from '../engine/set.ts';
import { roleEndpoints } from '../serve/plan.ts';
import type { CheckedRequest, Holding } from './holding.ts';
import { type ReplayTask, replayRow } from './replay.ts';

/** What a history is held against. */
export interface Case {
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  readonly stack: Stack;
  readonly ticket: Ticket;
  readonly task: ReplayTask;
  /** Rows that are repeated at level 1. */
  readonly isChecked: (row: number) => boolean;
  /** Receipts of the accused that came with the dispute, by request hash; the first of each counts. */
  readonly receipts: ReadonlyMap<string, Receipt>;
}

/** M and total units. */
export interface Verdict {
  /** 32 bytes; zeros: inputs unavailable. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
}

const key = (hash: Uint8Array): string => Buffer.from(hash).toString('latin1');

/** Bytes of a signature in front of a receipt: scheme, ed25519 signature, public key. */
const SIGNATURE_BYTES = 97;

/** A receipt as a dispute shows it. */
export const readShown = async (
  shown: Uint8Array,
  about: Pick<Case, 'chainId' | 'packageId' | 'stack'>,
): Promise<Receipt | undefined> => {
  try {
    const [signature, bytes] = [shown.subarray(0, SIGNATURE_BYTES), shown.subarray(SIGNATURE_BYTES)];
    const receipt = receiptLayout.decode(bytes);
    const parsed = parseSignature(signature);
    const fits =
      parsed.address === about.stack.nodeAddress &&
      receipt.stack === about.stack.stackSmallId &&
      receipt.node === about.stack.selectedNodeSmallId &&
      equalBytes(receipt.chainId, about.chainId) &&
      equalBytes(receipt.packageId, about.packageId);
    return fits && (await verifyPersonalMessage(bytes, parsed)) ? receipt : undefined;
  } catch (error) {
    if (isAtomaError(error)) return undefined;
    throw error;
  }
};

/** The receipts a dispute shows that count. */
export const readAllShown = async (
  shown: readonly Uint8Array[],
  about: Pick<Case, 'chainId' | 'packageId' | 'stack'>,
): Promise<ReadonlyMap<string, Receipt>> => {
  const found = new Map<string, Receipt>();
  for (const each of shown) {
    const receipt = await readShown(each, about);
    if (receipt && !found.has(key(receipt.requestHash))) found.set(key(receipt.requestHash), receipt);
  }
  return found;
};

/** Whether the request's own bytes show that it can never have been owed. */
const isFaulty = ({ stack, task, ...about }: Case, envelope: Envelope, units: bigint): boolean =>
  !equalBytes(envelope.chainId, about.chainId) ||
  !equalBytes(envelope.packageId, about.packageId) ||
  envelope.stack !== stack.stackSmallId ||
  envelope.node !== stack.selectedNodeSmallId ||
  !roleEndpoints[task.role]?.includes(envelope.endpoint) ||
  envelope.maxUnits < units;

/** What a row comes to; undefined while something of it is missing. */
type RowResult = { readonly contentHash: Uint8Array; readonly units: bigint } | 'fault' | undefined;

const repeat = async (
  engines: EngineSet,
  about: Case,
  entry: InputEntry,
  request: CheckedRequest | undefined,
): Promise<RowResult> => {
  if (!request) return undefined;
  if (isFaulty(about, request.envelope, entry.units)) return 'fault';
  return (await replayRow(engines, about.task, request, entry.cut)) ?? 'fault';
};

const believe = (about: Case, entry: InputEntry, holding: Holding, row: number): RowResult => {
  const opening = holding.opening(row);
  if (!opening) return undefined;
  if (about.stack.securityLevel !== 1) {
    const request = holding.request(row);
    if (!request) return undefined;
    if (isFaulty(about, request.envelope, entry.units)) return 'fault';
  }
  return { contentHash: opening.workHash, units: entry.units };
};

const leafOf = (row: number, entry: InputEntry, result: Exclude<RowResult, undefined>, receipt?: Receipt) => {
  if (result === 'fault') return faultLeaf(row);
  const { contentHash, units } = result;
  const differs = receipt && (receipt.units !== units || !equalBytes(receipt.contentHash, contentHash));
  return differs
    ? receiptLeaf(row, receipt)
    : leafHash({ index: row, requestHash: entry.requestHash, contentHash, units });
};

/** The verdict; undefined while inputs are missing. */
export const reach = async (engines: EngineSet, about: Case, holding: Holding): Promise<Verdict | undefined> => {
  const entries = holding.entries();
  if (!entries) return undefined;
  const { numClaimedComputeUnits: units, inputs } = about.ticket;
  if (listFault(entries, units, about.stack.numComputeUnits) !== null)
    return { merkleRoot: malformedRoot(inputs as Uint8Array), units };
  const tree = createMerkleBuilder();
  for (const [row, entry] of entries.entries()) {
    const repeats = about.stack.securityLevel === 1 && about.isChecked(row);
    const result = repeats
      ? await repeat(engines, about, entry, holding.request(row))
      : believe(about, entry, holding, row);
    if (result === undefined) return undefined;
    tree.add(leafOf(row, entry, result, about.receipts.get(key(entry.requestHash))));
  }
  return { merkleRoot: tree.root(), units };
};
