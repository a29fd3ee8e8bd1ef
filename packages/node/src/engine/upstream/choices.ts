/** Choices of chat and text completions, as servers send them, in one form. What cannot be read is a failure, never an empty answer. */
import { engineError } from '../engine-errors.ts';
import type { Delta, EngineEvent, EngineRequest, FinishReason, Usage } from '../types.ts';
import { failure, reportedError } from './fault.ts';
import { array, filled, isRecord, type Json, record, whole } from './json.ts';
import { createToolReader, type ToolReader } from './tools.ts';

/** Reads the choices of one answer. Everything throws `ENGINE_FAILED` for what cannot be read. */
export interface ChoiceReader {
  readonly chunk: (json: Json) => readonly EngineEvent[];
  readonly body: (json: Json) => readonly EngineEvent[];
  /** Whether every choice has come to its end. */
  readonly complete: () => boolean;
  /** The ends of all choices; `said`: the server said that it has ended, so that choices without a reason are complete too. */
  readonly end: (said: boolean) => readonly EngineEvent[];
}

/** Reasons of servers in OpenAI's words; null: a failure. What is not listed ends an answer like `stop`. */
const reasons: Readonly<Record<string, FinishReason | null>> = {
  stop: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_length: 'length',
  max_output_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  content_filter: 'content_filter',
  safety: 'content_filter',
  refusal: 'content_filter',
  recitation: 'content_filter',
  sensitive: 'content_filter',
  blocklist: 'content_filter',
  prohibited_content: 'content_filter',
  content_filtered: 'content_filter',
  guardrail_intervened: 'content_filter',
  tool_calls: 'tool_calls',
  tool_call: 'tool_calls',
  tool_use: 'tool_calls',
  function_call: 'tool_calls',
  error: null,
  abort: null,
  aborted: null,
  cancelled: null,
  canceled: null,
  insufficient_system_resource: null,
  network_error: null,
  timeout: null,
};

const amount = (value: unknown): bigint | null => {
  const count = whole(value);
  return count === undefined ? null : BigInt(count);
};

/** What a server counted; undefined when it counted nothing that can be used. */
export const usageOf = (value: unknown): Usage | undefined => {
  if (!isRecord(value)) return undefined;
  const details = record(value.completion_tokens_details);
  const prompt = amount(value.prompt_tokens) ?? amount(value.input_tokens);
  const completion = amount(value.completion_tokens) ?? amount(value.output_tokens);
  const total = prompt === null && completion === null ? amount(value.total_tokens) : null;
  if (prompt === null && completion === null && total === null) return undefined;
  const cached = amount(record(value.prompt_tokens_details).cached_tokens);
  const reasoning = amount(details.reasoning_tokens) ?? amount(value.reasoning_tokens);
  return {
    type: 'usage',
    prompt: prompt ?? total,
    completion,
    ...(cached === null ? {} : { cached }),
    ...(reasoning === null ? {} : { reasoning }),
  };
};

interface Read {
  content: string;
  reasoning: string;
  refusal: string;
}

const fail = (model: string, why: string): Error => engineError('FAILED', { model, why });

/** Adds a text, or the parts of one, to what they belong to. */
const addContent = (into: Read, value: unknown, member: keyof Read, model: string): void => {
  if (value === undefined || value === null) return;
  if (typeof value === 'string') into[member] += value;
  else if (Array.isArray(value)) for (const part of value) addContent(into, part, member, model);
  else if (isRecord(value)) addPart(into, value, member, model);
  else throw fail(model, `its content is a ${typeof value}`);
};

const addPart = (into: Read, part: Json, member: keyof Read, model: string): void => {
  const type = filled(part.type) ?? 'text';
  if (type === 'text' || type === 'output_text' || type === 'summary_text' || type === 'reasoning_text') {
    if (part.type === undefined && part.text === undefined && part.value === undefined)
      throw fail(model, 'its content is an object');
    addContent(into, part.text ?? part.value, member, model);
  } else if (type === 'thinking' || type === 'reasoning' || type === 'reasoning.text')
    addContent(into, part.thinking ?? part.text ?? part.content ?? part.summary, 'reasoning', model);
  else if (type === 'refusal') addContent(into, part.refusal ?? part.text, 'refusal', model);
  else if (type !== 'redacted_thinking' && type !== 'reasoning.encrypted' && type !== 'reasoning.summary')
    throw fail(model, `its content has a part of type ${type}`);
};

