/** What a daemon is made of: opened, recovered, and not yet at work. */
import { randomBytes } from 'node:crypto';
import { bootId, loadFastBlake2b, type StaticSite, toHex } from '@atoma/base';
import {
  type Atoma,
  getNode,
  getSubscription,
  listNodeBadges,
  listTasks,
  type MessageSigner,
  messageSigner,
  type Node,
} from '@atoma/sdk';
import { fromBase58 } from '@mysten/sui/utils';
import type { Logger } from 'pino';
import { createChainView } from './chain/sdk-view.ts';
import { type Channel, type ChannelIdentity, createChannel } from './confidential/channel.ts';
import type { Environment } from './confidential/environment.ts';
import { refuseRehearsal } from './confidential/rehearsal.ts';
import type { Identity, ServeLimits } from './context.ts';
import { createEngineSet, type EngineSet } from './engine/set.ts';
import type { Engine } from './engine/types.ts';
import { nodeError } from './node-errors.ts';
import { createLog } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { checkPeer } from './peer.ts';
import { createState, readinessOf, whyNotReady } from './readiness.ts';
import type { Offer } from './serve/describe.ts';
import { createServing } from './serving.ts';
import { createChecks } from './settle/finding.ts';
import { createParties } from './settle/parties.ts';
import { defaultPolicy, type SettleContext, type SettlePolicy } from './settle/settle-context.ts';
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

const LEASE_MS = 15_000;
const ALARMS_KEPT = 100;

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

/** Throws `NODE_CONFIG` for a rehearsal on a public network. */
const confidentialChannel = (
  { deployment }: Atoma,
  environment: Environment,
  identity: ChannelIdentity,
  now: () => number,
): Channel => {
  refuseRehearsal(environment, deployment.network);
  const { chainId, packageId, node } = identity;
  return createChannel(environment, { chainId, packageId, node }, now);
};

/** What an operator must look at, the newest behind. */
const createAlarms = (now: () => number, log: Logger, metrics: ReturnType<typeof createMetrics>) => {
  const list: Alarm[] = [];
  const raise = (kind: string, detail: Readonly<Record<string, string>>): void => {
    list.push({ kind, at: now(), detail });
    if (list.length > ALARMS_KEPT) list.shift();
    metrics.alarms.inc({ kind });
    log.error({ alarm: kind, ...detail }, 'alarm');
  };
  return { list, raise };
};

/** The offers of a node as the chain has them, and how they are read again. */
const createOffers = (atoma: Atoma, engines: EngineSet, nodeId: bigint, alarm: SettleContext['alarm']) => {
  let offers: readonly Offer[] = [];
  const refresh = async (): Promise<void> => {
    offers = await readOffers(atoma, engines, nodeId);
    for (const offer of offers)
      if (offer.level === 1 && !engines.find(offer.model)?.model.profile)
        alarm('no_profile', { task: String(offer.task) });
  };
  return { list: () => offers, refresh };
};

const identityOf = async (
  { atoma, url, version }: DaemonOptions,
  registered: Node,
  instance: string,
  signer: MessageSigner,
): Promise<Identity> => ({
  chainId: fromBase58(atoma.deployment.chainId ?? (await atoma.client.core.getChainIdentifier()).chainIdentifier),
  packageId: new Uint8Array(Buffer.from(atoma.deployment.originalPackageId.slice(2), 'hex')),
  node: registered.nodeSmallId,
  url: url ?? registered.url,
  instance,
  version: version ?? '0.1.0',
  signer,
});

/** The lease on the database, held under the name of this process. */
const createLease = ({ store, leaseMs = LEASE_MS }: DaemonOptions, instance: string, now: () => number) => {
  const holder = leaseHolder(instance);
  return {
    ms: leaseMs,
    hold: () => store.holdLease({ instance: holder, pid: process.pid, now: now(), ttlMs: leaseMs }),
    drop: () => store.dropLease(holder),
  };
};

/** The parts of a daemon. */
export type Parts = Awaited<ReturnType<typeof openParts>>;

/** Takes the database, finds the node, opens the engines. Throws `NODE_*`; `onFailure` gets what gives back what was opened. */
export const openParts = async (options: DaemonOptions, onFailure: (close: () => Promise<void>) => void) => {
  const { atoma, store } = options;
  await loadFastBlake2b();
  const now = options.now ?? Date.now;
  const log = options.log ?? createLog('info');
  const metrics = createMetrics();
  const policy: SettlePolicy = { ...defaultPolicy, ...options.policy };
  const signer = ownSigner(atoma);
  const instance = await instanceOf(store);
  const lease = createLease(options, instance, now);
  await lease.hold();
  onFailure(lease.drop);
  const state = createState(now);
  const nodeId = await chooseNode(atoma, options.nodeSmallId);
  const recovery = await store.recover();
  const registered = await getNode(atoma, { nodeSmallId: nodeId });
  const identity = await identityOf(options, registered, instance, signer);
  if (!options.takeover) await checkPeer(registered.url, identity, policy.allowPrivateNodes);
  const engines = await createEngineSet(options.engines);
  onFailure(() => engines.close());
  const chain = createChainView(atoma, () => {
    state.lastChainReadMs = now();
  });
  const alarms = createAlarms(now, log, metrics);
  const { raise: alarm } = alarms;
  for (const breach of recovery.breaches) alarm('ledger_breach', { stack: String(breach.stack), rule: breach.rule });
  const offers = createOffers(atoma, engines, nodeId, alarm);
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
    offers: offers.list,
    readiness: () => readinessOf(state, engines, now()),
    publicMetrics: options.publicMetrics ?? false,
  });
  const settle: SettleContext = {
    atoma,
    node: serving.node,
    nodeId,
    policy,
    offers: offers.list,
    missingSince: new Map(),
    holdings: new Map(),
    checks: createChecks(),
    underWay: new Map(),
    observe: options.observe ?? (() => undefined),
    alarm,
  };
  if (channel?.label) log.warn({ label: channel.label }, 'stacks of level 2 are served');
  return {
    options,
    ...{ atoma, store, now, log, metrics, lease, state, registered, identity, engines, chain },
    ...{ alarms, offers, channel, serving, settle },
    /** Stacks that settle as soon as their open requests have ended, with the time that began. */
    draining: new Map<bigint, number>(),
  };
};
