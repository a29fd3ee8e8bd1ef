import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type Buyer,
  endpointOfRole,
  formatAmount,
  fromBase64,
  type HandedStack,
  importReceipts,
  independentNodes,
  type OwnStack,
  type PurchasePlan,
  parseReceipts,
  type SettlementFinding,
  toBase64,
  type WatchStep,
} from '@atoma/sdk';
import { openChain } from '../chain/chain.ts';
import { ask } from '../chain/confirm.ts';
import { given } from '../chain/given.ts';
import { announceRunning } from '../chain/running.ts';
import { openChainToStay } from '../chain/stay.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Json, Report, Run } from '../kernel/command.ts';
import { counted, grouped, rowLines, tableLines } from '../kernel/lines.ts';
import { toJson } from '../kernel/output.ts';
import {
  type Answered,
  answerData,
  buyerSpeaker,
  type Charge,
  costLine,
  endpointSpeaker,
  type Speaker,
} from './ask.ts';
import { type AskModel, converse } from './conversation.ts';
import { noteEvents } from './events.ts';
import type * as specs from './flags.ts';
import { needsYes } from './needs-yes.ts';
import { openBuyer, openBuyerToLook, type SpendingValues, termsOf } from './open-buyer.ts';
import { quoteData } from './quote-data.ts';
import { untilStopped } from './stop.ts';
import { parseUnits } from './units.ts';
import { fillOnUp, upEndpoint } from './up-money.ts';

const DEFAULT_UNITS = 1_000_000n;

/** `atoma quote` */
export const quote: Handler<typeof specs.quoteFlags> = async (run, { model, tokens = '1M', ...flags }) => {
  const units = parseUnits(tokens, '--tokens');
  const { buyer } = await openBuyerToLook(run, flags);
  const offers = await buyer.quote({ model, units, terms: termsOf(flags) });
  const ms = (value: number | null): string => (value === null ? '-' : value.toFixed(1));
  return {
    data: quoteData(model, units, offers),
    short: offers[0] ? String(offers[0].total) : '',
    lines: (paint) =>
      offers.length === 0
        ? ['no node offers it yet']
        : [
            `${grouped(units)} units of ${model}, sold by ${counted(independentNodes(offers), 'independent node')} that can be used now`,
            ...tableLines(
              paint,
              [
                'node',
                'task',
                'level',
                'price',
                'reputation',
                'free stake',
                'latency ms',
                'first ms',
                'units/s',
                'answered',
                'receipts',
                'lying pays above',
                'surcharge',
                'total',
                'state',
              ],
              offers.map((offer) => [
                String(offer.node),
                String(offer.task),
                String(offer.level),
                grouped(offer.price),
                String(offer.reputation),
                formatAmount(offer.freeStake),
                ms(offer.latencyMs),
                ms(offer.firstMs),
                ms(offer.unitsPerSecond),
                offer.completionRate === null ? '-' : `${(100 * offer.completionRate).toFixed(0)} %`,
                String(offer.receipts),
                offer.lyingPaysAbove === null ? '-' : `${offer.lyingPaysAbove.toFixed(2)} of the fee`,
                formatAmount(offer.surcharge),
                formatAmount(offer.total),
                offer.problem ?? 'ready',
              ]),
            ),
          ],
  };
};

const buyReport = (model: string, plan: PurchasePlan, stack: OwnStack | null): Report => {
  const offers = plan.offers.filter((offer) => offer.pricePerComputeUnit <= plan.price).length;
  return {
    data: {
      status: stack ? 'bought' : 'planned',
      model,
      task_small_id: Number(plan.task.taskSmallId),
      units: plan.units,
      price: plan.price,
      total: plan.quote.total,
      offers,
      stack_small_id: stack ? Number(stack.stack) : null,
      node_small_id: stack ? Number(stack.node) : null,
      digest: stack?.digest ?? null,
    },
    short: stack?.digest ?? '',
    lines: (paint) => [
      stack
        ? `${paint.green('done:')} stack ${stack.stack} bought, served by node ${stack.node}`
        : `${paint.yellow('planned, nothing was sent:')} a stack of task ${plan.task.taskSmallId}`,
      ...rowLines(paint, [
        ['units', `${grouped(plan.units)} at ${grouped(plan.price)} base units of TOMA`],
        ['paid', `${formatAmount(plan.quote.total)} into escrow; what is not used comes back`],
        ['offers', `${offers} at this price`],
        ...(stack?.digest ? [['digest', stack.digest] as const] : []),
      ]),
    ],
  };
};