/** Starts a reader for the answer to `request`. */
export const createChoiceReader = (request: EngineRequest): ChoiceReader => {
  const { model, n } = request;
  const stops = typeof request.body.stop === 'string' ? [request.body.stop] : array(request.body.stop);
  let output = false;
  let counted: Usage | undefined;
  const open = Array.from({ length: n }, () => ({
    tools: createToolReader(),
    reason: null as FinishReason | null,
    matched: undefined as string | undefined,
    seen: false,
  }));

  const toolPieces = (tools: ToolReader, message: Json, entire: boolean) => {
    const legacy = isRecord(message.function_call) ? [{ index: 0, function: message.function_call }] : [];
    const calls = [...array(message.tool_calls), ...(message.tool_calls ? [] : legacy)].map(record);
    return calls.flatMap((call) => (entire ? tools.entire(call) : tools.piece(call)));
  };

  const messageDeltas = (at: number, message: Json, raw: Json, entire: boolean): readonly Delta[] => {
    const read: Read = { content: '', reasoning: '', refusal: '' };
    addContent(read, message.content ?? raw.text, 'content', model);
    addContent(read, message.refusal, 'refusal', model);
    // Servers that change a name send both for a while, one of them empty.
    const { reasoning_content, reasoning, thinking, reasoning_details } = message;
    const thoughts = [reasoning_content, reasoning, thinking, reasoning_details].find(Boolean);
    addContent(read, thoughts, 'reasoning', model);
    const logprobs = raw.logprobs ?? undefined;
    const main: Delta = {
      type: 'delta',
      choice: at,
      ...(read.content === '' ? {} : { content: read.content }),
      ...(read.refusal === '' ? {} : { refusal: read.refusal }),
      ...(read.reasoning === '' ? {} : { reasoning: read.reasoning }),
      ...(logprobs === undefined ? {} : { logprobs }),
    };
    const tools = toolPieces((open[at] as (typeof open)[number]).tools, message, entire);
    const hasMain = Object.keys(main).length > 2;
    return [...(hasMain ? [main] : []), ...tools.map((tool): Delta => ({ type: 'delta', choice: at, tool }))];
  };

  /** vLLM tells the text that ended a choice as `stop_reason`, SGLang as `matched_stop`; both a number for a token. */
  const noteReason = (at: number, { finish_reason, stop_reason, matched_stop }: Json): void => {
    const text = filled(finish_reason);
    const choice = open[at] as (typeof open)[number];
    if (text === undefined || choice.reason !== null) return;
    const reason = reasons[text.toLowerCase()];
    if (reason === null) throw fail(model, `it ended with ${text}`);
    choice.reason = reason ?? 'stop';
    choice.matched = [stop_reason, matched_stop].map(filled).find((said) => said !== undefined && stops.includes(said));
  };

  const read = (json: Json, entire: boolean): readonly EngineEvent[] => {
    const reported = reportedError(json);
    if (reported) throw failure(model, reported);
    const events = array(json.choices).flatMap((value, position): readonly Delta[] => {
      const raw = record(value);
      const index = typeof raw.index === 'string' ? Number(raw.index) : raw.index;
      const at = index === undefined || index === null ? position : whole(index);
      const choice = at === undefined ? undefined : open[at];
      if (at === undefined || !choice) throw fail(model, `it answered choice ${String(raw.index)} of ${n}`);
      if (raw.error) throw fail(model, reportedError(raw)?.message ?? 'a choice is an error');
      const message = raw.delta ?? raw.message;
      if (entire && !isRecord(message) && typeof raw.text !== 'string') throw fail(model, 'a choice has no message');
      if (entire && choice.seen) throw fail(model, `it answered choice ${String(at)} twice`);
      const deltas = messageDeltas(at, record(message), raw, entire);
      choice.seen ||= deltas.length > 0 || entire;
      noteReason(at, raw);
      return deltas;
    });
    const usage = usageOf(json.usage ?? record(json.x_groq).usage);
    if (usage) counted = usage;
    output ||= events.length > 0;
    return usage ? [...events, usage] : events;
  };

  return {
    chunk: (json) => read(json, false),
    body: (json) => read(json, true),
    complete: () => open.every(({ reason }) => reason !== null),
    end: (said) => {
      // Some servers fail without a word: no output, and not even the prompt was counted.
      if (!output && counted?.prompt === 0n && !counted.completion) throw fail(model, 'it answered nothing');
      return open.flatMap(({ tools, reason, matched, seen }, choice): readonly EngineEvent[] => {
        if (reason === null && !(said && seen))
          throw fail(model, `choice ${choice} of ${n} was not answered to its end`);
        const ended = reason === null || reason === 'stop' || reason === 'tool_calls';
        if (!ended) return [{ type: 'finish', choice, reason }];
        if (tools.nameless()) throw fail(model, 'it called a tool without a name');
        const rest = tools.rest().map((tool): Delta => ({ type: 'delta', choice, tool }));
        if (tools.any()) return [...rest, { type: 'finish', choice, reason: 'tool_calls' }];
        return [...rest, { type: 'finish', choice, reason: 'stop', ...(matched === undefined ? {} : { matched }) }];
      });
    },
  };
};
