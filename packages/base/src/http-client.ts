/** HTTP to other servers over kept connections: node:http costs a third of what `fetch` does per request. */
import {
  type AgentOptions,
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { endWith } from './http.ts';
import { inSpan, isTracing, traceHeaders } from './trace/trace.ts';

/** One request. */
export interface HttpCall {
  /** Base URL of the server. */
  readonly url: string;
  /** Path below it, with a slash in front. */
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Apart from `host` and `content-length`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Breaks the connection off, also while the answer is read. */
  readonly signal?: AbortSignal;
  /** ms until the head of the answer, and between any two pieces of it; without it as long as it takes. */
  readonly timeoutMs?: number;
  /** Asked when `timeoutMs` have passed in silence: true waits as long again. Without it the connection is broken off. */
  readonly onSilence?: () => Promise<boolean>;
}

/** Connections that are kept. */
export interface HttpClient {
  /** Gives the head of the answer, whose body is to be read. Rejects when none came, with the signal's reason when that is why. */
  readonly send: (call: HttpCall) => Promise<IncomingMessage>;
  /** Ends all connections, those in use too. */
  readonly close: () => void;
}

/** How connections are made. */
export interface HttpClientParameters extends AgentOptions {
  /** From a base URL to its parts, or an error. */
  readonly parse?: (url: string) => URL;
}

/** A base URL taken apart. */
interface Server {
  readonly secure: boolean;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly prefix: string;
}

/** Base URLs that are remembered. */
const MOST_SERVERS = 10_000;

const serverOf = ({ protocol, host, hostname, port, pathname }: URL): Server => {
  const secure = protocol === 'https:';
  return {
    secure,
    name: host,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (secure ? 443 : 80) : Number(port),
    prefix: pathname.replace(/\/$/, ''),
  };
};

const listHeaders = (server: Server, { headers, body }: HttpCall): string[] => {
  const list = ['host', server.name];
  const trace = traceHeaders();
  for (const name in headers) if (!(name in trace)) list.push(name, headers[name] as string);
  for (const name in trace) list.push(name, trace[name] as string);
  if (body) list.push('content-length', String(body.length));
  return list;
};

/** A kept connection that its server had closed meanwhile: nothing of the request was read, so it is sent again. */
const stale = Symbol('stale');
const isStale = (outgoing: ClientRequest, error: Error & { readonly code?: string }): boolean =>
  outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

/** Breaks a silent connection off, unless it is told to wait on. */
const watchSilence = (outgoing: ClientRequest, ms: number, onSilence: HttpCall['onSilence']): void => {
  const giveUp = (): void => void outgoing.destroy(new DOMException(`no answer within ${ms} ms`, 'NetworkError'));
  outgoing.setTimeout(ms);
  outgoing.on('timeout', () => {
    if (!onSilence) return giveUp();
    onSilence().then((waits) => (waits ? outgoing.setTimeout(ms) : giveUp()), giveUp);
  });
};

/** Opens connections as they are needed. */
export const openHttpClient = ({ parse = (url) => new URL(url), ...options }: HttpClientParameters): HttpClient => {
  const http = new HttpAgent({ keepAlive: true, ...options });
  const https = new HttpsAgent({ keepAlive: true, ...options });
  const servers = new Map<string, Server>();
  const find = (url: string): Server => {
    const known = servers.get(url);
    if (known) return known;
    const server = serverOf(parse(url));
    if (servers.size > MOST_SERVERS) servers.clear();
    servers.set(url, server);
    return server;
  };
  const sendOnce = (call: HttpCall): Promise<IncomingMessage | typeof stale> =>
    new Promise((resolve, reject) => {
      const server = find(call.url);
      const { secure, host, port, prefix } = server;
      let answer: IncomingMessage | undefined;
      const outgoing = (secure ? httpsRequest : httpRequest)(
        {
          host,
          port,
          path: prefix + call.path,
          method: call.method,
          headers: listHeaders(server, call),
          agent: secure ? https : http,
        },
        (message) => {
          answer = message;
          resolve(message);
        },
      );
      const { body, signal, timeoutMs } = call;
      outgoing.on('error', (error) => (isStale(outgoing, error) && !signal?.aborted ? resolve(stale) : reject(error)));
      if (timeoutMs !== undefined) watchSilence(outgoing, timeoutMs, call.onSilence);
      if (signal) {
        // The option of node:http for this costs a tenth of a request.
        const stop = (): void => void (answer ?? outgoing).destroy(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        outgoing.once('close', () => signal.removeEventListener('abort', stop));
        if (signal.aborted) stop();
      }
      if (body) endWith(outgoing, body);
      else outgoing.end();
    });
  const sendUntilHeard = async (call: HttpCall): Promise<IncomingMessage> => {
    for (;;) {
      const answer = await sendOnce(call);
      if (answer !== stale) return answer;
    }
  };
  const sendTraced = (call: HttpCall): Promise<IncomingMessage> => {
    const [path = ''] = call.path.split('?', 1);
    const facts = { 'server.address': find(call.url).name, 'url.path': path, 'http.request.method': call.method };
    return inSpan(`${call.method} ${path}`, { kind: 'client', facts }, async (span) => {
      const answer = await sendUntilHeard(call);
      span.note({ 'http.response.status_code': answer.statusCode ?? 0 });
      return answer;
    });
  };
  return {
    send: async (call) => (isTracing() ? sendTraced(call) : sendUntilHeard(call)),
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
};
