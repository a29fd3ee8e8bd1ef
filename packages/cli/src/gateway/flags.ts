import { spendingFlags, termsFlags } from '../buyer/flags.ts';
import { amount, choice, integer, optional, text, toggle, withDefault } from '../kernel/flags.ts';

const port = (brief: string) => integer(brief, 'PORT', 0, 65_535, 'as a port');

/** Flags of `gateway run`. */
export const gatewayRunFlags = {
  port: withDefault(port('port of the endpoint; 0 takes a free one'), 8080),
  host: withDefault(text('address to listen on', 'HOST'), '127.0.0.1'),
  adminPort: withDefault(port('port of the administrator’s surface, on this machine only; 0 takes a free one'), 8081),
  trustedProxies: optional(
    text('addresses or networks of proxies in front whose X-Forwarded-For is believed, with commas', 'CIDR,CIDR'),
  ),
  verify: withDefault(choice('check whole answers behind their delivery, or before', ['after', 'strict']), 'after'),
  x402: toggle('answer requests without a key too, paid one by one in TOMA by x402'),
  failover: withDefault(choice('when another node is asked', ['safe', 'fast']), 'safe'),
  durability: withDefault(
    choice('what books and journal survive: the process, or a power cut', ['process', 'power']),
    'process',
  ),
  logLevel: withDefault(choice('least serious lines of its log', ['debug', 'info', 'warn', 'error', 'silent']), 'info'),
  ...spendingFlags,
};
/** What may be said about a key, of a new one and of one that is changed. */
const keyFlags = {
  name: optional(text('what it is for', 'NAME')),
  models: optional(text('models it may use, with commas; all when left out', 'MODEL,MODEL')),
  addresses: optional(text('addresses or networks it may be used from, with commas; any when left out', 'CIDR,CIDR')),
  origins: optional(
    text('origins whose pages may use it, with commas, `*` for any; none when left out', 'ORIGIN,ORIGIN'),
  ),
  ...termsFlags,
  maxPrice: optional(amount('most for one unit, base units')),
  expiresDays: optional(integer('days until it ends', 'DAYS', 1, 3_650, 'days')),
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
  dedicated: toggle('stacks of its tenant are shared with nobody'),
  ...keyFlags,
};
/** Flags of `gateway keys update`. */
export const keyUpdateFlags = {
  id: text('id of the key: the middle of atk_ID_SECRET', 'ID'),
  clear: optional(text('limits to take away, with commas, such as day-cost,models', 'NAME,NAME')),
  ...keyFlags,
};
/** Flags of `gateway keys list`. */
export const keyListFlags = { tenant: optional(text('only of this tenant', 'TENANT')) };
/** Flags of `gateway usage`. */
export const usageFlags = {
  tenant: optional(text('only of this tenant', 'TENANT')),
  days: withDefault(integer('days back from now', 'DAYS', 1, 3_650, 'days'), 30),
  by: withDefault(choice('what the lines are of', ['tenant', 'key', 'model', 'day']), 'tenant'),
};
/** Flags of `gateway status`. */
export const statusFlags = {
  adminPort: optional(port('port of the administrator’s surface, of a gateway that was started from another home')),
};
/** Flags of `gateway keys revoke` and `gateway keys rotate`. */
export const keyRevokeFlags = { id: text('id of the key: the middle of atk_ID_SECRET', 'ID') };
