/** Requests at the gateway, each with the receipt that came with its answer. */
import { CHAT, type Content, collectStream, createSseByteReader, type SseBlock } from '@atoma/sdk';
import { Refused, send } from '../ask.ts';
import { record, text } from '../json.ts';
import { contentOf, type Proof } from './check.ts';

/** Where and as whom is asked. */
export interface Desk {
  /** OpenAI base URL. */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly signal: AbortSignal;
}

/** One turn of a conversation. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** An answer as far as it is there; content and proof come with its end. */
export interface Streamed {
  readonly said: string;
  readonly content: Content | null;
  readonly proof: Proof | null;
}

/** Events of a body. Not every browser iterates over a stream. */
async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<SseBlock> {
  const reader = body.getReader();
  const read = createSseByteReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* read(value);
  }
}

const proofFrom = (receipt: string, signature: string, work: string): Proof | null =>
  receipt === '' || signature === '' ? null : { receipt, signature, ...(work === '' ? {} : { work }) };

const proofOf = (usage: unknown): Proof | null => {
  const { receipt, receipt_signature: signature, work } = record(record(usage).atoma);
  return proofFrom(text(receipt), text(signature), text(work));
};

const bodyOf = (model: string, turns: readonly Turn[], stream: boolean) => ({
  model,
  messages: turns.map(({ role, content }) => ({ role, content })),
  ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
});

/** The answer, longer each time. Throws with the gateway's words. */
export async function* askStreamed(desk: Desk, turns: readonly Turn[]): AsyncGenerator<Streamed> {
  const { url, key, model, signal } = desk;
  const body = bodyOf(model, turns, true);
  const response = await send({ url: `${url}/chat/completions`, token: key, method: 'POST', signal, body });
  if (!response.body) throw new Refused('the answer is empty');
  const collector = collectStream(CHAT);
  let [said, proof]: [string, Proof | null] = ['', null];
  for await (const { data } of eventsOf(response.body)) {
    if (data === '' || data === '[DONE]') continue;
    const event = record(JSON.parse(data));
    const message = text(record(event.error).message);
    if (message !== '') throw new Refused(message);
    collector.add(event);
    const [choice] = Array.isArray(event.choices) ? event.choices : [];
    said += text(record(record(choice).delta).content);
    proof ??= proofOf(event.usage);
    yield { said, content: null, proof: null };
  }
  yield { said, content: collector.content(), proof };
}

/** A whole answer. */
export interface Whole {
  readonly body: Uint8Array;
  readonly type: string;
  readonly content: Content;
  readonly proof: Proof | null;
}

/** Asks at an endpoint such as `/embeddings` with JSON or a form. Throws with the gateway's words. */
export const askWhole = async (desk: Desk, endpoint: string, body: object | FormData): Promise<Whole> => {
  const { url, key, signal } = desk;
  const isForm = body instanceof FormData;
  const response = await send({
    url: `${url}${endpoint}`,
    token: key,
    method: 'POST',
    signal,
    ...(isForm ? { form: body } : { body }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  const header = (name: string): string => response.headers.get(name) ?? '';
  return {
    body: bytes,
    type: response.headers.get('content-type') ?? '',
    content: contentOf(`/v1${endpoint}`, bytes),
    proof: proofFrom(header('atoma-receipt'), header('atoma-receipt-signature'), header('atoma-work')),
  };
};

/** {@link askWhole} for a conversation. */
export const askChat = (desk: Desk, turns: readonly Turn[]): Promise<Whole> =>
  askWhole(desk, '/chat/completions', bodyOf(desk.model, turns, false));

/** The text of a whole answer of chat. */
export const saidBy = ({ body }: Whole): string => {
  const { choices } = record(JSON.parse(new TextDecoder().decode(body)));
  const [choice] = Array.isArray(choices) ? choices : [];
  return text(record(record(choice).message).content);
};
