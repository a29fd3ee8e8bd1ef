/** The gateway's HTTP surface. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type BodyFault,
  clientSignal,
  headerOf,
  type Listening,
  listenOn,
  readWhole,
  serverTimes,
  writeAnswer,
} from '@atoma/base';
import { modelList } from '@atoma/sdk';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { gatewayError } from './errors.ts';
import { conversationsOf, facePaths, withFaces } from './serve/faces.ts';
import { type Checked, clientProblem, ok, problemOf, problemResponse } from './serve/problem.ts';
import { termsOf } from './serve/terms.ts';
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
  ...facePaths,
];

const [JSON_BYTES, FORM_BYTES] = [4 * 1024 * 1024, 32 * 1024 * 1024];
const BODY_MS = 30_000;

const faults: Readonly<Record<BodyFault, string>> = {
  tooLarge: 'The body is too large',
  tooSlow: 'The body took too long',
  broken: 'The body ended early',
};

/** Reads a body within bounds of size and time. */
const readBody = async (incoming: IncomingMessage): Promise<Checked<Uint8Array>> => {
  const limit = (incoming.headers['content-type'] ?? '').startsWith('application/json') ? JSON_BYTES : FORM_BYTES;
  const body = await readWhole(incoming, limit, BODY_MS);
  return typeof body === 'string' ? clientProblem('body_too_large', faults[body]) : ok(body);
};

/** Answers what costs something, without a framework in between; every other request is left. */
export const createWorkListener = (context: ServeContext) => {
  const work = withFaces(context, createWorkHandler(context));
  const billable: ReadonlySet<string> = new Set(endpoints);
  return (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const [endpoint = ''] = (incoming.url ?? '').split('?');
    if (incoming.method !== 'POST' || !billable.has(endpoint)) return false;
    work({
      endpoint,
      header: (name) => headerOf(incoming, name),
      address: incoming.socket.remoteAddress ?? '',
      readBody: () => readBody(incoming),
      signal: clientSignal(outgoing),
    })
      .then((answer) => writeAnswer(outgoing, answer))
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
  const header = (ctx: Context<Env>) => (name: string) => headerOf(ctx.env.incoming, name);
  const addressOf = (ctx: Context<Env>): string => ctx.env.incoming.socket.remoteAddress ?? '';
  app.get('/v1/models', async (ctx) => {
    const checked = context.keys.authorize(header(ctx)('authorization'), addressOf(ctx));
    if (checked.kind === 'problem') return problemResponse(checked);
    const key = checked.value;
    try {
      const models = await context.buyer.models(termsOf(key));
      return Response.json(
        modelList(models.filter(({ model }) => key.models.length === 0 || key.models.includes(model))),
      );
    } catch (error) {
      return problemResponse(problemOf(error));
    }
  });
  const response = async (ctx: Context<Env>, forget: boolean): Promise<Response> => {
    const key = context.keys.authorize(header(ctx)('authorization'), addressOf(ctx));
    if (key.kind === 'problem') return problemResponse(key);
    const id = ctx.req.param('id') ?? '';
    const conversations = conversationsOf(context, key.value.tenant);
    const kept = conversations.find(id);
    if (!kept) return problemResponse(clientProblem('not_found'));
    if (forget) conversations.forget(id);
    return Response.json(forget ? { id, object: 'response', deleted: true } : kept.answer);
  };
  app.get('/v1/responses/:id', (ctx) => response(ctx, false));
  app.delete('/v1/responses/:id', (ctx) => response(ctx, true));
  app.get('/', () => Response.json({ status: 'alive' }));
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

/** Listens; `first` may answer a request before the application sees it. Throws `GATEWAY_PORT`. */
export const listen = async (
  app: Hono<Env>,
  where: { readonly host: string; readonly port: number },
  first: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean = () => false,
): Promise<Listening> => {
  const rest = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer(serverTimes, (incoming, outgoing) => {
    if (!first(incoming, outgoing)) void rest(incoming, outgoing);
  });
  return listenOn(server, where).catch((cause: Error) => {
    throw gatewayError('PORT', { port: where.port, why: cause.message }, cause);
  });
};
