/** Who serves what at which address: the chain's records and what the nodes say, each believed for a while. */

import { isAtomaError, toHex } from '@atoma/base';
import type { Atoma } from '../context/atoma.ts';
import { listEvents } from '../events/list.ts';
import { getConfig, type MarketConfig } from '../reads/config.ts';
import { findNode, type Node } from '../reads/nodes.ts';
import { findStack } from '../reads/stacks.ts';
import { listSubscriptions, listTasks, type Subscription, type Task } from '../reads/tasks.ts';
import { equalBytes } from '../values/bytes.ts';
import { randomId } from '../values/random-id.ts';
import { fromBase64 } from '../wire/headers.ts';
import { array, type Json, record } from '../wire/json.ts';
import { addressLayout } from '../wire/messages.ts';
import { parseSignature, verifyPersonalMessage } from '../wire/signature.ts';
import type { WireIds } from './context.ts';
import { checkedUrl } from './transport/address.ts';
import type { Transport } from './transport/http.ts';
import type { BuyerPolicy } from './types.ts';

/** What a node says about a model it serves; nobody has checked it. */
export interface SaidModel {
  /** Name of the reproducible profile; null when outputs may differ between runs. */
  readonly profile: string | null;
  /** One of {@link quantizations}; null when it says none. */
  readonly quantization: string | null;
  /** Members of bodies that it takes; null when it does not say. */
  readonly parameters: ReadonlySet<string> | null;
}

