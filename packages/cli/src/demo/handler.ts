import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { formatAmount } from '@atoma/sdk';
import { untilStopped } from '../buyer/stop.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import { tableLines } from '../kernel/lines.ts';
import { writeReport } from '../kernel/output.ts';
import { programName } from '../kernel/program.ts';
import { openPages, type Pages, siteFacts } from '../pages.ts';
import { upNetwork } from '../up/name.ts';
import { openParts, type UpParts } from '../up/open-parts.ts';
import { builtinModels, freshSeed, UP_PRICE, type UpPlan } from '../up/plan.ts';
import type { BookLine } from './books.ts';
import { builtinCast, modelCast } from './cast.ts';
import { demoOutput } from './demo-output.ts';
import type { demoFlags } from './flags.ts';
import { type Played, play } from './play.ts';
import { beginStory, type Step, type Teller } from './story.ts';

const NODES = 5;
const EPOCH_MS = 60_000;
/** Width of the column of who acts. */
const ACTOR = 10;

const tellerFor = (run: Run): Teller => {
  if (run.common.json || run.common.quiet) return { chapter: () => {}, step: () => {} };
  const { bold, dim, cyan } = run.io.paint;
  const program = programName(run.io.env);
  return {
    chapter: (title) => run.io.out(`\n${bold(title)}\n`),
    step: ({ actor, command, outcome }: Step) =>
      run.io.out(
        `  ${dim(actor.padEnd(ACTOR))}  ${outcome}\n${command === null ? '' : `  ${' '.repeat(ACTOR)}  ${cyan(`${program} ${command}`)}\n`}`,
      ),
  };
};

const newPlan = (model: string): UpPlan => ({
  nodes: NODES,
  level: 1,
  seed: freshSeed(),
  epochMs: EPOCH_MS,
  price: UP_PRICE,
  models: builtinModels.some(({ name }) => name === model)
    ? builtinModels
    : [...builtinModels, { name: model, role: 0 }],
  engine: null,
  file: null,
  directory: null,
});

const signed = (amount: bigint): string => (amount === 0n ? '' : `${amount > 0n ? '+' : ''}${formatAmount(amount)}`);
const sum = (lines: readonly BookLine[], of: 'before' | 'after'): bigint =>
  lines.reduce((total, line) => total + line[of], 0n);

const bookRows = (books: readonly BookLine[]): readonly (readonly string[])[] => [
  ...books.map(({ holder, before, after }) => [
    holder,
    formatAmount(before),
    formatAmount(after),
    signed(after - before),
  ]),
  ['together', formatAmount(sum(books, 'before')), formatAmount(sum(books, 'after')), ''],
];

const dataOf = ({ honest, cheat, books, supply }: Played) => ({
  requests: {
    count: honest.all.count,
    units: honest.all.units,
    cost: honest.all.cost,
    stack_small_id: Number(honest.stack),
    node_small_id: Number(honest.server.settle.nodeId),
    elapsed_ms: Math.round(honest.all.elapsedMs),
  },
  cheat: {
    count: cheat.served.all.count,
    stack_small_id: Number(cheat.served.stack),
    node_small_id: Number(cheat.served.server.settle.nodeId),
    convicted: cheat.verdict.outcome === 0,
    jurors: cheat.jurors.map(Number),
    refund: cheat.verdict.userRefundAmount,
  },
  holders: books.map((line) => ({ ...line })),
  supply,
  accounted: sum(books, 'after'),
});

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Shows the market in a browser from now on; the address of its pages. */
const showPages = ({ market, server, endpoint, daemons, operators }: UpParts, pages: Pages): string => {
  pages.tell(
    siteFacts({
      network: upNetwork,
      deployment: market.deployment,
      ledger: server.url,
      ours: true,
      gateway: endpoint.baseUrl,
      admin: endpoint.adminUrl,
      models: market.plan.models.map(({ name }) => name),
      nodes: daemons.map(({ settle, url }, i) => ({
        node: String(settle.nodeId),
        url,
        operator: `http://127.0.0.1:${operators[i]?.port}`,
      })),
    }),
  );
  return new URL('/', endpoint.baseUrl).href;
};

/** `atoma demo` */
export const demo: Handler<typeof demoFlags> = async (run, { stay }) => {
  let corrupt: readonly bigint[] = [];
  const isCheating = (i: number): boolean => corrupt.includes(BigInt(i + 1));
  const cast = modelCast(isCheating) ?? builtinCast(isCheating);
  run.onEnd(cast.close);
  const pages = stay ? openPages() : undefined;
  const tokenPath = join(run.settings.home.directory, 'demo-admin.token');
  const parts = await openParts({
    ...(pages ? { pages, tokenPath } : {}),
    plan: newPlan(cast.model),
    program: programName(run.io.env),
    port: 0,
    onEvent: () => {},
    watchMs: 0,
    pollMs: 0,
    enginesOf: cast.enginesOf,
  });
  run.onEnd(parts.close);
  if (pages) run.onEnd(() => rmSync(tokenPath, { force: true }));
  const ready = performance.now();
  const program = programName(run.io.env);
  const story = await beginStory(parts.market.buyer, tellerFor(run));
  const only = (nodes: readonly bigint[]): void => {
    corrupt = nodes;
  };
  const played = await play({ parts, story, cast, corrupt: only });
  const lifecycle = performance.now() - ready;
  const pagesUrl = pages ? showPages(parts, pages) : '';
  const report: Report = {
    data: {
      steps: story.steps.map((step) => ({ ...step })),
      ...dataOf(played),
      pages_url: pagesUrl,
      key: pages ? parts.endpoint.key : '',
      ready_ms: Math.round(ready),
      lifecycle_ms: Math.round(lifecycle),
    },
    short: String(played.supply),
    lines: (paint) => [
      '',
      paint.bold('The books, to the unit'),
      ...tableLines(paint, ['', 'before', 'after', 'change'], bookRows(played.books)).map((line) => `  ${line}`),
      `  ${formatAmount(played.supply)} were minted: every unit is found.`,
      '',
      `Ready ${seconds(ready)} after the start of Node; all this took ${seconds(lifecycle)}.`,
      `Your turn: ${paint.cyan(`${program} up`)} and an OpenAI client, or ${paint.cyan(`${program} lab list`)} for more ways to cheat.`,
      ...(pages
        ? [
            `In a browser: ${pagesUrl}#/stack/${played.cheat.served.stack} (the cheat), ${pagesUrl} (the market; key ${parts.endpoint.key}; token of the consoles in ${tokenPath}). Ctrl-C ends it.`,
          ]
        : [`Look at it in a browser: ${paint.cyan(`${program} demo --stay`)}.`]),
    ],
  };
  if (!pages) return report;
  const stopped = untilStopped();
  const { json, quiet } = run.common;
  writeReport(run.io, json ? 'json' : quiet ? 'quiet' : 'human', demoOutput, upNetwork, report);
  await stopped;
  return undefined;
};
