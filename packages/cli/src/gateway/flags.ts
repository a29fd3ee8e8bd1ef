import { spendingFlags, termsFlags } from '../buyer/flags.ts';
import { amount, choice, integer, optional, text, toggle, withDefault } from '../kernel/flags.ts';

const port = (brief: string) => integer(brief, 'PORT', 0, 65_535, 'as a port');

/** Flags of `gateway run`. */
export const gatewayRunFlags = {
  port: withDefault(port('port of the endpoint; 0 takes a free one'), 8080),
  host: withDefault(text('address to listen on', 'HOST'), '127.0.0.1'),
  adminPort: withDefault(port('port of the administrator’s interface, on this machine only; 0 takes a free one'), 8081),
  trustedProxies: optional(
    text('comma-separated addresses or networks of proxies whose X-Forwarded-For is trusted', 'CIDR,CIDR'),
  ),
  verify: withDefault(choice('check whole answers after delivery, or before it', ['after', 'strict']), 'after'),
  x402: toggle('also answer requests without a key, each paid in TOMA by x402'),
  failover: withDefault(choice('when to ask another node', ['safe', 'fast']), 'safe'),
  durability: withDefault(
    choice('what books and journal survive: a crash of the process, or a power cut', ['process', 'power']),
    'process',
  ),
  logLevel: withDefault(choice('least severe lines to log', ['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  ...spendingFlags,
};
/** What may be said about a key, of a new one and of one that is changed. */
const keyFlags = {
  name: optional(text('what the key is for', 'NAME')),
  models: optional(text('comma-separated models it may use (default: all)', 'MODEL,MODEL')),
  addresses: optional(text('comma-separated addresses or networks it may be used from (default: any)', 'CIDR,CIDR')),
  origins: optional(
    text('comma-separated origins whose pages may use it, `*` for any (default: none)', 'ORIGIN,ORIGIN'),
  ),
  ...termsFlags,
  maxPrice: optional(amount('most for one unit, base units')),
  expiresDays: optional(integer('days until it expires', 'DAYS', 1, 3_650, 'days')),
  requestsPerMinute: optional(integer('requests a minute', 'N', 1, 10_000_000, 'requests')),
  unitsPerMinute: optional(integer('compute units a minute', 'N', 1, 2 ** 40, 'compute units')),
  concurrency: optional(integer('requests at once', 'N', 1, 100_000, 'requests')),
  dayUnits: optional(integer('compute units a day', 'N', 0, 2 ** 50, 'compute units')),
  monthUnits: optional(integer('compute units a month', 'N', 0, 2 ** 50, 'compute units')),
  dayCost: optional(amount('TOMA a day')),
  monthCost: optional(amount('TOMA a month')),
};
/** Flags of `gateway keys create`. */
export const keyCreateFlags = {
  tenant: text('team the key belongs to', 'TENANT'),
  dedicated: toggle('its tenant’s stacks are shared with no other tenant'),
  ...keyFlags,
};
/** Flags of `gateway keys update`. */
export const keyUpdateFlags = {
  id: text('id of the key: the middle of atk_ID_SECRET', 'ID'),
  clear: optional(text('comma-separated limits to remove, such as day-cost,models', 'NAME,NAME')),
  ...keyFlags,
};
/** Flags of `gateway keys list`. */
export const keyListFlags = { tenant: optional(text('only of this tenant', 'TENANT')) };
/** Flags of `gateway usage`. */
export const usageFlags = {
  tenant: optional(text('only of this tenant', 'TENANT')),
  days: withDefault(integer('days back from now', 'DAYS', 1, 3_650, 'days'), 30),
  by: withDefault(choice('what each line sums up', ['tenant', 'key', 'model', 'day']), 'tenant'),
};
/** Flags of `gateway status`. */
export const statusFlags = {
  adminPort: optional(port('port of the administrator’s interface of a gateway started from another home')),
};
/** Flags of `gateway keys revoke` and `gateway keys rotate`. */
export const keyRevokeFlags = { id: text('id of the key: the middle of atk_ID_SECRET', 'ID') };
