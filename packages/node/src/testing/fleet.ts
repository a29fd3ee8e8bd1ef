/** Several real daemons on one real market, in one process: each has its wallet, ledger, engine and HTTP port. */
import {
  type Atoma,
  acquireStack,
  BASE_UNITS,
  createSigningFetch,
  createTask,
  type EventKind,
  type EventOf,
  executedResult,
  faucet,
  getBalances,
  listAllEvents,
  type Receipt,
  type SignedBytes,
  setConfig,
  subscribeNodeToTask,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { openTestMarket, type TestMarket } from '../../../sdk/src/testing/market.ts';
import { type Daemon, startDaemon } from '../daemon.ts';
import type { DaemonOptions } from '../daemon-parts.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { createLog } from '../observe/log.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { freePort } from './free-port.ts';
import { registerRichNode, wireIds } from './serving-fixture.ts';

/** A market with daemons. */
export interface Fleet {
  readonly market: TestMarket;
  readonly daemons: readonly Daemon[];
  readonly buyer: Atoma;
  readonly task: bigint;
  readonly model: string;
  readonly price: bigint;
  /** Buys a stack; returns its id and the daemon that serves it. */
  readonly buy: (units?: bigint) => Promise<{ readonly stack: bigint; readonly server: Daemon }>;
  readonly byNode: (node: bigint) => Daemon;
  readonly ask: (
    stack: bigint,
    server: Daemon,
    onReceipt?: (receipt: Receipt, signed: SignedBytes) => void,
    who?: Atoma,
  ) => typeof fetch;
  /** One round of every daemon, some rounds in a row. */
  readonly tick: (rounds?: number) => Promise<void>;
  readonly events: <Kind extends EventKind>(kind: Kind) => Promise<readonly EventOf<Kind>[]>;
  readonly toma: (who: Atoma) => Promise<bigint>;
  readonly close: () => Promise<void>;
}

/** How a fleet is made. */
export interface FleetOptions {
  readonly nodes: number;
  readonly level?: number;
  readonly price?: bigint;
  /** Engine of daemon `i`; default the built-in one. */
  readonly engine?: (i: number) => Engine;
  readonly daemon?: (i: number, actor: Atoma, market: TestMarket) => Partial<DaemonOptions>;
  /** Attesters always required at level 1. */
  readonly alwaysAttest?: boolean;
  readonly seed?: string;
  /** Model of the task. */
  readonly model?: string;
  /** Least reputation the task asks for. */
  readonly minimumReputation?: number;
}

const MODEL = 'atoma/demo-chat';

/** An engine that, while `active`, changes the text of its answers to prompts which contain `trigger`. */
export const lyingEngine = (trigger: string, active: () => boolean): Engine => {
  const honest = createBuiltinEngine();
  return {
    ...honest,
    renew: async () => lyingEngine(trigger, active),
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      const lies = active() && JSON.stringify(request.body).includes(trigger);
      for await (const event of honest.run(request, limit, signal))
        yield lies && event.type === 'delta' && event.content !== undefined
          ? { ...event, content: event.content.toUpperCase() }
          : event;
    },
  };
};

/** An engine that is wrong for as long as it is not started anew. */
export const brokenEngine = (trigger: string, active: () => boolean): Engine => ({
  ...lyingEngine(trigger, active),
  renew: createBuiltinEngine().renew as () => Promise<Engine>,
});

/** Starts the fleet. */
export const openFleet = async (options: FleetOptions): Promise<Fleet> => {
  const market = await openTestMarket(options.seed ?? 'fleet');
  const price = options.price ?? 100n;
  if (options.alwaysAttest) {
    executedResult(await setConfig(market.publisher, { name: 'attestationProbability', value: 1_000_000_000_000n }));
    executedResult(await setConfig(market.publisher, { name: 'sampledShare', value: 1_000n }));
  }
  const { taskSmallId: task } = executedResult(
    await createTask(market.publisher, {
      role: 0,
      modelName: options.model ?? MODEL,
      securityLevel: options.level ?? 0,
      minimumReputationScore: options.minimumReputation ?? 0,
    }),
  );
  const daemons: Daemon[] = [];
  for (let i = 0; i < options.nodes; i++) {
    const actor = market.actor();
    const nodeSmallId = await registerRichNode(actor);
    const subscribe = async () =>
      executedResult(
        await subscribeNodeToTask(actor, {
          nodeSmallId,
          taskSmallId: task,
          pricePerComputeUnit: price,
          maxNumComputeUnits: 10_000_000n,
        }),
      );
    if (options.level !== 2) await subscribe();
    const daemon = await startDaemon({
      atoma: actor,
      nodeSmallId,
      engines: [options.engine?.(i) ?? createBuiltinEngine()],
      store: openSqliteStore({ path: ':memory:', durability: 'process' }),
      port: await freePort(),
      pollMs: 0,
      policy: { allowPrivateNodes: true, checkMs: 60_000 },
      log: createLog('silent'),
      ...options.daemon?.(i, actor, market),
    });
    await daemon.announce(`http://127.0.0.1:${daemon.port}`);
    if (options.level === 2) {
      await daemon.tick(); // commits the key, without which no confidential task takes a node
      await subscribe();
    }
    daemons.push(daemon);
  }
  const buyer = market.actor();
  executedResult(await faucet(buyer, { amount: 1000n * BASE_UNITS }));
  const byNode = (node: bigint): Daemon => daemons.find((daemon) => daemon.settle.nodeId === node) as Daemon;
  return {
    market,
    daemons,
    buyer,
    task,
    model: options.model ?? MODEL,
    price,
    byNode,
    buy: async (numComputeUnits = 1_000_000n) => {
      const bought = executedResult(
        await acquireStack(buyer, {
          taskSmallId: task,
          numComputeUnits,
          pricePerComputeUnit: price,
          allowUnchecked: true,
        }),
      );
      return { stack: bought.stackSmallId, server: byNode(bought.selectedNodeSmallId) };
    },
    ask: (stack, server, onReceipt, who = buyer) =>
      createSigningFetch({
        ...wireIds(market),
        stack,
        node: server.settle.nodeId,
        signer: who.signer as Signer,
        nodeAddresses: [server.node.identity.signer.address],
        ...(onReceipt ? { onReceipt } : {}),
      }),
    tick: async (rounds = 1) => {
      for (let round = 0; round < rounds; round++) for (const daemon of daemons) await daemon.tick();
    },
    events: (kind) => listAllEvents(market.publisher, { kind }),
    toma: async (who) => (await getBalances(who)).toma,
    close: async () => {
      for (const daemon of daemons) await daemon.stop({ graceMs: 100 });
      market.close();
    },
  };
};

/** Asks the server of a stack over HTTP; returns the text. */
export const askOnce = async (
  fleet: Fleet,
  stack: bigint,
  server: Daemon,
  content: string,
  onReceipt?: (receipt: Receipt, signed: SignedBytes) => void,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const response = await fleet.ask(
    stack,
    server,
    onReceipt,
  )(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: fleet.model, messages: [{ role: 'user', content }], ...more }),
  });
  const json = (await response.json()) as { choices?: { message: { content: string } }[]; error?: { code: string } };
  return json.choices?.[0]?.message.content ?? `error ${json.error?.code}`;
};
