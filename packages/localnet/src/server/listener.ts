import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttp2, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { errorBody, httpStatus, sendJson } from './http-io.ts';
import { routeByFirstBytes } from './mux.ts';
import { serverError } from './server-errors.ts';

/** Not by an import: the namespace of an imported node:http asks for all it has, and loads Node's fetch (a tenth of a start). */
const { createServer: createHttp1 } = process.getBuiltinModule('node:http');

/** What one port serves. Without `http2` only HTTP/1.1 is spoken. */
export interface Handlers {
  readonly http1: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  readonly http2?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<void>;
}

/** An open port. */
export interface Listener {
  readonly port: number;
  /** Stops accepting, gives running requests a moment to end, then cuts what is left. */
  readonly close: () => Promise<void>;
}

/** How long running requests may take to end when the server closes, ms. */
const CLOSE_GRACE_MS = 500;
const CLOSE_CHECK_MS = 5;

/**
 * How long an idle connection is kept, ms. A client that signs for longer than Node's 5 s sends its next request into a
 * connection that is just being closed.
 */
const KEEP_ALIVE_MS = 75_000;

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const listen = (server: Server, host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const details = { host, port, reason: error.message };
      reject(serverError(error.code === 'EADDRINUSE' ? 'PORT_IN_USE' : 'CANNOT_LISTEN', details, error));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });

/** Counts running requests, so that closing can wait for them. */
const createCounter = () => {
  let running = 0;
  return {
    idle: () => running === 0,
    during: (ended: (done: () => void) => void) => {
      running += 1;
      ended(() => {
        running -= 1;
      });
    },
  };
};

/** Opens a port and serves HTTP/1.1, and HTTP/2 in the clear when wanted. */
export const openListener = async (host: string, port: number, handlers: Handlers): Promise<Listener> => {
  const sockets = new Set<Socket>();
  const counter = createCounter();
  const http1 = createHttp1((request, response) => {
    counter.during((done) => response.once('close', done));
    handlers.http1(request, response).catch((error: unknown) => {
      if (!response.headersSent) sendJson(response, httpStatus(error), errorBody(error));
      else response.destroy();
    });
  });
  http1.keepAliveTimeout = KEEP_ALIVE_MS;
  const http2 = createHttp2();
  http2.on('stream', (stream, headers) => {
    counter.during((done) => stream.once('close', done));
    handlers.http2?.(stream, headers).catch(() => stream.destroy());
  });
  const tcp = createTcp((socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    routeByFirstBytes(socket, {
      http1: (accepted) => http1.emit('connection', accepted),
      http2: (accepted) => (handlers.http2 ? http2.emit('connection', accepted) : accepted.destroy()),
    });
  });
  const bound = await listen(tcp, host, port);
  const close = async () => {
    const closed = new Promise((resolve) => tcp.close(resolve));
    const deadline = Date.now() + CLOSE_GRACE_MS;
    while (!counter.idle() && Date.now() < deadline) await delay(CLOSE_CHECK_MS);
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port: bound, close };
};
