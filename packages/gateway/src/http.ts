/** The gateway's HTTP surface. */
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { modelList } from '@atoma/sdk';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { gatewayError } from './errors.ts';
import { type ClientProblem, clientProblem, isClientProblem, problemOf, problemResponse } from './serve/problem.ts';
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

const clientSignal = ({ env }: Context<Env>): AbortSignal => {
  const gone = new AbortController();
  env.outgoing.once('close', () => {
    if (!env.outgoing.writableFinished) gone.abort(new DOMException('The client went away', 'AbortError'));
  });
  return gone.signal;
};

/** Makes the Hono application of clients. */
export const createApp = (context: ServeContext): Hono<Env> => {
  const app = new Hono<Env>();
  const work = createWorkHandler(context);
  const header = (ctx: Context<Env>) => (name: string) => one(ctx.env.incoming.headers[name]);
  const addressOf = (ctx: Context<Env>): string => ctx.env.incoming.socket.remoteAddress ?? '';
  for (const endpoint of endpoints)
    app.post(endpoint, (ctx) =>
      work({
        endpoint,
        header: header(ctx),
        address: addressOf(ctx),
        readBody: () => readBody(ctx.env.incoming),
        signal: clientSignal(ctx),
      }),
    );
  app.get('/v1/models', async (ctx) => {
    const key = context.keys.authorize(header(ctx)('authorization'), addressOf(ctx));
    if (isClientProblem(key)) return problemResponse(key, '');
    try {
      const models = await context.buyer.models(key.maxPrice ?? undefined);
      return Response.json(
        modelList(models.filter(({ model }) => key.models.length === 0 || key.models.includes(model))),
      );
    } catch (error) {
      return problemResponse(problemOf(error), '');
    }
  });
  app.get('/health', () => Response.json({ status: 'alive' }));
  app.get('/ready', () =>
    context.stopping() ? Response.json({ ready: false }, { status: 503 }) : Response.json({ ready: true }),
  );
  app.notFound(() => problemResponse(clientProblem('not_found'), ''));
  app.onError((error) => {
    context.log.error({ err: error }, 'request failed');
    return problemResponse(problemOf(error), '');
  });
  return app;
};

/** A server that listens. */
export interface GatewayListening {
  readonly port: number;
  readonly close: (graceMs: number) => Promise<void>;
}

/** Listens. Throws `GATEWAY_PORT`. */
export const listen = async (app: Hono<Env>, where: { host: string; port: number }): Promise<GatewayListening> => {
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: 15_000, keepAliveTimeout: 65_000, requestTimeout: 0 },
  }) as Server;
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
