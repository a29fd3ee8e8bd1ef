/** What the daemon owes, looked at again in every round: own tickets, attestations, votes. */
import { setTimeout as pause } from 'node:timers/promises';
import { isAtomaError } from '@atoma/base';
import { type EpochInfo, findStack, findTicket, record, spans, type Ticket } from '@atoma/sdk';
import type { DutyKind, DutyRow } from '../store/types.ts';
import { attestStack } from './attest.ts';
import { type FrozenData, frozenOf, intend, voteSubject } from './calls.ts';
import { evictFallen } from './evict.ts';
import { release } from './inputs.ts';
import { commitVote, resolveIfDue, revealVote } from './judge.ts';
import type { SettleContext } from './settle-context.ts';

/** An attester is paid when the stack ends: it ends it where the serving node forgets to. */
async function finalizeIfLeft(settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> {
  const ticket = await findTicket(settle.atoma, { stackSmallId: duty.stack });
  if (!ticket) await settle.node.store.endDuty('finalize', duty.stack, 'done');
  else if (claimable(ticket, epoch) && epoch.epoch >= ticket.deadlineEpoch + spans.claim)
    await intend(settle, 'finalize', String(duty.stack), { stack: String(duty.stack) });
}

type Handler = (settle: SettleContext, duty: DutyRow, epoch: EpochInfo) => Promise<void>;

/** How each is met; null: {@link ownTickets} does it for all own stacks at once. */
const handlers: Readonly<Record<DutyKind, Handler | null>> = {
  attest: attestStack,
  commit_vote: commitVote,
  reveal_vote: revealVote,
  resolve: resolveIfDue,
  finalize: finalizeIfLeft,
  evict: evictFallen,
  open: null,
  claim: null,
};

/** Inputs of the settlement of an own stack as they were frozen. */
const settled = async (settle: SettleContext, stack: bigint): Promise<FrozenData['settle'] | undefined> => {
  const row = await settle.node.store.findOutbox('settle', String(stack));
  return row && frozenOf('settle', row);
};

const claimable = (ticket: Ticket, epoch: EpochInfo): boolean =>
  epoch.epoch >= ticket.deadlineEpoch && (ticket.state === 'open' || ticket.state === 'clean');

/** The next step of an own ticket; returns the stack when it can be claimed. */
const ownTicket = async (settle: SettleContext, stack: bigint, epoch: EpochInfo): Promise<bigint | undefined> => {
  const ticket = await findTicket(settle.atoma, { stackSmallId: stack });
  if (!ticket) return undefined;
  if (claimable(ticket, epoch)) return stack;
  const vacant = ticket.attesters.includes(null);
  if (ticket.state === 'awaiting' && (vacant || epoch.epoch >= ticket.deadlineEpoch)) {
    const { redraws } = ticket;
    const frozen = { stack: String(stack), redraws: String(redraws), vacant: String(vacant) };
    await intend(settle, 'redraw', `${stack}:${redraws}${vacant ? `:${epoch.epoch}` : ''}`, frozen);
  }
  if (ticket.state === 'openRequired') {
    const frozen = await settled(settle, stack);
    if (frozen)
      await intend(settle, 'open', String(stack), {
        stack: String(stack),
        merkleRoot: frozen.merkleRoot,
        units: frozen.total,
      });
    else settle.alarm('cannot_open', { stack: String(stack) });
  }
  return undefined;
};

/** Stacks that an unfinished claim already names. */
const claiming = async (settle: SettleContext): Promise<ReadonlySet<string>> => {
  const rows = await settle.node.store.listOutbox(['intent', 'built', 'submitted']);
  return new Set(rows.filter((row) => row.kind === 'claim').flatMap((row) => row.subject.split(',')));
};

/** Splits claims that failed together: an abort halves the batch. */
const batches = async (settle: SettleContext, ids: readonly bigint[]): Promise<readonly (readonly bigint[])[]> => {
  const size = settle.policy.claimBatch;
  const whole = Array.from({ length: Math.ceil(ids.length / size) }, (_, i) => ids.slice(i * size, (i + 1) * size));
  const split: bigint[][] = [];
  const visit = async (batch: readonly bigint[]): Promise<void> => {
    const failed = await settle.node.store.findOutbox('claim', batch.join(','));
    if (failed?.state !== 'failed' || batch.length === 1) {
      if (failed?.state !== 'failed') split.push([...batch]);
      return;
    }
    const half = Math.ceil(batch.length / 2);
    await visit(batch.slice(0, half));
    await visit(batch.slice(half));
  };
  for (const batch of whole) await visit(batch);
  return split;
};

const claimAll = async (settle: SettleContext, ids: readonly bigint[]): Promise<void> => {
  const busy = await claiming(settle);
  const free = ids.filter((id) => !busy.has(String(id)));
  for (const batch of await batches(settle, free)) {
    const stacks = batch.join(',');
    settle.observe('claim:before-intent');
    await intend(settle, 'claim', stacks, { stacks });
  }
};

/** Own stacks that can no longer be settled, since the time for it has passed, are given back: that frees their bonds. */
const giveBackExpired = async (settle: SettleContext, epoch: EpochInfo): Promise<void> => {
  const { store } = settle.node;
  for (const row of await store.listStacks(['settling'])) {
    if ((await store.findOutbox('settle', String(row.id)))?.state !== 'failed') continue;
    const stack = await findStack(settle.atoma, { stackSmallId: row.id });
    if (stack && epoch.epoch >= stack.reclaimEpoch && !(await findTicket(settle.atoma, { stackSmallId: row.id })))
      await intend(settle, 'finalize', String(row.id), { stack: String(row.id) });
  }
};

const ownTickets = async (settle: SettleContext, epoch: EpochInfo): Promise<void> => {
  const ready: bigint[] = [];
  for (const row of await settle.node.store.listStacks(['settled'])) {
    const stack = await ownTicket(settle, row.id, epoch);
    if (stack !== undefined) ready.push(stack);
  }
  await claimAll(settle, ready);
};

/** Share of its time that is left when an unmet duty is an alarm. */
const ALARM_AT = 0.25;

/** What the transaction that meets a duty is named by. */
const subjectOf = ({ stack, data }: DutyRow): string => {
  const { epoch } = record(JSON.parse(data));
  return typeof epoch === 'string' ? voteSubject(stack, epoch) : String(stack);
};

/** An alarm, once, for a duty nothing has been sent for when three quarters of its time are over. */
const warnIfLate = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo): Promise<void> => {
  const subject = subjectOf(duty);
  const key = `late/${duty.kind}/${subject}`;
  if (duty.beforeEpoch === null || settle.missingSince.has(key)) return;
  if (await settle.node.store.findOutbox(duty.kind, subject)) return;
  const stack = await findStack(settle.atoma, { stackSmallId: duty.stack });
  if (!stack) return;
  const time = Number(duty.kind === 'attest' ? stack.terms.window : stack.terms.phase);
  const part = Math.min(1, Math.max(0, (settle.node.now() - epoch.startMs) / epoch.durationMs));
  if (Number(duty.beforeEpoch - epoch.epoch) - part > ALARM_AT * time) return;
  settle.missingSince.set(key, settle.node.now());
  settle.alarm('duty_late', { duty: duty.kind, stack: String(duty.stack), before_epoch: String(duty.beforeEpoch) });
};

