/** The market in one process, as a process: answers are paid, a kept one goes on, a second is refused, stopping leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import OpenAI from 'openai';
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { atoma, bundle, cleanMachine, devCli, execute, type Machine } from '../testing/process.ts';
import type { UpFacts } from './facts.ts';
import { upCommands } from './spec.ts';

beforeAll(async () => {
  const built = await execute(cleanMachine(), devCli, ['--version']); // builds the bundle when it is older than a source
  expect(built.code, built.err).toBe(0);
});

const start = async (machine: Machine, flags: string): Promise<UpFacts> => {
  const done = await atoma(machine, `up --detach --port 0 --json ${flags}`);
  expect(done.code, done.out + done.err).toBe(0);
  return JSON.parse(done.out) as UpFacts;
};

const ask = async (up: UpFacts, content: string, key = up.key, model = up.models[0]): Promise<Response> =>
  fetch(`${up.base_url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 20, messages: [{ role: 'user', content }] }),
  });

const data = async (machine: Machine, line: string) => {
  const done = await atoma(machine, `${line} --json`);
  expect(done.code, done.out).toBe(0);
  return JSON.parse(done.out);
};

/** What a newcomer tries, by OpenAI's own client: a greeting, a question, a sum, a schema, a tool. */
const talk = async (up: UpFacts): Promise<void> => {
  const openai = new OpenAI({ apiKey: up.key, baseURL: up.base_url, maxRetries: 0 });
  const say = async (content: string, more: object = {}) => {
    const asked = { model: up.models[0] as string, messages: [{ role: 'user' as const, content }], ...more };
    return (await openai.chat.completions.create(asked)).choices[0]?.message;
  };
  expect((await say('hello'))?.content).toMatch(/^(Hello|Hi)!/);
  expect((await say('What is a stack? In one sentence.'))?.content).toMatch(
    /^A stack is a number of prepaid compute units/,
  );
  expect((await say('What is 12.5 * (3 + 4)?'))?.content).toBe('12.5 * (3 + 4) = 87.5.');
  const properties = { name: { type: 'string' }, age: { type: 'integer' } };
  const schema = { type: 'object', properties, required: ['name', 'age'], additionalProperties: false };
  const json_schema = { name: 'person', strict: true, schema };
  const person = await say('Ada Lovelace is 36.', { response_format: { type: 'json_schema', json_schema } });
  expect(JSON.parse(person?.content ?? '')).toEqual({ name: 'Ada Lovelace', age: 36 });
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
  const [call] = (await say('What is the weather in Oslo?', { tools }))?.tool_calls ?? [];
  expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } });
};

