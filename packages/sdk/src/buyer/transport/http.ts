/** HTTP to nodes: kept-alive connections, no redirects, bounded time and size. */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { endWith, readWhole } from '@atoma/base';
import { buyerError } from '../errors.ts';
import { checkedUrl, publicLookup } from './address.ts';

/** One request to a node. */
export interface NodeRequest {
  /** Base URL the node announced. */
  readonly url: string;
  readonly path: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
  /** ms until the head of the answer, and between any two pieces of it. */
  readonly timeoutMs: number;
}

/** A node's answer whose body has not been read. */
export interface NodeAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Reads the whole body, at most the transport's limit. */
  readonly bytes: () => Promise<Uint8Array>;
  /** Closes the connection. */
  readonly cancel: () => void;
}

/** Sends a request. Rejects with an error that has no status when no answer came. */
export type Transport = (request: NodeRequest) => Promise<NodeAnswer>;

/** What {@link createTransport} takes. */
export interface TransportParameters {
  /** Accept http and private addresses: rehearsals on one machine. */
  readonly allowPrivate: boolean;
  /** Largest answer, bytes. */
  readonly maxAnswerBytes?: number;
  /** Connections to one node. */
  readonly connections?: number;
}

/** A transport that can be closed. */
export interface OwnedTransport {
  readonly send: Transport;
  readonly close: () => void;
}

const MAX_ANSWER = 64 * 1024 * 1024;

/** Connection faults the socket reports. */
const fault = (message: string): Error => new DOMException(message, 'NetworkError');

const answerOf = (message: IncomingMessage, maxBytes: number): NodeAnswer => {
  const bytes = async (): Promise<Uint8Array> => {
    const body = await readWhole(message, maxBytes);
    if (typeof body !== 'string') return body;
    message.destroy();
    throw fault(
      body === 'tooLarge'
        ? `the answer is larger than ${maxBytes} bytes`
        : 'the connection closed before the answer was complete',
    );
  };
  return {
    status: message.statusCode ?? 0,
    header: (name) => {
      const value = message.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    body: message,
    bytes,
    cancel: () => message.destroy(),
  };
};

/** Makes a transport. Announced URLs are checked with every request; names are resolved by {@link publicLookup}. */
export const createTransport = (p: TransportParameters): OwnedTransport => {
  const { allowPrivate, maxAnswerBytes = MAX_ANSWER, connections = 256 } = p;
  const options = {
    keepAlive: true,
    maxSockets: connections,
    noDelay: true,
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  };
  const [http, https] = [new HttpAgent(options), new HttpsAgent(options)];
  const bases = new Map<string, URL>();
  const baseOf = (url: string): URL => {
    const known = bases.get(url) ?? checkedUrl(url, allowPrivate);
    if (bases.size > 10_000) bases.clear();
    bases.set(url, known);
    return known;
  };
  const send: Transport = (r) =>
    new Promise((resolve, reject) => {
      const base = baseOf(r.url);
      const secure = base.protocol === 'https:';
      const prefix = base.pathname.replace(/\/$/, '');
      const length = r.body === undefined ? {} : { 'content-length': String(r.body.length) };
      const call = (secure ? httpsRequest : httpRequest)(
        {
          host: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port === '' ? (secure ? 443 : 80) : Number(base.port),
          path: prefix + r.path,
          method: r.method,
          headers: { ...r.headers, ...length },
          agent: secure ? https : http,
        },
        (message) => {
          if (message.statusCode !== undefined && message.statusCode >= 300 && message.statusCode < 400) {
            message.destroy();
            reject(buyerError('URL_REFUSED', { url: r.url, why: 'it redirects' }));
            return;
          }
          resolve(answerOf(message, maxAnswerBytes));
        },
      );
      call.setTimeout(r.timeoutMs, () => call.destroy(fault(`no answer within ${r.timeoutMs} ms`)));
      call.once('error', reject);
      const { signal } = r;
      if (signal) {
        // The option of node:http for this costs a tenth of a request.
        const stop = (): void => void call.destroy(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        call.once('close', () => signal.removeEventListener('abort', stop));
        if (signal.aborted) stop();
      }
      if (r.body === undefined) call.end();
      else endWith(call, r.body);
    });
  return {
    send: async (request) => send(request),
    close: () => {
      http.destroy();
      https.destroy();
    },
  };
};
