/** A market whose nodes are processes of their own: each has its wallet, ledger file, engine and port; the chain is reached over HTTP. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import {
  type Atoma,
  acquireStack,
  BASE_UNITS,
  createSigningFetch,
  createTask,
  type EventKind,
  type EventOf,
  encodeDeployment,
  executedResult,
  faucet,
  getBalances,
  getConfig,
  getNode,
  listAllEvents,
  type Receipt,
  setConfig,
  subscribeNodeToTask,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { openTestMarket, type TestMarket } from '../../../sdk/src/testing/market.ts';
import { nodeError } from '../node-errors.ts';
import { freePort } from './free-port.ts';
import { registerRichNode, wireIds } from './serving-fixture.ts';

/** Ways to cheat: other text, twice the units, a root of nothing, every unit there is. */
export type Cheat = 'none' | 'otherOutput' | 'inflatedUnits' | 'inventedRoot' | 'overClaim';

/** Steps of a billable request at which a daemon can be made to kill itself. */
export const meteringSteps = [
  'before-reserve',
  'after-reserve',
  'first-output',
  'before-commit',
  'after-commit',
] as const;

/** One of them. */
export type MeteringStep = (typeof meteringSteps)[number];

/** What a daemon process is told. */
export interface ProcessMessage {
  readonly cheat?: Cheat;
  readonly clockOffsetMs?: number;
  /** Kill yourself with SIGKILL there. */
  readonly killAt?: MeteringStep;
  readonly ask?: 'state' | 'settleUsed';
}

/** What varies between daemon processes. */
export interface ProcessOptions {
  /** Addresses of OpenAI-compatible servers; absent: the built-in engine. */
  readonly upstreams?: readonly string[];
  readonly lettersPerSecond?: number;
  readonly clockCheck?: boolean;
  readonly idleMs?: number;
  readonly giveUpMs?: number;
  readonly takeover?: boolean;
  readonly leaseMs?: number;
  /** Database file; absent: that of the node. */
  readonly database?: string;
}

/** What a daemon process reads when it starts. */
export interface ProcessSettings extends ProcessOptions {
  readonly rpc: string;
  readonly deployment: string;
  readonly secret: string;
  readonly node: string;
  readonly model: string;
  readonly port: number;
  readonly database: string;
}

/** What a daemon process tells. Amounts are decimal text. */
export interface DaemonReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
  readonly openRows: number;
  readonly breaches: readonly string[];
  readonly alarms: readonly string[];
  /** `kind subject state` of each transaction. */
  readonly outbox: readonly string[];
  readonly stacks: Readonly<
    Record<
      string,
      {
        readonly state: string;
        readonly consumed: string;
        readonly reserved: string;
        readonly leaves: number;
        readonly claimed: string | null;
      }
    >
  >;
}

/** A node whose daemon is a process. */
export interface NodeProcess {
  readonly id: bigint;
  readonly actor: Atoma;
  readonly url: string;
  readonly pid: () => number;
  /** Tells it something, and asks how it does. */
  readonly tell: (message?: ProcessMessage) => Promise<DaemonReport>;
  readonly signal: (signal: NodeJS.Signals) => Promise<number | null>;
  /** Resolves when its process has ended, with the signal that ended it. */
  readonly ended: () => Promise<NodeJS.Signals | null>;
  /** Starts it again with the same ledger. */
  readonly start: (more?: ProcessOptions) => Promise<void>;
  /** Starts another process for the same node, beside the first; returns what ended it. */
  readonly startBeside: (more: ProcessOptions) => Promise<string>;
}

