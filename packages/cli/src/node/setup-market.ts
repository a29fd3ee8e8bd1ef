/** What `node setup` does on the market: money, the node, its stake, its offers. */
import type { NodeConfig } from '@atoma/node';
import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { send } from '../chain/perform.ts';
import type { Session } from '../chain/session.ts';
import type { Run } from '../kernel/command.ts';
import { grouped } from '../kernel/lines.ts';
import { baseName, type Sale, type SetupValues, type Step } from './setup-config.ts';

/** What the plan is made from. */
export interface Found {
  readonly sales: readonly Sale[];
  /** Tasks that can still be subscribed to. */
  readonly tasks: readonly sdk.Task[];
  readonly config: NodeConfig;
  readonly flags: SetupValues;
  /** The wallet's node; undefined before it is registered. */
  readonly node: sdk.Node | undefined;
}

/** What the node will offer on one task. */
interface Offer {
  /** Undefined: the task is created first. */
  readonly task: sdk.Task | undefined;
  readonly model: string;
  readonly level: number;
  readonly price: bigint;
  readonly units: bigint;
  /** What it offers there now. */
  readonly now: sdk.Subscription | undefined;
}

const DEFAULT_PRICE = 100n;
const DEFAULT_UNITS = 10_000_000n;
/** Taken from a faucet at least, base units. */
const FAUCET_AMOUNT = 500n * sdk.BASE_UNITS;

/** The node that the configuration or the wallet's badge names. */
export const findNode = async ({ atoma }: Session, config: NodeConfig): Promise<sdk.Node | undefined> => {
  const id = config.node === null ? (await sdk.listNodeBadges(atoma))[0]?.smallId : BigInt(config.node);
  return id === undefined ? undefined : ((await sdk.findNode(atoma, { nodeSmallId: id })) ?? undefined);
};

const offerOn = async ({ atoma }: Session, task: sdk.Task, { flags, node }: Found): Promise<Offer> => {
  const offers = await sdk.listSubscriptions(atoma, { taskSmallId: task.taskSmallId });
  const now = offers.find((offer) => offer.nodeSmallId === node?.nodeSmallId);
  const price = flags.price ?? now?.pricePerComputeUnit ?? offers[0]?.pricePerComputeUnit ?? DEFAULT_PRICE;
  const units = flags.maxUnits ?? now?.maxNumComputeUnits ?? DEFAULT_UNITS;
  return { task, model: task.modelName ?? 'any model', level: task.securityLevel, price, units, now };
};

/** An offer on every task that asks for what is sold, or on one that is created. */
const offersOf = async (run: Run, session: Session, found: Found): Promise<readonly Offer[]> => {
  const { sales, tasks, flags } = found;
  const offers: Offer[] = [];
  for (const { name } of sales) {
    const wanted = tasks.filter((task) =>
      flags.task === undefined ? baseName(task) === name : task.taskSmallId === flags.task,
    );
    const fitting = wanted.filter(({ securityLevel }) => flags.level === undefined || securityLevel === flags.level);
    for (const task of fitting) offers.push(await offerOn(session, task, found));
    if (fitting.length > 0) continue;
    const { level = 0, price = DEFAULT_PRICE, maxUnits: units = DEFAULT_UNITS } = flags;
    if (flags.createTask || flags.rehearsal)
      offers.push({ task: undefined, model: name, level, price, units, now: undefined });
    else
      run.note(
        `note: no task asks for ${name}; --create-task makes one, --model NAME sells it under the name a task uses (\`atoma task list\`)`,
      );
  }
  return offers;
};

const registerStep = (run: Run, session: Session, url: string, stake: bigint): Step => ({
  name: 'register',
  what: `register this wallet's node${url === '' ? '' : ` at ${url}`}; ${formatAmount(stake)} is locked as its stake`,
  act: async () => {
    const { result } = await send(run, session, sdk.registerNode, url === '' ? {} : { url });
    return `node ${result.nodeSmallId} registered`;
  },
});

const announceStep = (run: Run, session: Session, { nodeSmallId }: sdk.Node, url: string): Step => ({
  name: 'announce',
  what: `announce node ${nodeSmallId} at ${url}`,
  act: async () => {
    await send(run, session, sdk.updateNodeUrl, { nodeSmallId, url });
    return `node ${nodeSmallId} is announced at ${url}`;
  },
});