/** `atoma buy` */
export const buy: Handler<typeof specs.buyFlags> = async (run, flags) => {
  const units = flags.units === undefined ? (flags.stackUnits ?? DEFAULT_UNITS) : parseUnits(flags.units, '--units');
  const wanted = { ...flags, stackUnits: units };
  const { buyer, chain } = await (run.common.dryRun
    ? openBuyerToLook(run, wanted)
    : openBuyer(run, wanted, noteEvents(run)));
  const endpoint = await endpointOf(buyer, flags.model);
  const want = { model: flags.model, endpoint, vision: false, units: 1n, tenant: '' };
  const plan = await buyer.plan(want);
  if (run.common.dryRun) return buyReport(flags.model, plan, null);
  if (chain.network.name === 'mainnet' && !(await ask(run, `Pay ${formatAmount(plan.quote.total)} on mainnet?`)))
    throw cliError('NOT_CONFIRMED');
  return buyReport(flags.model, plan, await buyer.buy(plan));
};

/** The endpoint a model is used at, by the role it is offered for. */
const endpointOf = async (buyer: Buyer, model: string): Promise<string> => {
  const found = (await buyer.models()).find((each) => each.model === model);
  return endpointOfRole(found?.role ?? 0) ?? '';
};

const textOf = (run: Run, words: readonly string[]): string => {
  const text = words.join(' ');
  return text === '-' ? run.io.readStdin().trimEnd() : text;
};

/** Who answers: on the market of `up` its own endpoint, whose wallet has money; elsewhere this wallet's buyer. */
const openSpeaker = async (run: Run, flags: Partial<SpendingValues>): Promise<Speaker> => {
  const endpoint = await upEndpoint(run, flags);
  if (endpoint) return endpointSpeaker(endpoint);
  const session = await openBuyer(run, flags, noteEvents(run));
  await fillOnUp(run, session);
  await needsYes(run, session.chain.network.name);
  return buyerSpeaker(session.buyer);
};

/** `atoma chat` */
export const chat: Handler<typeof specs.chatFlags> = async (run, flags) => {
  if (run.common.dryRun) throw cliError('USAGE', dryRunHint('buy'));
  const speaker = await openSpeaker(run, flags);
  const model = flags.model ?? (await speaker.defaultModel(0));
  const silent = run.common.json || run.common.quiet;
  const show = silent ? undefined : (piece: string): void => run.io.out(piece);
  const bounds = given({ max_tokens: flags.maxTokens });
  const answerOf = (name: string, charge: Charge, { content, finish }: Answered) => ({
    ...answerData(name, charge),
    content,
    finish_reason: finish,
  });
  if (flags.prompt === undefined) {
    const ask: AskModel = async (name, messages, signal) => {
      const turn = await speaker.chat({ model: name, messages, ...bounds }, show, signal);
      if (run.common.json && turn.charge) run.io.out(`${toJson(answerOf(name, turn.charge, turn))}\n`);
      else run.io.out(run.common.quiet ? `${turn.content}\n` : '\n');
      if (turn.charge) run.note(run.io.paintErr.dim(costLine(turn.charge)));
      return turn;
    };
    await converse(run, { models: speaker.chatModels, model, system: flags.system, ask });
    return undefined;
  }
  const messages = [
    ...(flags.system === undefined ? [] : [{ role: 'system', content: flags.system }]),
    { role: 'user', content: textOf(run, flags.prompt) },
  ];
  const turn = await speaker.chat({ model, messages, ...bounds }, show);
  if (!silent) {
    run.io.out('\n');
    if (turn.charge) run.note(costLine(turn.charge));
    return undefined;
  }
  const { content } = turn;
  return { data: answerOf(model, turn.charge as Charge, turn), short: content, lines: () => [content] };
};

const dryRunHint = (command: string) => ({
  what: 'This command asks a node, which cannot be simulated.',
  hint: `See the cost with \`atoma quote\`, or plan a purchase with \`atoma ${command} --dry-run\`.`,
});

/** `atoma embed` */
export const embed: Handler<typeof specs.embedFlags> = async (run, flags) => {
  if (run.common.dryRun) throw cliError('USAGE', dryRunHint('buy'));
  const speaker = await openSpeaker(run, flags);
  const model = flags.model ?? (await speaker.defaultModel(1));
  const { embedding, charge } = await speaker.embed({ model, input: textOf(run, flags.input) });
  return {
    data: { ...answerData(model, charge), dimensions: embedding.length, embedding },
    short: JSON.stringify(embedding),
    lines: (paint) => [
      `[${embedding.slice(0, 8).join(', ')}${embedding.length > 8 ? ', ...' : ''}]`,
      paint.dim(`${embedding.length} dimensions; ${costLine(charge)}`),
    ],
  };
};

