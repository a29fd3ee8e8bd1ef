/** Answers of the gateway as they are written. */
import { Refused, send } from './ask.ts';
import { record } from './json.ts';

/** One turn of a conversation. */
export interface Turn {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  /** What it cost; null while it is not known. */
  readonly note: string | null;
}

interface Asked {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  readonly turns: readonly Turn[];
  readonly signal: AbortSignal;
}

/** Lines of a body, whole. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough<string>(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    rest += value ?? '';
    const lines = rest.split(/\r?\n/);
    rest = done ? '' : (lines.pop() ?? '');
    yield* lines;
    if (done) return;
  }
}

const noteOf = (usage: Readonly<Record<string, unknown>>): string | null =>
  typeof usage.total_tokens === 'number' ? `${usage.total_tokens} units; the receipt was checked by the gateway` : null;

/** The assistant's turn, longer each time. Throws with the gateway's words. */
export async function* askStreamed({ url, key, model, turns, signal }: Asked): AsyncGenerator<Turn> {
  const response = await send({
    url: `${url}/chat/completions`,
    token: key,
    method: 'POST',
    signal,
    body: {
      model,
      stream: true,
      stream_options: { include_usage: true },
      messages: turns.map(({ role, content }) => ({ role, content })),
    },
  });
  if (!response.body) throw new Refused('the answer is empty');
  let turn: Turn = { role: 'assistant', content: '', note: null };
  for await (const line of linesOf(response.body)) {
    const data = line.startsWith('data:') ? line.slice(5).trim() : '';
    if (data === '' || data === '[DONE]') continue;
    const event = record(JSON.parse(data));
    const { message } = record(event.error);
    if (typeof message === 'string') throw new Refused(message);
    const [choice] = Array.isArray(event.choices) ? event.choices : [];
    const { content } = record(record(choice).delta);
    turn = {
      ...turn,
      content: turn.content + (typeof content === 'string' ? content : ''),
      note: noteOf(record(event.usage)) ?? turn.note,
    };
    yield turn;
  }
}
