/**
 * The deployment kit against programs it is for: alert rules and every query of the dashboard in Debian's Prometheus over the
 * real figures of a market, units in systemd's own checker.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { atoma, cleanMachine, devCli, execute, type Machine } from './testing/process.ts';
import type { UpFacts } from './up/facts.ts';

const kit = resolve(import.meta.dirname, '../../../deploy');
const [prometheus, promtool, analyze] = ['/usr/bin/prometheus', '/usr/bin/promtool', '/usr/bin/systemd-analyze'] as [
  string,
  string,
  string,
];

const dashboard = z
  .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) })
  .parse(JSON.parse(readFileSync(join(kit, 'grafana/atoma.json'), 'utf8')));
const rules = readFileSync(join(kit, 'prometheus/atoma.rules.yml'), 'utf8');
const shown = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => [title, expr.replaceAll('$__rate_interval', '10s').replaceAll('$instance', '.*')] as const),
);
const alerts = [...rules.matchAll(/alert: (\w+)\n\s+expr: (.+)/g)].map(
  ([, name = '', expr = '']) => [name, expr] as const,
);
const queries = [...shown, ...alerts];

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => found(port));
    });
  });

if (existsSync(prometheus)) {
  let machine: Machine;
  let running: ChildProcess;
  let address: string;
  let figures: string;
  const folder = mkdtempSync(join(tmpdir(), 'atoma-kit-'));

  /** The value of a query: how many series it gives. Throws with what Prometheus says against it. */
  const series = async (query: string): Promise<number> => {
    const answer = await fetch(`${address}/api/v1/query?query=${encodeURIComponent(query)}`);
    const said = z
      .object({
        status: z.string(),
        error: z.string().optional(),
        data: z.object({ result: z.array(z.unknown()) }).optional(),
      })
      .parse(await answer.json());
    expect(said, query).toMatchObject({ status: 'success' });
    return said.data?.result.length ?? 0;
  };

  beforeAll(async () => {
    machine = cleanMachine();
    expect((await execute(machine, devCli, ['--version'])).code).toBe(0);
    const done = await atoma(machine, 'up --detach --port 0 --json');
    expect(done.code, done.out + done.err).toBe(0);
    const up = JSON.parse(done.out) as UpFacts;
    const ask = async () => {
      const answer = await fetch(`${up.base_url}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${up.key}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: 'atoma/demo-chat',
          max_tokens: 8,
          messages: [{ role: 'user', content: 'hello' }],
        }),
      });
      expect(answer.status, await answer.text()).toBe(200);
    };
    await ask();
    cpSync(join(kit, 'prometheus'), folder, { recursive: true });
    const targets = (urls: readonly string[]) => JSON.stringify([{ targets: urls.map((url) => new URL(url).host) }]);
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [atoma.rules.yml]
scrape_configs:
  - { job_name: atoma-node, static_configs: ${targets(up.nodes.map(({ url }) => url))} }
  - { job_name: atoma-gateway, static_configs: ${targets([up.admin_url])} }
`,
    );
    const texts = [up.admin_url, ...up.nodes.map(({ url }) => url)].map(async (url) =>
      (await fetch(`${url}/metrics`)).text(),
    );
    figures = (await Promise.all(texts)).join('\n');
    const port = await freePort();
    address = `http://127.0.0.1:${port}`;
    const words = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    running = spawn(prometheus, [...words, `--web.listen-address=127.0.0.1:${port}`, '--log.level=error'], {
      stdio: 'ignore',
    });
    const scraped = async (): Promise<void> => {
      await ask();
      expect(await series('count_over_time(up{job="atoma-gateway"}[1m]) >= 3')).toBeGreaterThan(0);
    };
    await vi.waitFor(scraped, { timeout: 60_000, interval: 500 });
  });
  afterAll(async () => {
    running?.kill();
    await atoma(machine, 'up --stop');
    rmSync(folder, { recursive: true, force: true });
  });

  test('the rules hold, and fire when they should', () => {
    for (const words of [
      ['check', 'rules', 'atoma.rules.yml'],
      ['test', 'rules', 'atoma.rules.test.yml'],
    ])
      execFileSync(promtool, words, { cwd: folder, stdio: 'pipe' });
    expect(alerts.length).toBeGreaterThan(10);
  });

  test.each(queries)('%s: %s', async (_, query) => {
    const names = [...query.matchAll(/\batoma_(?:node|gateway)_[a-z_]+/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    );
    for (const name of names) expect(figures).toContain(`# TYPE ${name} `);
    await series(query);
  });

  test('what the market just did is on the dashboard', async () => {
    const empty = [];
    for (const [title, query] of shown) if ((await series(query)) === 0) empty.push(title);
    // Nothing alarmed and no call of the chain failed, so these have no series.
    expect(empty.filter((title) => !/alarms|failed chain calls|duty|first byte/i.test(title))).toEqual([]);
  });

  test('nothing alerts, or is about to, at a market that is well', async () => {
    expect(await series('ALERTS')).toBe(0);
  });
} else
  test('without Prometheus: counts as failed where tests must be whole', () => {
    process.stderr.write(
      `rules and dashboard are not tried: ${prometheus} is absent (Debian: apt-get install prometheus)\n`,
    );
    expect(process.env.CI, 'install prometheus').not.toBe('true');
  });

const units = readdirSync(join(kit, 'systemd'));

test.each(units)('%s is a unit systemd takes, and confined', (name) => {
  if (!existsSync(analyze)) {
    process.stderr.write(`units are not checked: ${analyze} is absent (Debian: apt-get install systemd)\n`);
    expect(process.env.CI, 'install systemd').not.toBe('true');
    return;
  }
  const at = mkdtempSync(join(tmpdir(), 'atoma-unit-'));
  const unit = join(at, name);
  // The checker wants a program that is there.
  writeFileSync(unit, readFileSync(join(kit, 'systemd', name), 'utf8').replace('/usr/local/bin/atoma', '/bin/true'));
  expect(execFileSync(analyze, ['verify', unit], { encoding: 'utf8' })).toBe('');
  const security = execFileSync(analyze, ['security', '--offline=true', '--threshold=20', unit], { encoding: 'utf8' });
  expect(security).toMatch(/Overall exposure level/);
  rmSync(at, { recursive: true });
});
