/** Answers of Anthropic's `/v1/messages`: content blocks that grow from the pieces of a chat answer, whole and as events. */
import type { ContentChoice, ContentToolCall } from '../wire/content.ts';
import { promptEstimate } from '../wire/units.ts';
import { array, type Json, record, text } from './client-json.ts';
import { messagesToChat } from './messages-request.ts';
import { type Piece, type PieceWriter, pieceOf, type ToolPiece } from './pieces.ts';

type Block = Record<string, unknown>;

const stopReasons: Readonly<Record<string, string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  content_filter: 'refusal',
};

/** Cached tokens are counted apart from the others here. */
const usageOf = (usage: Json | null): Json => {
  const { prompt_tokens, completion_tokens, prompt_tokens_details, cost, atoma } = usage ?? {};
  const cached = Number(record(prompt_tokens_details).cached_tokens ?? 0);
  return {
    input_tokens: Number(prompt_tokens ?? 0) - cached,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached,
    output_tokens: completion_tokens ?? 0,
    ...(cost === undefined ? {} : { cost, atoma }),
  };
};

const inputOf = (json: string): unknown => {
  try {
    return record(JSON.parse(json === '' ? '{}' : json));
  } catch {
    return {};
  }
};

type TextKind = 'thinking' | 'text';
type Emit = (type: string, members: Json) => string;

/** Content blocks. They follow each other, as clients expect them to: calls, thoughts and texts behind the first call wait until it is whole. */
const createBlocks = (emit: Emit) => {
  const content: Block[] = [];
  /** What grows: its block, and the text of its input where it is a call. */
  let open: { readonly kind: TextKind | 'tool'; readonly call: number; input: string } | undefined;
  const later = new Map<number, ToolPiece>();
  /** What comes while a call is open. */
  const trailing = { thinking: '', text: '' };
  const at = (): number => content.length - 1;
  const delta = (value: Json): string => emit('content_block_delta', { index: at(), delta: value });

  const close = (): string => {
    if (!open) return '';
    if (open.kind === 'tool') (content[at()] as Block).input = inputOf(open.input);
    open = undefined;
    return emit('content_block_stop', { index: at() });
  };
  const start = (kind: TextKind | 'tool', block: Block, call = -1): string => {
    const before = close();
    content.push(block);
    open = { kind, call, input: '' };
    return before + emit('content_block_start', { index: at(), content_block: block });
  };

  const addText = (kind: TextKind, piece: string): string => {
    if (piece === '') return '';
    if (open?.kind === 'tool') {
      trailing[kind] += piece;
      return '';
    }
    const empty = kind === 'text' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
    const begun = open?.kind === kind ? '' : start(kind, empty);
    const block = content[at()] as Block;
    block[kind] = (block[kind] as string) + piece;
    return begun + delta({ type: `${kind}_delta`, [kind]: piece });
  };

  const addInput = (piece: string): string => {
    if (piece === '' || !open) return '';
    open.input += piece;
    return delta({ type: 'input_json_delta', partial_json: piece });
  };
  const startCall = (call: ToolPiece): string =>
    start('tool', { type: 'tool_use', id: call.id, name: call.name, input: {} }, call.index) + addInput(call.arguments);

  const addCall = (call: ToolPiece): string => {
    if (open?.kind !== 'tool') return startCall(call);
    if (open.call === call.index) return addInput(call.arguments);
    const known = later.get(call.index);
    later.set(call.index, { ...(known ?? call), arguments: (known?.arguments ?? '') + call.arguments });
    return '';
  };

  const end = (): string => {
    let out = close();
    for (const [, call] of [...later].sort(([a], [b]) => a - b)) out += startCall(call);
    return out + close() + addText('thinking', trailing.thinking) + addText('text', trailing.text) + close();
  };
  return { content, addText, addCall, end };
};