/** An alarm, once, for what cannot be checked because this machine has no room for it. */
const warnIfNoRoom = (settle: SettleContext, stack: bigint, error: unknown): void => {
  const key = `room/${stack}`;
  if (!isAtomaError(error, 'NODE_SPOOL') || settle.missingSince.has(key)) return;
  settle.missingSince.set(key, settle.node.now());
  settle.alarm('no_room', { stack: String(stack), path: String(error.details.path), why: String(error.details.why) });
};

/** Duties that fetch and repeat what others served, which may take long. */
const checks: ReadonlySet<DutyKind> = new Set<DutyKind>(['attest', 'commit_vote', 'reveal_vote']);

/** Begins a check, or goes on with it, and waits for it no longer than the round's time: own money never waits behind it. */
const check = async (
  settle: SettleContext,
  { kind, stack }: DutyRow,
  work: () => Promise<void>,
  untilMs: number,
): Promise<void> => {
  const key = `${kind}/${stack}`;
  let running = settle.underWay.get(key);
  if (!running) {
    running = work()
      .catch((error: unknown) => {
        settle.node.log.warn({ err: error, duty: kind, stack: String(stack) }, 'duty waits');
        warnIfNoRoom(settle, stack, error);
      })
      .finally(() => settle.underWay.delete(key));
    settle.underWay.set(key, running);
  }
  const left = untilMs - performance.now();
  const stopper = new AbortController();
  await Promise.race([running, pause(Math.max(0, left), undefined, { signal: stopper.signal })]).finally(() =>
    stopper.abort(),
  );
};

