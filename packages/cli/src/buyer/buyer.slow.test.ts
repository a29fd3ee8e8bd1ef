/** The commands of a buyer and of the gateway against real nodes on a served ledger. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { encodeDeployment, openJournal } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDesk } from '../../../gateway/src/testing/desk.ts';
import { openRehearsal, type Rehearsal } from '../../../gateway/src/testing/rehearsal.ts';
import { jsonSchemaOf } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { allCommands, commandPathOf, findTarget } from '../kernel/tree.ts';
import { root } from '../root.ts';
import { run, type Surroundings } from '../testing/in-process.ts';
import { cleanMachine, words } from '../testing/process.ts';

// biome-ignore lint/suspicious/noExplicitAny: outputs of many commands; their schemas are what is checked
type Data = Record<string, any>;

const seen = new Set<string>();
const machine = cleanMachine({ ATOMA_NETWORK: 'market' });
let market: Rehearsal;
let server: Awaited<ReturnType<typeof serveLedger>>;

/** Runs a command that must succeed and follows its schema. */
const ok = async (line: string, around?: Surroundings): Promise<Data> => {
  const path = commandPathOf(root, words(line));
  const target = findTarget(root, path);
  const done = await run(machine, `${line} --json`, around);
  expect({ line, code: done.code, out: done.code === 0 ? '' : done.out }).toEqual({ line, code: 0, out: '' });
  const data = JSON.parse(done.out) as Data;
  seen.add(path.join(' '));
  if (target?.kind === 'command' && target.output)
    expect({ line, faults: schemaFaults(jsonSchemaOf(target.output), data) }).toEqual({ line, faults: [] });
  return data;
};
const fails = async (line: string): Promise<[number | null, string]> => {
  const done = await run(machine, `${line} --json`);
  return [done.code, (JSON.parse(done.out) as { error: { code: string } }).error.code];
};

beforeAll(async () => {
  market = await openRehearsal('commands');
  const chat = await market.task({ model: 'atoma/demo-chat' });
  const vectors = await market.task({ role: 1, model: 'atoma/demo-embed' });
  for (const price of [100n, 140n]) {
    const node = await market.addNode();
    await market.subscribe(node, chat, price);
    await market.subscribe(node, vectors, price, 2_000_000n);
  }
  server = await serveLedger(market.market.ledger, { port: 0 });
  await ok(`network add market --url ${server.url}`);
  mkdirSync(join(machine.atomaHome, 'deployments'), { recursive: true });
  writeFileSync(join(machine.atomaHome, 'deployments/market.json'), encodeDeployment(market.market.deployment));
  await ok('wallet new buyer');
  const { fundAddress } = await import('@atoma/localnet');
  const { address } = await ok('wallet address --wallet buyer');
  fundAddress(market.market.ledger, String(address).slice(2), 100_000_000_000n);
  await ok('wallet use buyer');
  await ok('toma faucet --amount 50TOMA');
});
afterAll(async () => {
  await server.close();
  await market.close();
});

test('a quote shows the book, and what cannot be used last', async () => {
  const { offers, units, independent_nodes } = await ok('quote --model atoma/demo-chat --tokens 20k');
  expect([units, independent_nodes]).toEqual(['20000', 2]);
  for (const { owner, reputation, free_stake, surcharge, lying_pays_above } of offers) {
    expect([reputation, surcharge, lying_pays_above]).toEqual([50, '0', null]); // nobody checks at level 0
    expect(owner).toMatch(/^0x[0-9a-f]{64}$/);
    expect(BigInt(free_stake)).toBeGreaterThan(0n);
  }
  expect(offers.map((offer: Data) => [offer.price, offer.total, offer.problem])).toEqual([
    ['100', '2000000', null],
    ['140', '2800000', null],
  ]);
  const large = await ok('quote --model atoma/demo-embed --tokens 5M');
  expect(large.offers.every((offer: Data) => offer.problem !== null)).toBe(true);
  expect(await fails('quote --model nobody/has-it')).toEqual([3, 'BUYER_NO_TASK']);
  expect(await fails('quote --model atoma/demo-chat --tokens lots')).toEqual([2, 'CLI_BAD_VALUE']);
});

