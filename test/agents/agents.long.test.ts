/**
 * The coding agents people use, unmodified, each through the gateway against a scripted engine: it runs the command the engine asks for
 * and tells the engine what came of it. They are large and have a lockfile of their own, installed here.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from '../../packages/gateway/src/testing/desk.ts';
import { openRehearsal, type Rehearsal } from '../../packages/gateway/src/testing/rehearsal.ts';
import { createUpstreamEngine } from '../../packages/node/src/index.ts';

type Json = Record<string, unknown>;
const run = promisify(execFile);
const here = import.meta.dirname;
const SECRET = 'atoma-4711';
let market: Rehearsal;
let desk: Desk;
let engine: Server;
let home: string;
const asked: Json[] = [];

/** Arguments of the tools the agents run commands with. */
const calls: Readonly<Record<string, Json>> = {
  Bash: { command: `echo ${SECRET}`, description: 'Says a word' },
  exec_command: { cmd: `echo ${SECRET}` },
  shell_command: { command: `echo ${SECRET}` },
  shell: { command: ['bash', '-lc', `echo ${SECRET}`] },
};

const toolOf = (body: Json): string | undefined => {
  const tools = (body.tools ?? []) as { readonly function: { readonly name: string } }[];
  return tools.map(({ function: { name } }) => name).find((name) => calls[name] !== undefined);
};

/** Asks for the command, then repeats what the command said. */
const script = (body: Json): Json => {
  const heard = (body.messages as Json[]).some(
    ({ role, content }) => role === 'tool' && String(content).includes(SECRET),
  );
  const name = toolOf(body);
  if (heard || name === undefined) return { content: heard ? `It said ${SECRET}.` : 'Nothing to do.' };
  const call = { name, arguments: JSON.stringify(calls[name]) };
  return { content: 'I look.', tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }] };
};

beforeAll(async () => {
  if (!existsSync(join(here, 'node_modules', '@openai', 'codex')))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here });
  home = mkdtempSync(join(tmpdir(), 'atoma-agents-'));
  engine = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.method === 'GET') return void response.end('{"data":[]}');
    const body = JSON.parse(Buffer.concat(parts).toString()) as Json;
    asked.push(body);
    const message = script(body);
    const usage = { prompt_tokens: 20_000, completion_tokens: 12, total_tokens: 20_012 };
    const finish_reason = message.tool_calls ? 'tool_calls' : 'stop';
    if (body.stream !== true)
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ choices: [{ index: 0, message, finish_reason }], usage }));
    const chunks = [
      { choices: [{ index: 0, delta: message, finish_reason: null }] },
      { choices: [{ index: 0, delta: {}, finish_reason }] },
      { choices: [], usage },
    ];
    const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`);
    return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(events.join(''));
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const model = { name: 'scripted', roles: [0], contextLength: 200_000, tokenizer: 'o200k_base', profile: null };
  const models = [{ ...model, targets: [{ url, concurrency: 8 }] }];
  market = await openRehearsal('agents');
  const node = await market.addNode({ engines: [createUpstreamEngine({ models })] });
  await market.subscribe(node, await market.task({ role: 0, model: 'scripted' }), 100n);
  desk = await openDesk(market, { buyerOptions: { policy: { stackUnits: 2_000_000n } } });
});
afterAll(async () => {
  await desk.close();
  await market.close();
  engine.closeAllConnections();
  engine.close();
  rmSync(home, { recursive: true, force: true });
});

/** Runs an agent in an empty folder, with a home of its own. */
const runAgent = async (file: string, args: readonly string[], env: Record<string, string>): Promise<string> => {
  const work = mkdtempSync(join(home, 'work-'));
  const { PATH = '' } = process.env;
  const running = run(file, args, { cwd: work, env: { PATH, HOME: work, ...env }, maxBuffer: 64 * 1024 * 1024 });
  running.child.stdin?.end();
  return (await running).stdout;
};
/** What the tenant's requests cost, and that all of them were settled. */
const booked = (tenant: string) => desk.store.listRows({ tenant, limit: 50 });
const offered = (): readonly string[] =>
  asked.flatMap(({ tools }) => ((tools ?? []) as { readonly type: string }[]).map(({ type }) => type));

test('codex: one command is run and its output is told, over responses', async () => {
  asked.length = 0;
  const codexHome = join(home, 'codex');
  mkdirSync(codexHome);
  const config = [
    'model = "scripted"',
    'model_provider = "atoma"',
    '[model_providers.atoma]',
    'name = "atoma"',
    `base_url = "${desk.url}/v1"`,
    'env_key = "ATOMA_KEY"',
    'wire_api = "responses"',
  ];
  writeFileSync(join(codexHome, 'config.toml'), config.join('\n'));
  const script = join(here, 'node_modules', '@openai', 'codex', 'bin', 'codex.js');
  const flags = ['--skip-git-repo-check', '--json', '--dangerously-bypass-approvals-and-sandbox'];
  const out = await runAgent(process.execPath, [script, 'exec', ...flags, 'Say the word.'], {
    CODEX_HOME: codexHome,
    ATOMA_KEY: await desk.key({ tenant: 'codex' }),
  });
  expect(out).toContain(`It said ${SECRET}.`);
  expect(new Set(offered())).toEqual(new Set(['function']));
  await expect.poll(async () => (await booked('codex')).length).toBeGreaterThanOrEqual(2);
});

test('claude-code: one command is run and its output is told, over messages', async () => {
  asked.length = 0;
  const platform = `claude-code-${process.platform}-${process.arch}`;
  const program = join(here, 'node_modules', '@anthropic-ai', platform, 'claude');
  expect(existsSync(dirname(program))).toBe(true);
  const flags = ['--model', 'scripted', '--allowedTools', 'Bash(echo:*)', '--output-format', 'json'];
  const out = await runAgent(program, ['-p', 'Say the word.', ...flags], {
    ANTHROPIC_BASE_URL: desk.url,
    ANTHROPIC_API_KEY: await desk.key({ tenant: 'claude' }),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  });
  expect(JSON.parse(out)).toMatchObject({ is_error: false, result: `It said ${SECRET}.` });
  expect(asked.some(({ max_tokens }) => Number(max_tokens) >= 32_000)).toBe(true);
  expect(new Set(offered())).toEqual(new Set(['function']));
  await expect.poll(async () => (await booked('claude')).length).toBeGreaterThanOrEqual(2);
});
