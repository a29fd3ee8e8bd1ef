/** The ledger's own stacks compared with the chain, for what an event should have told and did not. */
import { findStack, findTicket, getTask } from '@atoma/sdk';
import { toStackTerms } from '../chain/sdk-view.ts';
import type { StackRow, StackState } from '../store/types.ts';
import type { SettleContext } from './settle-context.ts';

/** Every state but the last. */
const unfinished: readonly StackState[] = ['open', 'draining', 'settling', 'settled', 'disputed', 'quarantine'];

const compare = async (settle: SettleContext, row: StackRow): Promise<void> => {
  const { store, now } = settle.node;
  const stack = await findStack(settle.atoma, { stackSmallId: row.id });
  if (!stack) {
    await store.moveStack(row.id, unfinished, 'closed');
    return;
  }
  const changed = (stack.noticeEpoch !== null && row.noticeEpoch === null) || stack.owner !== row.owner;
  if (changed) {
    const task = await getTask(settle.atoma, { taskSmallId: stack.taskSmallId });
    await store.putStack(toStackTerms(stack, task, row.badge), now());
  }
  const ticket = await findTicket(settle.atoma, { stackSmallId: row.id });
  if (!ticket) return;
  const state = ticket.state === 'disputed' ? 'disputed' : 'settled';
  if (row.state !== state && (await store.moveStack(row.id, unfinished, state)))
    settle.alarm('ledger_behind_chain', { stack: String(row.id), ledger: row.state, chain: state });
};

/** Brings own stacks to where the chain has them. Rejects when the chain cannot be read. */
export const reconcile = async (settle: SettleContext): Promise<void> => {
  for (const row of await settle.node.store.listStacks(unfinished)) await compare(settle, row);
};