test('in memory: a paid answer, money that adds up, the second refused, nothing left afterwards', async () => {
  const machine = cleanMachine();
  const up = await start(machine, '--nodes 3 --level 0 --seed one');
  try {
    expect(schemaFaults(jsonSchemaOf(upCommands.up.output as Shape), up)).toEqual([]);
    expect(up).toMatchObject({ level: 0, directory: null, resumed: false });
    expect(up.nodes).toHaveLength(3);
    const answer = await ask(up, 'hello');
    expect(answer.status).toBe(200);
    const { usage } = (await answer.json()) as { usage: { total_tokens: number; atoma: object } };
    expect((await ask(up, 'hello', 'atk_wrong')).status).toBe(401);
    expect(up.models).toEqual(['atoma/demo-chat', 'atoma/demo-embed', 'atoma/small']);
    const [stack] = (await data(machine, 'stack list --network up')).stacks;
    expect(stack).toMatchObject({ owner: up.buyer, num_compute_units: '1000000', price_per_compute_unit: '100' });
    const units = usage.total_tokens;
    expect(usage.atoma).toMatchObject({ units: String(units), cost_base_units: String(units * 100), stack: '1' });
    const money = await data(machine, 'money --network up');
    expect(money).toMatchObject({ supply: '4000000000000', missing: '0' });
    expect(money.totals.openStack).toBe('100000000');
    const told = await atoma(machine, 'money --network up');
    expect(told.out).toContain('request-stack-refund --stack-small-id 1 --wallet up-buyer --network up');
    for (const said of [told, await atoma(machine, 'epoch --network up')])
      expect(said.out).not.toContain('chain advance');
    const curled = await execute(machine, '/bin/sh', ['-c', up.curl]);
    const paid = JSON.parse(curled.out) as { choices: unknown[]; usage: { atoma: { stack: string } } };
    expect([paid.choices.length, paid.usage.atoma.stack]).toEqual([1, '1']);
    await talk(up);
    const small = (await (await ask(up, 'What is a receipt?', up.key, 'atoma/small')).json()) as {
      choices: { message: { content: string } }[];
    };
    expect(small.choices[0]?.message.content).toContain('signature');
    const second = await atoma(machine, 'up --port 0');
    expect(second.code).toBe(1);
    expect(second.err).toContain('UP_RUNNING');
  } finally {
    expect((await atoma(machine, 'up --stop')).code).toBe(0);
  }
  expect(existsSync(join(machine.atomaHome, 'up.json'))).toBe(false);
  expect(readdirSync(join(machine.atomaHome, 'wallets'))).toEqual(['local.key']);
  expect(JSON.parse(readFileSync(join(machine.atomaHome, 'networks.json'), 'utf8'))).toEqual({});
  expect((await atoma(machine, 'up --stop')).err).toContain('UP_NOT_RUNNING');
});

test('two that start at once in one home: one market runs, the other says why not', async () => {
  const machine = cleanMachine();
  const both = await Promise.all([1, 2].map(() => atoma(machine, 'up --detach --port 0 --nodes 2 --level 0')));
  try {
    expect(both.map(({ code }) => code).sort()).toEqual([0, 1]);
    expect(both.map(({ err }) => err).join('')).toMatch(/A market is already running|Another market starts/);
    expect((await data(machine, 'stack list --network up')).stacks).toEqual([]);
  } finally {
    expect((await atoma(machine, 'up --stop')).code).toBe(0);
  }
  expect((await atoma(machine, 'up --stop')).err).toContain('UP_NOT_RUNNING');
});

test('kept: the next start has the same key, wallets and stack, and goes on serving it', async () => {
  const machine = cleanMachine();
  const first = await start(machine, '--persist --nodes 2 --level 0');
  expect((await ask(first, 'one')).status).toBe(200);
  process.kill(first.pid, 'SIGKILL'); // nothing is tidied up
  const changed = await atoma(machine, 'up --persist --nodes 4 --port 0');
  expect(changed.err).toContain('UP_KEPT');
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const busy = await atoma(machine, `up --persist --port ${(taken.address() as { port: number }).port}`);
  expect(busy.err).toContain('GATEWAY_PORT');
  for (const format of ['', '--json']) {
    const behind = await atoma(
      machine,
      `up --persist --detach ${format} --port ${(taken.address() as { port: number }).port}`,
    );
    expect(behind.out + behind.err).toContain('UP_DIED');
    expect(behind.out + behind.err).toContain('address already in use'); // why, not only that
    expect(behind.out + behind.err).toContain('Choose another port'); // and what to do
  }
  taken.close();
  const again = await start(machine, '--persist');
  try {
    expect(again).toMatchObject({ resumed: true, key: first.key, buyer: first.buyer, package_id: first.package_id });
    expect((await ask(again, 'two')).status).toBe(200);
    expect((await data(machine, 'stack list --network up')).stacks).toHaveLength(1);
  } finally {
    await atoma(machine, 'up --stop');
  }
});

