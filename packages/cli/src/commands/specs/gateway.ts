import { command, group } from '../../kernel/command.ts';
import { amount, choice, integer, optional, text, toggle, withDefault } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';
import { spendingFlags } from './buyer.ts';

const port = (brief: string) => integer(brief, 'PORT', 0, 65_535, 'as a port');

/** Flags of `gateway run`. */
export const gatewayRunFlags = {
  port: withDefault(port('port of the endpoint; 0 takes a free one'), 8080),
  host: withDefault(text('address to listen on', 'HOST'), '127.0.0.1'),
  adminPort: withDefault(port('port of the administrator’s surface, on this machine only; 0 takes a free one'), 8081),
  verify: withDefault(choice('check whole answers behind their delivery, or before', ['after', 'strict']), 'after'),
  failover: withDefault(choice('when another node is asked', ['safe', 'fast']), 'safe'),
  durability: withDefault(
    choice('what books and journal survive: the process, or a power cut', ['process', 'power']),
    'process',
  ),
  ...spendingFlags,
};
/** Flags of `gateway keys create`. */
export const keyCreateFlags = {
  tenant: text('team the key belongs to', 'TENANT'),
  name: optional(text('what it is for', 'NAME')),
  models: optional(text('models it may use, with commas; all when left out', 'MODEL,MODEL')),
  addresses: optional(text('addresses or networks it may be used from, with commas; any when left out', 'CIDR,CIDR')),
  maxPrice: optional(amount('most for one unit, base units')),
  dedicated: toggle('stacks of its tenant are shared with nobody'),
  expiresDays: optional(integer('days until it ends', 'DAYS', 1, 3_650, 'days')),
  requestsPerMinute: optional(integer('requests a minute', 'N', 1, 10_000_000, 'requests')),
  unitsPerMinute: optional(integer('compute units a minute', 'N', 1, 2 ** 40, 'compute units')),
  concurrency: optional(integer('requests at once', 'N', 1, 100_000, 'requests')),
  dayUnits: optional(integer('compute units a day', 'N', 0, 2 ** 50, 'compute units')),
  monthUnits: optional(integer('compute units a month', 'N', 0, 2 ** 50, 'compute units')),
  dayCost: optional(amount('TOMA a day')),
  monthCost: optional(amount('TOMA a month')),
};
/** Flags of `gateway keys list`. */
export const keyListFlags = { tenant: optional(text('only of this tenant', 'TENANT')) };
/** Flags of `gateway keys revoke`. */
export const keyRevokeFlags = { id: text('id of the key: the middle of atk_ID_SECRET', 'ID') };

const handlers = () => import('../handlers/gateway.ts');
const shownKey = {
  id: s.text('Public name of the key.'),
  tenant: s.text('Tenant.'),
  name: s.text('What it is for.'),
  models: s.list(s.text('Model.'), 'Models it may use; empty: all.'),
  created_ms: s.integer('ms since 1970.'),
  expires_ms: s.orNull(s.integer('ms since 1970; null: never.')),
  revoked_ms: s.orNull(s.integer('ms since 1970; null: active.')),
};

/** `atoma gateway` */
export const gatewayGroup = group('The gateway: one wallet, many API keys, an OpenAI-compatible address for a team.', {
  run: command({
    brief: 'Serve an OpenAI-compatible address that buys, checks and pays by itself.',
    examples: ['gateway run', 'gateway run --port 8080 --cap-day 20TOMA --verify strict'],
    notes:
      'Runs until interrupted. Clients send `Authorization: Bearer atk_...` (see `gateway keys create`). It also watches the wallet’s stacks.',
    next: 'gateway keys create --tenant research',
    access: 'local',
    flags: gatewayRunFlags,
    load: async () => (await handlers()).runGateway,
  }),
  keys: group('API keys of the gateway.', {
    create: command({
      brief: 'Make a key; it is shown once.',
      examples: [
        'gateway keys create --tenant research',
        'gateway keys create --tenant app --day-cost 5TOMA --models atoma/demo-chat',
      ],
      access: 'local',
      flags: keyCreateFlags,
      output: s.shape('gateway.keys.create', {
        key: s.text('The key. It is not stored and cannot be shown again.'),
        ...shownKey,
      }),
      load: async () => (await handlers()).createKey,
    }),
    list: command({
      brief: 'All keys, without their secrets.',
      examples: ['gateway keys list', 'gateway keys list --tenant research'],
      access: 'local',
      flags: keyListFlags,
      output: s.shape('gateway.keys.list', { keys: s.list(s.record(shownKey), 'Keys, oldest first.') }),
      load: async () => (await handlers()).listKeys,
    }),
    revoke: command({
      brief: 'End a key for ever; a running gateway refuses it at once.',
      examples: ['gateway keys revoke 0123456789abcdef'],
      access: 'local',
      flags: keyRevokeFlags,
      positional: ['id'],
      output: s.shape('gateway.keys.revoke', shownKey),
      load: async () => (await handlers()).revokeKey,
    }),
  }),
});
