/** The built program as an MCP server, asked by the SDK's own client over both transports, in front of one `up`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanMachine, devCli, execute } from '../testing/process.ts';

const machine = cleanMachine();
const cli = async (line: string): Promise<string> => {
  const done = await execute(machine, devCli, line.split(' '));
  expect(done.code, done.out + done.err).toBe(0);
  return done.out;
};

beforeAll(async () => {
  await cli('up --detach --port 0 --nodes 2 --level 0 --seed mcp');
  await cli('network use up');
  await cli('wallet new agent --use');
});
afterAll(async () => void (await cli('up --stop')));

type Fields = Record<string, unknown>;
interface Called {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Fields;
}
const call = async (client: Client, name: string, args: Fields = {}): Promise<Called> => {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
  const [first] = content as { readonly text: string }[];
  return { isError: isError === true, text: first?.text ?? '', data: structuredContent as Fields };
};

/** A session over standard input and output. */
const overStdio = async (flags: string, work: (client: Client) => Promise<void>): Promise<void> => {
  const client = new Client({ name: 'test', version: '1.0.0' });
  const env = Object.fromEntries(Object.entries(machine.env).map(([name, value]) => [name, value ?? '']));
  const args = ['mcp', ...flags.split(' ').filter((word) => word !== '')];
  await client.connect(new StdioClientTransport({ command: devCli, args, env, cwd: machine.home, stderr: 'ignore' }));
  try {
    await work(client);
  } finally {
    await client.close();
  }
};

test('stdio: every tool, with cost and receipt; wrong arguments are named', async () => {
  await overStdio('', async (client) => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(['ask', 'balance', 'embed', 'quote', 'receipts']);
    const before = await call(client, 'balance');
    expect(before.data).toMatchObject({ toma: '100000000000', left_session: '1000000000', left_day: '5000000000' });
    const quoted = await call(client, 'quote', { model: 'atoma/demo-chat', tokens: '20k' });
    expect(quoted.data).toMatchObject({ units: '20000', independent_nodes: 2 });

    const answer = await call(client, 'ask', { prompt: 'What is a receipt?', max_tokens: 20 });
    expect(answer.isError, answer.text).toBe(false);
    expect(answer.data).toMatchObject({ content: answer.text, finish_reason: 'length', model: 'atoma/demo-chat' });
    expect(BigInt(String(answer.data.cost))).toBe(
      BigInt(String(answer.data.units)) * BigInt(String(answer.data.price)),
    );
    expect(answer.data.receipt_signature).toMatch(/^[A-Za-z0-9+/]+=*$/);
    const vector = await call(client, 'embed', { input: 'a receipt' });
    expect(vector.data.embedding).toHaveLength(Number(vector.data.dimensions));

    const spent = BigInt(String(answer.data.cost)) + BigInt(String(vector.data.cost));
    const after = await call(client, 'balance');
    expect(after.data.left_session).toBe(String(1_000_000_000n - spent));
    expect(after.data.left_day).toBe(String(5_000_000_000n - spent));
    const kept = (await call(client, 'receipts')).data.receipts as Fields[];
    expect(kept.map((row) => row.request_id).sort()).toEqual([answer.data.request_id, vector.data.request_id].sort());

    const wrong: readonly (readonly [string, Fields, RegExp])[] = [
      ['ask', {}, /prompt: /],
      ['ask', { prompt: 'x', max_tokens: 0 }, /max_tokens: /],
      ['ask', { prompt: 'x', temprature: 1 }, /temprature: /],
      ['quote', { model: 'atoma/demo-chat', tokens: 'many' }, /tokens: "many"/],
      ['receipts', { limit: 'all' }, /limit: /],
      ['pay', {}, /no tool pay/],
    ];
    for (const [name, args, said] of wrong) {
      const { isError, text } = await call(client, name, args);
      expect([isError, text]).toEqual([true, expect.stringMatching(said)]);
    }
  });
});

test('caps: of a call, of a session and of a day, each before anything is signed', async () => {
  const question = { prompt: 'What is a receipt?', max_tokens: 100 };
  const receipts = async () =>
    (JSON.parse(await cli('receipts list --json')) as { receipts: unknown[] }).receipts.length;
  const before = await receipts();
  await overStdio('--cap-call 0.000001TOMA', async (client) => {
    const { isError, text } = await call(client, 'ask', question);
    expect([isError, text]).toEqual([true, expect.stringContaining('The call cap of 0.000001 TOMA would be passed')]);
  });
  await overStdio('--cap-day 0.000001TOMA', async (client) => {
    const { isError, text } = await call(client, 'ask', question);
    expect([isError, text]).toEqual([true, expect.stringContaining('The day cap of 0.000001 TOMA would be passed')]);
  });
  expect(await receipts()).toBe(before);
  await overStdio('--cap-session 0.00003TOMA', async (client) => {
    expect(await call(client, 'ask', question)).toMatchObject({ isError: false });
    let last: Called | undefined;
    for (let i = 0; i < 5 && !last?.isError; i += 1) last = await call(client, 'ask', question);
    expect(last?.text).toContain('The session cap of 0.00003 TOMA would be passed');
    expect(BigInt(String((await call(client, 'balance')).data.left_session))).toBeGreaterThanOrEqual(0n);
  });
});

const serveHttp = async (): Promise<{ child: ChildProcess; url: string; tokenFile: string }> => {
  const child = spawn(devCli, ['mcp', '--port', '0', '--json'], { cwd: machine.home, env: { ...machine.env } });
  const line = await new Promise<string>((resolve, reject) => {
    let out = '';
    child.stdout.on('data', (part: Buffer) => {
      out += part.toString();
      if (out.includes('\n')) resolve(out);
    });
    child.once('exit', (code) => reject(new TypeError(`ended with ${code}`)));
  });
  const facts = JSON.parse(line) as { url: string; token_file: string };
  return { child, url: facts.url, tokenFile: facts.token_file };
};

test('HTTP: with the token of a private file, for programs of this machine, bodies bounded', async () => {
  const { child, url, tokenFile } = await serveHttp();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
    const authorization = `Bearer ${readFileSync(tokenFile, 'utf8')}`;
    const post = async (headers: Record<string, string>, body: string) =>
      (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })).status;
    expect(await post({}, '{}')).toBe(401);
    expect(await post({ authorization: 'Bearer wrong' }, '{}')).toBe(401);
    expect(await post({ authorization, origin: 'https://example.com' }, '{}')).toBe(403);
    expect(await post({ authorization }, '{')).toBe(400);
    expect(await post({ authorization }, 'x'.repeat(3 * 1024 * 1024))).toBe(413);

    const client = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { authorization } } });
    await client.connect(transport as Parameters<Client['connect']>[0]);
    const answer = await call(client, 'ask', { prompt: 'Who pays whom?', max_tokens: 20 });
    expect(answer.isError, answer.text).toBe(false);
    const left = (await call(client, 'balance')).data.left_session;
    expect(left).toBe(String(1_000_000_000n - BigInt(String(answer.data.cost))));
    await transport.terminateSession();
    await client.close();
  } finally {
    child.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
});