test('the first answer: bought, paid, checked; then from the same stack', async () => {
  const first = await ok('chat "What is a receipt?" --max-tokens 30 --stack-units 500000');
  expect(first).toMatchObject({ model: 'atoma/demo-chat', price: '100', finish_reason: 'length' });
  expect(first.content).toHaveLength(30);
  expect(BigInt(first.cost)).toBe(BigInt(first.units) * 100n);
  const second = await ok('chat - --max-tokens 5', { stdin: 'from standard input' });
  expect(second.stack_small_id).toBe(first.stack_small_id);
  const shown = await run(machine, 'chat hello there --max-tokens 12');
  expect(shown.out).toHaveLength(13);
  expect(shown.err).toContain('receipt checked');
});

test('an embedding', async () => {
  const { dimensions, embedding, units } = await ok('embed a receipt --stack-units 300000');
  expect(embedding).toHaveLength(dimensions);
  expect(Number(units)).toBeGreaterThan(0);
});

test('buying ahead: planned, then bought; a cap stops it', async () => {
  const plan = await ok('buy --model atoma/demo-chat --units 250k --dry-run');
  expect(plan).toMatchObject({ status: 'planned', total: '25000000', stack_small_id: null });
  const bought = await ok('buy --model atoma/demo-chat --units 250k');
  expect(bought).toMatchObject({ status: 'bought', units: '250000' });
  expect(await fails('buy --model atoma/demo-chat --cap-total 1')).toEqual([7, 'BUYER_CAP']);
  expect(await fails('chat hello --cap-request 10')).toEqual([7, 'BUYER_CAP']);
  expect(await fails('buy --model atoma/demo-chat --max-cost 0.01TOMA')).toEqual([7, 'BUYER_CAP']);
  expect(await fails('embed a receipt --cap-total 1 --max-price 1')).toEqual([5, 'BUYER_NO_NODE']);
  const within = await ok('buy --model atoma/demo-chat --max-cost 0.021TOMA');
  expect(within).toMatchObject({ units: '210000', total: '21000000' });
  expect(await fails('buy --model atoma/demo-chat --units 10')).toEqual([5, 'BUYER_NO_NODE']);
});

test('receipts: listed, audited, proven, exported, verified offline; a forged one is found', async () => {
  const { receipts } = await ok('receipts list');
  expect(receipts).toHaveLength(4);
  const stack = receipts.at(-1).stack_small_id;
  expect(await ok(`receipts audit ${stack}`)).toMatchObject({ agrees: true, gaps: 0, claimed: null, exposure: '0' });
  const { proof } = await ok(`receipts prove ${stack} --index 1`);
  writeFileSync(join(machine.home, 'proof.json'), proof);
  const { merkle_root: merkle } = await ok(`receipts prove ${stack} --index 0`);
  expect((await run(machine, `stack-proof verify --proof proof.json --merkle-root ${merkle}`)).code).toBe(0);
  expect(await fails(`receipts prove ${stack}`)).toEqual([2, 'CLI_USAGE']);
  expect(await fails(`receipts prove ${stack} --index 99`)).toEqual([3, 'BUYER_RECEIPT_UNKNOWN']);
  expect(await ok('receipts export --file receipts.jsonl')).toMatchObject({ receipts: 4 });
  expect((await ok('receipts export')).rows).toHaveLength(4);
  const file = join(machine.home, 'receipts.jsonl');
  expect(await ok('receipts verify receipts.jsonl')).toMatchObject({ faults: 0 });
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const row = JSON.parse(lines[0] as string) as Data;
  const bytes = Buffer.from(row.receipt, 'base64');
  bytes[200] = (bytes[200] as number) ^ 1;
  writeFileSync(
    file,
    `${JSON.stringify({ ...row, receipt: bytes.toString('base64') })}\n${lines.slice(1).join('\n')}\n`,
  );
  const forged = await run(machine, 'receipts verify receipts.jsonl --json');
  expect([forged.code, (JSON.parse(forged.out) as Data).faults]).toEqual([1, 2]);
  writeFileSync(file, 'nonsense');
  expect(await fails('receipts verify receipts.jsonl')).toEqual([2, 'BUYER_EXPORT']);
});

