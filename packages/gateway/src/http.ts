/** The gateway's HTTP surface. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  answerUnreadable,
  type BodyFault,
  clientSignal,
  type HeadFault,
  headerOf,
  inServerSpan,
  type Listening,
  listenOn,
  readWhole,
  serverTimes,
  writeAnswer,
} from '@atoma/base';
import { endpointRoles, modelList } from '@atoma/sdk';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { gatewayError } from './gateway-errors.ts';
import { corsHeaders, preflightHeaders } from './serve/cors.ts';
import { conversationsOf, facePaths, withFaces } from './serve/faces.ts';
import { createPaidHandler, isUnnamed } from './serve/paid.ts';
import {
  type Checked,
  type ClientProblem,
  clientProblem,
  type GatewayCode,
  ok,
  problemAnswer,
  problemOf,
  problemResponse,
} from './serve/problem.ts';
import { termsOf } from './serve/terms.ts';
import { createWorkHandler, type ReadBody, type ServeContext } from './serve/work.ts';

type Env = { Bindings: HttpBindings };

/** Endpoints that cost something. */
const endpoints = [...Object.keys(endpointRoles), ...facePaths];

const [JSON_BYTES, FORM_BYTES] = [4 * 1024 * 1024, 32 * 1024 * 1024];
const BODY_MS = 30_000;

const faults: Readonly<Record<BodyFault, GatewayCode>> = {
  tooLarge: 'body_too_large',
  tooSlow: 'body_too_slow',
  broken: 'body_broken',
};

/** Reads a body within bounds of size and time. A compressed one is not: what it unpacks to would have no bound. */
const readBody = async (incoming: IncomingMessage): Promise<Checked<ReadBody>> => {
  const coding = headerOf(incoming, 'content-encoding') ?? 'identity';
  if (!/^\s*identity\s*$/i.test(coding))
    return clientProblem('unsupported_media', `A body with content-encoding ${coding.slice(0, 32)} is not read`);
  const limit = (incoming.headers['content-type'] ?? '').startsWith('application/json') ? JSON_BYTES : FORM_BYTES;
  const body = await readWhole(incoming, limit, BODY_MS);
  return typeof body === 'string' ? clientProblem(faults[body]) : ok({ bytes: body });
};

const billable: ReadonlySet<string> = new Set(endpoints);

/**
 * The path as the endpoints are named: without a query and a slash at the end, slashes one at a time, `/v1` in front once, however a client
 * puts its base URL together.
 */
export const pathOf = (url: string): string => {
  if (billable.has(url)) return url;
  const path = (url.split('?', 1)[0] as string).replace(/\/{2,}/g, '/');
  const bare = path.replace(/\/$/, '').replace(/^(?:\/v1)+(?=\/)/, '');
  return billable.has(`/v1${bare}`) || /^\/models(?:\/|$)/.test(bare) ? `/v1${bare}` : path;
};

/**
 * Answers what is asked about an address instead of of it: a browser's question before a request of a page of another origin, OPTIONS
 * without one, and methods that endpoints do not take. Every other request is left.
 */
const answerMethod = (incoming: IncomingMessage, outgoing: ServerResponse, endpoint: string): boolean => {
  const origin = headerOf(incoming, 'origin');
  if (incoming.method === 'OPTIONS' && origin !== undefined) {
    outgoing.writeHead(204, preflightHeaders(origin, headerOf(incoming, 'access-control-request-headers'))).end();
    return true;
  }
  if (!billable.has(endpoint)) return false;
  const allow = { allow: 'POST, OPTIONS' };
  if (incoming.method === 'OPTIONS') outgoing.writeHead(204, allow).end();
  else {
    const { status, headers, body } = problemAnswer(clientProblem('method_not_allowed'), '');
    outgoing.writeHead(status, { ...headers, ...allow }).end(incoming.method === 'HEAD' ? undefined : body);
  }
  return true;
};

