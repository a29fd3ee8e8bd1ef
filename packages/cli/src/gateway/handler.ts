import { join } from 'node:path';
import { keepToItself } from '@atoma/base';
import {
  createKeyAdmin,
  type GatewayStore,
  isAddress,
  type KeyAdmin,
  openGatewayStore,
  type ShownKey,
  startGateway,
  type UsageLine,
} from '@atoma/gateway';
import { formatAmount, openJournal } from '@atoma/sdk';
import { confidentialPolicy, trustNobody } from '../buyer/confidential.ts';
import { fileOfMarket, ownGatewayDirectory, walletJournal } from '../buyer/market-files.ts';
import { capsOf, holderOf, policyOf, whenFree } from '../buyer/open-buyer.ts';
import { untilStopped } from '../buyer/stop.ts';
import { given } from '../chain/given.ts';
import { announcedRunning, announceRunning } from '../chain/running.ts';
import { marketOf, openSession } from '../chain/session.ts';
import { openChainToStay } from '../chain/stay.ts';
import { activeNetwork } from '../config/networks.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Handler, Report, Run } from '../kernel/command.ts';
import type { FlagValues } from '../kernel/flag.ts';
import { grouped, rowLines, tableLines } from '../kernel/lines.ts';
import { programName } from '../kernel/program.ts';
import { openPages, siteOn } from '../pages.ts';
import { askGateway } from './ask-gateway.ts';
import type * as specs from './flags.ts';

const DAY_MS = 86_400_000;

const BOOKS = 'gateway.sqlite';

/** The books to look at, also while their market is away. */
const openBooksToLook = async (run: Run) => {
  const find = async (): Promise<string> => {
    const network = await activeNetwork(run.settings);
    return join(ownGatewayDirectory(run.settings, network, await marketOf(run, network)), BOOKS);
  };
  const store = openGatewayStore({ path: await fileOfMarket(run, 'gateway', find, async () => BOOKS) });
  run.onEnd(store.close);
  return store;
};

/** The books of the active network's gateway, with the folder they lie in. */
const openBooks = async (run: Run) => {
  const network = await activeNetwork(run.settings);
  const directory = ownGatewayDirectory(run.settings, network, await marketOf(run, network));
  const store = openGatewayStore({ path: join(directory, BOOKS) });
  run.onEnd(store.close);
  return { directory, store };
};

const keysOf = (store: GatewayStore): KeyAdmin => createKeyAdmin(store, { actor: 'command line', now: Date.now });

const keyAdmin = async (run: Run): Promise<KeyAdmin> => keysOf((await openBooks(run)).store);

const listOf = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');

type KeyValues = Omit<FlagValues<typeof specs.keyUpdateFlags>, 'id' | 'clear'>;

/** What flags say about a key, under the names of the administrator's surface; what they leave out is absent. */
const keyRequest = (flags: KeyValues) =>
  given({
    name: flags.name,
    models: listOf(flags.models),
    addresses: listOf(flags.addresses),
    origins: listOf(flags.origins),
    levels: flags.level === undefined ? undefined : [Number(flags.level)],
    tasks: flags.task?.map(String),
    node_policy: flags.nodePolicy,
    price: flags.price === undefined ? undefined : String(flags.price),
    max_price: flags.maxPrice === undefined ? undefined : String(flags.maxPrice),
    expires_ms: flags.expiresDays === undefined ? undefined : Date.now() + flags.expiresDays * DAY_MS,
    requests_per_minute: flags.requestsPerMinute,
    units_per_minute: flags.unitsPerMinute,
    concurrency: flags.concurrency,
    day_units: flags.dayUnits,
    month_units: flags.monthUnits,
    day_cost: flags.dayCost === undefined ? undefined : String(flags.dayCost),
    month_cost: flags.monthCost === undefined ? undefined : String(flags.monthCost),
  });

const madeReport = (text: string, key: ShownKey): Report => ({
  data: { key: text, ...key },
  short: text,
  lines: (paint) => [
    `${paint.green('done:')} key of ${key.tenant}; it is shown only now`,
    ...rowLines(paint, [
      ['key', text],
      ['id', key.id],
    ]),
  ],
});

/** `atoma gateway keys create` */
export const createKey: Handler<typeof specs.keyCreateFlags> = async (run, { tenant, dedicated, ...flags }) => {
  const { text, key } = await (await keyAdmin(run)).create({
    tenant,
    dedicated: dedicated ?? false,
    ...keyRequest(flags),
  });
  return madeReport(text, key);
};

