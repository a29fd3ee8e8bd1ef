/**
 * Sends transactions so that each takes effect once, whatever is killed when: what is to be sent is stored before it is built,
 * the signed bytes before they are sent, and the effects before they are applied.
 */
import { isAtomaError } from '@atoma/base';
import { type EpochInfo, getEpoch, toAtomaError, toExecutionFailure } from '@atoma/sdk';
import type { OutboxRow, OutboxState } from '../store/types.ts';
import { type Call, calls, type Frozen } from './calls.ts';
import type { SettleContext } from './context.ts';

/** Added to the simulated gas budget, percent. */
const GAS_HEADROOM = 30n;
/** A failed call is tried again this often when its failure may pass. */
const MAX_ATTEMPTS = 20;

const INCLUDE = { effects: true, events: true } as const;

type Moved = OutboxRow;
const frozenOf = (row: OutboxRow): Frozen => JSON.parse(row.frozen) as Frozen;
const callOf = (row: OutboxRow): Call => calls[row.kind] as Call;

const move = async (
  settle: SettleContext,
  row: OutboxRow,
  next: Partial<OutboxRow> & { state: OutboxState },
): Promise<Moved> => {
  settle.observe(`${row.kind}:before-${next.state}`);
  const moved = await settle.node.store.moveOutbox(row, [row.state], { ...next, updatedMs: settle.node.now() });
  settle.observe(`${row.kind}:${next.state}`);
  const { kind, subject, attempt, digest, failure } = moved;
  if (next.state !== 'built')
    settle.node.log.info({ kind, subject, attempt, digest, failure }, `transaction ${next.state}`);
  return moved;
};

const confirm = (settle: SettleContext, row: OutboxRow, effects: unknown): Promise<Moved> =>
  move(settle, row, { state: 'confirmed', effects: JSON.stringify(effects) });

/** The effect is not there and the call was refused: another attempt later, or an alarm. */
const giveUpOrRetry = async (
  settle: SettleContext,
  row: OutboxRow,
  name: string,
  retryable: boolean,
): Promise<Moved> => {
  if (await callOf(row).present(settle.atoma, frozenOf(row), settle.nodeId))
    return confirm(settle, row, { found: true });
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

const build = async (settle: SettleContext, row: OutboxRow): Promise<Moved> => {
  const { atoma, nodeId } = settle;
  const call = callOf(row);
  const frozen = frozenOf(row);
  if (await call.present(atoma, frozen, nodeId)) return confirm(settle, row, { found: true });
  const parameters = call.parameters(frozen, nodeId);
  const simulated = await call.write(atoma, parameters, { dryRun: true });
  if (simulated.kind === 'failed') {
    const { failure } = simulated;
    return giveUpOrRetry(settle, row, 'name' in failure ? failure.name : failure.kind, failure.retryable);
  }
  const { epoch } = await getEpoch(atoma);
  const transaction = await call.write.build(atoma, parameters);
  const expirationEpoch = epoch + 1n;
  transaction.setExpiration({ Epoch: String(expirationEpoch) });
  transaction.setGasBudget((simulated.cost.gas.budget * (100n + GAS_HEADROOM)) / 100n);
  const bytes = await transaction.build({ client: atoma.client });
  const digest = await transaction.getDigest({ client: atoma.client });
  const signer = atoma.signer;
  if (!signer) return row;
  const { signature } = await signer.signTransaction(bytes);
  return move(settle, row, { state: 'built', transaction: bytes, signature, digest, expirationEpoch });
};

/** The transaction as the chain has it; undefined when it is unknown there. */
const lookUp = async (settle: SettleContext, digest: string) => {
  try {
    return await settle.atoma.client.core.getTransaction({ digest, include: INCLUDE });
  } catch (error) {
    if (isAtomaError(toAtomaError(error), 'SDK_OBJECT_NOT_FOUND')) return undefined;
    const { reason, message } = error as { reason?: string; message?: string };
    if (reason === 'notFound' || /not found/i.test(message ?? '')) return undefined;
    throw error;
  }
};

type Executed = NonNullable<Awaited<ReturnType<typeof lookUp>>>;

const take = async (settle: SettleContext, row: OutboxRow, result: Executed): Promise<Moved> => {
  const transaction = result.Transaction ?? result.FailedTransaction;
  const { status, digest } = transaction;
  if (status.success) return confirm(settle, row, { digest });
  const failure = toExecutionFailure(status.error, settle.atoma.deployment);
  return giveUpOrRetry(settle, row, 'name' in failure ? failure.name : failure.kind, failure.retryable);
};

/** Whether the bytes of a built transaction can never execute any more. */
const isDead = async (settle: SettleContext, row: OutboxRow): Promise<boolean> =>
  row.expirationEpoch !== null && (await getEpoch(settle.atoma)).epoch > row.expirationEpoch;

const rebuild = (settle: SettleContext, row: OutboxRow, failure: string): Promise<Moved> =>
  move(settle, row, {
    state: 'intent',
    attempt: row.attempt + 1,
    transaction: null,
    signature: null,
    digest: null,
    failure,
  });

const send = async (settle: SettleContext, row: OutboxRow): Promise<Moved> => {
  const sent = row.state === 'submitted' ? row : await move(settle, row, { state: 'submitted' });
  try {
    const result = await settle.atoma.client.core.executeTransaction({
      transaction: row.transaction as Uint8Array,
      signatures: [row.signature as string],
      include: INCLUDE,
    });
    settle.observe(`${row.kind}:executed`);
    return await take(settle, sent, result);
  } catch (error) {
    const fault = toAtomaError(error);
    if (fault.code !== 'NETWORK_LOCKED') throw fault;
    const known = await lookUp(settle, row.digest as string);
    return known ? take(settle, sent, known) : rebuild(settle, sent, 'an input was used by another transaction');
  }
};

const resume = async (settle: SettleContext, row: OutboxRow): Promise<Moved> => {
  const known = await lookUp(settle, row.digest as string);
  if (known) return take(settle, row.state === 'built' ? await move(settle, row, { state: 'submitted' }) : row, known);
  return (await isDead(settle, row)) ? rebuild(settle, row, 'it expired') : send(settle, row);
};

/** Takes one entry as far as it goes now. */
const advance = async (settle: SettleContext, start: OutboxRow): Promise<void> => {
  let row = start;
  if (row.state !== 'intent') {
    await resume(settle, row);
    return;
  }
  const { attempt } = row;
  row = await build(settle, row);
  if (row.state === 'built' && row.attempt === attempt) await send(settle, row);
};

/** States that still need work. */
export const openOutbox: readonly OutboxState[] = ['intent', 'built', 'submitted'];

/** What a node does for its own money: given up in one epoch, it is tried again in the next. Duties have their own ends. */
const ownMoney: ReadonlySet<string> = new Set([
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
    if (await callOf(row).present(settle.atoma, frozenOf(row), settle.nodeId))
      await confirm(settle, row, { found: true });
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
