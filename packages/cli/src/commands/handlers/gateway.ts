import { join } from 'node:path';
import { createKeyAdmin, type KeyAdmin, openGatewayStore, type ShownKey, startGateway } from '@atoma/gateway';
import { openJournal } from '@atoma/sdk';
import { ownGatewayDirectory, walletJournal } from '../../buyer/files.ts';
import { capsOf, holderOf, policyOf, whenFree } from '../../buyer/open.ts';
import { untilStopped } from '../../buyer/stop.ts';
import { marketOf, openSession } from '../../chain/session.ts';
import { openChainToStay } from '../../chain/stay.ts';
import { activeNetwork } from '../../config/networks.ts';
import type { Handler, Json, Report, Run } from '../../kernel/command.ts';
import { rowLines, tableLines } from '../../kernel/lines.ts';
import { toJson } from '../../kernel/output.ts';
import type * as specs from '../specs/gateway.ts';

const DAY_MS = 86_400_000;

const keyAdmin = async (run: Run): Promise<KeyAdmin> => {
  const network = await activeNetwork(run.settings);
  const directory = ownGatewayDirectory(run.settings, network, await marketOf(run, network));
  const store = openGatewayStore({ path: join(directory, 'gateway.sqlite') });
  run.onEnd(store.close);
  return createKeyAdmin(store, { actor: 'command line', now: Date.now });
};

const shown = ({ id, tenant, name, models, createdMs, expiresMs, revokedMs }: ShownKey): Record<string, Json> => ({
  id,
  tenant,
  name,
  models,
  created_ms: createdMs,
  expires_ms: expiresMs,
  revoked_ms: revokedMs,
});

/** `atoma gateway keys create` */
export const createKey: Handler<typeof specs.keyCreateFlags> = async (run, flags): Promise<Report> => {
  const listOf = (text: string | undefined): string[] =>
    (text ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
  const text = (value: bigint | number | undefined): string | null => (value === undefined ? null : String(value));
  const { text: key, key: row } = (await keyAdmin(run)).create({
    tenant: flags.tenant,
    name: flags.name ?? '',
    models: listOf(flags.models),
    addresses: listOf(flags.addresses),
    dedicated: flags.dedicated ?? false,
    max_price: text(flags.maxPrice),
    expires_ms: flags.expiresDays === undefined ? null : Date.now() + flags.expiresDays * DAY_MS,
    requests_per_minute: flags.requestsPerMinute ?? null,
    units_per_minute: flags.unitsPerMinute ?? null,
    concurrency: flags.concurrency ?? null,
    day_units: text(flags.dayUnits),
    month_units: text(flags.monthUnits),
    day_cost: text(flags.dayCost),
    month_cost: text(flags.monthCost),
  });
  return {
    data: { key, ...shown(row) },
    short: key,
    lines: (paint) => [
      `${paint.green('done:')} key of ${row.tenant}; it is shown only now`,
      ...rowLines(paint, [
        ['key', key],
        ['id', row.id],
      ]),
    ],
  };
};

const day = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString().slice(0, 10));

/** `atoma gateway keys list` */
export const listKeys: Handler<typeof specs.keyListFlags> = async (run, { tenant }) => {
  const keys = (await keyAdmin(run)).list(tenant);
  return {
    data: { keys: keys.map(shown) },
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
              day(key.createdMs),
              day(key.expiresMs),
              key.revokedMs === null ? 'active' : 'revoked',
            ]),
          ),
  };
};

/** `atoma gateway keys revoke` */
export const revokeKey: Handler<typeof specs.keyRevokeFlags> = async (run, { id }) => {
  const key = (await keyAdmin(run)).revoke(id);
  return {
    data: shown(key),
    short: key.id,
    lines: (paint) => [`${paint.green('done:')} key ${key.id} of ${key.tenant} is revoked`],
  };
};

/** `atoma gateway run` */
export const runGateway: Handler<typeof specs.gatewayRunFlags> = async (run, flags) => {
  const { chain, atoma } = await openSession(run, 'wallet', openChainToStay);
  const directory = ownGatewayDirectory(run.settings, chain.network, atoma.deployment);
  const durability = flags.durability ?? 'process';
  const store = openGatewayStore({ path: join(directory, 'gateway.sqlite'), durability });
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
        verify: flags.verify ?? 'after',
        buyer: {
          atoma,
          journal,
          caps: capsOf(run, flags),
          policy: { ...policyOf(chain.network, flags), failover: flags.failover ?? 'safe' },
        },
      });
    } catch (error) {
      journal.close();
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
  run.io.out(
    run.common.json
      ? `${toJson(facts)}\n`
      : `gateway at ${facts.base_url}, paid by ${facts.wallet}\nadministration at ${facts.admin_url} (token in ${tokenPath})\nCtrl-C ends it; nothing is lost\n`,
  );
  await untilStopped();
  return undefined;
};
