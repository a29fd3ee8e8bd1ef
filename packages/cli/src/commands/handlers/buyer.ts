import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { TextStream } from '@atoma/base';
import {
  type BookOffer,
  type Buyer,
  buyerError,
  createSseReader,
  formatAmount,
  importReceipts,
  independentNodes,
  measuredFields,
  type OwnStack,
  type PurchasePlan,
  parseReceipts,
  type Settled,
  type SettlementFinding,
  toBase64,
  type WatchStep,
  type WorkAnswer,
  type WorkRequest,
} from '@atoma/sdk';
import { type AskModel, converse } from '../../buyer/conversation.ts';
import { noteEvents } from '../../buyer/events.ts';
import { openBuyer, openBuyerToLook, termsOf } from '../../buyer/open.ts';
import { untilStopped } from '../../buyer/stop.ts';
import { parseUnits } from '../../buyer/units.ts';
import { fillOnUp } from '../../buyer/up-money.ts';
import { openChain } from '../../chain/chain.ts';
import { ask } from '../../chain/confirm.ts';
import { given } from '../../chain/given.ts';
import { announceRunning } from '../../chain/running.ts';
import { openChainToStay } from '../../chain/stay.ts';
import type { Handler, Json, Report, Run } from '../../kernel/command.ts';
import { cliError } from '../../kernel/errors.ts';
import { counted, grouped, rowLines, tableLines } from '../../kernel/lines.ts';
import { toJson } from '../../kernel/output.ts';
import type * as specs from '../specs/buyer.ts';

const DEFAULT_UNITS = 1_000_000n;

/** Offers for units of a model, as JSON fields. */
export const quoteData = (model: string, units: bigint, offers: readonly BookOffer[]) => ({
  model,
  units,
  independent_nodes: independentNodes(offers),
  offers: offers.map((offer) => ({
    task_small_id: Number(offer.task),
    security_level: offer.level,
    node_small_id: Number(offer.node),
    owner: offer.owner,
    price: offer.price,
    max_units: offer.maxUnits,
    reputation: offer.reputation,
    free_stake: offer.freeStake,
    latency_ms: offer.latencyMs,
    quantization: offer.quantization,
    ...measuredFields(offer),
    problem: offer.problem,
    surcharge: offer.surcharge,
    total: offer.total,
  })),
});

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

const endpoints: readonly string[] = [
  '/v1/chat/completions',
  '/v1/embeddings',
  '/v1/chat/completions',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
];

/** The endpoint a model is used at, by the role it is offered for. */
const endpointOf = async (buyer: Buyer, model: string): Promise<string> => {
  const found = (await buyer.models()).find((each) => each.model === model);
  return endpoints[found?.role ?? 0] as string;
};

/** The cheapest model on offer for a role. Throws `BUYER_NO_NODE`, `BUYER_NO_TASK`. */
export const defaultModel = async (buyer: Buyer, role: number): Promise<string> => {
  const offered = (await buyer.models()).filter((each) => each.role === role);
  const [first] = [...offered].sort((a, b) =>
    a.price < b.price ? -1 : a.price > b.price ? 1 : a.model < b.model ? -1 : 1,
  );
  if (first) return first.model;
  const [dear] = (await buyer.models({ maxPrice: null })).filter((each) => each.role === role);
  if (dear)
    throw buyerError('NO_NODE', {
      model: dear.model,
      why: `it costs ${dear.price} base units of TOMA a unit, more than --max-price`,
    });
  throw buyerError('NO_TASK', { model: 'any model', endpoint: endpoints[role] as string, nearest: '' });
};

const textOf = (run: Run, words: readonly string[]): string => {
  const text = words.join(' ');
  return text === '-' ? run.io.readStdin().trimEnd() : text;
};

/** A node's error answer, thrown as this program's. */
const refused = (answer: WorkAnswer): never => {
  const text = Buffer.from(answer.body as Uint8Array).toString('utf8');
  const { error } = JSON.parse(text) as { error?: { code?: string; message?: string; hint?: string } };
  throw cliError('NODE_REFUSED', {
    why: `${error?.message ?? `status ${answer.status}`} [${error?.code ?? answer.status}]`,
    remedy: error?.hint ?? '',
  });
};

/** What an answer cost, and the receipt it was charged by. */
export const answerData = (model: string, settled: Settled): Record<string, Json> => ({
  model,
  units: settled.receipt.units,
  cost: settled.cost,
  price: settled.price,
  stack_small_id: Number(settled.stack),
  node_small_id: Number(settled.node),
  request_id: settled.requestId,
  receipt: toBase64(settled.signed.bytes),
  receipt_signature: toBase64(settled.signed.signature),
});

/** The same in a line for people. */
export const costLine = (settled: Settled): string =>
  `${grouped(settled.receipt.units)} units, ${formatAmount(settled.cost)}, node ${settled.node}, stack ${settled.stack}, receipt checked`;

/** Asks before a command spends on mainnet. Throws `CLI_NOT_CONFIRMED`, `CLI_NEEDS_YES`. */
export const needsYes = async (run: Run, network: string): Promise<void> => {
  if (network === 'mainnet' && !(await ask(run, 'Buy on mainnet what this request needs?')))
    throw cliError('NOT_CONFIRMED');
};

/** How far a request may go, and for whom it is booked. */
export type RequestOptions = Pick<WorkRequest, 'signal' | 'tag' | 'admit' | 'budget'>;

interface Answered {
  readonly content: string;
  readonly finish: string | null;
}

