/** A market on an embedded ledger with real nodes behind real ports, for tests and benches of the buyer's side. */
import {
  type Atoma,
  acquireStack,
  BASE_UNITS,
  createTask,
  executedResult,
  faucet,
  messageSigner,
  registerNode,
  subscribeNodeToTask,
  topUpCollateral,
  updateNodeUrl,
  wireIdsOf,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { Logger } from 'pino';
import { createChainView } from '../../../node/src/chain/sdk-view.ts';
import type { ServeLimits } from '../../../node/src/context.ts';
import { createEngineSet } from '../../../node/src/engine/set.ts';
import type { Engine } from '../../../node/src/engine/types.ts';
import { type Listening, listen } from '../../../node/src/http/listen.ts';
import { createLog } from '../../../node/src/observe/log.ts';
import { createMetrics } from '../../../node/src/observe/metrics.ts';
import type { Offer } from '../../../node/src/serve/describe.ts';
import { createServing, type Serving } from '../../../node/src/serving.ts';
import { openSqliteStore } from '../../../node/src/store/sqlite/store.ts';
import type { Store } from '../../../node/src/store/types.ts';
import { freePort } from '../../../node/src/testing/free-port.ts';
import { createLettersEngine } from '../../../node/src/testing/letters-engine.ts';
import { openChannel } from '../../../node/src/testing/serving-fixture.ts';
import { openTestMarket, type TestMarket } from '../../../sdk/src/testing/market.ts';

/** 10^9 base units. */
export const TOMA = BASE_UNITS;

/** A node that serves. */
export interface RehearsalNode extends Serving {
  readonly id: bigint;
  readonly operator: Atoma;
  readonly store: Store;
  readonly url: () => string;
  /** Stops answering; the port stays its own. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  readonly clock: { offset: number };
}

/** How a node is made. */
export interface NodeOptions {
  readonly engines?: readonly Engine[];
  readonly limits?: Partial<ServeLimits>;
  readonly offers?: () => readonly Offer[];
  /** A rehearsal's environment, its channel open and committed; the secret of its development root, where it is not the fixtures'. */
  readonly confidential?: boolean | Uint8Array;
  readonly log?: Logger;
  /** Database file; in memory when left out. */
  readonly path?: string;
  /** Of the database; default `process`. */
  readonly durability?: 'power' | 'process';
}

/** A market with nodes. */
export interface Rehearsal {
  readonly market: TestMarket;
  readonly nodes: RehearsalNode[];
  readonly addNode: (options?: NodeOptions) => Promise<RehearsalNode>;
  /** Makes a task; returns its small id. */
  readonly task: (p: { role?: number; model?: string; level?: number }) => Promise<bigint>;
  readonly subscribe: (node: RehearsalNode, task: bigint, price: bigint, maxUnits?: bigint) => Promise<void>;
  /** A wallet with SUI and TOMA. */
  readonly wallet: (toma?: bigint, signer?: Signer) => Promise<Atoma>;
  readonly buyStack: (buyer: Atoma, task: bigint, units: bigint, price: bigint) => Promise<bigint>;
  readonly close: () => Promise<void>;
}

const startNode = async (market: TestMarket, options: NodeOptions): Promise<RehearsalNode> => {
  const operator = market.actor();
  executedResult(await faucet(operator, { amount: 1000n * TOMA }));
  const { nodeSmallId: id } = executedResult(await registerNode(operator, {}));
  executedResult(await topUpCollateral(operator, { nodeSmallId: id, amount: 900n * TOMA }));
  const store = openSqliteStore({ path: options.path ?? ':memory:', durability: options.durability ?? 'process' });
  const engines = await createEngineSet(options.engines ?? [createLettersEngine()]);
  const clock = { offset: 0 };
  const port = await freePort();
  let listening: Listening | undefined;
  const identity = {
    ...wireIdsOf(operator),
    node: id,
    url: `http://127.0.0.1:${port}`,
    instance: `rehearsal-${id}`,
    version: '0',
    signer: messageSigner(operator.signer as Signer),
  };
  const now = (): number => Date.now() + clock.offset;
  const root = options.confidential instanceof Uint8Array ? options.confidential : undefined;
  const channel = options.confidential
    ? await openChannel(operator, { ...wireIdsOf(operator), node: id }, now, root)
    : null;
  const serving = createServing({
    ...(channel ? { confidential: channel } : {}),
    identity,
    store,
    engines,
    chain: createChainView(operator),
    log: options.log ?? createLog('silent'),
    metrics: createMetrics(),
    now,
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.offers ? { offers: options.offers } : {}),
  });
  const start = async (): Promise<void> => {
    listening ??= await listen(serving.app, { host: '127.0.0.1', port }, serving.work);
  };
  await start();
  executedResult(await updateNodeUrl(operator, { nodeSmallId: id, url: identity.url }));
  return {
    ...serving,
    id,
    operator,
    store,
    clock,
    url: () => identity.url,
    start,
    stop: async () => {
      await listening?.close();
      listening = undefined;
    },
  };
};

/** Opens a market without nodes. */
export const openRehearsal = async (seed = 'rehearsal'): Promise<Rehearsal> => {
  const market = await openTestMarket(seed);
  const maker = market.actor();
  const nodes: RehearsalNode[] = [];
  return {
    market,
    nodes,
    addNode: async (options = {}) => {
      const node = await startNode(market, options);
      nodes.push(node);
      return node;
    },
    task: async ({ role = 0, model, level = 0 }) => {
      const made = await createTask(maker, {
        role,
        securityLevel: level,
        ...(model === undefined ? {} : { modelName: model }),
      });
      return executedResult(made).taskSmallId;
    },
    subscribe: async (node, taskSmallId, pricePerComputeUnit, maxNumComputeUnits = 10_000_000n) => {
      executedResult(
        await subscribeNodeToTask(node.operator, {
          nodeSmallId: node.id,
          taskSmallId,
          pricePerComputeUnit,
          maxNumComputeUnits,
        }),
      );
    },
    wallet: async (toma = 100n * TOMA, signer) => {
      const atoma = market.actor(signer);
      if (toma > 0n) executedResult(await faucet(atoma, { amount: toma }));
      return atoma;
    },
    buyStack: async (buyer, taskSmallId, numComputeUnits, pricePerComputeUnit) =>
      executedResult(
        await acquireStack(buyer, { taskSmallId, numComputeUnits, pricePerComputeUnit, allowUnchecked: true }),
      ).stackSmallId,
    close: async () => {
      for (const node of nodes) {
        await node.stop();
        await node.node.engines.close();
        await node.store.close();
      }
      market.close();
    },
  };
};
