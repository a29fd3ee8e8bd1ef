/** The public HTTP surface of a node, apart from billable requests. */
import { headerOf } from '@atoma/base';
import { headerNames } from '@atoma/sdk';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { NodeContext } from '../context.ts';
import { describeModels, describeNode, type Offer } from '../serve/describe.ts';
import type { Asked, InquiryCheck } from '../serve/inquiry.ts';
import { roleEndpoints } from '../serve/plan.ts';
import { ok, type Problem, problem, problemJson, problems } from '../serve/problem.ts';
import { createRateLimit, createRateLimits } from '../serve/rate.ts';
import {
  handOff,
  importReceipts,
  listReceipts,
  type ReadAnswer,
  readEvidence,
  readFreshEvidence,
  readInputs,
  readLeaves,
  readProof,
  readReceipt,
  readStack,
  readTranscript,
  takeEvidence,
} from '../serve/reads.ts';
import { readRequestBody } from './body.ts';
import { openApiDocument } from './openapi.ts';

/** Whether a node can take work, and each reason. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

/** What the surface needs. */
export interface AppParameters {
  readonly node: NodeContext;
  readonly inquire: InquiryCheck;
  readonly offers: () => readonly Offer[];
  readonly readiness: () => Promise<Readiness>;
  /** Whether `/metrics` answers clients that are not on this machine. */
  readonly publicMetrics: boolean;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
/** Evidence and imported receipts are bounded by the limit of forms. */
const withoutBody = ok(new Uint8Array());
/** Hardware signs slowly, and one at a time. */
const QUOTES_PER_SECOND = 10;
/** Of the list of one stack that others serve, and of how many stacks that is counted: its owner asks until somebody has it. */
const [LISTS_PER_SECOND, LISTED_STACKS] = [10, 1_000];
/** Characters of a piece of a long text. */
const PIECE = 64 * 1024;

const sendProblem = (value: Problem): Response =>
  Response.json(problemJson(value, null), {
    status: problems[value.code].status,
    headers: value.retryAfterSeconds === null ? {} : { 'retry-after': String(value.retryAfterSeconds) },
  });

/** Text as a web stream of pieces worth a write each, made as fast as they are taken. */
const toByteStream = (parts: AsyncIterable<string>): ReadableStream<Uint8Array> => {
  const source = parts[Symbol.asyncIterator]();
  return new ReadableStream({
    pull: async (controller) => {
      let text = '';
      for (; text.length < PIECE; ) {
        const next = await source.next();
        if (next.done) {
          if (text !== '') controller.enqueue(Buffer.from(text));
          controller.close();
          return;
        }
        text += next.value;
      }
      controller.enqueue(Buffer.from(text));
    },
    cancel: async () => {
      await source.return?.();
    },
  });
};

const send = (answer: ReadAnswer): Response => {
  switch (answer.kind) {
    case 'problem':
      return sendProblem(answer);
    case 'text':
      return new Response(toByteStream(answer.parts), { headers: { 'content-type': answer.contentType } });
    case 'json':
      return Response.json(answer.json);
  }
};

const pathWithQuery = (context: Ctx): string => {
  const url = new URL(context.req.url);
  return url.pathname + url.search;
};

/** Makes the Hono application. */
export const createApp = (p: AppParameters): Hono<Env> => {
  const { node } = p;
  const app = new Hono<Env>();
  const asked =
    (answer: (value: Asked, context: Ctx, body: Uint8Array) => ReadAnswer | Promise<ReadAnswer>) =>
    async (context: Ctx): Promise<Response> => {
      const { incoming } = context.env;
      const body =
        context.req.method === 'POST'
          ? await readRequestBody(incoming, node.limits.multipartBytes, node.limits.bodyMs)
          : withoutBody;
      if (body.kind === 'problem') return sendProblem(body);
      const header = (name: string): string | undefined => headerOf(incoming, name);
      const value = await p.inquire({ path: pathWithQuery(context), header, body: body.value });
      return send(value.kind === 'problem' ? value : await answer(value.value, context, body.value));
    };
  const matches = (value: Asked, text: string | undefined): boolean => String(value.inquiry.stack) === text;
  const ofStack =
    (answer: (value: Asked, context: Ctx, body: Uint8Array) => ReadAnswer | Promise<ReadAnswer>, param = 'id') =>
    (context: Ctx) =>
      asked((value, ctx, body) =>
        matches(value, ctx.req.param(param))
          ? answer(value, ctx, body)
          : problem('envelope_malformed', { param: 'stack' }),
      )(context);

  app.get('/v1/stacks/:id', ofStack(readStack));
  const lists = createRateLimits<bigint>(LISTS_PER_SECOND, LISTED_STACKS);
  const readList = (_: NodeContext, value: Asked): Promise<ReadAnswer> => readInputs(node, value, lists);
  for (const [what, read] of Object.entries({ leaves: readLeaves, inputs: readList, transcript: readTranscript }))
    app.get(
      `/v1/stacks/:id/${what}`,
      ofStack((value) => read(node, value)),
    );
  app.get(
    '/v1/stacks/:id/proof/:index',
    ofStack((value, ctx) => readProof(node, value, Number(ctx.req.param('index')))),
  );
  app.post(
    '/v1/stacks/:id/handoff',
    ofStack((value, _, body) => handOff(node, value, body)),
  );
  const quotes = createRateLimit(QUOTES_PER_SECOND);
  app.get('/v1/evidence', async () => send(await readEvidence(node)));
  const freshEvidence = ofStack((value, ctx) => readFreshEvidence(node, value, ctx.req.query('nonce'), quotes));
  app.get('/v1/stacks/:id/evidence', async (context) => {
    const id = context.req.param('id');
    const purchase = headerOf(context.env.incoming, headerNames.purchase);
    // Evidence is asked for right after a purchase: the stack may not have been seen yet.
    if (/^\d{1,19}$/.test(id)) await node.stacks.find(BigInt(id), purchase, node.now());
    return freshEvidence(context);
  });
  app.get(
    '/v1/receipts',
    asked((value, ctx) =>
      matches(value, ctx.req.query('stack'))
        ? listReceipts(node, value, Number(ctx.req.query('from') ?? 0))
        : problem('envelope_malformed', { param: 'stack' }),
    ),
  );
  app.get(
    '/v1/receipts/:request_id',
    asked((value, ctx) => readReceipt(node, value, ctx.req.param('request_id') ?? '')),
  );
  app.post(
    '/v1/receipts/import',
    asked((value, _, body) => importReceipts(node, value, body)),
  );
  app.post(
    '/v1/disputes/:stack/evidence',
    ofStack((value, _, body) => takeEvidence(node, value, body), 'stack'),
  );

  app.get('/v1/models', () => Response.json(describeModels(node, p.offers())));
  app.get('/v1/node', (context) => Response.json(describeNode(node, context.req.query('nonce'))));
  for (const endpoint of [...(roleEndpoints[6] ?? []), ...(roleEndpoints[7] ?? [])])
    app.on(['GET', 'POST'], [endpoint, `${endpoint}/*`], () => sendProblem(problem('role_not_served')));

  app.get('/health', () => Response.json({ status: 'alive' }));
  app.get('/ready', async () => {
    const readiness = await p.readiness();
    return Response.json(readiness, { status: readiness.ready ? 200 : 503 });
  });
  app.get('/metrics', async (context) => {
    const { socket, headers } = context.env.incoming;
    // A proxy on this machine asks for somebody else.
    const own = loopback.has(socket.remoteAddress ?? '') && !headers['x-forwarded-for'] && !headers.forwarded;
    if (!p.publicMetrics && !own) return sendProblem(problem('not_found'));
    const { registry } = node.metrics;
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
  app.get('/openapi.json', () => Response.json(openApiDocument(node.identity.version)));
  app.notFound(() => sendProblem(problem('not_found')));
  app.onError((error) => {
    node.log.error({ err: error }, 'request failed');
    return sendProblem(problem('internal'));
  });
  return app;
};
