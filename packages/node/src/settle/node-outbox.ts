/**
 * A node's transactions, sent once each. What is refused, aborts, or can never run is tried again where that may help: the effect is looked
 * for first, on the chain.
 */
import { type EpochInfo, type ExecutionFailure, type OutboxPlace, sendOnce, toAtomaError } from '@atoma/sdk';
import type { OutboxKind, OutboxRow, OutboxState } from '../store/types.ts';
import { callOf } from './calls.ts';
import type { SettleContext } from './settle-context.ts';

/** A failed call is tried again this often when its failure may pass. */
const MAX_ATTEMPTS = 20;

const move = async (
  settle: SettleContext,
  row: OutboxRow,
  next: Partial<OutboxRow> & { state: OutboxState },
): Promise<OutboxRow> => {
  settle.observe(`${row.kind}:before-${next.state}`);
  const moved = await settle.node.store.moveOutbox(row, [row.state], { ...next, updatedMs: settle.node.now() });
  settle.observe(`${row.kind}:${next.state}`);
  const { kind, subject, attempt, digest, failure } = moved;
  if (next.state !== 'built')
    settle.node.log.info({ kind, subject, attempt, digest, failure }, `transaction ${next.state}`);
  return moved;
};

const confirm = (settle: SettleContext, row: OutboxRow, effects: unknown): Promise<OutboxRow> =>
  move(settle, row, { state: 'confirmed', effects: JSON.stringify(effects) });

/** The effect is not there and the call was refused: another attempt later, or an alarm. */
const giveUpOrRetry = async (
  settle: SettleContext,
  row: OutboxRow,
  name: string,
  retryable: boolean,
): Promise<OutboxRow> => {
  if (await callOf(settle, row).present()) return confirm(settle, row, { found: true });
  if (retryable && row.attempt < MAX_ATTEMPTS)
    return move(settle, row, {
      state: 'intent',
      attempt: row.attempt + 1,
      transaction: null,
      signature: null,
      digest: null,
      failure: name,
    });
  settle.alarm('transaction_failed', { kind: row.kind, subject: row.subject, failure: name });
  return move(settle, row, { state: 'failed', failure: name });
};

const placeOf = (settle: SettleContext): OutboxPlace<OutboxRow> => ({
  atoma: settle.atoma,
  store: (row, { step, ...signed }) => move(settle, row, { state: step, ...signed }),
  executed: (row) => settle.observe(`${row.kind}:executed`),
  // A vote from before its owner's evidence must not land after it: the dispute begins anew in that epoch, and takes votes from the next on.
  // Nor an accusation: whoever joined with that does not join again.
  epochs: ({ kind }) => (kind === 'commit_vote' || kind === 'join' ? 0n : 1n),
});

const nameOf = (failure: ExecutionFailure): string => ('name' in failure ? failure.name : failure.kind);

/** Takes one entry as far as it goes now. */
const advance = async (settle: SettleContext, row: OutboxRow): Promise<void> => {
  const call = callOf(settle, row);
  if (row.state === 'intent' && (await call.present())) {
    await confirm(settle, row, { found: true });
    return;
  }
  const sent = await sendOnce(placeOf(settle), row, call.build);
  if (sent.kind === 'refused') await giveUpOrRetry(settle, sent.row, nameOf(sent.failure), sent.failure.retryable);
  else if (sent.kind === 'dead') await giveUpOrRetry(settle, sent.row, sent.why, true);
  else if (sent.ran.failure)
    await giveUpOrRetry(settle, sent.row, nameOf(sent.ran.failure), sent.ran.failure.retryable);
  else await confirm(settle, sent.row, { digest: sent.ran.digest });
};

/** States that still need work. */
export const openOutbox: readonly OutboxState[] = ['intent', 'built', 'submitted'];

/** What a node does for its own money: given up in one epoch, it is tried again in the next. Duties have their own ends. */
const ownMoney: ReadonlySet<OutboxKind> = new Set<OutboxKind>([
  'settle',
  'claim',
  'open',
  'redraw',
  'finalize',
  'second_jury',
  'resolve',
]);

/** Claims of several stacks go on as claims of fewer. */
const isBatch = ({ kind, subject }: OutboxRow): boolean => kind === 'claim' && subject.includes(',');

/** Entries given up before this epoch began get another chance; where the effect has come meanwhile they end as confirmed. */
const retryGivenUp = async (settle: SettleContext, epoch: EpochInfo): Promise<void> => {
  for (const row of await settle.node.store.listOutbox(['failed'])) {
    if (!ownMoney.has(row.kind) || row.updatedMs >= epoch.startMs) continue;
    if (await callOf(settle, row).present()) await confirm(settle, row, { found: true });
    else if (!isBatch(row))
      await move(settle, row, { state: 'intent', attempt: 1, transaction: null, signature: null, digest: null });
  }
};

/**
 * Works through the outbox, one transaction at a time as one wallet demands. A chain that cannot be reached ends the round; an
 * entry that cannot be processed for another reason is logged and the next one is taken.
 */
export const runOutbox = async (settle: SettleContext, epoch: EpochInfo): Promise<void> => {
  await retryGivenUp(settle, epoch);
  for (const row of await settle.node.store.listOutbox(openOutbox)) {
    try {
      await advance(settle, row);
    } catch (error) {
      const fault = toAtomaError(error);
      settle.node.log.warn({ err: error, kind: row.kind, subject: row.subject }, 'transaction waits');
      if (fault.code === 'NETWORK_UNREACHABLE' || fault.code === 'NETWORK_BUSY') throw fault;
    }
  }
};