/** Members that lists and limits go back to. */
const cleared = (names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(
    names.map((name) => {
      const member = { level: 'levels', task: 'tasks', expires_days: 'expires_ms' }[name] ?? name;
      return [member, ['models', 'addresses', 'origins', 'levels', 'tasks'].includes(member) ? [] : null];
    }),
  );

/** `atoma gateway keys update` */
export const updateKey: Handler<typeof specs.keyUpdateFlags> = async (run, { id, clear, ...flags }) => {
  const names = (listOf(clear) ?? []).map((name) => name.replace(/^--/, '').replaceAll('-', '_'));
  const changes = { ...cleared(names), ...keyRequest(flags) };
  if (Object.keys(changes).length === 0)
    throw cliError('USAGE', {
      what: 'Nothing is to be changed.',
      hint: 'Name a limit, or take one away with --clear.',
    });
  const key = await (await keyAdmin(run)).update(id, changes);
  return {
    data: key,
    short: key.id,
    lines: (paint) => [
      `${paint.green('done:')} key ${key.id} of ${key.tenant} is changed`,
      ...rowLines(
        paint,
        Object.keys(changes).map((name) => [name.replaceAll('_', ' '), valueText(key[name])]),
      ),
    ],
  };
};

const valueText = (value: unknown): string =>
  value === null || value === undefined ? 'no limit' : Array.isArray(value) ? value.join(', ') || 'any' : String(value);

/** `atoma gateway keys rotate` */
export const rotateKey: Handler<typeof specs.keyRevokeFlags> = async (run, { id }) => {
  const { text, key } = await (await keyAdmin(run)).rotate(id);
  return madeReport(text, key);
};

const day = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString().slice(0, 10));

/** `atoma gateway keys list` */
export const listKeys: Handler<typeof specs.keyListFlags> = async (run, { tenant }) => {
  const keys = await keysOf(await openBooksToLook(run)).list(tenant);
  return {
    data: { keys },
    short: keys.map(({ id }) => id).join('\n'),
    lines: (paint) =>
      keys.length === 0
        ? ['no keys yet: `atoma gateway keys create --tenant NAME` makes one']
        : tableLines(
            paint,
            ['id', 'tenant', 'name', 'made', 'ends', 'state'],
            keys.map((key) => [
              key.id,
              key.tenant,
              key.name,
              day(key.created_ms),
              day(key.expires_ms),
              key.revoked_ms === null ? 'active' : 'revoked',
            ]),
          ),
  };
};

/** `atoma gateway keys revoke` */
export const revokeKey: Handler<typeof specs.keyRevokeFlags> = async (run, { id }) => {
  const key = await (await keyAdmin(run)).revoke(id);
  return {
    data: key,
    short: key.id,
    lines: (paint) => [`${paint.green('done:')} key ${key.id} of ${key.tenant} is revoked`],
  };
};

/** `atoma gateway usage` */
export const gatewayUsage: Handler<typeof specs.usageFlags> = async (run, { tenant, days = 30, by = 'tenant' }) => {
  const store = await openBooksToLook(run);
  const rows = await store.report({ sinceMs: Date.now() - days * DAY_MS, ...given({ tenant }) });
  const groups = Map.groupBy(rows, (row) => (by === 'day' ? day(row.hourMs) : row[by]));
  const sum = (all: readonly UsageLine[], member: 'units' | 'cost' | 'reservedUnits'): bigint =>
    all.reduce((total, row) => total + row[member], 0n);
  const lines = [...groups].map(([of, all]) => ({
    of,
    requests: all.reduce((total, { requests }) => total + requests, 0),
    units: sum(all, 'units'),
    cost: sum(all, 'cost'),
    reserved_units: sum(all, 'reservedUnits'),
  }));
  lines.sort((a, b) => (by === 'day' ? (a.of < b.of ? -1 : 1) : Number(b.units - a.units)));
  return {
    data: { by, lines },
    short: lines.map(({ of, units }) => `${of} ${units}`).join('\n'),
    lines: (paint) =>
      lines.length === 0
        ? [`nothing was used in the last ${days} days`]
        : tableLines(
            paint,
            [by, 'requests', 'units', 'cost', 'under way'],
            lines.map((line) => [
              line.of,
              grouped(line.requests),
              grouped(line.units),
              formatAmount(line.cost),
              grouped(line.reserved_units),
            ]),
          ),
  };
};

