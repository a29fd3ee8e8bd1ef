/** `atoma node setup`: what has to be done until a node can run, each step shown before it is done. */
import { existsSync, readFileSync } from 'node:fs';
import { type NodeConfig, nodeConfigExample, parseNodeConfig, serverModels } from '@atoma/node';
import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { parseDocument } from 'yaml';
import { ask } from '../../chain/confirm.ts';
import { send } from '../../chain/perform.ts';
import { openSession, type Session } from '../../chain/session.ts';
import { writePrivateFile } from '../../config/home.ts';
import type { Handler, Run } from '../../kernel/command.ts';
import { cliError } from '../../kernel/errors.ts';
import { grouped } from '../../kernel/lines.ts';
import { checkLine } from './check.ts';
import { nodeFiles } from './files.ts';
import { allChecks, print } from './handlers.ts';
import { findModels, type ListedModel } from './servers.ts';
import type { setupFlags } from './spec.ts';

type Values = Parameters<Handler<typeof setupFlags>>[1];

/** One thing to do. */
interface Step {
  readonly name: string;
  /** What will be done, before it is. */
  readonly what: string;
  readonly act: () => Promise<string>;
}

const DEMO = 'atoma/demo-chat';
const DEFAULT_CONTEXT = 4_096;
const DEFAULT_PRICE = 100n;
const DEFAULT_UNITS = 10_000_000n;
const FAUCET_AMOUNT = 500n * sdk.BASE_UNITS;

/** A model to sell under a name of the market. */
interface Sale {
  readonly name: string;
  /** Absent: the built-in demo model. */
  readonly listed?: ListedModel;
}

const baseName = (task: sdk.Task): string => (task.modelName ?? '').split('@')[0] ?? '';

const chosen = (listed: readonly ListedModel[], { model, upstreamName }: Values): ListedModel => {
  const wanted = upstreamName ?? model;
  const found =
    listed.find(({ id }) => id === wanted) ??
    (upstreamName === undefined && listed.length === 1 ? listed[0] : undefined);
  if (found) return found;
  throw cliError('BAD_VALUE', {
    flag: '--upstream-name',
    why: `no server lists "${wanted}".`,
    hint: `Listed: ${listed.map(({ id, url }) => `${id} (${url})`).join(', ') || 'none; start the server, or name it with --engine URL'}.`,
  });
};

/** What is sold: the model asked for, else what tasks ask for, else all that is listed; for a rehearsal the demo model. */
const salesOf = (listed: readonly ListedModel[], tasks: readonly sdk.Task[], flags: Values): readonly Sale[] => {
  if (flags.model === DEMO || (flags.rehearsal && flags.model === undefined)) return [{ name: DEMO }];
  if (flags.model !== undefined) return [{ name: flags.model, listed: chosen(listed, flags) }];
  const asked = listed.filter(({ id }) => tasks.some((task) => baseName(task) === id));
  const sold = asked.length > 0 ? asked : listed;
  if (sold.length > 0) return sold.map((each) => ({ name: each.id, listed: each }));
  throw cliError('NO_ENGINE', { url: 'the usual ports of this machine', why: 'no OpenAI-compatible server answers' });
};

const modelEntry = ({ name, listed }: Sale & { readonly listed: ListedModel }, role: number) => ({
  name,
  ...(listed.id === name ? {} : { upstream_name: listed.id }),
  roles: [role],
  context_length: listed.contextLength ?? DEFAULT_CONTEXT,
  targets: [{ url: listed.url }],
});

/** The configuration as it should be: what the file says, with what the flags and the servers add. */
const configText = (path: string, sales: readonly Sale[], flags: Values): string => {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : nodeConfigExample({ rehearsal: flags.rehearsal });
  const document = parseDocument(before);
  const config = parseNodeConfig(document.toJS(), path);
  const known = new Set(serverModels(config).map(({ name }) => name));
  const added = sales.flatMap((sale) =>
    sale.listed && !known.has(sale.name) ? [modelEntry({ ...sale, listed: sale.listed }, flags.role ?? 0)] : [],
  );
  if (added.length > 0)
    document.set('models', [...((document.toJS() as { models?: unknown[] }).models ?? []), ...added]);
  const set = (name: string, value: unknown): void => {
    if (value !== undefined && document.get(name) !== value) document.set(name, value);
  };
  set('port', flags.port);
  set('operator_port', flags.operatorPort);
  set('url', flags.url ?? (flags.rehearsal && flags.port !== undefined ? `http://127.0.0.1:${flags.port}` : undefined));
  return document.toString();
};

