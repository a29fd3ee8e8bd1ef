/** What a daemon does by itself: round after round, woken by the chain, until it is stopped. */
import { isAtomaError } from '@atoma/base';
import { type EpochInfo, getEpoch } from '@atoma/sdk';
import { watchMarket } from './chain/wake.ts';
import { keepCommitment } from './confidential/commit.ts';
import type { Parts } from './daemon-parts.ts';
import { checkClock } from './readiness.ts';
import { runDuties } from './settle/duties.ts';
import { runTriggers } from './settle/freeze.ts';
import { openOutbox, runOutbox } from './settle/node-outbox.ts';
import { reconcile } from './settle/reconcile.ts';
import { syncEvents } from './settle/sync.ts';

/** Heartbeats in the time of a lease. */
const HEARTBEATS = 3;
const INVARIANTS_MS = 60_000;
const RECONCILE_MS = 600_000;
/** The longest pause stays below the 10 s in which a chain that is back must be caught up with. */
const [BACKOFF_FIRST_MS, BACKOFF_MOST_MS] = [250, 8_000];

/** Resolves after `ms`, or when the signal fires. */
export const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

const backoff = (failures: number): number =>
  Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/** When what is not done in every round is due next. */
interface Due {
  invariants: number;
  reconcile: number;
}

const follow = async ({ settle, chain, state, now, offers }: Parts): Promise<void> => {
  const { events } = await syncEvents(settle, chain);
  state.lastChainReadMs = now();
  if (events.some((event) => /Subscri|TaskRegistered|TaskRemoved/.test(event.kind))) await offers.refresh();
};

const housekeeping = async (parts: Parts, due: Due, epoch: EpochInfo): Promise<void> => {
  const { store, now, serving, settle } = parts;
  if (now() >= due.invariants) {
    due.invariants = now() + INVARIANTS_MS;
    for (const breach of await store.checkInvariants()) {
      settle.alarm('ledger_breach', { stack: String(breach.stack), rule: breach.rule, detail: breach.detail });
      await store.moveStack(breach.stack, ['open', 'draining'], 'quarantine');
    }
    await store.sweep({
      responsesBefore: now() - serving.node.limits.responseTtlMs,
      closedBefore: now() - Math.max(epoch.durationMs, RECONCILE_MS),
    });
  }
  if (now() < due.reconcile) return;
  due.reconcile = now() + RECONCILE_MS;
  await reconcile(settle);
};

const measure = async ({ store, metrics, now, state }: Parts): Promise<void> => {
  const totals = await store.totals();
  metrics.openRows.set(totals.openRows);
  metrics.reserved.set(Number(totals.reserved));
  for (const [name, count] of Object.entries(totals.outbox)) metrics.outbox.set({ state: name }, count);
  const [oldest] = await store.listOutbox(openOutbox);
  metrics.outboxAge.set(oldest ? (now() - oldest.createdMs) / 1000 : 0);
  metrics.chainLag.set((now() - state.lastChainReadMs) / 1000);
  metrics.clockOffset.set(state.clockOffsetMs / 1000);
};

/** Rounds, one at a time. */
export interface Rounds {
  readonly tick: () => Promise<void>;
  readonly resync: () => Promise<void>;
  /** The round under way. */
  readonly running: () => Promise<void> | undefined;
}

/** Makes the rounds of a daemon. */
export const createRounds = (parts: Parts): Rounds => {
  const { options, atoma, store, now, state, settle, channel, draining } = parts;
  const due: Due = { invariants: now() + INVARIANTS_MS, reconcile: now() + RECONCILE_MS };
  const round = async (): Promise<void> => {
    if (!state.hasLease) return;
    await follow(parts);
    if (options.clockCheck) await checkClock(atoma, state, now);
    const epoch = await getEpoch(atoma);
    if (channel) await keepCommitment(settle, channel, epoch.epoch);
    await runTriggers(settle, epoch, draining);
    await runDuties(settle, epoch);
    const before = await store.listOutbox(openOutbox);
    await runOutbox(settle, epoch);
    if (before.length > 0) await follow(parts);
    if (channel?.closed() === 'uncommitted') await keepCommitment(settle, channel, epoch.epoch);
    await housekeeping(parts, due, epoch);
    await measure(parts);
  };
  let running: Promise<void> | undefined;
  const start = (work: () => Promise<void>): Promise<void> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  return {
    tick: () => running ?? start(round),
    resync: async () => {
      // A round under way would store its place in the events after they were forgotten.
      while (running) await running.catch(() => undefined);
      return start(() => store.resetMirror().then(round));
    },
    running: () => running,
  };
};

/** Holds the lease until it is stopped; `lost` resolves when another process has it. */
export const createHeartbeat = ({ lease, state, log, settle }: Parts) => {
  let reportLost: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    reportLost = resolve;
  });
  const timer = setInterval(() => {
    lease.hold().catch((error: unknown) => {
      if (!isAtomaError(error, 'NODE_DATABASE_IN_USE')) return log.error({ err: error }, 'heartbeat failed');
      state.hasLease = false;
      settle.alarm('lease_lost', { why: error.message });
      reportLost();
    });
  }, lease.ms / HEARTBEATS);
  return { lost, stop: () => clearInterval(timer) };
};

/** Goes round after round until the signal fires; sooner than the pause when the market has news. Rounds that fail are tried again. */
export const runRounds = async (
  { options, atoma, metrics, log }: Parts,
  tick: () => Promise<void>,
  signal: AbortSignal,
): Promise<void> => {
  let woken = false;
  let sleeping = new AbortController();
  const rounds = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await tick();
        failures = 0;
      } catch (error) {
        failures++;
        metrics.chainErrors.inc({ call: 'round' });
        log.warn({ err: error }, 'round failed');
      }
      if (failures > 0) await wait(backoff(failures), signal);
      else if (!woken) await wait(options.pollMs ?? 1_000, AbortSignal.any([signal, sleeping.signal]));
      woken = false;
      sleeping = new AbortController();
    }
  };
  const wake = (): void => {
    woken = true;
    sleeping.abort();
  };
  await Promise.all([rounds(), watchMarket(atoma, wake, signal)]);
};