test('Ctrl-C in the foreground settles nothing away: the stack is open still, and the next start goes on', async () => {
  const machine = cleanMachine();
  const child = spawn(process.execPath, [bundle, ...'up --persist --nodes 2 --port 0 --json'.split(' ')], {
    env: { ...machine.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  while (!text.includes('\n')) await once(child.stdout, 'data');
  const up = JSON.parse(text) as UpFacts;
  expect((await ask(up, 'one')).status).toBe(200);
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  expect(await ended).toEqual([0, null]);
  expect((await atoma(machine, 'money --network up')).err).toContain('UP_NOT_RUNNING');
  const again = await start(machine, '--persist');
  try {
    const [stack] = (await data(machine, 'stack list --network up')).stacks;
    expect(stack).toMatchObject({ stack_small_id: 1, owner: up.buyer });
    expect(
      (await data(machine, 'events --network up --limit 500')).events.map(({ kind }: { kind: string }) => kind),
    ).not.toContain('StackTrySettleEvent');
    const answer = await ask(again, 'two');
    expect(((await answer.json()) as { usage: { atoma: { stack: string } } }).usage.atoma.stack).toBe('1');
  } finally {
    await atoma(machine, 'up --stop');
  }
});

test('level 1 with short epochs: the stack is settled, attested and claimed; every unit is found, and what the pool owes', async () => {
  const machine = cleanMachine();
  const up = await start(machine, '--epoch-ms 1500 --seed two');
  try {
    const always = 'db set-config --name attestation-probability --value 1000000000000';
    await data(machine, `${always} --network up --wallet up-publisher`);
    expect((await ask(up, 'ping')).status).toBe(200);
    const claimed = async (): Promise<number> =>
      (await data(machine, 'events --network up --limit 500')).events.filter((event: { kind: string }) =>
        event.kind.startsWith('StackSettlementTicketClaimed'),
      ).length;
    for (let tries = 0; (await claimed()) === 0; tries++) expect(tries).toBeLessThan(300);
    const money = await data(machine, 'money --network up');
    expect(money).toMatchObject({ missing: '0' });
    const [attester, ...more] = money.addresses.filter(({ credits }: { credits: unknown[] }) => credits.length > 0);
    expect(more).toEqual([]);
    const { owed, payable, command } = attester.credits[0];
    expect([payable, attester.name]).toEqual([owed, expect.stringMatching(/^up-node-\d$/)]);
    await data(machine, `${command} --network up --wallet ${attester.name}`);
    const after = await data(machine, `money --network up --address ${attester.name}`);
    expect(BigInt(after.addresses[0].toma) - BigInt(attester.toma)).toBe(BigInt(owed));
  } finally {
    await atoma(machine, 'up --stop');
  }
});

test('an engine of one’s own at level 0, and confidential stacks in a rehearsal', async () => {
  const seen: string[] = [];
  const engine = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    const answer = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'small',
      choices: [{ index: 0, message: { role: 'assistant', content: 'from the engine' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    };
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.method === 'GET' ? { object: 'list', data: [{ id: 'small' }] } : answer));
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const { port } = engine.address() as { port: number };
  const machine = cleanMachine();
  const up = await start(machine, `--nodes 1 --engine http://127.0.0.1:${port}/v1/`);
  try {
    expect(up).toMatchObject({ level: 0, models: ['small'] });
    expect(await (await ask(up, 'hello')).text()).toContain('from the engine');
    expect(seen).toContain('POST /v1/chat/completions');
  } finally {
    await atoma(machine, 'up --stop');
    engine.close();
    engine.closeAllConnections();
  }
  const confidential = await start(machine, '--nodes 1 --level 2');
  try {
    expect((await ask(confidential, 'hello')).status).toBe(200);
  } finally {
    await atoma(machine, 'up --stop');
  }
});

test('what cannot work is refused before anything starts', async () => {
  const machine = cleanMachine();
  expect((await atoma(machine, 'up --engine http://127.0.0.1:9 --level 1')).err).toContain('UP_LEVEL');
  expect((await atoma(machine, 'up --nodes 3 --cheat')).err).toContain('UP_CHEAT');
  expect((await atoma(machine, 'up --engine http://127.0.0.1:9')).err).toContain('UP_ENGINE');
});
