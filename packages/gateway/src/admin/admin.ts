/** The administrator's surface: this machine only, with a token from a file only its owner can read. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isAtomaError, makeDirectory } from '@atoma/base';
import type { Buyer } from '@atoma/sdk';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { gatewayError } from '../errors.ts';
import { makeKey } from '../keys.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { reconcile } from '../reconcile.ts';
import { type Authorizer, isAddress } from '../serve/authorize.ts';
import { type GatewayStore, type KeyRow, noLimits } from '../store/types.ts';
import { copyBooks, encodeBooks } from './books.ts';

/** Reads the token, or makes one in a file with mode 0600. */
export const adminToken = (path: string): string => {
  makeDirectory(dirname(path));
  if (!existsSync(path)) writeFileSync(path, randomBytes(32).toString('hex'), { mode: 0o600 });
  chmodSync(path, 0o600);
  return readFileSync(path, 'utf8').trim();
};

const sameToken = (given: string, token: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const amount = z.union([z.string().regex(/^\d{1,19}$/), z.int().min(0)]).transform(BigInt);
const limit = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();
/** What may be said about a key. Amounts are base units of TOMA. */
const keyBody = z.strictObject({
  tenant: z.string().regex(/^[\w.-]{1,64}$/),
  name: z.string().max(128).default(''),
  models: z.array(z.string().max(128)).max(256).default([]),
  addresses: z.array(z.string().refine(isAddress)).max(256).default([]),
  max_price: limit(amount),
  dedicated: z.boolean().default(false),
  expires_ms: limit(z.int().min(0)),
  requests_per_minute: limit(z.int().min(1)),
  units_per_minute: limit(z.int().min(1)),
  concurrency: limit(z.int().min(1)),
  day_units: limit(amount),
  month_units: limit(amount),
  day_cost: limit(amount),
  month_cost: limit(amount),
});

/** What an administrator says about a new key. */
export type KeyRequest = z.input<typeof keyBody>;

/** A key without its hash. */
export type ShownKey = Omit<KeyRow, 'secretHash'>;

const shown = ({ secretHash: _, ...key }: KeyRow): ShownKey => key;

/** What administrators do to the state of a gateway, running or not. */
export interface KeyAdmin {
  /** Makes a key; its text is given once. Throws `GATEWAY_TENANT_NAME`. */
  readonly create: (request: KeyRequest) => { readonly text: string; readonly key: ShownKey };
  readonly list: (tenant?: string) => readonly ShownKey[];
  /** Ends a key for ever. Throws `GATEWAY_KEY_UNKNOWN`. */
  readonly revoke: (id: string) => ShownKey;
}

/** Makes it over a store. */
export const createKeyAdmin = (
  store: GatewayStore,
  p: { readonly actor: string; readonly now: () => number; readonly changed?: (id: string) => void },
): KeyAdmin => {
  const audit = (action: string, detail: object): void =>
    store.addAudit({ atMs: p.now(), actor: p.actor, action, detail: JSON.stringify(detail) });
  return {
    create: (request) => {
      const parsed = keyBody.safeParse(request);
      if (!parsed.success) throw gatewayError('TENANT_NAME', { tenant: String(request.tenant) }, parsed.error);
      const body = parsed.data;
      const made = makeKey();
      const key: KeyRow = {
        ...noLimits,
        id: made.id,
        secretHash: made.secretHash,
        tenant: body.tenant,
        name: body.name,
        models: body.models,
        addresses: body.addresses,
        maxPrice: body.max_price ?? null,
        dedicated: body.dedicated,
        requestsPerMinute: body.requests_per_minute ?? null,
        unitsPerMinute: body.units_per_minute ?? null,
        concurrency: body.concurrency ?? null,
        dayUnits: body.day_units ?? null,
        monthUnits: body.month_units ?? null,
        dayCost: body.day_cost ?? null,
        monthCost: body.month_cost ?? null,
        createdMs: p.now(),
        expiresMs: body.expires_ms ?? null,
        revokedMs: null,
      };
      store.putKey(key);
      audit('key.create', { id: made.id, tenant: body.tenant });
      return { text: made.text, key: shown(key) };
    },
    list: (tenant) => store.listKeys(tenant).map(shown),
    revoke: (id) => {
      const key = store.findKey(id);
      if (!key) throw gatewayError('KEY_UNKNOWN', { id });
      const revoked = { ...key, revokedMs: key.revokedMs ?? p.now() };
      store.putKey(revoked);
      p.changed?.(id);
      audit('key.revoke', { id });
      return shown(revoked);
    },
  };
};

const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each)));

/** What the surface shows and changes. */
export interface AdminParameters {
  readonly store: GatewayStore;
  readonly buyer: Buyer;
  readonly keys: Authorizer;
  readonly metrics: GatewayMetrics;
  readonly token: string;
  readonly now: () => number;
}

/** Makes the application. */
export const createAdminApp = (p: AdminParameters): Hono<{ Bindings: HttpBindings }> => {
  const { store, buyer, metrics } = p;
  const app = new Hono<{ Bindings: HttpBindings }>();
  const admin = createKeyAdmin(store, { actor: 'admin', now: p.now, changed: (id) => p.keys.forget(id) });
  app.get('/metrics', async () => {
    const { registry } = metrics;
    return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } });
  });
  app.use('/v1/*', async (context, next) => {
    const given = (context.req.header('authorization') ?? '').replace(/^Bearer /, '');
    if (sameToken(given, p.token)) return next();
    return context.json({ error: { code: 'token_invalid', message: 'The admin token is not valid' } }, 401);
  });
  app.get('/v1/keys', (context) => context.json(plain(admin.list(context.req.query('tenant'))) as object));
  app.post('/v1/keys', async (context) => {
    const parsed = keyBody.safeParse(await context.req.json().catch(() => undefined));
    if (!parsed.success)
      return context.json({ error: { code: 'invalid_request', message: z.prettifyError(parsed.error) } }, 400);
    const { text, key } = admin.create((await context.req.json()) as KeyRequest);
    return context.json({ key: text, ...(plain(key) as object) }, 201);
  });
  app.delete('/v1/keys/:id', (context) => context.json(plain(admin.revoke(context.req.param('id'))) as object));
  app.get('/v1/usage', (context) => {
    const tenant = context.req.query('tenant');
    const sinceMs = Number(context.req.query('since_ms') ?? 0);
    return context.json(plain(store.report({ sinceMs, ...(tenant === undefined ? {} : { tenant }) })) as object);
  });
  app.get('/v1/requests', (context) => {
    const tenant = context.req.query('tenant');
    return context.json(plain(store.listRows({ limit: 200, ...(tenant === undefined ? {} : { tenant }) })) as object);
  });
  app.get('/v1/stacks', async (context) => context.json(plain(await buyer.stacks()) as object));
  app.get('/v1/audit', (context) => context.json(plain(store.listAudit(500)) as object));
  app.get('/v1/books', async () => {
    const { journal } = await buyer.context();
    return new Response(encodeBooks(copyBooks(journal, store)), { headers: { 'content-type': 'application/json' } });
  });
  app.get('/v1/reconcile', async (context) => context.json(plain(await reconcile(buyer, store)) as object));
  app.onError((error, context) => {
    if (!isAtomaError(error)) return context.json({ error: { code: 'internal', message: 'Unexpected error' } }, 500);
    const status = error.code === 'GATEWAY_KEY_UNKNOWN' ? 404 : 400;
    return context.json({ error: { code: error.code, message: error.message, hint: error.hint } }, status);
  });
  return app;
};
