/** A node daemon: serving, following the chain, settling, duties. One object, started and stopped as a whole. */
import { randomBytes } from 'node:crypto';
import { bootId, isAtomaError, loadFastBlake2b, type StaticSite, toHex } from '@atoma/base';
import {
  type Atoma,
  type EpochInfo,
  getEpoch,
  getNode,
  getSubscription,
  listNodeBadges,
  listTasks,
  type MessageSigner,
  messageSigner,
  updateNodeUrl,
} from '@atoma/sdk';
import { fromBase58 } from '@mysten/sui/utils';
import type { Logger } from 'pino';
import { createChainView } from './chain/sdk-view.ts';
import { watchMarket } from './chain/wake.ts';
import { type Channel, type ChannelIdentity, createChannel } from './confidential/channel.ts';
import { type CommittedKey, keepCommitment, readCommittedKey } from './confidential/commit.ts';
import type { Environment } from './confidential/environment.ts';
import type { ServeLimits } from './context.ts';
import { createEngineSet, type EngineSet } from './engine/set.ts';
import type { Engine } from './engine/types.ts';
import { nodeError } from './errors.ts';
import type { Readiness } from './http/app.ts';
import { type Listening, listen, withPages } from './http/listen.ts';
import { createLog } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { checkPeer } from './peer.ts';
import { checkClock, createState, readinessOf, whyNotReady } from './readiness.ts';
import type { Offer } from './serve/describe.ts';
import { createServing, type Serving } from './serving.ts';
import { defaultPolicy, type SettleContext, type SettlePolicy } from './settle/context.ts';
import { runDuties } from './settle/duties.ts';
import { createChecks } from './settle/finding.ts';
import { freezeStack, retireStacks, runTriggers } from './settle/freeze.ts';
import { quarantineLostHistory } from './settle/lost-history.ts';
import { openOutbox, runOutbox } from './settle/outbox.ts';
import { createParties } from './settle/parties.ts';
import { reconcile } from './settle/reconcile.ts';
import { syncEvents } from './settle/sync.ts';
import type { Store } from './store/types.ts';

/** How a daemon is started. Times in ms. */
export interface DaemonOptions {
  /** The chain, and the key that holds the NodeBadge. */
  readonly atoma: Atoma;
  /** Which of the wallet's nodes; absent: its only one. */
  readonly nodeSmallId?: bigint;
  readonly engines: readonly Engine[];
  readonly store: Store;
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  /** Address under which buyers reach it; absent: what is announced stays. */
  readonly url?: string;
  readonly limits?: Partial<ServeLimits>;
  readonly policy?: Partial<SettlePolicy>;
  /** Pause between two rounds; 0: no rounds of its own, `tick` is called by hand. */
  readonly pollMs?: number;
  /** How long a daemon that died keeps its database from others. */
  readonly leaseMs?: number;
  /** Compare the own clock with checkpoint times. */
  readonly clockCheck?: boolean;
  readonly publicMetrics?: boolean;
  /** The confidential environment this process runs in; absent: stacks of level 2 are refused. */
  readonly environment?: Environment;
  /** Start although another instance answers at the announced address. */
  readonly takeover?: boolean;
  readonly version?: string;
  readonly log?: Logger;
  /** Pages that a browser gets at its address; none when left out. */
  readonly pages?: StaticSite;
  readonly now?: () => number;
  readonly observe?: (step: string) => void;
}

/** Something an operator must look at. */
export interface Alarm {
  readonly kind: string;
  readonly at: number;
  readonly detail: Readonly<Record<string, string>>;
}

/** A running daemon. */
export interface Daemon extends Serving {
  readonly port: number;
  readonly url: string;
  readonly store: Store;
  readonly settle: SettleContext;
  readonly engines: EngineSet;
  readonly offers: () => readonly Offer[];
  /** The key committed on chain; undefined when there is none. */
  readonly committedKey: () => Promise<CommittedKey | undefined>;
  readonly alarms: () => readonly Alarm[];
  readonly readiness: () => Promise<Readiness>;
  /** One round: events, triggers, duties, transactions. Rejects when the chain cannot be reached. */
  readonly tick: () => Promise<void>;
  /** Forgets the mirror of the chain and reads it from its beginning, in a round of its own. */
  readonly resync: () => Promise<void>;
  /** Settles a stack as soon as its open requests have ended. */
  readonly settleStack: (stack: bigint) => Promise<boolean>;
  /** Settles every stack that has been used. */
  readonly drain: () => Promise<number>;
  readonly pause: (paused: boolean) => void;
  readonly refreshOffers: () => Promise<void>;
  readonly announce: (url: string) => Promise<void>;
  /** Ends within `graceMs`; with `settle` used stacks are frozen and submitted first. */
  readonly stop: (options?: { readonly graceMs?: number; readonly settle?: boolean }) => Promise<void>;
  /** Resolves when the daemon stopped by itself because it lost its database. */
  readonly lost: Promise<void>;
}

