import { join, resolve } from 'node:path';
import { keepToItself } from '@atoma/base';
import { profileBeside, readModelFile } from '@atoma/node';
import type { BuyerEvent } from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { untilStopped } from '../buyer/stop.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import type { Paint } from '../kernel/io.ts';
import { counted, rowLines } from '../kernel/lines.ts';
import { detachUp, stopUp } from './detach.ts';
import type { UpFacts } from './facts.ts';
import type { upFlags } from './flags.ts';
import { upNetwork } from './name.ts';
import { engineBase, engineModels } from './outside-engine.ts';
import { holdUp, refuseSecond } from './owner.ts';
import { builtinModels, checkKept, freshSeed, readKept, UP_PRICE, type UpPlan } from './plan.ts';
import { shippedModels } from './shipped.ts';
import { startUp } from './start-market.ts';
import { upError } from './up-errors.ts';

type Values = Parameters<Handler<typeof upFlags>>[1];

const DEFAULTS = { nodes: 5, epochMs: 60_000 } as const;

/** The model file, when one is to answer; a name without --engine is one. */
const fileOf = ({ engine, model }: Values): string | null =>
  engine === undefined && model !== undefined ? resolve(model) : null;

/** Level 1 where it can be had: with fewer nodes there is nobody to attest and judge. */
const usualLevel = (foreign: string | null, nodes: number): UpPlan['level'] =>
  foreign === null && nodes >= DEFAULTS.nodes ? 1 : 0;

/** What answers, if nobody else can check it: a server, or a file without a profile. */
const uncheckedOf = (flags: Values): string | null => {
  const file = fileOf(flags);
  return flags.engine ?? (file !== null && profileBeside(file) !== undefined ? null : file);
};

const levelOf = (flags: Values): UpPlan['level'] => {
  const { level, nodes = DEFAULTS.nodes } = flags;
  const foreign = uncheckedOf(flags);
  const wanted = level === undefined ? usualLevel(foreign, nodes) : (Number(level) as UpPlan['level']);
  if (wanted === 1 && foreign !== null) throw upError('LEVEL', { url: foreign });
  return wanted;
};

/** What is sold where nothing is named: the built-in models, and the language model of a checkout. */
const plainModels = (): UpPlan['models'] => {
  const name = shippedModels()?.name;
  return name === undefined ? builtinModels : [...builtinModels, { name, role: 0 }];
};

const modelsOf = async (engine: string | null, file: string | null, model: string | undefined) => {
  if (engine !== null) return engineModels(engine, model);
  if (file === null) return plainModels();
  const { name } = readModelFile(file);
  return [{ name, role: 0 }];
};

const planOf = async (run: Run, flags: Values): Promise<UpPlan> => {
  const directory = flags.persist ? join(run.settings.home.directory, 'up') : null;
  const kept = directory === null ? undefined : readKept(directory);
  const engine = flags.engine === undefined ? null : engineBase(flags.engine);
  const file = fileOf(flags);
  if (kept) {
    const level = flags.level === undefined ? {} : { level: levelOf(flags) };
    const { nodes, seed, epochMs } = flags;
    checkKept(kept.plan, {
      ...level,
      ...(nodes === undefined ? {} : { nodes }),
      ...(seed === undefined ? {} : { seed }),
      ...(epochMs === undefined ? {} : { epochMs }),
      engine,
      file,
    });
    return kept.plan;
  }
  return {
    nodes: flags.nodes ?? DEFAULTS.nodes,
    level: levelOf(flags),
    seed: flags.seed ?? freshSeed(),
    epochMs: flags.epochMs ?? DEFAULTS.epochMs,
    price: UP_PRICE,
    models: await modelsOf(engine, file, flags.model),
    engine,
    file,
    directory,
  };
};

const short = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** What happens while it runs, one line each. */
const eventLine = (event: BuyerEvent): string | undefined => {
  switch (event.kind) {
    case 'purchased':
      return `bought stack ${event.stack} at node ${event.node}: ${event.units} units for ${formatAmount(event.paid)}`;
    case 'receipt':
      return `node ${event.node} answered: ${event.units} units, ${formatAmount(event.cost)}, receipt checked (stack ${event.stack})`;
    case 'settlement':
      return `stack ${event.stack} settled with ${event.claimed} units (receipts: ${event.known}): ${event.finding}`;
    case 'behind':
      return `the journal may lack requests (${event.why}): stack ${event.stacks.join(', ')} is not disputed without asking`;
    case 'disputed':
      return `stack ${event.stack} disputed; jury: node ${event.jurors.join(', node ')}`;
    case 'shown':
      return `stack ${event.stack}: ${counted(event.receipts, 'receipt')} shown in the dispute`;
    case 'untrusted':
      return `node ${event.node} is not trusted any more: ${event.why}`;
    case 'fault':
      return `${event.what}: ${short(event.why)}`;
    default:
      return undefined;
  }
};

