/** The gateway's HTTP surface. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { modelList } from '@atoma/sdk';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { gatewayError } from './errors.ts';
import {
  type ClientAnswer,
  type ClientProblem,
  clientProblem,
  isClientProblem,
  problemOf,
  problemResponse,
} from './serve/problem.ts';
import { createWorkHandler, type ServeContext } from './serve/work.ts';

type Env = { Bindings: HttpBindings };

/** Endpoints that cost something. */
const endpoints = [
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/v1/audio/transcriptions',
  '/v1/audio/translations',
] as const;

const [JSON_BYTES, FORM_BYTES] = [4 * 1024 * 1024, 32 * 1024 * 1024];
const BODY_MS = 30_000;

const one = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(',') : value;

/** Reads a body within bounds of size and time. */
const readBody = (incoming: IncomingMessage): Promise<Uint8Array | ClientProblem> =>
  new Promise((resolve, reject) => {
    const limit = (incoming.headers['content-type'] ?? '').startsWith('application/json') ? JSON_BYTES : FORM_BYTES;
    const parts: Buffer[] = [];
    let size = 0;
    const stop = (value: Uint8Array | ClientProblem): void => {
      clearTimeout(timer);
      resolve(value);
    };
    const timer = setTimeout(() => stop(clientProblem('body_too_large', 'The body took too long')), BODY_MS);
    incoming.on('data', (part: Buffer) => {
      size += part.length;
      if (size > limit) {
        incoming.pause();
        stop(clientProblem('body_too_large'));
      } else parts.push(part);
    });
    incoming.once('end', () => stop(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    incoming.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });

const clientSignal = (outgoing: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort(new DOMException('The client went away', 'AbortError'));
  });
  return gone.signal;
};

/** Larger bodies are written apart from their head. */
const ONE_WRITE_BYTES = 65_536;

const writeStream = async (outgoing: ServerResponse, body: ReadableStream<Uint8Array>): Promise<void> => {
  const reader = body.getReader();
  outgoing.once('close', () => void reader.cancel().catch(() => undefined));
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    if (outgoing.destroyed) return;
    if (!outgoing.write(step.value))
      await new Promise<void>((resume) => {
        outgoing.once('drain', resume);
        outgoing.once('close', resume);
      });
  }
  outgoing.end();
};

const write = (outgoing: ServerResponse, { status, headers, body }: ClientAnswer): Promise<void> | void => {
  if (outgoing.destroyed) {
    if (!(body instanceof Uint8Array)) void body.cancel().catch(() => undefined);
    return;
  }
  if (!(body instanceof Uint8Array)) {
    outgoing.writeHead(status, headers);
    return writeStream(outgoing, body);
  }
  outgoing.writeHead(status, { ...headers, 'content-length': String(body.length) });
  // As text of single bytes a small body leaves with its head in one write.
  if (body.length > ONE_WRITE_BYTES) outgoing.end(body);
  else outgoing.end(Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1'), 'latin1');
};

/** Answers what costs something, without a framework in between; undefined for every other request. */
export const createWorkListener = (context: ServeContext) => {
  const work = createWorkHandler(context);
  const billable: ReadonlySet<string> = new Set(endpoints);
  return (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const endpoint = incoming.url ?? '';
    if (incoming.method !== 'POST' || !billable.has(endpoint)) return false;
    work({
      endpoint,
      header: (name) => one(incoming.headers[name]),
      address: incoming.socket.remoteAddress ?? '',
      readBody: () => readBody(incoming),
      signal: clientSignal(outgoing),
    })
      .then((answer) => write(outgoing, answer))
      .catch((error: unknown) => {
        context.log.error({ err: error }, 'request failed');
        outgoing.destroy();
      });
    return true;
  };
};

/** Makes the Hono application of clients. */
export const createApp = (context: ServeContext): Hono<Env> => {
  const app = new Hono<Env>();
  const header = (ctx: Context<Env>) => (name: string) => one(ctx.env.incoming.headers[name]);
  const addressOf = (ctx: Context<Env>): string => ctx.env.incoming.socket.remoteAddress ?? '';
  app.get('/v1/models', async (ctx) => {
    const key = context.keys.authorize(header(ctx)('authorization'), addressOf(ctx));
    if (isClientProblem(key)) return problemResponse(key);
    try {
      const models = await context.buyer.models(key.maxPrice ?? undefined);
      return Response.json(
        modelList(models.filter(({ model }) => key.models.length === 0 || key.models.includes(model))),
      );
    } catch (error) {
      return problemResponse(problemOf(error));
    }
  });
  app.get('/health', () => Response.json({ status: 'alive' }));
  app.get('/ready', () =>
    context.stopping() ? Response.json({ ready: false }, { status: 503 }) : Response.json({ ready: true }),
  );
  app.notFound(() => problemResponse(clientProblem('not_found')));
  app.onError((error) => {
    context.log.error({ err: error }, 'request failed');
    return problemResponse(problemOf(error));
  });
  return app;
};

/** A server that listens. */
export interface GatewayListening {
  readonly port: number;
  readonly close: (graceMs: number) => Promise<void>;
}

/** Listens; `first` may answer a request before the application sees it. Throws `GATEWAY_PORT`. */
export const listen = async (
  app: Hono<Env>,
  where: { readonly host: string; readonly port: number },
  first: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean = () => false,
): Promise<GatewayListening> => {
  const rest = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const options = { headersTimeout: 15_000, keepAliveTimeout: 65_000, requestTimeout: 0, noDelay: true };
  const server = createServer(options, (incoming, outgoing) => {
    if (!first(incoming, outgoing)) void rest(incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(gatewayError('PORT', { port: where.port, why: cause.message }, cause)));
    server.listen(where.port, where.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs) =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), graceMs).unref();
      }),
  };
};
