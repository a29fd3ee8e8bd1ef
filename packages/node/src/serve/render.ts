/** How content looks in OpenAI's formats, whole and streamed, and where the receipt goes. */
import { RECEIPT_EVENT, toBase64 } from '@atoma/sdk';
import type { Delta, FinishReason, Vector } from '../engine/types.ts';
import type { Plan } from './plan.ts';

/** One choice as it has been produced so far. */
export interface Choice {
  content: string;
  refusal: string;
  reasoning: string;
  readonly tools: Map<number, ToolCall>;
  readonly logprobs: unknown[];
  finish: FinishReason | null;
  /** The text of `stop` that ended it, where the engine told. */
  matched: string | undefined;
  /** Units where the engine counts exactly. */
  units: number;
  /** Whether every piece came with its units; null before the first. */
  exact: boolean | null;
}

/** A tool call as far as it has come. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
  custom: boolean;
}

/** A choice before its first piece. */
export const emptyChoice = (): Choice => ({
  content: '',
  refusal: '',
  reasoning: '',
  tools: new Map(),
  logprobs: [],
  finish: null,
  matched: undefined,
  units: 0,
  exact: null,
});

/** Adds a piece to its choice. */
export const addDelta = (choice: Choice, delta: Delta): void => {
  choice.content += delta.content ?? '';
  choice.refusal += delta.refusal ?? '';
  choice.reasoning += delta.reasoning ?? '';
  if (delta.logprobs !== undefined) choice.logprobs.push(delta.logprobs);
  choice.exact = delta.units !== undefined && choice.exact !== false;
  choice.units += delta.units ?? 0;
  const { tool } = delta;
  if (!tool) return;
  const known = choice.tools.get(tool.index) ?? { id: '', name: '', arguments: '', custom: false };
  known.custom ||= tool.custom ?? false;
  known.id = tool.id ?? known.id;
  known.name += tool.name ?? '';
  known.arguments += tool.arguments ?? '';
  choice.tools.set(tool.index, known);
};

/** What every chunk and body of an answer begins with. */
export interface AnswerFrame {
  readonly id: string;
  readonly created: number;
  /** Name the client asked for. */
  readonly model: string;
  readonly chat: boolean;
  readonly includeUsage: boolean;
}

const chunk = (frame: AnswerFrame, choices: readonly unknown[], usage: unknown): string =>
  `data: ${JSON.stringify({
    id: frame.id,
    object: frame.chat ? 'chat.completion.chunk' : 'text_completion',
    created: frame.created,
    model: frame.model,
    choices,
    ...(frame.includeUsage ? { usage } : {}),
  })}\n\n`;

const deltaBody = (delta: Delta, first: boolean): Record<string, unknown> => ({
  ...(first ? { role: 'assistant' } : {}),
  ...(delta.content === undefined ? {} : { content: delta.content }),
  ...(delta.refusal === undefined ? {} : { refusal: delta.refusal }),
  ...(delta.reasoning === undefined ? {} : { reasoning_content: delta.reasoning }),
  ...(delta.tool === undefined ? {} : { tool_calls: [toolPiece(delta.tool)] }),
});

const toolPiece = (tool: NonNullable<Delta['tool']>): Record<string, unknown> => {
  const name = tool.name === undefined ? {} : { name: tool.name };
  const text = tool.arguments ?? '';
  const begins = tool.id === undefined ? {} : { id: tool.id, type: tool.custom ? 'custom' : 'function' };
  return tool.custom
    ? { index: tool.index, ...begins, custom: { ...name, input: text } }
    : { index: tool.index, ...begins, function: { ...name, arguments: text } };
};

/** A piece as an event. */
export const deltaEvent = (frame: AnswerFrame, delta: Delta, first: boolean): string => {
  const logprobs = delta.logprobs === undefined ? {} : { logprobs: delta.logprobs };
  const body = frame.chat ? { delta: deltaBody(delta, first) } : { text: delta.content ?? '' };
  return chunk(frame, [{ index: delta.choice, ...body, ...logprobs, finish_reason: null }], null);
};

/** What ended a choice. Named as vLLM does, where a text of `stop` did: OpenAI's form has no place for it. */
const endOf = (reason: FinishReason, matched: string | undefined): Record<string, unknown> => ({
  finish_reason: reason,
  ...(matched === undefined ? {} : { stop_reason: matched }),
});

/** The end of a choice as an event. */
export const finishEvent = (frame: AnswerFrame, choice: number, reason: FinishReason, matched?: string): string =>
  chunk(frame, [{ index: choice, ...(frame.chat ? { delta: {} } : { text: '' }), ...endOf(reason, matched) }], null);

/** Units an engine told apart; null: it did not. */
export interface UsageDetails {
  /** Of the prompt: read from a cache. */
  readonly cached: bigint | null;
  /** Of the completion: thoughts. */
  readonly reasoning: bigint | null;
}

/** Units as an answer shows them. */
export interface ShownUsage {
  readonly prompt: bigint;
  readonly completion: bigint;
  readonly details: UsageDetails;
}