const factLines = (facts: UpFacts, paint: Paint, cheat: boolean): readonly string[] => [
  paint.bold(
    `Atoma is ${facts.resumed ? 'up again' : 'up'}: ${facts.nodes.length} nodes, ledger, contract and endpoint in process ${facts.pid}, ready after ${(facts.ready_ms / 1000).toFixed(2)} s`,
  ),
  ...rowLines(paint, [
    ['base URL', facts.base_url],
    ['key', facts.key],
    [
      'models',
      `${facts.models.join(', ')} (level ${facts.level}${facts.label === null ? '' : `, ${facts.label}`}, ${facts.price} base units a unit)`,
    ],
    ...(facts.pages_url === '' ? [] : [['pages', `${facts.pages_url} (market, explorer, playground)`] as const]),
    ['ledger', `${facts.ledger_url} (\`atoma money --network ${upNetwork}\`), SUI faucet ${facts.faucet_url}`],
    ...(cheat
      ? [
          [
            'cheat',
            'the node of the first chat answers without reading the prompt; every settlement is checked',
          ] as const,
        ]
      : []),
    ...(facts.contract_older
      ? [
          [
            'contract',
            `of an earlier version: stacks are settled and paid, none can be bought. For a new market move ${facts.directory} away.`,
          ] as const,
        ]
      : []),
    ['state', facts.directory ?? 'in memory: gone when it stops (--persist keeps it)'],
  ]),
  '',
  'A paid answer:',
  `  ${paint.cyan(facts.curl)}`,
  '',
];

const reportOf = (facts: UpFacts, lines: (paint: Paint) => readonly string[]): Report => ({
  data: { ...facts, network: upNetwork, nodes: facts.nodes.map((node) => ({ ...node })) },
  short: facts.base_url,
  lines,
});

const argsOf = (run: Run, flags: Values): readonly string[] => {
  const named = (['nodes', 'level', 'engine', 'model', 'seed', 'epochMs', 'port'] as const).flatMap((name) =>
    flags[name] === undefined
      ? []
      : [`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, String(flags[name])],
  );
  return [
    'up',
    ...named,
    ...(flags.persist ? ['--persist'] : []),
    ...(flags.cheat ? ['--cheat'] : []),
    ...(run.common.json ? ['--json'] : []),
  ];
};

/** `atoma up` */
export const up: Handler<typeof upFlags> = async (run, flags) => {
  if (flags.stop) {
    const facts = await stopUp(run.settings);
    return reportOf(facts, () => [
      `stopped process ${facts.pid}; ${facts.directory === null ? 'it was in memory' : `kept in ${facts.directory}`}`,
    ]);
  }
  await refuseSecond(run.settings);
  if (flags.detach) {
    const facts = await detachUp(run.settings, argsOf(run, flags));
    return reportOf(facts, (paint) => [...factLines(facts, paint, flags.cheat), '`atoma up --stop` stops it.']);
  }
  const hold = await holdUp(run.settings);
  run.onEnd(hold.release);
  const plan = await planOf(run, flags);
  if (flags.cheat && plan.level !== 1) throw upError('CHEAT', { level: plan.level });
  keepToItself();
  const market = await startUp({
    settings: run.settings,
    plan,
    port: flags.port ?? 8787,
    cheat: flags.cheat,
    onEvent: (event) => {
      const line = eventLine(event);
      if (line !== undefined) run.note(line);
    },
    onFault: (what, error) => run.note(`${what}: ${(error as Error).message}`),
  });
  run.onEnd(market.close);
  const stopped = untilStopped();
  run.report(
    reportOf(market.facts, (paint) => [
      ...factLines(market.facts, paint, flags.cheat),
      'Ctrl-C stops it; open stacks are not settled.',
    ]),
  );
  await stopped;
  return undefined;
};
