/** Reads the content out of answers as OpenAI clients see them: JSON bodies, stream chunks, audio bytes. */

import { faceOf } from '../faces/index.ts';
import { type Content, type ContentChoice, float32Bytes, normalFloat32Bytes } from './content.ts';
import { completionKind } from './endpoints.ts';
import { decodeBase64 } from './headers.ts';
import { array, type Json, record } from './json.ts';
import { wireError } from './wire-errors.ts';

const string = (value: unknown): string => (typeof value === 'string' ? value : '');
const index = (value: unknown, position: number): number =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : position;

/** Parts of one choice as they arrive. */
interface OpenChoice {
  content: string;
  refusal: string;
  reasoning: string;
  readonly tools: Map<number, { name: string; arguments: string }>;
}

/** Collects the choices of a chat or text completion, streamed or whole. */
export interface ChoiceCollector {
  /** A parsed `data:` chunk of a stream. */
  readonly addChunk: (chunk: unknown) => void;
  /** The parsed body of a whole answer. */
  readonly addBody: (body: unknown) => void;
  /** What has been collected. */
  readonly choices: () => readonly ContentChoice[];
}

const addTools = (choice: OpenChoice, calls: unknown): void => {
  array(calls).forEach((value, position) => {
    const call = record(value);
    const part = record(call.function ?? call.custom);
    const at = index(call.index, position);
    const tool = choice.tools.get(at) ?? { name: '', arguments: '' };
    tool.name += string(part.name);
    tool.arguments += string(part.arguments ?? part.input);
    choice.tools.set(at, tool);
  });
};

const addMessage = (choice: OpenChoice, message: Json): void => {
  choice.content += string(message.content);
  choice.refusal += string(message.refusal);
  choice.reasoning += string(message.reasoning_content ?? message.reasoning);
  addTools(choice, message.tool_calls);
};

/** Starts a collector. */
export const collectChoices = (): ChoiceCollector => {
  const open = new Map<number, OpenChoice>();
  const choiceAt = (at: number): OpenChoice => {
    const known = open.get(at) ?? { content: '', refusal: '', reasoning: '', tools: new Map() };
    open.set(at, known);
    return known;
  };
  const add = (value: unknown, member: 'delta' | 'message'): void => {
    array(record(value).choices).forEach((each, position) => {
      const raw = record(each);
      const choice = choiceAt(index(raw.index, position));
      if (typeof raw.text === 'string') choice.content += raw.text;
      addMessage(choice, record(raw[member]));
    });
  };
  return {
    addChunk: (chunk) => add(chunk, 'delta'),
    addBody: (body) => add(body, 'message'),
    choices: () =>
      [...open].map(([at, choice]) => ({
        index: at,
        text: choice.content + choice.refusal,
        reasoning: choice.reasoning,
        toolCalls: [...choice.tools].map(([tool, call]) => ({ index: tool, ...call })),
      })),
  };
};

/** Collects the content of a streamed answer, event by event. */
export interface StreamCollector {
  /** The parsed data of an event, in the order they came. */
  readonly add: (data: unknown) => void;
  readonly content: () => Content;
}

/** Starts a collector for the streams of an endpoint. */
export const collectStream = (endpoint: string): StreamCollector => {
  const face = faceOf(endpoint)?.collect();
  const choices = collectChoices();
  const kind = completionKind(endpoint) ?? 'chat';
  return {
    add: (data) => (face ? face.add(record(data)) : choices.addChunk(data)),
    content: () => {
      const found = face && faceOf(endpoint)?.contentOf(face.answer());
      return { kind, choices: found ? [found] : choices.choices() };
    },
  };
};

const strictBase64 = (value: unknown, what: string): Uint8Array => {
  if (typeof value !== 'string') throw wireError('CONTENT', { why: `${what} is missing` });
  return decodeBase64(value);
};

const vector = (value: unknown): Uint8Array =>
  Array.isArray(value) ? float32Bytes(value as number[]) : normalFloat32Bytes(strictBase64(value, 'an embedding'));

/** Endpoints whose answer is data: all members but usage and receipt are its content, as JSON text. */
const dataEndpoints: ReadonlySet<string> = new Set(['/v1/moderations', '/tokenize', '/detokenize']);

/** The text of a transcription: of JSON its member, of anything else all of it. */
const transcribed = (plain: string): string => {
  if (!plain.trimStart().startsWith('{')) return plain;
  try {
    const { text } = record(JSON.parse(plain));
    return typeof text === 'string' ? text : plain;
  } catch {
    return plain;
  }
};

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The content of a whole answer of `endpoint`; `body` is its bytes. Throws `WIRE_CONTENT`. */
export const answerContent = (endpoint: string, body: Uint8Array): Content => {
  if (endpoint === '/v1/audio/speech') return { kind: 'speech', bytes: body };
  const plain = utf8.decode(body);
  if (endpoint.startsWith('/v1/audio/')) return { kind: 'transcription', text: transcribed(plain) };
  const json = record(parse(plain));
  const face = faceOf(endpoint);
  if (face) return { kind: 'chat', choices: [face.contentOf(json)] };
  const kind = completionKind(endpoint);
  if (kind) {
    const collector = collectChoices();
    collector.addBody(json);
    return { kind, choices: collector.choices() };
  }
  if (endpoint === '/v1/embeddings') {
    const rows = array(json.data).map(record);
    return {
      kind: 'embeddings',
      vectors: rows.map((row, i) => ({ index: index(row.index, i), bytes: vector(row.embedding) })),
    };
  }
  if (endpoint === '/v1/rerank') {
    const rows = array(json.results).map(record);
    return {
      kind: 'embeddings',
      vectors: rows.map((row, i) => ({
        index: index(row.index, i),
        bytes: float32Bytes([Number(row.relevance_score)]),
      })),
    };
  }
  if (dataEndpoints.has(endpoint)) {
    const { usage: _, atoma: __, ...data } = json;
    return { kind: 'transcription', text: JSON.stringify(data) };
  }
  if (endpoint.startsWith('/v1/images/')) {
    const rows = array(json.data).map(record);
    return {
      kind: 'images',
      images: rows.map((row, i) => ({ index: i, bytes: strictBase64(row.b64_json, 'b64_json') })),
    };
  }
  throw wireError('CONTENT', { why: `${endpoint} has no content` });
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wireError('CONTENT', { why: 'the body is not JSON' }, cause);
  }
};
