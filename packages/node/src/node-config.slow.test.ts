import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type Atoma, acquireStack, createTask, executedResult } from '@atoma/sdk';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type ConfiguredDaemon, nodeConfigExample, openConfigured, parseNodeConfig } from './node-config.ts';
import { askOnce, openFleet } from './testing/fleet.ts';
import { startUpstream } from './testing/upstream-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const page = readFileSync(resolve(import.meta.dirname, '../../../docs/node.md'), 'utf8');

test.each([true, false])(
  'the file an operator starts from is one (rehearsal: %s), its comment uncommented too',
  (rehearsal) => {
    const text = nodeConfigExample({ rehearsal });
    expect(parseNodeConfig(parse(text), 'example')).toMatchObject({
      allow_private_nodes: rehearsal,
      durability: rehearsal ? 'process' : 'power',
      models: [],
    });
    const open = text
      .replace('models: []\n', 'models:\n')
      .replaceAll(/^# /gm, '  ')
      .replace(/^ {2}Configuration.*\n/, '');
    expect(parseNodeConfig(parse(open), 'example').models).toMatchObject([
      { file: '/srv/models/small.gguf', name: 'small', threads: 1, parallel: 4, batch: 512, roles: [0] },
      { file: '/srv/models/llama-3.1-8b.gguf', server: { kind: 'vllm', url: 'http://127.0.0.1:8000' } },
      { profile: null, targets: [{ concurrency: 64, load: { path: '/metrics', pause: 20, resume: 5 } }] },
    ]);
  },
);

test('the models of the page are ones', () => {
  const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map((block) => block[1] as string);
  expect(blocks.length).toBeGreaterThan(0);
  const models = blocks.flatMap((block) => parseNodeConfig(parse(block), 'page').models);
  expect(models).toMatchObject([
    { targets: [{ load: { resume: 5 } }] },
    { threads: 8 },
    { server: { kind: 'sglang' } },
  ]);
});

test.each([
  [{ prot: 1 }, 'prot'],
  [{ port: 70_000 }, 'port'],
  [{ durability: 'always' }, 'durability'],
  [{ models: [{ name: 'm', roles: [9], context_length: 1, targets: [{ url: 'http://x' }] }] }, 'models.0.roles'],
  [{ models: [{ name: 'm', roles: [0], context_length: 1, targets: [] }] }, 'targets'],
])('what is wrong with %j is named', (value, name) => {
  expect(() => parseNodeConfig(value, 'node.yaml')).toThrowError(
    expect.objectContaining({ code: 'NODE_CONFIG', message: expect.stringContaining(name) }),
  );
});

test('a key file seals what is stored; a file that is none, or the operator’s port taken twice, is refused', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const [first] = fleet.daemons;
  await first?.stop({ graceMs: 0 });
  const keyFile = join(directory, 'seal.key');
  const databasePath = join(directory, 'sealed.db');
  const start = (): Promise<ConfiguredDaemon> =>
    openConfigured({
      config: parseNodeConfig(
        {
          port: 0,
          operator_port: 0,
          seal_key_file: keyFile,
          allow_private_nodes: true,
          clock_check: false,
          durability: 'process',
          log_level: 'silent',
        },
        'test',
      ),
      atoma: fleet.daemons[0]?.settle.atoma as never,
      databasePath,
      tokenPath: join(directory, 'token'),
      version: 'test',
    });
  await expect(start()).rejects.toMatchObject({ code: 'NODE_CONFIG' });
  writeFileSync(keyFile, 'ab'.repeat(32), { mode: 0o600 });
  const { daemon, operator } = await start();
  await daemon.announce(`http://127.0.0.1:${daemon.port}`);
  const { stack } = await fleet.buy();
  await daemon.tick();
  expect(await askOnce(fleet, stack, daemon, 'a prompt under seal')).toMatch(/^(?!error)/);
  const [leaf] = await daemon.store.listLeaves(stack);
  expect(Buffer.from((await daemon.store.findBody(stack, leaf?.requestId as string)) ?? []).toString()).toContain(
    'under seal',
  );
  await operator.close();
  await daemon.stop({ graceMs: 0 });
  const file = readFileSync(databasePath);
  expect(file.includes('under seal')).toBe(false);
  expect(new DatabaseSync(databasePath).prepare('SELECT count(*) AS n FROM request').get()).toMatchObject({ n: 1 });
  fleet.market.close();
});

test('an engine of one’s own from the file: its key from the environment, its task subscribed to by the operator', async () => {
  const upstream = await startUpstream();
  const fleet = await openFleet({ nodes: 1 });
  const [first] = fleet.daemons;
  const actor = first?.settle.atoma as Atoma;
  await first?.stop({ graceMs: 0 });
  process.env.ATOMA_TEST_ENGINE_KEY = 'sk-test';
  const tokenPath = join(directory, 'own.token');
  const { daemon, operator } = await openConfigured({
    config: parseNodeConfig(
      {
        port: 0,
        operator_port: 0,
        allow_private_nodes: true,
        clock_check: false,
        durability: 'process',
        log_level: 'silent',
        demo_models: false,
        models: [
          {
            name: 'meta/own',
            upstream_name: 'own:8b',
            roles: [0],
            context_length: 4096,
            tokenizer: null,
            targets: [{ url: `${upstream.url}/v1/`, api_key_env: 'ATOMA_TEST_ENGINE_KEY' }],
          },
        ],
      },
      'test',
    ),
    atoma: actor,
    databasePath: join(directory, 'own.db'),
    tokenPath,
  });
  await daemon.announce(`http://127.0.0.1:${daemon.port}`);
  const made = await createTask(fleet.market.publisher, { role: 0, modelName: 'meta/own', securityLevel: 0 });
  const { taskSmallId } = executedResult(made);
  const subscribed = await fetch(`http://127.0.0.1:${operator.port}/subscribe`, {
    method: 'POST',
    headers: { authorization: `Bearer ${readFileSync(tokenPath, 'utf8')}` },
    body: JSON.stringify({ task: String(taskSmallId), price: '100', max_units: '1000000' }),
  });
  expect(subscribed.status).toBe(200);
  const order = { taskSmallId, numComputeUnits: 200_000n, pricePerComputeUnit: 100n };
  const { stackSmallId } = executedResult(await acquireStack(fleet.buyer, order));
  await daemon.tick();
  expect(await askOnce(fleet, stackSmallId, daemon, 'ping', undefined, { model: 'meta/own' })).toBe(
    'Hello from upstream',
  );
  expect(upstream.requests).toMatchObject([{ model: 'own:8b' }]);
  expect(upstream.headers.at(-1)?.authorization).toBe('Bearer sk-test');
  const models = (await (await fetch(`http://127.0.0.1:${daemon.port}/v1/models`)).json()) as {
    data: { id: string }[];
  };
  expect(models.data.map(({ id }) => id)).toEqual(['meta/own']);
  await operator.close();
  await daemon.stop({ graceMs: 0 });
  fleet.market.close();
  await upstream.close();
});