const readStream = async ({ pieces }: TextStream, show: (text: string) => void): Promise<Answered> => {
  const read = createSseReader();
  let content = '';
  let finish: string | null = null;
  for await (const text of pieces) {
    for (const { event, data } of read(text)) {
      if (event !== '' || !data.startsWith('{')) continue;
      const json = JSON.parse(data) as {
        choices?: { delta?: { content?: string }; finish_reason?: string | null }[];
        error?: { message?: string; code?: string; hint?: string };
      };
      if (json.error) {
        const { message = '', code = '', hint = '' } = json.error;
        throw cliError('NODE_REFUSED', { why: `${message} [${code}]`, remedy: hint });
      }
      const [choice] = json.choices ?? [];
      const piece = choice?.delta?.content ?? '';
      content += piece;
      finish = choice?.finish_reason ?? finish;
      if (piece !== '') show(piece);
    }
  }
  return { content, finish };
};

/** Asks a chat model, shows the answer as it comes, and gives it with its checked receipt. */
export const askChat = async (
  buyer: Buyer,
  body: object,
  show: (piece: string) => void,
  more: RequestOptions = {},
): Promise<Answered & { readonly settled: Settled | null }> => {
  const answer = await buyer.deliver({
    endpoint: '/v1/chat/completions',
    body: new TextEncoder().encode(JSON.stringify({ ...body, stream: true })),
    contentType: 'application/json',
    ...more,
  });
  if (answer.body instanceof Uint8Array) return refused(answer);
  answer.settled.catch(() => {}); // what breaks off is told by the stream first
  const answered = await readStream(answer.body, show);
  more.signal?.throwIfAborted();
  return { ...answered, settled: await answer.settled };
};

/** `atoma chat` */
export const chat: Handler<typeof specs.chatFlags> = async (run, flags) => {
  const session = await openBuyer(run, flags, noteEvents(run));
  const { buyer, chain } = session;
  await fillOnUp(run, session);
  const model = flags.model ?? (await defaultModel(buyer, 0));
  if (run.common.dryRun) throw cliError('USAGE', dryRunHint('buy'));
  await needsYes(run, chain.network.name);
  const silent = run.common.json || run.common.quiet;
  const show = (piece: string): void => {
    if (!silent) run.io.out(piece);
  };
  const bounds = given({ max_tokens: flags.maxTokens });
  const answerOf = (settled: Settled, { content, finish }: Answered) => ({
    ...answerData(model, settled),
    content,
    finish_reason: finish,
  });
  if (flags.prompt === undefined) {
    const ask: AskModel = async (name, messages, signal) => {
      const turn = await askChat(buyer, { model: name, messages, ...bounds }, show, given({ signal }));
      if (run.common.json && turn.settled) run.io.out(`${toJson(answerOf(turn.settled, turn))}\n`);
      else run.io.out(run.common.quiet ? `${turn.content}\n` : '\n');
      if (turn.settled) run.note(run.io.paintErr.dim(costLine(turn.settled)));
      return turn;
    };
    await converse(run, { buyer, model, system: flags.system, ask });
    return undefined;
  }
  const messages = [
    ...(flags.system === undefined ? [] : [{ role: 'system', content: flags.system }]),
    { role: 'user', content: textOf(run, flags.prompt) },
  ];
  const turn = await askChat(buyer, { model, messages, ...bounds }, show);
  const settled = turn.settled as Settled;
  if (!silent) {
    run.io.out('\n');
    run.note(costLine(settled));
    return undefined;
  }
  return { data: answerOf(settled, turn), short: turn.content, lines: () => [turn.content] };
};

const dryRunHint = (command: string) => ({
  what: 'This command asks a node, which cannot be simulated.',
  hint: `See the cost with \`atoma quote\`, or plan a purchase with \`atoma ${command} --dry-run\`.`,
});

/** Turns text into a vector, and gives it with its checked receipt. */
export const askEmbedding = async (
  buyer: Buyer,
  body: { readonly model: string; readonly input: string },
  more: RequestOptions = {},
): Promise<{ readonly embedding: readonly number[]; readonly settled: Settled }> => {
  const answer = await buyer.deliver({
    endpoint: '/v1/embeddings',
    body: new TextEncoder().encode(JSON.stringify(body)),
    contentType: 'application/json',
    ...more,
  });
  if (answer.status !== 200) return refused(answer);
  const settled = (await answer.settled) as Settled;
  const json = JSON.parse(Buffer.from(answer.body as Uint8Array).toString('utf8')) as {
    data: { embedding: number[] }[];
  };
  return { embedding: json.data[0]?.embedding ?? [], settled };
};

/** `atoma embed` */
export const embed: Handler<typeof specs.embedFlags> = async (run, flags) => {
  const { buyer, chain } = await openBuyer(run, flags, noteEvents(run));
  const model = flags.model ?? (await defaultModel(buyer, 1));
  if (run.common.dryRun) throw cliError('USAGE', dryRunHint('buy'));
  await needsYes(run, chain.network.name);
  const { embedding, settled } = await askEmbedding(buyer, { model, input: textOf(run, flags.input) });
  return {
    data: { ...answerData(model, settled), dimensions: embedding.length, embedding },
    short: JSON.stringify(embedding),
    lines: (paint) => [
      `[${embedding.slice(0, 8).join(', ')}${embedding.length > 8 ? ', ...' : ''}]`,
      paint.dim(`${embedding.length} dimensions; ${costLine(settled)}`),
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

const confirmDispute = (run: Run) => (finding: SettlementFinding) =>
  ask(run, `Dispute stack ${finding.stack} (${finding.finding}) with a bond of ${formatAmount(finding.bond)}?`);

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
