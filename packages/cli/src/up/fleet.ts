/** The daemons of a market in one process. */
import {
  createBuiltinEngine,
  createLog,
  createUpstreamEngine,
  type Daemon,
  type Engine,
  llamaOptions,
  openSqliteStore,
  parseNodeConfig,
  rehearsalEnvironment,
  startDaemon,
  startLlamaEngine,
  startOperator,
} from '@atoma/node';
import { given } from '../chain/given.ts';
import { chainChecks } from '../node/checks.ts';
import type { Pages } from '../pages.ts';
import type { UpMarket, UpNode } from './market.ts';
import { dropLeaseOf } from './owner.ts';
import type { UpPlan } from './plan.ts';
import { nodeFile, rehearsalSecretOf } from './plan.ts';
import { shippedModels } from './shipped.ts';

/** What the rehearsal's measurement stands for. */
const VERSION = 'up';
/** How long a stack rests before it is settled, in epochs. */
const IDLE_EPOCHS = 2;

const smallEngine = ({ engine, models }: UpPlan): Engine =>
  engine === null
    ? createBuiltinEngine()
    : createUpstreamEngine({
        models: models.map(({ name, role }) => ({
          name,
          roles: [role],
          contextLength: 131_072,
          tokenizer: 'o200k_base',
          profile: null,
          targets: [{ url: engine, concurrency: 32 }],
        })),
      });

/** An engine of all nodes: it ends with the last of them. */
const shared = (engine: Engine, nodes: number): Engine => {
  let users = nodes;
  return {
    ...engine,
    close: async () => {
      users--;
      if (users === 0) await engine.close();
    },
  };
};

/** Engines of every node of a plan; a language model is loaded once for all. */
const plannedEngines = async (plan: UpPlan): Promise<() => readonly Engine[]> => {
  const { file, engine, models, nodes } = plan;
  if (file !== null) {
    const name = models[0]?.name;
    const roles = models.map(({ role }) => role);
    const options = llamaOptions.parse({ file, roles, ...(name ? { name } : {}) });
    const model = shared(await startLlamaEngine(options), nodes);
    return () => [model];
  }
  const shipped = engine === null ? shippedModels() : undefined;
  if (!shipped || !models.some(({ name }) => name === shipped.name)) return () => [smallEngine(plan)];
  const model = shared(shipped.lazy(), nodes);
  return () => [smallEngine(plan), model];
};

/** Pause between two rounds of a daemon: epochs are long against it. ms. */
export const pollMsOf = (epochMs: number): number => Math.min(1_000, Math.max(50, Math.floor(epochMs / 20)));

/** How a fleet differs from what the plan says. */
export interface FleetOptions {
  /** Engines of node `i`, counted from 0. */
  readonly enginesOf?: (i: number) => Promise<readonly Engine[]>;
  /** Stands between node `i` and an engine of it; absent: nothing does. */
  readonly wrap?: (engine: Engine, i: number) => Engine;
  /** Pause between two rounds, ms; 0: no rounds of their own, `tick` is called by hand. */
  readonly pollMs?: number;
  /** File of the operators' token; absent: they have no surface. */
  readonly tokenPath?: string;
  /** What a browser gets at a node's and its operator's address; absent: nothing. */
  readonly pages?: Pages;
}

/** Daemons that run, and the surfaces of their operators. */
export interface Fleet {
  readonly daemons: readonly Daemon[];
  /** In the order of the daemons; empty without a token. */
  readonly operators: readonly Operator[];
}

type Operator = Awaited<ReturnType<typeof startOperator>>;

const startOperators = async (
  market: UpMarket,
  daemons: readonly Daemon[],
  { tokenPath, pages }: FleetOptions,
): Promise<readonly Operator[]> => {
  if (tokenPath === undefined) return [];
  const config = parseNodeConfig({ allow_private_nodes: true, clock_check: false }, 'atoma up');
  return Promise.all(
    daemons.map((daemon, i) => {
      const doctor = () => chainChecks((market.nodes[i] as UpNode).atoma, config);
      return startOperator(daemon, { port: 0, tokenPath, doctor, ...given({ pages: pages?.at('node') }) });
    }),
  );
};

const startDaemons = async (market: UpMarket, options: FleetOptions): Promise<readonly Daemon[]> => {
  const { plan } = market;
  const enginesOf = options.enginesOf ?? (await plannedEngines(plan));
  return Promise.all(
    market.nodes.map(async ({ atoma, port }, i) => {
      const path = plan.directory === null ? ':memory:' : nodeFile(plan.directory, i + 1);
      const store = openSqliteStore({ path, durability: 'process' });
      await dropLeaseOf(store, market.lostPid);
      const engines = await enginesOf(i);
      const daemon = await startDaemon({
        atoma,
        engines: engines.map((engine) => options.wrap?.(engine, i) ?? engine),
        store,
        port,
        url: `http://127.0.0.1:${port}`,
        pollMs: options.pollMs ?? pollMsOf(plan.epochMs),
        policy: { allowPrivateNodes: true, idleMs: IDLE_EPOCHS * plan.epochMs },
        ...(plan.level === 2 ? { environment: rehearsalEnvironment(rehearsalSecretOf(plan), VERSION) } : {}),
        takeover: true,
        log: createLog('silent'),
        ...given({ pages: options.pages?.at('node') }),
      });
      if (plan.level === 2) await daemon.tick(); // commits the keys it has just made
      return daemon;
    }),
  );
};

/** Starts one daemon for each node; they answer when this resolves. */
export const startFleet = async (market: UpMarket, options: FleetOptions = {}): Promise<Fleet> => {
  const daemons = await startDaemons(market, options);
  return { daemons, operators: await startOperators(market, daemons, options) };
};

/** Stops them; open stacks stay as they are. */
export const stopFleet = async ({ daemons, operators }: Fleet): Promise<void> => {
  await Promise.all(operators.map((operator) => operator.close()));
  await Promise.all(daemons.map((daemon) => daemon.stop({ graceMs: 2_000 })));
};
