/** A small OpenAI-compatible server for tests and benches: fixed answers, and faults on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How the server behaves; may be changed while it runs. */
export interface UpstreamBehaviour {
  /** Answer with this status instead. */
  status: number;
  /** Words of an answer. */
  words: readonly string[];
  /** Wait before each word of a stream, ms. */
  wordMs: number;
  /** End the connection after so many words of a stream. */
  dieAfter: number;
  /** Report usage. */
  usage: boolean;
  /** Answers to paths exactly as some server sends them; undefined: the ordinary answer. */
  raw: (path: string) => { readonly status?: number; readonly type: string; readonly body: string } | undefined;
}

/** A running server. */
export interface UpstreamServer {
  readonly url: string;
  readonly behaviour: UpstreamBehaviour;
  /** Bodies received, parsed. */
  readonly requests: Record<string, unknown>[];
  /** Headers of the same. */
  readonly headers: IncomingMessage['headers'][];
  /** Streams the client closed early. */
  readonly aborted: () => number;
  readonly close: () => Promise<void>;
}

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a server on a free port. */
export const startUpstream = async (initial: Partial<UpstreamBehaviour> = {}): Promise<UpstreamServer> => {
  const behaviour: UpstreamBehaviour = {
    status: 200,
    words: ['Hello', ' from', ' upstream'],
    wordMs: 0,
    dieAfter: Number.POSITIVE_INFINITY,
    usage: true,
    raw: () => undefined,
    ...initial,
  };
  const requests: Record<string, unknown>[] = [];
  const headers: IncomingMessage['headers'][] = [];
  let aborted = 0;
  const usageOf = (words: readonly string[]) => ({
    prompt_tokens: 7,
    completion_tokens: words.length,
    total_tokens: 7 + words.length,
  });
  const json = (response: ServerResponse, status: number, body: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const stream = async (body: Record<string, unknown>, response: ServerResponse): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.on('close', () => {
      if (!response.writableFinished) aborted++;
    });
    const words = behaviour.words.slice(0, Number(body.max_tokens ?? behaviour.words.length));
    const chunk = (value: object): void => void response.write(`data: ${JSON.stringify({ id: 'up', ...value })}\n\n`);
    for (const [i, content] of words.entries()) {
      if (behaviour.wordMs > 0) await wait(behaviour.wordMs);
      if (i >= behaviour.dieAfter) {
        response.destroy();
        return;
      }
      if (response.destroyed) return;
      chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    }
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    if (behaviour.usage) chunk({ choices: [], usage: usageOf(words) });
    response.end('data: [DONE]\n\n');
  };
  const whole = (path: string, body: Record<string, unknown>, response: ServerResponse): void => {
    const words = behaviour.words.slice(0, Number(body.max_tokens ?? behaviour.words.length));
    const text = words.join('');
    const image = { b64_json: 'iVBORw==', revised_prompt: 'x' };
    const message = { role: 'assistant', content: text };
    const completion = { id: 'up', choices: [{ index: 0, message, text, finish_reason: 'stop' }] };
    if (path === '/v1/audio/speech') {
      response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(Buffer.from('sound'));
    } else if (path === '/v1/embeddings')
      json(response, 200, {
        data: [{ index: 0, embedding: [0.1, -0.5] }],
        usage: { prompt_tokens: 7, total_tokens: 7 },
      });
    else if (path === '/v1/images/generations')
      json(response, 200, { data: Array.from({ length: Number(body.n ?? 1) }, () => image) });
    else if (path.startsWith('/v1/audio/')) json(response, 200, { text });
    else json(response, 200, behaviour.usage ? { ...completion, usage: usageOf(words) } : completion);
  };
  const server = createServer((request, response) => {
    void readBody(request).then((bytes) => {
      const raw = behaviour.raw(request.url ?? '');
      if (raw) {
        response.writeHead(raw.status ?? 200, { 'content-type': raw.type }).end(raw.body);
        return undefined;
      }
      if (behaviour.status !== 200) return json(response, behaviour.status, { error: { message: 'as told' } });
      if (request.method === 'GET') return json(response, 200, { data: [] });
      const isJson = request.headers['content-type']?.includes('json');
      const body = isJson ? (JSON.parse(bytes.toString('utf8')) as Record<string, unknown>) : {};
      requests.push(body);
      headers.push(request.headers);
      return body.stream === true ? stream(body, response) : whole(request.url ?? '', body, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    behaviour,
    requests,
    headers,
    aborted: () => aborted,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
