/** What chat answers are made of, whole and in chunks, as faces take it. */
import { createSseReader, type SseBlock } from '../wire/sse.ts';
import { array, type Json, record, text } from './client-json.ts';

/** A piece of a tool call. */
export interface ToolPiece {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** A piece of an answer. */
export interface Piece {
  /** Name of the answer, without its prefix. */
  readonly id: string;
  readonly created: number;
  readonly model: string;
  readonly content: string;
  readonly refusal: string;
  readonly reasoning: string;
  readonly tools: readonly ToolPiece[];
  readonly logprobs: unknown;
  readonly finish: string | null;
  /** The text of `stop` that ended it. */
  readonly matched: string | null;
  readonly usage: Json | null;
}

/** The first choice of a chunk (`delta`) or a whole completion (`message`). */
export const pieceOf = (chat: Json, member: 'delta' | 'message'): Piece => {
  const choice = record(array(chat.choices)[0]);
  const message = record(choice[member]);
  const tools = array(message.tool_calls).map((value, position): ToolPiece => {
    const call = record(value);
    const part = record(call.function ?? call.custom);
    const index = typeof call.index === 'number' ? call.index : position;
    return { index, id: text(call.id), name: text(part.name), arguments: text(part.arguments ?? part.input) };
  });
  return {
    id: text(chat.id).replace(/^[a-z]+-/, ''),
    created: typeof chat.created === 'number' ? chat.created : 0,
    model: text(chat.model),
    content: text(message.content),
    refusal: text(message.refusal),
    reasoning: text(message.reasoning_content),
    tools,
    logprobs: record(choice.logprobs).content,
    finish: typeof choice.finish_reason === 'string' ? choice.finish_reason : null,
    matched: typeof choice.stop_reason === 'string' ? choice.stop_reason : null,
    usage: chat.usage === undefined || chat.usage === null ? null : record(chat.usage),
  };
};

/** What takes pieces and makes events of a face. */
export interface PieceWriter {
  readonly piece: (piece: Piece) => string;
  /** The last events, once finish and usage are there. */
  readonly end: () => string;
  readonly error: (error: Json) => string;
}

/** Reads the text of a chat stream block by block. Comments and events that are not chat's own pass as they are. */
export const takeText = (writer: PieceWriter): ((chatText: string) => string) => {
  const read = createSseReader();
  let ended = false;
  const end = (): string => {
    if (ended) return '';
    ended = true;
    return writer.end();
  };
  const block = ({ text: raw, event, data }: SseBlock): string => {
    if (data === '[DONE]') return end();
    if (event === 'error') return failed(record(JSON.parse(data)));
    if (event !== '' || data === '') return `${raw}\n\n`;
    const chunk = record(JSON.parse(data));
    if (chunk.error !== undefined) return failed(chunk);
    const piece = pieceOf(chunk, 'delta');
    return writer.piece(piece) + (piece.usage ? end() : '');
  };
  const failed = (chunk: Json): string => {
    ended = true;
    const receipt = chunk.atoma === undefined ? '' : `event: error\ndata: ${JSON.stringify(chunk)}\n\n`;
    return writer.error(record(chunk.error)) + receipt;
  };
  return (chatText) => read(chatText).map(block).join('');
};