const configStep = (
  run: Run,
  sales: readonly Sale[],
  flags: Values,
): { readonly step: Step[]; readonly config: NodeConfig } => {
  const path = nodeFiles(run.settings).config;
  const text = configText(path, sales, flags);
  const config = parseNodeConfig(parseDocument(text).toJS(), path);
  const now = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  if (text === now) return { step: [], config };
  const models = serverModels(config).map(
    ({ name, targets }) => `${name} from ${targets.map(({ url }) => url).join(', ')}`,
  );
  const what = `${now === undefined ? 'write' : 'change'} ${path}: port ${config.port}, announced as ${config.url ?? 'nothing'}, ${models.join('; ') || 'the demo models'}`;
  const act = async (): Promise<string> => {
    writePrivateFile(path, text);
    return `${path} is ${now === undefined ? 'written' : 'changed'}`;
  };
  return { step: [{ name: 'config', what, act }], config };
};

const registerSteps = async (run: Run, session: Session, config: NodeConfig): Promise<readonly Step[]> => {
  const { atoma, chain } = session;
  const badges = await sdk.listNodeBadges(atoma);
  const url = config.url ?? '';
  if (badges.length === 0) {
    const { registrationCollateral: stake } = await sdk.getConfig(atoma);
    const { toma } = await sdk.getBalances(atoma);
    const money: Step = {
      name: 'money',
      what: `take ${formatAmount(FAUCET_AMOUNT)} from the faucet: the wallet holds ${formatAmount(toma)}, and ${formatAmount(stake)} is locked as stake`,
      act: async () => {
        await send(run, session, sdk.faucet, { amount: FAUCET_AMOUNT });
        return `${formatAmount(FAUCET_AMOUNT)} taken`;
      },
    };
    const register: Step = {
      name: 'register',
      what: `register this wallet's node${url === '' ? '' : ` at ${url}`}; ${formatAmount(stake)} is locked as its stake`,
      act: async () => {
        const { result } = await send(run, session, sdk.registerNode, url === '' ? {} : { url });
        return `node ${result.nodeSmallId} registered`;
      },
    };
    return chain.network.kind !== 'public' && toma < stake ? [money, register] : [register];
  }
  const nodeSmallId = config.node === null ? badges[0]?.smallId : BigInt(config.node);
  const node = nodeSmallId === undefined ? null : await sdk.findNode(atoma, { nodeSmallId });
  if (!node || url === '' || node.url === url) return [];
  const act = async (): Promise<string> => {
    await send(run, session, sdk.updateNodeUrl, { nodeSmallId: node.nodeSmallId, url });
    return `node ${node.nodeSmallId} is announced at ${url}`;
  };
  return [{ name: 'announce', what: `announce node ${node.nodeSmallId} at ${url}`, act }];
};

const ownNode = async ({ atoma }: Session, config: NodeConfig): Promise<bigint | undefined> =>
  config.node === null ? (await sdk.listNodeBadges(atoma))[0]?.smallId : BigInt(config.node);

/** The offer on a task, made or changed; its node may be registered by an earlier step. */
const offerStep = async (
  run: Run,
  session: Session,
  task: sdk.Task,
  config: NodeConfig,
  flags: Values,
): Promise<readonly Step[]> => {
  const { atoma } = session;
  const { taskSmallId } = task;
  const nodeSmallId = await ownNode(session, config);
  const offers = await sdk.listSubscriptions(atoma, { taskSmallId });
  const own = offers.find((offer) => offer.nodeSmallId === nodeSmallId);
  const pricePerComputeUnit =
    flags.price ?? own?.pricePerComputeUnit ?? offers[0]?.pricePerComputeUnit ?? DEFAULT_PRICE;
  const maxNumComputeUnits = flags.maxUnits ?? own?.maxNumComputeUnits ?? DEFAULT_UNITS;
  if (own?.pricePerComputeUnit === pricePerComputeUnit && own.maxNumComputeUnits === maxNumComputeUnits) return [];
  const terms = `at ${grouped(pricePerComputeUnit)} base units a unit, at most ${grouped(maxNumComputeUnits)} units a stack`;
  const what = `${own ? 'change the offer on' : 'subscribe to'} task ${taskSmallId} (${task.modelName ?? 'any model'}, level ${task.securityLevel}) ${terms}`;
  const act = async (): Promise<string> => {
    const node = (await ownNode(session, config)) as bigint;
    const offer = { nodeSmallId: node, taskSmallId, pricePerComputeUnit, maxNumComputeUnits };
    await send(run, session, own ? sdk.updateNodeSubscription : sdk.subscribeNodeToTask, offer);
    return `node ${node} serves task ${taskSmallId}`;
  };
  return [{ name: 'subscribe', what, act }];
};

