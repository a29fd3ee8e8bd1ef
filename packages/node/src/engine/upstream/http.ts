/** Answers of upstream servers. */
import type { IncomingMessage } from 'node:http';
import { type HttpCall, openHttpClient, readWhole } from '@atoma/base';

/** An answer whose body is still to be read. */
export interface UpstreamResponse {
  readonly status: number;
  readonly contentType: string;
  /** Parts of the body as they arrive. Ends with an error when the connection breaks. */
  readonly body: IncomingMessage;
  /** Gives the connection up. */
  readonly cancel: () => void;
}

/** Connections of one engine. */
export interface Connections {
  /** Sends and waits for status and headers. */
  readonly send: (call: HttpCall) => Promise<UpstreamResponse>;
  /** Ends them all, those in use too. */
  readonly close: () => void;
}

const IDLE_MS = 30_000;

const toResponse = (message: IncomingMessage): UpstreamResponse => {
  message.on('error', () => undefined); // who reads the body is told; an abort after that concerns nobody
  return {
    status: message.statusCode ?? 0,
    contentType: message.headers['content-type'] ?? '',
    body: message,
    cancel: () => void message.destroy(),
  };
};

/** Opens connections as they are needed. */
export const openConnections = (): Connections => {
  const { send, close } = openHttpClient({ maxFreeSockets: 256, timeout: IDLE_MS });
  return { send: async (call) => toResponse(await send(call)), close };
};

/** The whole body. */
export const readAll = async ({ body }: UpstreamResponse): Promise<Buffer> => {
  const read = await readWhole(body);
  if (typeof read === 'string') throw new DOMException('the connection closed early', 'NetworkError');
  return read;
};