const LEASE_MS = 15_000;
/** Heartbeats in the time of a lease. */
const HEARTBEATS = 3;
const INVARIANTS_MS = 60_000;
const RECONCILE_MS = 600_000;
/** The longest pause stays below the 10 s in which a chain that is back must be caught up with. */
const [BACKOFF_FIRST_MS, BACKOFF_MOST_MS] = [250, 8_000];
const ALARMS_KEPT = 100;
/** Time for checks under way when the daemon stops: they begin again with the next one. */
const CHECKS_END_MS = 1_000;

const chooseNode = async (atoma: Atoma, wanted: bigint | undefined): Promise<bigint> => {
  const badges = await listNodeBadges(atoma);
  const found = wanted === undefined ? badges[0] : badges.find((badge) => badge.smallId === wanted);
  if (!found) throw nodeError('NOT_REGISTERED', { address: String(atoma.sender), node: wanted ?? 'any' });
  if (wanted === undefined && badges.length > 1)
    throw nodeError('CONFIG', { why: `the wallet holds ${badges.length} NodeBadges`, where: 'the node id' });
  return found.smallId;
};

const ownSigner = (atoma: Atoma): MessageSigner => {
  if (!atoma.signer) throw nodeError('KEY', { why: 'there is none' });
  try {
    return messageSigner(atoma.signer);
  } catch (cause) {
    throw nodeError('KEY', { why: (cause as Error).message }, cause);
  }
};

/** Who holds a lease: an instance, the start of the machine it runs on, its process. */
const leaseHolder = (instance: string): string => `${instance}/${bootId()}/${process.pid}`;

/** The name of this database; made when it is first used. */
const instanceOf = async (store: Store): Promise<string> => {
  const known = await store.getSetting('instance');
  if (known !== undefined) return known;
  const made = toHex(randomBytes(16));
  await store.putSetting('instance', made);
  return made;
};

const readOffers = async (atoma: Atoma, engines: EngineSet, nodeSmallId: bigint): Promise<readonly Offer[]> => {
  const tasks = (await listTasks(atoma)).filter((task) => task.modelName === null || engines.find(task.modelName));
  const offers = await Promise.all(
    tasks.map(async (task): Promise<readonly Offer[]> => {
      const subscription = await getSubscription(atoma, { taskSmallId: task.taskSmallId, nodeSmallId });
      if (!subscription) return [];
      const { taskSmallId, role, securityLevel: level, modelName } = task;
      return [
        {
          task: taskSmallId,
          role,
          level,
          model: modelName ?? '',
          price: subscription.pricePerComputeUnit,
          maxUnits: subscription.maxNumComputeUnits,
        },
      ];
    }),
  );
  return offers.flat();
};

const wait = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/** Networks where money is real: there a rehearsal would be a lie. */
const PUBLIC: ReadonlySet<string> = new Set(['mainnet', 'testnet', 'devnet']);

/** Throws `NODE_CONFIG` for a rehearsal on a public network. */
const confidentialChannel = (
  { deployment }: Atoma,
  environment: Environment,
  identity: ChannelIdentity,
  now: () => number,
): Channel => {
  if (environment.kind === 'rehearsal' && PUBLIC.has(deployment.network))
    throw nodeError('CONFIG', {
      why: `a rehearsal of confidential hardware is refused on ${deployment.network}`,
      where: 'the confidential environment',
    });
  const { chainId, packageId, node } = identity;
  return createChannel(environment, { chainId, packageId, node }, now);
};

const backoff = (failures: number): number =>
  Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);

/** Starts a daemon. Throws `NODE_*` errors when it cannot; what was opened by then is given back. */
export const startDaemon = async (options: DaemonOptions): Promise<Daemon> => {
  const opened: (() => Promise<void>)[] = [];
  try {
    return await assemble(options, (close) => opened.push(close));
  } catch (error) {
    for (const close of opened.reverse()) await close();
    throw error;
  }
};

