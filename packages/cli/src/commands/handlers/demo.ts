import { formatAmount } from '@atoma/sdk';
import type { BookLine } from '../../demo/books.ts';
import { cheatingEngine } from '../../demo/cheat.ts';
import { type Played, play } from '../../demo/play.ts';
import { beginStory, type Step, type Teller } from '../../demo/story.ts';
import type { Handler, Run } from '../../kernel/command.ts';
import { tableLines } from '../../kernel/lines.ts';
import { openParts } from '../../up/open.ts';
import { builtinModels, freshSeed, UP_PRICE, type UpPlan } from '../../up/plan.ts';
import type { demoFlags } from '../specs/demo.ts';

const NODES = 5;
const EPOCH_MS = 60_000;
/** Width of the column of who acts. */
const ACTOR = 10;

const tellerFor = (run: Run): Teller => {
  if (run.common.json || run.common.quiet) return { chapter: () => {}, step: () => {} };
  const { bold, dim, cyan } = run.io.paint;
  return {
    chapter: (title) => run.io.out(`\n${bold(title)}\n`),
    step: ({ actor, command, outcome }: Step) =>
      run.io.out(
        `  ${dim(actor.padEnd(ACTOR))}  ${outcome}\n${command === null ? '' : `  ${' '.repeat(ACTOR)}  ${cyan(`atoma ${command}`)}\n`}`,
      ),
  };
};

const newPlan = (): UpPlan => ({
  nodes: NODES,
  level: 1,
  seed: freshSeed(),
  epochMs: EPOCH_MS,
  price: UP_PRICE,
  models: builtinModels,
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

/** `atoma demo` */
export const demo: Handler<typeof demoFlags> = async (run) => {
  const corrupt = new Set<bigint>();
  const parts = await openParts({
    plan: newPlan(),
    port: 0,
    onEvent: () => {},
    watchMs: 0,
    pollMs: 0,
    engineOf: (i) => cheatingEngine(() => corrupt.has(BigInt(i + 1))),
  });
  run.onEnd(parts.close);
  const ready = performance.now();
  const story = await beginStory(parts.market.buyer, tellerFor(run));
  const played = await play({ parts, story, corrupt: (node) => corrupt.add(node) });
  const lifecycle = performance.now() - ready;
  return {
    data: {
      steps: story.steps.map((step) => ({ ...step })),
      ...dataOf(played),
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
      `Your turn: ${paint.cyan('atoma up')} and an OpenAI client, or ${paint.cyan('atoma lab list')} for more ways to cheat.`,
    ],
  };
};
