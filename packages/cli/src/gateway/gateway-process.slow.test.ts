/** `atoma gateway run` as a process: serves, takes keys made and revoked beside it, survives kill -9 with exact books. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fundAddress, serveLedger } from '@atoma/localnet';
import { encodeDeployment } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRehearsal, type Rehearsal } from '../../../gateway/src/testing/rehearsal.ts';
import { run, runJson } from '../testing/in-process.ts';
import { cleanMachine } from '../testing/process.ts';

const machine = cleanMachine({ ATOMA_NETWORK: 'market' });
const model = 'atoma/demo-chat';
let market: Rehearsal;
let server: Awaited<ReturnType<typeof serveLedger>>;
const children: ChildProcess[] = [];

beforeAll(async () => {
  market = await openRehearsal('gateway process');
  await market.subscribe(await market.addNode(), await market.task({ model }), 100n);
  server = await serveLedger(market.market.ledger, { port: 0 });
  await runJson(machine, `network add market --url ${server.url}`);
  mkdirSync(join(machine.atomaHome, 'deployments'), { recursive: true });
  writeFileSync(join(machine.atomaHome, 'deployments/market.json'), encodeDeployment(market.market.deployment));
  await run(machine, 'wallet new buyer');
  await run(machine, 'wallet use buyer');
  const { address } = await runJson(machine, 'wallet address');
  fundAddress(market.market.ledger, String(address).slice(2), 100_000_000_000n);
  await run(machine, 'toma faucet --amount 50TOMA');
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await server.close();
  await market.close();
});

const start = async (): Promise<{ child: ChildProcess; url: string; admin: string; token: string }> => {
  const main = join(import.meta.dirname, '../main.ts');
  const words = ['gateway', 'run', '--port', '0', '--admin-port', '0', '--stack-units', '500000', '--json'];
  const child = spawn(process.execPath, ['--no-warnings', main, ...words], {
    env: { ...machine.env },
    cwd: machine.home,
  });
  children.push(child);
  const line = await new Promise<string>((resolve, reject) => {
    let [out, err] = ['', ''];
    child.stdout?.on('data', (part: Buffer) => {
      out += part.toString();
      const found = out.split('\n').find((each) => each.includes('base_url'));
      if (found) resolve(found);
    });
    child.stderr?.on('data', (part: Buffer) => {
      err += part.toString();
    });
    child.on('exit', (code) => reject(new TypeError(`ended with ${code}: ${err}`)));
  });
  const facts = JSON.parse(line) as { base_url: string; admin_url: string; token_file: string };
  const { readFileSync } = await import('node:fs');
  return { child, url: facts.base_url, admin: facts.admin_url, token: readFileSync(facts.token_file, 'utf8') };
};
const end = (child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> => {
  const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
  child.kill(signal);
  return ended;
};
const ask = (url: string, key: string, more: object = {}): Promise<Response> =>
  fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }], max_tokens: 20, ...more }),
  });

test('keys made and revoked in another process count at once; killed under load the books come back exact', async () => {
  const { key, id } = (await runJson(machine, 'gateway keys create --tenant team')) as { key: string; id: string };
  const first = await start();
  expect((await ask(first.url, key)).status).toBe(200);
  expect(await runJson(machine, 'gateway status')).toMatchObject({ running: true, keys: 1 });
  const late = (await runJson(machine, 'gateway keys create --tenant late')) as { key: string; id: string };
  expect((await ask(first.url, late.key)).status).toBe(200);
  await run(machine, `gateway keys revoke ${late.id}`);
  expect((await ask(first.url, late.key)).status).toBe(401);

  /** Units the node has reserved and metered. */
  const taken = async (): Promise<bigint> => {
    const totals = await market.nodes[0]?.store.totals();
    return (totals?.reserved ?? 0n) + (totals?.consumed ?? 0n);
  };
  const before = await taken();
  for (const moment of ['a node has work', 'an answer begins', 'an answer ends'] as const) {
    const { child, url } = moment === 'a node has work' ? first : await start();
    const answers = Array.from({ length: 12 }, (_, i) => ask(url, key, { stream: i % 2 === 0, max_tokens: 400 }));
    const texts = answers.map(async (answer) => (await answer).text());
    const load = Promise.allSettled(texts);
    if (moment === 'an answer begins') await Promise.any(answers);
    else if (moment === 'an answer ends') await Promise.any(texts);
    else await expect.poll(taken, { interval: 1 }).toBeGreaterThan(before);
    expect(await end(child, 'SIGKILL')).toBe('SIGKILL');
    await load;
  }
  const last = await start();
  expect((await ask(last.url, key)).status).toBe(200);
  const reconcile = async () =>
    (await (
      await fetch(`${last.admin}/v1/reconcile`, { headers: { authorization: `Bearer ${last.token}` } })
    ).json()) as {
      agrees: boolean;
      booked: string;
      stacks: { stack: string; receipts: string; metered: string; exposure: string }[];
    };
  const check = await reconcile();
  expect(check.agrees).toBe(true);
  let metered = 0n;
  for (const { stack } of check.stacks)
    metered += (await market.nodes[0]?.store.findStack(BigInt(stack)))?.consumed ?? 0n;
  const exposure = check.stacks.reduce((sum, each) => sum + BigInt(each.exposure), 0n);
  expect(metered - BigInt(check.booked)).toBeLessThanOrEqual(exposure);
  expect(metered).toBeGreaterThanOrEqual(BigInt(check.booked));
  expect(await end(last.child, 'SIGTERM')).toBe(0);
  expect((await runJson(machine, 'receipts list --limit 1000')).receipts).toHaveLength(
    (
      await Promise.all(
        check.stacks.map(async ({ stack }) => (await market.nodes[0]?.store.listLeaves(BigInt(stack)))?.length ?? 0),
      )
    ).reduce((a, b) => a + b, 0),
  );
  expect(id).toMatch(/^[0-9a-f]{16}$/);
});
