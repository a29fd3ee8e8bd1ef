import { command, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import {
  gatewayRunFlags,
  keyCreateFlags,
  keyListFlags,
  keyRevokeFlags,
  keyUpdateFlags,
  statusFlags,
  usageFlags,
} from './flags.ts';

const handlers = () => import('./handler.ts');
const shownKey = {
  id: s.text('Public name of the key.'),
  tenant: s.text('Tenant.'),
  name: s.text('What it is for.'),
  models: s.list(s.text('Model.'), 'Models it may use; empty: all.'),
  origins: s.list(s.text('Origin.'), 'Origins whose pages may use it; empty: none.'),
  addresses: s.list(s.text('Address or network.'), 'Where it may be used from; empty: anywhere.'),
  levels: s.list(s.integer('Level.'), 'Levels it buys at, the preferred one first; empty: the gateway’s.'),
  tasks: s.list(s.amount('Task.'), 'Tasks it may buy from; empty: the gateway’s.'),
  node_policy: s.orNull(s.text('independent or any; null: the gateway’s.')),
  price: s.orNull(s.amount('Base units of TOMA it offers for one unit; null: the gateway’s.')),
  max_price: s.orNull(s.amount('Most base units of TOMA for one unit; null: the gateway’s.')),
  dedicated: s.bool('Whether its tenant has stacks of its own.'),
  requests_per_minute: s.orNull(s.integer('Requests a minute; null: no limit.')),
  units_per_minute: s.orNull(s.integer('Compute units a minute; null: no limit.')),
  concurrency: s.orNull(s.integer('Requests at once; null: no limit.')),
  day_units: s.orNull(s.amount('Compute units a day; null: no limit.')),
  month_units: s.orNull(s.amount('Compute units a month; null: no limit.')),
  day_cost: s.orNull(s.amount('Base units of TOMA a day; null: no limit.')),
  month_cost: s.orNull(s.amount('Base units of TOMA a month; null: no limit.')),
  created_ms: s.integer('ms since 1970.'),
  expires_ms: s.orNull(s.integer('ms since 1970; null: never.')),
  revoked_ms: s.orNull(s.integer('ms since 1970; null: active.')),
};

/** `atoma gateway` */
export const gatewayGroup = group('The gateway: one wallet, many API keys, an OpenAI-compatible endpoint for a team.', {
  run: command({
    brief: 'Serve an OpenAI-compatible endpoint that buys, checks and pays on its own.',
    examples: ['gateway run', 'gateway run --port 8080 --cap-day 20TOMA --verify strict'],
    notes:
      'Runs until interrupted. Clients send `Authorization: Bearer atk_...` (see `gateway keys create`). It also watches the wallet’s stacks.',
    next: 'gateway keys create --tenant research',
    access: 'local',
    flags: gatewayRunFlags,
    output: s.shape('gateway.run', {
      base_url: s.text('OpenAI base URL.'),
      admin_url: s.text('Administrator’s surface, on this machine only.'),
      token_file: s.text('File of its token.'),
      wallet: s.objectId('Wallet that pays.'),
    }),
    load: async () => (await handlers()).runGateway,
  }),
  usage: command({
    brief: 'What the keys have used: requests, compute units, TOMA.',
    examples: ['gateway usage', 'gateway usage --by day --tenant research --days 7'],
    access: 'local',
    flags: usageFlags,
    output: s.shape('gateway.usage', {
      by: s.text('What the lines are of: tenant, key, model or day.'),
      lines: s.list(
        s.record({
          of: s.text('Tenant, id of the key, model, or day in UTC.'),
          requests: s.integer('Requests.'),
          units: s.amount('Compute units charged.'),
          cost: s.amount('Base units of TOMA charged.'),
          reserved_units: s.amount('Most that requests under way may add, compute units.'),
        }),
        'Lines, the most used first; days in their order.',
      ),
    }),
    load: async () => (await handlers()).gatewayUsage,
  }),
  status: command({
    brief: 'What the gateway is doing: wallet, keys, requests, stacks.',
    examples: ['gateway status', 'gateway status --json'],
    notes: 'Asks a running gateway over its administrator’s port; without one it reads the books.',
    access: 'local',
    flags: statusFlags,
    output: s.shape('gateway.status', {
      running: s.bool('Whether a gateway answers at the administrator’s port.'),
      wallet: s.orNull(s.text('Address that pays; null when none runs.')),
      keys: s.integer('Keys that may be used.'),
      requests: s.integer('Requests in the books.'),
      under_way: s.integer('Requests that have not ended.'),
      units: s.amount('Compute units charged.'),
      cost: s.amount('Base units of TOMA charged.'),
      spent_day: s.orNull(s.amount('Paid for stacks in 24 hours, base units of TOMA; null when none runs.')),
      spent_total: s.orNull(s.amount('Paid for stacks so far, base units of TOMA; null when none runs.')),
      stacks: s.list(
        s.record({
          stack_small_id: s.integer('Stack.'),
          node_small_id: s.integer('Node.'),
          model: s.text('Model.'),
          security_level: s.integer('0 to 2.'),
          price: s.amount('Base units of TOMA for one unit.'),
          units: s.amount('Compute units.'),
          free: s.amount('Compute units neither used nor promised.'),
          state: s.text('open, notice, settled, or why it is not used.'),
        }),
        'Stacks of the wallet; none when no gateway runs.',
      ),
    }),
    load: async () => (await handlers()).gatewayStatus,
  }),
  keys: group('API keys of the gateway.', {
    create: command({
      brief: 'Create a key; it is shown once.',
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
    update: command({
      brief: 'Change a key: sets what you name and keeps the rest. A running gateway applies it at once.',
      examples: [
        'gateway keys update 0123456789abcdef --day-cost 5TOMA',
        'gateway keys update 0123456789abcdef --clear day-cost,models',
      ],
      access: 'local',
      flags: keyUpdateFlags,
      positional: ['id'],
      output: s.shape('gateway.keys.update', shownKey),
      load: async () => (await handlers()).updateKey,
    }),
    rotate: command({
      brief: 'Give a key a new secret; the old one stops working at once.',
      examples: ['gateway keys rotate 0123456789abcdef'],
      access: 'local',
      flags: keyRevokeFlags,
      positional: ['id'],
      output: s.shape('gateway.keys.rotate', {
        key: s.text('The key. It is not stored and cannot be shown again.'),
        ...shownKey,
      }),
      load: async () => (await handlers()).rotateKey,
    }),
    revoke: command({
      brief: 'Revoke a key for good; a running gateway refuses it at once.',
      examples: ['gateway keys revoke 0123456789abcdef'],
      access: 'local',
      flags: keyRevokeFlags,
      positional: ['id'],
      output: s.shape('gateway.keys.revoke', shownKey),
      load: async () => (await handlers()).revokeKey,
    }),
  }),
});
