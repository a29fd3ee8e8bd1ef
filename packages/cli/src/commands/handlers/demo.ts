import { formatAmount } from '@atoma/sdk';
import { accounted, type Holder, holdersOf } from '../../demo/money.ts';
import { keptStage, temporaryStage } from '../../demo/stage.ts';
import { beginStory, type Step, type Teller } from '../../demo/story.ts';
import { walk } from '../../demo/walk.ts';
import type { Handler, Run } from '../../kernel/command.ts';
import { cliError } from '../../kernel/errors.ts';
import { type Row, rowLines } from '../../kernel/lines.ts';
import type { demoFlags } from '../specs/demo.ts';

const tellerFor = (run: Run): Teller => {
  if (run.common.json || run.common.quiet) return { chapter: () => {}, step: () => {} };
  const { bold, dim, cyan } = run.io.paint;
  return {
    chapter: (title) => run.io.out(`\n${bold(title)}\n`),
    step: ({ actor, command, outcome }: Step) =>
      run.io.out(`  ${dim(actor.padEnd(5))}  ${cyan(`atoma ${command}`)}\n         ${outcome}\n`),
  };
};

const moneyRows = (holders: readonly Holder[]): readonly Row[] =>
  holders.filter((one) => one.toma !== 0n).map((one) => [one.holder, formatAmount(one.toma)] as const);

/** What was there before the walk on a ledger that is kept. */
const before = async (keep: boolean, read: () => Promise<readonly Holder[]>): Promise<bigint> =>
  keep ? accounted(await read()) : 0n;

/** `atoma demo` */
export const demo: Handler<typeof demoFlags> = async (run, { keep }) => {
  const started = performance.now();
  const told = !(run.common.json || run.common.quiet);
  if (told)
    run.io.out(`Opening ${keep ? 'the embedded ledger' : 'a ledger in memory'} and publishing the contract ...\n`);
  const stage = await (keep ? keptStage(run) : temporaryStage());
  run.onEnd(stage.close);
  const held = await before(keep, () => holdersOf(stage, new Map()));
  const story = beginStory(stage, tellerFor(run));
  const { minted, nodes } = await walk(story);
  const holders = await holdersOf(stage, nodes);
  const total = accounted(holders);
  if (total !== minted + held)
    throw cliError('INTERNAL', { why: `${total} base units of TOMA are accounted for, ${minted + held} were minted.` });
  const elapsed = Math.round(performance.now() - started);
  return {
    data: {
      steps: story.steps.map((step) => ({ ...step })),
      holders: holders.map((one) => ({ ...one })),
      minted: minted + held,
      accounted: total,
      elapsed_ms: elapsed,
    },
    short: String(total),
    lines: (paint) => [
      '',
      paint.bold('Where every TOMA ended'),
      ...rowLines(paint, [...moneyRows(holders), ['together', `${formatAmount(total)}, all that was minted`]]),
      '',
      `${story.steps.filter((step) => step.digest !== null).length} transactions in ${(elapsed / 1000).toFixed(1)} s. Your turn: ${paint.cyan('atoma toma faucet --amount 100TOMA')}`,
    ],
  };
};