/** What is known about reaching a node. */
export interface NodeStatus {
  readonly node: Node;
  /** Why it cannot be used just now; null: it can. */
  readonly problem: string | null;
  /** ms of its last self-description, smoothed; null before the first. */
  readonly latencyMs: number | null;
  /** Its models by name, as the node says. */
  readonly models: ReadonlyMap<string, SaidModel>;
  /** Node's clock minus ours, ms. */
  readonly clockOffsetMs: number;
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

/** A node that failed is left alone this long, ms, doubled with every failure up to the second figure. */
const REST_MS: readonly [number, number] = [1_000, 60_000];
const PROBE_MS = 5_000;
/** Share of the newest measurement in the smoothed latency. */
const SMOOTHING = 0.2;

interface Cached<Value> {
  readonly atMs: number;
  readonly value: Promise<Value>;
  refreshing: boolean;
}

/** A value older than its time is still given this many times longer, while a new one is read behind it. */
const STALE_TIMES = 5;

/** A value read once per `ttlMs`, ahead of need where it is asked for often; a failed read is not kept. */
const remember = <Key, Value>(ttlMs: () => number, now: () => number, read: (key: Key) => Promise<Value>) => {
  const known = new Map<Key, Cached<Value>>();
  const put = (key: Key, value: Promise<Value>): Promise<Value> => {
    const entry = { atMs: now(), value, refreshing: false };
    known.set(key, entry);
    value.catch(() => {
      if (known.get(key) === entry) known.delete(key);
    });
    return value;
  };
  const refresh = (key: Key, stale: Cached<Value>): void => {
    if (stale.refreshing) return;
    stale.refreshing = true;
    read(key).then(
      (value) => {
        if (known.get(key) === stale) put(key, Promise.resolve(value));
      },
      () => {
        stale.refreshing = false;
      },
    );
  };
  return {
    get: (key: Key): Promise<Value> => {
      const found = known.get(key);
      const age = found ? now() - found.atMs : Number.POSITIVE_INFINITY;
      if (found && age < ttlMs()) return found.value;
      if (!found || age >= ttlMs() * STALE_TIMES) return put(key, read(key));
      refresh(key, found);
      return found.value;
    },
    forget: (key: Key): void => {
      known.delete(key);
    },
    clear: (): void => known.clear(),
  };
};

interface Health {
  failures: number;
  restUntilMs: number;
  why: string;
  latencyMs: number | null;
  clockOffsetMs: number;
}

interface SelfDescription {
  readonly models: ReadonlyMap<string, SaidModel>;
}

const saidText = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const saidModel = ({ profile, quantization, supported_parameters: parameters }: Json): SaidModel => ({
  profile: saidText(profile),
  quantization: saidText(quantization),
  parameters: Array.isArray(parameters) ? new Set(parameters.map(String)) : null,
});

const json = async (body: Uint8Array): Promise<Record<string, unknown>> =>
  JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;

/** Makes the directory. */
export const createDirectory = ({ atoma, ids, send, policy, now }: DirectoryParameters): Directory => {
  const health = new Map<bigint, Health>();
  const healthOf = (node: bigint): Health => {
    const known = health.get(node) ?? { failures: 0, restUntilMs: 0, why: '', latencyMs: null, clockOffsetMs: 0 };
    health.set(node, known);
    return known;
  };
  const ttl = (): number => policy.cacheMs;
  const tasks = remember<'all', readonly Task[]>(ttl, now, () => listTasks(atoma));
  const config = remember<'all', MarketConfig>(ttl, now, () => getConfig(atoma));
  const offers = remember<bigint, readonly Subscription[]>(ttl, now, (taskSmallId) =>
    listSubscriptions(atoma, { taskSmallId }),
  );
  const nodes = remember<bigint, Node | null>(ttl, now, (nodeSmallId) => findNode(atoma, { nodeSmallId }));

  const noteFailure = (node: bigint, why: string): void => {
    const state = healthOf(node);
    state.failures++;
    state.why = why;
    state.restUntilMs = now() + Math.min(REST_MS[0] * 2 ** (state.failures - 1), REST_MS[1]);
    described.forget(node);
    nodes.forget(node);
  };
  const noteLatency = (node: bigint, ms: number): void => {
    const state = healthOf(node);
    state.failures = 0;
    state.restUntilMs = 0;
    state.latencyMs = state.latencyMs === null ? ms : state.latencyMs * (1 - SMOOTHING) + ms * SMOOTHING;
  };

  const get = async (url: string, path: string): Promise<Record<string, unknown>> => {
    const answer = await send({
      url,
      path,
      method: 'GET',
      headers: { accept: 'application/json' },
      timeoutMs: PROBE_MS,
    });
    return json(await answer.bytes());
  };

  /** The daemon behind the URL must hold the node's key, or a request would go to somebody else. */
  const proveIdentity = async (node: Node): Promise<string | undefined> => {
    const nonce = randomId();
    const said = await get(node.url, `/v1/node?nonce=${toHex(nonce)}`);
    const proof = fromBase64(String(said.proof));
    const signature = fromBase64(String(said.signature));
    if (!proof || !signature) return 'it does not prove who it is';
    const parsed = parseSignature(signature);
    const address = addressLayout.decode(proof);
    const right =
      parsed.address === node.owner &&
      (await verifyPersonalMessage(proof, parsed)) &&
      equalBytes(address.nonce, nonce) &&
      equalBytes(address.chainId, ids.chainId) &&
      equalBytes(address.packageId, ids.packageId) &&
      address.node === node.nodeSmallId;
    if (Number.isFinite(said.server_time_ms)) {
      const offset = Number(said.server_time_ms) - now();
      healthOf(node.nodeSmallId).clockOffsetMs = Math.abs(offset) > 30_000 ? offset : 0;
    }
    return right ? undefined : `another daemon answers at ${node.url}`;
  };

  const modelsAt = async (url: string): Promise<ReadonlyMap<string, SaidModel>> => {
    const { data } = await get(url, '/v1/models');
    return new Map(array(data).map((row) => [String(record(row).id), saidModel(record(record(row).atoma))]));
  };

  const described = remember<bigint, SelfDescription | string>(ttl, now, async (id) => {
    const node = await nodes.get(id);
    if (!node) return 'the chain has no such node';
    try {
      checkedUrl(node.url, policy.allowPrivateNodes);
      const from = performance.now();
      const wrong = await proveIdentity(node);
      if (wrong !== undefined) return wrong;
      noteLatency(id, performance.now() - from);
      return { models: await modelsAt(node.url) };
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
    const state = healthOf(id);
    const resting = state.restUntilMs > now();
    const self = node.url === '' ? 'it has announced no address' : resting ? state.why : await described.get(id);
    if (typeof self === 'string') described.forget(id);
    return {
      node,
      problem: problemOf(node, self, state),
      latencyMs: state.latencyMs,
      models: typeof self === 'string' ? new Map() : self.models,
      clockOffsetMs: state.clockOffsetMs,
    };
  };

  const created = async (stack: bigint): Promise<string | undefined> => {
    for (let after: string | undefined; ; ) {
      const page = await listEvents(atoma, { kind: 'StackCreatedEvent', ...(after === undefined ? {} : { after }) });
      for (const event of page.events)
        if (event.kind === 'StackCreatedEvent' && event.data.stackSmallId === stack) return event.data.nodeAddress;
      if (!page.hasMore || page.cursor === null) return undefined;
      after = page.cursor;
    }
  };
  /** Never changes, so it is kept for good. */
  const signers = new Map<bigint, string>();
  const stackSigner = async (stack: bigint): Promise<string | undefined> => {
    const known = signers.get(stack);
    if (known !== undefined) return known;
    const open = await findStack(atoma, { stackSmallId: stack });
    const address = open?.nodeAddress ?? (await created(stack));
    if (address !== undefined) signers.set(stack, address);
    return address;
  };

  return {
    tasks: () => tasks.get('all'),
    offers: (task) => offers.get(task),
    config: () => config.get('all'),
    status,
    stackSigner,
    noteStackSigner: (stack, address) => {
      signers.set(stack, address);
    },
    noteFailure,
    noteLatency,
    noteClock: (node, offsetMs) => {
      healthOf(node).clockOffsetMs = offsetMs;
    },
    refresh: () => {
      tasks.clear();
      config.clear();
      offers.clear();
      nodes.clear();
      described.clear();
    },
  };
};