/** The `usage` member. */
export const usageMember = ({ prompt, completion, details }: ShownUsage): Record<string, unknown> => ({
  prompt_tokens: Number(prompt),
  completion_tokens: Number(completion),
  total_tokens: Number(prompt + completion),
  ...(details.cached === null ? {} : { prompt_tokens_details: { cached_tokens: Number(details.cached) } }),
  ...(details.reasoning === null ? {} : { completion_tokens_details: { reasoning_tokens: Number(details.reasoning) } }),
});

/** The usage chunk of a stream whose client asked for it. */
export const usageEvent = (frame: AnswerFrame, usage: ShownUsage): string => chunk(frame, [], usageMember(usage));

/** The last line of a stream. */
export const DONE = 'data: [DONE]\n\n';

/** A receipt as it is given beside an answer. */
export interface ShownReceipt {
  readonly receipt: Uint8Array;
  readonly signature: Uint8Array;
  /** Digest of the steps of the work, which the receipt covers with the content; null where the engine shows none. */
  readonly workDigest: Uint8Array | null;
}

/** Receipt and signature as JSON. */
const receiptJson = ({ receipt, signature, workDigest }: ShownReceipt): string =>
  JSON.stringify({
    receipt: toBase64(receipt),
    signature: toBase64(signature),
    ...(workDigest ? { work: toBase64(workDigest) } : {}),
  });

/** The receipt as an event. */
export const receiptEvent = (shown: ShownReceipt): string => `event: ${RECEIPT_EVENT}\ndata: ${receiptJson(shown)}\n\n`;

/** A JSON object body with the receipt as its last member; other bodies stay as they are. */
export const withReceipt = (body: Uint8Array, contentType: string, shown: ShownReceipt): Uint8Array => {
  if (!contentType.startsWith('application/json')) return body;
  const member = Buffer.from(`,"atoma":${receiptJson(shown)}}`);
  return Buffer.concat([body.subarray(0, -1), member]);
};

const wholeChoice = (choice: Choice, index: number, chat: boolean): unknown => {
  const end = endOf(choice.finish ?? 'stop', choice.matched);
  const logprobs = choice.logprobs.length === 0 ? {} : { logprobs: choice.logprobs.at(-1) };
  if (!chat) return { index, text: choice.content, ...logprobs, ...end };
  const tools = [...choice.tools]
    .sort(([a], [b]) => a - b)
    .map(([, { id, custom, name, arguments: text }]) =>
      custom
        ? { id, type: 'custom', custom: { name, input: text } }
        : { id, type: 'function', function: { name, arguments: text } },
    );
  const message = {
    role: 'assistant',
    content: choice.content === '' && (tools.length > 0 || choice.refusal !== '') ? null : choice.content,
    refusal: choice.refusal === '' ? null : choice.refusal,
    ...(choice.reasoning === '' ? {} : { reasoning_content: choice.reasoning }),
    ...(tools.length === 0 ? {} : { tool_calls: tools }),
  };
  return { index, message, ...logprobs, ...end };
};

/** A whole chat or text completion. */
export const completionBody = (
  frame: AnswerFrame,
  choices: readonly Choice[],
  usage: ShownUsage,
): Readonly<Record<string, unknown>> => ({
  id: frame.id,
  object: frame.chat ? 'chat.completion' : 'text_completion',
  created: frame.created,
  model: frame.model,
  choices: choices.map((choice, index) => wholeChoice(choice, index, frame.chat)),
  usage: usageMember(usage),
});

/** A list of embeddings, as numbers or as base64 of float32 values. */
export const embeddingBody = (
  frame: AnswerFrame,
  plan: Plan,
  vectors: readonly { readonly index: number; readonly values: readonly number[]; readonly bytes: Uint8Array }[],
  prompt: bigint,
): unknown => ({
  object: 'list',
  data: vectors.map(({ index, values, bytes }) => ({
    object: 'embedding',
    index,
    embedding: plan.format === 'base64' ? toBase64(bytes) : values,
  })),
  model: frame.model,
  usage: promptUsage(prompt),
});

/** The `usage` member of work that generates no text. */
export const promptUsage = (prompt: bigint): Record<string, number> => ({
  prompt_tokens: Number(prompt),
  total_tokens: Number(prompt),
});

/** Ranked documents, best first. */
export const rerankBody = (frame: AnswerFrame, plan: Plan, scores: readonly Vector[], prompt: bigint): unknown => {
  const { documents, return_documents } = plan.request.body as { documents: unknown[]; return_documents?: boolean };
  const rows = scores.map(({ index, values: [score = 0] }) => ({ index, relevance_score: score }));
  const shown = (index: number): object => {
    const document = documents[index];
    return return_documents === true ? { document: typeof document === 'string' ? { text: document } : document } : {};
  };
  return {
    id: frame.id,
    model: frame.model,
    results: rows.sort((a, b) => b.relevance_score - a.relevance_score).map((row) => ({ ...row, ...shown(row.index) })),
    usage: promptUsage(prompt),
  };
};
