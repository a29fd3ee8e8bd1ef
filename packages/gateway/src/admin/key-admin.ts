/** Making, changing, renewing and ending keys, beside a running gateway or inside it. */
import * as z from 'zod';
import { gatewayError } from '../gateway-errors.ts';
import { keyText, makeKey } from '../keys.ts';
import { isAddress } from '../serve/authorize.ts';
import type { GatewayStore, KeyRow } from '../store/types.ts';
import { type Plain, plain } from './plain.ts';

const amount = z.union([z.string().regex(/^\d{1,19}$/), z.int().min(0)]).transform(BigInt);
const limit = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().default(null);
const isOrigin = (text: string): boolean => text === '*' || (URL.canParse(text) && new URL(text).origin === text);

/** What may be said about a key. Amounts are base units of TOMA. */
const keyBody = z.strictObject({
  tenant: z.string().regex(/^[\w.-]{1,64}$/, 'use 1 to 64 letters, digits, dots, dashes and underscores'),
  name: z.string().max(128).default(''),
  models: z.array(z.string().max(128)).max(256).default([]),
  addresses: z.array(z.string().refine(isAddress, 'use addresses or networks such as 10.0.0.0/8')).max(256).default([]),
  origins: z.array(z.string().refine(isOrigin, 'use origins such as https://app.example, or *')).max(64).default([]),
  levels: z.array(z.int().min(0).max(2)).max(3).default([]),
  tasks: z.array(amount).max(256).default([]),
  node_policy: limit(z.enum(['independent', 'any'])),
  price: limit(amount.refine((value) => value > 0n, 'use 1 or more')),
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

type KeyBody = z.output<typeof keyBody>;

/** A key without its hash: every member of {@link KeyRequest} under the same name, and id, created_ms, revoked_ms. */
export type ShownKey = {
  readonly id: string;
  readonly tenant: string;
  readonly name: string;
  readonly models: readonly string[];
  readonly created_ms: number;
  readonly expires_ms: number | null;
  readonly revoked_ms: number | null;
} & { readonly [member: string]: Plain };

const shown = ({ secretHash: _, ...key }: KeyRow): ShownKey => plain(key) as ShownKey;

const parse = (value: unknown): KeyBody => {
  const parsed = keyBody.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const param = [...(issue?.path ?? []), ...keys.slice(0, 1)].map(String).join('.') || 'body';
  const why =
    keys.length > 0 ? `there is no such member; there are ${Object.keys(keyBody.shape).join(', ')}` : issue?.message;
  throw gatewayError('KEY_FIELD', { param, why: why ?? 'it cannot be used' });
};

const rowOf = (body: KeyBody): Omit<KeyRow, 'id' | 'secretHash' | 'createdMs' | 'revokedMs'> => ({
  tenant: body.tenant,
  name: body.name,
  models: body.models,
  addresses: body.addresses,
  origins: body.origins,
  levels: body.levels,
  tasks: body.tasks,
  nodePolicy: body.node_policy,
  price: body.price,
  maxPrice: body.max_price,
  dedicated: body.dedicated,
  requestsPerMinute: body.requests_per_minute,
  unitsPerMinute: body.units_per_minute,
  concurrency: body.concurrency,
  dayUnits: body.day_units,
  monthUnits: body.month_units,
  dayCost: body.day_cost,
  monthCost: body.month_cost,
  expiresMs: body.expires_ms,
});

/** What administrators do to the keys of a gateway, running or not. Every method throws `GATEWAY_KEY_FIELD` for what it cannot use. */
export interface KeyAdmin {
  /** Makes a key; its text is given once. */
  readonly create: (request: unknown) => Promise<{ readonly text: string; readonly key: ShownKey }>;
  readonly list: (tenant?: string) => Promise<readonly ShownKey[]>;
  /** Changes what is named; null takes a limit away. Throws `GATEWAY_KEY_UNKNOWN`, `GATEWAY_KEY_REVOKED`. */
  readonly update: (id: string, request: unknown) => Promise<ShownKey>;
  /** Gives a key a new secret; the old one ends at once. Throws `GATEWAY_KEY_UNKNOWN`, `GATEWAY_KEY_REVOKED`. */
  readonly rotate: (id: string) => Promise<{ readonly text: string; readonly key: ShownKey }>;
  /** Ends a key for ever. Throws `GATEWAY_KEY_UNKNOWN`. */
  readonly revoke: (id: string) => Promise<ShownKey>;
}

/** Makes it over a store. */
export const createKeyAdmin = (
  store: GatewayStore,
  p: { readonly actor: string; readonly now: () => number; readonly changed?: (id: string) => void },
): KeyAdmin => {
  const audit = (action: string, detail: object): Promise<void> =>
    store.addAudit({ atMs: p.now(), actor: p.actor, action, detail: JSON.stringify(detail) });
  const find = async (id: string): Promise<KeyRow> => {
    const key = await store.findKey(id);
    if (!key) throw gatewayError('KEY_UNKNOWN', { id });
    return key;
  };
  const active = async (id: string): Promise<KeyRow> => {
    const key = await find(id);
    if (key.revokedMs !== null) throw gatewayError('KEY_REVOKED', { id });
    return key;
  };
  const put = async (key: KeyRow, action: string, detail: object): Promise<ShownKey> => {
    await store.putKey(key);
    p.changed?.(key.id);
    await audit(action, { id: key.id, ...detail });
    return shown(key);
  };
  return {
    create: async (request) => {
      const { id, text, secretHash } = makeKey();
      const key = { ...rowOf(parse(request)), id, secretHash, createdMs: p.now(), revokedMs: null };
      return { text, key: await put(key, 'key.create', { tenant: key.tenant }) };
    },
    list: async (tenant) => (await store.listKeys(tenant)).map(shown),
    update: async (id, request) => {
      const key = await active(id);
      const { id: _, created_ms: __, revoked_ms: ___, ...known } = shown(key);
      const changes = typeof request === 'object' && request !== null ? request : { body: request };
      const row = rowOf(parse({ ...known, ...changes }));
      return put({ ...key, ...row }, 'key.update', { changed: Object.keys(changes) });
    },
    rotate: async (id) => {
      const { secret, secretHash } = makeKey();
      const key = await put({ ...(await active(id)), secretHash }, 'key.rotate', {});
      return { text: keyText(id, secret), key };
    },
    revoke: async (id) => {
      const key = await find(id);
      return put({ ...key, revokedMs: key.revokedMs ?? p.now() }, 'key.revoke', {});
    },
  };
};