/** Answers what costs something, without a framework in between; every other request is left. */
export const createWorkListener = (context: ServeContext) => {
  const byKey = createWorkHandler(context);
  const byPayment = context.payments && createPaidHandler(context, context.payments);
  const work = withFaces(context, (request) => (byPayment && isUnnamed(request) ? byPayment : byKey)(request));
  return (incoming: IncomingMessage, outgoing: ServerResponse): boolean => {
    const endpoint = pathOf(incoming.url ?? '');
    if (incoming.method !== 'POST' || !billable.has(endpoint)) return answerMethod(incoming, outgoing, endpoint);
    const answer = (): Promise<void> =>
      work({
        endpoint,
        header: (name) => headerOf(incoming, name),
        address: incoming.socket.remoteAddress ?? '',
        readBody: () => readBody(incoming),
        signal: clientSignal(outgoing),
      })
        .then((whole) => writeAnswer(outgoing, whole))
        .catch((error: unknown) => {
          context.log.error({ err: error }, 'request failed');
          outgoing.destroy();
        });
    inServerSpan(incoming, outgoing, { 'url.path': endpoint, 'atoma.part': 'gateway' }, () => void answer());
    return true;
  };
};

/** What stands for a name in a path; as it is where it is not encoded as it should be. */
const decoded = (name: string): string => {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
};

type Models = Awaited<ReturnType<ServeContext['buyer']['models']>>;

/** Makes the Hono application of clients. */
export const createApp = (context: ServeContext): Hono<Env> => {
  const app = new Hono<Env>({ getPath: (request) => pathOf(new URL(request.url).pathname) });
  /** Answers with the models of the key. */
  const withModels = async (ctx: Context<Env>, answer: (models: Models) => Response): Promise<Response> => {
    const { incoming } = ctx.env;
    const header = (name: string): string | undefined => headerOf(incoming, name);
    try {
      // Who pays request by request has to know what there is.
      if (context.payments && isUnnamed({ header })) {
        const wait = context.askers.ask(context.keys.addressOf(header, incoming.socket.remoteAddress ?? ''));
        if (wait !== undefined) return problemResponse(clientProblem('rate_limited', undefined, wait));
        return answer(await context.buyer.models());
      }
      const checked = await context.keys.authorize(header, incoming.socket.remoteAddress ?? '');
      if (checked.kind === 'problem') return problemResponse(checked);
      const key = checked.value;
      const models = await context.buyer.models(termsOf(key));
      const response = answer(models.filter(({ model }) => key.models.length === 0 || key.models.includes(model)));
      for (const [name, value] of Object.entries(corsHeaders(key, headerOf(incoming, 'origin'))))
        response.headers.set(name, value);
      return response;
    } catch (error) {
      return problemResponse(problemOf(error, context.commands));
    }
  };
  app.get('/v1/models', (ctx) => withModels(ctx, (models) => Response.json(modelList(models))));
  app.get('/v1/models/*', (ctx) => {
    const id = decoded(pathOf(new URL(ctx.req.url).pathname).slice('/v1/models/'.length));
    return withModels(ctx, (models) => {
      const found = modelList(models).data.find((each) => each.id === id);
      return found
        ? Response.json(found)
        : problemResponse(clientProblem('model_not_found', `There is no model ${id}`));
    });
  });
  const response = async (ctx: Context<Env>, forget: boolean): Promise<Response> => {
    const { incoming } = ctx.env;
    const key = await context.keys.authorize((name) => headerOf(incoming, name), incoming.socket.remoteAddress ?? '');
    if (key.kind === 'problem') return problemResponse(key);
    const id = ctx.req.param('id') ?? '';
    const conversations = conversationsOf(context, key.value.tenant);
    const kept = await conversations.find(id);
    if (!kept) return problemResponse(clientProblem('not_found'));
    if (forget) await conversations.forget(id);
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
    return problemResponse(problemOf(error, context.commands));
  });
  return app;
};

const headFaults: Readonly<Record<HeadFault, ClientProblem>> = {
  tooLong: clientProblem('headers_too_long'),
  tooSlow: clientProblem('body_too_slow', 'The headers took too long'),
  broken: clientProblem('body_broken', 'It is not HTTP'),
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
  answerUnreadable(server, (fault) => {
    const { status, body } = problemAnswer(headFaults[fault], '');
    return { status, body: Buffer.from(body as Uint8Array).toString() };
  });
  return listenOn(server, where).catch((cause: Error) => {
    throw gatewayError('PORT', { port: where.port, why: cause.message }, cause);
  });
};
