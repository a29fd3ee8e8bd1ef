/** HTTP to nodes: kept-alive connections, no redirects, bounded time and size. */
import type { IncomingMessage } from 'node:http';
import { type HttpCall, headerOf, openHttpClient, readWhole } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { checkedUrl, publicLookup } from './address.ts';

/** One request to a node, at the base URL it announced. */
export interface NodeRequest extends HttpCall {
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
    header: (name) => headerOf(message, name),
    body: message,
    bytes,
    cancel: () => message.destroy(),
  };
};

/** Makes a transport. Announced URLs are checked with every request; names are resolved by {@link publicLookup}. */
export const createTransport = (p: TransportParameters): OwnedTransport => {
  const { allowPrivate, maxAnswerBytes = MAX_ANSWER, connections = 256 } = p;
  const client = openHttpClient({
    parse: (url) => checkedUrl(url, allowPrivate),
    maxSockets: connections,
    ...(allowPrivate ? {} : { lookup: publicLookup }),
  });
  return {
    send: async (call) => {
      const message = await client.send(call);
      const { statusCode = 0 } = message;
      if (statusCode < 300 || statusCode >= 400) return answerOf(message, maxAnswerBytes);
      message.destroy();
      throw buyerError('URL_REFUSED', { url: call.url, why: 'it redirects' });
    },
    close: client.close,
  };
};

/** HTTP, or what replaces it, which is not closed. */
export const transportOf = (replaced: Transport | undefined, allowPrivate: boolean): OwnedTransport =>
  replaced ? { send: replaced, close: () => undefined } : createTransport({ allowPrivate });