/** A failed attempt to meet a duty is logged and tried again in the next round; past its epoch it is missed. */
const meet = async (settle: SettleContext, duty: DutyRow, epoch: EpochInfo, untilMs: number): Promise<void> => {
  const handler = handlers[duty.kind];
  if (!handler || epoch.epoch < duty.fromEpoch) return;
  if (duty.beforeEpoch !== null && epoch.epoch >= duty.beforeEpoch) {
    await settle.node.store.endDuty(duty.kind, duty.stack, 'missed');
    settle.alarm('duty_missed', { duty: duty.kind, stack: String(duty.stack) });
    return;
  }
  if (checks.has(duty.kind)) await check(settle, duty, () => handler(settle, duty, epoch), untilMs);
  else await handler(settle, duty, epoch);
  await warnIfLate(settle, duty, epoch);
};

/** Inputs are held while something is owed about their stack: until then others may ask for them. */
const releaseInputs = (settle: SettleContext, duties: readonly DutyRow[]): void => {
  const owed = new Set(duties.map(({ stack }) => stack));
  const busy = new Set([...settle.underWay.keys()].map((key) => BigInt(key.split('/')[1] as string)));
  for (const stack of [...settle.holdings.keys()]) if (!owed.has(stack) && !busy.has(stack)) release(settle, stack);
};

/** What is most urgent of each kind; a kind of which nothing is owed any more has no figure. */
const showSlack = ({ node }: SettleContext, duties: readonly DutyRow[], epoch: EpochInfo): void => {
  const { dutySlack } = node.metrics;
  const urgent = new Map<string, bigint>();
  for (const { kind, beforeEpoch } of duties)
    if (beforeEpoch !== null && beforeEpoch < (urgent.get(kind) ?? beforeEpoch + 1n)) urgent.set(kind, beforeEpoch);
  dutySlack.reset();
  for (const [kind, before] of urgent) dutySlack.set({ kind }, Number(before - epoch.epoch));
};

/** One round over everything owed. */
export const runDuties = async (settle: SettleContext, epoch: EpochInfo): Promise<void> => {
  await ownTickets(settle, epoch);
  await giveBackExpired(settle, epoch);
  const untilMs = performance.now() + settle.policy.checkMs;
  for (const duty of await settle.node.store.listDuties(['open'])) {
    try {
      await meet(settle, duty, epoch, untilMs);
    } catch (error) {
      settle.node.log.warn({ err: error, duty: duty.kind, stack: String(duty.stack) }, 'duty waits');
    }
  }
  const left = await settle.node.store.listDuties(['open']);
  releaseInputs(settle, left);
  showSlack(settle, left, epoch);
};
