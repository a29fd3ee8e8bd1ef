/** The administrator's surface: this machine only, with a token from a file only its owner can read. */
import { isAtomaError, sameText } from '@atoma/base';
import { type Buyer, errorType, exportReceipts } from '@atoma/sdk';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import type { GatewayMetrics } from '../metrics.ts';
import { reconcile } from '../reconcile.ts';
import type { Authorizer } from '../serve/authorize.ts';
import { type Commands, hintOf } from '../serve/hints.ts';
import type { GatewayStore } from '../store/types.ts';
import { copyBooks, encodeBooks } from './books-copy.ts';
import { createKeyAdmin } from './key-admin.ts';
import { plain } from './plain.ts';
import { statusOf } from './status.ts';

/** What the surface shows and changes. */
export interface AdminParameters {
  readonly store: GatewayStore;
  readonly buyer: Buyer;
  readonly keys: Authorizer;
  readonly metrics: GatewayMetrics;
  readonly token: string;
  readonly now: () => number;
  /** For remedies; absent: they are said in words. */
  readonly commands?: Commands | undefined;
  /** What checks of a stack found, as its nodes' operators are told it; absent: no node runs in this process. */
  readonly findings?: ((stack: bigint) => Promise<readonly object[]>) | undefined;
}

/** Lines of the audit log that are given at most. */
const MOST_AUDIT = 500;

const badStack = (message: string) => ({
  error: { code: 'invalid_request', message, type: errorType(400), param: 'stack' },
});

/** Makes the application. */
export const createAdminApp = (p: AdminParameters): Hono<{ Bindings: HttpBindings }> => {
  const { store, buyer, metrics } = p;
  const app = new Hono<{ Bindings: HttpBindings }>();
  const bodyOf = (context: Context): Promise<unknown> => context.req.json().catch(() => undefined);
  const admin = createKeyAdmin(store, { actor: 'admin', now: p.now, changed: (id) => p.keys.forget(id) });
  app.get('/metrics', async () => {
    const { registry } = metrics;
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
  app.use('/v1/*', async (context, next) => {
    const given = (context.req.header('authorization') ?? '').replace(/^Bearer /, '');
    if (sameText(given, p.token)) return next();
    return context.json(
      { error: { code: 'token_invalid', message: 'The admin token is not valid', type: errorType(401), param: null } },
      401,
    );
  });
  app.get('/v1/keys', async (context) => context.json(plain(await admin.list(context.req.query('tenant')))));
  app.post('/v1/keys', async (context) => {
    const { text, key } = await admin.create(await bodyOf(context));
    return context.json({ key: text, ...key }, 201);
  });
  app.patch('/v1/keys/:id', async (context) =>
    context.json(await admin.update(context.req.param('id'), await bodyOf(context))),
  );
  app.post('/v1/keys/:id/rotate', async (context) => {
    const { text, key } = await admin.rotate(context.req.param('id'));
    return context.json({ key: text, ...key });
  });
  app.delete('/v1/keys/:id', async (context) => context.json(await admin.revoke(context.req.param('id'))));
  app.get('/v1/status', async (context) => context.json(plain(await statusOf(p))));
  app.get('/v1/usage', async (context) => {
    const tenant = context.req.query('tenant');
    const sinceMs = Number(context.req.query('since_ms') ?? 0);
    return context.json(plain(await store.report({ sinceMs, ...(tenant === undefined ? {} : { tenant }) })));
  });
  app.get('/v1/requests', async (context) => {
    const tenant = context.req.query('tenant');
    return context.json(plain(await store.listRows({ limit: 200, ...(tenant === undefined ? {} : { tenant }) })));
  });
  app.get('/v1/payments', async (context) => context.json(plain(await store.listPayments({ limit: 500 }))));
  app.get('/v1/stacks', async (context) => context.json(plain(await buyer.stacks())));
  app.get('/v1/audit', async (context) => {
    const limit = Number(context.req.query('limit') ?? MOST_AUDIT);
    return context.json(
      plain(await store.listAudit(limit >= 1 && limit <= MOST_AUDIT ? Math.floor(limit) : MOST_AUDIT)),
    );
  });
  app.get('/v1/receipts', async (context) => {
    const { journal } = await buyer.context();
    const request = context.req.query('request');
    const found = request === undefined ? undefined : await journal.findRequest(request.toLowerCase());
    const stack = found ? String(found.stack) : (context.req.query('stack') ?? '');
    if (!/^\d{1,19}$/.test(stack)) {
      const message = 'Name the small id of a stack, ?stack=3, or a request of this gateway, ?request=ID';
      return context.json(badStack(message), 400);
    }
    const all = await exportReceipts(journal, BigInt(stack));
    const lines = found ? all.split('\n').filter((line) => line.includes(`"request_id":"${found.requestId}"`)) : [all];
    return new Response(lines.join('\n'), { headers: { 'content-type': 'application/x-ndjson' } });
  });
  app.get('/v1/findings', async (context) => {
    const stack = context.req.query('stack') ?? '';
    if (!/^\d{1,19}$/.test(stack)) return context.json(badStack('Name the small id of a stack, ?stack=3'), 400);
    return context.json([...((await p.findings?.(BigInt(stack))) ?? [])]);
  });
  app.get('/v1/books', async () => {
    const { journal } = await buyer.context();
    return new Response(encodeBooks(await copyBooks(journal, store)), {
      headers: { 'content-type': 'application/json' },
    });
  });
  app.get('/v1/reconcile', async (context) => context.json(plain(await reconcile(buyer, store))));
  app.onError((error, context) => {
    if (!isAtomaError(error))
      return context.json(
        { error: { code: 'internal', message: 'Unexpected error', type: errorType(500), param: null } },
        500,
      );
    const status = error.code === 'GATEWAY_KEY_UNKNOWN' ? 404 : 400;
    const { code, message, details } = error;
    const hint = hintOf(error, p.commands);
    return context.json(
      { error: { code, message, type: errorType(status), param: details.param ?? null, hint } },
      status,
    );
  });
  return app;
};