/** The market. */
export interface ProcessFleet {
  readonly market: TestMarket;
  readonly nodes: readonly NodeProcess[];
  readonly buyer: Atoma;
  readonly task: bigint;
  readonly buy: (units?: bigint) => Promise<{ readonly stack: bigint; readonly server: NodeProcess }>;
  readonly fetchFor: (stack: bigint, server: NodeProcess, onReceipt?: (receipt: Receipt) => void) => typeof fetch;
  readonly byNode: (node: bigint) => NodeProcess;
  readonly events: <Kind extends EventKind>(kind: Kind) => Promise<readonly EventOf<Kind>[]>;
  readonly toma: (who: Atoma) => Promise<bigint>;
  /** All TOMA there is, once no stack is open: wallets, stakes, earnings, pool. Base units. */
  readonly money: () => Promise<bigint>;
  /** Cuts every node off from the chain, until it is called with true. */
  readonly chainUp: (up: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** How the market is made. */
export interface ProcessFleetOptions {
  readonly nodes: number;
  readonly level?: number;
  readonly alwaysAttest?: boolean;
  readonly seed?: string;
  readonly process?: (i: number) => ProcessOptions;
}

/** The model every node serves. */
export const MODEL = 'atoma/demo-chat';
/** Base units per unit. */
export const PRICE = 100n;

const script = resolve(import.meta.dirname, 'daemon-process.ts');

const ended = (why: string) => nodeError('CONFIG', { why, where: 'what the process was started with' });

interface Running {
  readonly child: ChildProcess;
  readonly errors: () => string;
}

const launch = (file: string): Running => {
  const child = fork(script, [file], {
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (part: Buffer) => {
    errors += part;
  });
  return { child, errors: () => errors };
};

/** The next report of a process, or why there is none. */
const nextReport = async ({ child, errors }: Running): Promise<DaemonReport | string> => {
  const either = new AbortController();
  const { signal } = either;
  const report = once(child, 'message', { signal }).then(([value]) => value as DaemonReport);
  const end = once(child, 'close', { signal }).then(
    () => errors() || `ended with ${child.exitCode ?? child.signalCode}`,
  );
  try {
    return await Promise.race([report, end]);
  } finally {
    either.abort();
    await Promise.allSettled([report, end]);
  }
};

/** Starts the market and all its processes. */
export const openProcessFleet = async (options: ProcessFleetOptions): Promise<ProcessFleet> => {
  const market = await openTestMarket(options.seed ?? 'processes');
  const directory = mkdtempSync(join(tmpdir(), 'atoma-fleet-'));
  let rpc = await serveLedger(market.ledger, { port: await freePort() });
  const { port: rpcPort, url: rpcUrl } = rpc;
  if (options.alwaysAttest) {
    executedResult(await setConfig(market.publisher, { name: 'attestationProbability', value: 1_000_000_000_000n }));
    executedResult(await setConfig(market.publisher, { name: 'sampledShare', value: 1_000n }));
  }
  const { taskSmallId: task } = executedResult(
    await createTask(market.publisher, { role: 0, modelName: MODEL, securityLevel: options.level ?? 0 }),
  );
  let files = 0;
  const children: Running[] = [];
  const addNode = async (i: number): Promise<NodeProcess> => {
    const actor = market.actor();
    const id = await registerRichNode(actor);
    const subscription = { nodeSmallId: id, taskSmallId: task, pricePerComputeUnit: PRICE };
    executedResult(await subscribeNodeToTask(actor, { ...subscription, maxNumComputeUnits: 10_000_000n }));
    const port = await freePort();
    const own: ProcessOptions = options.process?.(i) ?? {};
    const open = (more: ProcessOptions): Running => {
      const settings: ProcessSettings = {
        rpc: rpcUrl,
        deployment: encodeDeployment(market.deployment),
        secret: (actor.signer as Ed25519Keypair).getSecretKey(),
        node: String(id),
        model: MODEL,
        port,
        database: join(directory, `node-${i}.db`),
        ...own,
        ...more,
      };
      const file = join(directory, `run-${++files}.json`);
      writeFileSync(file, JSON.stringify(settings));
      const running = launch(file);
      children.push(running);
      return running;
    };
    let running: Running;
    const start = async (more: ProcessOptions = {}): Promise<void> => {
      running = open(more);
      const first = await nextReport(running);
      if (typeof first === 'string') throw ended(first);
    };
    await start();
    return {
      id,
      actor,
      url: `http://127.0.0.1:${port}`,
      pid: () => running.child.pid as number,
      tell: async (message = { ask: 'state' }) => {
        const answer = nextReport(running);
        running.child.send(message);
        const report = await answer;
        if (typeof report === 'string') throw ended(report);
        return report;
      },
      signal: async (signal) => {
        const closed = once(running.child, 'close');
        running.child.kill(signal);
        await closed;
        return running.child.exitCode;
      },
      ended: async () => {
        const { child } = running;
        if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
        return child.signalCode;
      },
      start,
      startBeside: async (more) => {
        const beside = open(more);
        const report = await nextReport(beside);
        if (typeof report === 'string') return report;
        beside.child.kill('SIGKILL');
        return 'it runs';
      },
    };
  };
  const nodes: NodeProcess[] = [];
  for (let i = 0; i < options.nodes; i++) nodes.push(await addNode(i));
  const buyer = market.actor();
  executedResult(await faucet(buyer, { amount: 1000n * BASE_UNITS }));
  const byNode = (node: bigint): NodeProcess => nodes.find(({ id }) => id === node) as NodeProcess;
  const toma = async (who: Atoma): Promise<bigint> => (await getBalances(who)).toma;
  return {
    market,
    nodes,
    buyer,
    task,
    byNode,
    toma,
    buy: async (numComputeUnits = 1_000_000n) => {
      const order = { taskSmallId: task, numComputeUnits, pricePerComputeUnit: PRICE, allowUnchecked: true };
      const bought = executedResult(await acquireStack(buyer, order));
      return { stack: bought.stackSmallId, server: byNode(bought.selectedNodeSmallId) };
    },
    fetchFor: (stack, server, onReceipt) =>
      createSigningFetch({
        ...wireIds(market),
        stack,
        node: server.id,
        signer: buyer.signer as Signer,
        nodeAddresses: [server.actor.sender as string],
        ...(onReceipt ? { onReceipt } : {}),
      }),
    events: (kind) => listAllEvents(market.publisher, { kind }),
    money: async () => {
      let sum = (await getConfig(buyer)).pool + (await toma(buyer)) + (await toma(market.publisher));
      for (const { id, actor } of nodes) {
        const { stake, earnings } = await getNode(buyer, { nodeSmallId: id });
        sum += stake + earnings + (await toma(actor));
      }
      return sum;
    },
    chainUp: async (up) => {
      if (up) rpc = await serveLedger(market.ledger, { port: rpcPort });
      else await rpc.close();
    },
    close: async () => {
      for (const { child } of children) if (child.exitCode === null) child.kill('SIGKILL');
      await rpc.close().catch(() => undefined);
      market.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
};

/** Asks for a chat answer over HTTP; returns its text, or the code of its error. */
export const askOver = async (
  ask: typeof fetch,
  server: NodeProcess,
  content: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<string> => {
  const response = await ask(`${server.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content }], ...more }),
  });
  const json = (await response.json()) as { choices?: { message: { content: string } }[]; error?: { code: string } };
  return json.choices?.[0]?.message.content ?? `error ${json.error?.code}`;
};