const stepData = ({ stack, did, finding }: WatchStep): Record<string, Json> => ({
  stack_small_id: Number(stack),
  did,
  finding: finding?.finding ?? null,
  claimed: finding?.claimed ?? null,
  known: finding?.known ?? null,
});

const stepLine = ({ stack, did, finding }: WatchStep): string =>
  `stack ${stack}: ${did}${finding ? ` (${finding.finding}: ${grouped(finding.claimed)} claimed, ${grouped(finding.known)} proven)` : ''}`;

const confirmDispute =
  (run: Run) =>
  ({ stack, finding, action, bond }: SettlementFinding) =>
    ask(
      run,
      action === 'show'
        ? `Stack ${stack} is disputed (${finding}). Show your receipts in that dispute, with ${formatAmount(bond)} for rows to be checked?`
        : `Dispute stack ${stack} (${finding}) with a bond of ${formatAmount(bond)}?`,
    );

/** `atoma watch` */
export const watch: Handler<typeof specs.watchFlags> = async (run, flags) => {
  if (run.common.dryRun)
    throw cliError('USAGE', { what: 'Watching cannot be simulated.', hint: 'Use --mode off to look only.' });
  const { buyer } = await openBuyer(run, {}, noteEvents(run), flags.once ? openChain : openChainToStay);
  if (flags.receipts !== undefined) {
    const taken = await importReceipts(
      await buyer.context(),
      parseReceipts(readFileSync(resolve(run.io.cwd, flags.receipts), 'utf8')),
    );
    run.note(`${taken} receipts taken from ${flags.receipts}`);
  }
  const policy = {
    mode: flags.mode ?? 'auto',
    confirm: confirmDispute(run),
    ...given({ maxBond: flags.maxBond, minimumOverClaim: flags.minimumOverClaim }),
  };
  if (flags.once) {
    const steps = await buyer.watchOnce(policy);
    return {
      data: { steps: steps.map(stepData) },
      short: steps.map(({ did }) => did).join('\n'),
      lines: () => (steps.length === 0 ? ['no stacks to watch'] : steps.map(stepLine)),
    };
  }
  const stop = new AbortController();
  const stopped = untilStopped().then(() => stop.abort());
  announceRunning(run, 'watch', null);
  run.note('watching; Ctrl-C ends it');
  await buyer.watch({
    policy,
    pollMs: (flags.every ?? 10) * 1000,
    signal: stop.signal,
    onStep: (step) => run.io.out(run.common.json ? `${toJson(stepData(step))}\n` : `${stepLine(step)}\n`),
  });
  await stopped;
  return undefined;
};

const handedReport = (handed: HandedStack, handoff: string | null): Report => ({
  data: {
    stack_small_id: Number(handed.stack),
    node_small_id: Number(handed.node),
    owner: handed.owner,
    rows: handed.rows,
    units: handed.units,
    used: handed.used,
    left: handed.left,
    price: handed.price,
    expiry_epoch: Number(handed.expiryEpoch),
    ...(handoff === null ? {} : { handoff }),
  },
  short: handoff ?? String(handed.left),
  lines: (paint) => [
    `${paint.green('signed:')} ${grouped(handed.used)} of ${grouped(handed.units)} units of stack ${handed.stack} are used, by ${counted(Number(handed.rows), 'request')}`,
    ...rowLines(paint, [
      ['left', `${grouped(handed.left)} units at ${grouped(handed.price)} base units of TOMA`],
      ['for', `${handed.owner} alone`],
      ['expires', `epoch ${handed.expiryEpoch}`],
      ...(handoff === null ? [] : [['handoff', handoff] as const]),
    ]),
  ],
});

/** `atoma hand-off` */
export const handOff: Handler<typeof specs.handOffFlags> = async (run, { stack, to }) => {
  const { buyer } = await openBuyer(run);
  const { handed, shown } = await buyer.handOff(stack, to);
  return handedReport(handed, toBase64(shown));
};

/** `atoma take-over` */
export const takeOver: Handler<typeof specs.takeOverFlags> = async (run, { handoff }) => {
  const shown = fromBase64(handoff.trim());
  if (!shown)
    throw cliError('BAD_VALUE', {
      flag: 'HANDOFF',
      why: 'it is not base64',
      hint: 'Pass the line that `hand-off` printed, whole.',
    });
  const { buyer } = await openBuyer(run);
  return handedReport(await buyer.takeOver(shown), null);
};
