/** `node setup` and `node doctor` with a server that speaks OpenAI's API, on an embedded ledger. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { startUpstream, type UpstreamServer } from '../../../node/src/testing/upstream-server.ts';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { run, runJson } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';
import { freePorts } from '../up/ports.ts';
import { nodeDaemonCommands } from './spec.ts';

interface Done {
  readonly done: boolean;
  readonly steps: readonly { readonly name: string; readonly what: string }[];
  readonly checks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

const machine = cleanMachine();
let server: UpstreamServer;
let ports: readonly number[];
const listed = { data: [{ id: 'small:1b', object: 'model', max_model_len: 2_048 }] };

beforeAll(async () => {
  ports = await freePorts(2);
  server = await startUpstream({
    raw: (path) => (path === '/v1/models' ? { type: 'application/json', body: JSON.stringify(listed) } : undefined),
  });
});
const line = (more = ''): string =>
  `node setup --engine ${server.url} --model lab/Small-1B --upstream-name small:1b --create-task --port ${ports[0]} --operator-port ${ports[1]} --url https://node.example.org ${more}`;
const config = (): string => readFileSync(join(machine.atomaHome, 'node/node.yaml'), 'utf8');
const setup = async (more: string): Promise<Done> => {
  const done = await runJson(machine, line(more));
  if (!('error' in done))
    expect(schemaFaults(jsonSchemaOf(nodeDaemonCommands.setup.output as Shape), done)).toEqual([]);
  return done as unknown as Done;
};
const failing = ({ checks }: Pick<Done, 'checks'>): readonly string[] =>
  checks.filter(({ ok }) => !ok).map(({ name }) => name);

test('shows the steps, asks, does them once, and leaves alone what is done', async () => {
  const planned = await setup('--dry-run');
  expect(planned.done).toBe(false);
  expect(planned.steps.map(({ name }) => name)).toEqual(['config', 'money', 'register', 'task']);
  expect(config).toThrow();
  const unasked = await run(machine, line());
  expect(unasked).toMatchObject({ code: 8, err: expect.stringContaining('1. write') });
  expect(config).toThrow();
  const first = await setup('--yes');
  expect(first.steps).toEqual(planned.steps);
  expect(failing(first)).toEqual([]);
  expect(first.checks).toContainEqual(expect.objectContaining({ name: 'answers of lab/Small-1B', ok: true }));
  expect(config()).toMatch(/name: lab\/Small-1B\n\s+upstream_name: small:1b[\s\S]*context_length: 2048/);
  expect(server.requests.filter(({ model }) => model === 'small:1b')).toHaveLength(2);
  const written = config();
  expect((await setup('--yes')).steps).toEqual([]);
  expect(config()).toBe(written);
  expect((await setup('--yes --price 150')).steps.map(({ name }) => name)).toEqual(['subscribe']);
});

test('without an address it is announced at this machine, as buyers on a local ledger need it', async () => {
  const own = cleanMachine();
  const asked = line('--yes').replace(/--url \S+/, '');
  const done = (await runJson(own, asked)) as unknown as Done;
  expect(failing(done)).toEqual([]);
  expect(readFileSync(join(own.atomaHome, 'node/node.yaml'), 'utf8')).toMatch(
    new RegExp(`^url: http://127\\.0\\.0\\.1:${ports[0]} `, 'm'),
  );
  expect(((await runJson(own, asked)) as unknown as Done).steps).toEqual([]);
});

test('a server that answers only to a key is told its key by the name of a variable', async () => {
  const own = cleanMachine();
  const answer = { choices: [{ message: { role: 'assistant', content: '2, 3, 5' } }] };
  const locked = createServer((request, response) => {
    const isAllowed = request.headers.authorization === 'Bearer opened';
    response.writeHead(isAllowed ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isAllowed ? (request.method === 'GET' ? listed : answer) : { error: 'no key' }));
  }).listen(0, '127.0.0.1');
  await once(locked, 'listening');
  const { port } = locked.address() as AddressInfo;
  const asked = line('--yes').replace(server.url, `http://127.0.0.1:${port}`);
  const failure = async (more: string) =>
    (await runJson(own, asked + more)) as unknown as { error: { message: string } };
  expect((await failure('')).error.message).toContain('--engine-key-env');
  const named = ' --engine-key-env TEST_ENGINE_KEY';
  expect((await failure(named)).error.message).toContain('TEST_ENGINE_KEY is not set');
  vi.stubEnv('TEST_ENGINE_KEY', 'guessed');
  expect((await failure(named)).error.message).toContain('refuses the key in TEST_ENGINE_KEY');
  vi.stubEnv('TEST_ENGINE_KEY', 'opened');
  expect(failing((await runJson(own, asked + named)) as unknown as Done)).toEqual([]);
  const written = readFileSync(join(own.atomaHome, 'node/node.yaml'), 'utf8');
  expect(written).toContain('api_key_env: TEST_ENGINE_KEY');
  expect(written).not.toContain('opened');
  vi.stubEnv('TEST_ENGINE_KEY', 'changed');
  const ill = (await runJson(own, 'node doctor')) as unknown as Done;
  expect(ill.checks.find(({ ok }) => !ok)?.detail).toContain('correct TEST_ENGINE_KEY');
  vi.unstubAllEnvs();
  locked.close();
});

test('the stake is topped up for the largest stack, with money from the faucet where the wallet has too little', async () => {
  const wanted = await setup('--dry-run --price 5000 --max-units 10000000');
  expect(wanted.steps.map(({ name }) => name)).toEqual(['stake', 'subscribe']);
  expect(wanted.steps[0]?.what).toMatch(/^add [\d,.]+ TOMA to the stake: the largest stack offered takes a bond of/);
  const done = await setup('--yes --price 5000 --max-units 10000000');
  expect(failing(done)).toEqual([]);
  // The doctor asks the contract for the bond: exactly that much is free now.
  expect(done.checks.find(({ name }) => name === 'stake for task 1')?.detail).toMatch(/bond of (.+); \1 is free$/);
  const more = await setup('--dry-run --price 20000 --max-units 10000000');
  expect(more.steps.map(({ name }) => name)).toEqual(['money', 'stake', 'subscribe']);
  expect((await setup('--yes')).steps).toEqual([]);
});

test('the doctor makes every check, and says what to do', async () => {
  server.behaviour.status = 503;
  const ill = (await runJson(machine, 'node doctor')) as unknown as Done;
  expect(failing(ill)).toEqual(['answers of lab/Small-1B']);
  await server.close();
  expect((await setup('--yes')) as unknown).toMatchObject({ error: { code: 'CLI_NO_ENGINE' } });
  const gone = (await runJson(machine, 'node doctor')) as unknown as Done;
  expect(failing(gone)).toEqual(['model lab/Small-1B']);
  expect(gone.checks.find(({ ok }) => !ok)?.detail).toContain('start the server');
  const away = (await runJson(machine, 'node doctor --network testnet')) as unknown as Done;
  expect(failing(away)).toEqual(['model lab/Small-1B', 'chain']);
});