const makeTask = (run: Run, session: Session, name: string, config: NodeConfig, flags: Values): Step => {
  const level = flags.level ?? 0;
  return {
    name: 'task',
    what: `create a task for ${name} at level ${level}, as none asks for it, and subscribe to it`,
    act: async () => {
      const { result } = await send(run, session, sdk.createTask, {
        role: flags.role ?? 0,
        modelName: name,
        securityLevel: level,
      });
      const task = await sdk.getTask(session.atoma, { taskSmallId: result.taskSmallId });
      for (const step of await offerStep(run, session, task, config, flags)) await step.act();
      return `task ${result.taskSmallId} created and served`;
    },
  };
};

const marketSteps = async (
  run: Run,
  session: Session,
  {
    sales,
    tasks,
    config,
    flags,
  }: { sales: readonly Sale[]; tasks: readonly sdk.Task[]; config: NodeConfig; flags: Values },
): Promise<readonly Step[]> => {
  const steps: Step[] = [];
  for (const { name } of sales) {
    const wanted = tasks.filter((task) =>
      flags.task === undefined ? baseName(task) === name : task.taskSmallId === flags.task,
    );
    const fitting = wanted.filter(({ securityLevel }) => flags.level === undefined || securityLevel === flags.level);
    for (const task of fitting) steps.push(...(await offerStep(run, session, task, config, flags)));
    if (fitting.length > 0) continue;
    if (flags.createTask || flags.rehearsal) steps.push(makeTask(run, session, name, config, flags));
    else
      run.note(
        `note: no task asks for ${name}; --create-task makes one, --model NAME sells it under the name a task uses (\`atoma task list\`)`,
      );
  }
  return steps;
};

const planOf = async (run: Run, session: Session, flags: Values) => {
  const tasks = (await sdk.listTasks(session.atoma)).filter(({ deprecatedEpoch }) => deprecatedEpoch === null);
  const own = [flags.port ?? 8080, flags.operatorPort ?? 8081];
  const listed = flags.rehearsal && flags.model === undefined ? [] : await findModels(flags.engine, own);
  for (const { id, url } of listed) run.note(`found ${id} at ${url}`);
  const sales = salesOf(listed, tasks, flags);
  const { step, config } = configStep(run, sales, flags);
  const registering = await registerSteps(run, session, config);
  const offering = await marketSteps(run, session, { sales, tasks, config, flags });
  return { config, steps: [...step, ...registering, ...offering] };
};

/** `atoma node setup` */
export const setup: Handler<typeof setupFlags> = async (run, flags) => {
  const session = await openSession(run, 'wallet');
  const { config, steps } = await planOf(run, session, flags);
  for (const [i, { what }] of steps.entries()) run.note(`${i + 1}. ${what}`);
  const shown = steps.map(({ name, what }) => ({ name, what }));
  if (run.common.dryRun) return print(run, { steps: shown, done: false }, ['planned, nothing was done']);
  if (steps.length > 0 && !(await ask(run, `Do ${steps.length === 1 ? 'this step' : `these ${steps.length} steps`}?`)))
    throw cliError('NOT_CONFIRMED');
  const done: string[] = [];
  for (const { act } of steps) {
    const said = await act();
    run.note(`done: ${said}`);
    done.push(said);
  }
  const checks = await allChecks(run, config, async () => session);
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1;
  return print(run, { steps: shown, done: true, results: done, checks }, [
    ...(steps.length === 0 ? ['everything is set up already'] : []),
    ...checks.map(checkLine),
    'next: `atoma node run`',
  ]);
};