/** The node's id when a step runs: an earlier one may have registered it. */
const idOf = async (session: Session, { node, config }: Found): Promise<bigint> =>
  (node ?? ((await findNode(session, config)) as sdk.Node)).nodeSmallId;

const stakeStep = (run: Run, session: Session, found: Found, missing: bigint, bond: bigint): Step => ({
  name: 'stake',
  what: `add ${formatAmount(missing)} to the stake: the largest stack offered takes a bond of ${formatAmount(bond)}`,
  act: async () => {
    const nodeSmallId = await idOf(session, found);
    const { result } = await send(run, session, sdk.topUpCollateral, { nodeSmallId, amount: missing });
    return `the stake of node ${nodeSmallId} is ${formatAmount(result.stake)}`;
  },
});

const moneyStep = (run: Run, session: Session, held: bigint, needed: bigint): Step => {
  const missing = needed - held;
  const amount = missing > FAUCET_AMOUNT ? missing : FAUCET_AMOUNT;
  return {
    name: 'money',
    what: `take ${formatAmount(amount)} from the faucet: the wallet holds ${formatAmount(held)}, and ${formatAmount(needed)} is locked as stake`,
    act: async () => {
      await send(run, session, sdk.faucet, { amount });
      return `${formatAmount(amount)} taken`;
    },
  };
};

const termsOf = ({ price, units }: Offer): string =>
  `at ${grouped(price)} base units a unit, at most ${grouped(units)} units a stack`;

const offerStep = (run: Run, session: Session, found: Found, offer: Offer): Step => {
  const { task, model, level, price, units, now } = offer;
  const place = (taskSmallId: bigint) => async (): Promise<string> => {
    const nodeSmallId = await idOf(session, found);
    await send(run, session, now ? sdk.updateNodeSubscription : sdk.subscribeNodeToTask, {
      nodeSmallId,
      taskSmallId,
      pricePerComputeUnit: price,
      maxNumComputeUnits: units,
    });
    return `node ${nodeSmallId} serves task ${taskSmallId}`;
  };
  if (task)
    return {
      name: 'subscribe',
      what: `${now ? 'change the offer on' : 'subscribe to'} task ${task.taskSmallId} (${model}, level ${level}) ${termsOf(offer)}`,
      act: place(task.taskSmallId),
    };
  return {
    name: 'task',
    what: `create a task for ${model} at level ${level}, as none asks for it, and subscribe to it ${termsOf(offer)}`,
    act: async () => {
      const { role = 0 } = found.flags;
      const { result } = await send(run, session, sdk.createTask, { role, modelName: model, securityLevel: level });
      await place(result.taskSmallId)();
      return `task ${result.taskSmallId} created and served`;
    },
  };
};

const isMade = ({ now, price, units }: Offer): boolean =>
  now?.pricePerComputeUnit === price && now.maxNumComputeUnits === units;

/** What is left to do on the market, in order. */
export const marketSteps = async (run: Run, session: Session, found: Found): Promise<readonly Step[]> => {
  const { atoma, chain } = session;
  const { node, config } = found;
  const url = config.url ?? '';
  const offers = await offersOf(run, session, found);
  const terms = await sdk.getConfig(atoma);
  const bonds = offers.map(({ level, price, units }) => sdk.bondAt(terms, level, price * units));
  const bond = bonds.reduce((most, each) => (each > most ? each : most), 0n);
  const locked = node ? 0n : terms.registrationCollateral;
  const free = node?.freeStake ?? locked;
  const added = bond > free ? bond - free : 0n;
  const { toma } = await sdk.getBalances(atoma);
  const steps: Step[] = [];
  if (chain.network.kind !== 'public' && toma < locked + added)
    steps.push(moneyStep(run, session, toma, locked + added));
  if (!node) steps.push(registerStep(run, session, url, locked));
  else if (url !== '' && node.url !== url) steps.push(announceStep(run, session, node, url));
  if (added > 0n) steps.push(stakeStep(run, session, found, added, bond));
  return [...steps, ...offers.filter((offer) => !isMade(offer)).map((offer) => offerStep(run, session, found, offer))];
};
