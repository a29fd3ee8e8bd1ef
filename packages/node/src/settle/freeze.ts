/** When and how a stack is frozen and settled. */
import {
  createStackProofBuilder,
  type EpochInfo,
  equalBytes,
  getNode,
  openInputsHash,
  type StackProof,
} from '@atoma/sdk';
import { nodeError } from '../node-errors.ts';
import { eachLeaf, entryOf, rowSalts } from '../serve/transcript.ts';
import { createChainCheck } from '../store/chain.ts';
import type { StackRow } from '../store/types.ts';
import { type FrozenData, frozenBytes, frozenOf } from './calls.ts';
import type { SettleContext } from './settle-context.ts';

/** Why a stack is settled. */
export type Trigger = 'fill' | 'idle' | 'unused' | 'age' | 'notice' | 'operator' | 'shutdown';

/** Refusals for lack of units that count as full. */
const FULL_AFTER_SHORTAGES = 2;

const feeOf = (row: StackRow): bigint => row.consumed * row.price;

/** The trigger that applies now, if any. */
export const triggerOf = (settle: SettleContext, row: StackRow, epoch: EpochInfo): Trigger | undefined => {
  const { policy, node } = settle;
  if (row.noticeEpoch !== null) return 'notice';
  if (epoch.epoch + policy.marginEpochs >= row.expiryEpoch) return 'age';
  if (row.consumed === 0n || feeOf(row) < policy.minFee) return undefined;
  const left = row.units - row.consumed - row.reserved;
  if (left * 1000n < row.units * BigInt(policy.fillPermille) || row.shortages >= FULL_AFTER_SHORTAGES) return 'fill';
  return node.now() - row.lastRequestMs >= policy.idleMs ? 'idle' : undefined;
};

/** Bought, and not used for as long as a used stack waits for its next request. */
const liesIdle = ({ policy, node }: SettleContext, row: StackRow): boolean =>
  row.state === 'open' && row.consumed === 0n && row.reserved === 0n && node.now() - row.lastRequestMs >= policy.idleMs;

/** Whether the node could not bond another stack like those it serves: bonds of stacks nobody uses then keep buyers away. */
const isShort = async ({ atoma, nodeId: nodeSmallId }: SettleContext): Promise<boolean> => {
  const { freeStake: free, bonded, openStacks } = await getNode(atoma, { nodeSmallId });
  const bond = openStacks === 0n ? 0n : bonded / openStacks;
  return free < bond || 4n * (free - bond) < free + bonded;
};

/** What was found in a history that no longer changes. */
interface History {
  readonly proof: StackProof;
  readonly leaves: number;
  readonly lastReceiptHash: Uint8Array;
  /** T. */
  readonly inputs: Uint8Array;
}

/** The commitment to a history that no longer changes, computed while other work goes on; its receipts are checked on the way. */
const readHistory = async (settle: SettleContext, row: StackRow): Promise<History> => {
  const builder = createStackProofBuilder({ stackSmallId: row.id, attesters: row.attesters });
  const check = createChainCheck();
  const [salts, list] = [await rowSalts(settle.node.store), await openInputsHash()];
  for await (const leaf of eachLeaf(settle.node.store, row.id, row.nextLeaf)) {
    check.add(leaf);
    builder.add(leaf);
    list.add(entryOf(row.level, leaf, salts(row.id, leaf.index)));
  }
  const fault = check.fault();
  if (fault !== undefined)
    throw nodeError('STACK_STATE', { stack: row.id, state: `inconsistent (${fault})`, action: 'settle' });
  return { proof: builder.finish(), inputs: list.finish(), ...check.end() };
};

/** Frozen inputs of the settlement; below the smallest fee nothing is claimed, which frees the bond. */
const settlement = (
  settle: SettleContext,
  row: StackRow,
  { proof, leaves, lastReceiptHash, inputs }: History,
): string => {
  const same = leaves === row.nextLeaf && equalBytes(lastReceiptHash, row.lastReceiptHash);
  if (proof.units !== row.consumed || !same)
    throw nodeError('STACK_STATE', { stack: row.id, state: 'not what its receipts tell', action: 'settle' });
  const units = feeOf(row) < settle.policy.minFee ? 0n : row.consumed;
  const frozen: FrozenData['settle'] = {
    stack: String(row.id),
    units: String(units),
    proof: frozenBytes(proof.committedStackProof),
    leaf: frozenBytes(proof.stackMerkleLeaf),
    inputs: frozenBytes(inputs),
    merkleRoot: frozenBytes(proof.merkleRoot),
    total: String(proof.units),
  };
  return JSON.stringify(frozen);
};

const openRows = async (settle: SettleContext, stack: bigint): Promise<number> =>
  (await settle.node.store.listRequests({ stack, states: ['reserved'], limit: 1 })).length;

/**
 * Takes a stack towards its settlement: no new work, wait for what runs, stop it after the time allowed, freeze. Returns whether
 * the intent is stored; call again until it is.
 */
export const freezeStack = async (
  settle: SettleContext,
  stack: bigint,
  trigger: Trigger,
  draining: Map<bigint, number>,
): Promise<boolean> => {
  const { store, log, now, running } = settle.node;
  if (await store.moveStack(stack, ['open'], 'draining')) log.info({ stack: String(stack), trigger }, 'stack drains');
  const since = draining.get(stack) ?? now();
  draining.set(stack, since);
  if ((await openRows(settle, stack)) > 0) {
    if (now() - since >= settle.policy.drainMs)
      for (const answer of running.values()) if (answer.stack === stack) answer.stop('settling');
    return false;
  }
  settle.observe('settle:before-freeze');
  const drained = await store.findStack(stack);
  if (!drained) throw nodeError('STACK_UNKNOWN', { stack });
  const history = await readHistory(settle, drained);
  const intent = await store.freeze(stack, now(), (row) => settlement(settle, row, history));
  settle.observe('settle:intent');
  const { units } = frozenOf('settle', intent);
  await store.setClaimed(stack, BigInt(units));
  draining.delete(stack);
  return true;
};

/** Freezes every stack whose time has come. */
export const runTriggers = async (
  settle: SettleContext,
  epoch: EpochInfo,
  draining: Map<bigint, number>,
): Promise<void> => {
  const rows = await settle.node.store.listStacks(['open', 'draining']);
  const short = rows.some((row) => liesIdle(settle, row)) && (await isShort(settle));
  for (const row of rows) {
    const unused = short && liesIdle(settle, row) ? 'unused' : undefined;
    const trigger = row.state === 'draining' ? 'operator' : (triggerOf(settle, row, epoch) ?? unused);
    if (!trigger) continue;
    try {
      await freezeStack(settle, row.id, trigger, draining);
    } catch (error) {
      await settle.node.store.moveStack(row.id, ['open', 'draining'], 'quarantine');
      settle.alarm('ledger_breach', { stack: String(row.id), detail: (error as Error).message });
    }
  }
};

/** Takes every open stack out of service, towards its settlement: a daemon that signs with another address cannot give their receipts. */
export const retireStacks = async (settle: SettleContext): Promise<void> => {
  const { store, log } = settle.node;
  for (const { id } of await store.listStacks(['open']))
    if (await store.moveStack(id, ['open'], 'draining'))
      log.warn({ stack: String(id) }, 'bought under another address of this node: settled now');
};