test('a node that lost its history gets the receipts back', async () => {
  const { stack_small_id: stack, node_small_id: id } = await ok('chat once more --max-tokens 5');
  const node = market.nodes.find((each) => each.id === BigInt(id));
  expect(await fails(`receipts restore ${stack}`)).toEqual([5, 'BUYER_UNREACHABLE']);
  await node?.store.moveStack(BigInt(stack), ['open'], 'quarantine');
  expect(await ok(`receipts restore ${stack}`)).toMatchObject({ adopted: 0, reopened: true });
  expect((await ok('chat and again --max-tokens 5')).stack_small_id).toBe(stack);
});

test('a stack is handed off: what is used is signed, and another wallet can hold its node to it', async () => {
  const { receipts } = await ok('receipts list');
  const stack = receipts[0].stack_small_id;
  await ok('wallet new heir');
  const { address } = await ok('wallet address --wallet heir');
  const { handoff, schema: _, ...handed } = await ok(`hand-off --stack ${stack} --to ${address}`);
  expect(handed).toMatchObject({ stack_small_id: stack, owner: address });
  expect(BigInt(handed.used)).toBeGreaterThan(0n);
  expect(BigInt(handed.used) + BigInt(handed.left)).toBe(BigInt(handed.units));
  expect(await ok(`take-over ${handoff} --wallet heir`)).toMatchObject(handed);
  expect(await fails(`take-over ${handoff}`)).toEqual([1, 'BUYER_HANDOFF']);
  expect(await fails('take-over nonsense!')).toEqual([2, 'CLI_BAD_VALUE']);
  expect(await fails(`hand-off --stack 99 --to ${address}`)).toEqual([1, 'BUYER_HANDOFF']);
  expect((await ok('chat after it --max-tokens 3')).stack_small_id).not.toBe(stack);
});

test('watching once', async () => {
  const { steps } = await ok('watch --once');
  expect(steps.every((step: Data) => step.did === 'nothing')).toBe(true);
  expect(steps.length).toBeGreaterThanOrEqual(3);
});

test('a watch that stays is told by status until it is ended', async () => {
  const main = join(import.meta.dirname, '../main.ts');
  const child = spawn(process.execPath, ['--no-warnings', main, 'watch'], { env: machine.env, cwd: machine.home });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let said = '';
  const watching = new Promise<boolean>((resolve) => {
    child.stderr.on('data', (part: Buffer) => {
      said += part;
      if (said.includes('watching;')) resolve(true);
    });
    void ended.then(() => resolve(false));
  });
  try {
    expect([await watching, said]).toEqual([true, expect.stringContaining('Ctrl-C')]);
    expect((await ok('status')).running).toEqual([{ what: 'watch', pid: child.pid, address: null }]);
    expect((await run(machine, 'status')).out).toMatch(/watch +\d+ +-/);
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect((await ok('status')).running).toEqual([]);
  } finally {
    child.kill('SIGKILL');
  }
});

test('while another process holds the journal: looking works, spending does not', async () => {
  const { address } = await ok('wallet address --wallet buyer');
  const { chainId, originalPackageId: packageId } = market.market.deployment;
  const path = join(machine.atomaHome, 'buyer', `${chainId}-${packageId.slice(2, 10)}`, `${address}.sqlite`);
  const journal = await openJournal({ path });
  await journal.claim({ chainId: String(chainId), packageId, address });
  expect((await ok('quote --model atoma/demo-chat')).offers).toHaveLength(2);
  expect(await ok('buy --model atoma/demo-chat --dry-run')).toMatchObject({ status: 'planned' });
  const { receipts } = await ok('receipts list');
  expect(await ok(`receipts audit ${receipts[0].stack_small_id} --offline`)).toMatchObject({ agrees: true });
  expect(await fails('chat hello')).toEqual([1, 'BUYER_JOURNAL_IN_USE']);
  expect(await fails('buy --model atoma/demo-chat')).toEqual([1, 'BUYER_JOURNAL_IN_USE']);
  await journal.close();
  expect((await ok('chat hello --max-tokens 3')).content).toHaveLength(3);
});

