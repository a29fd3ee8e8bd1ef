/** The tools an agent is given: what they take, do and tell. */
import { formatAmount, getBalances } from '@atoma/sdk';
import * as z from 'zod';
import {
  answerData,
  askChat,
  askEmbedding,
  chargeOf,
  costLine,
  defaultModel,
  type RequestOptions,
} from '../buyer/ask.ts';
import type { BuyerSession } from '../buyer/open-buyer.ts';
import { quoteData } from '../buyer/quote-data.ts';
import { receiptRows, receiptsData } from '../buyer/receipt-rows.ts';
import { parseUnits } from '../buyer/units.ts';
import { given } from '../chain/given.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Json } from '../kernel/command.ts';
import { grouped } from '../kernel/lines.ts';
import { type AgentCaps, asCallCap, mcpTag, type SessionBudget } from './caps.ts';

/** What a tool works with. */
export interface ToolContext extends BuyerSession {
  readonly caps: AgentCaps;
  readonly budget: SessionBudget;
}

/** What a tool tells: lines for the model, the facts as fields. */
export interface Told {
  readonly texts: readonly string[];
  readonly data: Readonly<Record<string, Json>>;
}

/** A tool, its arguments not yet read. */
export interface Tool {
  readonly description: string;
  readonly schema: z.ZodObject;
  /** It may spend, so two calls are not one. */
  readonly spends: boolean;
  /** Throws what its parts throw, and `CLI_BAD_VALUE` with the name of a parameter that is wrong. */
  readonly call: (context: ToolContext, args: unknown, signal: AbortSignal) => Promise<Told>;
}

const read = <Shape extends z.ZodRawShape>(schema: z.ZodObject<Shape>, args: unknown) => {
  const parsed = schema.safeParse(args);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue?.path.join('.');
  throw cliError('BAD_VALUE', {
    flag: name || 'arguments',
    why: `${issue?.message ?? 'not understood'}.`,
    hint: `The tool takes ${Object.keys(schema.shape).join(', ') || 'nothing'}.`,
  });
};

const tool = <Shape extends z.ZodRawShape>(
  description: string,
  shape: Shape,
  spends: boolean,
  work: (context: ToolContext, args: z.output<z.ZodObject<Shape>>, signal: AbortSignal) => Promise<Told>,
): Tool => {
  const schema = z.strictObject(shape);
  return {
    description,
    schema,
    spends,
    call: (context, args, signal) => work(context, read(schema as never, args) as never, signal),
  };
};

/** Runs a request within the caps, and books what it cost. */
const within = async <Answer extends { readonly settled: { readonly cost: bigint } | null }>(
  { budget }: ToolContext,
  signal: AbortSignal,
  ask: (options: RequestOptions) => Promise<Answer>,
): Promise<Answer> => {
  const call = await budget.open();
  let cost: bigint | null = null;
  try {
    const answer = await ask({ signal, tag: mcpTag, admit: call.admit, budget: call.budget });
    cost = answer.settled?.cost ?? 0n;
    return answer;
  } catch (error) {
    throw asCallCap(error);
  } finally {
    call.end(cost);
  }
};

const text = (most: number) => z.string().min(1).max(most);
const model = text(200).optional();

const ask = tool(
  'Ask a language model of the market and pay for the answer. Tells the answer, its cost and its receipt.',
  {
    prompt: text(500_000).describe('what to ask'),
    system: text(100_000).optional().describe('system message'),
    model: model.describe('model; the cheapest on offer when left out'),
    max_tokens: z.int().min(1).max(1_000_000).optional().describe('longest answer, tokens'),
  },
  true,
  async (context, { prompt, system, max_tokens, ...args }, signal) => {
    const name = args.model ?? (await defaultModel(context.buyer, 0));
    const messages = [
      ...(system === undefined ? [] : [{ role: 'system', content: system }]),
      { role: 'user', content: prompt },
    ];
    const body = { model: name, messages, ...given({ max_tokens }) };
    const { content, finish, settled } = await within(context, signal, (options) =>
      askChat(context.buyer, body, () => {}, options),
    );
    if (settled === null) return { texts: [content, 'nothing was charged'], data: { model: name, content, cost: 0n } };
    return {
      texts: [content, costLine(chargeOf(settled))],
      data: { ...answerData(name, chargeOf(settled)), content, finish_reason: finish },
    };
  },
);

const embed = tool(
  'Turn text into a vector and pay for it. Tells the vector, its cost and its receipt.',
  {
    input: text(500_000).describe('text to embed'),
    model: model.describe('model; the cheapest on offer when left out'),
  },
  true,
  async (context, { input, ...args }, signal) => {
    const name = args.model ?? (await defaultModel(context.buyer, 1));
    const { embedding, settled } = await within(context, signal, (options) =>
      askEmbedding(context.buyer, { model: name, input }, options),
    );
    return {
      texts: [JSON.stringify(embedding), costLine(chargeOf(settled))],
      data: { ...answerData(name, chargeOf(settled)), dimensions: embedding.length, embedding },
    };
  },
);

const quote = tool(
  'What units of a model cost: every offer with price, reputation and total, cheapest first. Costs nothing.',
  {
    model: text(200).describe('model to quote'),
    tokens: text(20).default('1M').describe('units to quote, such as 20000, 20k or 1.5M'),
  },
  false,
  async ({ buyer }, args) => {
    const units = parseUnits(args.tokens, 'tokens');
    const data = quoteData(args.model, units, await buyer.quote({ model: args.model, units }));
    const [best] = data.offers;
    const said = best
      ? `${grouped(units)} units of ${args.model} cost ${formatAmount(best.total)} at node ${best.node_small_id}`
      : `no node offers ${args.model} yet`;
    return { texts: [said], data };
  },
);

const balance = tool(
  'What the wallet holds, and what the caps of this session and day still allow. Costs nothing.',
  {},
  false,
  async ({ atoma, caps, budget }) => {
    const { toma, sui } = await getBalances(atoma);
    const left = await budget.left();
    return {
      texts: [
        `${formatAmount(toma)} in the wallet; ${formatAmount(left.session)} left of this session's cap, ${formatAmount(left.day)} of the day's`,
      ],
      data: {
        address: String(atoma.sender),
        toma,
        sui,
        cap_call: caps.call,
        cap_session: caps.session,
        cap_day: caps.day,
        left_session: left.session,
        left_day: left.day,
      },
    };
  },
);

const receipts = tool(
  'Receipts of the wallet, newest first: what nodes signed for. Costs nothing.',
  {
    stack: z.int().min(1).optional().describe('only of this stack'),
    limit: z.int().min(1).max(1_000).default(20).describe('most rows'),
  },
  false,
  async ({ buyer }, { stack, limit }) => {
    const { journal } = await buyer.context();
    const data = receiptsData(await receiptRows(journal, stack === undefined ? undefined : BigInt(stack), limit));
    const lines = data.receipts.map(
      (row) => `stack ${row.stack_small_id}, place ${row.index}: ${row.units} units, ${row.model}, ${row.request_id}`,
    );
    return { texts: [lines.join('\n') || 'no receipts yet'], data };
  },
);

/** Every tool by name. */
export const tools: ReadonlyMap<string, Tool> = new Map(Object.entries({ ask, embed, quote, balance, receipts }));