/** `atoma gateway status` */
export const gatewayStatus: Handler<typeof specs.statusFlags> = async (run, { adminPort }) => {
  const { directory, store } = await openBooks(run);
  const noted = announcedRunning(run.settings).flatMap(({ admin }) => admin ?? []);
  const urls = adminPort === undefined ? noted : [`http://127.0.0.1:${adminPort}`];
  // Several may run, each for a market of its own: the token fits one of them.
  const said = (await Promise.all(urls.map((url) => askGateway(directory, url)))).find((each) => each !== undefined);
  const totals = await store.totals();
  const now = Date.now();
  const active = (await store.listKeys()).filter(
    ({ revokedMs, expiresMs }) => revokedMs === null && (expiresMs === null || expiresMs > now),
  );
  const stacks = (said?.stacks ?? []).map((stack) => ({
    stack_small_id: Number(stack.stack),
    node_small_id: Number(stack.node),
    model: stack.model,
    security_level: stack.level,
    price: stack.price,
    units: stack.units,
    free: stack.free,
    state: stack.blocked ?? stack.stage,
  }));
  const data = {
    running: said !== undefined,
    wallet: said?.wallet ?? null,
    keys: active.length,
    requests: totals.requests,
    under_way: said?.running ?? (await store.listRows({ states: ['reserved'], limit: Number.MAX_SAFE_INTEGER })).length,
    units: totals.units,
    cost: totals.cost,
    spent_day: said?.spent_day ?? null,
    spent_total: said?.spent_total ?? null,
    stacks,
  };
  return {
    data,
    short: data.running ? 'running' : 'not running',
    lines: (paint) => [
      data.running
        ? `running, paid by ${data.wallet}`
        : 'no gateway answers for this market; `atoma gateway run` starts one',
      ...rowLines(paint, [
        ['keys', String(data.keys)],
        ['requests', `${grouped(data.requests)}, ${grouped(data.under_way)} under way`],
        ['charged', `${grouped(data.units)} units, ${formatAmount(data.cost)}`],
        ...(data.spent_total === null
          ? []
          : [
              [
                'stacks',
                `${formatAmount(BigInt(String(data.spent_total)))}, ${formatAmount(BigInt(String(data.spent_day)))} of it in 24 hours`,
              ] as const,
            ]),
      ]),
      ...(stacks.length === 0
        ? []
        : tableLines(
            paint,
            ['stack', 'node', 'model', 'level', 'price', 'units', 'free', 'state'],
            stacks.map((stack) => Object.values(stack).map(String)),
          )),
    ],
  };
};

/** The proxies a flag names. */
const proxiesOf = (text: string | undefined): string[] => {
  const proxies = listOf(text) ?? [];
  const wrong = proxies.find((each) => !isAddress(each));
  if (wrong === undefined) return proxies;
  throw cliError('USAGE', {
    what: `--trusted-proxies: ${wrong} is no address and no network.`,
    hint: 'Use addresses such as 127.0.0.1, or networks such as 10.0.0.0/8.',
  });
};

/** Why this process could show or write down what it reads; undefined: it could not. Throws where level 2 is the gateway's own. */
const whyIndiscreet = async (level: string | undefined): Promise<string | undefined> => {
  const { gatewayFaults, readGuestFacts } = await import('@atoma/node');
  const [what] = gatewayFaults(readGuestFacts());
  if (what !== undefined && level === '2')
    throw cliError('USAGE', { what, hint: 'At level 2 nothing of it may reach a disk.' });
  return what;
};

/** `atoma gateway run` */
export const runGateway: Handler<typeof specs.gatewayRunFlags> = async (run, flags) => {
  const trustedProxies = proxiesOf(flags.trustedProxies);
  keepToItself();
  const fault = await whyIndiscreet(flags.level);
  const pages = openPages();
  const { chain, atoma } = await openSession(run, 'wallet', (each) => openChainToStay(each, pages?.at('market')));
  const directory = ownGatewayDirectory(run.settings, chain.network, atoma.deployment);
  const durability = flags.durability ?? 'process';
  const store = openGatewayStore({ path: join(directory, BOOKS), durability });
  run.onEnd(store.close);
  const tokenPath = join(directory, 'admin.token');
  const path = walletJournal(run, chain.network, atoma.deployment, String(atoma.sender));
  const gateway = await whenFree(run, async () => {
    const journal = await openJournal({ path, durability, holder: holderOf(run.command) });
    try {
      return await startGateway({
        store,
        host: flags.host ?? '127.0.0.1',
        port: flags.port ?? 8080,
        adminPort: flags.adminPort ?? 8081,
        tokenPath,
        trustedProxies,
        logLevel: flags.logLevel ?? 'info',
        verify: flags.verify ?? 'after',
        ...(flags.x402 ? { payments: {} } : {}),
        commands: { program: programName(run.io.env), network: chain.network.name },
        ...given({ pages: pages?.at('market'), adminPages: pages?.at('gateway') }),
        buyer: {
          atoma,
          journal,
          caps: capsOf(run, flags),
          policy: { ...policyOf(chain.network, flags), failover: flags.failover ?? 'safe' },
          confidential:
            fault === undefined
              ? await confidentialPolicy(run, chain.network, flags.evidence, flags.forget)
              : trustNobody(fault),
        },
      });
    } catch (error) {
      await journal.close();
      throw error;
    }
  });
  run.onEnd(() => gateway.stop());
  const facts = {
    base_url: `http://${flags.host ?? '127.0.0.1'}:${gateway.port}/v1`,
    admin_url: `http://127.0.0.1:${gateway.adminPort}`,
    token_file: tokenPath,
    wallet: String(atoma.sender),
  };
  pages?.tell(siteOn(chain, atoma.deployment, { gateway: facts.base_url, admin: facts.admin_url }));
  announceRunning(run, 'gateway', facts.base_url, facts.admin_url);
  const stopped = untilStopped();
  run.report({
    data: facts,
    short: facts.base_url,
    lines: () => [
      `gateway at ${facts.base_url}, paid by ${facts.wallet}`,
      `administration at ${facts.admin_url} (token in ${facts.token_file})`,
      'Ctrl-C ends it; nothing is lost',
    ],
  });
  await stopped;
  return undefined;
};
