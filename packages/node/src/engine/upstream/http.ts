/** HTTP to upstream servers over kept connections: node:http costs a third of what `fetch` does per request. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { endWith, readWhole } from '@atoma/base';

/** An answer whose body is still to be read. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** Parts of the body as they arrive. Ends with an error when the connection breaks. */
  readonly body: IncomingMessage;
  /** Gives the connection up. */
  readonly cancel: () => void;
}

/** What is sent. */
export interface UpstreamCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

const IDLE_MS = 30_000;
const kept = { keepAlive: true, maxFreeSockets: 256, timeout: IDLE_MS } as const;

/** Connections of one engine. */
export interface Connections {
  /** Posts and waits for status and headers. */
  readonly post: (call: UpstreamCall) => Promise<UpstreamResponse>;
  /** Ends them all, those in use too. */
  readonly close: () => void;
}

/** Opens connections as they are needed. */
export const openConnections = (): Connections => {
  const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) };
  return {
    post: (call) => post(agents, call),
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
};

type Agents = { readonly http: HttpAgent; readonly https: HttpsAgent };

const toResponse = (message: IncomingMessage): UpstreamResponse => {
  message.on('error', () => undefined); // who reads the body is told; an abort after that concerns nobody
  return {
    status: message.statusCode ?? 0,
    contentType: message.headers['content-type'] ?? '',
    body: message,
    cancel: () => void message.destroy(),
  };
};

const post = (agents: Agents, call: UpstreamCall): Promise<UpstreamResponse> =>
  new Promise((resolve, reject) => {
    const url = new URL(call.url);
    const secure = url.protocol === 'https:';
    const send = secure ? httpsRequest : httpRequest;
    const outgoing = send(url, {
      method: 'POST',
      agent: secure ? agents.https : agents.http,
      headers: { ...call.headers, 'content-length': call.body.length },
    });
    const { signal } = call;
    const stop = (): void => void outgoing.destroy();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    outgoing.once('response', (message) => resolve(toResponse(message)));
    outgoing.on('error', reject);
    outgoing.once('close', () => signal.removeEventListener('abort', stop));
    endWith(outgoing, call.body);
  });

/** The whole body. */
export const readAll = async ({ body }: UpstreamResponse): Promise<Buffer> => {
  const read = await readWhole(body);
  if (typeof read === 'string') throw new DOMException('the connection closed early', 'NetworkError');
  return read;
};
