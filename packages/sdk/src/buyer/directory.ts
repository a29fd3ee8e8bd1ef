/** Who serves what at which address: the chain's records and what the nodes say, each believed for a while. */

import { isAtomaError } from '@atoma/base';
import type { Atoma } from '../context/atoma.ts';
import { getConfig, type MarketConfig } from '../reads/config.ts';
import { findNode, type Node } from '../reads/nodes.ts';
import { listSubscriptions, listTasks, type Subscription, type Task } from '../reads/tasks.ts';
import type { WireIds } from './context.ts';
import { createHealth, type Health } from './health.ts';
import { remember } from './remember.ts';
import { describeNode, type SaidModel, type SelfDescription } from './self-description.ts';
import { createStackSigners } from './stack-signers.ts';
import { checkedUrl } from './transport/address.ts';
import type { Transport } from './transport/http.ts';
import type { BuyerPolicy } from './types.ts';

/** What is known about reaching a node. */
export interface NodeStatus {
  readonly node: Node;
  /** Why it cannot be used just now; null: it can. */
  readonly problem: string | null;
  /** ms of its last self-description, smoothed; null before the first. */
  readonly latencyMs: number | null;
  /** Its models by name, as the node says. */
  readonly models: ReadonlyMap<string, SaidModel>;
}

/** The directory of a buyer. */
export interface Directory {
  /** All tasks, a cache's age old at most. */
  readonly tasks: () => Promise<readonly Task[]>;
  readonly offers: (task: bigint) => Promise<readonly Subscription[]>;
  /** Parameters of the market. */
  readonly config: () => Promise<MarketConfig>;
  /** A node with its reachability; undefined when the chain has no such node. */
  readonly status: (node: bigint) => Promise<NodeStatus | undefined>;
  /** The one address that signs receipts and refusals of a stack, fixed at purchase; undefined when the chain knows no such stack. */
  readonly stackSigner: (stack: bigint) => Promise<string | undefined>;
  /** Tells the directory what a purchase said about it. */
  readonly noteStackSigner: (stack: bigint, address: string) => void;
  /** A connection failed: the node is not asked again for a while. */
  readonly noteFailure: (node: bigint, why: string) => void;
  readonly noteLatency: (node: bigint, ms: number) => void;
  /** Node's clock minus ours, ms; 0 before it is known. */
  readonly clockOffsetMs: (node: bigint) => number;
  readonly noteClock: (node: bigint, offsetMs: number) => void;
  /** Forgets what the chain said about offers, so that the next question reads them anew. */
  readonly refresh: () => void;
}

/** What the directory is made of. */
export interface DirectoryParameters {
  readonly atoma: Atoma;
  readonly ids: WireIds;
  readonly send: Transport;
  readonly policy: BuyerPolicy;
  readonly now: () => number;
}

/** Makes the directory. */
export const createDirectory = ({ atoma, ids, send, policy, now }: DirectoryParameters): Directory => {
  const health = createHealth(now);
  const signers = createStackSigners(atoma);
  const ttl = (): number => policy.cacheMs;
  const tasks = remember<'all', readonly Task[]>(ttl, now, () => listTasks(atoma));
  const config = remember<'all', MarketConfig>(ttl, now, () => getConfig(atoma));
  const offers = remember<bigint, readonly Subscription[]>(ttl, now, (taskSmallId) =>
    listSubscriptions(atoma, { taskSmallId }),
  );
  const nodes = remember<bigint, Node | null>(ttl, now, (nodeSmallId) => findNode(atoma, { nodeSmallId }));

  const noteFailure = (node: bigint, why: string): void => {
    health.failed(node, why);
    described.forget(node);
    nodes.forget(node);
  };

  const described = remember<bigint, SelfDescription | string>(ttl, now, async (id) => {
    const node = await nodes.get(id);
    if (!node) return 'the chain has no such node';
    try {
      checkedUrl(node.url, policy.allowPrivateNodes);
      const said = await describeNode({ send, ids, now }, node);
      if (said.kind === 'foreign') return said.why;
      const { latencyMs, clockOffsetMs } = said;
      health.answered(id, latencyMs);
      if (clockOffsetMs !== null) health.of(id).clockOffsetMs = clockOffsetMs;
      return said;
    } catch (error) {
      const why = isAtomaError(error, 'BUYER_URL_REFUSED') ? String(error.details.why) : (error as Error).message;
      noteFailure(id, why);
      return why === '' ? 'it cannot be reached' : why;
    }
  });

  const problemOf = (node: Node, self: SelfDescription | string, state: Health): string | null => {
    if (node.disabledEpoch !== null) return 'it is disabled';
    if (typeof self === 'string') return self;
    return state.restUntilMs > now() ? state.why : null;
  };

  const status = async (id: bigint): Promise<NodeStatus | undefined> => {
    const node = await nodes.get(id);
    if (!node) return undefined;
    const state = health.of(id);
    const resting = state.restUntilMs > now();
    const self = node.url === '' ? 'it has announced no address' : resting ? state.why : await described.get(id);
    if (typeof self === 'string') described.forget(id);
    return {
      node,
      problem: problemOf(node, self, state),
      latencyMs: state.latencyMs,
      models: typeof self === 'string' ? new Map() : self.models,
    };
  };

  return {
    tasks: () => tasks.get('all'),
    offers: (task) => offers.get(task),
    config: () => config.get('all'),
    status,
    stackSigner: signers.find,
    noteStackSigner: signers.note,
    noteFailure,
    noteLatency: health.answered,
    clockOffsetMs: (node) => health.of(node).clockOffsetMs,
    noteClock: (node, offsetMs) => {
      health.of(node).clockOffsetMs = offsetMs;
    },
    refresh: () => {
      for (const each of [tasks, config, offers, nodes, described]) each.clear();
    },
  };
};