/** Collects an answer; what it emits are the events of a stream. */
export const createMessage = (body: Json, done: (answer: Json) => void = () => undefined) => {
  let id = '';
  let model = '';
  let finish: string | null = null;
  let matched: string | null = null;
  let usage: Json | null = null;
  /** A whole answer has no events to write. */
  let silent = false;
  const emit: Emit = (type, members) =>
    silent ? '' : `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`;
  const blocks = createBlocks(emit);
  const message = (): Json => ({
    id: `msg_${id}`,
    type: 'message',
    role: 'assistant',
    model,
    content: blocks.content,
    stop_reason: finish === null ? null : matched === null ? (stopReasons[finish] ?? 'end_turn') : 'stop_sequence',
    stop_sequence: matched,
    usage: usageOf(usage),
  });

  const begin = (piece: Piece): string => {
    if (id !== '') return '';
    ({ id, model } = piece);
    // Clients show how full their context is by this figure; the count comes with the end.
    usage ??= silent ? null : { prompt_tokens: promptEstimate(messagesToChat(body)) };
    return emit('message_start', { message: message() }) + emit('ping', {});
  };

  const take = (piece: Piece): string => {
    let out = begin(piece);
    out += blocks.addText('thinking', piece.reasoning);
    out += blocks.addText('text', piece.content + piece.refusal);
    for (const call of piece.tools) out += blocks.addCall(call);
    finish = piece.finish ?? finish;
    matched = piece.matched ?? matched;
    usage = piece.usage ?? usage;
    return out;
  };

  const end = (): string => {
    const out = blocks.end();
    finish ??= 'stop';
    const { stop_reason, stop_sequence, usage: counted } = message();
    done(message());
    return (
      out + emit('message_delta', { delta: { stop_reason, stop_sequence }, usage: counted }) + emit('message_stop', {})
    );
  };

  const writer: PieceWriter = {
    piece: take,
    end,
    error: (error) => emit('error', record(messagesError(error, 502))),
  };
  return {
    ...writer,
    /** The answer to a whole chat completion. */
    whole: (chat: Json): Json => {
      silent = true;
      take(pieceOf(chat, 'message'));
      end();
      return message();
    },
  };
};

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
};

/** An error in Anthropic's form; the code and the other members stay beside the type. */
export const messagesError = (error: Json, status: number): Json => ({
  type: 'error',
  error: { ...error, type: errorTypes[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error') },
  ...(typeof error.request_id === 'string' ? { request_id: error.request_id } : {}),
});

/** Arguments as a client sees them: a value, so that their spelling is lost. */
export const heardInput = (callArguments: string): string => JSON.stringify(inputOf(callArguments));

/** What an answer holds. */
export const messageContent = (answer: Json): ContentChoice => {
  const choice = { index: 0, text: '', reasoning: '', toolCalls: [] as ContentToolCall[] };
  for (const value of array(answer.content)) {
    const block = record(value);
    choice.text += block.type === 'text' ? text(block.text) : '';
    choice.reasoning += block.type === 'thinking' ? text(block.thinking) : '';
    if (block.type === 'tool_use')
      choice.toolCalls.push({
        index: choice.toolCalls.length,
        name: text(block.name),
        arguments: JSON.stringify(block.input),
      });
  }
  return choice;
};

/** Blocks grow by the deltas of their index. */
export const collectMessage = () => {
  const content: Block[] = [];
  const inputs: string[] = [];
  return {
    add: (event: Json): void => {
      const at = Number(event.index ?? 0);
      const block = content[at];
      const part = record(event.delta);
      if (event.type === 'content_block_start') content[at] = { ...record(event.content_block) };
      if (event.type !== 'content_block_delta' || !block) return;
      if (part.type === 'text_delta') block.text = text(block.text) + text(part.text);
      if (part.type === 'thinking_delta') block.thinking = text(block.thinking) + text(part.thinking);
      if (part.type === 'input_json_delta') inputs[at] = (inputs[at] ?? '') + text(part.partial_json);
    },
    answer: (): Json => ({
      content: content.map((block, at) =>
        block.type === 'tool_use' ? { ...block, input: inputOf(inputs[at] ?? '') } : block,
      ),
    }),
  };
};