test('a gateway is paid by the request, without a key', async () => {
  const desk = await openDesk(market, { payments: {} });
  try {
    const body = JSON.stringify({
      model: 'atoma/demo-chat',
      max_tokens: 5,
      messages: [{ role: 'user', content: 'hi' }],
    });
    const url = `${desk.url}/v1/chat/completions`;
    const stdin = { stdin: body };
    const { status, paid, transaction, body: answer } = await ok(`pay ${url} --data -`, stdin);
    expect([status, JSON.parse(answer).usage.completion_tokens]).toEqual([200, 5]);
    expect(await ok(`tx show ${transaction}`)).toMatchObject({ transaction: { failure: null } });
    expect(BigInt(paid)).toBeGreaterThan(BigInt(JSON.parse(answer).usage.atoma.cost_base_units));
    expect(await ok(`pay ${desk.url}/v1/models`)).toMatchObject({ status: 200, paid: null, transaction: null });
    expect(await fails(`pay ${url} --data {}`)).toEqual([1, 'CLI_NODE_REFUSED']);
    expect(await fails('pay nowhere')).toEqual([2, 'CLI_BAD_VALUE']);
    const dear = await run(machine, `pay ${url} --data - --most 1 --json`, stdin);
    expect(JSON.parse(dear.out).error.code).toBe('SDK_PAYMENT');
  } finally {
    await desk.close();
  }
});

test('keys of the gateway: made, listed, revoked', async () => {
  const made = await ok('gateway keys create --tenant research --day-cost 5TOMA --models atoma/demo-chat --price 200');
  expect(made.key).toMatch(/^atk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}$/);
  const { keys } = await ok('gateway keys list');
  expect(keys).toMatchObject([{ id: made.id, tenant: 'research', revoked_ms: null }]);
  expect(JSON.stringify(keys)).not.toContain(made.key.slice(-43));
  expect(
    await ok(
      `gateway keys update ${made.id} --clear day-cost --concurrency 3 --level 0 --price 150 --origins https://a.example`,
    ),
  ).toMatchObject({
    day_cost: null,
    concurrency: 3,
    price: '150',
    levels: [0],
    models: ['atoma/demo-chat'],
    origins: ['https://a.example'],
  });
  expect(await fails(`gateway keys update ${made.id}`)).toEqual([2, 'CLI_USAGE']);
  expect(await fails(`gateway keys update ${made.id} --origins a.example`)).toEqual([2, 'GATEWAY_KEY_FIELD']);
  const renewed = await ok(`gateway keys rotate ${made.id}`);
  expect([renewed.id, renewed.key === made.key]).toEqual([made.id, false]);
  expect(await ok('gateway usage --by day')).toMatchObject({ by: 'day', lines: [] });
  expect(await ok('gateway status --admin-port 9')).toMatchObject({ running: false, keys: 1, stacks: [] });
  expect((await ok(`gateway keys revoke ${made.id}`)).revoked_ms).toBeGreaterThan(0);
  expect(await fails('gateway keys revoke 0000000000000000')).toEqual([3, 'GATEWAY_KEY_UNKNOWN']);
  expect(await fails('gateway keys create --tenant a/b')).toEqual([2, 'GATEWAY_KEY_FIELD']);
});

test('every command that asks nodes was run and followed its schema', () => {
  const own = allCommands(root)
    .filter(
      ([path, { output }]) => output && /^(quote|buy|chat|embed|watch|pay|receipts|gateway)$/.test(path[0] as string),
    )
    .map(([path]) => path.join(' '));
  // `gateway run` stays: serving.test.ts.
  expect(own.filter((path) => !seen.has(path))).toEqual(['gateway run']);
});
