/** A serving node over a real market on an embedded ledger, with a buyer who owns a stack. */

import type { Durability } from '@atoma/base';
import {
  type Atoma,
  acquireStack,
  BASE_UNITS,
  createSigningFetch,
  createTask,
  executedResult,
  faucet,
  messageSigner,
  type Receipt,
  registerNode,
  type SignedBytes,
  setNodeKeyCommitment,
  subscribeNodeToTask,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { fromBase58 } from '@mysten/sui/utils';
import type { Logger } from 'pino';
import { openTestMarket, type TestMarket } from '../../../sdk/src/testing/market.ts';
import { createChainView } from '../chain/sdk-view.ts';
import { type Channel, type ChannelIdentity, createChannel, type KeyCommitment } from '../confidential/channel.ts';
import { rehearsalEnvironment } from '../confidential/rehearsal.ts';
import type { ServeLimits } from '../context.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createEngineSet } from '../engine/set.ts';
import type { Engine } from '../engine/types.ts';
import { type Listening, listen } from '../http/listen.ts';
import { createLog } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import type { Problem } from '../serve/problem.ts';
import { createServing, type Serving } from '../serving.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/types.ts';

/** A serving node and its surroundings. */
export interface ServingFixture extends Serving {
  readonly market: TestMarket;
  readonly store: Store;
  readonly url: string;
  readonly nodeId: bigint;
  readonly nodeAddress: string;
  readonly buyer: Atoma;
  /** Holds the NodeBadge. */
  readonly operator: Atoma;
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  /** The clock of the node, ms; may be moved. */
  readonly clock: { offset: number };
  readonly task: (p: { role: number; model?: string; level?: number }) => Promise<bigint>;
  readonly stack: (task: bigint, units?: bigint) => Promise<bigint>;
  readonly fetchFor: (
    stack: bigint,
    options?: {
      signer?: Signer;
      maxUnits?: bigint;
      onReceipt?: (receipt: Receipt, signed: SignedBytes) => void;
      now?: () => number;
    },
  ) => typeof fetch;
  readonly close: () => Promise<void>;
}

/** Base units per unit in every fixture. */
export const PRICE = 100_000n;

/** Ids of a deployment as the wire has them. */
export const wireIds = (market: TestMarket): { chainId: Uint8Array; packageId: Uint8Array } => ({
  chainId: fromBase58(String(market.deployment.chainId)),
  packageId: new Uint8Array(Buffer.from(market.deployment.originalPackageId.slice(2), 'hex')),
});

/** Registers a node with enough stake for several stacks. */
export const registerRichNode = async (actor: Atoma, url?: string): Promise<bigint> => {
  executedResult(await faucet(actor, { amount: 1000n * BASE_UNITS }));
  const { nodeSmallId } = executedResult(await registerNode(actor, url === undefined ? {} : { url }));
  const { topUpCollateral } = await import('@atoma/sdk');
  executedResult(await topUpCollateral(actor, { nodeSmallId, amount: 900n * BASE_UNITS }));
  return nodeSmallId;
};

/** Secret of the development root of every fixture. */
export const REHEARSAL_SECRET: Uint8Array = new Uint8Array(32).fill(9);

/** The channel of a rehearsal, named by the chain. */
export const openChannel = async (
  operator: Atoma,
  identity: ChannelIdentity,
  now: () => number,
  secret: Uint8Array = REHEARSAL_SECRET,
): Promise<Channel> => {
  const channel = createChannel(rehearsalEnvironment(secret, 'fixture'), identity, now);
  const { response } = await operator.client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: undefined } });
  const { sequenceNumber = 0n, digest = '' } = response.checkpoint ?? {};
  await channel.renew({ sequence: sequenceNumber, digest: fromBase58(digest) });
  const commitment = channel.commitment() as KeyCommitment;
  executedResult(await setNodeKeyCommitment(operator, { nodeSmallId: identity.node, ...commitment }));
  channel.open();
  return channel;
};

/** Starts the fixture. */
export const openServing = async (
  options: {
    engines?: readonly Engine[];
    limits?: Partial<ServeLimits>;
    path?: string;
    price?: bigint;
    durability?: Durability;
    notReady?: () => Problem | undefined;
    log?: Logger;
    /** A rehearsal's environment, its channel open and committed. */
    confidential?: boolean;
  } = {},
): Promise<ServingFixture> => {
  const market = await openTestMarket();
  const price = options.price ?? PRICE;
  const operator = market.actor();
  const nodeId = await registerRichNode(operator);
  const buyer = market.actor();
  executedResult(await faucet(buyer, { amount: 1000n * BASE_UNITS }));
  const ids = wireIds(market);
  const signer = messageSigner(operator.signer as Signer);
  const store = openSqliteStore({ path: options.path ?? ':memory:', durability: options.durability ?? 'process' });
  const clock = { offset: 0 };
  const engines = await createEngineSet(options.engines ?? [createBuiltinEngine()]);
  const now = (): number => Date.now() + clock.offset;
  const channel = options.confidential ? await openChannel(operator, { ...ids, node: nodeId }, now) : undefined;
  const serving = createServing({
    ...(channel ? { confidential: channel } : {}),
    identity: { ...ids, node: nodeId, url: '', instance: 'fixture', version: '0', signer },
    store,
    engines,
    chain: createChainView(operator),
    log: options.log ?? createLog('silent'),
    metrics: createMetrics(),
    now,
    ...(options.limits ? { limits: options.limits } : {}),
    ...(options.notReady ? { notReady: options.notReady } : {}),
  });
  const server: Listening = await listen(serving.app, { host: '127.0.0.1', port: 0 }, serving.work);
  const task = async ({
    role,
    model,
    level = 0,
  }: {
    role: number;
    model?: string;
    level?: number;
  }): Promise<bigint> => {
    const made = executedResult(
      await createTask(operator, { role, securityLevel: level, ...(model === undefined ? {} : { modelName: model }) }),
    );
    const { taskSmallId } = made;
    executedResult(
      await subscribeNodeToTask(operator, {
        nodeSmallId: nodeId,
        taskSmallId,
        pricePerComputeUnit: price,
        maxNumComputeUnits: 10_000_000n,
      }),
    );
    return taskSmallId;
  };
  return {
    ...serving,
    ...ids,
    market,
    store,
    url: `http://127.0.0.1:${server.port}`,
    nodeId,
    nodeAddress: signer.address,
    buyer,
    operator,
    clock,
    task,
    stack: async (taskSmallId, numComputeUnits = 10_000n) => {
      const bought = await acquireStack(buyer, {
        taskSmallId,
        numComputeUnits,
        pricePerComputeUnit: price,
        allowUnchecked: true,
      });
      return executedResult(bought).stackSmallId;
    },
    fetchFor: (stack, { signer: other, maxUnits, onReceipt, now } = {}) =>
      createSigningFetch({
        ...ids,
        stack,
        node: nodeId,
        signer: other ?? (buyer.signer as Signer),
        nodeAddresses: [signer.address],
        ...(maxUnits === undefined ? {} : { maxUnits: () => maxUnits }),
        ...(onReceipt ? { onReceipt } : {}),
        ...(now ? { now } : {}),
      }),
    close: async () => {
      await server.close();
      await engines.close();
      await store.close();
      market.close();
    },
  };
};
