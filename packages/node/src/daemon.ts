/** A node daemon: serving, following the chain, settling, duties. One object, started and stopped as a whole. */
import { getEpoch, updateNodeUrl } from '@atoma/sdk';
import { type CommittedKey, readCommittedKey } from './confidential/commit.ts';
import { type Alarm, type DaemonOptions, openParts, type Parts } from './daemon-parts.ts';
import { createHeartbeat, createRounds, runRounds, wait } from './daemon-rounds.ts';
import type { EngineSet } from './engine/set.ts';
import type { Readiness } from './http/app.ts';
import { type Listening, listen, withPages } from './http/listen.ts';
import { nodeError } from './node-errors.ts';
import { readinessOf } from './readiness.ts';
import type { Offer } from './serve/describe.ts';
import type { Serving } from './serving.ts';
import { freezeStack, retireStacks } from './settle/freeze.ts';
import { quarantineLostHistory } from './settle/lost-history.ts';
import type { SettleContext } from './settle/settle-context.ts';
import type { Store } from './store/types.ts';

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

/** Time for checks under way when the daemon stops: they begin again with the next one. */
const CHECKS_END_MS = 1_000;

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

const announce = async ({ atoma, settle }: Parts, url: string): Promise<void> => {
  const outcome = await updateNodeUrl(atoma, { nodeSmallId: settle.nodeId, url });
  if (outcome.kind === 'failed')
    throw nodeError('CONFIG', { why: outcome.failure.sentence, where: 'the announced url' });
};

const settleStack = ({ settle, draining }: Parts, stack: bigint): Promise<boolean> =>
  freezeStack(settle, stack, 'operator', draining);

const drain = async (parts: Parts): Promise<number> => {
  const used = (await parts.store.listStacks(['open', 'draining'])).filter((row) => row.consumed > 0n);
  for (const row of used) await settleStack(parts, row.id);
  return used.length;
};

const assemble = async (options: DaemonOptions, onFailure: (close: () => Promise<void>) => void): Promise<Daemon> => {
  const parts = await openParts(options, onFailure);
  const { atoma, store, now, log, lease, state, registered, identity, engines } = parts;
  const { offers, channel, serving, settle, alarms } = parts;
  if (registered.url !== '') await quarantineLostHistory(settle, parts.chain);
  const server: Listening = await listen(
    serving.app,
    { host: options.host ?? '127.0.0.1', port: options.port ?? 0 },
    withPages(options.pages, serving.work),
  );
  onFailure(() => server.close());
  await offers.refresh();
  if (registered.owner !== identity.signer.address) await retireStacks(settle);
  if (registered.owner !== identity.signer.address || registered.url !== identity.url)
    await announce(parts, identity.url);

  const rounds = createRounds(parts);
  const heartbeat = createHeartbeat(parts);
  const stopper = new AbortController();
  const loop = options.pollMs === 0 ? Promise.resolve() : runRounds(parts, rounds.tick, stopper.signal);

  const stop = async ({ graceMs = 30_000, settle: settleAll = false } = {}): Promise<void> => {
    state.stopping = true;
    const deadline = now() + graceMs;
    while (serving.node.running.size > 0 && now() < deadline - 1_000) await wait(20, stopper.signal);
    for (const answer of serving.node.running.values()) answer.stop('shutdown');
    if (settleAll) {
      await drain(parts);
      await rounds.tick().catch((error: unknown) => log.warn({ err: error }, 'last round failed'));
    }
    stopper.abort();
    heartbeat.stop();
    await loop;
    await rounds.running()?.catch(() => undefined);
    await Promise.race([
      Promise.allSettled(settle.underWay.values()),
      wait(CHECKS_END_MS, new AbortController().signal),
    ]);
    await server.close(1_000);
    await engines.close();
    if (state.hasLease) await lease.drop();
    await store.close();
  };
  return {
    ...serving,
    port: server.port,
    url: identity.url,
    store,
    settle,
    engines,
    offers: offers.list,
    committedKey: async () => readCommittedKey(settle, channel, (await getEpoch(atoma)).epoch),
    alarms: () => alarms.list,
    readiness: () => readinessOf(state, engines, now()),
    tick: rounds.tick,
    resync: rounds.resync,
    settleStack: (stack) => settleStack(parts, stack),
    drain: () => drain(parts),
    pause: (paused) => {
      state.paused = paused;
    },
    refreshOffers: offers.refresh,
    announce: (url) => announce(parts, url),
    stop,
    lost: heartbeat.lost,
  };
};