const assemble = async (options: DaemonOptions, onFailure: (close: () => Promise<void>) => void): Promise<Daemon> => {
  const { atoma, store } = options;
  await loadFastBlake2b();
  const now = options.now ?? Date.now;
  const log = options.log ?? createLog('info');
  const metrics = createMetrics();
  const policy: SettlePolicy = { ...defaultPolicy, ...options.policy };
  const signer = ownSigner(atoma);
  const instance = await instanceOf(store);
  const holder = leaseHolder(instance);
  const leaseMs = options.leaseMs ?? LEASE_MS;
  const lease = () => store.holdLease({ instance: holder, pid: process.pid, now: now(), ttlMs: leaseMs });
  await lease();
  onFailure(() => store.dropLease(holder));
  const state = createState(now);
  const nodeId = await chooseNode(atoma, options.nodeSmallId);
  const recovery = await store.recover();
  const registered = await getNode(atoma, { nodeSmallId: nodeId });
  const url = options.url ?? registered.url;
  const identity = {
    chainId: fromBase58(atoma.deployment.chainId ?? (await atoma.client.core.getChainIdentifier()).chainIdentifier),
    packageId: new Uint8Array(Buffer.from(atoma.deployment.originalPackageId.slice(2), 'hex')),
    node: nodeId,
    url,
    instance,
    version: options.version ?? '0.1.0',
    signer,
  };
  if (!options.takeover) await checkPeer(registered.url, identity, policy.allowPrivateNodes);
  const engines = await createEngineSet(options.engines);
  onFailure(() => engines.close());
  const chain = createChainView(atoma, () => {
    state.lastChainReadMs = now();
  });
  const alarms: Alarm[] = [];
  const alarm = (kind: string, detail: Readonly<Record<string, string>>): void => {
    alarms.push({ kind, at: now(), detail });
    if (alarms.length > ALARMS_KEPT) alarms.shift();
    metrics.alarms.inc({ kind });
    log.error({ alarm: kind, ...detail }, 'alarm');
  };
  for (const breach of recovery.breaches) alarm('ledger_breach', { stack: String(breach.stack), rule: breach.rule });
  let offers: readonly Offer[] = [];
  const refreshOffers = async (): Promise<void> => {
    offers = await readOffers(atoma, engines, nodeId);
    for (const offer of offers)
      if (offer.level === 1 && !engines.find(offer.model)?.model.profile)
        alarm('no_profile', { task: String(offer.task) });
  };
  const channel =
    options.environment === undefined ? null : confidentialChannel(atoma, options.environment, identity, now);
  const serving = createServing({
    identity,
    ...(channel ? { confidential: channel } : {}),
    store,
    engines,
    chain,
    log,
    metrics,
    now,
    limits: options.limits ?? {},
    notReady: () => whyNotReady(state, now()),
    parties: createParties(atoma, now),
    offers: () => offers,
    readiness: () => readinessOf(state, engines, now()),
    publicMetrics: options.publicMetrics ?? false,
  });
  const settle: SettleContext = {
    atoma,
    node: serving.node,
    nodeId,
    policy,
    missingSince: new Map(),
    holdings: new Map(),
    checks: createChecks(),
    underWay: new Map(),
    observe: options.observe ?? (() => undefined),
    alarm,
  };
  if (channel?.label) log.warn({ label: channel.label }, 'stacks of level 2 are served');
  if (registered.url !== '') await quarantineLostHistory(settle, chain);
  const server: Listening = await listen(
    serving.app,
    { host: options.host ?? '127.0.0.1', port: options.port ?? 0 },
    withPages(options.pages, serving.work),
  );
  onFailure(() => server.close());
  const draining = new Map<bigint, number>();
  const due = { invariants: now() + INVARIANTS_MS, reconcile: now() + RECONCILE_MS, heartbeat: 0 };

  const follow = async (): Promise<void> => {
    const { events } = await syncEvents(settle, chain);
    state.lastChainReadMs = now();
    const subscriptions = events.some((event) => /Subscri|TaskRegistered|TaskRemoved/.test(event.kind));
    if (subscriptions) await refreshOffers();
  };
  const announce = async (next: string): Promise<void> => {
    const outcome = await updateNodeUrl(atoma, { nodeSmallId: nodeId, url: next });
    if (outcome.kind === 'failed')
      throw nodeError('CONFIG', { why: outcome.failure.sentence, where: 'the announced url' });
  };
  const housekeeping = async (epoch: EpochInfo): Promise<void> => {
    if (now() >= due.invariants) {
      due.invariants = now() + INVARIANTS_MS;
      for (const breach of await store.checkInvariants()) {
        alarm('ledger_breach', { stack: String(breach.stack), rule: breach.rule, detail: breach.detail });
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
  const measure = async (): Promise<void> => {
    const totals = await store.totals();
    metrics.openRows.set(totals.openRows);
    metrics.reserved.set(Number(totals.reserved));
    for (const [name, count] of Object.entries(totals.outbox)) metrics.outbox.set({ state: name }, count);
    const [oldest] = await store.listOutbox(openOutbox);
    metrics.outboxAge.set(oldest ? (now() - oldest.createdMs) / 1000 : 0);
    metrics.chainLag.set((now() - state.lastChainReadMs) / 1000);
    metrics.clockOffset.set(state.clockOffsetMs / 1000);
  };
  const round = async (): Promise<void> => {
    if (!state.hasLease) return;
    await follow();
    if (options.clockCheck) await checkClock(atoma, state, now);
    const epoch = await getEpoch(atoma);
    if (channel) await keepCommitment(settle, channel, epoch.epoch);
    await runTriggers(settle, epoch, draining);
    await runDuties(settle, epoch);
    const before = await store.listOutbox(openOutbox);
    await runOutbox(settle, epoch);
    if (before.length > 0) await follow();
    if (channel?.closed() === 'uncommitted') await keepCommitment(settle, channel, epoch.epoch);
    await housekeeping(epoch);
    await measure();
  };
  let running: Promise<void> | undefined;
  const start = (work: () => Promise<void>): Promise<void> => {
    running = work().finally(() => {
      running = undefined;
    });
    return running;
  };
  const tick = (): Promise<void> => running ?? start(round);
  const resync = async (): Promise<void> => {
    // A round under way would store its place in the events after they were forgotten.
    while (running) await running.catch(() => undefined);
    return start(() => store.resetMirror().then(round));
  };

  await refreshOffers();
  if (registered.owner !== signer.address) await retireStacks(settle);
  if (registered.owner !== signer.address || registered.url !== url) await announce(url);

  const stopper = new AbortController();
  let reportLost: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    reportLost = resolve;
  });
  const heartbeat = setInterval(() => {
    lease().catch((error: unknown) => {
      if (!isAtomaError(error, 'NODE_DATABASE_IN_USE')) return log.error({ err: error }, 'heartbeat failed');
      state.hasLease = false;
      alarm('lease_lost', { why: error.message });
      reportLost();
    });
  }, leaseMs / HEARTBEATS);
  const rounds = async (): Promise<void> => {
    for (let failures = 0; !stopper.signal.aborted; ) {
      try {
        await tick();
        failures = 0;
      } catch (error) {
        failures++;
        metrics.chainErrors.inc({ call: 'round' });
        log.warn({ err: error }, 'round failed');
      }
      if (failures > 0) await wait(backoff(failures), stopper.signal);
      else if (!woken) await wait(options.pollMs ?? 1_000, AbortSignal.any([stopper.signal, sleeping.signal]));
      woken = false;
      sleeping = new AbortController();
    }
  };
  let woken = false;
  let sleeping = new AbortController();
  const wake = (): void => {
    woken = true;
    sleeping.abort();
  };
  const settleStack = (stack: bigint): Promise<boolean> => freezeStack(settle, stack, 'operator', draining);
  const drain = async (): Promise<number> => {
    const used = (await store.listStacks(['open', 'draining'])).filter((row) => row.consumed > 0n);
    for (const row of used) await settleStack(row.id);
    return used.length;
  };
  const loop =
    options.pollMs === 0 ? Promise.resolve() : Promise.all([rounds(), watchMarket(atoma, wake, stopper.signal)]);

  const stop = async ({ graceMs = 30_000, settle: settleAll = false } = {}): Promise<void> => {
    state.stopping = true;
    const deadline = now() + graceMs;
    while (serving.node.running.size > 0 && now() < deadline - 1_000) await wait(20, stopper.signal);
    for (const answer of serving.node.running.values()) answer.stop('shutdown');
    if (settleAll) {
      await drain();
      await tick().catch((error: unknown) => log.warn({ err: error }, 'last round failed'));
    }
    stopper.abort();
    clearInterval(heartbeat);
    await loop;
    await running?.catch(() => undefined);
    await Promise.race([
      Promise.allSettled(settle.underWay.values()),
      wait(CHECKS_END_MS, new AbortController().signal),
    ]);
    await server.close(1_000);
    await engines.close();
    if (state.hasLease) await store.dropLease(holder);
    await store.close();
  };
  return {
    ...serving,
    port: server.port,
    url,
    store,
    settle,
    engines,
    offers: () => offers,
    committedKey: async () => readCommittedKey(settle, channel, (await getEpoch(atoma)).epoch),
    alarms: () => alarms,
    readiness: () => readinessOf(state, engines, now()),
    tick,
    resync,
    settleStack,
    drain,
    pause: (paused) => {
      state.paused = paused;
    },
    refreshOffers,
    announce,
    stop,
    lost,
  };
};
